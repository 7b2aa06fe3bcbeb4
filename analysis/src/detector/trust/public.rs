//! `trust.public`: anyone may assume it.

use model::{Bond, Outsider, OutsiderKind, RuleId, Subject};

use super::{Said, claim, let_in, update};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::Part;

pub(in crate::detector) struct Public;

static RULE: Rule = Rule {
    id: RuleId::of("trust.public"),
    claim: "Anyone may assume it.",
    rationale: "Whoever has any account of the provider, which anybody can open, takes the role on and does what it may.",
    default: "At once, if somebody of an account that nobody knows would be let in, whatever stands in the trust; conditions that such a stranger can meet do not count. Left alone: what the cloud made.",
    remedy: "Name who is to take it on, or the organisation that they must belong to.",
    clauses: &[clause::NHI6, clause::PR_AA_05, clause::AC_6],
    examples: &[
        Example {
            shows: "a role that trusts everybody",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci
  trust t {"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#,
            fires: true,
        },
        Example {
            shows: "a role that trusts everybody of one organisation",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci
  trust t {"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example1"}}}}"#,
            fires: false,
        },
    ],
};

impl Detector for Public {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let strangers: Vec<&Outsider> = let_in(&RULE, subject, cx, &mut verdict)
            .iter()
            .filter(|it| it.kind == OutsiderKind::Anyone && it.lacks.contains(&Bond::ExternalId))
            .collect();
        if !strangers.is_empty() {
            let remedy = format!("name who is to take it on, then: {}", update(subject));
            let exposure = Part::new(100, "anyone may assume it");
            let because = "lets in whoever asks, of any account".to_owned();
            let said = Said { outsiders: strangers, because, remedy, exposure };
            claim(&RULE, subject, cx, said, &mut verdict);
        }
        verdict
    }
}

#[cfg(test)]
mod tests;
