//! Google's JSON: keys of service accounts and default credentials.

use model::CredentialKind;

use super::super::found::Found;
use super::super::leaf::{Leaf, leaves};
use super::super::{pem, text};
use crate::secret::FingerprintKey;

/// The key of a service account in any JSON file; `None` if there is none.
#[must_use]
pub fn service_account(bytes: &[u8]) -> Option<Found> {
    // Most JSON files are something else, and this is the cheapest way to see it.
    if !text::contains(bytes, b"\"private_key\"") {
        return None;
    }
    let leaves = leaves(bytes)?;
    let value = |name: &str| leaves.iter().find(|leaf| leaf.ends_with(&[name]));
    let private = value("private_key")?.decode()?;
    let mut found = pem::find(private.as_bytes()).into_iter().next()?;
    "private_key".clone_into(&mut found.item);
    found.encrypted = Some(false);
    found.serves = value("client_email").and_then(Leaf::public);
    for name in ["client_email", "project_id"] {
        if let Some(text) = value(name).and_then(Leaf::public) {
            found.credential_details.insert(name.to_owned(), text);
        }
    }
    // Google's own name of the key, 40 hexadecimal digits, by which it is revoked.
    let key_id = value("private_key_id").and_then(Leaf::decode);
    if let Some(id) = key_id
        .filter(|id| id.as_bytes().len() == 40 && id.as_bytes().iter().all(u8::is_ascii_hexdigit))
    {
        let id = String::from_utf8_lossy(id.as_bytes()).into_owned();
        found.credential_details.insert("private_key_id".to_owned(), id);
    }
    Some(found)
}

/// `application_default_credentials.json` and its older forms.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    if let Some(found) = service_account(bytes) {
        return vec![found];
    }
    let Some(leaves) = leaves(bytes) else { return Vec::new() };
    let account = leaves.iter().find(|leaf| leaf.ends_with(&["account"])).and_then(Leaf::public);
    let mut all = Vec::new();
    // The client secret of a login is Google's own tool's, and public.
    for leaf in leaves.iter().filter(|leaf| leaf.ends_with(&["refresh_token"])) {
        let Some(token) = leaf.decode().filter(|token| !token.as_bytes().is_empty()) else {
            continue;
        };
        let mut found =
            Found::secret("refresh_token", CredentialKind::Token, token.fingerprint(key));
        found.serves = account.clone().or_else(|| Some("Google Cloud".to_owned()));
        all.push(found);
    }
    all
}
