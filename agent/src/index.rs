//! What the collector will know of each scope once the spool is drained: key -> content digest.
//!
//! One file per scope, replaced as a whole, so that a pulled plug leaves the old one or the new one.
//! It is only a memory aid: a file that is missing, damaged or of another version is forgotten, and
//! the scope is sent whole once. If it should ever be wrong, the digest at the end of the next scan
//! differs and the collector asks for the whole (see `report`).
//!
//! ```text
//! "MUSTRIDX"  version:4  scope_len:4  scope  count:8  { key:20  digest:16 } x count  crc32:4
//! ```
//!
//! Integers are little-endian; the checksum covers all before it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use model::{ContentDigest, FactKey, ScopeId, hex, sha256};

use crate::files;

const MAGIC: &[u8; 8] = b"MUSTRIDX";
const VERSION: u32 = 1;

/// The indexes of all scopes, in a folder or nowhere.
#[derive(Debug, Default)]
pub struct IndexStore {
    folder: Option<PathBuf>,
    forgotten: Mutex<Forgotten>,
}

/// How often scopes were forgotten, so that a scan that began before cannot bring back what it
/// learned then.
#[derive(Debug, Default)]
struct Forgotten {
    all: u64,
    scopes: BTreeMap<ScopeId, u64>,
}

/// What the collector knows of a scope.
pub(crate) type Known = BTreeMap<FactKey, ContentDigest>;

/// When an index was loaded, counted in forgettings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Generation(u64, u64);

/// An index could not be written or removed; the scope will be sent whole, or healed by its digest.
#[derive(Debug, thiserror::Error)]
#[error("writing the index `{path}` failed", path = path.display())]
pub struct IndexError {
    /// Which file.
    pub path: PathBuf,
    /// What happened.
    #[source]
    pub source: io::Error,
}

impl IndexStore {
    /// Keeps nothing: every scan is whole, as for a single audit.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Keeps one file per scope in `folder`, which is made if need be.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made.
    pub fn in_folder(folder: &Path) -> Result<Self, IndexError> {
        files::folder_create(folder)
            .map_err(|source| IndexError { path: folder.to_owned(), source })?;
        Ok(Self { folder: Some(folder.to_owned()), forgotten: Mutex::default() })
    }

