//! `~/.kube/config`: tokens, passwords, keys and certificates of the users in it.

use model::CredentialKind;

use super::super::found::Found;
use super::super::leaf::{Leaf, Step, leaves};
use super::super::pem;
use crate::secret::{FingerprintKey, Secret};

/// What every user of the file proves itself with. A file that cannot be read is told as unread if
/// it plainly has users.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let Some(leaves) = leaves(bytes) else {
        return super::unread_if(bytes, b"users", "not in the plain form that tools write");
    };
    let mut all = Vec::new();
    for leaf in leaves.iter().filter(|leaf| leaf.begins_with("users") && !leaf.is_empty()) {
        let item_path = leaf.above(leaf.above(0).len().saturating_sub(2));
        let named = |other: &&Leaf<'_>| other.above(1) == item_path && other.ends_with(&["name"]);
        let user = leaves
            .iter()
            .find(named)
            .and_then(Leaf::public)
            .unwrap_or_else(|| item_path.last().copied().map(Step::public).unwrap_or_default());
        let Some(value) = leaf.decode() else { continue };
        let serves = server(&leaves, &user).map(|server| format!("{server} as {user}"));
        for mut found in secrets(leaf, &value, key) {
            found.item = format!("{user}/{}", String::from_utf8_lossy(leaf.name()));
            found.serves.clone_from(&serves);
            all.push(found);
        }
    }
    all
}

fn secrets(leaf: &Leaf<'_>, value: &Secret, key: &FingerprintKey) -> Vec<Found> {
    let kind = match leaf.name() {
        b"token" | b"id-token" | b"access-token" | b"refresh-token" => CredentialKind::Token,
        b"password" => CredentialKind::Password,
        b"client-secret" => CredentialKind::Secret,
        b"client-key-data" | b"client-certificate-data" => {
            let plain = Secret::from_base64(value.as_bytes());
            return plain.map(|plain| pem::find(plain.as_bytes())).unwrap_or_default();
        }
        _ => return Vec::new(),
    };
    vec![Found::secret("", kind, value.fingerprint(key))]
}

/// The server that a context joins with this user.
fn server(leaves: &[Leaf<'_>], user: &str) -> Option<String> {
    let beside = |leaf: &Leaf<'_>, name: &str| {
        let is_it = |other: &&Leaf<'_>| other.above(1) == leaf.above(1) && other.ends_with(&[name]);
        leaves.iter().find(is_it).and_then(Leaf::public)
    };
    let context = leaves.iter().find(|leaf| {
        leaf.begins_with("contexts")
            && leaf.ends_with(&["context", "user"])
            && leaf.public().as_deref() == Some(user)
    })?;
    let cluster = beside(context, "cluster")?;
    leaves
        .iter()
        .filter(|leaf| leaf.begins_with("clusters") && leaf.ends_with(&["cluster", "server"]))
        .find(|leaf| {
            leaves.iter().any(|other| {
                other.above(1) == leaf.above(2)
                    && other.ends_with(&["name"])
                    && other.public().as_deref() == Some(cluster.as_str())
            })
        })
        .and_then(Leaf::public)
}
