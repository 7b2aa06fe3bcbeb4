//! `cargo xtask bench [ROW...]`: measures what the product costs, as a table with machine and commit.
//!
//! The rows are in `tests/src/bench/`; each runs in a process of its own. A run of all rows writes
//! `docs/benchmarks.md`; a run of some only prints them.

use std::fmt::Write as _;
use std::fs;
use std::io::{Write as _, stdout};

use anyhow::{Context, bail};

use crate::{place, setup, shell};

/// Measures the rows that are named, or all.
pub(crate) fn run(rows: &[String]) -> anyhow::Result<()> {
    let installed = setup::run()?;
    let (yardstick, yardstick_place) = setup::yardstick()?;
    // The product's binaries too: some rows start them.
    shell::run(&mut shell::cargo(&["build", "--release", "--quiet", "--workspace", "--bins"])?)?;
    let program = place::target()?.join("release/bench");
    let known = shell::run_quietly(&mut shell::command(&program)?)?;
    if let Some(unknown) = rows.iter().find(|row| !known.lines().any(|name| name == *row)) {
        bail!("`{unknown}` is no row\nhint: the rows are {}", known.trim().replace('\n', ", "));
    }

    // Of what is measured: by the end, somebody may have changed something.
    let commit =
        shell::run_quietly(shell::command("git")?.args(["describe", "--always", "--dirty"]))?;
    let mut table = String::new();
    let mut failed = Vec::new();
    for name in known.lines().filter(|name| rows.is_empty() || rows.iter().any(|row| row == name)) {
        shell::say(&format!("bench: {name}"));
        let mut measuring = shell::command(&program)?;
        measuring.arg(name).envs(installed.variables()).env(yardstick, &yardstick_place);
        match shell::run_quietly(&mut measuring) {
            Ok(lines) => {
                for line in lines.lines() {
                    let cells: Vec<&str> = line.split('\t').collect();
                    writeln!(table, "| {} |", cells.join(" | "))?;
                }
            }
            // The others take many minutes, and are told all the same.
            Err(error) => {
                shell::say(&format!("{error:#}"));
                failed.push(name);
            }
        }
    }
    let page = page(commit.trim(), &table)?;
    stdout().lock().write_all(page.as_bytes())?;
    if !failed.is_empty() {
        bail!("not measured: {}", failed.join(", "));
    }
    if rows.is_empty() {
        let file = place::root()?.join("docs/benchmarks.md");
        fs::write(file, page).context("writing the table")?;
    }
    Ok(())
}

fn page(commit: &str, table: &str) -> anyhow::Result<String> {
    let machine = machine()?;
    Ok(format!(
        "# What it costs\n\n\
         Measured by `cargo xtask bench` at commit `{commit}` on {machine}. A line without a goal is a \
         yardstick for the others, measured in the same run.\n\n\
         | what | measured | must reach | reached |\n| --- | --- | --- | --- |\n{table}"
    ))
}

/// The processor, its cores, the memory and the system, in one phrase.
fn machine() -> anyhow::Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo").context("reading the processor's name")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("");
    let model = model.trim_start_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism()?;
    let memory = fs::read_to_string("/proc/meminfo").context("reading the memory's size")?;
    let kib = memory.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok());
    let gib = kib.and_then(|kib| kib.checked_div(1024 * 1024)).context("the memory's size")?;
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system =
        system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("Linux");
    let system = system.trim_matches('"');
    Ok(format!("{cores} cores of {model}, {gib} GiB, {system}"))
}
