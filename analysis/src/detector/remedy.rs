//! What to do about a claim, as commands to paste where there are some.
//!
//! Every name comes from outside and is quoted by `shell`.

use model::{CredentialKind, Held, Identity, IdentityKind, Placement, PlacementKind, Subject};

use super::claim::identity;
use crate::shell::{command, quote};

const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

/// How to put an identity out of use in a way that can be undone.
pub(super) fn disable(identity: &Identity) -> String {
    let name = identity.name.as_str();
    match identity.kind {
        IdentityKind::User => command(&[
            "aws",
            "iam",
            "put-user-policy",
            "--user-name",
            name,
            "--policy-name",
            "DenyAll",
            "--policy-document",
            DENY_ALL,
        ]),
        IdentityKind::Role => command(&[
            "aws",
            "iam",
            "put-role-policy",
            "--role-name",
            name,
            "--policy-name",
            "DenyAll",
            "--policy-document",
            DENY_ALL,
        ]),
        IdentityKind::HostAccount => {
            command(&["usermod", "--lock", "--expiredate", "1", "--", name])
        }
        IdentityKind::AccountRoot
        | IdentityKind::Group
        | IdentityKind::Machine
        | IdentityKind::OrganisationalUnit => {
            "take its credentials out of use one by one".to_owned()
        }
    }
}

/// How to take a credential out of use.
pub(super) fn revoke(subject: &Subject, held: &Held) -> String {
    let id = held.credential.id.as_str();
    let owner = identity(subject);
    let user = owner.filter(|it| it.kind == IdentityKind::User).map(|it| it.name.as_str());
    let account =
        owner.filter(|it| it.kind == IdentityKind::HostAccount).map(|it| it.name.as_str());
    match (held.credential.kind, user, account) {
        (CredentialKind::AccessKey, Some(user), _) => command(&[
            "aws",
            "iam",
            "update-access-key",
            "--user-name",
            user,
            "--access-key-id",
            key_id(id),
            "--status",
            "Inactive",
        ]),
        (CredentialKind::AccessKey, None, _) if owner.is_none() => format!(
            "find the account it belongs to: {}",
            command(&["aws", "sts", "get-access-key-info", "--access-key-id", key_id(id)])
        ),
        (CredentialKind::Password, Some(user), _) => {
            command(&["aws", "iam", "delete-login-profile", "--user-name", user])
        }
        (CredentialKind::Password, None, Some(account)) => {
            command(&["passwd", "--lock", "--", account])
        }
        (CredentialKind::KeyPair, ..) => take_out_of_files(held),
        (CredentialKind::Certificate, ..) => "ask its issuer to revoke it".to_owned(),
        (
            CredentialKind::AccessKey
            | CredentialKind::Password
            | CredentialKind::Mfa
            | CredentialKind::Token
            | CredentialKind::Secret
            | CredentialKind::Federation
            | CredentialKind::ManagedKey,
            ..,
        ) => "revoke it where it was issued".to_owned(),
    }
}

/// How to replace a credential by a new one.
pub(super) fn rotate(subject: &Subject, held: &Held) -> String {
    let user = identity(subject).filter(|it| it.kind == IdentityKind::User);
    match (held.credential.kind, user) {
        (CredentialKind::AccessKey, Some(user)) => format!(
            "{}; put the new key where the old one lies; then {}",
            command(&["aws", "iam", "create-access-key", "--user-name", &user.name]),
            revoke(subject, held)
        ),
        (_, _) => format!("put a new one in its place, then: {}", revoke(subject, held)),
    }
}

/// How to keep others from reading a file.
pub(super) fn close_file(placement: &Placement) -> String {
    command(&["chmod", "u=rw,go=", "--", &placement.path])
}

/// How to put a passphrase on a private key.
pub(super) fn encrypt(placement: &Placement) -> String {
    format!("ssh-keygen -p -f {}", quote(&placement.path))
}

/// How to declare owners: the text of a declaration.
pub(super) fn declare(subject: &Subject, roles: &[&str]) -> String {
    let id = serde_json::Value::from(subject.id.plain()).to_string();
    let mut text =
        format!("declarations:\n  - name: NAME\n    match:\n      id: {id}\n    owners:");
    for role in roles {
        for part in ["\n      ", role, ": team:TEAM"] {
            text.push_str(part);
        }
    }
    text
}

/// The public half of `aws_access_key:AKIAEXAMPLE1`.
fn key_id(id: &str) -> &str {
    id.strip_prefix("aws_access_key:").unwrap_or(id)
}

fn take_out_of_files(held: &Held) -> String {
    /// BOUND: a longer list would not be read; the placements of the credential hold them all.
    const FILES_MAX: usize = 5;
    let authorized: Vec<&Placement> = held
        .placements
        .iter()
        .filter(|placement| placement.kind == PlacementKind::AuthorizedKey)
        .collect();
    if authorized.is_empty() {
        return "take it out of every `authorized_keys` and server that accepts it".to_owned();
    }
    let files: Vec<String> = authorized
        .iter()
        .take(FILES_MAX)
        .map(|placement| format!("{} on {}", quote(&placement.path), placement.realm))
        .collect();
    let more = authorized.len().saturating_sub(FILES_MAX);
    let more = if more > 0 { format!(" and {more} more places") } else { String::new() };
    format!("take its line out of {}{more}", files.join(", "))
}
