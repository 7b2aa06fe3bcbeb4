//! `exposed.plaintext`: a secret in a file, in the clear.

use model::{About, Held, Placement, PlacementKind, RuleId, Subject};

use crate::detector::claim::{Claim, live, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity::{self, Part};

pub(in crate::detector) struct Plaintext;

static RULE: Rule = Rule {
    id: RuleId::of("exposed.plaintext"),
    claim: "A secret lies in a file in the clear.",
    rationale: "Files are copied: into backups, images, repositories and tickets, and with them the \
                secret. Whoever can read one of them can use it.",
    default: "At once, for each file; how bad it is depends on who can read it. Secrets that have ended \
              or are switched off are left alone.",
    remedy: "Move it into a secret store, or let the workload prove itself without one; then replace it.",
    clauses: &[clause::NHI2, clause::PR_AA_01, clause::IA_5],
    examples: &[
        Example {
            shows: "an access key in its usual file",
            as_of: "2026-03-01",
            estate: "
access_key AKIAEXAMPLE1
  at host:web-1/file:/root/.aws/credentials  kind=secret_file readers=owner encrypted=false",
            fires: true,
        },
        Example {
            shows: "a secret in the store of a cloud",
            as_of: "2026-03-01",
            estate: "
secret a1
  at arn:aws:secretsmanager:eu-west-1:111122223333:secret:db  kind=cloud_store readers=service",
            fires: false,
        },
    ],
};

impl Detector for Plaintext {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for held in live(subject, cx, &mut verdict) {
            let in_the_clear = |it: &&Placement| {
                it.kind == PlacementKind::SecretFile && it.encrypted != Some(true)
            };
            let files: Vec<&Placement> = held.placements.iter().filter(in_the_clear).collect();
            for placement in files {
                examine(subject, held, placement, cx, &mut verdict);
            }
        }
        verdict
    }
}

fn examine(
    subject: &Subject,
    held: &Held,
    placement: &Placement,
    cx: &Cx<'_>,
    verdict: &mut Verdict,
) {
    let kind = held.credential.kind;
    let serves = placement.serves.as_ref().map(|it| format!(", for `{it}`")).unwrap_or_default();
    let readers = match placement.readers {
        Some(model::Readers::Everyone) => "readable by everyone on the host",
        Some(model::Readers::Group) => "readable by a group",
        Some(model::Readers::Owner | model::Readers::Service) => "readable by its owner",
        None => "readers not known",
    };
    let claim = Claim {
        about: About::Placement(placement.id.clone()),
        because: format!("{kind} in the clear{serves}, {readers}"),
        evidence: vec![placed(subject, placement)],
        remedy: format!(
            "move it into a secret store; until then: {}",
            remedy::close_file(placement)
        ),
        exposure: severity::exposure_of(placement),
        time: Part::new(100, "for as long as it lies there"),
    };
    verdict.claim(&RULE, subject, cx, claim);
}

#[cfg(test)]
mod tests;
