//! `dormant.never_used`: an identity or a credential has never been used.

use jiff::Timestamp;
use model::{About, Evidence, RuleId, Subject, Use};

use super::{LastUse, judged, last_use, tells_of_use};
use crate::detector::claim::{Claim, about, created, evidence, live};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity::{self, Part};
use crate::time;

pub(in crate::detector) struct NeverUsed;

static RULE: Rule = Rule {
    id: RuleId::of("dormant.never_used"),
    claim: "An identity or a credential has never been used.",
    rationale: "Made and forgotten: nobody watches it, and nobody will notice its first use.",
    default: "90 days after it was made, if it is told that it never was used. For a user of a cloud \
              that means: after the youngest of its credentials was made.",
    remedy: "Put it out of use; delete it when nobody missed it.",
    clauses: &[clause::NHI1, clause::ID_AM_08, clause::AC_2, clause::CIS_UNUSED],
    examples: &[
        Example {
            shows: "an access key that nobody ever used",
            as_of: "2026-04-01",
            estate: "
user arn:aws:iam::111122223333:user/ci  created=2025-01-01
  access_key AKIAEXAMPLE1  created=2026-01-01 used=never",
            fires: true,
        },
        Example {
            shows: "an access key that was made yesterday",
            as_of: "2026-04-01",
            estate: "
user arn:aws:iam::111122223333:user/ci  created=2025-01-01
  access_key AKIAEXAMPLE1  created=2026-03-31 used=never",
            fires: false,
        },
    ],
};

impl Detector for NeverUsed {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        examine_identity(subject, cx, &mut verdict);
        for held in live(subject, cx, &mut verdict).into_iter().filter(|held| tells_of_use(held)) {
            if held.credential.used != Use::Never {
                continue;
            }
            let Some(since) = held.credential.created_at else {
                verdict.unknown(&RULE, &about(held), "never used, but nobody tells since when");
                continue;
            };
            let Some(time) = unused(since, cx, &mut verdict) else { continue };
            let mut proof = vec![evidence("last used", "never", &held.scopes)];
            proof.extend(created(held));
            let claim = Claim {
                about: about(held),
                because: because(held.credential.kind.name(), since, cx),
                evidence: proof,
                remedy: remedy::revoke(subject, held),
                exposure: severity::exposure(&held.placements),
                time,
            };
            verdict.claim(&RULE, subject, cx, claim);
        }
        verdict
    }
}

fn examine_identity(subject: &Subject, cx: &Cx<'_>, verdict: &mut Verdict) {
    let Some(identity) = judged(subject) else { return };
    let since = match last_use(subject, identity) {
        LastUse::Never(Some(since)) => since,
        LastUse::Never(None) => {
            let why = "never used, but nobody tells since when";
            verdict.unknown(&RULE, &About::Subject, why);
            return;
        }
        LastUse::Unknown(why) => {
            verdict.unknown(&RULE, &About::Subject, why);
            return;
        }
        LastUse::At(_) | LastUse::NotSince(_) | LastUse::NotBefore(..) => return,
    };
    let Some(time) = unused(since, cx, verdict) else { return };
    let mut proof: Vec<Evidence> = vec![evidence("last used", "never", &subject.scopes)];
    if let Some(at) = identity.created_at {
        proof.push(evidence("created", at.to_string(), &subject.scopes));
    }
    let claim = Claim {
        about: About::Subject,
        because: because(identity.kind.name(), since, cx),
        evidence: proof,
        remedy: remedy::disable(identity),
        exposure: severity::exposure_of_subject(subject),
        time,
    };
    verdict.claim(&RULE, subject, cx, claim);
}

fn unused(since: Timestamp, cx: &Cx<'_>, verdict: &mut Verdict) -> Option<Part> {
    let (time, next) = severity::overdue(since, cx.limits.dormant_after, cx.as_of);
    verdict.recheck(next);
    (time.percent > 0).then_some(time)
}

fn because(kind: &str, since: Timestamp, cx: &Cx<'_>) -> String {
    let limit = time::spell(cx.limits.dormant_after);
    format!("{kind} never used since it was made at {since}, dormant after {limit}")
}

#[cfg(test)]
mod tests;
