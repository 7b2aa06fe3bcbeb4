//! Real servers, each on a free loopback port and in a folder of its own, ended when dropped.
//!
//! `cargo xtask setup` installs them and says in the environment where; `tests/servers/README.md`
//! tells what each is good for.

mod ministack;
mod moto;
mod rsyslog;
mod systemd;

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

pub use ministack::Ministack;
pub use moto::{Moto, fill_holes};
pub use rsyslog::{Rsyslog, Transport};
pub use systemd::systemd_analyze;

/// A made-up access key for servers that look at none.
const NOBODY: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLENOBODY000"),
    ("AWS_SECRET_ACCESS_KEY", "made-up"),
    ("AWS_REGION", "us-east-1"),
];

/// Python with the packages of `cargo xtask setup`.
fn python() -> anyhow::Result<Command> {
    let packages = installed("MUSTER_TEST_PYTHON")?;
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(python)
}

/// How long cloudsplaining takes to read and judge the account in `file`, of that many principals.
///
/// # Errors
/// If it is not installed, fails, or speaks of other principals.
pub fn cloudsplaining_seconds(file: &Path, principals: usize) -> anyhow::Result<f64> {
    let mut command = Command::new("python3");
    command
        .env("PYTHONPATH", installed("MUSTER_BENCH_PYTHON")?)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script("cloudsplaining_scan.py"))
        .arg(file);
    let output = command.output().context("starting cloudsplaining")?;
    if !output.status.success() {
        bail!("cloudsplaining failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let told: Value = serde_json::from_slice(&output.stdout).context("reading what it told")?;
    let judged = told.get("principals").and_then(Value::as_u64).unwrap_or_default();
    if usize::try_from(judged) != Ok(principals) {
        bail!("cloudsplaining judged {judged} principals");
    }
    let seconds = told.get("seconds").and_then(Value::as_f64);
    seconds.context("it told its seconds")
}

/// A script of `tests/servers`.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("servers").join(name)
}

/// What `cargo xtask setup` installed and told in the variable `name`.
fn installed(name: &str) -> anyhow::Result<PathBuf> {
    let path = env::var_os(name).with_context(|| {
        format!(
            "`{name}` is not set\nhint: run the test by `cargo xtask test NAME`, or first \
             `eval \"$(cargo xtask setup)\"`"
        )
    })?;
    Ok(PathBuf::from(path))
}

/// Calls an AWS API by Amazon's own client, as in `aws_call.py`: the answers in order, a refused call
/// as `{"error": CODE}`. `key` holds variables such as `AWS_ACCESS_KEY_ID`; none is a made-up key.
///
/// # Errors
/// If the client itself fails.
pub fn aws_calls(
    endpoint: &str,
    key: &[(&str, &str)],
    calls: &Value,
) -> anyhow::Result<Vec<Value>> {
    let mut child = python()?
        .arg(script("aws_call.py"))
        .arg(endpoint)
        .envs(NOBODY)
        .envs(key.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting Amazon's client")?;
    // Taken, so that it is closed and the client sees the end of its orders.
    let mut orders = child.stdin.take().context("the client has a standard input")?;
    orders.write_all(calls.to_string().as_bytes())?;
    drop(orders);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("Amazon's client failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("reading the answers of Amazon's client")
}
