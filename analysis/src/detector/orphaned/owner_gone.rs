//! `orphaned.owner_gone`: a declared owner has left, or the team has no active member.

use model::{About, Presence, RuleId, Subject};

use super::{answers, declared};
use crate::detector::claim::Claim;
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity;

pub(in crate::detector) struct OwnerGone;

static RULE: Rule = Rule {
    id: RuleId::of("orphaned.owner_gone"),
    claim: "A declared owner has left, or the declared team has no active member.",
    rationale: "An owner in a list who is not there any more answers nobody, and hides that nobody does.",
    default: "At once, for each declared owner of what the organisation made, in whatever role, even \
              if somebody else of that role is there: what a leaver answered for is to be handed over.",
    remedy: "Hand it over: declare somebody who is there.",
    clauses: &[clause::NHI1, clause::GV_RR_02, clause::AC_2],
    examples: &[
        Example {
            shows: "an owner who left",
            as_of: "2026-03-01",
            estate: "\
user arn:aws:iam::111122223333:user/ci
declare a.yaml#ci  id=arn:aws:iam::*:user/ci technical=person:ada lifecycle=person:ada
person ada  left=2026-02-01",
            fires: true,
        },
        Example {
            shows: "an owner who will leave later",
            as_of: "2026-03-01",
            estate: "\
user arn:aws:iam::111122223333:user/ci
declare a.yaml#ci  id=arn:aws:iam::*:user/ci technical=person:ada lifecycle=person:ada
person ada  left=2026-04-01",
            fires: false,
        },
    ],
};

impl Detector for OwnerGone {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let gone = answers(subject, |presence| matches!(presence, Presence::Gone(_)));
        if gone.is_empty() || !severity::is_organisations(subject) {
            return verdict;
        }
        let mut reasons: Vec<String> = Vec::new();
        let mut evidence = Vec::new();
        let mut roles: Vec<&str> = Vec::new();
        for (role, answer) in gone {
            let Presence::Gone(why) = &answer.presence else { continue };
            reasons.push(format!("its {} owner is gone: {why}", role.name()));
            evidence.push(declared(role, answer, why));
            roles.push(role.name());
        }
        roles.dedup();
        let (time, next) = severity::existing(subject, cx.as_of);
        verdict.recheck(next);
        let claim = Claim {
            about: About::Subject,
            because: reasons.join("; "),
            evidence,
            remedy: remedy::declare(subject, &roles),
            exposure: severity::exposure_of_subject(subject),
            time,
        };
        verdict.claim(&RULE, subject, cx, claim);
        verdict
    }
}

#[cfg(test)]
mod tests;
