//! What the product costs, measured: one file a row, and the list of them.
//!
//! `cargo xtask bench` runs each row in a process of its own, so that one row's memory is not
//! another's, and writes the table. A row measures beside it what its number is to be held against.

mod aws;
mod estate;
mod examine;
mod host;
mod idle;
mod ingest;
mod load;
mod policy_change;
mod privileges;
mod sender;
mod sled_bare;
mod tonic_bare;
mod tree;

use std::time::Duration;

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
    pub what: String,
    /// The number with its unit.
    pub value: String,
    /// What it must reach, unless it is a yardstick or for information.
    pub goal: Option<Goal>,
}

/// What a number must reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// In words: `at most 64 MiB`.
    pub text: String,
    /// Whether it does.
    pub is_reached: bool,
}

/// All of them, in the order of the table.
pub const ROWS: &[Row] = &[
    Row { name: "aws", run: aws::run },
    Row { name: "host", run: host::run },
    Row { name: "ingest", run: ingest::run },
    Row { name: "estate", run: estate::run },
    Row { name: "examine", run: examine::run },
    Row { name: "privileges", run: privileges::run },
    Row { name: "policy_change", run: policy_change::run },
    Row { name: "idle", run: idle::run },
    Row { name: "sled_bare", run: sled_bare::run },
    Row { name: "tonic_bare", run: tonic_bare::run },
];

impl Line {
    /// A number that others are held against, or that nothing is asked of.
    fn plain(what: impl Into<String>, value: impl Into<String>) -> Self {
        Self { what: what.into(), value: value.into(), goal: None }
    }

    /// A number that must reach `goal`.
    fn held(
        what: impl Into<String>,
        value: impl Into<String>,
        goal: impl Into<String>,
        is_reached: bool,
    ) -> Self {
        let goal = Some(Goal { text: goal.into(), is_reached });
        Self { what: what.into(), value: value.into(), goal }
    }

    /// Memory that must stay within `mib_max`.
    fn memory(what: impl Into<String>, kib: u64, mib_max: u64) -> Self {
        let is_reached = kib <= mib_max.saturating_mul(1024);
        Self::held(
            what,
            mib(kib.saturating_mul(1024)),
            format!("at most {mib_max} MiB"),
            is_reached,
        )
    }
}

/// `count` a second.
fn per_second(count: usize, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()
}

/// `count` over `elapsed`, as a whole number with its unit.
fn rate(count: usize, elapsed: Duration, unit: &str) -> String {
    format!("{:.0} {unit}/s", per_second(count, elapsed))
}

/// Bytes in MiB. Exact to a KiB, up to 4 TiB.
fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", mib_count(bytes))
}

fn mib_count(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0
}
