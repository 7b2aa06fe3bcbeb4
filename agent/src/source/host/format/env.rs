//! `.env` files: settings whose name or value says that they are secret.
//!
//! ```text
//! [export ]NAME=value      value bare, in '..' or in "..", which may go over several lines
//! ```

use model::CredentialKind;

use super::super::found::Found;
use super::super::{pem, text};
use super::{Names, aws, lines};
use crate::secret::{FingerprintKey, Secret, resembles_secret};

/// What a name ends with if it is a secret's.
const NAMES: &[(&str, CredentialKind)] = &[
    ("KEY", CredentialKind::Token),
    ("TOKEN", CredentialKind::Token),
    ("PASSWORD", CredentialKind::Password),
    ("PASSWD", CredentialKind::Password),
    ("PASS", CredentialKind::Password),
    ("PWD", CredentialKind::Password),
    ("SECRET", CredentialKind::Secret),
    ("CREDENTIALS", CredentialKind::Secret),
];

/// What a value begins with if it is a token, whatever its name.
const PREFIXES: &[&[u8]] = &[
    b"ghp_",
    b"gho_",
    b"ghs_",
    b"github_pat_",
    b"glpat-",
    b"hvs.",
    b"npm_",
    b"pypi-",
    b"sk-",
    b"sk_live_",
    b"xoxb-",
    b"xoxp-",
    b"AGE-SECRET-KEY-",
];

/// The secrets of a file, in order.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    of_settings(&settings(bytes), key)
}

/// The secrets among some settings, in order.
#[must_use]
pub(in super::super) fn of_settings(settings: &[Setting<'_>], key: &FingerprintKey) -> Vec<Found> {
    let ids: Vec<&Setting<'_>> =
        settings.iter().filter(|setting| aws::is_access_key_id(setting.value)).collect();
    let mut names = Names::default();
    let mut all: Vec<Found> = Vec::new();
    for setting in settings {
        let Ok(name) = str::from_utf8(setting.name) else { continue };
        // What is taken from elsewhere is not in the file.
        if setting.value.is_empty() || setting.value.starts_with(b"$") {
            continue;
        }
        // A name that is set twice, as two jobs of a crontab may set it, is two places.
        let mut add = |found: Found| {
            all.push(Found { item: names.numbered(&found.item), ..found });
        };
        if name.ends_with("SECRET_ACCESS_KEY") {
            let prefix = name.trim_end_matches("SECRET_ACCESS_KEY");
            let id = ids
                .iter()
                .find(|id| id.name.starts_with(prefix.as_bytes()))
                .or_else(|| ids.first())
                .map(|id| id.value);
            aws::access_key(name.to_owned(), id, Some(setting.value), key)
                .into_iter()
                .for_each(&mut add);
        } else {
            other(name, setting.value, key).into_iter().for_each(&mut add);
        }
    }
    all
}

fn other(name: &str, value: &[u8], key: &FingerprintKey) -> Vec<Found> {
    if text::contains(value, b"-----BEGIN ") {
        return armoured(name, value);
    }
    if let Some(login) = lines::url_login(value) {
        let secret = lines::percent_decoded(login.password);
        let fingerprint = secret.and_then(|secret| secret.fingerprint(key));
        let mut found = Found::secret(name, CredentialKind::Password, fingerprint);
        let host = text::public(login.host).unwrap_or_default();
        found.serves = Some(match text::public(login.user) {
            Some(user) => format!("{host} as {user}"),
            None => host,
        });
        return vec![found];
    }
    let by_value =
        PREFIXES.iter().any(|prefix| value.starts_with(prefix)).then_some(CredentialKind::Token);
    by_value
        .or_else(|| kind(name, value))
        .map(|kind| Found::secret(name, kind, key.fingerprint(value)))
        .into_iter()
        .collect()
}

/// A key in a setting, its line ends as they are or as `\n`.
fn armoured(name: &str, value: &[u8]) -> Vec<Found> {
    let mut rest = value;
    let bytes = std::iter::from_fn(|| {
        let (first, after) = rest.split_first()?;
        rest = after;
        Some(Some(match rest.strip_prefix(b"n").filter(|_| *first == b'\\') {
            Some(after) => {
                rest = after;
                b'\n'
            }
            None => *first,
        }))
    });
    let Some(plain) = Secret::collect(value.len(), bytes) else { return Vec::new() };
    let mut all = pem::find(plain.as_bytes());
    for found in &mut all {
        found.item = format!("{name}/{}", found.item);
    }
    all
}

fn kind(name: &str, value: &[u8]) -> Option<CredentialKind> {
    let name = name.to_ascii_uppercase();
    let is_path = value.starts_with(b"/") && !resembles_secret(value);
    let is_harmless = name.contains("PUBLIC")
        || is_path
        || matches!(value.to_ascii_lowercase().as_slice(), b"true" | b"false" | b"null" | b"none");
    if is_harmless {
        return None;
    }
    NAMES
        .iter()
        .find(|(end, _)| {
            name.strip_suffix(end).is_some_and(|rest| {
                // `MONKEY` is no key; `APIKEY` is.
                rest.is_empty() || rest.ends_with('_') || rest.ends_with("API") || end.len() > 5
            })
        })
        .map(|(_, kind)| *kind)
        .or_else(|| name.contains("PASSWORD").then_some(CredentialKind::Password))
}

/// A name, and what it is set to.
#[derive(Clone, Copy)]
pub(in super::super) struct Setting<'a> {
    pub(in super::super) name: &'a [u8],
    pub(in super::super) value: &'a [u8],
}

impl<'a> Setting<'a> {
    /// `NAME=value`, its value without the quotes around it; `None` if that is no setting.
    pub(in super::super) fn of_word(word: &'a [u8]) -> Option<Self> {
        let (name, value) = text::split_once(word, b'=')?;
        let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        (!name.is_empty() && is_name).then(|| Self { name, value: text::unquoted(value) })
    }
}

/// The settings of a file, in order.
pub(in super::super) fn settings(bytes: &[u8]) -> Vec<Setting<'_>> {
    let (mut all, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (line, after) = text::split_once(rest, b'\n').unwrap_or((rest, b""));
        let begin = rest;
        rest = after;
        let line = line.trim_ascii();
        let line = line.strip_prefix(b"export ").unwrap_or(line);
        let Some((name, value)) = text::split_once(line, b'=') else { continue };
        let name = name.trim_ascii();
        let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if name.is_empty() || !is_name {
            continue;
        }
        let value = value.trim_ascii();
        let Some(quote @ (b'"' | b'\'')) = value.first().copied() else {
            let len = text::position(value, b" #").unwrap_or(value.len());
            let value = value.get(..len).unwrap_or_default().trim_ascii_end();
            all.push(Setting { name, value });
            continue;
        };
        // A quoted value ends where the quote does, which may be lines below.
        let Some((_, inner)) = text::split_once(begin, quote) else { continue };
        if let Some((value, after)) = text::split_once(inner, quote) {
            all.push(Setting { name, value });
            rest = text::split_once(after, b'\n').map_or(&b""[..], |(_, after)| after);
        }
    }
    all
}
