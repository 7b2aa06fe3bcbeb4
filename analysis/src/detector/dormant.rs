//! Rules about what is not used.
//!
//! A use counts only if somebody tells of it. Where one of the ways in which an identity can be used
//! is not told of, and none of the others was used of late, the answer is "unknown".

pub(super) mod credential;
pub(super) mod identity;
pub(super) mod never_used;

use jiff::Timestamp;
use model::{Body, CredentialKind, Held, Identity, IdentityKind, Maker, Subject, Use};

use super::claim;

/// The last use of an identity, over all the ways in which it can be used.
#[derive(Debug, Eq, PartialEq)]
enum LastUse {
    /// Then, and no later.
    At(Timestamp),
    /// Not since then; of what was before nobody tells.
    NotSince(Timestamp),
    /// At least then; some ways are not told of.
    NotBefore(Timestamp, String),
    /// Never, in any of the ways there are since then.
    Never(Option<Timestamp>),
    /// Nobody tells.
    Unknown(String),
}

/// The identity that `subject` is, if its use is judged: not groups and machines, which are not
/// used; not the root of an account, which should not be; not what runs something at present; and
/// not what is switched off.
fn judged(subject: &Subject) -> Option<&Identity> {
    let Body::Identity(identity) = &subject.body else { return None };
    let kind = match identity.kind {
        IdentityKind::User | IdentityKind::Role | IdentityKind::HostAccount => true,
        IdentityKind::AccountRoot
        | IdentityKind::Group
        | IdentityKind::Machine
        | IdentityKind::OrganisationalUnit => false,
    };
    let is_judged = kind
        && identity.maker == Maker::Organisation
        && identity.enabled != Some(false)
        && !subject.workloads.iter().any(|workload| workload.kind.runs());
    is_judged.then_some(identity.as_ref())
}

/// Hosts tell of every login and clouds of every use of a role; a user of a cloud acts through its
/// credentials alone, so that these tell if it does not.
fn last_use(subject: &Subject, identity: &Identity) -> LastUse {
    let through: Vec<&Held> = claim::credentials(subject).filter(|it| tells_of_use(it)).collect();
    let own = identity.used;
    let uses = through.iter().map(|held| held.credential.used).chain([own]);
    let (mut latest, mut not_since) = (None, None);
    for used in uses {
        match used {
            Use::At(at) => latest = latest.max(Some(at)),
            Use::NotSince(at) => not_since = not_since.max(Some(at)),
            Use::Never | Use::Unknown => {}
        }
    }
    let acts_through_credentials = identity.kind == IdentityKind::User;
    let untold = if acts_through_credentials {
        match through.iter().find(|held| held.credential.used == Use::Unknown) {
            Some(held) => Some(format!("nobody tells of the use of `{}`", held.credential.id)),
            None if through.is_empty() && own == Use::Unknown => {
                Some("nobody tells of its use".to_owned())
            }
            None => None,
        }
    } else {
        (own == Use::Unknown).then(|| "nobody tells of its use".to_owned())
    };
    match (latest, untold, not_since) {
        (Some(at), Some(why), _) => LastUse::NotBefore(at, why),
        (None, Some(why), _) => LastUse::Unknown(why),
        (latest, None, Some(at)) if latest < Some(at) => LastUse::NotSince(at),
        (Some(at), None, _) => LastUse::At(at),
        (None, None, _) => LastUse::Never(never_since(identity, &through)),
    }
}

/// The latest of all creations: before it, not all that is there now was there. Absent if one is
/// not told.
fn never_since(identity: &Identity, through: &[&Held]) -> Option<Timestamp> {
    let of_credentials = through.iter().map(|held| held.credential.created_at);
    let mut latest = None;
    for at in of_credentials.chain([identity.created_at]) {
        latest = latest.max(Some(at?));
    }
    latest
}

/// Whether use of the credential is something that could be told: a certificate or a trust in
/// another issuer is used by others to check, a second factor is never used alone.
fn tells_of_use(held: &Held) -> bool {
    match held.credential.kind {
        CredentialKind::AccessKey
        | CredentialKind::Password
        | CredentialKind::KeyPair
        | CredentialKind::Token
        | CredentialKind::Secret => true,
        CredentialKind::Mfa
        | CredentialKind::Certificate
        | CredentialKind::Federation
        | CredentialKind::ManagedKey => false,
    }
}
