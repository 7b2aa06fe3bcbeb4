//! `long_lived.age`: a credential is older than its class allows.

use jiff::{SignedDuration, Timestamp};
use model::{CredentialKind, Held, PlacementKind, RuleId, Subject};

use crate::detector::claim::{Claim, about, created, evidence, live, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::policy::Limits;
use crate::severity;

pub(in crate::detector) struct Age;

static RULE: Rule = Rule {
    id: RuleId::of("long_lived.age"),
    claim: "A credential is older than its class allows.",
    rationale: "The longer a secret is in use, the more places it has been in, and the longer whoever \
                took a copy can use it.",
    default: "From 90 days on for access keys, secrets and tokens, from 365 days on for key pairs and \
              passwords. If nobody tells when it was made, a file that has held it unchanged for so \
              long proves that it is at least as old. Certificates are judged by their end, keys that \
              a cloud keeps by its own rotation; host keys, which nobody rotates without breaking \
              trust, and what has ended or is switched off are left alone.",
    remedy: "Rotate it; better, replace it by a credential that ends by itself.",
    clauses: &[clause::NHI7, clause::PR_AA_01, clause::IA_5, clause::CIS_ROTATED],
    examples: &[
        Example {
            shows: "an access key of 90 days",
            as_of: "2026-04-01",
            estate: "
user arn:aws:iam::111122223333:user/ci
  access_key AKIAEXAMPLE1  created=2026-01-01",
            fires: true,
        },
        Example {
            shows: "an access key that is switched off",
            as_of: "2026-04-01",
            estate: "
user arn:aws:iam::111122223333:user/ci
  access_key AKIAEXAMPLE1  created=2025-01-01 enabled=false",
            fires: false,
        },
        Example {
            shows: "a secret in a file that nobody has changed for 90 days",
            as_of: "2026-04-01",
            estate: "
secret a1
  at host:web-1/file:/srv/app/.env  kind=secret_file readers=owner modified=2026-01-01",
            fires: true,
        },
    ],
};

/// Files dated earlier say nothing about age: images are often built with all dates at zero.
const DATES_COUNT_FROM: Timestamp = Timestamp::constant(946_684_800, 0);

impl Detector for Age {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for held in live(subject, cx, &mut verdict) {
            let Some(limit) = limit(held, cx.limits) else { continue };
            examine(subject, held, limit, cx, &mut verdict);
        }
        verdict
    }
}

fn examine(
    subject: &Subject,
    held: &Held,
    limit: SignedDuration,
    cx: &Cx<'_>,
    verdict: &mut Verdict,
) {
    let Some(from) = held.credential.created_at.or_else(|| lies_since(held)) else {
        verdict.unknown(&RULE, &about(held), "nobody tells when it was made");
        return;
    };
    let (time, next) = severity::overdue(from, limit, cx.as_of);
    verdict.recheck(next);
    let is_overdue = time.percent > 0;
    let due_at = crate::time::after(from, limit);
    let span = crate::time::spell(limit);
    let kind = held.credential.kind;
    let because = match (is_overdue, held.credential.created_at) {
        (true, Some(at)) => format!("{kind} made at {at}, was due after {span}, at {due_at}"),
        (true, None) => {
            format!("{kind} has lain unchanged since {from}, was due after {span}, at {due_at}")
        }
        (false, Some(_)) => return,
        (false, None) => {
            let why = "nobody tells when it was made, only that it is younger where it lies";
            verdict.unknown(&RULE, &about(held), why);
            return;
        }
    };
    let mut proof: Vec<_> = created(held).into_iter().collect();
    if proof.is_empty() {
        proof.push(evidence("unchanged since", from.to_string(), &held.scopes));
    }
    proof.extend(held.placements.iter().map(|placement| placed(subject, placement)));
    let claim = Claim {
        about: about(held),
        because,
        evidence: proof,
        remedy: remedy::rotate(subject, held),
        exposure: severity::exposure(&held.placements),
        time,
    };
    verdict.claim(&RULE, subject, cx, claim);
}

fn limit(held: &Held, limits: &Limits) -> Option<SignedDuration> {
    let is_host_key = held.placements.iter().any(|it| it.kind == PlacementKind::HostKeyFile);
    match held.credential.kind {
        CredentialKind::AccessKey => Some(limits.access_key_age_max),
        CredentialKind::Secret => Some(limits.secret_age_max),
        CredentialKind::Token => Some(limits.token_age_max),
        CredentialKind::Password => Some(limits.password_age_max),
        CredentialKind::KeyPair => (!is_host_key).then_some(limits.key_pair_age_max),
        CredentialKind::Mfa
        | CredentialKind::Certificate
        | CredentialKind::Federation
        | CredentialKind::ManagedKey => None,
    }
}

/// Since when it has lain in one of its places at least.
fn lies_since(held: &Held) -> Option<Timestamp> {
    let dates = held.placements.iter().filter_map(|placement| placement.modified_at);
    dates.filter(|at| *at >= DATES_COUNT_FROM).min()
}

#[cfg(test)]
mod tests;
