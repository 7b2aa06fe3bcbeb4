//! The spool's writes to the disk, in one place, so that tests can make them fail.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{SpoolError, io_error};
use crate::files;

/// The disk; in tests, one that may be full.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    /// How many bytes may still be written before the disk is full.
    /// Always absent outside tests: a real disk tells by itself.
    pub(super) bytes_left: Option<Arc<AtomicUsize>>,
}

impl Disk {
    /// Creates `path` with `header`, durably, and leaves it open for [`Self::append`].
    pub(super) fn create(&self, path: &Path, header: &[u8]) -> Result<File, SpoolError> {
        let mut file = files::create(path).map_err(|source| io_error("creating", path, source))?;
        self.append(&mut file, path, header)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        files::folder_sync(folder).map_err(|source| io_error("flushing", folder, source))?;
        Ok(file)
    }

    /// Writes at the end of `file` and flushes.
    pub(super) fn append(
        &self,
        file: &mut File,
        path: &Path,
        bytes: &[u8],
    ) -> Result<(), SpoolError> {
        self.write(file, bytes).map_err(|source| io_error("writing", path, source))?;
        Self::sync(file, path)
    }

    /// Writes at the end of `file` without flushing.
    pub(super) fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        let room = self.room(bytes.len());
        file.write_all(bytes.get(..room).unwrap_or(bytes))?;
        if room < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    /// Flushes.
    pub(super) fn sync(file: &File, path: &Path) -> Result<(), SpoolError> {
        file.sync_data().map_err(|source| io_error("flushing", path, source))
    }

    /// Removes `path`.
    pub(super) fn remove(path: &Path) -> Result<(), SpoolError> {
        files::remove(path).map_err(|source| io_error("removing", path, source))
    }

    fn room(&self, wanted: usize) -> usize {
        let Some(left) = &self.bytes_left else { return wanted };
        let room = wanted.min(left.load(Ordering::Relaxed));
        left.fetch_sub(room, Ordering::Relaxed);
        room
    }
}
