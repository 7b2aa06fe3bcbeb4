//! `weak.key`: a key or a signature below the strength that is asked for.
//!
//! ```text
//! bits of strength (NIST SP 800-57 Part 1, table 2)   80    112   128   192   256
//! RSA modulus                                         1024  2048  3072  7680  15360
//! elliptic curve                                      160   224   256   384   512
//! ```

use jiff::Timestamp;
use model::{CredentialKind, End, Held, KeyFacts, KeyFlaw, RuleId, Subject};

use crate::detector::claim::{Claim, about, evidence, live, placed};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::{self, Part};

pub(in crate::detector) struct WeakKey;

static RULE: Rule = Rule {
    id: RuleId::of("weak.key"),
    claim: "A key or a signature is weaker than it must be.",
    rationale: "Whoever can compute the private key from the public one, or make a second certificate \
                with the same signature, needs no access to anything.",
    default: "At once below 112 bits of strength (RSA below 2048, curves below 224 bits), for DSA of any \
              size, for certificates signed with SHA-1 or MD5, unless they sign themselves, where nobody \
              checks the signature, and for keys whose private half anyone can work out or look up: \
              those of CVE-2017-15361 (ROCA), close primes (CVE-2022-26320), a small factor, an \
              exponent of 1, Vagrant's published keys. Below 128 bits (RSA below 3072) for certificates that end \
              after 2030, and for everything from 2031 on. The distribution's own trust anchors and \
              what has ended are left alone.",
    remedy: "Replace it by an Ed25519 key, an ECDSA key on P-256, or RSA of at least 3072 bits.",
    clauses: &[clause::NHI4, clause::PR_AA_03, clause::KEY_LENGTHS, clause::KEY_STRENGTH],
    examples: &[
        Example {
            shows: "an RSA key of 1024 bits",
            as_of: "2026-03-01",
            estate: "
host_account host:web-1/account/deploy
  key_pair a1  algorithm=rsa bits=1024",
            fires: true,
        },
        Example {
            shows: "an Ed25519 key",
            as_of: "2026-03-01",
            estate: "
host_account host:web-1/account/deploy
  key_pair a1  algorithm=ed25519 bits=256",
            fires: false,
        },
    ],
};

/// The first moment beyond the year 2030.
const BEYOND_2030: Timestamp = Timestamp::constant(1_924_992_000, 0);

/// How strong a key is.
#[derive(Debug, Eq, PartialEq)]
enum Strength {
    /// So many bits of security.
    Bits(u32),
    /// No longer to be used, at whatever size.
    Withdrawn,
    /// It cannot be told.
    Unknown(String),
}

impl Detector for WeakKey {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        for held in live(subject, cx, &mut verdict) {
            examine(subject, held, cx, &mut verdict);
        }
        verdict
    }
}

fn examine(subject: &Subject, held: &Held, cx: &Cx<'_>, verdict: &mut Verdict) {
    let is_key =
        matches!(held.credential.kind, CredentialKind::KeyPair | CredentialKind::Certificate);
    let Some(key) = &held.credential.key else {
        if is_key {
            verdict.unknown(&RULE, &about(held), "its algorithm and size are not told");
        }
        return;
    };
    let mut faults: Vec<(String, Part)> = Vec::new();
    let mut untold = None;
    match strength(key) {
        Strength::Withdrawn => faults.push(("DSA is withdrawn (FIPS 186-5)".to_owned(), now())),
        Strength::Bits(bits) => faults.extend(too_few(bits, held, key, cx, verdict)),
        Strength::Unknown(why) => untold = Some(why),
    }
    if let Some(flaw) = key.flaw {
        faults.push((spell_flaw(flaw).to_owned(), now()));
    }
    if let Some(signature) = weak_signature(key) {
        faults.push((format!("signed with {signature}, for which collisions can be made"), now()));
    }
    let Some((_, time)) = faults.iter().max_by_key(|(_, time)| time.percent) else {
        if let Some(why) = untold {
            verdict.unknown(&RULE, &about(held), why);
        }
        return;
    };
    let mut proof = vec![evidence("key", spell(key), &held.scopes)];
    if let Some(signature) = &key.signature {
        proof.push(evidence("signature", signature.clone(), &held.scopes));
    }
    proof.extend(held.placements.iter().map(|placement| placed(subject, placement)));
    let reasons: Vec<&str> = faults.iter().map(|(reason, _)| reason.as_str()).collect();
    let claim = Claim {
        about: about(held),
        because: reasons.join("; "),
        evidence: proof,
        remedy: remedy(held),
        exposure: severity::exposure(&held.placements),
        time: time.clone(),
    };
    verdict.claim(&RULE, subject, cx, claim);
}

