//! Opening a spool whatever its files hold, and starting a new epoch.
//!
//! ```text
//! all in order                                 use it
//! torn tail, damage, gap, manifest lost        keep what reads, renumbered in a new epoch
//! of a later version, of several epochs        move it aside, begin an empty one
//! ```
//!
//! INVARIANT: what was flushed and is still whole on disk comes back, in order, once. What does not
//! come back is counted in [`Recovery`], and the caller must let every scope be sent whole.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use model::{Epoch, Seq};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::disk::Disk;
use super::manifest::{self, AckedFile, Manifest};
use super::segment::{self, HEADER_BYTES_LEN, Header, SegmentName};
use super::{Limits, Segment, Spool, SpoolError, io_error};
use crate::batch::PAYLOAD_BYTES_MAX;
use crate::files;

/// How many unreadable spools are kept for people to look at. Each may be as large as a spool.
const ASIDE_MAX: usize = 3;

/// What was found when a spool was opened or renumbered.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recovery {
    /// Bytes cut from the end: a batch that was being written, or a file that was shortened.
    pub cut_bytes_len: u64,
    /// Bytes elsewhere that could not be read.
    pub lost_bytes_len: u64,
    /// Batches that are known to be missing.
    pub lost_batches: u64,
    /// Whether what is left was renumbered in a new epoch. Every scope must then be sent whole.
    pub is_renumbered: bool,
    /// Where a spool that could not be read at all was put.
    pub aside: Option<PathBuf>,
}

/// One old segment, as far as it can be read.
struct Old {
    name: SegmentName,
    path: PathBuf,
    walk: Walk,
}

/// What a walk through a segment came to.
#[derive(Debug, Default)]
struct Walk {
    end: Seq,
    bytes_len: u64,
    cut_bytes_len: u64,
    lost_bytes_len: u64,
    lost_batches: u64,
    header_is_damaged: bool,
}

pub(super) fn open(
    folder: &Path,
    limits: Limits,
    disk: Disk,
) -> Result<(Spool, Recovery), SpoolError> {
    files::folder_create(folder).map_err(|source| io_error("creating", folder, source))?;
    let lock = lock(folder)?;
    let manifest = manifest::epoch_read(folder)?;
    let mut names = list(folder)?;
    if let Manifest::Epoch(counts) = manifest {
        // Left over from a renumbering: not begun to count, or counted before.
        for name in names.extract_if(.., |name| name.epoch != counts) {
            Disk::remove(&folder.join(name.to_string()))?;
        }
    }
    let first_epoch = names.first().map(|name| name.epoch);
    let is_of_one_epoch = names.iter().all(|name| Some(name.epoch) == first_epoch);
    let mut recovery = Recovery::default();
    let opened = match first_epoch {
        Some(epoch) if is_of_one_epoch => {
            read_all(folder, epoch, &names, &mut recovery)?.map(|old| (epoch, old))
        }
        Some(_) => None,
        None => {
            // No segment: a new folder, or one from which they were taken.
            recovery.is_renumbered = manifest != Manifest::Absent;
            return begin(folder, limits, disk, lock, recovery);
        }
    };
    let Some((epoch, old)) = opened else {
        recovery.aside = Some(put_aside(folder, &names)?);
        recovery.is_renumbered = true;
        return begin(folder, limits, disk, lock, recovery);
    };
    let (acked_file, hint) = AckedFile::open(folder, epoch)?;
    let first = old.first().map_or(Seq(1), |old| old.name.first);
    let end = old.last().map_or(first, |old| old.walk.end);
    let acked = hint.unwrap_or_default().max(Seq(first.0.saturating_sub(1)));
    let segments = old.iter().map(Old::segment).collect();
    let mut spool = Spool {
        folder: folder.to_owned(),
        disk,
        limits,
        epoch,
        segments,
        active: None,
        seq_next: end,
        acked: acked.min(Seq(end.0.saturating_sub(1))),
        acked_file,
        reader: None,
        _lock: lock,
    };
    let is_whole = manifest == Manifest::Epoch(epoch)
        && acked < end
        && old.iter().all(|old| old.walk.is_whole())
        && recovery.lost_batches == 0;
    if !is_whole {
        recovery.cut_bytes_len = sum(&old, |walk| walk.cut_bytes_len);
        recovery.lost_bytes_len = sum(&old, |walk| walk.lost_bytes_len);
        recovery.lost_batches =
            recovery.lost_batches.saturating_add(sum(&old, |walk| walk.lost_batches));
        renumber(&mut spool)?;
        recovery.is_renumbered = true;
    }
    Ok((spool, recovery))
}

