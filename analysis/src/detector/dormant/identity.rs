//! `dormant.identity`: an identity was used, and is no longer.

use model::{About, RuleId, Subject};

use super::{LastUse, judged, last_use};
use crate::detector::claim::{Claim, evidence, spell_use};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity;
use crate::time;

pub(in crate::detector) struct DormantIdentity;

static RULE: Rule = Rule {
    id: RuleId::of("dormant.identity"),
    claim: "An identity was not used for long.",
    rationale: "What nobody uses, nobody misses when it is abused.",
    default: "90 days after its last use, for users, roles and host accounts, if all the ways in which \
              it can be used are told of; for one that was not used in all the time that its provider \
              remembers, after the beginning of that. Left alone: what runs something at present, what is switched \
              off, the root of an account, and what the cloud or the distribution made.",
    remedy: "Ask its owner; put it out of use in a way that can be undone; delete it later.",
    clauses: &[clause::NHI1, clause::ID_AM_08, clause::AC_2, clause::CIS_UNUSED],
    examples: &[
        Example {
            shows: "a role last used 90 days ago",
            as_of: "2026-04-01",
            estate: "role arn:aws:iam::111122223333:role/ci  created=2024-01-01 used=2026-01-01",
            fires: true,
        },
        Example {
            shows: "an account that runs a unit",
            as_of: "2026-04-01",
            estate: "
host_account host:web-1/account/app  used=2025-01-01
  runs host:web-1/unit/app.service",
            fires: false,
        },
    ],
};

impl Detector for DormantIdentity {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Some(identity) = judged(subject) else { return verdict };
        let limit = cx.limits.dormant_after;
        let (at, used) = match last_use(subject, identity) {
            LastUse::At(at) => (at, "last used at"),
            LastUse::NotSince(at) => (at, "not used since"),
            LastUse::NotBefore(at, why) => {
                let dormant_at = time::after(at, limit);
                if cx.as_of < dormant_at {
                    verdict.recheck(Some(dormant_at));
                } else {
                    verdict.unknown(&RULE, &About::Subject, why);
                }
                return verdict;
            }
            LastUse::Unknown(why) => {
                verdict.unknown(&RULE, &About::Subject, why);
                return verdict;
            }
            LastUse::Never(_) => return verdict,
        };
        let (time, next) = severity::overdue(at, limit, cx.as_of);
        verdict.recheck(next);
        if time.percent == 0 {
            return verdict;
        }
        let mut proof = vec![evidence("last used", spell_use(identity.used), &subject.scopes)];
        for held in &subject.credentials {
            let says = format!("`{}`: {}", held.credential.id, spell_use(held.credential.used));
            proof.push(evidence("last used", says, &held.scopes));
        }
        let claim = Claim {
            about: About::Subject,
            because: format!("{used} {at}, dormant after {}", time::spell(limit)),
            evidence: proof,
            remedy: remedy::disable(identity),
            exposure: severity::exposure_of_subject(subject),
            time,
        };
        verdict.claim(&RULE, subject, cx, claim);
        verdict
    }
}

#[cfg(test)]
mod tests;
