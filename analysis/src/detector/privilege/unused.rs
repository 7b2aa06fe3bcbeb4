//! `privilege.unused`: it holds privileges of services that it has not used.

use jiff::Timestamp;
use model::{About, RuleId, Subject, Use};

use super::concluded;
use crate::detector::claim::{Claim, evidence, spell_use};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity;
use crate::time;

pub(in crate::detector) struct Unused;

/// BOUND: services that a claim names; it counts the others.
const NAMED_MAX: usize = 12;

static RULE: Rule = Rule {
    id: RuleId::of("privilege.unused"),
    claim: "It holds privileges of services that it has not used.",
    rationale: "What is not used can be taken away without anybody noticing, but for whoever steals it.",
    default: "90 days after the last use of a service that its policies allow something of \
              (`dormant_after`), or after it was made if it never used the service; for a service \
              that was not used in all the time that the provider remembers, after the beginning of \
              that. Where nobody tells what it used, that is unknown. Left alone: what the cloud \
              made, groups, and what is switched off.",
    remedy: "Give it the policy that `muster privileges` proposes: what it used, and nothing else.",
    clauses: &[clause::NHI5, clause::PR_AA_05, clause::AC_6],
    examples: &[
        Example {
            shows: "a role that may use two services and used one",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci  created=2024-01-01
  permission own {"Statement":{"Effect":"Allow","Action":["s3:*","sqs:*"],"Resource":"*"}}
  uses s3  used=2026-02-20
  uses sqs  used=2025-06-01"#,
            fires: true,
        },
        Example {
            shows: "a role that used all that it may use",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci  created=2024-01-01
  permission own {"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}
  uses s3  used=2026-02-20"#,
            fires: false,
        },
    ],
};

impl Detector for Unused {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(privileges) = concluded(&RULE, subject, cx, &mut verdict) else { return verdict };
        if privileges.services.is_empty() {
            return verdict;
        }
        let Some(usage) = &subject.usage else {
            verdict.unknown(&RULE, &About::Subject, "which services it used is not told");
            return verdict;
        };
        let made_at = super::judged(subject).and_then(|identity| identity.created_at);
        let limit = cx.limits.dormant_after;
        let mut unused: Vec<(&str, Use, Timestamp)> = Vec::new();
        for (service, used) in usage {
            let is_held = privileges.services.iter().any(|held| held == "*" || held == service);
            let Some(from) = last(*used, made_at).filter(|_| is_held) else { continue };
            if cx.as_of < time::after(from, limit) {
                verdict.recheck(Some(time::after(from, limit)));
            } else {
                unused.push((service, *used, from));
            }
        }
        let Some(from) = unused.iter().map(|(_, _, from)| *from).min() else { return verdict };
        let (time, next) = severity::overdue(from, limit, cx.as_of);
        verdict.recheck(next);
        let names: Vec<String> =
            unused.iter().take(NAMED_MAX).map(|(name, ..)| format!("`{name}`")).collect();
        let more = match unused.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let told = unused.iter().take(NAMED_MAX).map(|(name, used, _)| {
            evidence("last used", format!("`{name}`: {}", spell_use(*used)), &subject.scopes)
        });
        let claim = Claim {
            about: About::Subject,
            because: format!(
                "may use {}{more}, and did not for {} or more",
                names.join(", "),
                time::spell(limit)
            ),
            evidence: told.collect(),
            remedy: "take away what it does not use: `muster privileges` proposes the policy that \
                     remains"
                .to_owned(),
            exposure: severity::exposure_of_subject(subject),
            time,
        };
        verdict.claim(&RULE, subject, cx, claim);
        verdict
    }
}

/// From when on a service counts as not used; none if that cannot be told.
fn last(used: Use, made_at: Option<Timestamp>) -> Option<Timestamp> {
    match used {
        Use::Unknown => None,
        Use::Never => made_at,
        Use::NotSince(at) => Some(made_at.map_or(at, |made_at| made_at.max(at))),
        Use::At(at) => Some(at),
    }
}

#[cfg(test)]
mod tests;
