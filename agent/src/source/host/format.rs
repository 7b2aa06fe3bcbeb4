//! Files of credentials in their known places: one file per format, all listed here.
//!
//! Every format is read in place, byte by byte, and what is secret goes into the fingerprint and
//! nowhere else. None of them fails: what cannot be read in a file that is plainly meant for
//! credentials is told as unread.

use std::collections::BTreeMap;

use model::{CredentialKind, PlacementKind};

use super::candidate::Format;
use super::found::Found;
use super::text;
use crate::secret::FingerprintKey;

pub(super) mod aws;
pub(super) mod docker;
pub(super) mod env;
pub(super) mod google;
pub(super) mod kubeconfig;
pub(super) mod lines;
pub(super) mod netrc;
pub(super) mod tokens;

/// The credentials in a file of that format, in order.
#[must_use]
pub fn find(format: Format, bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    match format {
        Format::Aws => aws::find(bytes, key),
        Format::Docker => docker::find(bytes, key),
        Format::Env => env::find(bytes, key),
        Format::GitCredentials => lines::git_credentials(bytes, key),
        Format::Google => google::find(bytes, key),
        Format::Kubeconfig => kubeconfig::find(bytes, key),
        Format::Netrc => netrc::find(bytes, key),
        Format::Npmrc => lines::npmrc(bytes, key),
        Format::Pypirc => lines::pypirc(bytes, key),
        Format::Token => vec![token(bytes, key)],
        Format::Tokens => tokens::find(bytes, key),
    }
}

/// A file that is one token.
fn token(bytes: &[u8], key: &FingerprintKey) -> Found {
    Found::secret("", CredentialKind::Token, key.fingerprint(bytes.trim_ascii()))
}

/// One unread credential for a whole file, if `sign` stands in it.
fn unread_if(bytes: &[u8], sign: &[u8], why: &str) -> Vec<Found> {
    if !text::contains(bytes, sign) {
        return Vec::new();
    }
    let mut found = Found::new("", CredentialKind::Secret, PlacementKind::SecretFile);
    found.say("unread", why);
    vec![found]
}

/// How often each name was given out, so that no two items of a file have the same.
#[derive(Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    /// `item`, with a number if there is one of that name already.
    fn numbered(&mut self, item: &str) -> String {
        let count = self.0.entry(item.to_owned()).or_default();
        *count = count.saturating_add(1);
        if *count == 1 { item.to_owned() } else { format!("{item}~{count}") }
    }
}

#[cfg(test)]
mod tests;
