//! `authorized_keys`, as sshd(8) reads it.
//!
//! ```text
//! [options] type base64 [comment]
//! options   name[="value"],..   in which `\"` is a quote; no blanks but within quotes
//! ```
//!
//! Of the options only the names are told, with the values of `from` and `expiry-time`, and the
//! program of `command`: arguments and environments may hold secrets.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::{CredentialKind, End, PlacementKind};

use super::found::{Found, Name};
use super::public_key::PublicKey;
use super::text;
use crate::secret::Secret;

/// The keys of a file, in order; lines that are none are passed over, as sshd does.
#[must_use]
pub fn find(bytes: &[u8]) -> Vec<Found> {
    text::lines(bytes).filter_map(line).collect()
}

fn line(line: &[u8]) -> Option<Found> {
    let line = line.trim_ascii();
    if line.is_empty() || line.starts_with(b"#") {
        return None;
    }
    if let Some(found) = key(line) {
        return Some(found);
    }
    // sshd(8): the first word is options if it is no type of key.
    let options_len = blank_outside_quotes(line)?;
    let (options, rest) = line.split_at_checked(options_len)?;
    let mut found = key(rest.trim_ascii_start())?;
    for option in split_options(options) {
        say(&mut found, option);
    }
    Some(found)
}

fn key(line: &[u8]) -> Option<Found> {
    let (kind, rest) = text::split_once(line, b' ')?;
    if !is_type(kind) {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let (blob, comment) = text::split_once(rest, b' ').unwrap_or((rest, b""));
    let blob = Secret::from_base64(blob)?;
    let public = PublicKey::from_ssh(blob.as_bytes())?;
    let item = public.ssh_fingerprint.clone().unwrap_or_default();
    let mut found = Found::new(item, CredentialKind::KeyPair, PlacementKind::AuthorizedKey);
    found.name = Name::Public(public.id);
    found.key = Some(public.facts);
    found.ends = End::Never;
    if let Some(fingerprint) = public.ssh_fingerprint {
        found.credential_details.insert("ssh_fingerprint".to_owned(), fingerprint);
    }
    if let Some(comment) = text::public(comment) {
        found.say("comment", comment);
    }
    Some(found)
}

fn is_type(word: &[u8]) -> bool {
    word.starts_with(b"ssh-") || word.starts_with(b"ecdsa-sha2-") || word.starts_with(b"sk-")
}

fn say(found: &mut Found, option: &[u8]) {
    let (name, value) = text::split_once(option, b'=').unwrap_or((option, b""));
    let (Some(name), value) = (text::public(name), text::unquoted(value)) else { return };
    let name = name.to_ascii_lowercase();
    let told = match name.as_str() {
        "from" => text::public(value),
        "expiry-time" => {
            found.ends = expiry(value).map_or(End::Unknown, End::At);
            text::public(value)
        }
        "command" => value.split(u8::is_ascii_whitespace).find_map(text::public),
        _ => Some(String::new()),
    };
    found.say(&format!("option {name}"), told.unwrap_or_else(|| "not shown".to_owned()));
}

/// sshd(8): `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]`. Without the `Z` it is in the time zone of the
/// host, which we take for UTC: at most a day off.
fn expiry(value: &[u8]) -> Option<Timestamp> {
    let value = value.strip_suffix(b"Z").unwrap_or(value);
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<i16> {
        str::from_utf8(value.get(from..to)?).ok()?.parse().ok()
    };
    let part = |from: usize, to: usize| number(from, to).and_then(|n| i8::try_from(n).ok());
    let (hour, minute, second) = match value.len() {
        8 => (0, 0, 0),
        12 => (part(8, 10)?, part(10, 12)?, 0),
        14 => (part(8, 10)?, part(10, 12)?, part(12, 14)?),
        _ => return None,
    };
    let at =
        DateTime::new(number(0, 4)?, part(4, 6)?, part(6, 8)?, hour, minute, second, 0).ok()?;
    at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp())
}

/// Where the first blank outside quotes is.
fn blank_outside_quotes(line: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    line.iter().position(|byte| {
        let is_quote = *byte == b'"' && !escaped;
        quoted ^= is_quote;
        escaped = *byte == b'\\' && !escaped;
        !quoted && matches!(byte, b' ' | b'\t')
    })
}

fn split_options(options: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    options.split(move |byte| {
        quoted ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        !quoted && *byte == b','
    })
}

#[cfg(test)]
mod tests;
