//! `dormant.credential`: a credential was used, and is no longer.

use model::{RuleId, Subject, Use};

use super::tells_of_use;
use crate::detector::claim::{Claim, about, created, evidence, live, spell_use};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity;
use crate::time;

pub(in crate::detector) struct DormantCredential;

static RULE: Rule = Rule {
    id: RuleId::of("dormant.credential"),
    claim: "A credential was not used for long.",
    rationale: "A credential that nobody needs is only of use to whoever finds it.",
    default: "90 days after its last use, if that is told, or after the time from which its provider \
              tells of use, if there was none. Certificates, trust in other issuers, second \
              factors and keys that a cloud keeps are not judged by use, nor is what has ended or is \
              switched off.",
    remedy: "Switch it off; delete it when nobody missed it.",
    clauses: &[clause::NHI1, clause::PR_AA_01, clause::IA_5, clause::CIS_UNUSED],
    examples: &[
        Example {
            shows: "an access key last used 90 days ago",
            as_of: "2026-04-01",
            estate: "
user arn:aws:iam::111122223333:user/ci
  access_key AKIAEXAMPLE1  used=2026-01-01",
            fires: true,
        },
        Example {
            shows: "a key of whose use nobody tells",
            as_of: "2026-04-01",
            estate: "
host_account host:web-1/account/deploy
  key_pair a1",
            fires: false,
        },
    ],
};

impl Detector for DormantCredential {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let limit = cx.limits.dormant_after;
        for held in live(subject, cx, &mut verdict).into_iter().filter(|held| tells_of_use(held)) {
            let (at, used) = match held.credential.used {
                Use::At(at) => (at, "last used at"),
                Use::NotSince(at) => (at, "not used since"),
                Use::Never => continue,
                Use::Unknown => {
                    verdict.unknown(&RULE, &about(held), "nobody tells of its use");
                    continue;
                }
            };
            let (time, next) = severity::overdue(at, limit, cx.as_of);
            verdict.recheck(next);
            if time.percent == 0 {
                continue;
            }
            let mut proof =
                vec![evidence("last used", spell_use(held.credential.used), &held.scopes)];
            proof.extend(created(held));
            let kind = held.credential.kind;
            let claim = Claim {
                about: about(held),
                because: format!("{kind} {used} {at}, dormant after {}", time::spell(limit)),
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

#[cfg(test)]
mod tests;
