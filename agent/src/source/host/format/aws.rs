//! `~/.aws/credentials` and `~/.aws/config`: access keys by profile.

use std::collections::BTreeMap;

use model::{CredentialId, CredentialKind, PlacementKind};

use super::super::found::{Found, Name};
use super::super::{ini, text};
use crate::secret::FingerprintKey;

/// What one profile says.
#[derive(Default)]
struct Profile<'a> {
    id: Option<&'a [u8]>,
    secret: Option<&'a [u8]>,
    has_session: bool,
}

/// The access key of every profile that has one.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let mut profiles: BTreeMap<&[u8], Profile<'_>> = BTreeMap::new();
    for line in ini::lines(bytes) {
        let profile = profiles.entry(line.section).or_default();
        match line.name.to_ascii_lowercase().as_slice() {
            b"aws_access_key_id" => profile.id = Some(line.value),
            b"aws_secret_access_key" => profile.secret = Some(line.value),
            b"aws_session_token" => profile.has_session = true,
            _ => {}
        }
    }
    let mut all = Vec::new();
    for (section, profile) in profiles {
        let name = section.strip_prefix(b"profile ").unwrap_or(section);
        let name = text::public(name).unwrap_or_else(|| "default".to_owned());
        all.extend(access_key(name, profile.id, profile.secret, key).map(|mut found| {
            if profile.has_session {
                found.say("session", "temporary, with a session token");
            }
            found
        }));
    }
    all
}

/// An access key, if there is a secret; known by its id, if that reads like one.
pub(super) fn access_key(
    item: String,
    id: Option<&[u8]>,
    secret: Option<&[u8]>,
    key: &FingerprintKey,
) -> Option<Found> {
    let secret = secret.filter(|secret| !secret.is_empty())?;
    let fingerprint = key.fingerprint(secret);
    let Some(id) = id.filter(|id| is_access_key_id(id)) else {
        return Some(Found::secret(item, CredentialKind::AccessKey, fingerprint));
    };
    let mut found = Found::new(item, CredentialKind::AccessKey, PlacementKind::SecretFile);
    let id = String::from_utf8_lossy(id);
    found.name = Name::Public(CredentialId(format!("aws_access_key:{id}")));
    found.fingerprint = fingerprint;
    found.encrypted = Some(false);
    if id.starts_with("ASIA") {
        found.credential_details.insert("session".to_owned(), "temporary".to_owned());
    }
    Some(found)
}

/// `AKIA` for keys that last, `ASIA` for those that do not, and capitals and digits.
pub(super) fn is_access_key_id(text: &[u8]) -> bool {
    (text.starts_with(b"AKIA") || text.starts_with(b"ASIA"))
        && (8..=128).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
