//! `long_lived.no_expiry`: a credential without an end where its class needs one.

use jiff::Timestamp;
use model::{CredentialKind, End, Held, RuleId, Subject};

use crate::detector::claim::{Claim, about, created, credentials, evidence};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause, remedy};
use crate::severity;

pub(in crate::detector) struct NoExpiry;

static RULE: Rule = Rule {
    id: RuleId::of("long_lived.no_expiry"),
    claim: "A credential has no end where its class needs one.",
    rationale: "What does not end by itself ends only if somebody remembers it.",
    default: "At once, for certificates, secrets and tokens of which it is told that they never end; a \
              certificate that ends in the year 9999 has no end (RFC 5280). Access keys of AWS cannot \
              have an end and almost no SSH key has one: they are judged by `long_lived.age`, unless \
              the policy lists their kind.",
    remedy: "Replace it by one that ends.",
    clauses: &[clause::NHI7, clause::PR_AA_01, clause::IA_5],
    examples: &[
        Example {
            shows: "a token without an end",
            as_of: "2026-03-01",
            estate: "
token a1  ends=never
  at host:web-1/file:/root/.npmrc  kind=secret_file readers=owner",
            fires: true,
        },
        Example {
            shows: "an access key of AWS, which cannot have an end",
            as_of: "2026-03-01",
            estate: "
user arn:aws:iam::111122223333:user/ci
  access_key AKIAEXAMPLE1  ends=never created=2026-02-01",
            fires: false,
        },
    ],
};

/// From here on, an end is none.
const NO_END_FROM: Timestamp = Timestamp::constant(253_370_764_800, 0);

impl Detector for NoExpiry {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let required = &cx.limits.end_required;
        for held in credentials(subject).filter(|it| required.contains(&it.credential.kind)) {
            match held.credential.ends {
                End::Unknown => verdict.unknown(&RULE, &about(held), "nobody tells when it ends"),
                End::Never => examine(subject, held, cx, &mut verdict),
                End::At(at) if is_no_end(held, at) => examine(subject, held, cx, &mut verdict),
                End::At(_) => (),
            }
        }
        verdict
    }
}

fn is_no_end(held: &Held, at: Timestamp) -> bool {
    held.credential.kind == CredentialKind::Certificate && at >= NO_END_FROM
}

fn examine(subject: &Subject, held: &Held, cx: &Cx<'_>, verdict: &mut Verdict) {
    let mut proof = vec![evidence("ends", "never", &held.scopes)];
    proof.extend(created(held));
    let claim = Claim {
        about: about(held),
        because: format!("{} without an end", held.credential.kind),
        evidence: proof,
        remedy: remedy::rotate(subject, held),
        exposure: severity::exposure(&held.placements),
        time: severity::Part::new(80, "for ever, unless somebody remembers it"),
    };
    verdict.claim(&RULE, subject, cx, claim);
}

#[cfg(test)]
mod tests;
