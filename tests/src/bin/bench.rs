//! Measures one row and prints its lines: `bench ROW`; without a row, the names of all.
//!
//! `cargo xtask bench` builds this for release, runs it once a row and makes the table.

use std::env;
use std::io::{Write, stdout};

use anyhow::Context;
use tests::bench::{Goal, ROWS};

fn main() -> anyhow::Result<()> {
    let Some(name) = env::args().nth(1) else {
        for row in ROWS {
            writeln!(stdout().lock(), "{}", row.name)?;
        }
        return Ok(());
    };
    // What goes wrong within the agent that a row runs is told there and nowhere else.
    agent::telemetry::start(tracing::Level::WARN, agent::telemetry::LogFormat::Text);
    let row = ROWS.iter().find(|row| row.name == name).context("no such row")?;
    for line in (row.run)()? {
        let (goal, is_reached) = match line.goal {
            Some(Goal { text, is_reached: true }) => (text, "yes"),
            Some(Goal { text, is_reached: false }) => (text, "**no**"),
            None => (String::new(), ""),
        };
        writeln!(stdout().lock(), "{}\t{}\t{goal}\t{is_reached}", line.what, line.value)?;
    }
    Ok(())
}
