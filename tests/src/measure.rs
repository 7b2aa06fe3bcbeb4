//! What a child process cost: seconds, processor time, peak memory.
//!
//! From `/proc`, which needs no unsafe call: the high-water mark of memory while the child lives (so
//! only a peak within the last few milliseconds can be missed), its processor time once it has ended
//! and before it is waited for.

use std::fs;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::process::pause;

/// Between two looks at a child.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Ticks a second in `/proc`; 100 on every Linux that Rust supports.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a finished child cost.
#[derive(Debug)]
pub struct Cost {
    /// How it ended.
    pub status: ExitStatus,
    /// From start to end.
    pub elapsed: Duration,
    /// Processor seconds, its own and the system's for it.
    pub processor_seconds: f64,
    /// Peak of resident memory in KiB.
    pub memory_peak_kib: u64,
}

/// Runs `command` to its end.
///
/// # Errors
/// If it cannot be started.
pub fn run(command: &mut Command) -> anyhow::Result<Cost> {
    let begun = Instant::now();
    let mut child = command.spawn().context("starting what is measured")?;
    let mut memory_peak_kib = 0;
    while !has_ended(child.id()) {
        memory_peak_kib = memory_peak_kib.max(memory_peak(child.id()).unwrap_or_default());
        pause(LOOK_EVERY);
    }
    let elapsed = begun.elapsed();
    let processor_seconds = processor_seconds(child.id()).unwrap_or_default();
    let status = child.wait()?;
    Ok(Cost { status, elapsed, processor_seconds, memory_peak_kib })
}

/// Peak of resident memory so far, in KiB, of a running process.
pub fn memory_peak(process: u32) -> Option<u64> {
    memory(process, "VmHWM:")
}

/// Resident memory now, in KiB, of a running process.
pub fn memory_now(process: u32) -> Option<u64> {
    memory(process, "VmRSS:")
}

/// Processor seconds so far, of a process that runs or has ended and was not waited for.
pub fn processor_seconds(process: u32) -> Option<f64> {
    // utime and stime are the 14th and 15th field, the 12th and 13th after the name.
    let fields = fields_after_name(process)?;
    let user: f64 = fields.get(11)?.parse().ok()?;
    let system: f64 = fields.get(12)?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn memory(process: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Whether a child has ended; it stays visible until it is waited for.
fn has_ended(process: u32) -> bool {
    fields_after_name(process).is_none_or(|fields| fields.first().is_none_or(|state| state == "Z"))
}

/// The fields of `stat` after the name, which may hold blanks and parentheses itself.
fn fields_after_name(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
