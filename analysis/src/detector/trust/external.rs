//! `trust.external`: a third party may assume it.

use model::{Bond, Outsider, OutsiderKind, RuleId, Subject};

use super::{Said, claim, let_in, named, update};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::Part;

pub(in crate::detector) struct External;

static RULE: Rule = Rule {
    id: RuleId::of("trust.external"),
    claim: "A third party may assume it.",
    rationale: "A third party that takes roles on for many customers can be made to take on this one for another of them (the confused deputy), unless it must show a word that was agreed upon; and what it does with the role is for somebody here to know.",
    default: "At once, if a principal of an account that does not belong to those that are known would be let in without an external id, or if nobody declared the role. Left alone: what the cloud made.",
    remedy: "Agree upon an external id with the third party and ask for it in the trust; declare what the role is for.",
    clauses: &[clause::NHI3, clause::GV_SC_04, clause::AC_20],
    examples: &[
        Example {
            shows: "a role that trusts an unknown account without an external id",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci
  trust t {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}}"#,
            fires: true,
        },
        Example {
            shows: "a declared role that asks for an external id",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci
  trust t {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"made-up-word"}}}}
person ada
declare a.yaml#ci  id=arn:aws:iam::111122223333:role/ci business=person:ada technical=person:ada lifecycle=person:ada"#,
            fires: false,
        },
    ],
};

impl Detector for External {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let is_declared = !subject.ownership.declarations.is_empty();
        let open: Vec<&Outsider> = let_in(&RULE, subject, cx, &mut verdict)
            .iter()
            .filter(|it| is_third_party(it))
            .filter(|it| !is_declared || it.lacks.contains(&Bond::ExternalId))
            .collect();
        if open.is_empty() {
            return verdict;
        }
        let lacks_word = open.iter().any(|it| it.lacks.contains(&Bond::ExternalId));
        let (why, exposure) = if lacks_word {
            let exposure = Part::new(80, "a third party may assume it for whoever asks that party");
            ("without an external id", exposure)
        } else {
            ("and nobody declared it", Part::new(50, "a third party may assume it"))
        };
        let because = format!("lets in {}, {why}", named(&open));
        let remedy = if lacks_word {
            format!("ask for an external id in the trust, then: {}", update(subject))
        } else {
            "declare what it is for and who answers for it, or close it".to_owned()
        };
        let said = Said { outsiders: open, because, remedy, exposure };
        claim(&RULE, subject, cx, said, &mut verdict);
        verdict
    }
}

/// Whether it is somebody outside, by an account or by a word that whoever knows it may show.
pub(in crate::detector) fn is_third_party(outsider: &Outsider) -> bool {
    match outsider.kind {
        OutsiderKind::Account => true,
        OutsiderKind::Anyone => !outsider.lacks.contains(&Bond::ExternalId),
        OutsiderKind::Oidc | OutsiderKind::Saml => false,
    }
}

#[cfg(test)]
mod tests;
