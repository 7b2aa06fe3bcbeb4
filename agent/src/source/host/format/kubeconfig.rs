//! `~/.kube/config`: tokens, passwords, keys and certificates of the users in it.

use std::collections::BTreeMap;

use model::CredentialKind;

use super::super::found::Found;
use super::super::leaf::{Leaf, Places, Step, leaves};
use super::super::pem;
use crate::secret::{FingerprintKey, Secret};

/// What every user of the file proves itself with. A file that cannot be read is told as unread if
/// it plainly has users.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let Some(leaves) = leaves(bytes) else {
        return super::unread_if(bytes, b"users", "not in the plain form that tools write");
    };
    let places = Places::of(&leaves);
    let (cluster_of, server_of) = (clusters(&leaves, &places), servers(&leaves, &places));
    let mut all = Vec::new();
    for leaf in leaves.iter().filter(|leaf| leaf.begins_with("users") && !leaf.is_empty()) {
        let item_path = leaf.above(leaf.above(0).len().saturating_sub(2));
        let user = places
            .public(item_path, "name")
            .unwrap_or_else(|| item_path.last().copied().map(Step::public).unwrap_or_default());
        let Some(value) = leaf.decode() else { continue };
        let joined = cluster_of.get(&user).and_then(|cluster| server_of.get(cluster.as_ref()?));
        let serves = joined.map(|server| format!("{server} as {user}"));
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

/// The cluster that the first context of each user joins with it.
fn clusters(leaves: &[Leaf<'_>], places: &Places<'_, '_>) -> BTreeMap<String, Option<String>> {
    let mut clusters = BTreeMap::new();
    for leaf in leaves {
        let is_user = leaf.begins_with("contexts") && leaf.ends_with(&["context", "user"]);
        if !is_user {
            continue;
        }
        let Some(user) = leaf.public() else { continue };
        clusters.entry(user).or_insert_with(|| places.public(leaf.above(1), "cluster"));
    }
    clusters
}

/// The server of each cluster, by the cluster's name.
fn servers(leaves: &[Leaf<'_>], places: &Places<'_, '_>) -> BTreeMap<String, String> {
    let mut servers = BTreeMap::new();
    for leaf in leaves {
        let is_server = leaf.begins_with("clusters") && leaf.ends_with(&["cluster", "server"]);
        if !is_server {
            continue;
        }
        if let (Some(name), Some(server)) = (places.public(leaf.above(2), "name"), leaf.public()) {
            servers.entry(name).or_insert(server);
        }
    }
    servers
}
