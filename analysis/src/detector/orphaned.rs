//! Rules about who answers for an identity.
//!
//! They look at what the organisation made: what the cloud or the distribution made has its maker
//! to answer for it, even where a broad declaration matches it.

pub(super) mod disputed;
pub(super) mod no_owner;
pub(super) mod owner_gone;
pub(super) mod owner_unknown;

use model::{Answer, Evidence, Presence, Subject};

use super::claim::evidence;
use crate::owners::role_answers;
use crate::policy::OwnerRole;

/// The declared owners that are as `wanted` says, each with the role.
fn answers(subject: &Subject, wanted: impl Fn(&Presence) -> bool) -> Vec<(OwnerRole, &Answer)> {
    let mut found = Vec::new();
    for role in OwnerRole::ALL {
        for answer in role_answers(&subject.ownership, role) {
            if wanted(&answer.presence) {
                found.push((role, answer));
            }
        }
    }
    found
}

/// What a declaration says of one role.
fn declared(role: OwnerRole, answer: &Answer, says: &str) -> Evidence {
    let mut evidence = evidence(&format!("{} owner", role.name()), says, &[]);
    evidence.seen_in = answer.declaration.to_string();
    evidence
}
