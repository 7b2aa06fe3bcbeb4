//! `privilege.administrator`: it may do everything in its account or on its host.

use model::{About, Identity, IdentityKind, PolicyId, RuleId, Subject};

use super::judged;
use crate::detector::claim::Claim;
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::power::{Power, Proof};
use crate::severity;
use crate::shell::command;

pub(in crate::detector) struct Administrator;

static RULE: Rule = Rule {
    id: RuleId::of("privilege.administrator"),
    claim: "It may do everything in its account or on its host.",
    rationale: "Whoever gets hold of one of its credentials owns the account or the host. Few machines \
                need that; almost all of them need a handful of actions.",
    default: "At once, by what the provider would decide over all that applies: policies of its own and \
              of its groups, permissions boundary, policies of the organisation; never by the name of \
              a policy. A condition does not keep the rule quiet: it is named. Who may do everything \
              but a part that its own policies leave out or deny is told of by \
              `privilege.escalation`, if it can lift that. Left alone: the root of a cloud account, \
              what the cloud or the distribution made, groups (their members are told of), and what \
              is switched off.",
    remedy: "Give it the actions that it uses, and take the rest away.",
    clauses: &[clause::NHI5, clause::PR_AA_05, clause::AC_6, clause::CIS_FULL],
    examples: &[
        Example {
            shows: "a policy that allows everything, under a harmless name",
            as_of: "2026-03-01",
            estate: r#"
user arn:aws:iam::111122223333:user/ci
  permission read-only {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
            fires: true,
        },
        Example {
            shows: "a policy that is only called administrator",
            as_of: "2026-03-01",
            estate: r#"
user arn:aws:iam::111122223333:user/ci
  permission AdministratorAccess {"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
            fires: false,
        },
        Example {
            shows: "an account that may become the superuser",
            as_of: "2026-03-01",
            estate: "
host_account host:web-1/account/deploy
  permission sudoers deploy ALL=(ALL) NOPASSWD: ALL",
            fires: true,
        },
    ],
};

impl Detector for Administrator {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(identity) = judged(subject) else {
            return verdict;
        };
        match cx.power {
            Power::Unknown(why) => verdict.unknown(&RULE, &About::Subject, why.clone()),
            Power::Administrator(proof) => {
                let (time, next) = severity::existing(subject, cx.as_of);
                verdict.recheck(next);
                let claim = Claim {
                    about: About::Subject,
                    because: because(proof),
                    evidence: proof.evidence.clone(),
                    remedy: remedy(identity, proof),
                    exposure: severity::exposure_of_subject(subject),
                    time,
                };
                verdict.claim(&RULE, subject, cx, claim);
            }
            Power::Escalates(_) | Power::Broad(_) | Power::Limited(_) | Power::Nothing => (),
        }
        verdict
    }
}

fn because(proof: &Proof) -> String {
    let policies: Vec<String> = proof
        .policies
        .iter()
        .map(|(id, via)| match via {
            Some(group) => format!("`{id}` (through `{group}`)"),
            None => format!("`{id}`"),
        })
        .collect();
    let mut text = format!("may do everything in {}, by {}", proof.realm, policies.join(" and "));
    for proviso in &proof.provisos {
        text.push_str("; ");
        text.push_str(proviso);
    }
    text
}

fn remedy(identity: &Identity, proof: &Proof) -> String {
    let steps: Vec<String> = proof
        .policies
        .iter()
        .map(|(id, via)| match (identity.kind, via) {
            (IdentityKind::HostAccount, None) => {
                format!("take the line away: {}", command(&["visudo"]))
            }
            (IdentityKind::HostAccount, Some(group)) => {
                let group = group.as_str().rsplit('/').next().unwrap_or_default();
                command(&["gpasswd", "--delete", &identity.name, group])
            }
            (IdentityKind::User, Some(group)) => {
                let group = group.as_str().rsplit('/').next().unwrap_or_default();
                command(&[
                    "aws",
                    "iam",
                    "remove-user-from-group",
                    "--user-name",
                    &identity.name,
                    "--group-name",
                    group,
                ])
            }
            (_, Some(group)) => format!("take it out of `{group}`"),
            (_, None) => detach(identity, id),
        })
        .collect();
    format!("give it a policy of the actions that it uses, then: {}", steps.join(" && "))
}

fn detach(identity: &Identity, policy: &PolicyId) -> String {
    let kind = if identity.kind == IdentityKind::Role { "role" } else { "user" };
    let name_option = format!("--{kind}-name");
    let inline = policy.as_str().rsplit_once("#inline/").map(|(_, name)| name);
    match inline {
        Some(name) => command(&[
            "aws",
            "iam",
            &format!("delete-{kind}-policy"),
            &name_option,
            &identity.name,
            "--policy-name",
            name,
        ]),
        None => command(&[
            "aws",
            "iam",
            &format!("detach-{kind}-policy"),
            &name_option,
            &identity.name,
            "--policy-arn",
            policy.as_str(),
        ]),
    }
}

#[cfg(test)]
mod tests;
