//! Exports: a whole store in one file that any store reads.
//!
//! ```text
//! "MUSTER01"                                       8 bytes: what it is, and the format
//! { key length u32 | value length u32 | key | value }*      big-endian; values are proto records
//! { 0 u32 | 0 u32 | count u64 | crc32 u32 }                 the end: how many, and over all before
//! ```
//!
//! A file that was cut or changed is refused whole, before anything of it is stored.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::store::{Record, Store, StoreError};

const HEAD: &[u8; 8] = b"MUSTER01";
/// BOUND: records in memory at a time.
const RECORDS_MAX: usize = 1_000;
/// BOUND: bytes of a key or value; no record of ours comes near it.
const BYTES_MAX: usize = 64 << 20;

/// Why an export or import failed.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file cannot be read or written.
    #[error("using `{}` failed", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is no whole export.
    #[error("`{}` {what}\nhint: make the export again; nothing was imported", path.display())]
    Unusable {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The store is not empty.
    #[error("the store is not empty\nhint: import into a collector that was just made")]
    NotEmpty,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes every record of `store` to `path`, which must not exist. Returns how many.
///
/// # Errors
///
/// [`ArchiveError`]; a file that was begun is left for the operator to remove.
pub async fn export(store: &dyn Store, path: &Path) -> Result<u64, ArchiveError> {
    let failed = |source| ArchiveError::File { path: path.to_owned(), source };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut out = Checked::new(BufWriter::new(file.map_err(failed)?));
    out.write_all(HEAD).map_err(failed)?;
    let mut count: u64 = 0;
    let mut after: Option<Vec<u8>> = None;
    loop {
        let records = store.records_export(after.as_deref(), RECORDS_MAX).await?;
        let Some(last) = records.last() else { break };
        after = Some(last.key.clone());
        for record in &records {
            write_record(&mut out, record).map_err(failed)?;
            count = count.saturating_add(1);
        }
    }
    finish(out, count).map_err(failed)?;
    Ok(count)
}

/// Reads every record of `path` into `store`, which must be empty. Returns how many.
///
/// # Errors
///
/// [`ArchiveError`]; the file is checked to its end before anything is stored.
pub async fn import(store: &dyn Store, path: &Path) -> Result<u64, ArchiveError> {
    if !store.records_export(None, 1).await?.is_empty() {
        return Err(ArchiveError::NotEmpty);
    }
    Reader::open(path)?.check()?;
    let mut reader = Reader::open(path)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next()? {
        records.push(record);
        if records.len() == RECORDS_MAX {
            store.records_import(&records).await?;
            records.clear();
        }
    }
    store.records_import(&records).await?;
    Ok(reader.count)
}

/// Whether the bytes are a whole export; that its records can be read is for the store to see.
#[must_use]
pub fn is_whole(bytes: &[u8]) -> bool {
    Reader::over(Path::new("bytes"), bytes).and_then(Reader::check).is_ok()
}

fn write_record(out: &mut impl Write, record: &Record) -> io::Result<()> {
    let len = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
    out.write_all(&len(&record.key)?.to_be_bytes())?;
    out.write_all(&len(&record.value)?.to_be_bytes())?;
    out.write_all(&record.key)?;
    out.write_all(&record.value)
}

fn finish(mut out: Checked<BufWriter<File>>, count: u64) -> io::Result<()> {
    out.write_all(&[0; 8])?;
    out.write_all(&count.to_be_bytes())?;
    let sum = out.hasher.finalize();
    let mut file = out.inner;
    file.write_all(&sum.to_be_bytes())?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// Passes bytes through and keeps their checksum.
struct Checked<T> {
    inner: T,
    hasher: crc32fast::Hasher,
}

impl<T> Checked<T> {
    fn new(inner: T) -> Self {
        Self { inner, hasher: crc32fast::Hasher::new() }
    }
}

impl<T: Write> Write for Checked<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

struct Reader<R> {
    path: PathBuf,
    file: R,
    hasher: crc32fast::Hasher,
    count: u64,
}

impl Reader<BufReader<File>> {
    fn open(path: &Path) -> Result<Self, ArchiveError> {
        let file = File::open(path)
            .map_err(|source| ArchiveError::File { path: path.to_owned(), source })?;
        Self::over(path, BufReader::new(file))
    }
}

impl<R: Read> Reader<R> {
    fn over(path: &Path, file: R) -> Result<Self, ArchiveError> {
        let mut reader =
            Self { path: path.to_owned(), file, hasher: crc32fast::Hasher::new(), count: 0 };
        if reader.bytes(HEAD.len())? != HEAD {
            return Err(reader.unusable("is no export, or one of a newer version"));
        }
        Ok(reader)
    }

    /// Reads it to its end.
    fn check(mut self) -> Result<(), ArchiveError> {
        while self.next()?.is_some() {}
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Record>, ArchiveError> {
        let (key_len, value_len) = (self.number()?, self.number()?);
        if (key_len, value_len) == (0, 0) {
            return self.end().map(|()| None);
        }
        let record = Record { key: self.bytes(key_len)?, value: self.bytes(value_len)? };
        self.count = self.count.saturating_add(1);
        Ok(Some(record))
    }

    fn end(&mut self) -> Result<(), ArchiveError> {
        let count = self.bytes(8)?;
        let expected = self.hasher.clone().finalize().to_be_bytes();
        let sum = self.bytes(4)?;
        if count != self.count.to_be_bytes() || sum != expected {
            return Err(self.unusable("was damaged"));
        }
        let mut rest = [0; 1];
        match self.file.read(&mut rest) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.unusable("goes on after its end")),
            Err(source) => Err(ArchiveError::File { path: self.path.clone(), source }),
        }
    }

    fn number(&mut self) -> Result<usize, ArchiveError> {
        let bytes = self.bytes(4)?;
        let number = <[u8; 4]>::try_from(bytes.as_slice()).map_or(0, u32::from_be_bytes);
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        if number > BYTES_MAX { Err(self.unusable("was damaged")) } else { Ok(number) }
    }

    fn bytes(&mut self, len: usize) -> Result<Vec<u8>, ArchiveError> {
        // What a damaged length claims costs no memory before it is there.
        let mut bytes = Vec::new();
        let wanted = u64::try_from(len).unwrap_or(u64::MAX);
        let read = Read::by_ref(&mut self.file).take(wanted).read_to_end(&mut bytes);
        read.map_err(|source| ArchiveError::File { path: self.path.clone(), source })?;
        if bytes.len() < len {
            return Err(self.unusable("was cut off"));
        }
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    fn unusable(&self, what: &'static str) -> ArchiveError {
        ArchiveError::Unusable { path: self.path.clone(), what }
    }
}

#[cfg(test)]
mod tests;
