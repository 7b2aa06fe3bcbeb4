//! What the product costs, measured: one file a row, and the list of them.
//!
//! `cargo xtask bench` runs each row in a process of its own, so that one row's memory is not
//! another's, and writes the table. A row measures beside it what its number is to be held against.

mod load;
mod sled_bare;
mod tonic_bare;

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name on the command line.
    pub name: &'static str,
    /// Measures.
    pub run: fn() -> anyhow::Result<Vec<Line>>,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was measured.
    pub what: &'static str,
    /// The number with its unit.
    pub value: String,
    /// What it must reach, or nothing if it is a yardstick.
    pub goal: &'static str,
}

/// All of them, in the order of the table.
pub const ROWS: &[Row] = &[
    Row { name: "sled_bare", run: sled_bare::run },
    Row { name: "tonic_bare", run: tonic_bare::run },
];

/// `count` over `seconds`, as a whole number with its unit.
fn rate(count: usize, elapsed: std::time::Duration, unit: &str) -> String {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    format!("{:.0} {unit}/s", f64::from(count) / elapsed.as_secs_f64())
}
