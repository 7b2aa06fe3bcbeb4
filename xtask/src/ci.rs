//! `cargo xtask ci`: everything that must hold before a change lands.
//!
//! One failed step does not hide the next, and the tests come last, so that their count is what the
//! output ends with.

use std::time::Instant;

use anyhow::bail;

use crate::{catalogue, codegen, docs, fuzz, setup, shell, style, test};

/// One thing that must hold.
struct Step {
    name: &'static str,
    run: fn() -> anyhow::Result<()>,
}

/// In the order of what they cost, the tests excepted.
const STEPS: &[Step] = &[
    Step { name: "format", run: format },
    Step { name: "style", run: style::run },
    Step { name: "codegen", run: || codegen::run(true) },
    Step { name: "catalogue", run: || catalogue::run(true) },
    Step { name: "lints", run: lints },
    Step { name: "fuzz", run: fuzz::check },
    Step { name: "rustdoc", run: rustdoc },
    Step { name: "deny", run: deny },
    Step { name: "docs", run: || docs::run(true) },
    Step { name: "tests", run: || test::run(&[]) },
];

/// Runs every step and fails if one of them did.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut failed = Vec::new();
    for step in STEPS {
        shell::say(&format!("ci: {}", step.name));
        let begun = Instant::now();
        let outcome = (step.run)();
        let seconds = begun.elapsed().as_secs();
        match outcome {
            Ok(()) => shell::say(&format!("ci: {} held, {seconds} s", step.name)),
            Err(error) => {
                shell::say(&format!("ci: {} did not hold, {seconds} s: {error:#}", step.name));
                failed.push(step.name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("ci: did not hold: {}", failed.join(", "));
    }
    Ok(())
}

fn format() -> anyhow::Result<()> {
    shell::run(&mut shell::cargo(&["fmt", "--all", "--check"])?)
}

fn lints() -> anyhow::Result<()> {
    let arguments = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    shell::run(&mut shell::cargo(&arguments)?)
}

fn rustdoc() -> anyhow::Result<()> {
    let arguments = ["doc", "--quiet", "--workspace", "--no-deps", "--document-private-items"];
    shell::run(shell::cargo(&arguments)?.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Advisories are left out: their database is fetched from a place that a build machine may not reach.
fn deny() -> anyhow::Result<()> {
    let program = setup::deny()?;
    shell::run(&mut shell::cargo(&["fetch", "--quiet", "--locked"])?)?;
    let arguments = ["--offline", "check", "bans", "licenses", "sources"];
    shell::run(shell::command(program)?.args(arguments))
}
