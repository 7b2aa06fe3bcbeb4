//! Running programs by account: never their arguments, and no numbers, so that a restart is no change.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::disk::{Disk, Unreadable};
use super::text;

// BOUND: as many as the kernel allows by default on a large machine.
const PROCESSES_MAX: usize = 4_194_304;

/// What one process says of itself in `/proc/<pid>/status`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Status {
    /// The name of its program, at most 15 characters.
    pub name: String,
    /// The account that it acts as.
    pub uid: u32,
}

impl Status {
    /// `None` for a thread of the kernel, which has no memory of its own.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let value = |name: &[u8]| {
            text::lines(bytes).find_map(|line| Some(line.strip_prefix(name)?.trim_ascii()))
        };
        value(b"VmSize:")?;
        // Real, effective, saved and file system.
        let uid = value(b"Uid:")?.split(u8::is_ascii_whitespace).nth(1)?;
        let uid = str::from_utf8(uid).ok()?.parse().ok()?;
        Some(Self { name: text::public(value(b"Name:")?)?, uid })
    }
}

/// Programs by the number of their account.
pub(super) type Running = BTreeMap<u32, BTreeSet<String>>;

/// The programs that run, by the number of their account; `None` if the system does not tell.
pub(super) fn running(disk: &Disk) -> Result<Option<Running>, Unreadable> {
    let mut all = Running::new();
    let mut is_told = false;
    for pid in disk.names(Path::new("/proc"))?.into_iter().take(PROCESSES_MAX) {
        if !pid.to_str().is_some_and(|pid| pid.bytes().all(|byte| byte.is_ascii_digit())) {
            continue;
        }
        let folder = Path::new("/proc").join(pid);
        // A process that ends meanwhile is no trouble.
        let Some(status) = disk.table(&folder.join("status"))? else { continue };
        is_told = true;
        let Some(status) = Status::parse(status.as_bytes()) else { continue };
        // The link to the program can be read for one's own processes, or as root.
        let program = std::fs::read_link(disk.real(&folder.join("exe"))).ok();
        let program = program
            .as_deref()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str())
            .map(|name| name.trim_end_matches(" (deleted)"))
            .and_then(|name| text::public(name.as_bytes()));
        all.entry(status.uid).or_default().insert(program.unwrap_or(status.name));
    }
    Ok(is_told.then_some(all))
}

#[cfg(test)]
mod tests;
