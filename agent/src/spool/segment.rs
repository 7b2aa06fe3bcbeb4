//! The bytes of a segment.
//!
//! ```text
//! header   "MUSTRSPL"  version:4  epoch:8  first seq:8  crc32:4
//! record   len:4  crc32:4  seq:8  payload          crc over epoch, len, seq and payload
//! record   ...
//! ```
//!
//! Integers are little-endian. The epoch, a random number, is in every checksum, so that no payload
//! can pretend to be a record: whoever writes it would have to know the epoch.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use model::{Epoch, Seq};

use crate::batch::PAYLOAD_BYTES_MAX;

const MAGIC: &[u8; 8] = b"MUSTRSPL";
const VERSION: u32 = 1;

/// Bytes of a header.
pub(super) const HEADER_BYTES_LEN: u64 = 32;
const HEADER_LEN: usize = 32;
const RECORD_HEADER_LEN: usize = 16;

/// The name of a segment's file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct SegmentName {
    pub(super) epoch: Epoch,
    pub(super) first: Seq,
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:016x}.segment", self.epoch.0, self.first.0)
    }
}

impl SegmentName {
    /// Reads a file name; nothing if it is none of ours.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (epoch, first) = name.strip_suffix(".segment")?.split_once('-')?;
        if epoch.len() != 16 || first.len() != 16 {
            return None;
        }
        let epoch = Epoch(u64::from_str_radix(epoch, 16).ok()?);
        let first = Seq(u64::from_str_radix(first, 16).ok()?);
        Some(Self { epoch, first })
    }
}

/// The first bytes of a segment.
pub(super) fn header_encode(epoch: Epoch, first: Seq) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&epoch.0.to_le_bytes());
    bytes.extend_from_slice(&first.0.to_le_bytes());
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// What the first bytes of a segment say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Header {
    /// As its name says.
    Good,
    /// Not what was written; the records may be all right.
    Damaged,
    /// Of a version that we do not know: nothing in it can be read.
    Foreign,
}

/// Checks the first bytes of a segment against its name.
pub(super) fn header_check(bytes: &[u8], name: SegmentName) -> Header {
    let expected = header_encode(name.epoch, name.first);
    let Some(found) = bytes.get(..HEADER_LEN) else { return Header::Damaged };
    if found == expected {
        return Header::Good;
    }
    let sum = found.get(28..).and_then(|sum| sum.try_into().ok()).map(u32::from_le_bytes);
    let is_whole = found.starts_with(MAGIC) && sum == found.get(..28).map(crc32fast::hash);
    let version = u32_at(found, 8);
    if is_whole && version.is_some_and(|version| version > VERSION) {
        Header::Foreign
    } else {
        Header::Damaged
    }
}

/// The bytes of a record, if `payload` is not too large.
pub(super) fn record_encode(epoch: Epoch, seq: Seq, payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return None;
    }
    let len = u32::try_from(payload.len()).ok()?;
    let mut bytes = Vec::with_capacity(payload.len().saturating_add(RECORD_HEADER_LEN));
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(&checksum(epoch, len, seq, payload).to_le_bytes());
    bytes.extend_from_slice(&seq.0.to_le_bytes());
    bytes.extend_from_slice(payload);
    Some(bytes)
}

/// Bytes of a record with a payload of `payload_len`.
pub(super) fn record_bytes_len(payload_len: usize) -> u64 {
    u64::try_from(payload_len.saturating_add(RECORD_HEADER_LEN)).unwrap_or(u64::MAX)
}

/// A number, a payload, and where the next record begins.
pub(super) type Record<'a> = (Seq, &'a [u8], usize);

/// The record that begins at `offset`, and where the next one begins; nothing if none does.
pub(super) fn record_at(bytes: &[u8], offset: usize, epoch: Epoch) -> Option<Record<'_>> {
    let rest = bytes.get(offset..)?;
    let len = u32_at(rest, 0)?;
    let crc = u32_at(rest, 4)?;
    let seq = Seq(u64_at(rest, 8)?);
    let end = usize::try_from(len).ok().filter(|len| *len <= PAYLOAD_BYTES_MAX)?;
    let end = end.checked_add(RECORD_HEADER_LEN)?;
    let payload = rest.get(RECORD_HEADER_LEN..end)?;
    let is_good = checksum(epoch, len, seq, payload) == crc;
    is_good.then_some((seq, payload, offset.checked_add(end)?))
}

/// The number in the record header at `offset`, unchecked: whether a record might begin there.
pub(super) fn seq_at(bytes: &[u8], offset: usize) -> Option<Seq> {
    u64_at(bytes.get(offset..)?, 8).map(Seq)
}

/// A number and a payload.
pub(super) type Owned = (Seq, Vec<u8>);

/// Reads the record at the position of `file`; nothing if it is damaged.
pub(super) fn record_read(file: &mut File, epoch: Epoch) -> io::Result<Option<Owned>> {
    let mut bytes = vec![0; RECORD_HEADER_LEN];
    if !is_filled(file.read_exact(&mut bytes))? {
        return Ok(None);
    }
    let len = u32_at(&bytes, 0).and_then(|len| usize::try_from(len).ok());
    let Some(len) = len.filter(|len| *len <= PAYLOAD_BYTES_MAX) else { return Ok(None) };
    let mut payload = vec![0; len];
    if !is_filled(file.read_exact(&mut payload))? {
        return Ok(None);
    }
    let (Some(crc), Some(seq)) = (u32_at(&bytes, 4), u64_at(&bytes, 8)) else { return Ok(None) };
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    let is_good = checksum(epoch, len, Seq(seq), &payload) == crc;
    Ok(is_good.then_some((Seq(seq), payload)))
}

/// Moves `file`, whose first record is `first`, to where `wanted` begins; nothing if it ends before.
pub(super) fn seek(file: &mut File, first: Seq, wanted: Seq) -> io::Result<Option<u64>> {
    let mut offset = file.seek(SeekFrom::Start(HEADER_BYTES_LEN))?;
    let mut seq = first;
    while seq < wanted {
        let mut header = [0; RECORD_HEADER_LEN];
        if !is_filled(file.read_exact(&mut header))? {
            return Ok(None);
        }
        let len = u32_at(&header, 0).unwrap_or(u32::MAX);
        offset = file.seek(SeekFrom::Current(i64::from(len)))?;
        seq = seq.next();
    }
    Ok(Some(offset))
}

fn is_filled(read: io::Result<()>) -> io::Result<bool> {
    match read {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn checksum(epoch: Epoch, len: u32, seq: Seq, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&epoch.0.to_le_bytes());
    crc.update(&len.to_le_bytes());
    crc.update(&seq.0.to_le_bytes());
    crc.update(payload);
    crc.finalize()
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let end = offset.checked_add(4)?;
    bytes.get(offset..end)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    let end = offset.checked_add(8)?;
    bytes.get(offset..end)?.try_into().ok().map(u64::from_le_bytes)
}
