//! Two tiny files: which epoch counts, and how far the collector confirmed.
//!
//! ```text
//! epoch   "MUSTREPO"  version:4  epoch:8  crc32:4             replaced as a whole, flushed
//! acked   "MUSTRACK"  version:4  epoch:8  seq:8  crc32:4      written in place, not flushed
//! ```
//!
//! `acked` is a hint that spares sending again what is confirmed; whoever reads it back after a
//! power cut may find an older one, or none, and loses nothing.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use model::{Epoch, Seq};

use super::{SpoolError, io_error};
use crate::files;

const EPOCH_MAGIC: [u8; 8] = *b"MUSTREPO";
const ACKED_MAGIC: [u8; 8] = *b"MUSTRACK";
const VERSION: u32 = 1;

/// What the manifest says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Manifest {
    /// There is none.
    Absent,
    /// It cannot be read.
    Damaged,
    /// This epoch counts.
    Epoch(Epoch),
}

/// Reads which epoch counts.
pub(super) fn epoch_read(folder: &Path) -> Result<Manifest, SpoolError> {
    let path = folder.join("epoch");
    let bytes = match read_small(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Manifest::Absent),
        Err(source) => return Err(io_error("reading", &path, source)),
    };
    Ok(match fields::<1>(&bytes, EPOCH_MAGIC) {
        Some([epoch]) => Manifest::Epoch(Epoch(epoch)),
        None => Manifest::Damaged,
    })
}

/// Makes `epoch` count, durably.
pub(super) fn epoch_write(folder: &Path, epoch: Epoch) -> Result<(), SpoolError> {
    let path = folder.join("epoch");
    files::replace_bytes(&path, &encode(EPOCH_MAGIC, &[epoch.0]))
        .map_err(|source| io_error("writing", &path, source))
}

/// The hint of how far the collector confirmed.
#[derive(Debug)]
pub(super) struct AckedFile {
    path: PathBuf,
    file: File,
}

impl AckedFile {
    /// Opens the hint, and reads it if it is about `epoch`.
    pub(super) fn open(folder: &Path, epoch: Epoch) -> Result<(Self, Option<Seq>), SpoolError> {
        let path = folder.join("acked");
        let failed = |source| io_error("opening", &path, source);
        let mut options = File::options();
        options.mode(0o600);
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let mut bytes = Vec::new();
        (&mut file).take(64).read_to_end(&mut bytes).map_err(failed)?;
        let acked = match fields::<2>(&bytes, ACKED_MAGIC) {
            Some([of, seq]) if Epoch(of) == epoch => Some(Seq(seq)),
            _ => None,
        };
        Ok((Self { path, file }, acked))
    }

    /// Notes that `seq` and all before it are confirmed.
    pub(super) fn write(&mut self, epoch: Epoch, seq: Seq) -> Result<(), SpoolError> {
        let bytes = encode(ACKED_MAGIC, &[epoch.0, seq.0]);
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_start| self.file.write_all(&bytes))
            .map_err(|source| io_error("writing", &self.path, source))
    }
}

/// Whether the bytes are one of the two files.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    fields::<1>(bytes, EPOCH_MAGIC).is_some() || fields::<2>(bytes, ACKED_MAGIC).is_some()
}

fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn encode(magic: [u8; 8], fields: &[u64]) -> Vec<u8> {
    let mut bytes = magic.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    for field in fields {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

fn fields<const N: usize>(bytes: &[u8], magic: [u8; 8]) -> Option<[u64; N]> {
    let mut fields = [0; N];
    for (field, chunk) in fields.iter_mut().zip(bytes.get(12..)?.chunks_exact(8)) {
        *field = u64::from_le_bytes(chunk.try_into().ok()?);
    }
    (encode(magic, &fields) == bytes).then_some(fields)
}
