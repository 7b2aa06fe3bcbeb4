//! Services of systemd, and the account that each runs as: systemd.unit(5), systemd.exec(5).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::disk::{Disk, Unreadable};
use super::format::env::Setting;
use super::settings::Settings;
use super::{ini, text};

/// Where units lie; what comes first hides what comes later.
const FOLDERS: &[&str] = &[
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// What a service says of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Unit {
    /// The account; none said means root.
    pub user: Option<String>,
    /// An account that exists only while it runs.
    pub is_dynamic: bool,
    /// The program, without its arguments.
    pub program: Option<String>,
}

impl Unit {
    /// Adds what a file says: the unit's own, or one beside it that changes it.
    pub fn read(&mut self, bytes: &[u8]) {
        for line in ini::lines(bytes).filter(|line| line.section == b"Service") {
            match line.name {
                b"User" => self.user = text::public(line.value),
                b"DynamicUser" => {
                    self.is_dynamic = matches!(line.value, b"yes" | b"true" | b"1" | b"on");
                }
                b"ExecStart" => self.program = program(line.value),
                _ => {}
            }
        }
    }
}

/// What a unit sets for its program: `Environment="A=b c" D=e`, which may go on on the next line.
///
/// A value with an escape in it is taken as it is written.
pub(super) fn settings(bytes: &[u8]) -> Vec<Setting<'_>> {
    let (mut all, mut goes_on) = (Vec::new(), false);
    for line in text::lines(bytes) {
        let line = line.trim_ascii();
        // A comment between the lines of a setting is passed over.
        if matches!(line.first(), Some(b'#' | b';')) {
            continue;
        }
        let assigned = text::split_once(line, b'=')
            .filter(|(name, _)| name.trim_ascii() == b"Environment")
            .map(|(_, words)| words);
        let is_ours = assigned.is_some() || goes_on;
        let line = if goes_on { line } else { assigned.unwrap_or_default() };
        let whole = line.strip_suffix(b"\\");
        goes_on = is_ours && whole.is_some();
        if is_ours {
            let words = words(whole.unwrap_or(line));
            all.extend(words.into_iter().filter_map(Setting::of_word));
        }
    }
    all
}

/// The words of a line; quotes hold one together, and are taken off where they enclose all of it.
fn words(line: &[u8]) -> Vec<&[u8]> {
    let (mut all, mut rest) = (Vec::new(), line.trim_ascii());
    while !rest.is_empty() {
        let mut quote = None;
        let end = rest.iter().position(|byte| {
            match (quote, *byte) {
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if open == byte => quote = None,
                (None, byte) => return byte.is_ascii_whitespace(),
                (Some(_), _) => {}
            }
            false
        });
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        all.push(text::unquoted(word));
        rest = after.trim_ascii_start();
    }
    all
}

/// Without the marks in front that say how to start it.
fn program(command: &[u8]) -> Option<String> {
    let first = command.split(u8::is_ascii_whitespace).next()?;
    let marks = first.iter().take_while(|byte| b"@-:+!|".contains(byte)).count();
    text::public(text::unquoted(first.get(marks..)?))
}

/// Every service by its name. What cannot be read goes to `trouble`.
pub(super) fn read(
    settings: &mut Settings<'_>,
    mut trouble: impl FnMut(Unreadable),
) -> BTreeMap<String, Unit> {
    let disk = settings.disk();
    let (mut units, mut seen) = (BTreeMap::new(), BTreeSet::new());
    for folder in FOLDERS {
        for name in listed(disk, Path::new(folder), &mut trouble) {
            if !name.ends_with(".service") || !seen.insert(name.clone()) {
                continue;
            }
            let path = Path::new(folder).join(&name);
            let unit = unit(settings, &path, &name, &mut trouble);
            units.extend(unit.map(|unit| (name, unit)));
        }
    }
    units
}

fn unit(
    files: &mut Settings<'_>,
    path: &Path,
    name: &str,
    trouble: &mut impl FnMut(Unreadable),
) -> Option<Unit> {
    let disk = files.disk();
    // A link to another name is a second name of that unit; one to nowhere switches it off.
    let resolved = disk.resolved(path).map_err(&mut *trouble).ok()??;
    if resolved.file_name() != path.file_name() {
        return None;
    }
    let bytes = files.table(&resolved, settings).map_err(&mut *trouble).ok()??;
    let mut unit = Unit::default();
    unit.read(bytes.as_bytes());
    let mut changes: BTreeMap<String, PathBuf> = BTreeMap::new();
    for folder in FOLDERS {
        let folder = Path::new(folder).join(format!("{name}.d"));
        for change in listed(disk, &folder, trouble) {
            if Path::new(&change).extension().is_some_and(|ext| ext == "conf") {
                changes.entry(change.clone()).or_insert_with(|| folder.join(change));
            }
        }
    }
    for change in changes.values() {
        if let Ok(Some(bytes)) = files.table(change, settings).map_err(&mut *trouble) {
            unit.read(bytes.as_bytes());
        }
    }
    Some(unit)
}

/// The names in a folder that can be written; others are no units.
/// The names in a folder, without those of folders.
fn listed(disk: &Disk, folder: &Path, trouble: &mut impl FnMut(Unreadable)) -> Vec<String> {
    let names = disk.names(folder).map_err(trouble).unwrap_or_default();
    let names = names.into_iter().filter_map(|name| name.into_string().ok());
    names.filter(|name| !disk.is_folder(&folder.join(name))).collect()
}

#[cfg(test)]
mod tests;
