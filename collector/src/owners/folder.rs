//! Finds the files of declarations in a folder. Decides nothing about what they say.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use model::OwnersProblem;

use super::{FILE_BYTES_MAX, FILES_MAX, File, TOTAL_BYTES_MAX};

/// BOUND: folders in folders; deeper is not laid out by people.
pub const FOLDERS_DEEP_MAX: usize = 8;

/// BOUND: entries looked at, files of other sorts included.
pub const ENTRIES_MAX: usize = 50_000;

/// What changes when a file does: enough to know whether to read again.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Stamp {
    /// Relative to the folder, with `/` between its parts.
    pub name: String,
    /// Its size.
    pub bytes_len: u64,
    /// When it was last written, if the file system tells.
    pub modified_at: Option<SystemTime>,
    path: PathBuf,
}

/// The files of `folder` that hold declarations or the directory, in order, without reading them.
///
/// Names that begin with a dot are left out. A link is followed if it ends at a file in the folder.
///
/// # Errors
///
/// What is wrong with the folder, every such thing at once.
pub fn list(folder: &Path) -> Result<Vec<Stamp>, Vec<OwnersProblem>> {
    let root = folder.canonicalize().map_err(|error| {
        let what = format!("the folder of declarations cannot be read: {}", error.kind());
        vec![problem("", what, "check that it exists and that the collector may read it")]
    })?;
    let mut walk = Walk { root, stamps: Vec::new(), problems: Vec::new(), entries: 0 };
    walk.folder(&walk.root.clone(), "", 0);
    if walk.stamps.len() > FILES_MAX {
        let what = format!("{} files, more than {FILES_MAX}", walk.stamps.len());
        walk.problems.push(problem("", what, "put several services into one file"));
    }
    if walk.problems.is_empty() {
        walk.stamps.sort();
        Ok(walk.stamps)
    } else {
        walk.problems.sort();
        Err(walk.problems)
    }
}

/// The bytes of the files that [`list()`] found. A file larger than [`FILE_BYTES_MAX`] is read to one
/// byte beyond, so that [`super::read`] refuses it.
///
/// # Errors
///
/// Every file that cannot be read.
pub fn load(stamps: &[Stamp]) -> Result<Vec<File>, Vec<OwnersProblem>> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    let mut total: usize = 0;
    for stamp in stamps.iter().take(FILES_MAX) {
        match file_read(&stamp.path) {
            Ok(bytes) => {
                total = total.saturating_add(bytes.len());
                files.push((stamp.name.clone(), bytes));
            }
            Err(error) => {
                let what = format!("the file cannot be read: {}", error.kind());
                problems.push(problem(&stamp.name, what, "check that the collector may read it"));
            }
        }
        if total > TOTAL_BYTES_MAX {
            break;
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn file_read(path: &Path) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Walk {
    root: PathBuf,
    stamps: Vec<Stamp>,
    problems: Vec<OwnersProblem>,
    entries: usize,
}

impl Walk {
    fn folder(&mut self, path: &Path, prefix: &str, depth: usize) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                let what = format!("the folder cannot be read: {}", error.kind());
                return self.refuse(prefix, what, "check that the collector may read it");
            }
        };
        for entry in entries {
            self.entries = self.entries.saturating_add(1);
            if self.entries > ENTRIES_MAX {
                let what = format!("more than {ENTRIES_MAX} entries in the folder");
                return self.refuse("", what, "move what is no declaration out of it");
            }
            match entry {
                Ok(entry) => self.entry(&entry, prefix, depth),
                Err(error) => {
                    let what = format!("the folder cannot be read: {}", error.kind());
                    self.refuse(prefix, what, "check that the collector may read it");
                }
            }
        }
    }

    fn entry(&mut self, entry: &fs::DirEntry, prefix: &str, depth: usize) {
        let file_name = entry.file_name();
        let plain = file_name.to_string_lossy();
        let name = format!("{prefix}{plain}");
        if plain.starts_with('.') {
            return;
        }
        let Ok(sort) = entry.file_type() else {
            return self.refuse(&name, "the entry cannot be read", "check its permissions");
        };
        if sort.is_dir() {
            if depth >= FOLDERS_DEEP_MAX {
                let what = format!("more than {FOLDERS_DEEP_MAX} folders deep");
                return self.refuse(&name, what, "move it further up");
            }
            return self.folder(&entry.path(), &format!("{name}/"), depth.saturating_add(1));
        }
        let wanted = Path::new(&file_name).extension().is_some_and(|extension| {
            ["yaml", "yml", "csv"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        if !wanted {
            return;
        }
        if file_name.to_str().is_none() {
            return self.refuse(&name, "the file's name is not UTF-8", "rename it");
        }
        self.file(&entry.path(), name);
    }

    /// Takes a file in, through links if need be, if it lies in the folder.
    fn file(&mut self, path: &Path, name: String) {
        let (path, about) = match path.canonicalize().and_then(|p| Ok((fs::metadata(&p)?, p))) {
            Ok((about, path)) => (path, about),
            Err(error) => {
                let what = format!("the file cannot be read: {}", error.kind());
                return self.refuse(&name, what, "check where it leads and its permissions");
            }
        };
        if !path.starts_with(&self.root) {
            let hint = "copy the file into the folder";
            return self.refuse(&name, "a link that leads out of the folder", hint);
        }
        if !about.is_file() {
            return self.refuse(&name, "not a regular file", "move it out of the folder");
        }
        let (bytes_len, modified_at) = (about.len(), about.modified().ok());
        self.stamps.push(Stamp { name, bytes_len, modified_at, path });
    }

    fn refuse(&mut self, file: &str, what: impl Into<String>, hint: &str) {
        // BOUND: as many as are shown.
        if self.problems.len() < super::PROBLEMS_MAX {
            self.problems.push(problem(file, what, hint));
        }
    }
}

fn problem(file: &str, what: impl Into<String>, hint: &str) -> OwnersProblem {
    OwnersProblem { file: file.to_owned(), line: 0, what: what.into(), hint: hint.to_owned() }
}

#[cfg(test)]
mod tests;
