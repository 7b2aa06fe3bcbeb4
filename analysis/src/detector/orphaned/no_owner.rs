//! `orphaned.no_owner`: nobody is declared to answer for it.

use model::{About, Body, RuleId, Subject};

use crate::detector::claim::{Claim, evidence, identity};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::owners::role_answers;
use crate::policy::OwnerRole;
use crate::severity;

pub(in crate::detector) struct NoOwner;

static RULE: Rule = Rule {
    id: RuleId::of("orphaned.no_owner"),
    claim: "Nobody is declared to answer for it.",
    rationale: "What nobody answers for is not rotated, not reviewed, and not switched off when its \
                purpose ends; after an incident nobody knows what breaks if it is revoked.",
    default: "At once, for users, roles, host accounts, machines and the root of an account that the \
              organisation made, if no technical or no lifecycle owner is declared; disabled ones \
              too. Groups are answered for by their members, unclaimed credentials by whoever holds \
              them, and what the cloud or the distribution made by its maker.",
    remedy: "Declare an owner; or, if nobody wants to answer for it, put it out of use.",
    clauses: &[clause::NHI1, clause::GV_RR_02, clause::ID_AM_08, clause::AC_2],
    examples: &[
        Example {
            shows: "a user that no declaration matches",
            as_of: "2026-03-01",
            estate: "user arn:aws:iam::111122223333:user/ci  created=2025-01-01",
            fires: true,
        },
        Example {
            shows: "a role that the cloud made for itself",
            as_of: "2026-03-01",
            estate: "role arn:aws:iam::111122223333:role/aws-service-role/x  maker=provider",
            fires: false,
        },
    ],
};

impl Detector for NoOwner {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let is_owned = cx.limits.owned_kinds.contains(subject.body.kind_name());
        if !is_owned || !severity::is_organisations(subject) {
            return verdict;
        }
        let missing: Vec<&str> = cx
            .limits
            .owner_roles
            .iter()
            .filter(|role| role_answers(&subject.ownership, **role).is_empty())
            .map(|role| role.name())
            .collect();
        if missing.is_empty() {
            return verdict;
        }
        let (time, next) = severity::existing(subject, cx.as_of);
        verdict.recheck(next);
        let claim = Claim {
            about: About::Subject,
            because: because(subject, cx, &missing),
            evidence: vec![seen(subject)],
            remedy: remedy(subject, &missing),
            exposure: severity::exposure_of_subject(subject),
            time,
        };
        verdict.claim(&RULE, subject, cx, claim);
        verdict
    }
}

fn because(subject: &Subject, cx: &Cx<'_>, missing: &[&str]) -> String {
    let ownership = &subject.ownership;
    if ownership.declarations.is_empty() {
        return "nobody is declared to answer for it: no declaration matches it".to_owned();
    }
    let ids: Vec<String> = ownership.declarations.iter().map(|id| format!("`{id}`")).collect();
    let ids = ids.join(", ");
    let nobody = OwnerRole::ALL.into_iter().all(|role| role_answers(ownership, role).is_empty());
    if nobody && missing.len() == cx.limits.owner_roles.len() {
        return format!("nobody is declared to answer for it: {ids} names no owner");
    }
    format!("nobody is declared as its {} owner: {ids} names none", missing.join(" or "))
}

fn seen(subject: &Subject) -> model::Evidence {
    let says = match &subject.body {
        Body::Identity(identity) => {
            let created = identity.created_at.map(|at| format!(", created {at}"));
            format!("{} `{}`{}", identity.kind, identity.id, created.unwrap_or_default())
        }
        Body::Unclaimed | Body::Scope(_) | Body::Declaration { .. } | Body::Absent => {
            format!("`{}`", subject.id.plain())
        }
    };
    evidence("seen", says, &subject.scopes)
}

fn remedy(subject: &Subject, missing: &[&str]) -> String {
    let declare = remedy::declare(subject, missing);
    match identity(subject) {
        Some(identity) => {
            format!("{declare}\n# or put it out of use:\n{}", remedy::disable(identity))
        }
        None => declare,
    }
}

#[cfg(test)]
mod tests;
