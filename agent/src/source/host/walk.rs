//! Walks one directory tree: every directory once, every file that may hold credentials opened.
//!
//! No symbolic link is followed: what it points to within the tree is met by its own path, and what
//! lies outside is not ours to look at. So there are no loops, and no file is met twice. Names are
//! taken in order, so that an unchanged tree gives the same report.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use model::Readers;

use super::config::{Excluded, HostConfig};
use super::disk::{self, Disk, Opened, Unreadable};
use super::out::{Closed, Scope};

// BOUND: names of one directory held at a time, some 100 bytes each. More are taken in portions, each
// sorted for itself.
const NAMES_MAX: usize = 8192;

/// A tree to be walked.
pub(super) struct Walk<'a> {
    pub(super) disk: &'a Disk,
    pub(super) config: &'a HostConfig,
    pub(super) excluded: &'a Excluded,
    /// The other trees, which are left to their own walks.
    pub(super) trees: &'a [PathBuf],
}

/// A file met on the walk.
pub(super) struct Met<'a> {
    /// As the host knows it.
    pub(super) path: &'a Path,
    /// Who could get at it if it were open to everyone: the way to it may be barred.
    pub(super) readers_max: Readers,
    disk: &'a Disk,
}

/// What is done with every file.
pub(super) trait Visit {
    fn file(&mut self, met: &Met<'_>, scope: &mut Scope<'_>) -> Result<(), Closed>;
}

/// How far a walk has come.
struct Course<'s, 'o, V> {
    scope: &'s mut Scope<'o>,
    visit: &'s mut V,
    tree: &'s Path,
    device: u64,
    files: u64,
}

/// A directory on the way.
struct Step {
    path: PathBuf,
    depth: u32,
    readers_max: Readers,
}

/// A name in a directory.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Name {
    name: OsString,
    is_directory: bool,
}

impl Met<'_> {
    /// Opens it, unless it is gone or no regular file.
    pub(super) fn open(&self) -> Result<Option<Opened>, Unreadable> {
        match disk::open(&self.disk.real(self.path)) {
            Ok(opened) => Ok(opened),
            Err(error) if disk::is_absent(&error) => Ok(None),
            Err(error) => Err(Unreadable::new(self.path, &error)),
        }
    }
}

