//! Logins of container registries.
//!
//! ```text
//! { "auths": { "registry.example.org": { "auth": base64("user:password"), "identitytoken": .. } } }
//! ```

use model::CredentialKind;

use super::super::found::Found;
use super::super::leaf::{Step, leaves};
use super::super::text;
use crate::secret::{FingerprintKey, Secret};

/// The login of every registry. Where a helper keeps them, there is nothing here.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let Some(leaves) = leaves(bytes) else { return Vec::new() };
    let mut all = Vec::new();
    for leaf in leaves.iter().filter(|leaf| !leaf.is_empty()) {
        let registry = leaf.above(1).last().copied().map(Step::public).unwrap_or_default();
        let Some(value) = leaf.decode() else { continue };
        let (kind, user, fingerprint) = match leaf.name() {
            b"auth" => {
                let plain = Secret::from_base64(value.as_bytes());
                let pair =
                    plain.as_ref().and_then(|plain| text::split_once(plain.as_bytes(), b':'));
                let (user, password) = pair.unwrap_or((b"", value.as_bytes()));
                let password = password.strip_suffix(&[0]).unwrap_or(password);
                if password.is_empty() {
                    continue;
                }
                (CredentialKind::Password, text::public(user), key.fingerprint(password))
            }
            b"password" => (CredentialKind::Password, None, value.fingerprint(key)),
            b"identitytoken" | b"registrytoken" => {
                (CredentialKind::Token, None, value.fingerprint(key))
            }
            _ => continue,
        };
        let item = format!("{registry}/{}", String::from_utf8_lossy(leaf.name()));
        let mut found = Found::secret(item, kind, fingerprint);
        found.serves = Some(match user {
            Some(user) => format!("{registry} as {user}"),
            None => registry,
        });
        all.push(found);
    }
    all
}
