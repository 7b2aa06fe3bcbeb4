//! Rules about the end of credentials.

pub(super) mod passed;
pub(super) mod soon;

use jiff::{SignedDuration, Timestamp};
use model::{CredentialKind, End, Held};

use super::claim::ended_at;
use crate::policy::Limits;

/// When notice of an end is due, and the end itself.
struct Notices {
    first: Timestamp,
    second: Timestamp,
    last: Timestamp,
    /// As it is told.
    end: Timestamp,
    /// The first moment at which it can no longer be used.
    past: Timestamp,
}

/// When notice is due for `held`; `None` if it has no end, or was made to be short and nobody
/// knows of an identity that relies on it: a cached session token is meant to run out.
///
/// What lives shorter gets its notices later: at a third of its life before its end, at a sixth,
/// and at a thirtieth.
fn notices(held: &Held, limits: &Limits) -> Option<Notices> {
    let End::At(end) = held.credential.ends else { return None };
    let life = held.credential.created_at.map(|at| end.duration_since(at));
    let is_relied_on = match held.credential.kind {
        CredentialKind::Token | CredentialKind::Secret => {
            !held.claimed_by.is_empty() || life.is_some_and(|it| it > limits.expiry_notice_first)
        }
        CredentialKind::AccessKey
        | CredentialKind::Password
        | CredentialKind::Mfa
        | CredentialKind::KeyPair
        | CredentialKind::Certificate
        | CredentialKind::Federation
        | CredentialKind::ManagedKey => true,
    };
    if !is_relied_on {
        return None;
    }
    let before = |notice: SignedDuration, part: i32| {
        let share =
            life.and_then(|life| life.checked_div(part)).filter(SignedDuration::is_positive);
        crate::time::before(end, share.map_or(notice, |share| share.min(notice)))
    };
    Some(Notices {
        first: before(limits.expiry_notice_first, 3),
        second: before(limits.expiry_notice_second, 6),
        last: before(limits.expiry_notice_last, 30),
        end,
        past: ended_at(held)?,
    })
}
