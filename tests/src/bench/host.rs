//! A host with 100,000 files, next to `find` and to reading every byte.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use tempfile::TempDir;

use super::tree::{Planted, plant};
use super::{Line, mib, mib_count, per_second};
use crate::binaries;
use crate::measure::{self, Cost};

/// A large server has so many.
const FILES_COUNT: usize = 100_000;

/// Warms the caches by reading all first, so that the three meet the same disk.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let folder = TempDir::new().context("making a folder for the tree")?;
    let root = folder.path().join("root");
    let planted = plant(&root, FILES_COUNT)?;
    cost(&mut read(&root))?;
    let scan = cost(&mut scan(folder.path(), &root)?)?;
    let find =
        cost(Command::new("find").arg(&root).args(["-type", "f", "-printf", "%p %s %m\\n"]))?;
    let read = cost(&mut read(&root))?;
    let ratio = scan.elapsed.as_secs_f64() / find.elapsed.as_secs_f64();
    let of_read = scan.elapsed.as_secs_f64() / read.elapsed.as_secs_f64();
    Ok(vec![
        Line::plain(
            format!("host scan of 100,000 files, {}", mib(planted.bytes_len)),
            format!(
                "{}, CPU {:.2} s, {ratio:.1} times `find`, {of_read:.2} times reading all",
                speed(&scan, planted),
                scan.processor_seconds
            ),
        ),
        Line::memory("its peak memory", scan.memory_peak_kib, 64),
        Line::plain("`find` with size and mode over the same tree", speed(&find, planted)),
        Line::plain("plain read of the same bytes (`cat`)", speed(&read, planted)),
    ])
}

fn speed(cost: &Cost, planted: Planted) -> String {
    let files = per_second(planted.files_count, cost.elapsed);
    let mibs = mib_count(planted.bytes_len) / cost.elapsed.as_secs_f64();
    format!("{files:.0} files/s, {mibs:.0} MiB/s")
}

fn read(root: &Path) -> Command {
    let mut command = Command::new("find");
    command.arg(root).args(["-type", "f", "-exec", "cat", "{}", "+"]);
    command
}

fn scan(home: &Path, root: &Path) -> anyhow::Result<Command> {
    let config = home.join("agent.toml");
    let text = format!(
        "[agent]\nstate_dir = \"{}\"\n\n[[source]]\nkind = \"host\"\nroot = \"{}\"\nname = \"bench\"\n\
         trees = [\"/srv\"]\n",
        home.join("state").display(),
        root.display()
    );
    fs::write(&config, text)?;
    let mut command = binaries::command("muster-agent", home)?;
    command.args(["scan", "host", "--dry-run", "--config"]).arg(config);
    Ok(command)
}

fn cost(command: &mut Command) -> anyhow::Result<Cost> {
    let cost = measure::run(command.stdin(Stdio::null()).stdout(Stdio::null()))?;
    if !cost.status.success() {
        bail!("{command:?} ended with {}", cost.status);
    }
    Ok(cost)
}