fn now() -> Part {
    Part::new(100, "now")
}

/// What is wrong with a key of that strength, today or beyond 2030, if anything is.
fn too_few(
    bits: u32,
    held: &Held,
    key: &KeyFacts,
    cx: &Cx<'_>,
    verdict: &mut Verdict,
) -> Option<(String, Part)> {
    let has = format!("{} has {bits} bits of strength", spell(key));
    if bits < cx.limits.strength_bits_min {
        return Some((has, now()));
    }
    if bits >= cx.limits.strength_bits_min_beyond_2030 {
        return None;
    }
    if cx.as_of >= BEYOND_2030 {
        return Some((format!("{has}, too few beyond 2030"), now()));
    }
    verdict.recheck(Some(BEYOND_2030));
    let ends_later = held.credential.kind == CredentialKind::Certificate
        && matches!(held.credential.ends, End::At(at) if at >= BEYOND_2030);
    ends_later.then(|| (format!("{has}, too few beyond 2030"), Part::new(40, "beyond 2030")))
}

fn strength(key: &KeyFacts) -> Strength {
    let not_told =
        || Strength::Unknown(format!("the size of its {} key is not told", key.algorithm));
    match (key.algorithm.as_str(), key.bits) {
        ("dsa", _) => Strength::Withdrawn,
        ("ed25519", _) => Strength::Bits(128),
        ("ed448", _) => Strength::Bits(224),
        ("rsa", Some(bits)) => Strength::Bits(match bits {
            15_360.. => 256,
            7_680.. => 192,
            3_072.. => 128,
            2_048.. => 112,
            1_024.. => 80,
            _ => 40,
        }),
        ("ecdsa", Some(bits)) => Strength::Bits(bits.checked_div(2).unwrap_or_default().min(256)),
        ("rsa" | "ecdsa", None) => not_told(),
        (other, _) => Strength::Unknown(format!("the strength of `{other}` is not known")),
    }
}

fn spell_flaw(flaw: KeyFlaw) -> &'static str {
    match flaw {
        KeyFlaw::Roca => "made by a library whose keys can be factored (CVE-2017-15361, ROCA)",
        KeyFlaw::ClosePrimes => {
            "its primes are so close that it is factored at once (CVE-2022-26320)"
        }
        KeyFlaw::SmallFactor => "its modulus has a factor below 1,000",
        KeyFlaw::Exponent => "its exponent is 1 or even, which hides nothing",
        KeyFlaw::Published => "its private half comes with a program that everyone has",
    }
}

fn weak_signature(key: &KeyFacts) -> Option<&str> {
    let signature = key.signature.as_deref().filter(|_| !key.self_signed)?;
    signature.split('-').find(|part| ["sha1", "md5", "md4", "md2"].contains(part))
}

fn spell(key: &KeyFacts) -> String {
    match key.bits {
        Some(bits) => format!("{} of {bits} bits", key.algorithm),
        None => key.algorithm.clone(),
    }
}

fn remedy(held: &Held) -> String {
    match held.credential.kind {
        CredentialKind::KeyPair => {
            "ssh-keygen -t ed25519; put the new public key where the old one is accepted, then take \
             the old one away"
                .to_owned()
        }
        CredentialKind::AccessKey
        | CredentialKind::Password
        | CredentialKind::Mfa
        | CredentialKind::Certificate
        | CredentialKind::Token
        | CredentialKind::Secret
        | CredentialKind::Federation
        | CredentialKind::ManagedKey => {
            "have it issued anew, for an ECDSA key on P-256 and signed with SHA-256".to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
