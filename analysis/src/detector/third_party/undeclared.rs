//! `third_party.undeclared`: an identity of a vendor for which nobody answers.

use model::{Outsider, Presence, RuleId, Subject};

use crate::detector::trust::external::is_third_party;
use crate::detector::trust::{Said, claim, let_in, named};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::Part;

pub(in crate::detector) struct Undeclared;

static RULE: Rule = Rule {
    id: RuleId::of("third_party.undeclared"),
    claim: "It is for a vendor, and nobody answers for the contract.",
    rationale: "When a contract ends, whoever signed it is the one who knows. Without a name the vendor \
                keeps its way in for ever.",
    default: "At once, for a role that lets in a principal of an account that does not belong to those \
              that are known, if no business owner is declared who is there. Left alone: what the \
              cloud made.",
    remedy: "Declare the business owner of the contract, or close the trust.",
    clauses: &[clause::NHI3, clause::GV_SC_04, clause::GV_RR_02],
    examples: &[
        Example {
            shows: "a role for another company that nobody declared",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/vendor
  trust t {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}}"#,
            fires: true,
        },
        Example {
            shows: "a role with a business owner",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/vendor
  trust t {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole"}}
person ada
declare a.yaml#vendor  id=arn:aws:iam::111122223333:role/vendor business=person:ada"#,
            fires: false,
        },
    ],
};

impl Detector for Undeclared {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let vendors: Vec<&Outsider> = let_in(&RULE, subject, cx, &mut verdict)
            .iter()
            .filter(|it| is_third_party(it))
            .collect();
        let mut business = subject.ownership.business.iter();
        if vendors.is_empty() || business.any(|answer| answer.presence == Presence::Active) {
            return verdict;
        }
        let because =
            format!("lets in {}, and has no business owner who is there", named(&vendors));
        let remedy = "declare who answers for the contract, or close the trust".to_owned();
        let exposure = Part::new(50, "a third party may assume it");
        let said = Said { outsiders: vendors, because, remedy, exposure };
        claim(&RULE, subject, cx, said, &mut verdict);
        verdict
    }
}

#[cfg(test)]
mod tests;
