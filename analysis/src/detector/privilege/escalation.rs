//! `privilege.escalation`: it can make itself able to do more than it may.

use model::{About, Evidence, PathStep, PrivilegeVerdict, RuleId, Subject};

use super::concluded;
use crate::detector::claim::{Claim, evidence};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::power::Power;
use crate::severity;

pub(in crate::detector) struct Escalation;

static RULE: Rule = Rule {
    id: RuleId::of("privilege.escalation"),
    claim: "It can make itself able to do more than it may.",
    rationale: "What a credential opens is not what its policies say, but what whoever holds it can come \
                to: a right to change rights, to pass a role on or to command what runs with one is \
                worth as much as the strongest of those.",
    default: "At once, if each step of a path would be allowed by the provider: over all policies that \
              apply, with boundaries, policies of the organisation, trusts and conditions, across \
              accounts, and only if the end of the path is allowed something that matters and it is \
              not. Where it is not known whether anything runs with a role, the step says \
              \u{201c}if one exists\u{201d}. Left alone: administrators, who have their own rule, and \
              what that leaves alone.",
    remedy: "Take away one step of the path: narrow the statement that allows it to the resources that \
             are needed, or the role to what it needs.",
    clauses: &[clause::NHI5, clause::PR_AA_05, clause::AC_6],
    examples: &[
        Example {
            shows: "a user that may write its own policies",
            as_of: "2026-03-01",
            estate: r#"
user arn:aws:iam::111122223333:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}}"#,
            fires: true,
        },
        Example {
            shows: "a user that may make keys for itself alone",
            as_of: "2026-03-01",
            estate: r#"
user arn:aws:iam::111122223333:user/ci
  permission own {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}"}}"#,
            fires: false,
        },
    ],
};

impl Detector for Escalation {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(privileges) = concluded(&RULE, subject, cx, &mut verdict) else { return verdict };
        let path = &privileges.because;
        match privileges.verdict {
            PrivilegeVerdict::Administrator | PrivilegeVerdict::No => {}
            PrivilegeVerdict::Unknown => {
                if let Power::Unknown(why) = cx.power {
                    verdict.unknown(&RULE, &About::Subject, why.clone());
                }
            }
            PrivilegeVerdict::Escalates => {
                let (time, next) = severity::existing(subject, cx.as_of);
                verdict.recheck(next);
                let claim = Claim {
                    about: About::Subject,
                    because: format!("can come to more than it may: it {}", words(path)),
                    evidence: steps(path, subject),
                    remedy: remedy(path),
                    exposure: severity::exposure_of_subject(subject),
                    time,
                };
                verdict.claim(&RULE, subject, cx, claim);
            }
        }
        verdict
    }
}

fn words(path: &[PathStep]) -> String {
    let words: Vec<&str> = path.iter().map(|step| step.what.as_str()).collect();
    words.join("; then ")
}

fn steps(path: &[PathStep], subject: &Subject) -> Vec<Evidence> {
    let step = |(number, step): (usize, &PathStep)| {
        let number = number.saturating_add(1);
        let by = if step.by.is_empty() { "no statement".to_owned() } else { step.by.join(", ") };
        evidence(&format!("step {number}"), format!("{}: by {by}", step.what), &subject.scopes)
    };
    path.iter().enumerate().map(step).collect()
}

fn remedy(path: &[PathStep]) -> String {
    let statements: Vec<&str> =
        path.iter().filter_map(|step| step.by.first()).map(String::as_str).collect();
    match statements.as_slice() {
        [] => "take away one step of the path".to_owned(),
        [one] => format!("narrow {one} to the resources that it needs, or take it away"),
        several => {
            format!("narrow one of these to the resources that it needs: {}", several.join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
