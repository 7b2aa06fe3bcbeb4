//! An estate of 100,000 users: what it costs to keep, to look at again, and to change.
//!
//! ```text
//! load ──► change each ──► memory, disk ──► look again: unchanged ──► one change ──► the feed
//! ```

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::load::{Administrators, Keys, Users, user_id};
use super::sender::{Sender, Session};
use super::{Line, mib, rate};
use crate::process::{free_port, pause};
use crate::wire::{Way, WireTap};
use crate::{binaries, line, measure};

/// How large the estate is.
const USERS_COUNT: u32 = 100_000;
const SUBJECTS_COUNT: usize = 100_000;

/// How many single changes are measured.
const CHANGES_COUNT: u32 = 21;

/// How long a collector may take to judge the estate, or anything else here. BOUND: a minute or two
/// on two cores.
const PATIENCE: Duration = Duration::from_mins(10);

/// Measures all of it over one collector.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let metrics = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let mut line = line::Line::start(&format!("metrics_listen = \"{metrics}\""))?;
    let agent = line.enrol("bench", &["aws_iam/*"], "[[source]]\nkind = \"aws_iam\"\n")?;
    let collector = line.collector().context("the collector runs")?.id();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sender = Sender::open(&agent)?;
    let bench = Bench { line, collector, metrics, runtime, sender };
    let mut lines = bench.load()?;
    lines.extend(bench.look_again()?);
    lines.push(bench.change_one()?);
    Ok(lines)
}

struct Bench {
    line: line::Line,
    collector: u32,
    metrics: SocketAddr,
    runtime: Runtime,
    sender: Sender,
}

impl Bench {
    /// Every user, and then every user changed.
    fn load(&self) -> anyhow::Result<Vec<Line>> {
        let mut lines = Vec::new();
        for (edition, what) in [(1, "new"), (2, "changed")] {
            let begun = Instant::now();
            self.runtime.block_on(self.sender.scan(&users(edition)))?;
            self.runtime.block_on(self.sender.drain(self.line.address()))?;
            let done = SUBJECTS_COUNT.saturating_mul(usize::try_from(edition)?);
            self.wait_until_judged(done)?;
            lines.push(Line::plain(
                format!("100,000 {what} users seen, sent, stored and judged"),
                rate(SUBJECTS_COUNT, begun.elapsed(), "users"),
            ));
        }
        let peak = measure::memory_peak(self.collector).context("the collector's memory")?;
        lines.push(Line::memory(
            "collector's peak memory: 100,000 users, each changed once and judged twice",
            peak,
            256,
        ));
        let disk = disk_bytes(&self.line.data_dir())?;
        let each = disk.checked_div(u64::from(USERS_COUNT)).unwrap_or_default();
        lines.push(Line::plain(
            "disk for it, with history, findings and feed",
            format!("{}, {each} bytes a user", mib(disk)),
        ));
        Ok(lines)
    }

    /// The same users once more: over a new connection, then over one that is open.
    fn look_again(&self) -> anyhow::Result<Vec<Line>> {
        let tap = WireTap::to(self.line.address())?;
        let processor = self.processor_seconds()?;
        let begun = Instant::now();
        self.runtime.block_on(self.sender.scan(&users(2)))?;
        self.runtime.block_on(self.sender.drain(tap.address()))?;
        let elapsed = begun.elapsed();
        let spent = self.processor_seconds()? - processor;
        let connecting = passed(&tap);

        let mut open = JoinSet::new();
        let Session { drain, resync: _resync, uplink } = self.sender.session(tap.address());
        open.spawn_on(uplink.run(), self.runtime.handle());
        wait_for(|| self.sender.is_connected())?;
        tap.forget();
        self.runtime.block_on(self.sender.scan(&users(2)))?;
        wait_for(|| self.sender.is_settled())?;
        // The acknowledgement of the acknowledgement.
        pause(Duration::from_millis(200));
        let connected = passed(&tap);
        drain.cancel();
        self.runtime.block_on(open.join_all());

        let held = |what: &str, bytes: u64| {
            let what = format!("second scan of 100,000 unchanged entries, {what}");
            Line::held(what, format!("{bytes} bytes on the wire"), "at most 4 KiB", bytes <= 4_096)
        };
        Ok(vec![
            held("over a connection that is open", connected),
            held("with a new connection and its handshake", connecting),
            Line::plain(
                "that scan, from its start to the acknowledgement",
                format!("{:.2} s, collector's CPU {spent:.2} s", elapsed.as_secs_f64()),
            ),
        ])
    }

