//! The tables of sudo on disk: the first one and all that it includes, in order.

use std::path::{Path, PathBuf};

use super::super::disk::{Disk, Unreadable};
use super::super::text;
use super::{DEPTH_MAX, Sudoers};

/// Where it begins.
const FIRST: &str = "/etc/sudoers";
// BOUND: files read in all; a folder includes a handful.
const FILES_MAX: u32 = 4096;

/// Reads everything. What cannot be read goes to `trouble`; no table at all is no rights at all.
pub(in super::super) fn read(disk: &Disk, trouble: impl FnMut(Unreadable)) -> Sudoers {
    let mut reader = Reader { disk, trouble, all: Sudoers::default(), files: 0 };
    reader.file(Path::new(FIRST), 0);
    reader.all
}

/// What an include names.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Include<'a> {
    File(&'a str),
    Folder(&'a str),
}

struct Reader<'a, T> {
    disk: &'a Disk,
    trouble: T,
    all: Sudoers,
    files: u32,
}

impl<T: FnMut(Unreadable)> Reader<'_, T> {
    fn file(&mut self, path: &Path, depth: u32) {
        self.files = self.files.saturating_add(1);
        if depth > DEPTH_MAX || self.files > FILES_MAX {
            self.all.is_cut = true;
            return;
        }
        let bytes = match self.disk.table(path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return,
            Err(error) => return (self.trouble)(error),
        };
        for line in logical_lines(bytes.as_bytes()) {
            match include(&line) {
                Some(Include::File(file)) => {
                    self.file(&beside(path, file), depth.saturating_add(1));
                }
                Some(Include::Folder(folder)) => self.folder(&beside(path, folder), depth),
                None => self.all.read(&line),
            }
        }
    }

    fn folder(&mut self, folder: &Path, depth: u32) {
        match self.disk.names(folder) {
            Ok(names) => {
                // sudoers(5): names that end with `~` or hold a dot are passed over.
                for name in names.iter().filter_map(|name| name.to_str()) {
                    let path = folder.join(name);
                    if !name.contains('.') && !name.ends_with('~') && !self.disk.is_folder(&path) {
                        self.file(&path, depth.saturating_add(1));
                    }
                }
            }
            Err(error) => (self.trouble)(error),
        }
    }
}

fn beside(path: &Path, named: &str) -> PathBuf {
    path.parent().unwrap_or(path).join(named)
}

/// What a line includes, if it is such a line.
pub(super) fn include(line: &str) -> Option<Include<'_>> {
    let (word, rest) = line.split_once(char::is_whitespace)?;
    let path = rest.trim().trim_matches('"');
    match word {
        "@include" | "#include" => Some(Include::File(path)),
        "@includedir" | "#includedir" => Some(Include::Folder(path)),
        _ => None,
    }
}

/// Lines joined where a `\` ends them, without comments and blanks around.
#[must_use]
pub fn logical_lines(bytes: &[u8]) -> Vec<String> {
    let (mut lines, mut open) = (Vec::new(), String::new());
    for line in text::lines(bytes) {
        let line = String::from_utf8_lossy(line);
        if let Some(begun) = line.strip_suffix('\\') {
            open.push_str(begun);
            continue;
        }
        open.push_str(&line);
        let whole = without_comment(open.trim());
        if !whole.is_empty() {
            lines.push(whole.to_owned());
        }
        open.clear();
    }
    lines
}

/// A `#` begins a comment, but not before the number of an account or an include.
fn without_comment(line: &str) -> &str {
    if include(line).is_some() {
        return line;
    }
    let mut before = None;
    for (at, char) in line.char_indices() {
        let next = line.get(at.saturating_add(1)..).and_then(|rest| rest.chars().next());
        let is_number = next.is_some_and(|next| next.is_ascii_digit());
        if char == '#' && !is_number && before != Some('\\') {
            return line.get(..at).unwrap_or_default().trim_end();
        }
        before = Some(char);
    }
    line
}
