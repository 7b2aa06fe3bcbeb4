//! Public keys and the one id that each has, whether it was met as SSH or as X.509.
//!
//! ```text
//! SubjectPublicKeyInfo = SEQUENCE { SEQUENCE { algorithm, parameters }, BIT STRING }   RFC 5280
//! SSH blob             = string type, then strings and mpints by type                  RFC 4253
//! string, mpint        = u32 length, bytes
//! ```

mod flaw;

use model::{CredentialId, KeyFacts, KeyFlaw, hex};
use ring::digest::{SHA256, digest};

use super::der::{self, BIT_STRING, OBJECT_ID, SEQUENCE};

/// RFC 8017.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// RFC 8017, a key that is for PSS alone.
pub(super) const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// RFC 5480.
pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// RFC 8410.
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// RFC 8410.
const ED448: &[u8] = &[0x2b, 0x65, 0x71];
/// RFC 3279.
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];

/// Name in SSH (empty if it has none), object identifier and size of a curve.
type Curve = (&'static str, &'static [u8], u32);

/// The curves in use.
const CURVES: &[Curve] = &[
    ("nistp256", &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], 256),
    ("nistp384", &[0x2b, 0x81, 0x04, 0x00, 0x22], 384),
    ("nistp521", &[0x2b, 0x81, 0x04, 0x00, 0x23], 521),
    ("", &[0x2b, 0x81, 0x04, 0x00, 0x0a], 256),
    ("", &[0x2b, 0x81, 0x04, 0x00, 0x21], 224),
    ("", &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01], 192),
];

/// A public key: what it is called and how strong it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    /// `key:<SHA-256 of the SubjectPublicKeyInfo>`, or `key:ssh-<SHA-256 of the SSH blob>` for the
    /// types that X.509 does not know.
    pub id: CredentialId,
    /// How strong it is.
    pub facts: KeyFacts,
    /// As `ssh-keygen -l` prints it, for the types that SSH knows.
    pub ssh_fingerprint: Option<String>,
}

