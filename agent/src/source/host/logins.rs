//! Last logins, from the databases that login programs keep.
//!
//! ```text
//! lastlog  at index uid: time, line (32), host (256)                                  lastlog(8)
//! wtmp     type (2), -, pid (4), line (32), id (4), user (32), host (256), exit (4), session,
//!          time, microseconds, address (16), - (20)                                  wtmp(5)
//! ```
//!
//! Times have 4 bytes, or 8 on machines that never had a 32-bit past.

use std::collections::BTreeMap;
use std::io::{self, Read};

use jiff::Timestamp;
use model::Use;

/// Whether times in these files have 8 bytes, as glibc decides it.
const WIDE: bool =
    cfg!(any(target_arch = "aarch64", target_arch = "riscv64", target_arch = "loongarch64"));
const LASTLOG_LEN: usize = if WIDE { 296 } else { 292 };
const WTMP_LEN: usize = if WIDE { 400 } else { 384 };
const WTMP_TIME_AT: usize = if WIDE { 344 } else { 340 };
/// A login, as opposed to a boot or a logout.
const USER_PROCESS: [u8; 2] = 7_u16.to_ne_bytes();
// BOUND: a thousand records at a time.
const PORTION_LEN: usize = WTMP_LEN * 1024;

/// What the databases say; one that is not there says nothing.
#[derive(Debug, Default)]
pub struct Logins {
    by_uid: Option<BTreeMap<u32, Timestamp>>,
    by_name: BTreeMap<String, Timestamp>,
}

impl Logins {
    /// Reads `lastlog`. A file that holds no whole record is no database.
    ///
    /// # Errors
    ///
    /// What reading gave.
    pub fn lastlog(&mut self, from: impl Read) -> io::Result<()> {
        let mut by_uid = BTreeMap::new();
        let mut uid = 0_u32;
        records(from, LASTLOG_LEN, |record| {
            if let Some(at) = time(record, 0) {
                by_uid.insert(uid, at);
            }
            uid = uid.saturating_add(1);
        })?;
        if uid > 0 {
            self.by_uid = Some(by_uid);
        }
        Ok(())
    }

    /// Reads `wtmp`, of which the latest login of every name counts.
    ///
    /// # Errors
    ///
    /// What reading gave.
    pub fn wtmp(&mut self, from: impl Read) -> io::Result<()> {
        records(from, WTMP_LEN, |record| {
            let name = record.get(44..76).unwrap_or_default();
            let len = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
            let name = name.get(..len).and_then(|name| str::from_utf8(name).ok());
            let is_login = record.starts_with(&USER_PROCESS);
            let (Some(name), Some(at), true) = (name, time(record, WTMP_TIME_AT), is_login) else {
                return;
            };
            // BOUND: names come from the outside; there are never more than accounts by far.
            if self.by_name.len() < 100_000 || self.by_name.contains_key(name) {
                let latest = self.by_name.entry(name.to_owned()).or_insert(at);
                *latest = at.max(*latest);
            }
        })
    }

    /// When an account was last logged in to. "Never" only if `lastlog` is there and says so: `wtmp`
    /// is cut from time to time.
    #[must_use]
    pub fn of(&self, name: &str, uid: u32) -> Use {
        let by_uid = self.by_uid.as_ref().and_then(|by_uid| by_uid.get(&uid));
        match (by_uid.max(self.by_name.get(name)), &self.by_uid) {
            (Some(at), _) => Use::At(*at),
            (None, Some(_)) => Use::Never,
            (None, None) => Use::Unknown,
        }
    }
}

/// Shows every whole record to `each`; what is left at the end is ignored.
fn records(mut from: impl Read, len: usize, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut portion = Vec::with_capacity(PORTION_LEN);
    loop {
        let room = u64::try_from(PORTION_LEN.saturating_sub(portion.len())).unwrap_or_default();
        let count = from.by_ref().take(room).read_to_end(&mut portion)?;
        let mut whole = portion.chunks_exact(len);
        whole.by_ref().for_each(&mut each);
        let rest = whole.remainder().to_vec();
        portion.clear();
        portion.extend_from_slice(&rest);
        if count == 0 {
            return Ok(());
        }
    }
}

/// The time at an offset; 0 is none.
fn time(record: &[u8], at: usize) -> Option<Timestamp> {
    let bytes = record.get(at..)?;
    let seconds = if WIDE {
        i64::from_ne_bytes(*bytes.first_chunk()?)
    } else {
        // Unsigned, so that it holds beyond 2038.
        i64::from(u32::from_ne_bytes(*bytes.first_chunk()?))
    };
    Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)
}

#[cfg(test)]
mod tests;
