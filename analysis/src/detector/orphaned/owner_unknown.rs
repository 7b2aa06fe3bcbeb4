//! `orphaned.owner_unknown`: the declared owner is in no directory.

use model::{About, Presence, RuleId, Subject};

use super::{answers, declared};
use crate::detector::claim::Claim;
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity;

pub(in crate::detector) struct OwnerUnknown;

static RULE: Rule = Rule {
    id: RuleId::of("orphaned.owner_unknown"),
    claim: "A declared owner is in no directory.",
    rationale: "A name that is no person and no team cannot be asked, and nobody notices when whoever \
                was meant leaves.",
    default: "At once, for each declared owner of what the organisation made, in whatever role.",
    remedy: "Correct the name in the declaration, or add the person or team to the directory.",
    clauses: &[clause::NHI1, clause::GV_RR_02],
    examples: &[
        Example {
            shows: "a team that is in no directory",
            as_of: "2026-03-01",
            estate: "\
role arn:aws:iam::111122223333:role/ci
declare a.yaml#ci  kind=role technical=team:paymnets lifecycle=team:payments
team payments  members=person:ada
person ada",
            fires: true,
        },
        Example {
            shows: "a team that is in the directory",
            as_of: "2026-03-01",
            estate: "\
role arn:aws:iam::111122223333:role/ci
declare a.yaml#ci  kind=role technical=team:payments lifecycle=team:payments
team payments  members=person:ada
person ada",
            fires: false,
        },
    ],
};

impl Detector for OwnerUnknown {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let unlisted = answers(subject, |presence| *presence == Presence::Unlisted);
        if unlisted.is_empty() || !severity::is_organisations(subject) {
            return verdict;
        }
        let mut reasons: Vec<String> = Vec::new();
        let mut evidence = Vec::new();
        let mut roles: Vec<&str> = Vec::new();
        for (role, answer) in unlisted {
            let why = format!("`{}` is in no directory", answer.owner);
            reasons.push(format!("its {} owner {why}", role.name()));
            evidence.push(declared(role, answer, &why));
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
