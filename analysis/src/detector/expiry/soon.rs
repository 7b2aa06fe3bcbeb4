//! `expiry.soon`: a credential in use is about to end.

use model::{RuleId, Subject};

use super::notices;
use crate::detector::claim::{Claim, about, credentials, evidence, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::{self, Part};

pub(in crate::detector) struct Soon;

static RULE: Rule = Rule {
    id: RuleId::of("expiry.soon"),
    claim: "A credential in use is about to end.",
    rationale: "What ends unnoticed stops a service, and is then replaced in haste.",
    default: "30, 14 and 3 days before the end, or, for what lives shorter, a third, a sixth and a \
              thirtieth of its life before. The distribution's own trust anchors are left alone, and so \
              are short tokens of which nobody knows whom they prove.",
    remedy: "Renew it, and let it renew itself from then on.",
    clauses: &[clause::NHI7, clause::PR_AA_01, clause::IA_5],
    examples: &[
        Example {
            shows: "a certificate 30 days before its end",
            as_of: "2026-03-01",
            estate: "
certificate a1  created=2025-03-31 ends=2026-03-31
  at host:web-1/file:/etc/nginx/tls.pem  kind=certificate_file readers=everyone",
            fires: true,
        },
        Example {
            shows: "a trust anchor of the distribution",
            as_of: "2026-03-01",
            estate: "
certificate a1  created=2006-03-31 ends=2026-03-31 maker=system authority self_signed
  at host:web-1/file:/etc/ssl/certs/a1.pem  kind=certificate_file readers=everyone",
            fires: false,
        },
    ],
};

impl Detector for Soon {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for held in credentials(subject) {
            let Some(notices) = notices(held, cx.limits) else { continue };
            let steps = [notices.first, notices.second, notices.last, notices.past];
            verdict.recheck(steps.into_iter().filter(|at| *at > cx.as_of).min());
            if cx.as_of >= notices.past {
                continue;
            }
            let time = if cx.as_of >= notices.last {
                Part::new(100, "the last notice before its end")
            } else if cx.as_of >= notices.second {
                Part::new(65, "the second notice before its end")
            } else if cx.as_of >= notices.first {
                Part::new(40, "the first notice before its end")
            } else {
                continue;
            };
            let kind = held.credential.kind;
            let mut proof = vec![evidence("ends", notices.end.to_string(), &held.scopes)];
            proof.extend(held.placements.iter().map(|placement| placed(subject, placement)));
            let claim = Claim {
                about: about(held),
                because: format!("{kind} ends at {}", notices.end),
                evidence: proof,
                remedy: "renew it where it was issued, and put the new one in its places"
                    .to_owned(),
                exposure: severity::exposure(&held.placements),
                time,
            };
            verdict.claim(&RULE, subject, cx, claim);
        }
        verdict
    }
}

#[cfg(test)]
mod tests;
