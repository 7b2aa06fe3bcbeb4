//! Reads what people wrote down: declarations, and the directory of people and teams.
//!
//! [`read`] is a pure function from files to [`Owners`] or to every mistake in them at once;
//! [`folder`] finds the files; [`watch`] puts them in force whenever they change. A file with a
//! mistake changes nothing: what was read before stays in force, and the mistakes are shown.

mod declaration;
mod directory;
pub mod folder;
mod table;
pub mod watch;
mod yaml;

use std::path::Path;

use jiff::Timestamp;
use model::{DeclarationId, OwnerId, Owners, OwnersProblem};

use directory::Directory;
use yaml::{Pair, Value};

/// BOUND: 10,000 declarations of 400 bytes; a larger file was not written by people.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// BOUND: one file for each service of a very large organisation.
pub const FILES_MAX: usize = 5_000;

/// BOUND: all files together are held in memory while they are read.
pub const TOTAL_BYTES_MAX: usize = 64 * 1024 * 1024;

/// BOUND: nobody reads more; one more problem tells how many were left out.
pub const PROBLEMS_MAX: usize = 500;

/// BOUND: names, ids, owners and patterns; the longest id of a cloud is 2,048 characters.
pub const NAME_BYTES_MAX: usize = 2_048;

/// BOUND: purposes and revocation paths are a page at most.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// What the files look like, for the manual. The examples are read by a test.
pub const FORMAT: &str = include_str!("owners/format.md");

/// A file's name relative to its folder, with `/` between its parts, and its bytes.
pub type File = (String, Vec<u8>);

/// Tells when a declaration was first read, if it was read before.
pub type FirstRead<'a> = &'a dyn Fn(&DeclarationId) -> Option<Timestamp>;

/// Reads `files`: all of them or none. `first_read` tells when a declaration was first read, if it
/// was read before; a new one was first read at `as_of`.
///
/// Files named `people.csv` and `teams.csv` are tables, those that end in `.yaml` or `.yml` hold
/// declarations, people and teams. See [`FORMAT`].
///
/// # Errors
///
/// Every problem of every file, in the order of file and line, [`PROBLEMS_MAX`] at most.
pub fn read(
    files: &[File],
    first_read: FirstRead<'_>,
    as_of: Timestamp,
) -> Result<Owners, Vec<OwnersProblem>> {
    let mut problems = Problems::default();
    let mut owners = Owners::default();
    let mut directory = Directory::default();
    let mut order: Vec<&File> = files.iter().collect();
    order.sort_by(|a, b| a.0.cmp(&b.0));
    bounds_check(&order, &mut problems);
    for (name, bytes) in order.into_iter().take(FILES_MAX) {
        if bytes.len() > FILE_BYTES_MAX {
            continue;
        }
        let mut file = FileReader { name, problems: &mut problems };
        let Some(text) = file.text(bytes) else { continue };
        if Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
            table::read(&mut file, text, &mut directory, as_of);
            continue;
        }
        let Some(root) = yaml::document(name, text, file.problems) else { continue };
        let pairs = match root.value {
            Value::Nothing => continue,
            Value::Mapping(pairs) => pairs,
            Value::Text(_) | Value::List(_) => {
                let what = format!("the file holds {}, not a mapping", root.value.kind());
                file.problem(root.line, what, "begin with `declarations:`, `people:` or `teams:`");
                continue;
            }
        };
        for pair in pairs {
            match pair.key.as_str() {
                "declarations" => {
                    for read in declaration::list(&mut file, &pair, first_read, as_of) {
                        owners.declarations.insert(read.id.clone(), read);
                    }
                }
                "people" => directory.people(&mut file, &pair, as_of),
                "teams" => directory.teams(&mut file, &pair),
                unknown => {
                    file.unknown_key(pair.line, unknown, &["declarations", "people", "teams"]);
                }
            }
        }
    }
    directory.finish(&mut problems, &mut owners);
    problems.none().map(|()| owners)
}

fn bounds_check(files: &[&File], problems: &mut Problems) {
    if files.len() > FILES_MAX {
        problems.add(OwnersProblem {
            file: String::new(),
            line: 0,
            what: format!("{} files, more than {FILES_MAX}", files.len()),
            hint: "put several services into one file".to_owned(),
        });
    }
    let mut total: usize = 0;
    for (name, bytes) in files {
        total = total.saturating_add(bytes.len());
        if bytes.len() > FILE_BYTES_MAX {
            problems.add(OwnersProblem {
                file: name.clone(),
                line: 0,
                what: format!("{} bytes, more than {FILE_BYTES_MAX}", bytes.len()),
                hint: "split the file".to_owned(),
            });
        }
    }
    if total > TOTAL_BYTES_MAX {
        problems.add(OwnersProblem {
            file: String::new(),
            line: 0,
            what: format!("{total} bytes in all files, more than {TOTAL_BYTES_MAX}"),
            hint: "move what is no declaration out of the folder".to_owned(),
        });
    }
}

/// Every mistake found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<OwnersProblem>,
    left_out: usize,
}

impl Problems {
    fn add(&mut self, problem: OwnersProblem) {
        if self.found.len() < PROBLEMS_MAX {
            self.found.push(problem);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    fn none(mut self) -> Result<(), Vec<OwnersProblem>> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort();
        self.found.dedup();
        if self.left_out > 0 {
            self.found.push(OwnersProblem {
                file: String::new(),
                line: 0,
                what: format!("{} more problems", self.left_out),
                hint: "correct those above first".to_owned(),
            });
        }
        Err(self.found)
    }
}

/// One file, and where its problems go.
struct FileReader<'a> {
    name: &'a str,
    problems: &'a mut Problems,
}