    /// What was kept of `scope`, if it can be read.
    pub(crate) fn load(&self, scope: &ScopeId) -> (Generation, Option<Known>) {
        let generation = self.generation(scope);
        let Some(path) = self.path(scope) else { return (generation, None) };
        let opened = File::open(&path).map(BufReader::new);
        match opened.and_then(|file| decode(file, scope)) {
            Ok(rows) => (generation, Some(rows)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (generation, None),
            Err(error) => {
                tracing::warn!(%scope, %error, "index unreadable, scope will be sent whole");
                (generation, None)
            }
        }
    }

    /// Keeps what the collector will know of `scope`, unless it was forgotten since `generation`.
    /// Blocks until it is on disk.
    ///
    /// # Errors
    ///
    /// [`IndexError`]; the former index is then still in place, or forgotten.
    pub(crate) fn save<'a>(
        &self,
        scope: &ScopeId,
        generation: Generation,
        count: u64,
        rows: impl Iterator<Item = (&'a FactKey, ContentDigest)>,
    ) -> Result<(), IndexError> {
        let Some(path) = self.path(scope) else { return Ok(()) };
        // Held while writing, so that nobody forgets the scope in between.
        let forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        if forgotten.generation(scope) != generation {
            return Ok(());
        }
        let wrote = files::replace(&path, |file| write(file, scope, count, rows));
        drop(forgotten);
        wrote.map_err(|source| IndexError { path, source })
    }

    /// The next scan of `scope` is whole, whatever a running scan still learns.
    ///
    /// # Errors
    ///
    /// [`IndexError`] if the file cannot be removed: after a restart it would count again.
    pub fn forget(&self, scope: &ScopeId) -> Result<(), IndexError> {
        let mut forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        let times = forgotten.scopes.entry(scope.clone()).or_default();
        *times = times.saturating_add(1);
        match self.path(scope) {
            Some(path) => files::remove(&path).map_err(|source| IndexError { path, source }),
            None => Ok(()),
        }
    }

    /// The next scan of every scope is whole.
    ///
    /// # Errors
    ///
    /// [`IndexError`] if a file cannot be removed.
    pub fn forget_all(&self) -> Result<(), IndexError> {
        let mut forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        forgotten.all = forgotten.all.saturating_add(1);
        let Some(folder) = &self.folder else { return Ok(()) };
        let failed = |source| IndexError { path: folder.clone(), source };
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "index") {
                files::remove(&path).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn generation(&self, scope: &ScopeId) -> Generation {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner).generation(scope)
    }

    fn path(&self, scope: &ScopeId) -> Option<PathBuf> {
        // Scope ids hold slashes and may be long; their digest is a file name everywhere.
        let name = hex(sha256(&[b"index", scope.as_str().as_bytes()]).get(..16)?);
        Some(self.folder.as_ref()?.join(format!("{name}.index")))
    }
}

impl Forgotten {
    fn generation(&self, scope: &ScopeId) -> Generation {
        Generation(self.all, self.scopes.get(scope).copied().unwrap_or_default())
    }
}

fn write<'a>(
    file: &mut File,
    scope: &ScopeId,
    count: u64,
    rows: impl Iterator<Item = (&'a FactKey, ContentDigest)>,
) -> io::Result<()> {
    let mut out = Checked { inner: BufWriter::new(file), crc: crc32fast::Hasher::new() };
    let scope_len = u32::try_from(scope.as_str().len()).map_err(io::Error::other)?;
    out.write_all(MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(&scope_len.to_le_bytes())?;
    out.write_all(scope.as_str().as_bytes())?;
    out.write_all(&count.to_le_bytes())?;
    for (key, digest) in rows {
        out.write_all(&key.0)?;
        out.write_all(&digest.0)?;
    }
    let Checked { inner: mut file, crc } = out;
    file.write_all(&crc.finalize().to_le_bytes())?;
    file.flush()
}

/// The index of `scope` in these bytes.
pub(crate) fn decode(from: impl Read, scope: &ScopeId) -> io::Result<Known> {
    let wrong = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut file = Checked { inner: from, crc: crc32fast::Hasher::new() };
    if file.array::<8>()? != *MAGIC || u32::from_le_bytes(file.array()?) != VERSION {
        return Err(wrong("not an index of this version"));
    }
    let scope_len = u32::from_le_bytes(file.array()?);
    let mut named = Vec::new();
    Read::by_ref(&mut file).take(u64::from(scope_len)).read_to_end(&mut named)?;
    if named != scope.as_str().as_bytes() {
        return Err(wrong("index of another scope"));
    }
    let count = u64::from_le_bytes(file.array()?);
    let mut rows = Vec::new();
    for _ in 0..count {
        // A wrong count ends at the end of the file, so it costs no memory.
        rows.push((FactKey(file.array()?), ContentDigest(file.array()?)));
    }
    let crc = file.crc.clone().finalize();
    if u32::from_le_bytes(file.array()?) != crc {
        return Err(wrong("checksum differs"));
    }
    Ok(rows.into_iter().collect())
}

/// Passes bytes on and keeps their checksum.
struct Checked<T> {
    inner: T,
    crc: crc32fast::Hasher,
}

impl<T: Write> Write for Checked<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write_all(bytes)?;
        self.crc.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Checked<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(bytes)?;
        self.crc.update(bytes.get(..len).unwrap_or_default());
        Ok(len)
    }
}

impl<T: Read> Checked<T> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        self.read_exact(&mut array)?;
        Ok(array)
    }
}
