//! Files with one credential a line: `.npmrc`, `.pypirc`, `.git-credentials`.

use std::collections::BTreeMap;

use model::CredentialKind;

use super::super::found::Found;
use super::super::{ini, text};
use crate::secret::{FingerprintKey, Secret};

/// `//registry/path/:_authToken=TOKEN`, `_auth=base64(user:password)`, `_password=base64(password)`.
#[must_use]
pub(in super::super) fn npmrc(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let mut all = Vec::new();
    for line in ini::lines(bytes) {
        let colon = line.name.iter().rposition(|byte| *byte == b':');
        let (registry, name) = match colon {
            Some(at) => line.name.split_at_checked(at).unwrap_or_default(),
            None => (&b"default"[..], line.name),
        };
        let name = name.strip_prefix(b":").unwrap_or(name);
        let value = text::unquoted(line.value);
        // What is taken from the environment is not in the file.
        if value.is_empty() || value.starts_with(b"${") {
            continue;
        }
        let plain = Secret::from_base64(value);
        let plain = plain.as_ref().map_or(value, Secret::as_bytes);
        let (kind, fingerprint) = match name {
            b"_authToken" => (CredentialKind::Token, key.fingerprint(value)),
            b"_auth" => {
                let password = text::split_once(plain, b':').map_or(plain, |(_, after)| after);
                (CredentialKind::Password, key.fingerprint(password))
            }
            b"_password" => (CredentialKind::Password, key.fingerprint(plain)),
            _ => continue,
        };
        let registry = text::public(registry).unwrap_or_default();
        let registry = registry.trim_matches('/').to_owned();
        let item = format!("{registry}:{}", String::from_utf8_lossy(name));
        let mut found = Found::secret(item, kind, fingerprint);
        found.serves = Some(registry);
        all.push(found);
    }
    all
}

/// Sections of `repository`, `username` and `password`.
#[must_use]
pub(in super::super) fn pypirc(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let mut values: BTreeMap<text::Halves<'_>, &[u8]> = BTreeMap::new();
    for line in ini::lines(bytes).filter(|line| matches!(line.name, b"username" | b"repository")) {
        values.entry((line.section, line.name)).or_insert(line.value);
    }
    let value = |section, name| values.get(&(section, name)).and_then(|it| text::public(it));
    let mut all = Vec::new();
    for line in ini::lines(bytes).filter(|line| line.name == b"password" && !line.value.is_empty())
    {
        let section = text::public(line.section).unwrap_or_default();
        let user = value(line.section, b"username");
        let kind = match user.as_deref() {
            Some("__token__") => CredentialKind::Token,
            _ => CredentialKind::Password,
        };
        let place = value(line.section, b"repository").unwrap_or_else(|| section.clone());
        let mut found = Found::secret(section, kind, key.fingerprint(line.value));
        found.serves = Some(match user {
            Some(user) => format!("{place} as {user}"),
            None => place,
        });
        all.push(found);
    }
    all
}

/// `https://user:password@host/path`, one a line.
#[must_use]
pub(in super::super) fn git_credentials(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let (mut all, mut names) = (Vec::new(), super::Names::default());
    for line in text::lines(bytes) {
        let Some(login) = url_login(line.trim_ascii()) else { continue };
        // Some services take the token for the name, with nothing or a fixed word for the password.
        let has_user = text::public(login.user).is_some();
        let secret = if has_user { login.password } else { login.user };
        let fingerprint = percent_decoded(secret).and_then(|secret| secret.fingerprint(key));
        let host = text::public(login.host).unwrap_or_default();
        let serves = match text::public(login.user) {
            Some(user) => format!("{host} as {user}"),
            None => host,
        };
        let item = names.numbered(&serves);
        let mut found = Found::secret(item, CredentialKind::Password, fingerprint);
        found.serves = Some(serves);
        all.push(found);
    }
    all
}

/// Who logs in where, in a URL.
pub(super) struct Login<'a> {
    pub(super) user: &'a [u8],
    pub(super) password: &'a [u8],
    pub(super) host: &'a [u8],
}

/// The login in a URL, if there is one with a password, or a name that must be one.
pub(super) fn url_login(url: &[u8]) -> Option<Login<'_>> {
    let at = text::position(url, b"://")?;
    let scheme = url.get(..at)?;
    if scheme.is_empty() || !scheme.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b))
    {
        return None;
    }
    let rest = url.get(at.checked_add(3)?..)?;
    let len = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b' '));
    let authority = rest.get(..len.unwrap_or(rest.len()))?;
    let at = authority.iter().rposition(|byte| *byte == b'@')?;
    let (login, host) = authority.split_at_checked(at)?;
    let (user, password) = text::split_once(login, b':').unwrap_or((login, b""));
    let has_secret = !password.is_empty() || crate::secret::resembles_secret(user);
    has_secret.then_some(Login { user, password, host: host.strip_prefix(b"@")? })
}

/// RFC 3986: `%` and two hexadecimal digits stand for a byte.
pub(super) fn percent_decoded(text: &[u8]) -> Option<Secret> {
    let mut rest = text;
    let bytes = std::iter::from_fn(|| {
        let (first, after) = rest.split_first()?;
        rest = after;
        if *first != b'%' {
            return Some(Some(*first));
        }
        let Some((digits, after)) = rest.split_at_checked(2) else { return Some(None) };
        rest = after;
        let digits = str::from_utf8(digits).ok();
        Some(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()))
    });
    Secret::collect(text.len(), bytes)
}
