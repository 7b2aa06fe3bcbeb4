//! Reads a folder of prints, or a single one: each file is told by what is in it, and one that
//! cannot be read is told by its name, with what is wrong and what to do.
//!
//! ```text
//! files ──► keys at the top ──► kind ──► answer   what it says, and which account says it
//!                │                └────► trouble  why not, and which listing lacks it therefore
//!                └─ of no kind: passed over, with a warning
//! ```

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::body::Body;
use super::top::top_keys;
use crate::source::aws_iam::account::Account;
use crate::source::aws_iam::print::Kind;

/// BOUND: on a file. The largest account details seen are a tenth of it.
pub(super) const FILE_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// BOUND: on a folder. A thousand accounts with some ten prints each.
const FILES_MAX: usize = 20_000;

/// BOUND: on all files together, which are in memory at once.
const FOLDER_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// All that could be read, and all that could not.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// What was said.
    pub(super) answers: Vec<Answer>,
    /// What could not be heard.
    pub(super) troubles: Vec<Trouble>,
}

/// What one file says.
#[derive(Debug)]
pub(super) struct Answer {
    /// Its name.
    pub(super) file: String,
    /// The account that it is of, if anything in it or its name tells.
    pub(super) account: Option<Account>,
    /// What it is a print of.
    pub(super) kind: Kind,
    /// Its content.
    pub(super) body: Body,
}

/// A file that says nothing although it should.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::source::aws_iam) struct Trouble {
    /// Its name.
    pub(in crate::source::aws_iam) file: String,
    /// What it would have told, if that much could be read.
    pub(in crate::source::aws_iam) kind: Option<Kind>,
    /// Of which account, if its name says so.
    pub(in crate::source::aws_iam) account: Option<String>,
    /// What is wrong, and what to do.
    pub(in crate::source::aws_iam) what: String,
}

/// Reads what is at `path`: a folder or a file.
///
/// # Errors
///
/// If there is neither.
pub(super) fn read(path: &Path) -> io::Result<Folder> {
    let mut folder = Folder::default();
    let mut bytes_left = FOLDER_BYTES_MAX;
    for path in files(path, &mut folder)? {
        let name = name_of(&path);
        match content(&path, &mut bytes_left) {
            Ok(Some(content)) => folder.take(name, &content),
            Ok(None) => tracing::debug!(path = name, "not a file, passed over"),
            Err(what) => folder.trouble(name, None, what),
        }
    }
    Ok(folder)
}

/// The files at `path`, by name.
fn files(path: &Path, folder: &mut Folder) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if !name_of(&path).starts_with('.') {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            let what = format!("there are more than {FILES_MAX} files; look at fewer at once");
            folder.trouble(name_of(&path_of(&files)), None, what);
            break;
        }
    }
    files.sort();
    Ok(files)
}

fn path_of(files: &[PathBuf]) -> PathBuf {
    files.last().cloned().unwrap_or_default()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in a file; nothing if it is none, such as a folder or a pipe, which might never end.
fn content(path: &Path, bytes_left: &mut u64) -> Result<Option<Vec<u8>>, String> {
    let unreadable = |error: io::Error| format!("it cannot be read ({error}); check its rights");
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Ok(None);
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes; print it in several pages"));
    }
    let mut content = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut content).map_err(unreadable)?;
    let len = u64::try_from(content.len()).unwrap_or(u64::MAX);
    match bytes_left.checked_sub(len) {
        Some(left) => *bytes_left = left,
        None => return Err("all files together are too large; look at fewer at once".to_owned()),
    }
    Ok(Some(content))
}

impl Folder {
    /// Takes the content of a file.
    pub(super) fn take(&mut self, file: String, content: &[u8]) {
        let Ok(text) = utf8(content) else {
            let what = "it holds bytes that are no text in its encoding; print it again".to_owned();
            return self.trouble(file, None, what);
        };
        let content = text.as_deref().map_or(content, str::as_bytes).trim_ascii();
        if content.is_empty() {
            let what = "it is empty, as after a command that failed; print it again".to_owned();
            return self.trouble(file, None, what);
        }
        if content.starts_with(b"user,arn,") {
            return self.read(file, Kind::Report, content);
        }
        if !content.starts_with(b"{") {
            return unknown(&file, "it is not what `aws ... --output json` prints");
        }
        let (keys, end) = top_keys(content);
        match (Kind::of_keys(&keys), end) {
            (Some(kind), Ok(())) => self.read(file, kind, content),
            (_, Err(error)) => self.broken(file, Kind::of_keys_begun(&keys), &error),
            (None, Ok(())) => {
                let keys: Vec<String> = keys.iter().take(3).map(|key| super::short(key)).collect();
                unknown(&file, &format!("no call that is read prints `{}`", keys.join("`, `")));
            }
        }
    }

    fn read(&mut self, file: String, kind: Kind, content: &[u8]) {
        match Body::read(&file, kind, content) {
            Ok(Some(body)) => match body.account() {
                Ok(account) => {
                    let account = account.or_else(|| account_of_name(&file));
                    self.answers.push(Answer { file, account, kind, body });
                }
                Err(what) => self.trouble(file, Some(kind), what),
            },
            Ok(None) => unknown(&file, "it resembles a print that is read, but is another one"),
            Err(what) => self.broken(file, Some(kind), &what),
        }
    }

    fn broken(&mut self, file: String, kind: Option<Kind>, what: &str) {
        let hint = kind.map_or_else(
            || "print it again".to_owned(),
            |kind| format!("print it again with `{}`", kind.command()),
        );
        self.trouble(file, kind, format!("it cannot be understood ({what}); {hint}"));
    }

    fn trouble(&mut self, file: String, kind: Option<Kind>, what: String) {
        tracing::warn!(path = file, error = what, "print not read");
        let account = account_of_name(&file).map(|account| account.id);
        self.troubles.push(Trouble { file, kind, account, what });
    }
}

fn unknown(file: &str, what: &str) {
    tracing::warn!(path = file, error = what, "file passed over");
}

/// The account whose number a file's name begins with.
pub(super) fn account_of_name(name: &str) -> Option<Account> {
    let digits = name.get(..12)?;
    let goes_on = name.as_bytes().get(12).is_some_and(u8::is_ascii_digit);
    if goes_on {
        return None;
    }
    Account::of_caller(&format!("arn:aws:::{digits}:"))
}

/// Bytes that the encoding does not have.
struct NoText;

/// The text of a file with a mark of its encoding, as some shells write it; nothing for others.
fn utf8(content: &[u8]) -> Result<Option<String>, NoText> {
    let (wide, is_little) = match content {
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            return String::from_utf8(rest.to_vec()).map(Some).map_err(|_| NoText);
        }
        [0xff, 0xfe, rest @ ..] => (rest, true),
        [0xfe, 0xff, rest @ ..] => (rest, false),
        _ => return Ok(None),
    };
    let unit = |pair: [u8; 2]| {
        if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let units = wide.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.map(Some).map_err(|_| NoText)
}
