//! Makes facts in which everything not said is unknown.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use model::{
    Credential, CredentialId, CredentialKind, Details, End, Grant, GrantKind, Identity, IdentityId,
    IdentityKind, Maker, Placement, PlacementId, PlacementKind, PolicyId, Readers, Use, Workload,
    WorkloadKind,
};

use super::account::{Account, maker_of_path};

/// An identity of which the kind and the place are known.
pub(super) fn identity(
    account: &Account,
    kind: IdentityKind,
    arn: &str,
    path: &str,
    name: &str,
) -> Identity {
    Identity {
        id: arn.into(),
        kind,
        name: name.to_owned(),
        realm: account.id.clone(),
        path: path.to_owned(),
        maker: maker_of_path(path),
        created_at: None,
        enabled: None,
        used: Use::Unknown,
        groups: Vec::new(),
        credential_counts: BTreeMap::new(),
        labels: BTreeMap::new(),
        details: Details::new(),
    }
}

/// The owner of the account.
pub(super) fn root(account: &Account) -> Identity {
    let id = account.root();
    identity(account, IdentityKind::AccountRoot, id.as_str(), "", "root")
}

/// A credential of which the kind and whom it proves are known.
pub(super) fn credential(
    id: impl Into<CredentialId>,
    kind: CredentialKind,
    identity: Option<IdentityId>,
) -> Credential {
    Credential {
        id: id.into(),
        kind,
        identity,
        maker: Maker::Organisation,
        created_at: None,
        ends: End::Unknown,
        used: Use::Unknown,
        enabled: None,
        fingerprint: None,
        key: None,
        details: Details::new(),
    }
}

/// A place in one of the provider's own stores, which keeps what it holds encrypted.
pub(super) fn placement(
    account: &Account,
    arn: &str,
    path: &str,
    credential: &CredentialId,
) -> Placement {
    Placement {
        id: PlacementId(arn.to_owned()),
        credential: credential.clone(),
        kind: PlacementKind::CloudStore,
        realm: account.realm(),
        path: path.to_owned(),
        holder: None,
        readers: Some(Readers::Service),
        encrypted: Some(true),
        serves: None,
        modified_at: None,
        details: Details::new(),
    }
}

/// A grant.
pub(super) fn grant(holder: &str, kind: GrantKind, policy: impl Into<PolicyId>) -> Grant {
    Grant { holder: holder.into(), kind, policy: policy.into() }
}

/// Something that runs, or could, with a role.
pub(super) fn workload(id: &str, kind: WorkloadKind, role: &str) -> Workload {
    Workload { id: id.into(), kind, identity: role.into(), details: Details::new() }
}

/// Tags as labels.
pub(super) fn labels(tags: &[Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Puts a detail down, if there is one.
pub(super) fn tell(details: &mut Details, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        details.insert(name.to_owned(), value.to_owned());
    }
}
