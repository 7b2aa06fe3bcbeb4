//! `reused.secret`: the same secret serves two or more identities or services.

use std::collections::BTreeSet;

use model::{CredentialKind, Held, IdentityId, PlacementKind, RuleId, Subject};

use crate::detector::claim::{Claim, about, evidence, live, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity::{self, Part};

pub(in crate::detector) struct ReusedSecret;

static RULE: Rule = Rule {
    id: RuleId::of("reused.secret"),
    claim: "The same secret serves two or more identities or services.",
    rationale: "Whoever takes it from one has the other; it cannot be rotated for one alone; and no log \
                tells which of them used it.",
    default: "At once, if a secret proves two identities, opens two services, or lies in files of two \
              accounts. One secret in several files of one account is told with the credential, not \
              as a finding. What an access key opens is decided by its policies, so that two profiles \
              with one key count as one service.",
    remedy: "Give each its own.",
    clauses: &[clause::NHI9, clause::PR_AA_01, clause::IA_5],
    examples: &[
        Example {
            shows: "one password for two services",
            as_of: "2026-03-01",
            estate: "
password a1
  at host:web-1/file:/root/.netrc#a  kind=secret_file serves=a.example.org
  at host:web-1/file:/root/.netrc#b  kind=secret_file serves=b.example.org",
            fires: true,
        },
        Example {
            shows: "one token in two files of one account, for one service",
            as_of: "2026-03-01",
            estate: "
token a1
  at host:web-1/file:/root/.npmrc  kind=secret_file serves=a.example.org holder=host:web-1/account/root
  at host:web-1/file:/root/.old    kind=secret_file serves=a.example.org holder=host:web-1/account/root",
            fires: false,
        },
    ],
};

impl Detector for ReusedSecret {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for held in live(subject, cx, &mut verdict).into_iter().filter(|held| is_secret(held)) {
            let files = || held.placements.iter().filter(|it| it.kind == PlacementKind::SecretFile);
            let identities: BTreeSet<&str> =
                held.claimed_by.iter().map(IdentityId::as_str).collect();
            let holders: BTreeSet<&str> =
                files().filter_map(|it| it.holder.as_ref()).map(IdentityId::as_str).collect();
            let services: BTreeSet<&str> = files()
                .filter(|_| held.credential.kind != CredentialKind::AccessKey)
                .filter_map(|it| it.serves.as_deref())
                .collect();
            let mut reasons: Vec<String> = Vec::new();
            let counted =
                [("proves", identities), ("lies in files of", holders), ("opens", services)];
            let mut most = 0;
            for (how, names) in counted {
                if names.len() >= 2 {
                    most = most.max(names.len());
                    reasons.push(format!("{how} {}", list(&names)));
                }
            }
            if reasons.is_empty() {
                continue;
            }
            let kind = held.credential.kind;
            let mut proof: Vec<_> = held
                .claimed_by
                .iter()
                .map(|it| evidence("proves", format!("`{it}`"), &held.scopes))
                .collect();
            proof.extend(held.placements.iter().map(|it| placed(subject, it)));
            let claim = Claim {
                about: about(held),
                because: format!("the same {kind} {}", reasons.join(", and ")),
                evidence: proof,
                remedy: format!("give each its own; {}", remedy::rotate(subject, held)),
                exposure: exposure(held, most),
                time: Part::new(80, "for as long as it is shared"),
            };
            verdict.claim(&RULE, subject, cx, claim);
        }
        verdict
    }
}

fn is_secret(held: &Held) -> bool {
    match held.credential.kind {
        CredentialKind::AccessKey
        | CredentialKind::Password
        | CredentialKind::Token
        | CredentialKind::Secret => true,
        CredentialKind::Mfa
        | CredentialKind::KeyPair
        | CredentialKind::Certificate
        | CredentialKind::Federation
        | CredentialKind::ManagedKey => false,
    }
}

/// That of its places, or that of being shared, whichever is wider.
fn exposure(held: &Held, most: usize) -> Part {
    let shared = match most {
        0..=2 => Part::new(60, "two share it"),
        3..=4 => Part::new(75, "three or four share it"),
        _ => Part::new(90, "five or more share it"),
    };
    let placed = severity::exposure(&held.placements);
    if placed.percent > shared.percent { placed } else { shared }
}

/// BOUND: names beyond the fifth are counted, not told; the evidence holds them all.
const NAMES_MAX: usize = 5;

fn list(names: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_MAX).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMES_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests;
