//! `reused.key_pair`: one private key on several hosts, or one host key on several hosts.

use std::collections::BTreeSet;

use model::{CredentialKind, Held, IdentityId, Placement, PlacementKind, RuleId, Subject};

use crate::detector::claim::{Claim, about, evidence, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::Part;

pub(in crate::detector) struct ReusedKeyPair;

static RULE: Rule = Rule {
    id: RuleId::of("reused.key_pair"),
    claim: "One private key lies on several hosts.",
    rationale: "A private key that was copied is as safe as the weakest of its hosts. A host key on two \
                hosts lets each pass for the other.",
    default: "At once, if a private key lies on two hosts, or two machines have one host key. A public \
              key that is accepted on many hosts is what public keys are for.",
    remedy: "Make a key pair on each host.",
    clauses: &[clause::NHI9, clause::PR_AA_03, clause::IA_5],
    examples: &[
        Example {
            shows: "a private key on two hosts",
            as_of: "2026-03-01",
            estate: "
key_pair a1
  at host:web-1/file:/home/ci/.ssh/id_rsa  kind=private_key_file
  at host:web-2/file:/home/ci/.ssh/id_rsa  kind=private_key_file",
            fires: true,
        },
        Example {
            shows: "a public key that two hosts accept",
            as_of: "2026-03-01",
            estate: "
key_pair a1
  at host:web-1/file:/home/ci/.ssh/id_rsa  kind=private_key_file
  at host:web-2/file:/home/ci/.ssh/authorized_keys  kind=authorized_key",
            fires: false,
        },
    ],
};

impl Detector for ReusedKeyPair {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        // A key that came with an image is reused, too, so it does not matter who made it.
        let pairs = subject
            .credentials
            .iter()
            .filter(|it| it.credential.kind == CredentialKind::KeyPair)
            .filter(|it| it.credential.enabled != Some(false));
        for held in pairs {
            let private: Vec<&Placement> =
                held.placements.iter().filter(|it| is_private(it)).collect();
            let is_host_key = private.iter().any(|it| it.kind == PlacementKind::HostKeyFile)
                || machines(held).count() > 0;
            let hosts: BTreeSet<&str> =
                private.iter().map(|it| it.realm.as_str()).chain(machines(held)).collect();
            if hosts.len() < 2 {
                continue;
            }
            let what = if is_host_key { "host key" } else { "private key" };
            let mut proof: Vec<_> =
                private.into_iter().map(|placement| placed(subject, placement)).collect();
            proof.extend(
                machines(held).map(|it| evidence("proves", format!("`{it}`"), &held.scopes)),
            );
            let claim = Claim {
                about: about(held),
                because: format!("the same {what} on {}", list(&hosts)),
                evidence: proof,
                remedy: remedy(is_host_key).to_owned(),
                exposure: Part::new(80, format!("it lies on {} hosts", hosts.len())),
                time: Part::new(80, "for as long as it is shared"),
            };
            verdict.claim(&RULE, subject, cx, claim);
        }
        verdict
    }
}

fn is_private(placement: &Placement) -> bool {
    matches!(placement.kind, PlacementKind::PrivateKeyFile | PlacementKind::HostKeyFile)
}

/// The machines that it proves: what has a host's name and nothing behind it.
fn machines(held: &Held) -> impl Iterator<Item = &str> {
    let ids = held.claimed_by.iter().map(IdentityId::as_str);
    ids.filter(|id| id.starts_with("host:") && !id.contains('/'))
}

fn remedy(is_host_key: bool) -> &'static str {
    if is_host_key {
        "on all hosts but one: rm /etc/ssh/ssh_host_*_key*; ssh-keygen -A; then restart sshd"
    } else {
        "on each host: ssh-keygen -t ed25519; have the new public key accepted; then delete the copy"
    }
}

/// BOUND: hosts beyond the fifth are counted, not told; the evidence holds them all.
const HOSTS_MAX: usize = 5;

fn list(hosts: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = hosts.iter().take(HOSTS_MAX).map(|host| format!("`{host}`")).collect();
    let more = hosts.len().saturating_sub(HOSTS_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests;
