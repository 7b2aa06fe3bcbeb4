//! `orphaned.disputed`: declarations of equal weight disagree.

use model::{About, RuleId, Subject};

use super::{answers, declared};
use crate::detector::claim::Claim;
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity;

pub(in crate::detector) struct Disputed;

static RULE: Rule = Rule {
    id: RuleId::of("orphaned.disputed"),
    claim: "Declarations of equal weight name different owners for one role.",
    rationale: "Each believes that the other answers, and a notice reaches whoever happens to be first.",
    default: "At once, if the most specific declarations that match are equally specific and name \
              different owners for one role. The order is: exact id, longer id pattern, labels, path, \
              namespace, realm, kind, source. A declaration that names nobody for a role contradicts \
              nobody.",
    remedy: "Make one of the declarations more specific, or take it out.",
    clauses: &[clause::NHI1, clause::GV_RR_02],
    examples: &[
        Example {
            shows: "two declarations for one id",
            as_of: "2026-03-01",
            estate: "\
user arn:aws:iam::111122223333:user/ci
declare a.yaml#ci  id=arn:aws:iam::111122223333:user/ci technical=person:ada
declare b.yaml#ci  id=arn:aws:iam::111122223333:user/ci technical=person:bob
person ada
person bob",
            fires: true,
        },
        Example {
            shows: "a more specific declaration",
            as_of: "2026-03-01",
            estate: "\
user arn:aws:iam::111122223333:user/ci
declare a.yaml#ci  id=arn:aws:iam::111122223333:user/ci technical=person:ada
declare b.yaml#users  id=arn:aws:iam::111122223333:user/* technical=person:bob
person ada
person bob",
            fires: false,
        },
    ],
};

impl Detector for Disputed {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let disputed = &subject.ownership.disputed;
        if disputed.is_empty() || !severity::is_organisations(subject) {
            return verdict;
        }
        let ids: Vec<String> = disputed.iter().map(|id| format!("`{id}`")).collect();
        let ids = ids.join(", ");
        let evidence = answers(subject, |_| true)
            .into_iter()
            .filter(|(_, answer)| disputed.contains(&answer.declaration))
            .map(|(role, answer)| declared(role, answer, &format!("`{}`", answer.owner)))
            .collect();
        let (time, next) = severity::existing(subject, cx.as_of);
        verdict.recheck(next);
        let claim = Claim {
            about: About::Subject,
            because: format!("declarations of equal weight name different owners: {ids}"),
            evidence,
            remedy: format!("make one of {ids} more specific, or take it out"),
            exposure: severity::exposure_of_subject(subject),
            time,
        };
        verdict.claim(&RULE, subject, cx, claim);
        verdict
    }
}

#[cfg(test)]
mod tests;