    /// One user becomes an administrator, and the operator's screen says so.
    fn change_one(&self) -> anyhow::Result<Line> {
        let mut open = JoinSet::new();
        let Session { drain, resync: _resync, uplink } = self.sender.session(self.line.address());
        open.spawn_on(uplink.run(), self.runtime.handle());
        wait_for(|| self.sender.is_connected())?;
        let mut feed = Feed::follow(&self.line, self.told("muster_feed_events_total")?)?;
        let mut spans = Vec::new();
        for count in 1..=CHANGES_COUNT {
            let begun = Instant::now();
            self.runtime.block_on(self.sender.scan(&Administrators { count }))?;
            let user = user_id(count.saturating_sub(1));
            feed.wait_for(&user, "privilege.administrator")?;
            spans.push(begun.elapsed());
            // So that a change meets a collector at rest, as most do.
            pause(Duration::from_millis(50));
        }
        drain.cancel();
        self.runtime.block_on(open.join_all());
        spans.sort_unstable();
        let middle = spans.len().checked_div(2).and_then(|at| spans.get(at)).copied();
        let (middle, worst) = (middle.unwrap_or_default(), spans.last().copied());
        Ok(Line::plain(
            "one change among 100,000 users, from the agent's scan to the finding on the feed's screen",
            format!(
                "{:.1} ms, at worst {:.1} ms",
                middle.as_secs_f64() * 1e3,
                worst.unwrap_or_default().as_secs_f64() * 1e3
            ),
        ))
    }

    fn processor_seconds(&self) -> anyhow::Result<f64> {
        measure::processor_seconds(self.collector).context("the collector's processor time")
    }

    fn wait_until_judged(&self, count: usize) -> anyhow::Result<()> {
        let count = u64::try_from(count)?;
        let begun = Instant::now();
        while self.told("muster_subjects_judged_total")? < count {
            if begun.elapsed() > PATIENCE {
                bail!("the collector has not judged {count} subjects");
            }
            pause(Duration::from_millis(250));
        }
        Ok(())
    }

    /// One of the collector's metrics.
    fn told(&self, name: &str) -> anyhow::Result<u64> {
        let mut stream = TcpStream::connect(self.metrics)?;
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let value = answer.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.with_context(|| format!("the collector tells no `{name}`"))
    }
}

fn users(edition: u32) -> Users {
    Users { numbers: 0..USERS_COUNT, keys: Keys::None, edition }
}

fn passed(tap: &WireTap) -> u64 {
    tap.bytes_count(Way::Up).saturating_add(tap.bytes_count(Way::Down))
}

fn wait_for(is_so: impl Fn() -> bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > PATIENCE {
            bail!("the collector did not answer in time");
        }
        pause(Duration::from_millis(1));
    }
    Ok(())
}

/// All files below `folder`.
fn disk_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes: u64 = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.metadata()?;
        let more = if found.is_dir() { disk_bytes(&entry.path())? } else { found.len() };
        bytes = bytes.saturating_add(more);
    }
    Ok(bytes)
}

/// `muster feed --follow`; dropping it ends it.
struct Feed {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Feed {
    fn follow(line: &line::Line, since: u64) -> anyhow::Result<Self> {
        let mut command: Command = binaries::command("muster", line.folder())?;
        command
            .args(["--collector", &line.address().to_string(), "--format", "ndjson", "--identity"])
            .arg(line.data_dir().join("operator"))
            .args(["feed", "--follow", "--since", &since.to_string()]);
        let mut child = command.stdout(Stdio::piped()).spawn().context("starting `muster feed`")?;
        let lines = BufReader::new(child.stdout.take().context("its output")?);
        Ok(Self { child, lines })
    }

    fn wait_for(&mut self, subject: &str, rule: &str) -> anyhow::Result<()> {
        let mut line = String::new();
        while self.lines.read_line(&mut line)? > 0 {
            if line.contains(subject) && line.contains(rule) {
                return Ok(());
            }
            line.clear();
        }
        bail!("the feed ended")
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
