//! The agent's memory of what the collector has not confirmed: batches on disk, in order, bounded.
//!
//! ```text
//! spool/lock                           held while an agent uses the folder
//! spool/epoch                          which epoch counts; replaced as a whole (see `manifest`)
//! spool/acked                          how far the collector confirmed; a hint, checksummed
//! spool/<epoch>-<first seq>.segment    a header and records (see `segment`)
//! spool/aside-<epoch>/                 a spool that could not be read, kept for people
//! ```
//!
//! INVARIANT: what [`Spool::append`] returned a number for is on disk and stays there until
//! [`Spool::acked`] of that number or a later one. INVARIANT: within an epoch a number names one
//! content for ever. So whenever anything was cut or lost that might have been sent, what is left is
//! renumbered from 1 in a new epoch: written beside the old, then made to count by replacing
//! `epoch`, so that a pulled plug leaves the one or the other.
//!
//! All of it blocks; `spool::shared` makes it usable from async code.

mod disk;
mod manifest;
mod recovery;
mod segment;
mod shared;

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use model::{Epoch, Seq};

pub(crate) use manifest::is_whole as manifest_is_whole;
pub use recovery::Recovery;
pub(crate) use recovery::is_whole as segment_is_whole;
pub(crate) use shared::Extent;
pub use shared::{AppendError, SharedSpool};

use disk::Disk;
use manifest::AckedFile;
use segment::{HEADER_BYTES_LEN, SegmentName};

/// The least that a spool may be bounded to: a few segments and the largest batch, so that an
/// acknowledgement always makes room for the next batch.
pub const SPOOL_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// The usual bound: weeks of changes of a busy account, and no disk is filled by it.
pub const SPOOL_BYTES_DEFAULT: u64 = 256 * 1024 * 1024;

/// A segment is closed at this size. Confirmed batches free their space a segment at a time, and
/// recovery holds one segment in memory.
const SEGMENT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Batches on disk that the collector has not confirmed.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    disk: Disk,
    limits: Limits,
    epoch: Epoch,
    /// Oldest first; each begins where the one before it ends. Never empty.
    segments: VecDeque<Segment>,
    /// The last segment, if it can be written to.
    active: Option<File>,
    seq_next: Seq,
    acked: Seq,
    acked_file: AckedFile,
    reader: Option<Reader>,
    _lock: File,
}

/// How much a spool may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// BOUND: of all segments together.
    pub bytes_max: u64,
    /// BOUND: of one segment, unless one record alone is larger.
    pub segment_bytes_max: u64,
}

impl Limits {
    /// The limits of a spool that holds up to `bytes_max`, at least [`SPOOL_BYTES_MIN`].
    #[must_use]
    pub fn of(bytes_max: u64) -> Self {
        Self { bytes_max: bytes_max.max(SPOOL_BYTES_MIN), segment_bytes_max: SEGMENT_BYTES_MAX }
    }
}

/// What went wrong with the spool.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Another agent uses the folder: end it, or use another state folder.
    #[error("the spool `{folder}` is in use by another agent", folder = folder.display())]
    Locked {
        /// Which folder.
        folder: PathBuf,
    },
    /// There is no room: wait until the collector confirms what is there.
    #[error("the spool is full")]
    Full,
    /// A batch larger than can be sent: our own mistake, and nothing was written.
    #[error("a batch of {bytes} bytes is too large for the spool")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The disk failed or is full. What was confirmed before is safe; this batch is not.
    #[error("{action} `{path}` failed", path = path.display())]
    Io {
        /// What we were doing: `writing`.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// What was written reads back differently: open the spool anew, which keeps what it can.
    #[error("batch {seq} in `{path}` is damaged", seq = seq.0, path = path.display())]
    Damaged {
        /// Which batch.
        seq: Seq,
        /// In which file.
        path: PathBuf,
    },
}

/// One file of records.
#[derive(Clone, Debug)]
struct Segment {
    path: PathBuf,
    first: Seq,
    /// The number after its last record.
    end: Seq,
    bytes_len: u64,
}

/// Where the record after the one that was read last begins.
#[derive(Debug)]
struct Reader {
    file: File,
    path: PathBuf,
    offset: u64,
    seq: Seq,
}

impl Spool {
    /// Opens the spool in `folder`, or makes one. Keeps whatever can be read, and tells what could
    /// not. Never fails for what the files hold, only for what the disk does.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Locked`] and [`SpoolError::Io`].
    pub fn open(folder: &Path, limits: Limits) -> Result<(Self, Recovery), SpoolError> {
        Self::open_on(folder, limits, Disk::default())
    }

    fn open_on(folder: &Path, limits: Limits, disk: Disk) -> Result<(Self, Recovery), SpoolError> {
        recovery::open(folder, limits, disk)
    }

    /// Writes `payload` durably at the next number.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Full`], [`SpoolError::TooLarge`] or [`SpoolError::Io`]; the number is then not
    /// used, and the next append begins a new segment.
    pub fn append(&mut self, payload: &[u8]) -> Result<Seq, SpoolError> {
        let record = segment::record_encode(self.epoch, self.seq_next, payload)
            .ok_or(SpoolError::TooLarge { bytes: payload.len() })?;
        let record_len = u64::try_from(record.len()).unwrap_or(u64::MAX);
        if self.bytes_len().saturating_add(record_len) > self.limits.bytes_max {
            return Err(SpoolError::Full);
        }
        let is_over = self.segments.back().is_none_or(|last| {
            last.first < last.end
                && last.bytes_len.saturating_add(record_len) > self.limits.segment_bytes_max
        });
        if is_over || self.active.is_none() {
            self.segment_begin()?;
        }
        self.record_write(&record)?;
        let seq = self.seq_next;
        self.seq_next = seq.next();
        if let Some(last) = self.segments.back_mut() {
            last.end = self.seq_next;
            last.bytes_len = last.bytes_len.saturating_add(record_len);
        }
        Ok(seq)
    }

