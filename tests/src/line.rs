//! The whole line, as its operator runs it: a collector, agents that enrolled, and the `muster`
//! command, all as processes in one temporary folder.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::{self, Told};
use crate::process::{Process, free_port, pause};

/// How long the collector may take until what it was told shows. BOUND: seen well under a second.
const SHOWN_MAX: Duration = Duration::from_secs(30);

/// A collector with its folder, running unless it was [killed](Line::kill).
#[derive(Debug)]
pub struct Line {
    folder: TempDir,
    address: SocketAddr,
    collector: Option<Process>,
}

/// An agent that enrolled, and its files.
#[derive(Debug)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// What it must remember: keys, index, spool.
    pub state_dir: PathBuf,
    home: PathBuf,
}

impl Line {
    /// Makes a collector whose configuration says `toml` besides where it listens, and runs it.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(toml: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut line = Self { folder, address, collector: None };
        let made = line.collector_told(&["init"])?;
        if made.code != 0 {
            bail!("init ended with {}: {}", made.code, made.stderr);
        }
        let config = format!("listen = \"{address}\"\n{toml}\n");
        fs::write(line.data_dir().join("collector.toml"), config)?;
        line.run()?;
        Ok(line)
    }

    /// Runs the collector (again).
    ///
    /// # Errors
    /// If it does not start.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let mut command = binaries::command("muster-collector", self.folder.path())?;
        command.arg("--data-dir").arg(self.data_dir()).arg("run");
        let mut collector = Process::start("muster-collector", &command, tempfile::tempdir()?)?;
        collector.wait_for_listener(self.address)?;
        self.collector = Some(collector);
        Ok(())
    }

    /// Pulls the collector's plug.
    ///
    /// # Errors
    /// If it does not run.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.collector.take().context("the collector does not run")?.kill()?;
        Ok(())
    }

    /// Tells the collector to stop, and waits for it.
    ///
    /// # Errors
    /// If it does not run, or does not end.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let mut collector = self.collector.take().context("the collector does not run")?;
        let status = collector.stop(Duration::from_secs(30))?;
        if !status.success() {
            bail!("the collector ended with {status}:\n{}", collector.log());
        }
        Ok(())
    }

    /// The collector, if it runs.
    pub fn collector(&mut self) -> Option<&mut Process> {
        self.collector.as_mut()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where everything of it lies.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("collector")
    }

    /// A folder that nobody else uses.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of declarations, people or teams.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn declare(&self, file: &str, text: &str) -> anyhow::Result<()> {
        fs::write(self.data_dir().join("owners").join(file), text).context("writing a declaration")
    }

    /// Runs `muster-collector` on this collector's folder.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn collector_told(&self, arguments: &[&str]) -> anyhow::Result<Told> {
        let mut command = binaries::command("muster-collector", self.folder.path())?;
        command.arg("--data-dir").arg(self.data_dir()).args(arguments);
        binaries::run(&mut command)
    }

    /// Runs `muster` as this collector's operator.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn muster(&self, arguments: &[&str]) -> anyhow::Result<Told> {
        let mut command = binaries::command("muster", self.folder.path())?;
        command
            .args(["--collector", &self.address.to_string(), "--identity"])
            .arg(self.data_dir().join("operator"))
            .args(arguments);
        binaries::run(&mut command)
    }

    /// What `muster` says with these arguments, as JSON.
    ///
    /// # Errors
    /// If it does not end with 0 or 10, or says no JSON.
    pub fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let mut all = arguments.to_vec();
        all.extend(["--format", "json"]);
        let told = self.muster(&all)?;
        if !matches!(told.code, 0 | 10) {
            bail!("muster {} ended with {}: {}", arguments.join(" "), told.code, told.stderr);
        }
        serde_json::from_str(&told.stdout).with_context(|| {
            format!("muster {} said no JSON: {}", arguments.join(" "), told.stdout)
        })
    }

    /// The whole feed.
    ///
    /// # Errors
    /// If the collector does not answer.
    pub fn feed(&self) -> anyhow::Result<Vec<Value>> {
        let told = self.muster(&["feed", "--format", "ndjson"])?;
        if told.code != 0 {
            bail!("muster feed ended with {}: {}", told.code, told.stderr);
        }
        let event = |line| serde_json::from_str(line).context("a line of the feed is no JSON");
        told.stdout.lines().map(event).collect()
    }

    /// Asks until `wanted` is so, and returns the answer.
    ///
    /// # Errors
    /// If it is not so within half a minute; the last answer is in the error.
    pub fn until(
        &self,
        arguments: &[&str],
        wanted: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let begun = Instant::now();
        loop {
            let answer = self.json(arguments)?;
            if wanted(&answer) {
                return Ok(answer);
            }
            if begun.elapsed() > SHOWN_MAX {
                bail!("muster {} still says: {answer:#}", arguments.join(" "));
            }
            pause(Duration::from_millis(100));
        }
    }

    /// Waits until nothing that was stored is left to be judged.
    ///
    /// # Errors
    /// If something is after half a minute; what the operator was told is in the error.
    pub fn judged(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            // Its code tells of what else is not well, which is not asked here.
            let told = self.muster(&["doctor", "--format", "json"])?;
            let is_check = |check: &&Value| check["check"] == "judging";
            let checks: Value = serde_json::from_str(&told.stdout).unwrap_or_default();
            let judging = checks.as_array().and_then(|checks| checks.iter().find(is_check));
            if judging.is_some_and(|check| check["says"] == "0 subjects wait to be judged") {
                return Ok(());
            }
            if begun.elapsed() > SHOWN_MAX {
                bail!("not judged: {} {}", told.stdout, told.stderr);
            }
            pause(Duration::from_millis(100));
        }
    }

    /// Invites and enrols an agent that may report on `scopes`, with this configuration of its
    /// sources: `[[source]]` tables.
    ///
    /// # Errors
    /// If it is not let in.
    pub fn enrol(&self, name: &str, scopes: &[&str], sources: &str) -> anyhow::Result<Agent> {
        let mut invite = vec!["agents", "invite", name];
        for scope in scopes {
            invite.extend(["--scopes", scope]);
        }
        let token = self.json(&invite)?;
        let token = token
            .get("token")
            .and_then(Value::as_str)
            .context("an invitation has a token")?
            .to_owned();
        self.enrol_with(name, &token, sources)
    }

    /// Enrols an agent with this token.
    ///
    /// # Errors
    /// If it is not let in; what it said is in the error.
    pub fn enrol_with(&self, name: &str, token: &str, sources: &str) -> anyhow::Result<Agent> {
        let home = self.folder.path().join(name);
        fs::create_dir_all(&home)?;
        let state_dir = home.join("state");
        let mut command = binaries::command("muster-agent", &home)?;
        command.args(["enrol", "--collector", &self.address.to_string(), "--token", token]);
        let told = binaries::run(command.arg("--state-dir").arg(&state_dir))?;
        if told.code != 0 {
            bail!("enrolment ended with {}: {}", told.code, told.stderr);
        }
        let config = format!("[agent]\nstate_dir = \"{}\"\n\n{sources}", state_dir.display());
        fs::write(home.join("agent.toml"), config)?;
        Ok(Agent { name: name.to_owned(), state_dir, home })
    }
}

