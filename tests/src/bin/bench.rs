//! Measures one row and prints its lines: `bench ROW`; without a row, the names of all.
//!
//! `cargo xtask bench` builds this for release, runs it once a row and makes the table.

use std::env;
use std::io::{Write, stdout};

use anyhow::Context;
use tests::bench::ROWS;

fn main() -> anyhow::Result<()> {
    let Some(name) = env::args().nth(1) else {
        for row in ROWS {
            writeln!(stdout().lock(), "{}", row.name)?;
        }
        return Ok(());
    };
    let row = ROWS.iter().find(|row| row.name == name).context("no such row")?;
    for line in (row.run)()? {
        writeln!(stdout().lock(), "{}\t{}\t{}", line.what, line.value, line.goal)?;
    }
    Ok(())
}
