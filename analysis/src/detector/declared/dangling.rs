//! `declared.dangling`: a declaration matches nothing that exists.

use model::{About, Body, RuleId, ScopeState, ScopeStatus, Subject};

use crate::detector::claim::{Scored, evidence};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::{Part, Parts};

pub(in crate::detector) struct Dangling;

static RULE: Rule = Rule {
    id: RuleId::of("declared.dangling"),
    claim: "A declaration matches nothing that exists.",
    rationale: "Either it is misspelt, and what it was written for has no owner, or what it was \
                written for is gone, and the next thing of that name inherits an owner who does not know.",
    default: "Once every scope that could show a match was listed to its end after the declaration was \
              first read. Unknown while one of them was not, or if there is none: the scopes of the \
              source and realm that the selector names, all scopes if it names none.",
    remedy: "Correct the selector, or take the declaration out.",
    clauses: &[clause::NHI1, clause::ID_AM_02],
    examples: &[
        Example {
            shows: "a selector that matches nobody",
            as_of: "2026-03-01",
            estate: "\
user arn:aws:iam::111122223333:user/ci
scope agent-1 aws_iam/111122223333/iam  completed=2026-02-02
declare a.yaml#ci  id=arn:aws:iam::*:user/cl technical=person:ada read=2026-02-01",
            fires: true,
        },
        Example {
            shows: "a scope that has not been listed to its end since",
            as_of: "2026-03-01",
            estate: "\
user arn:aws:iam::111122223333:user/ci
scope agent-1 aws_iam/111122223333/iam  completed=2026-01-31
declare a.yaml#ci  id=arn:aws:iam::*:user/cl technical=person:ada read=2026-02-01",
            fires: false,
        },
    ],
};

/// BOUND: one scope is enough to see the point, a thousand would hide it.
const SCOPES_MAX: usize = 5;

impl Detector for Dangling {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, _cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Body::Declaration { declaration, matched: false, scopes } = &subject.body else {
            return verdict;
        };
        let since = declaration.first_read_at;
        let is_whole = |status: &&ScopeStatus| {
            matches!(status.state, ScopeState::Complete | ScopeState::Running)
                && status.completed_at.is_some_and(|at| at >= since)
        };
        if scopes.is_empty() {
            verdict.unknown(
                &RULE,
                &About::Subject,
                "no scope that could show a match was seen yet",
            );
            return verdict;
        }
        if let Some(status) = scopes.iter().find(|status| !is_whole(status)) {
            let why = format!("`{}` was not listed to its end since {since}", status.scope);
            verdict.unknown(&RULE, &About::Subject, why);
            return verdict;
        }
        let mut proof = vec![evidence("declaration", format!("`{}`", declaration.id), &[])];
        for it in &mut proof {
            it.seen_in = format!("{}:{}", declaration.file, declaration.line);
        }
        for status in scopes.iter().take(SCOPES_MAX) {
            let says = format!("listed to its end since {since}, without a match");
            proof.push(evidence("scope", says, std::slice::from_ref(&status.scope)));
        }
        verdict.conclude(
            &RULE,
            Scored {
                about: About::Subject,
                because: format!("`{}` matches nothing that exists", declaration.id),
                evidence: proof,
                remedy: format!(
                    "correct the selector in {}, line {}, or take the declaration out",
                    declaration.file, declaration.line
                ),
                parts: Parts {
                    privilege: Part::new(40, "nothing is known to be affected"),
                    exposure: Part::new(50, "no place is known"),
                    time: Part::new(60, "at once"),
                    owner: Part::new(60, "its author can be asked"),
                },
            },
        );
        verdict
    }
}

#[cfg(test)]
mod tests;
