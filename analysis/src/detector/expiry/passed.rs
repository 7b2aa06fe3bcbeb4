//! `expiry.passed`: a credential in use has ended.

use model::{RuleId, Subject};

use super::notices;
use crate::detector::claim::{Claim, about, credentials, evidence, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::{self, Part};

pub(in crate::detector) struct Passed;

static RULE: Rule = Rule {
    id: RuleId::of("expiry.passed"),
    claim: "A credential that is still in its place has ended.",
    rationale: "Either something relies on it and has stopped, or does not check; or nothing does, and \
                it should be gone.",
    default: "From its end on; a certificate holds through the whole second in which it ends (RFC \
              5280). The distribution's own trust anchors are left alone, and so are short tokens of \
              which nobody knows whom they prove.",
    remedy: "Renew it, or take it away.",
    clauses: &[clause::NHI7, clause::PR_AA_01, clause::CIS_EXPIRED],
    examples: &[
        Example {
            shows: "a certificate that ended yesterday",
            as_of: "2026-03-01",
            estate: "
certificate a1  created=2025-03-31 ends=2026-02-28
  at host:web-1/file:/etc/nginx/tls.pem  kind=certificate_file readers=everyone",
            fires: true,
        },
        Example {
            shows: "a certificate in its last second",
            as_of: "2026-03-01",
            estate: "
certificate a1  created=2025-03-31 ends=2026-03-01
  at host:web-1/file:/etc/nginx/tls.pem  kind=certificate_file readers=everyone",
            fires: false,
        },
    ],
};

impl Detector for Passed {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for held in credentials(subject) {
            let Some(notices) = notices(held, cx.limits) else { continue };
            if cx.as_of < notices.past {
                verdict.recheck(Some(notices.past));
                continue;
            }
            let kind = held.credential.kind;
            let mut proof = vec![evidence("ended", notices.end.to_string(), &held.scopes)];
            proof.extend(held.placements.iter().map(|placement| placed(subject, placement)));
            let claim = Claim {
                about: about(held),
                because: format!("{kind} ended at {}", notices.end),
                evidence: proof,
                remedy: "renew it where it was issued, or take it out of its places".to_owned(),
                exposure: severity::exposure(&held.placements),
                time: Part::new(100, "it has ended"),
            };
            verdict.claim(&RULE, subject, cx, claim);
        }
        verdict
    }
}

#[cfg(test)]
mod tests;