/// Starts a new epoch with what is not confirmed.
pub(super) fn renew(spool: &mut Spool) -> Result<Recovery, SpoolError> {
    spool.active = None;
    spool.reader = None;
    renumber(spool)?;
    Ok(Recovery { is_renumbered: true, ..Recovery::default() })
}

/// Copies what can be read and is not confirmed into a new epoch, makes that count, and removes the
/// old one.
fn renumber(spool: &mut Spool) -> Result<(), SpoolError> {
    let epoch = epoch_draw();
    let mut copy = Renumbering {
        folder: &spool.folder,
        disk: &spool.disk,
        limits: spool.limits,
        epoch,
        segments: VecDeque::new(),
        file: None,
        next: Seq(1),
    };
    let copied = copy.all(&spool.segments, spool.epoch, spool.acked).and_then(|()| copy.end());
    let (segments, next) = (copy.segments, copy.next);
    if let Err(error) = copied.and_then(|()| manifest::epoch_write(&spool.folder, epoch)) {
        for segment in segments {
            let _best_effort = Disk::remove(&segment.path);
        }
        return Err(error);
    }
    let old = std::mem::replace(&mut spool.segments, segments);
    spool.epoch = epoch;
    spool.seq_next = next;
    spool.acked = Seq(0);
    for segment in old {
        // What cannot be removed now is removed when the spool is opened: its epoch is over.
        if let Err(error) = Disk::remove(&segment.path) {
            tracing::warn!(%error, "old segment left behind");
        }
    }
    Ok(())
}

fn begin(
    folder: &Path,
    limits: Limits,
    disk: Disk,
    lock: File,
    recovery: Recovery,
) -> Result<(Spool, Recovery), SpoolError> {
    let epoch = epoch_draw();
    manifest::epoch_write(folder, epoch)?;
    let (acked_file, _of_no_use) = AckedFile::open(folder, epoch)?;
    let mut spool = Spool {
        folder: folder.to_owned(),
        disk,
        limits,
        epoch,
        segments: VecDeque::new(),
        active: None,
        seq_next: Seq(1),
        acked: Seq(0),
        acked_file,
        reader: None,
        _lock: lock,
    };
    spool.segment_begin()?;
    Ok((spool, recovery))
}

/// Walks all segments; nothing if one is of a later version or cannot be read from the disk.
fn read_all(
    folder: &Path,
    epoch: Epoch,
    names: &[SegmentName],
    recovery: &mut Recovery,
) -> Result<Option<Vec<Old>>, SpoolError> {
    let mut all: Vec<Old> = Vec::new();
    let mut following = names.iter().skip(1);
    for &name in names {
        let until = following.next().map(|next| next.first);
        let path = folder.join(name.to_string());
        let bytes = match segment_bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(path = %path.display(), %error, "segment of the spool unreadable");
                return Ok(None);
            }
        };
        let header = segment::header_check(&bytes, name);
        if header == Header::Foreign {
            return Ok(None);
        }
        let mut walk = walk(&bytes, name, until, &mut |_seq, _payload| Ok(()))?;
        walk.header_is_damaged = header == Header::Damaged;
        all.push(Old { name, path, walk });
    }
    debug_assert!(names.iter().all(|name| name.epoch == epoch), "the caller sorted them");
    // A gap after the last record of a segment is already counted by its walk.
    recovery.lost_batches = 0;
    Ok(Some(all))
}

/// Whether the bytes are a segment without a fault, that ends where the one of `until` begins.
pub(crate) fn is_whole(bytes: &[u8], epoch: Epoch, first: Seq, until: Option<Seq>) -> bool {
    let name = SegmentName { epoch, first };
    let header = segment::header_check(bytes, name);
    let walk = walk(bytes, name, until, &mut |_seq, _payload| Ok(()));
    header == Header::Good && walk.is_ok_and(|walk| walk.is_whole())
}

