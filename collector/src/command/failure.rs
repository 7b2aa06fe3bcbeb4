//! Errors as people see them: what, where, why, and what to do.
//!
//! An error that knows what to do says so itself, on a line that begins with `hint:`; for the others
//! it is said here. Either way it is told once, and last.

use std::fmt::Write as _;

use crate::archive::ArchiveError;
use crate::authority::AuthorityError;
use crate::config::ConfigError;
use crate::folder::FolderError;
use crate::run::StartError;
use crate::sink::SinkOptionsError;
use crate::store::StoreError;

const RIGHTS: &str = "check that the path exists, and that this account may read and write it";
const CONFIG: &str = "correct what is listed, then start again";
const RESTORE: &str = "restore it from a backup; `init` makes a new collector, to which all agents \
                       have to enrol anew";

/// The error with its causes, and then a hint.
pub(super) fn told(error: &anyhow::Error) -> String {
    let (mut text, mut hint) = ("error: ".to_owned(), None);
    for (place, cause) in error.chain().enumerate() {
        let said = cause.to_string();
        let mut lines = Vec::new();
        for line in said.trim_end().lines() {
            match line.strip_prefix("hint: ") {
                Some(said) => hint = hint.or_else(|| Some(said.to_owned())),
                None => lines.push(line),
            }
        }
        let what = lines.join("\n");
        // Some libraries repeat the cause in their own text.
        if !text.ends_with(&what) {
            // Writing into a `String` cannot fail.
            let _infallible = write!(text, "{}{what}", if place == 0 { "" } else { ": " });
        }
    }
    let hint = hint.unwrap_or_else(|| error.chain().find_map(hint_of).unwrap_or(BUG).to_owned());
    format!("{text}\nhint: {hint}")
}

const BUG: &str = "run it again with `MUSTER_LOG=debug`; if the log does not tell, report it";

fn hint_of(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<StartError>() {
        return match error {
            StartError::Listen { .. } => Some(
                "choose another address in the configuration, or end what listens there: `ss -ltnp`",
            ),
            StartError::Tls(_) => Some(RESTORE),
            StartError::Folder(error) => hint_of(error),
            StartError::Authority(error) => hint_of(error),
            StartError::Store(error) => hint_of(error),
            StartError::Sink(error) => hint_of(error),
        };
    }
    if let Some(error) = error.downcast_ref::<FolderError>() {
        return match error {
            FolderError::Authority(error) => hint_of(error),
            FolderError::File { .. }
            | FolderError::Taken(_)
            | FolderError::Empty(_)
            | FolderError::FingerprintKey(_) => Some(RIGHTS),
        };
    }
    if let Some(error) = error.downcast_ref::<AuthorityError>() {
        return match error {
            AuthorityError::File { source, .. }
                if source.kind() != std::io::ErrorKind::NotFound =>
            {
                Some(RIGHTS)
            }
            AuthorityError::File { .. }
            | AuthorityError::Unusable { .. }
            | AuthorityError::Random => Some(RESTORE),
        };
    }
    if error.is::<ConfigError>() {
        return Some(CONFIG);
    }
    if error.is::<SinkOptionsError>() {
        return Some("correct the sink in the configuration, or the file that it names");
    }
    if error.is::<ArchiveError>() {
        return Some("name a file in a folder that is there; `export` overwrites nothing");
    }
    error
        .is::<StoreError>()
        .then_some("check the space on the disk and the rights of the store; the log may tell more")
}

#[cfg(test)]
mod tests;
