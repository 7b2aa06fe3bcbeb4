//! The agent of a quickstart: this program once more, as a process of its own.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use super::home::{Home, file_failed};
use crate::client::Client;
use crate::failure::Failure;
use crate::progress::Progress;

/// Its name in certificates, coverage and history.
pub(crate) const NAME: &str = "quickstart";
/// How long it may take to end: it drains its spool for 8 seconds at most.
const STOP_MAX: Duration = Duration::from_secs(12);
/// How often to look how far a scan is.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Lines of its log shown when it fails.
const LOG_LINES_MAX: usize = 5;

/// How the agent is run.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    program: PathBuf,
    home: Home,
    address: String,
    sources: Vec<&'static str>,
}

/// An agent that runs on schedule.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    agent: Agent,
}

impl Agent {
    /// Writes its configuration: this host, and the AWS account that the environment leads to.
    pub(crate) async fn prepare(home: &Home, address: &str) -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(|error| {
            Failure::new("finding this program failed", "call it by its path").because(&error)
        })?;
        let mut sources = vec!["host"];
        if agent::source::aws_iam::credentials_found().await {
            sources.push("aws_iam");
        }
        let agent = Self { program, home: home.clone(), address: address.to_owned(), sources };
        let path = home.agent_config();
        fs::write(&path, agent.config()).map_err(|error| file_failed(&path, &error))?;
        let log = home.agent_log();
        fs::write(&log, "").map_err(|error| file_failed(&log, &error))?;
        Ok(agent)
    }

    fn config(&self) -> String {
        // As TOML wants it: a basic string with its two characters escaped.
        let state = self.home.agent_dir().display().to_string();
        let state = state.replace('\\', "\\\\").replace('"', "\\\"");
        let mut text = format!(
            "# Written by `muster quickstart` at every start.\n[agent]\nstate_dir = \"{state}\"\n\
             collector = \"{}\"\n",
            self.address
        );
        for source in &self.sources {
            text.push_str("\n[[source]]\nkind = \"");
            text.push_str(source);
            text.push_str("\"\ninterval = \"15m\"\n");
        }
        text
    }

    /// Whether an earlier run on this folder enrolled it.
    pub(crate) fn is_enrolled(&self) -> bool {
        self.home.agent_dir().join("enrolment.toml").exists()
    }

    /// Enrols it with a token, which goes through a pipe: an argument could be seen by others.
    pub(crate) async fn enrol(&self, token: &str) -> Result<(), Failure> {
        let state = self.home.agent_dir().into_os_string();
        let arguments: [OsString; 6] = [
            "enrol".into(),
            "--state-dir".into(),
            state,
            "--collector".into(),
            self.address.clone().into(),
            "--token-file=-".into(),
        ];
        let mut child = self.spawn(&arguments, Stdio::piped())?;
        if let Some(mut input) = child.stdin.take() {
            use tokio::io::AsyncWriteExt as _;
            // If it does not listen, it ends with an error of its own.
            let _unread = input.write_all(token.as_bytes()).await;
        }
        let status =
            child.wait().await.map_err(|error| self.failed("enrolling").because(&error))?;
        if status.success() { Ok(()) } else { Err(self.failed("enrolling the agent")) }
    }

    /// Scans every source once. A source that cannot be looked into is told, and the others go on.
    pub(crate) async fn scan_all(
        &self,
        client: &mut Client,
        progress: &mut Progress,
    ) -> Result<Vec<Failure>, Failure> {
        let mut failed = Vec::new();
        for source in &self.sources {
            let config = self.home.agent_config().into_os_string();
            let arguments = ["scan".into(), (*source).into(), "--config".into(), config];
            let mut child = self.spawn(&arguments, Stdio::null())?;
            let status = watch(&mut child, source, client, progress).await;
            let what = format!("looking into `{source}`");
            match status {
                Ok(status) if status.success() || is_partial(status) => {}
                Ok(_) => failed.push(self.failed(&what)),
                Err(error) => failed.push(self.failed(&what).because(&error)),
            }
        }
        if failed.len() == self.sources.len()
            && let Some(failure) = failed.pop()
        {
            return Err(failure);
        }
        Ok(failed)
    }

    /// Starts it on schedule.
    pub(crate) fn run(&self) -> Result<Running, Failure> {
        let config = self.home.agent_config().into_os_string();
        let child = self.spawn(&["run".into(), "--config".into(), config], Stdio::null())?;
        Ok(Running { child, agent: self.clone() })
    }

    fn spawn(&self, arguments: &[OsString], input: Stdio) -> Result<Child, Failure> {
        let path = self.home.agent_log();
        let log = File::options().append(true).create(true).open(&path);
        let log = log.map_err(|error| file_failed(&path, &error))?;
        let mut command = Command::new(&self.program);
        command
            .arg("agent")
            .args(arguments)
            .stdin(input)
            .stdout(Stdio::null())
            .stderr(log)
            // It is asked to end, below; if this process fails, it must not stay behind.
            .kill_on_drop(true)
            // Ctrl-C goes to the whole group of the terminal; we stop it in our own order.
            .process_group(0);
        command.spawn().map_err(|error| self.failed("starting the agent").because(&error))
    }

    /// What failed, with the last lines of the agent's log.
    fn failed(&self, what: &str) -> Failure {
        let path = self.home.agent_log();
        let hint = format!("the agent's log is `{}`", path.display());
        let mut failure = Failure::new(format!("{what} failed"), hint);
        let log = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        let first = lines.len().saturating_sub(LOG_LINES_MAX);
        for line in lines.into_iter().skip(first) {
            failure = failure.saying(line.trim());
        }
        failure
    }
}

/// Whether it did what it could: what it had to abandon is in coverage, with the reason.
fn is_partial(status: ExitStatus) -> bool {
    status.code() == Some(i32::from(agent::command::EXIT_ABANDONED))
}

/// Waits for a scan to end and says how far it is.
async fn watch(
    child: &mut Child,
    source: &str,
    client: &mut Client,
    progress: &mut Progress,
) -> std::io::Result<ExitStatus> {
    loop {
        tokio::select! {
            status = child.wait() => return status,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        // How far it is can be told or not; the scan goes on either way.
        if let Ok((scopes, _)) = client.coverage().await {
            let facts = scopes.iter().fold(0_u64, |sum, it| sum.saturating_add(it.digest.count));
            let scopes = scopes.len();
            progress.say(&format!("looking into {source}: {scopes} scopes, {facts} things seen"));
        }
    }
}

impl Running {
    /// Waits until it ends by itself, which it should not.
    pub(crate) async fn ended(&mut self) -> Failure {
        match self.child.wait().await {
            Ok(status) => self.agent.failed("the agent").saying(&format!("it ended: {status}")),
            Err(error) => self.agent.failed("the agent").because(&error),
        }
    }

    /// Asks it to end, and waits until it has drained; kills it if it does not.
    pub(crate) async fn stop(mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            // If it is gone already, so much the better.
            let _gone = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(STOP_MAX, self.child.wait()).await.is_err() {
            // What it saw is in its spool.
            let _gone = self.child.kill().await;
        }
    }
}

/// Runs the agent's own command in this process: what the second process does.
pub(crate) fn main(arguments: Vec<OsString>) -> std::process::ExitCode {
    let name = OsString::from("muster-agent");
    agent::command::main(std::iter::once(name).chain(arguments))
}
