//! A child process in a folder of its own, ended when dropped, with its log shown if the test fails.

use std::fs::{self, File};
use std::io::{Write, stderr};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tempfile::TempDir;

/// How long a process may take until it answers. BOUND: seen at most 4 s, with two cores and eight
/// builds beside it.
pub const READY_MAX: Duration = Duration::from_mins(1);

/// How much of a log a failed test shows. BOUND: a screen or two.
const LOG_SHOWN_BYTES_MAX: usize = 8_192;

/// A running child. Dropping it kills it and waits for its end.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    folder: TempDir,
}

impl Process {
    /// Starts `command` with both its outputs going to a log in `folder`.
    ///
    /// The kernel ends the child if the thread that started it ends without dropping it, which is
    /// what a killed test does; so a process belongs to the test that started it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(name: &str, command: &Command, folder: TempDir) -> anyhow::Result<Self> {
        let log = File::create(folder.path().join(LOG)).context("making the log")?;
        let child = tied_to_us(command)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        Ok(Self { name: name.to_owned(), child, folder })
    }

    /// Waits until `probe` tells something.
    ///
    /// # Errors
    /// If the process ends, or `READY_MAX` passes, before it does; its log is in the error.
    pub fn wait_for<T>(&mut self, mut probe: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
        let begun = Instant::now();
        loop {
            if let Some(told) = probe() {
                return Ok(told);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at once ({status}):\n{}", self.name, self.log());
            }
            if begun.elapsed() > READY_MAX {
                bail!("{} did not answer in time:\n{}", self.name, self.log());
            }
            pause(Duration::from_millis(20));
        }
    }

    /// Waits until something listens at `address`, without a connection to it: a server may take
    /// note of one that says nothing.
    ///
    /// # Errors
    /// As [`Process::wait_for`].
    pub fn wait_for_listener(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        self.wait_for(|| is_listening(address.port()).then_some(()))
    }

    /// The process's own folder, removed with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process's id, for measuring.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it has printed.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Ends it as a pulled plug would (`SIGKILL`) and waits. A second call changes nothing.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        // A child that has ended by itself cannot be killed, and need not be.
        let _ended_already = self.child.kill();
        self.child.wait().with_context(|| format!("waiting for the end of {}", self.name))
    }

    /// Asks it to end (`SIGTERM`) and waits at most `patience`.
    ///
    /// # Errors
    /// If it is still running then; dropping it kills it.
    pub fn stop(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        // The shell's own `kill` is everywhere; the program of that name is not.
        let line = format!("kill -TERM {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &line]).status().context("asking to end")?;
        if !sent.success() {
            bail!("{} could not be asked to end", self.name);
        }
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if begun.elapsed() > patience {
                bail!("{} did not end when asked:\n{}", self.name, self.log());
            }
            pause(Duration::from_millis(10));
        }
    }

    /// Whether it is still running.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _best_effort = self.kill();
        if thread::panicking() {
            let log = self.log();
            let cut = log.len().saturating_sub(LOG_SHOWN_BYTES_MAX);
            let from = log.ceil_char_boundary(cut);
            let shown = log.get(from..).unwrap_or_default();
            let _unheard = writeln!(stderr().lock(), "--- log of {}:\n{shown}", self.name);
        }
    }
}

/// A loopback port that is free now. Prefer a server that takes port 0 and tells which it got:
/// between this answer and its use another process can take the port.
///
/// # Errors
/// If there is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Whether any process of this machine listens on the TCP port, by the kernel's own tables.
fn is_listening(port: u16) -> bool {
    // "  0: 0100007F:1F90 00000000:0000 0A ...": local address, remote address, state.
    let local_end = format!(":{port:04X}");
    let listens = |line: &str| {
        let mut fields = line.split_whitespace().skip(1);
        let is_here = fields.next().is_some_and(|local| local.ends_with(&local_end));
        is_here && fields.nth(1) == Some("0A")
    };
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .any(|table| fs::read_to_string(table).is_ok_and(|text| text.lines().any(listens)))
}

/// Reads a port that a server wrote into a file, if it is there and whole.
pub fn port_in(file: &Path) -> Option<u16> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The pause of a loop that waits for another process, which no simulated clock can hurry.
pub fn pause(length: Duration) {
    thread::park_timeout(length);
}

const LOG: &str = "log";

/// The same command under `setpriv`, which has the kernel end it when we end; without `setpriv`
/// (util-linux, so on every Debian) the command as it is.
fn tied_to_us(command: &Command) -> Command {
    let setpriv = PathBuf::from("/usr/bin/setpriv");
    let mut tied = if setpriv.is_file() {
        let mut tied = Command::new(setpriv);
        tied.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program());
        tied
    } else {
        Command::new(command.get_program())
    };
    tied.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => tied.env(name, value),
            None => tied.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        tied.current_dir(folder);
    }
    tied
}

#[cfg(test)]
mod tests;
