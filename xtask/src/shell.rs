//! Starting other programs, and telling the person in front what goes on.

use std::env;
use std::ffi::OsStr;
use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::place;

/// A command that runs in the root of the workspace with no standard input.
///
/// What cargo tells a running package about itself is taken out of the environment: build scripts
/// watch those variables, and half of the dependencies would be rebuilt each time that a chore and a
/// person take turns.
pub(crate) fn command(program: impl AsRef<OsStr>) -> anyhow::Result<Command> {
    let mut command = Command::new(program);
    command.current_dir(place::root()?).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_this_package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_PRIMARY_"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if of_this_package {
            command.env_remove(&name);
        }
    }
    Ok(command)
}

/// A command of the cargo that runs this chore.
pub(crate) fn cargo(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut cargo = command(place::variable("CARGO").unwrap_or_else(|| "cargo".into()))?;
    cargo.args(arguments);
    Ok(cargo)
}

/// Runs to the end and lets its output through.
///
/// # Errors
/// If it cannot be started or ends with anything but success.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = line_of(command);
    let status = command.status().with_context(|| format!("starting `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs to the end without a word, unless it fails: then its output is in the error.
///
/// # Errors
/// If it cannot be started or ends with anything but success.
pub(crate) fn run_quietly(command: &mut Command) -> anyhow::Result<String> {
    let line = line_of(command);
    let output = command.output().with_context(|| format!("starting `{line}`"))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` failed ({})\n{told}{complaint}", output.status);
    }
    Ok(told)
}

/// Where a program is, if it is on the search path or in the folders for administration.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = place::variable("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether packages may be installed into the system.
pub(crate) fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").output();
    answer.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Says one line to the person in front.
pub(crate) fn say(line: &str) {
    // Nobody to listen is no reason to stop.
    let _unheard = writeln!(stderr().lock(), "{line}");
}

fn line_of(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args().take(ARGUMENTS_SHOWN_MAX) {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// Beyond this a command line is no longer read by anyone.
const ARGUMENTS_SHOWN_MAX: usize = 12;
