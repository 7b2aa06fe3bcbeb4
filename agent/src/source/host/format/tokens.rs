//! JSON caches of tokens: Azure's and the AWS single sign-on's.
//!
//! ```text
//! ~/.azure/accessTokens.json               [{ accessToken, refreshToken, userId, resource }]
//! ~/.azure/msal_token_cache.json           { RefreshToken: { <key>: { secret, client_id } } }
//! ~/.azure/service_principal_entries.json  [{ client_id, tenant, client_secret }]
//! ~/.aws/sso/cache/<hash>.json             { accessToken, refreshToken, clientSecret, startUrl }
//! ```

use jiff::Timestamp;
use model::{CredentialKind, End};

use super::super::found::Found;
use super::super::leaf::{Leaf, Places, leaves};
use crate::secret::FingerprintKey;

/// Names of values that open something, and what sort each is.
const SECRETS: &[(&str, CredentialKind)] = &[
    ("accessToken", CredentialKind::Token),
    ("access_token", CredentialKind::Token),
    ("clientSecret", CredentialKind::Secret),
    ("client_secret", CredentialKind::Secret),
    ("refreshToken", CredentialKind::Token),
    ("refresh_token", CredentialKind::Token),
    ("secret", CredentialKind::Token),
];
/// Names of values beside it that say what it opens, the best first.
const SERVES: &[&str] =
    &["startUrl", "resource", "target", "client_id", "servicePrincipalId", "clientId", "userId"];
/// Names of values beside it that say when it ends.
const ENDS: &[&str] = &["expires_on", "expiresAt"];

/// Every token of a cache.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let Some(leaves) = leaves(bytes) else { return Vec::new() };
    let places = Places::of(&leaves);
    let mut all = Vec::new();
    for leaf in &leaves {
        // An id token says who somebody is and opens nothing.
        let secret = SECRETS.iter().find(|(name, _)| leaf.ends_with(&[name]));
        let Some((name, kind)) = secret.filter(|_| !leaf.begins_with("IdToken")) else { continue };
        let Some(value) = leaf.decode().filter(|value| !value.as_bytes().is_empty()) else {
            continue;
        };
        let beside = |name: &&str| places.public(leaf.above(1), name);
        let fingerprint = value.fingerprint(key);
        let mut found = Found::secret(item(leaf, name, all.len()), *kind, fingerprint);
        found.serves = SERVES.iter().find_map(beside);
        found.ends = ENDS.iter().find_map(beside).and_then(|text| end(&text)).unwrap_or_default();
        all.push(found);
    }
    all
}

/// The names on the way, and a number if they may not be told.
fn item(leaf: &Leaf<'_>, name: &str, number: usize) -> String {
    let above: Vec<String> = leaf.above(1).iter().map(|step| step.public()).collect();
    if above.iter().any(String::is_empty) {
        let first = above.first().map(String::as_str).unwrap_or_default();
        return format!("{first}/{number}/{name}");
    }
    above.into_iter().chain([name.to_owned()]).collect::<Vec<_>>().join("/")
}

/// Seconds since 1970, or RFC 3339.
fn end(text: &str) -> Option<End> {
    let seconds = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    seconds.or_else(|| text.parse().ok()).map(End::At)
}
