//! The product's binaries, as a person runs them.
//!
//! They lie beside the test's own program. A whole test run builds them on the way, since each of
//! their packages has a test of its binary; if one is missing or older than a source of it, as after
//! `cargo nextest run -p tests`, it is built here.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use anyhow::{Context, bail};

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Told {
    /// The exit code; 128 or more if a signal ended it.
    pub code: i32,
    /// What it said on standard output.
    pub stdout: String,
    /// What it said on standard error.
    pub stderr: String,
}

/// Runs `muster` to its end with no environment but a `HOME` and a `PATH`.
///
/// # Errors
/// If it cannot be built or started. A bad end is not an error: see [`Told::code`].
pub fn muster(home: &Path, arguments: &[&str]) -> anyhow::Result<Told> {
    run(command("muster", home)?.args(arguments))
}

/// Runs `command` to its end.
///
/// # Errors
/// If it cannot be started.
pub fn run(command: &mut Command) -> anyhow::Result<Told> {
    let output = command.output().with_context(|| format!("running {command:?}"))?;
    Ok(told(&output))
}

/// One of our binaries, ready for arguments, with no environment but `HOME` and `PATH`: what is in a
/// developer's environment must not decide a test.
///
/// # Errors
/// If it cannot be built.
pub fn command(name: &str, home: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(binary(name)?);
    command.env_clear().env("HOME", home).current_dir(home);
    if let Some(path) = env::var_os("PATH") {
        command.env("PATH", path);
    }
    Ok(command)
}

/// Where the binary `name` is, newly built if its sources are newer.
///
/// # Errors
/// If it cannot be built.
pub fn binary(name: &str) -> anyhow::Result<PathBuf> {
    // target/debug/deps/main-0123 -> target/debug
    let here = env::current_exe().context("asking where this test is")?;
    let profile = here
        .ancestors()
        .find(|folder| folder.join(".cargo-lock").is_file())
        .with_context(|| format!("`{}` is in no build folder", here.display()))?;
    let binary = profile.join(name);
    if !is_fresh(&binary) {
        build(profile)?;
    }
    if !binary.is_file() {
        bail!("cargo built no `{name}` into `{}`", profile.display());
    }
    Ok(binary)
}

/// The packages that each binary is built from.
const SOURCES: &[(&str, &[&str])] = &[
    ("muster-agent", &["agent", "model", "proto"]),
    ("muster-collector", &["analysis", "collector", "model", "proto"]),
    ("muster", &["agent", "analysis", "cli", "collector", "model", "proto"]),
];

/// Whether the binary is there and no source of it is newer. cargo notes a binary's sources beside it
/// only if the binary itself was asked for, so this looks at the sources.
fn is_fresh(binary: &Path) -> bool {
    let Some(built) = modified(binary) else { return false };
    let name = binary.file_name().unwrap_or_default();
    let packages = SOURCES.iter().find(|(program, _)| name == *program).map(|(_, them)| *them);
    let mut waiting: Vec<PathBuf> = packages
        .unwrap_or_default()
        .iter()
        .map(|package| root().join(package).join("src"))
        .collect();
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { return false };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("tests") {
                waiting.push(path);
            } else if path.is_file() && !path.ends_with("tests.rs") {
                let is_older = modified(&path).is_some_and(|at| at <= built);
                if !is_older {
                    return false;
                }
            }
        }
    }
    true
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

/// Builds all of them into the build folder that the test came from, as a run of all tests would:
/// with other features half of the dependencies would be built anew. cargo's own lock keeps two
/// tests that want the same apart, and the second finds nothing to do.
fn build(profile: &Path) -> anyhow::Result<()> {
    let target = profile.parent().context("a build folder has a parent")?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if profile.ends_with("release") {
        cargo.args(["build", "--quiet", "--release", "--workspace", "--bins"]);
    } else {
        cargo.args(["test", "--quiet", "--no-run", "--workspace", "--test", "binary"]);
    }
    cargo.arg("--target-dir").arg(target).current_dir(root());
    // What cargo tells a running test; build scripts watch these, and would run anew.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
    let output = cargo.output().context("building the binaries")?;
    if !output.status.success() {
        bail!("building the binaries failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// The root of the workspace, one above this package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn told(output: &Output) -> Told {
    Told {
        code: output.status.code().unwrap_or(SIGNALLED),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What a shell says of a program that a signal ended.
const SIGNALLED: i32 = 128;
