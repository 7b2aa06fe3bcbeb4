//! Gathers entries into batches that are neither too many bytes nor too many entries.

use model::Entry;
use prost::Message as _;

use crate::report::FACT_BYTES_MAX;

/// A batch is full at so many encoded bytes: large enough to hide the flush that makes it durable,
/// small enough that a window of them fits into memory on both sides.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;

/// A batch is full at so many entries: one store transaction of a size that was measured.
pub const BATCH_ENTRIES_MAX: usize = 1_000;

/// What one encoded batch takes at most: a full one, and one fact of the largest size on top.
pub const PAYLOAD_BYTES_MAX: usize = BATCH_BYTES_MAX + FACT_BYTES_MAX + 64 * 1024;

/// Entries that wait for their batch to be full.
#[derive(Debug, Default)]
pub struct Batcher {
    entries: Vec<Entry>,
    bytes: usize,
}

impl Batcher {
    /// Adds `entry`; gives the batch if it is full with it.
    pub fn push(&mut self, entry: Entry) -> Option<Vec<Entry>> {
        // A tag and a length of at most 5 bytes stand before each entry.
        let bytes = proto::v1::Entry::from(&entry).encoded_len().saturating_add(6);
        self.bytes = self.bytes.saturating_add(bytes);
        self.entries.push(entry);
        let full = self.bytes >= BATCH_BYTES_MAX || self.entries.len() >= BATCH_ENTRIES_MAX;
        if full { self.take() } else { None }
    }

    /// Gives what there is, if there is something.
    pub fn take(&mut self) -> Option<Vec<Entry>> {
        self.bytes = 0;
        let entries = std::mem::take(&mut self.entries);
        if entries.is_empty() { None } else { Some(entries) }
    }
}