impl Walk<'_> {
    /// Shows every file of `tree` to `visit`. A tree that is not there has no files.
    pub(super) fn tree(
        &self,
        tree: &Path,
        scope: &mut Scope<'_>,
        visit: &mut impl Visit,
    ) -> Result<(), Closed> {
        let resolved = scope.read(self.disk.resolved(tree)).flatten();
        // A tree that is a link elsewhere is that other tree, which is searched or is not.
        if resolved.as_deref() != Some(tree) {
            return Ok(());
        }
        let Ok(about) = fs::symlink_metadata(self.disk.real(tree)) else { return Ok(()) };
        let readers_max = readers_above(self.disk, tree);
        let device = about.dev();
        let mut course = Course { scope, visit, tree, device, files: 0 };
        // Deepest first: what waits is at most the siblings along one path.
        let mut steps = vec![Step { path: tree.to_owned(), depth: 0, readers_max }];
        while let Some(step) = steps.pop() {
            self.directory(&step, &mut steps, &mut course)?;
        }
        Ok(())
    }

    fn directory<V: Visit>(
        &self,
        step: &Step,
        steps: &mut Vec<Step>,
        course: &mut Course<'_, '_, V>,
    ) -> Result<(), Closed> {
        let real = self.disk.real(&step.path);
        let about = match fs::symlink_metadata(&real) {
            Ok(about) if about.is_dir() => about,
            Ok(_swapped) => return Ok(()),
            Err(error) => {
                course.denied(&step.path, &error);
                return Ok(());
            }
        };
        if about.dev() != course.device && !self.config.cross_file_systems {
            return Ok(());
        }
        let mut entries = match fs::read_dir(&real) {
            Ok(entries) => entries,
            Err(error) => {
                course.denied(&step.path, &error);
                return Ok(());
            }
        };
        let within = Step {
            path: step.path.clone(),
            depth: step.depth.saturating_add(1),
            readers_max: step.readers_max.min(passers(about.mode())),
        };
        loop {
            let portion = names(&mut entries, &step.path, course);
            if portion.is_empty() {
                return Ok(());
            }
            let waiting = steps.len();
            for name in portion {
                self.entry(&name, &within, steps, course)?;
            }
            if course.files > self.config.files_max {
                course.scope.trouble(format!(
                    "`{}` has more than {} files; raise `files_max` or exclude parts of it",
                    course.tree.display(),
                    self.config.files_max
                ));
                steps.clear();
                return Ok(());
            }
            // What was pushed last is taken first.
            steps.get_mut(waiting..).unwrap_or_default().reverse();
        }
    }

    fn entry<V: Visit>(
        &self,
        name: &Name,
        within: &Step,
        steps: &mut Vec<Step>,
        course: &mut Course<'_, '_, V>,
    ) -> Result<(), Closed> {
        let path = within.path.join(&name.name);
        if path.to_str().is_some_and(|path| self.excluded.covers(path)) {
            return Ok(());
        }
        if !name.is_directory {
            course.files = course.files.saturating_add(1);
            if course.files > self.config.files_max {
                return Ok(());
            }
            let met = Met { path: &path, readers_max: within.readers_max, disk: self.disk };
            return course.visit.file(&met, course.scope);
        }
        if self.trees.contains(&path) {
            return Ok(());
        }
        if within.depth > self.config.depth_max {
            course.scope.trouble(format!(
                "`{}` is more than {} directories deep; raise `depth_max` or exclude it",
                path.display(),
                self.config.depth_max
            ));
            return Ok(());
        }
        steps.push(Step { path, ..*within });
        Ok(())
    }
}

/// Who can come as far as that path.
pub(super) fn readers_above(disk: &Disk, path: &Path) -> Readers {
    path.ancestors()
        .skip(1)
        .filter(|above| above.parent().is_some())
        .filter_map(|above| fs::symlink_metadata(disk.real(above)).ok())
        .map(|about| passers(about.mode()))
        .min()
        .unwrap_or(Readers::Everyone)
}

impl<V> Course<'_, '_, V> {
    /// A directory could not be looked into. One that is gone is no trouble.
    fn denied(&mut self, path: &Path, error: &std::io::Error) {
        if !disk::is_absent(error) {
            self.scope.trouble(Unreadable::new(path, error).to_string());
        }
    }
}

/// The next names of a directory, sorted: files and directories, no links and no devices.
fn names<V>(entries: &mut fs::ReadDir, path: &Path, course: &mut Course<'_, '_, V>) -> Vec<Name> {
    let mut names = Vec::new();
    for entry in entries.by_ref() {
        match entry.and_then(|entry| Ok((entry.file_type()?, entry.file_name()))) {
            Ok((kind, name)) if kind.is_dir() || kind.is_file() => {
                names.push(Name { name, is_directory: kind.is_dir() });
            }
            Ok(_link_or_device) => {}
            // The listing of a directory that fails goes on failing.
            Err(error) => {
                course.denied(path, &error);
                break;
            }
        }
        if names.len() == NAMES_MAX {
            break;
        }
    }
    names.sort_unstable();
    names
}

/// Who can pass through a directory.
fn passers(mode: u32) -> Readers {
    class(mode, 0o1)
}

/// Who can read a file.
pub(super) fn readers(mode: u32) -> Readers {
    class(mode, 0o4)
}

fn class(mode: u32, bit: u32) -> Readers {
    if mode & bit != 0 {
        Readers::Everyone
    } else if mode & bit << 3 != 0 {
        Readers::Group
    } else {
        Readers::Owner
    }
}

#[cfg(test)]
mod tests;