impl FileReader<'_> {
    fn problem(&mut self, line: u32, what: impl Into<String>, hint: impl Into<String>) {
        self.problems.add(OwnersProblem {
            file: self.name.to_owned(),
            line,
            what: what.into(),
            hint: hint.into(),
        });
    }

    fn unknown_key(&mut self, line: u32, key: &str, known: &[&str]) {
        let hint = match nearest(key, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        self.problem(line, format!("unknown key `{}`", shown(key)), hint);
    }

    /// The bytes as text, without a byte order mark.
    fn text<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(error) => {
                let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = before.split(|byte| *byte == b'\n').count();
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                self.problem(line, "not UTF-8", "save the file as UTF-8");
                None
            }
        }
    }

    /// A text that is there and not longer than `bytes_max`.
    fn text_of(&mut self, pair: &Pair, bytes_max: usize) -> Option<String> {
        match &pair.value.value {
            Value::Text(text) => self.bounded(pair.line, &pair.key, text, bytes_max),
            Value::Nothing => {
                let what = format!("`{}` is empty", shown(&pair.key));
                self.problem(pair.line, what, "give it a value, or leave the key out");
                None
            }
            Value::List(_) | Value::Mapping(_) => {
                let kind = pair.value.value.kind();
                let what = format!("`{}` must be a text, not {kind}", shown(&pair.key));
                self.problem(pair.line, what, "write `key: value`");
                None
            }
        }
    }

    fn bounded(&mut self, line: u32, key: &str, text: &str, bytes_max: usize) -> Option<String> {
        let key = shown(key);
        if text.trim().is_empty() {
            let what = format!("`{key}` is empty");
            self.problem(line, what, "give it a value, or leave the key out");
            return None;
        }
        if text.len() > bytes_max {
            let what = format!("`{key}` is longer than {bytes_max} bytes");
            self.problem(line, what, "shorten it");
            return None;
        }
        let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if text.contains(forbidden) || (bytes_max == NAME_BYTES_MAX && text.contains(['\n', '\t']))
        {
            self.problem(line, format!("`{key}` holds control characters"), "remove them");
            return None;
        }
        Some(text.trim_end().to_owned())
    }

    /// One or several texts.
    fn texts_of(&mut self, pair: &Pair) -> Vec<(u32, String)> {
        let Value::List(items) = &pair.value.value else {
            let text = self.text_of(pair, NAME_BYTES_MAX);
            return text.map(|text| (pair.value.line, text)).into_iter().collect();
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(text) => {
                    let text = self.bounded(item.line, &pair.key, text, NAME_BYTES_MAX);
                    texts.extend(text.map(|text| (item.line, text)));
                }
                Value::Nothing | Value::List(_) | Value::Mapping(_) => {
                    let kind = item.value.kind();
                    let what = format!("`{}` must be a list of texts, not {kind}", pair.key);
                    self.problem(item.line, what, "write `[one, two]`");
                }
            }
        }
        texts
    }

    fn moment_of(&mut self, pair: &Pair) -> Option<Timestamp> {
        let text = self.text_of(pair, NAME_BYTES_MAX)?;
        self.moment(pair.line, &pair.key, &text)
    }

    /// A date, which stands for its first moment in UTC, or a full RFC 3339 time.
    fn moment(&mut self, line: u32, key: &str, text: &str) -> Option<Timestamp> {
        let is_date = text.len() == 10;
        let read: Option<Timestamp> = if is_date {
            let day = text.parse::<jiff::civil::Date>();
            day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC)).ok().map(|at| at.timestamp())
        } else {
            text.parse().ok()
        };
        if read.is_none() {
            let what = format!("`{key}` is no date: `{}`", shown(text));
            self.problem(line, what, "write a day of the calendar as `2027-01-31`");
        }
        read
    }

    /// `person:ada` or `team:payments`.
    fn owner(&mut self, line: u32, text: &str) -> Option<OwnerId> {
        let known = ["person", "team"];
        match text.split_once(':') {
            Some(("person" | "team", name)) if !name.trim().is_empty() => Some(text.into()),
            Some((prefix, name)) if !name.trim().is_empty() => {
                let hint = nearest(prefix, &known).map_or_else(
                    || "begin with `person:` or `team:`".to_owned(),
                    |near| format!("did you mean `{near}:{}`?", shown(name)),
                );
                self.problem(line, format!("unknown sort of owner in `{}`", shown(text)), hint);
                None
            }
            Some(_) | None => {
                let what =
                    format!("`{}` does not say whether it is a person or a team", shown(text));
                let name = shown(text.trim_end_matches(':'));
                self.problem(line, what, format!("write `person:{name}` or `team:{name}`"));
                None
            }
        }
    }
}

/// A text from a file as it may stand in a message: short, on one line.
fn shown(text: &str) -> String {
    let mut short: String =
        text.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The known word that `word` was probably meant to be.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // BOUND: the distance costs the product of the lengths.
    if word.len() > 40 {
        return None;
    }
    let word = word.to_lowercase();
    let scored = known.iter().map(|name| (distance(&word, name), *name));
    let (edits, name) = scored.min()?;
    let close = edits <= 2 && edits.saturating_mul(2) <= name.chars().count();
    let begins = word.len() >= 3 && (name.starts_with(&word) || word.starts_with(name));
    (close || begins).then_some(name)
}

/// How many letters must be added, removed or exchanged.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i.saturating_add(1)];
        for (pair, to) in row.windows(2).zip(&b) {
            let [diagonal, above] = pair else { continue };
            let left = next.last().copied().unwrap_or(usize::MAX);
            let exchanged = diagonal.saturating_add(usize::from(from != *to));
            next.push(exchanged.min(above.saturating_add(1)).min(left.saturating_add(1)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
