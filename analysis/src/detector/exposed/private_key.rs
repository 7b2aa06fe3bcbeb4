//! `exposed.private_key`: a private key without passphrase, or readable by group or others.

use model::{About, Held, Maker, Placement, PlacementKind, Readers, RuleId, Subject};

use crate::detector::claim::{Claim, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity::{self, Part};

pub(in crate::detector) struct PrivateKey;

static RULE: Rule = Rule {
    id: RuleId::of("exposed.private_key"),
    claim: "A private key has no passphrase, or others than its owner can read it.",
    rationale: "Whoever can read it can be whoever it proves, from anywhere, and nobody sees the copy.",
    default: "At once, for each file. Host keys, which cannot have a passphrase, only if a group or \
              everyone can read them. Keys of servers, in folders of the system and for their owner \
              alone, are told of as `info`. Keys that came with the system only if everyone can read \
              them.",
    remedy: "Take away the rights of others, or set a passphrase; replace a key that others could read.",
    clauses: &[clause::NHI2, clause::PR_AA_01, clause::IA_5],
    examples: &[
        Example {
            shows: "a key without passphrase in a home",
            as_of: "2026-03-01",
            estate: "
key_pair a1
  at host:web-1/file:/home/ci/.ssh/id_rsa  kind=private_key_file readers=owner encrypted=false",
            fires: true,
        },
        Example {
            shows: "a key with a passphrase, for its owner alone",
            as_of: "2026-03-01",
            estate: "
key_pair a1
  at host:web-1/file:/home/ci/.ssh/id_rsa  kind=private_key_file readers=owner encrypted=true",
            fires: false,
        },
        Example {
            shows: "a host key, for its owner alone",
            as_of: "2026-03-01",
            estate: "
machine host:web-1
  key_pair a1
    at host:web-1/file:/etc/ssh/ssh_host_rsa_key  kind=host_key_file readers=owner encrypted=false",
            fires: false,
        },
    ],
};

/// What is wrong with a place.
enum Fault {
    Readers,
    NoPassphrase,
    Unknown(&'static str),
}

impl Detector for PrivateKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for held in &subject.credentials {
            if held.credential.enabled == Some(false) {
                continue;
            }
            for placement in &held.placements {
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
    let about = About::Placement(placement.id.clone());
    let (because, remedy) = match fault(held, placement) {
        None => return,
        Some(Fault::Unknown(why)) => return verdict.unknown(&RULE, &about, why),
        Some(Fault::Readers) => {
            let readers = match placement.readers {
                Some(Readers::Everyone) => "everyone on the host",
                Some(Readers::Group | Readers::Owner | Readers::Service) | None => "a group",
            };
            let lock = if placement.encrypted == Some(true) { ", with a passphrase" } else { "" };
            (
                format!("private key readable by {readers}{lock}"),
                format!("{}; then replace the key", remedy::close_file(placement)),
            )
        }
        Some(Fault::NoPassphrase) => {
            ("private key without a passphrase".to_owned(), remedy::encrypt(placement))
        }
    };
    let claim = Claim {
        about,
        because,
        evidence: vec![placed(subject, placement)],
        remedy,
        exposure: severity::exposure_of(placement),
        time: Part::new(100, "for as long as it lies there"),
    };
    verdict.claim(&RULE, subject, cx, claim);
}

fn fault(held: &Held, placement: &Placement) -> Option<Fault> {
    let by_others = placement.readers.is_some_and(|readers| readers > Readers::Owner);
    let by_everyone = placement.readers == Some(Readers::Everyone);
    if held.credential.maker != Maker::Organisation {
        let is_key =
            matches!(placement.kind, PlacementKind::PrivateKeyFile | PlacementKind::HostKeyFile);
        return (is_key && by_everyone).then_some(Fault::Readers);
    }
    match placement.kind {
        PlacementKind::HostKeyFile | PlacementKind::PrivateKeyFile if by_others => {
            Some(Fault::Readers)
        }
        PlacementKind::HostKeyFile => {
            placement.readers.is_none().then_some(Fault::Unknown("who can read it is not told"))
        }
        PlacementKind::PrivateKeyFile => match (placement.encrypted, placement.readers) {
            (Some(false), _) => Some(Fault::NoPassphrase),
            (_, None) => Some(Fault::Unknown("who can read it is not told")),
            (None, Some(_)) => Some(Fault::Unknown("whether it has a passphrase is not told")),
            (Some(true), Some(_)) => None,
        },
        PlacementKind::SecretFile
        | PlacementKind::AuthorizedKey
        | PlacementKind::CertificateFile
        | PlacementKind::AgentSocket
        | PlacementKind::CloudStore => None,
    }
}

#[cfg(test)]
mod tests;