impl PublicKey {
    /// A key given by modulus and exponent.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let (modulus, exponent) = (der::signed(modulus), der::signed(exponent));
        let numbers =
            der::element(SEQUENCE, &[&der::unsigned(&modulus), &der::unsigned(&exponent)]);
        let info = info(&[&der::element(OBJECT_ID, &[RSA]), &[5, 0]], &numbers);
        let blob = ssh_blob(&[b"ssh-rsa", &exponent, &modulus]);
        let key = Self::of(&info, Some(&blob), "rsa", Some(der::bits(&modulus)));
        key.with_flaw(flaw::of_rsa(&modulus, &exponent))
    }

    /// The same, for PSS alone; `algorithm` is what stands in the key's own sequence.
    pub(super) fn rsa_pss(algorithm: &[u8], modulus: &[u8], exponent: &[u8]) -> Self {
        let numbers = der::element(SEQUENCE, &[&der::unsigned(modulus), &der::unsigned(exponent)]);
        let key = Self::of(&info(&[algorithm], &numbers), None, "rsa", Some(der::bits(modulus)));
        key.with_flaw(flaw::of_rsa(modulus, exponent))
    }

    /// A point on a curve; `parameters` is the element that names the curve.
    pub(super) fn ecdsa(parameters: &[u8], point: &[u8]) -> Self {
        let info = info(&[&der::element(OBJECT_ID, &[EC]), parameters], point);
        let oid = der::Reader(parameters).take(OBJECT_ID).unwrap_or_default();
        let curve = CURVES.iter().find(|(_, known, _)| *known == oid);
        let blob = curve.filter(|(name, _, _)| !name.is_empty()).map(|(name, _, _)| {
            ssh_blob(&[format!("ecdsa-sha2-{name}").as_bytes(), name.as_bytes(), point])
        });
        Self::of(&info, blob.as_deref(), "ecdsa", curve.map(|(_, _, bits)| *bits))
    }

    /// A key of 32 bytes.
    pub(super) fn ed25519(point: &[u8]) -> Self {
        let info = info(&[&der::element(OBJECT_ID, &[ED25519])], point);
        Self::of(&info, Some(&ssh_blob(&[b"ssh-ed25519", point])), "ed25519", Some(256))
    }

    /// Four numbers of which the first is the modulus.
    pub(super) fn dsa(numbers: [&[u8]; 4]) -> Self {
        let [p, q, g, y] = numbers.map(der::signed);
        Self::ssh_only(&ssh_blob(&[b"ssh-dss", &p, &q, &g, &y]), "dsa", Some(der::bits(&p)))
    }

    /// The key in an SSH blob, as in the middle column of `authorized_keys`.
    #[must_use]
    pub fn from_ssh(blob: &[u8]) -> Option<Self> {
        let mut rest = blob;
        let kind = ssh_string(&mut rest)?;
        let key = match kind {
            b"ssh-rsa" => {
                let exponent = ssh_string(&mut rest)?;
                Self::rsa(ssh_string(&mut rest)?, exponent)
            }
            b"ssh-ed25519" => {
                let point = ssh_string(&mut rest)?;
                (point.len() == 32).then(|| Self::ed25519(point))?
            }
            b"ssh-dss" => {
                let mut number = || ssh_string(&mut rest);
                Self::dsa([number()?, number()?, number()?, number()?])
            }
            _ if kind.starts_with(b"ecdsa-sha2-") => {
                let name = ssh_string(&mut rest)?;
                let point = ssh_string(&mut rest)?;
                let (_, oid, _) = CURVES.iter().find(|(known, _, _)| known.as_bytes() == name)?;
                Self::ecdsa(&der::element(OBJECT_ID, &[oid]), point)
            }
            b"sk-ssh-ed25519@openssh.com" => Self::ssh_only(blob, "ed25519-sk", Some(256)),
            b"sk-ecdsa-sha2-nistp256@openssh.com" => Self::ssh_only(blob, "ecdsa-sk", Some(256)),
            _ => Self::ssh_only(blob, &super::text::public(kind)?, None),
        };
        Some(key)
    }

    /// The key in a `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn from_info(bytes: &[u8]) -> Option<Self> {
        let mut whole = der::Reader(bytes);
        let mut body = der::Reader(whole.take(SEQUENCE)?);
        let mut algorithm = der::Reader(body.take(SEQUENCE)?);
        let key = body.take(BIT_STRING)?.split_first()?.1;
        let info = bytes.get(..bytes.len().checked_sub(whole.0.len())?)?;
        let oid = algorithm.take(OBJECT_ID)?;
        // Where we can, the info is written anew, so that two spellings of one key have one id.
        Some(match oid {
            RSA => {
                let mut numbers = der::Reader(der::Reader(key).take(SEQUENCE)?);
                let modulus = numbers.take(der::INTEGER)?;
                Self::rsa(modulus, numbers.take(der::INTEGER)?)
            }
            EC => Self::ecdsa(algorithm.0, key),
            ED25519 => Self::ed25519(key),
            RSA_PSS => {
                let mut numbers = der::Reader(der::Reader(key).take(SEQUENCE)?);
                let modulus = numbers.take(der::INTEGER)?;
                let key = Self::of(info, None, "rsa", Some(der::bits(modulus)));
                key.with_flaw(flaw::of_rsa(modulus, numbers.take(der::INTEGER)?))
            }
            ED448 => Self::of(info, None, "ed448", Some(448)),
            DSA => {
                let mut numbers = der::Reader(algorithm.take(SEQUENCE)?);
                let mut number = || numbers.take(der::INTEGER);
                let (p, q, g) = (number()?, number()?, number()?);
                Self::dsa([p, q, g, der::Reader(key).take(der::INTEGER)?])
            }
            _ => Self::of(info, None, &dotted(oid), None),
        })
    }

    fn of(info: &[u8], blob: Option<&[u8]>, algorithm: &str, bits: Option<u32>) -> Self {
        let spki = hex(digest(&SHA256, info).as_ref());
        Self {
            id: CredentialId(format!("key:{spki}")),
            facts: KeyFacts {
                algorithm: algorithm.to_owned(),
                bits,
                flaw: flaw::published(&spki),
                spki: Some(spki),
                ..KeyFacts::default()
            },
            ssh_fingerprint: blob.map(ssh_fingerprint),
        }
    }

    fn with_flaw(mut self, flaw: Option<KeyFlaw>) -> Self {
        self.facts.flaw = self.facts.flaw.or(flaw);
        self
    }

    fn ssh_only(blob: &[u8], algorithm: &str, bits: Option<u32>) -> Self {
        Self {
            id: CredentialId(format!("key:ssh-{}", hex(digest(&SHA256, blob).as_ref()))),
            facts: KeyFacts { algorithm: algorithm.to_owned(), bits, ..KeyFacts::default() },
            ssh_fingerprint: Some(ssh_fingerprint(blob)),
        }
    }
}

/// Takes a string of SSH off the front.
pub(super) fn ssh_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, after) = rest.split_first_chunk::<4>()?;
    let (body, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
    *rest = after;
    Some(body)
}

/// An object identifier in dots.
pub(super) fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc = 0_u64;
    for byte in oid {
        arc = arc.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (arc / 40).min(2);
                arcs.push(first);
                arc = arc.saturating_sub(first.saturating_mul(40));
            }
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

fn info(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    der::element(
        SEQUENCE,
        &[&der::element(SEQUENCE, algorithm), &der::element(BIT_STRING, &[&[0], key])],
    )
}

fn ssh_blob(parts: &[&[u8]]) -> Vec<u8> {
    let mut blob = Vec::new();
    for part in parts {
        blob.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        blob.extend_from_slice(part);
    }
    blob
}

fn ssh_fingerprint(blob: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("SHA256:");
    for group in digest(&SHA256, blob).as_ref().chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = if group.len() == 3 { bits } else { bits << 8 };
        for shift in [18, 12, 6, 0].into_iter().take(group.len().saturating_add(1)) {
            let index = usize::try_from(bits >> shift & 63).unwrap_or_default();
            text.push(ALPHABET.get(index).copied().map_or('?', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests;
