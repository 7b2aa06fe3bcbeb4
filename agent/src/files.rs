//! Small files that are replaced as a whole: after a crash there is the old one or the new one.
//! All belong to the owner alone.
//!
//! Leaves to others what is in them.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Makes `folder` and its parents; those that are new belong to the owner alone.
pub(crate) fn folder_create(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Replaces `path` with what `write` writes, durably: writes beside it, flushes, renames, flushes
/// the folder.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let beside = beside(path);
    let mut file = create(&beside)?;
    let written = write(&mut file).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // The old file is untouched; a leftover is overwritten by the next attempt.
        let _best_effort = std::fs::remove_file(&beside);
        return Err(error);
    }
    rename(&beside, path)
}

/// Replaces `path` with `bytes`, durably.
pub(crate) fn replace_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |file| file.write_all(bytes))
}

/// Creates or empties `path`, for the owner alone.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Renames durably.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    match to.parent() {
        Some(folder) => folder_sync(folder),
        None => Ok(()),
    }
}

/// Makes what was created, renamed and removed in `folder` durable.
pub(crate) fn folder_sync(folder: &Path) -> io::Result<()> {
    // The parent of a bare file name is empty, and means the working directory.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// Removes `path`; that it is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}