    /// The batch `seq`, or nothing if it is confirmed already or not there yet.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`], or [`SpoolError::Damaged`] if it reads back differently.
    pub fn read(&mut self, seq: Seq) -> Result<Option<Vec<u8>>, SpoolError> {
        if seq <= self.acked || seq >= self.seq_next {
            return Ok(None);
        }
        let mut reader = match self.reader.take() {
            Some(reader) if reader.seq == seq => reader,
            _ => self.reader_at(seq)?,
        };
        let epoch = self.epoch;
        let damaged = |path: &Path| SpoolError::Damaged { seq, path: path.to_owned() };
        let Some((found, payload)) = segment::record_read(&mut reader.file, epoch)
            .map_err(|source| io_error("reading", &reader.path, source))?
        else {
            return Err(damaged(&reader.path));
        };
        if found != seq {
            return Err(damaged(&reader.path));
        }
        reader.seq = seq.next();
        reader.offset = reader.offset.saturating_add(segment::record_bytes_len(payload.len()));
        // The next record may begin another segment.
        let ends_here = self.segments.iter().any(|segment| segment.end == reader.seq);
        self.reader = if ends_here { None } else { Some(reader) };
        Ok(Some(payload))
    }

    /// The collector holds everything up to `seq`: forgets it. A number that was confirmed before,
    /// or was never given, changes nothing beyond what is there.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]; what could not be removed is offered again after a restart, and the
    /// collector knows its number.
    pub fn acked(&mut self, seq: Seq) -> Result<(), SpoolError> {
        let last = Seq(self.seq_next.0.saturating_sub(1));
        let seq = seq.min(last);
        if seq <= self.acked {
            return Ok(());
        }
        self.acked = seq;
        if self.reader.as_ref().is_some_and(|reader| reader.seq <= seq) {
            self.reader = None;
        }
        self.acked_file.write(self.epoch, seq)?;
        let is_large = |segment: &Segment| segment.bytes_len >= self.limits.segment_bytes_max / 4;
        if seq == last && self.segments.back().is_some_and(is_large) {
            self.segment_begin()?;
        }
        while self.segments.len() > 1
            && self.segments.front().is_some_and(|first| first.end.0 <= seq.0.saturating_add(1))
        {
            if let Some(first) = self.segments.pop_front() {
                Disk::remove(&first.path)?;
            }
        }
        Ok(())
    }

    /// Renumbers what is not confirmed from 1 in a new epoch, because numbers of this one no longer
    /// agree with the collector's. Needs room for a second copy while it works.
    ///
    /// # Errors
    ///
    /// [`SpoolError::Io`]; the old epoch then still counts.
    pub fn epoch_renew(&mut self) -> Result<Recovery, SpoolError> {
        recovery::renew(self)
    }

    /// The present epoch.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The number that the next batch will get.
    pub fn seq_next(&self) -> Seq {
        self.seq_next
    }

    /// Everything up to this number is confirmed.
    pub fn seq_acked(&self) -> Seq {
        self.acked
    }

    /// Bytes of all segments.
    pub fn bytes_len(&self) -> u64 {
        self.segments.iter().fold(0, |sum, segment| sum.saturating_add(segment.bytes_len))
    }

    /// The bound on [`Self::bytes_len`].
    pub fn bytes_max(&self) -> u64 {
        self.limits.bytes_max
    }

    fn segment_begin(&mut self) -> Result<(), SpoolError> {
        let name = SegmentName { epoch: self.epoch, first: self.seq_next };
        let path = self.folder.join(name.to_string());
        self.active = None;
        let file = self.disk.create(&path, &segment::header_encode(self.epoch, self.seq_next))?;
        // A segment without records is replaced by this one: same name, so no second entry.
        if self.segments.back().is_some_and(|last| last.first == self.seq_next) {
            self.segments.pop_back();
        }
        let first = self.seq_next;
        let bytes_len = HEADER_BYTES_LEN;
        self.segments.push_back(Segment { path, first, end: first, bytes_len });
        self.active = Some(file);
        Ok(())
    }

    /// Writes at the end of the active segment. After a failure the segment is closed, with its half
    /// record cut off if the disk lets us; recovery knows that the next segment supersedes the rest.
    fn record_write(&mut self, record: &[u8]) -> Result<(), SpoolError> {
        let Some(last) = self.segments.back() else { return Err(SpoolError::Full) };
        let Some(file) = &mut self.active else { return Err(SpoolError::Full) };
        let wrote = self.disk.append(file, &last.path, record);
        if wrote.is_err() {
            let _best_effort = file.set_len(last.bytes_len);
            self.active = None;
        }
        wrote
    }

    fn reader_at(&self, seq: Seq) -> Result<Reader, SpoolError> {
        let missing = || SpoolError::Damaged { seq, path: self.folder.clone() };
        let segment = self
            .segments
            .iter()
            .find(|segment| segment.first <= seq && seq < segment.end)
            .ok_or_else(missing)?;
        let failed = |source| io_error("reading", &segment.path, source);
        let mut file = File::open(&segment.path).map_err(failed)?;
        let offset = segment::seek(&mut file, segment.first, seq)
            .map_err(failed)?
            .ok_or_else(|| SpoolError::Damaged { seq, path: segment.path.clone() })?;
        Ok(Reader { file, path: segment.path.clone(), offset, seq })
    }
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> SpoolError {
    SpoolError::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
