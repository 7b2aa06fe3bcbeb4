//! `privilege.sensitive_wildcard`: it may do what does harm on everything there is.

use model::{About, PrivilegeVerdict, Privileges, RuleId, Subject};

use super::concluded;
use crate::detector::claim::{Claim, evidence};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity;

pub(in crate::detector) struct SensitiveWildcard;

/// BOUND: actions that a claim names of each sort; it counts the others.
const NAMED_MAX: usize = 5;

static RULE: Rule = Rule {
    id: RuleId::of("privilege.sensitive_wildcard"),
    claim: "It may expose credentials, data or resources, wherever they are.",
    rationale: "An action that reads data, hands out a credential or opens a resource to others is needed \
                on a few resources; on all of them it is worth whatever the account will ever hold.",
    default: "At once, for actions of the catalogue that expose credentials, data or resources, if the \
              provider would allow them on all resources. Left alone: administrators, who have their \
              own rule, and what that leaves alone.",
    remedy: "Name the resources that it needs in the statement.",
    clauses: &[clause::NHI5, clause::PR_AA_05, clause::AC_6],
    examples: &[
        Example {
            shows: "a user that may read every object of every bucket",
            as_of: "2026-03-01",
            estate: r#"
user arn:aws:iam::111122223333:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#,
            fires: true,
        },
        Example {
            shows: "a user that may read the objects of one bucket",
            as_of: "2026-03-01",
            estate: r#"
user arn:aws:iam::111122223333:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::builds/*"}}"#,
            fires: false,
        },
    ],
};

impl Detector for SensitiveWildcard {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(privileges) = concluded(&RULE, subject, cx, &mut verdict) else { return verdict };
        let is_administrator = privileges.verdict == PrivilegeVerdict::Administrator;
        let exposed = exposed(privileges);
        if is_administrator || exposed.is_empty() {
            return verdict;
        }
        let (time, next) = severity::existing(subject, cx.as_of);
        verdict.recheck(next);
        let told = exposed
            .iter()
            .map(|(what, actions)| evidence(what, named(actions), &subject.scopes))
            .collect();
        let whats: Vec<String> =
            exposed.iter().map(|(what, actions)| format!("{what} ({})", named(actions))).collect();
        let claim = Claim {
            about: About::Subject,
            because: format!("on all resources it may expose {}", whats.join(" and ")),
            evidence: told,
            remedy: "name the resources that it needs in place of `*`".to_owned(),
            exposure: severity::exposure_of_subject(subject),
            time,
        };
        verdict.claim(&RULE, subject, cx, claim);
        verdict
    }
}

/// What is exposed, and by which actions. Rights over rights have a rule of their own.
fn exposed(privileges: &Privileges) -> Vec<(&'static str, &Vec<String>)> {
    let risks = [
        ("credential_exposure", "credentials"),
        ("data_access", "data"),
        ("resource_exposure", "resources"),
    ];
    let of = |(risk, what)| privileges.sensitive.get(risk).map(|actions| (what, actions));
    risks.into_iter().filter_map(of).filter(|(_, actions)| !actions.is_empty()).collect()
}

fn named(actions: &[String]) -> String {
    let names: Vec<&str> = actions.iter().take(NAMED_MAX).map(String::as_str).collect();
    match actions.len().saturating_sub(NAMED_MAX) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests;
