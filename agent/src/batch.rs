//! Gathers entries into batches that are neither too many bytes nor too many entries.

use model::Entry;
use prost::Message as _;

use crate::report::FACT_BYTES_MAX;

/// A batch of several entries has at most so many encoded bytes: large enough to hide the flush that makes it durable,
/// small enough that a window of them fits into memory on both sides.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;

/// A batch is full at so many entries: one store transaction of a size that was measured.
pub const BATCH_ENTRIES_MAX: usize = 1_000;

/// What one encoded batch takes at most: a fact of the largest size, and what stands around it. A
/// collector takes no more than 1 MiB.
pub const PAYLOAD_BYTES_MAX: usize = FACT_BYTES_MAX + 32 * 1024;

/// Entries that wait for their batch to be full.
#[derive(Debug, Default)]
pub struct Batcher {
    entries: Vec<Entry>,
    bytes_len: usize,
}

impl Batcher {
    /// Adds `entry`; gives the batch before it if that has no room for it.
    pub fn push(&mut self, entry: Entry) -> Option<Vec<Entry>> {
        // A tag and a length of at most 5 bytes stand before each entry.
        let bytes_len = proto::v1::Entry::from(&entry).encoded_len().saturating_add(6);
        let has_room = self.bytes_len.saturating_add(bytes_len) <= BATCH_BYTES_MAX
            && self.entries.len() < BATCH_ENTRIES_MAX;
        let full = if has_room { None } else { self.take() };
        self.bytes_len = self.bytes_len.saturating_add(bytes_len);
        self.entries.push(entry);
        full
    }

    /// Gives what there is, if there is something.
    pub fn take(&mut self) -> Option<Vec<Entry>> {
        self.bytes_len = 0;
        let entries = std::mem::take(&mut self.entries);
        if entries.is_empty() { None } else { Some(entries) }
    }
}

#[cfg(test)]
mod tests;
