//! Rules about what an identity may do.

use model::{About, Identity, IdentityKind, Maker, Privileges, Subject};

use super::claim::identity;
use super::{Cx, Rule, Verdict};
use crate::power::Power;

pub(super) mod administrator;
pub(super) mod escalation;
pub(super) mod reads_secrets;
pub(super) mod sensitive_wildcard;
pub(super) mod unused;

/// The identity, if it is one whose privileges somebody is to answer for: not the root of an account,
/// whose privileges nobody can change; not a group, whose members are told of; not what the provider
/// made, nor what is switched off.
pub(super) fn judged(subject: &Subject) -> Option<&Identity> {
    let identity = identity(subject)?;
    let kind = match identity.kind {
        IdentityKind::AccountRoot | IdentityKind::Group | IdentityKind::OrganisationalUnit => false,
        IdentityKind::User
        | IdentityKind::Role
        | IdentityKind::HostAccount
        | IdentityKind::Machine => true,
    };
    let is_judged =
        kind && identity.maker == Maker::Organisation && identity.enabled != Some(false);
    is_judged.then_some(identity)
}

/// What was concluded of a principal of a cloud. Where that is still to come, `verdict` says so.
pub(super) fn concluded<'s>(
    rule: &Rule,
    subject: &'s Subject,
    cx: &Cx<'_>,
    verdict: &mut Verdict,
) -> Option<&'s Privileges> {
    let identity = judged(subject)?;
    if !matches!(identity.kind, IdentityKind::User | IdentityKind::Role) {
        return None;
    }
    if subject.privileges.is_none()
        && let Power::Unknown(why) = cx.power
    {
        verdict.unknown(rule, &About::Subject, why.clone());
    }
    subject.privileges.as_ref()
}