/// What is done with a record.
type Visit<'a> = dyn FnMut(Seq, &[u8]) -> Result<(), SpoolError> + 'a;

/// Visits every record of a segment in order, up to where the next segment begins. Where something
/// does not read as the record that must come, looks for the next one that does.
fn walk(
    bytes: &[u8],
    name: SegmentName,
    until: Option<Seq>,
    visit: &mut Visit<'_>,
) -> Result<Walk, SpoolError> {
    let mut offset = usize::try_from(HEADER_BYTES_LEN).unwrap_or(usize::MAX).min(bytes.len());
    let mut walk = Walk { end: name.first, ..Walk::default() };
    while offset < bytes.len() && until != Some(walk.end) {
        let found = match segment::record_at(bytes, offset, name.epoch) {
            Some(record) if record.0 == walk.end => Some((offset, record)),
            _ => search(bytes, offset, name.epoch, walk.end, until),
        };
        let Some((at, (seq, payload, after))) = found else { break };
        walk.lost_bytes_len = walk.lost_bytes_len.saturating_add(len_between(offset, at));
        walk.lost_batches = walk.lost_batches.saturating_add(seq.0.saturating_sub(walk.end.0));
        visit(seq, payload)?;
        walk.end = seq.next();
        offset = after;
    }
    let rest = len_between(offset, bytes.len());
    match until {
        None => walk.cut_bytes_len = rest,
        Some(until) if walk.end < until => {
            walk.lost_bytes_len = walk.lost_bytes_len.saturating_add(rest);
            let missing = until.0.saturating_sub(walk.end.0);
            walk.lost_batches = walk.lost_batches.saturating_add(missing);
            walk.end = until;
        }
        // The rest was never confirmed to the writer, who went on in the next segment.
        Some(_) => {}
    }
    walk.bytes_len = len_between(0, bytes.len());
    Ok(walk)
}

/// Where a record begins, and the record.
type Found<'a> = (usize, segment::Record<'a>);

/// The next record after `offset` that may be the one numbered `expected` or a later one.
fn search(
    bytes: &[u8],
    offset: usize,
    epoch: Epoch,
    expected: Seq,
    until: Option<Seq>,
) -> Option<Found<'_>> {
    // No more records fit into what is left than this, which spares most checksums.
    let more_max = len_between(offset, bytes.len()).div_euclid(segment::record_bytes_len(0).max(1));
    let last = until.map_or(expected.0.saturating_add(more_max), |until| until.0.saturating_sub(1));
    for at in offset.saturating_add(1)..bytes.len() {
        let seq = segment::seq_at(bytes, at)?;
        if (expected.0..=last).contains(&seq.0)
            && let Some(record) = segment::record_at(bytes, at, epoch)
        {
            return Some((at, record));
        }
    }
    None
}

/// Writes records into segments of a new epoch.
struct Renumbering<'a> {
    folder: &'a Path,
    disk: &'a Disk,
    limits: Limits,
    epoch: Epoch,
    segments: VecDeque<Segment>,
    file: Option<File>,
    next: Seq,
}

impl Renumbering<'_> {
    fn all(&mut self, old: &VecDeque<Segment>, epoch: Epoch, acked: Seq) -> Result<(), SpoolError> {
        self.segment_begin()?;
        let mut following = old.iter().skip(1);
        for segment in old {
            let until = following.next().map(|next| next.first);
            if segment.end.0 <= acked.0.saturating_add(1) {
                continue;
            }
            let bytes = segment_bytes(&segment.path)
                .map_err(|source| io_error("reading", &segment.path, source))?;
            let name = SegmentName { epoch, first: segment.first };
            walk(&bytes, name, until, &mut |seq, payload| {
                if seq > acked { self.record(payload) } else { Ok(()) }
            })?;
        }
        Ok(())
    }

    fn record(&mut self, payload: &[u8]) -> Result<(), SpoolError> {
        let record = segment::record_encode(self.epoch, self.next, payload)
            .ok_or(SpoolError::TooLarge { bytes: payload.len() })?;
        let record_len = len_between(0, record.len());
        let is_full = self.segments.back().is_some_and(|last| {
            last.first < last.end
                && last.bytes_len.saturating_add(record_len) > self.limits.segment_bytes_max
        });
        if is_full {
            self.end()?;
            self.segment_begin()?;
        }
        let (Some(last), Some(file)) = (self.segments.back_mut(), &mut self.file) else {
            return Err(SpoolError::Full);
        };
        self.disk.write(file, &record).map_err(|source| io_error("writing", &last.path, source))?;
        self.next = self.next.next();
        last.end = self.next;
        last.bytes_len = last.bytes_len.saturating_add(record_len);
        Ok(())
    }

    fn segment_begin(&mut self) -> Result<(), SpoolError> {
        let first = self.next;
        let path = self.folder.join(SegmentName { epoch: self.epoch, first }.to_string());
        let bytes_len = HEADER_BYTES_LEN;
        self.segments.push_back(Segment { path: path.clone(), first, end: first, bytes_len });
        self.file = Some(self.disk.create(&path, &segment::header_encode(self.epoch, first))?);
        Ok(())
    }

    fn end(&mut self) -> Result<(), SpoolError> {
        match (self.file.take(), self.segments.back()) {
            (Some(file), Some(last)) => Disk::sync(&file, &last.path),
            _ => Ok(()),
        }
    }
}

