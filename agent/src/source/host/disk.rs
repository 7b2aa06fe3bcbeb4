//! Reads files below one root: never through a symbolic link that leads out of it, never waiting on a
//! pipe or a device, never more than a limit.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use crate::secret::Secret;

// BOUND: a table of accounts of a large directory; the agent's memory bound is 64 MiB.
const TABLE_BYTES_MAX: usize = 16 * 1024 * 1024;
// BOUND: as the kernel's own.
const LINKS_MAX: u32 = 40;

/// The directory that stands for `/`.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    root: PathBuf,
}

/// A regular file, open to be read, and what it says of itself.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) about: Metadata,
}

/// A file that was read whole.
pub(super) struct Table {
    pub(super) bytes: Secret,
    /// Where it really is, below the root.
    pub(super) path: PathBuf,
    pub(super) about: Metadata,
}

/// Something could not be read, so that what it holds is not known.
#[derive(Debug, thiserror::Error)]
#[error("`{}` could not be read ({why}); {hint}", path.display())]
pub(super) struct Unreadable {
    /// The path below the root.
    pub(super) path: PathBuf,
    /// In a few words.
    pub(super) why: String,
    /// What to do.
    pub(super) hint: &'static str,
}

impl Unreadable {
    /// For what the system answered.
    pub(super) fn new(path: &Path, error: &io::Error) -> Self {
        let hint = if error.kind() == io::ErrorKind::PermissionDenied {
            "run the agent as root or exclude it"
        } else {
            "check the disk or exclude it"
        };
        Self { path: path.to_owned(), why: error.kind().to_string(), hint }
    }

    /// For what should be a file.
    fn no_file(path: &Path) -> Self {
        let why = "it is no regular file".to_owned();
        Self { path: path.to_owned(), why, hint: "check what stands there" }
    }

    /// For what is longer than may be read.
    pub(super) fn too_large(path: &Path, bytes_max: usize) -> Self {
        Self {
            path: path.to_owned(),
            why: format!("longer than {bytes_max} bytes"),
            hint: "raise `file_bytes_max` or exclude it",
        }
    }
}

/// What is gone, or was never there, is no trouble.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
        // A socket cannot be opened as a file.
        || error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
        // A process ended while it was looked at.
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

impl Disk {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Where `path`, as the host knows it, really is.
    pub(super) fn real(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Whether a folder stands there: where the tables of a folder are listed, it is none of them.
    pub(super) fn is_folder(&self, path: &Path) -> bool {
        let resolved = self.resolved(path).ok().flatten();
        resolved.is_some_and(|path| self.real(&path).is_dir())
    }

    /// A table of the system, links within the root followed; `None` if there is none, or a link to
    /// `/dev/null` says so. What is neither a file nor absent says nothing of what the table holds.
    pub(super) fn table(&self, path: &Path) -> Result<Option<Secret>, Unreadable> {
        Ok(self.table_placed(path)?.map(|table| table.bytes))
    }

    /// The same, with where it really is and what the file says of itself.
    pub(super) fn table_placed(&self, path: &Path) -> Result<Option<Table>, Unreadable> {
        let Some(path) = self.resolved(path)? else { return Ok(None) };
        match open_any(&self.real(&path)) {
            Ok(Opened { about, .. }) if about.file_type().is_char_device() => Ok(None),
            Ok(Opened { about, .. }) if !about.is_file() => Err(Unreadable::no_file(&path)),
            Ok(Opened { file, about }) => {
                let hint = usize::try_from(about.len()).unwrap_or(TABLE_BYTES_MAX);
                Secret::read(file, hint, TABLE_BYTES_MAX)
                    .map_err(|error| Unreadable::new(&path, &error))?
                    .ok_or_else(|| Unreadable::too_large(&path, TABLE_BYTES_MAX))
                    .map(|bytes| Some(Table { bytes, path, about }))
            }
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Unreadable::new(&path, &error)),
        }
    }

    /// A file to be read piece by piece; `None` if there is none.
    pub(super) fn stream(&self, path: &Path) -> Result<Option<Opened>, Unreadable> {
        let Some(path) = self.resolved(path)? else { return Ok(None) };
        match open(&self.real(&path)) {
            Ok(opened) => Ok(opened),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Unreadable::new(&path, &error)),
        }
    }

    /// The names in a directory, sorted; none if it is not there.
    pub(super) fn names(&self, path: &Path) -> Result<Vec<OsString>, Unreadable> {
        let Some(path) = self.resolved(path)? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        match fs::read_dir(self.real(&path)) {
            Ok(entries) => {
                for entry in entries {
                    names.push(entry.map_err(|error| Unreadable::new(&path, &error))?.file_name());
                }
            }
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(Unreadable::new(&path, &error)),
        }
        names.sort();
        Ok(names)
    }

    /// Follows the symbolic links of `path` as if the root were `/`; `None` if it leads nowhere.
    pub(super) fn resolved(&self, path: &Path) -> Result<Option<PathBuf>, Unreadable> {
        let mut todo: Vec<OsString> = parts(path);
        let mut done = PathBuf::from("/");
        let mut links = 0_u32;
        while let Some(part) = todo.pop() {
            if part == ".." {
                done.pop();
                continue;
            }
            done.push(&part);
            let about = match fs::symlink_metadata(self.real(&done)) {
                Ok(about) => about,
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(Unreadable::new(&done, &error)),
            };
            if !about.is_symlink() {
                continue;
            }
            links = links.saturating_add(1);
            if links > LINKS_MAX {
                return Ok(None);
            }
            let target = match fs::read_link(self.real(&done)) {
                Ok(target) => target,
                Err(error) if is_absent(&error) => return Ok(None),
                Err(error) => return Err(Unreadable::new(&done, &error)),
            };
            done.pop();
            if target.is_absolute() {
                done = PathBuf::from("/");
            }
            todo.extend(parts(&target));
        }
        Ok(Some(done))
    }
}

/// The names of a path, the last one first.
fn parts(path: &Path) -> Vec<OsString> {
    path.components()
        .rev()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        })
        .collect()
}

/// Opens a regular file to be read; `None` if it is something else. The type is asked of what was
/// opened, so that nobody can swap it in between.
pub(super) fn open(real: &Path) -> io::Result<Option<Opened>> {
    Ok(Some(open_any(real)?).filter(|opened| opened.about.is_file()))
}

fn open_any(real: &Path) -> io::Result<Opened> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(real)?;
    let about = file.metadata()?;
    Ok(Opened { file, about })
}

#[cfg(test)]
mod tests;
