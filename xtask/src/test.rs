//! `cargo xtask test`: all tests, with the servers that they need.
//!
//! A test that needs a server is marked `#[ignore = "needs ..."]`, so a bare `cargo nextest run`
//! passes anywhere and its count says how many it skipped. Here the servers are at hand, and all run.

use crate::{setup, shell};

/// Runs the tests whose name contains one of `filters`, or all.
pub(crate) fn run(filters: &[String]) -> anyhow::Result<()> {
    let installed = setup::run()?;
    let mut runner = if shell::find("cargo-nextest").is_some() {
        let mut nextest = shell::cargo(&["nextest", "run", "--workspace", "--profile", "ci"])?;
        nextest.args(["--run-ignored", "all"]).args(filters);
        nextest
    } else {
        let mut plain = shell::cargo(&["test", "--workspace", "--all-targets", "--no-fail-fast"])?;
        plain.args(["--", "--include-ignored"]).args(filters);
        plain
    };
    shell::run(runner.envs(installed.variables()))
}