impl Agent {
    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.home.join("agent.toml")
    }

    /// The command `muster-agent` with these arguments, not yet run.
    ///
    /// # Errors
    /// If it cannot be built.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = binaries::command("muster-agent", &self.home)?;
        command.args(arguments);
        Ok(command)
    }

    /// Scans `source` once and waits until the collector has everything.
    ///
    /// # Errors
    /// If it cannot be started. A bad end is not an error: 3 says that scopes were abandoned.
    pub fn scan(&self, source: &str, environment: &[(&str, &str)]) -> anyhow::Result<Told> {
        let mut command = self.command(&["scan", source, "--config"])?;
        command.arg(self.config()).envs(environment.iter().copied());
        binaries::run(&mut command)
    }

    /// Begins to scan `source` once.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn scan_begin(&self, source: &str) -> anyhow::Result<Process> {
        let mut command = self.command(&["scan", source, "--config"])?;
        Process::start("muster-agent", command.arg(self.config()), tempfile::tempdir()?)
    }

    /// Runs the agent on schedule.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn run(&self, environment: &[(&str, &str)]) -> anyhow::Result<Process> {
        let mut command = self.command(&["run", "--config"])?;
        command.arg(self.config()).envs(environment.iter().copied());
        Process::start("muster-agent", &command, tempfile::tempdir()?)
    }
}
