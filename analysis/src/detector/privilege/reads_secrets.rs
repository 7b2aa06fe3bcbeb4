//! `privilege.reads_secrets`: it may read secrets that it has no use for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{About, PrivilegeVerdict, RuleId, Subject, Use};

use super::concluded;
use crate::detector::claim::{Claim, evidence, spell_use};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity;
use crate::time;

pub(in crate::detector) struct ReadsSecrets;

/// BOUND: secrets that a claim names; it counts the others.
const NAMED_MAX: usize = 5;

static RULE: Rule = Rule {
    id: RuleId::of("privilege.reads_secrets"),
    claim: "It may read secrets that it has no use for.",
    rationale: "A store of secrets is as safe as the least of those who may read it. Whoever may and \
                never does is a way in that nobody watches.",
    default: "At once, for secrets of Secrets Manager and parameters of the parameter store that the \
              provider would let it read, if it did not use that store for 90 days (`dormant_after`). \
              Where nobody tells what it used, that is unknown. Left alone: administrators, who have \
              their own rule, and what that leaves alone.",
    remedy: "Take the right to read away, or narrow it to the secrets that it needs.",
    clauses: &[clause::NHI5, clause::NHI2, clause::PR_AA_05, clause::AC_6],
    examples: &[
        Example {
            shows: "a role that may read every secret and never did",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci  created=2024-01-01
  permission own {"Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}
  uses secretsmanager  used=never"#,
            fires: true,
        },
        Example {
            shows: "a role that reads secrets",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci  created=2024-01-01
  permission own {"Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}
  uses secretsmanager  used=2026-02-20"#,
            fires: false,
        },
    ],
};

impl Detector for ReadsSecrets {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(privileges) = concluded(&RULE, subject, cx, &mut verdict) else { return verdict };
        let is_administrator = privileges.verdict == PrivilegeVerdict::Administrator;
        if is_administrator || privileges.secrets.is_empty() {
            return verdict;
        }
        let Some(usage) = &subject.usage else {
            let why = "whether it uses the secrets that it may read is not told";
            verdict.unknown(&RULE, &About::Subject, why);
            return verdict;
        };
        let limit = cx.limits.dormant_after;
        let mut unread: Vec<&String> = Vec::new();
        let mut uses = BTreeSet::new();
        for secret in &privileges.secrets {
            let last_use = usage.get(store(secret)).copied().unwrap_or_default();
            match last_use {
                Use::Unknown => {
                    let why = format!("whether it uses `{}` is not told", store(secret));
                    verdict.unknown(&RULE, &About::Subject, why);
                    return verdict;
                }
                Use::At(at) if cx.as_of < time::after(at, limit) => {
                    verdict.recheck(Some(time::after(at, limit)));
                }
                Use::At(_) | Use::Never | Use::NotSince(_) => {
                    unread.push(secret);
                    uses.insert((store(secret), last_use));
                }
            }
        }
        if !unread.is_empty() {
            claim(subject, cx, &unread, &uses, &mut verdict);
        }
        verdict
    }
}

fn claim(
    subject: &Subject,
    cx: &Cx<'_>,
    unread: &[&String],
    uses: &BTreeSet<(&str, Use)>,
    verdict: &mut Verdict,
) {
    let (time, next): (_, Option<Timestamp>) = severity::existing(subject, cx.as_of);
    verdict.recheck(next);
    let names: Vec<String> = unread.iter().take(NAMED_MAX).map(|it| format!("`{it}`")).collect();
    let more = match unread.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let told = uses.iter().map(|(store, used)| {
        evidence("last used", format!("`{store}`: {}", spell_use(*used)), &subject.scopes)
    });
    let claim = Claim {
        about: About::Subject,
        because: format!("may read {}{more}, and does not", names.join(", ")),
        evidence: told.collect(),
        remedy: "take the right to read away, or narrow it to the secrets that it needs".to_owned(),
        exposure: severity::exposure_of_subject(subject),
        time,
    };
    verdict.claim(&RULE, subject, cx, claim);
}

/// The service that keeps a secret: `secretsmanager`, `ssm`.
fn store(secret: &str) -> &str {
    match secret.strip_prefix("arn:") {
        Some(rest) => rest.split(':').nth(1).unwrap_or_default(),
        None => secret.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