impl Old {
    fn segment(&self) -> Segment {
        Segment {
            path: self.path.clone(),
            first: self.name.first,
            end: self.walk.end,
            bytes_len: self.walk.bytes_len,
        }
    }
}

impl Walk {
    fn is_whole(&self) -> bool {
        !self.header_is_damaged
            && self.cut_bytes_len == 0
            && self.lost_bytes_len == 0
            && self.lost_batches == 0
    }
}

fn sum(all: &[Old], of: impl Fn(&Walk) -> u64) -> u64 {
    all.iter().fold(0, |sum, old| sum.saturating_add(of(&old.walk)))
}

fn len_between(start: usize, end: usize) -> u64 {
    u64::try_from(end.saturating_sub(start)).unwrap_or(u64::MAX)
}

/// The bytes of a segment, and never more than one can have.
fn segment_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let payload_max = segment::record_bytes_len(PAYLOAD_BYTES_MAX);
    let bytes_max = super::SEGMENT_BYTES_MAX.saturating_add(payload_max);
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn lock(folder: &Path) -> Result<File, SpoolError> {
    let path = folder.join("lock");
    let file = files::create(&path).map_err(|source| io_error("creating", &path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(SpoolError::Locked { folder: folder.to_owned() })
        }
        Err(std::fs::TryLockError::Error(source)) => Err(io_error("locking", &path, source)),
    }
}

/// The segments in `folder`, in order.
fn list(folder: &Path) -> Result<Vec<SegmentName>, SpoolError> {
    let failed = |source| io_error("listing", folder, source);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        names.extend(name.to_str().and_then(SegmentName::parse));
    }
    names.sort_unstable();
    Ok(names)
}

fn put_aside(folder: &Path, names: &[SegmentName]) -> Result<PathBuf, SpoolError> {
    let failed = |source| io_error("setting aside", folder, source);
    let mut kept = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with("aside-") {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            kept.push((modified.map_err(failed)?, entry.path()));
        }
    }
    // BOUND: the oldest go, so that a disk that fails again and again is not filled by it.
    kept.sort();
    let surplus = kept.len().saturating_add(1).saturating_sub(ASIDE_MAX);
    for (_, path) in kept.into_iter().take(surplus) {
        std::fs::remove_dir_all(&path).map_err(failed)?;
    }
    let aside = folder.join(format!("aside-{:016x}", epoch_draw().0));
    files::folder_create(&aside).map_err(failed)?;
    for name in names {
        let name = name.to_string();
        files::rename(&folder.join(&name), &aside.join(&name)).map_err(failed)?;
    }
    Ok(aside)
}

/// A random epoch; never 0, which means none.
fn epoch_draw() -> Epoch {
    let mut bytes = [0; 8];
    // The system's source of randomness fails only before it is seeded, at boot; the time since the
    // process began, in its place, still tells epochs of one spool apart.
    if SystemRandom::new().fill(&mut bytes).is_err() {
        let path = std::process::id();
        bytes = u64::from(path).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
    }
    Epoch(u64::from_le_bytes(bytes).max(1))
}
