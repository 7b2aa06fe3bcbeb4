//! Finds the PEM blocks of a file and what is in them.
//!
//! ```text
//! -----BEGIN LABEL-----
//! Proc-Type: 4,ENCRYPTED          headers, in the old form only
//!                                 and an empty line after them
//! base64
//! -----END LABEL-----
//! ```

use model::{CredentialKind, PlacementKind};

use super::certificate;
use super::found::{Found, Name};
use super::private_key::PrivateKey;
use super::text;
use crate::secret::Secret;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// One block.
pub(super) struct Block<'a> {
    /// What stands after `BEGIN`.
    pub(super) label: &'a [u8],
    /// Whether its headers say that it is encrypted.
    pub(super) encrypted: bool,
    /// What is between its headers and its end, in base64.
    pub(super) body: &'a [u8],
}

/// The blocks of a file in order; what is not a whole block is passed over.
pub(super) fn blocks(bytes: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            let begin = text::position(rest, BEGIN)?;
            let after = rest.get(begin..)?.strip_prefix(BEGIN)?;
            rest = after;
            let Some(block) = block(after) else { continue };
            rest = after.get(block.label.len()..)?;
            return Some(block);
        }
    })
}

fn block(after: &[u8]) -> Option<Block<'_>> {
    // BOUND: labels are a few words.
    let label_len = text::position(after.get(..after.len().min(80))?, DASHES)?;
    let (label, inner) = after.split_at_checked(label_len)?;
    let inner = inner.strip_prefix(DASHES)?;
    let end = text::position(inner, DASHES)?;
    let (inner, end) = inner.split_at_checked(end)?;
    end.strip_prefix(END)?.strip_prefix(label)?.strip_prefix(DASHES)?;
    let encrypted = text::contains(inner, b"4,ENCRYPTED");
    let has_headers = text::contains(inner, b": ");
    let body = if has_headers { after_headers(inner) } else { inner };
    Some(Block { label, encrypted, body })
}

fn after_headers(inner: &[u8]) -> &[u8] {
    let unix = text::position(inner, b"\n\n");
    let dos = text::position(inner, b"\r\n\r\n");
    let at = unix.into_iter().chain(dos).min().unwrap_or_default();
    inner.get(at..).unwrap_or_default()
}

/// The certificates and private keys of a file, in order. A block that is plainly meant to be one
/// and is malformed is told as such.
#[must_use]
pub fn find(bytes: &[u8]) -> Vec<Found> {
    let mut all = Vec::new();
    let mut keys = 0_u32;
    for block in blocks(bytes) {
        let is_certificate =
            matches!(block.label, b"CERTIFICATE" | b"X509 CERTIFICATE" | b"TRUSTED CERTIFICATE");
        let is_key = block.label.ends_with(b"PRIVATE KEY");
        if !is_certificate && !is_key {
            continue;
        }
        let decoded = Secret::from_base64(block.body);
        if is_certificate {
            let found = decoded.as_ref().and_then(|der| certificate::find(der.as_bytes()));
            all.push(found.unwrap_or_else(certificate::malformed));
        } else {
            keys = keys.saturating_add(1);
            let key = decoded
                .as_ref()
                .and_then(|der| PrivateKey::from_pem(block.label, block.encrypted, der.as_bytes()));
            let item = if keys == 1 { "private_key".into() } else { format!("private_key~{keys}") };
            all.push(private_key(item, key));
        }
    }
    all
}

/// A private key at a place; `None` is one that is malformed.
pub(super) fn private_key(item: String, key: Option<PrivateKey>) -> Found {
    let mut found = Found::new(item, CredentialKind::KeyPair, PlacementKind::PrivateKeyFile);
    let Some(key) = key else {
        found.say("error", "malformed private key");
        return found;
    };
    found.encrypted = Some(key.encrypted);
    match key.public {
        Some(public) => {
            found.name = Name::Public(public.id);
            found.key = Some(public.facts);
            if let Some(fingerprint) = public.ssh_fingerprint {
                found.credential_details.insert("ssh_fingerprint".to_owned(), fingerprint);
            }
        }
        None => found.say("unread", "its public half is not in the file in the clear"),
    }
    found
}

#[cfg(test)]
mod tests;
