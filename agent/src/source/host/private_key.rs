//! Private keys: of each only the public half is taken, and whether a passphrase guards it.
//!
//! ```text
//! BEGIN OPENSSH PRIVATE KEY   "openssh-key-v1\0", cipher, kdf, kdf options, count, public blob, private
//! BEGIN RSA PRIVATE KEY       SEQUENCE { 0, n, e, d, ... }                            RFC 8017
//! BEGIN EC PRIVATE KEY        SEQUENCE { 1, key, [0] curve, [1] public point }        RFC 5915
//! BEGIN DSA PRIVATE KEY       SEQUENCE { 0, p, q, g, y, x }
//! BEGIN PRIVATE KEY           SEQUENCE { v, algorithm, OCTET STRING, .., [1] public } RFC 5958
//! BEGIN ENCRYPTED PRIVATE KEY nothing to be seen
//! PuTTY-User-Key-File-N       text; `Encryption:` and `Public-Lines:` in the clear
//! ```

use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::der::{
    BIT_STRING, CONTEXT_0, CONTEXT_1, INTEGER, OBJECT_ID, OCTET_STRING, Reader, SEQUENCE,
};
use super::public_key::{EC, ED25519, PublicKey, RSA_PSS, ssh_string};
use super::text;
use crate::secret::Secret;

/// What can be told of a private key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PrivateKey {
    /// Its public half, if that can be seen without a passphrase.
    pub public: Option<PublicKey>,
    /// Whether a passphrase guards it.
    pub encrypted: bool,
}

/// Magic of the format that `ssh-keygen` writes today.
const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";

impl PrivateKey {
    /// The key in a PEM block of that label; `None` if the label is not of a private key, or the
    /// bytes are malformed. `encrypted` is whether the block's headers say so.
    #[must_use]
    pub fn from_pem(label: &[u8], encrypted: bool, bytes: &[u8]) -> Option<Self> {
        if encrypted || label == b"ENCRYPTED PRIVATE KEY" {
            return label
                .ends_with(b"PRIVATE KEY")
                .then_some(Self { public: None, encrypted: true });
        }
        match label {
            b"OPENSSH PRIVATE KEY" => Self::from_openssh(bytes),
            b"RSA PRIVATE KEY" => rsa(bytes).map(Some).map(Self::open),
            b"EC PRIVATE KEY" => ec(bytes, None),
            b"DSA PRIVATE KEY" => dsa(bytes).map(Some).map(Self::open),
            b"PRIVATE KEY" => pkcs8(bytes),
            _ => None,
        }
    }

    fn open(public: Option<PublicKey>) -> Self {
        Self { public, encrypted: false }
    }

    /// A key without armour: PKCS#8, PKCS#1 or SEC1, whichever fits.
    #[must_use]
    pub fn from_der(bytes: &[u8]) -> Option<Self> {
        pkcs8(bytes).or_else(|| rsa(bytes).map(Some).map(Self::open)).or_else(|| ec(bytes, None))
    }

    fn from_openssh(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(OPENSSH_MAGIC)?;
        let cipher = ssh_string(&mut rest)?;
        let _kdf = ssh_string(&mut rest)?;
        let _kdf_options = ssh_string(&mut rest)?;
        let (_count, mut rest) = rest.split_first_chunk::<4>()?;
        let public = PublicKey::from_ssh(ssh_string(&mut rest)?)?;
        Some(Self { public: Some(public), encrypted: cipher != b"none" })
    }

    /// The key in a file of `PuTTY`.
    #[must_use]
    pub fn from_putty(bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines.next()?.strip_prefix(b"PuTTY-User-Key-File-")?;
        let mut encrypted = false;
        while let Some(line) = lines.next() {
            if let Some(cipher) = line.strip_prefix(b"Encryption:") {
                encrypted = cipher.trim_ascii() != b"none";
            } else if let Some(count) = line.strip_prefix(b"Public-Lines:") {
                let count: usize = str::from_utf8(count.trim_ascii()).ok()?.parse().ok()?;
                let public = lines.by_ref().take(count.min(PUTTY_LINES_MAX)).collect::<Vec<_>>();
                let blob = Secret::from_base64(&public.concat())?;
                let public = Some(PublicKey::from_ssh(blob.as_bytes())?);
                return Some(Self { public, encrypted });
            }
        }
        None
    }
}

// BOUND: an RSA key of 16,384 bits takes 44 lines.
const PUTTY_LINES_MAX: usize = 128;

fn rsa(bytes: &[u8]) -> Option<PublicKey> {
    let (modulus, exponent) = rsa_numbers(bytes)?;
    Some(PublicKey::rsa(modulus, exponent))
}

/// Modulus and exponent of a private key.
fn rsa_numbers(bytes: &[u8]) -> Option<text::Halves<'_>> {
    let mut key = Reader(Reader(bytes).take(SEQUENCE)?);
    let _version = key.take(INTEGER)?;
    let (modulus, exponent) = (key.take(INTEGER)?, key.take(INTEGER)?);
    // A public key file has two numbers, a private one nine.
    key.take(INTEGER)?;
    Some((modulus, exponent))
}

fn dsa(bytes: &[u8]) -> Option<PublicKey> {
    let mut key = Reader(Reader(bytes).take(SEQUENCE)?);
    let _version = key.take(INTEGER)?;
    let mut number = || key.take(INTEGER);
    Some(PublicKey::dsa([number()?, number()?, number()?, number()?]))
}

/// The public point is optional in the format. Without it the key is a key all the same.
fn ec(bytes: &[u8], curve: Option<&[u8]>) -> Option<PrivateKey> {
    let mut key = Reader(Reader(bytes).take(SEQUENCE)?);
    (key.take(INTEGER)? == [1]).then_some(())?;
    let _private = key.take(OCTET_STRING)?;
    let curve = key.take(CONTEXT_0).or(curve);
    let point = key
        .take(CONTEXT_1)
        .and_then(|outer| Reader(outer).take(BIT_STRING)?.split_first().map(|(_, point)| point));
    let public = curve.zip(point).map(|(curve, point)| PublicKey::ecdsa(curve, point));
    Some(PrivateKey::open(public))
}

fn pkcs8(bytes: &[u8]) -> Option<PrivateKey> {
    let mut key = Reader(Reader(bytes).take(SEQUENCE)?);
    let _version = key.take(INTEGER)?;
    let mut algorithm = Reader(key.take(SEQUENCE)?);
    let whole_algorithm = algorithm.0;
    let oid = algorithm.take(OBJECT_ID)?;
    let private = key.take(OCTET_STRING)?;
    if oid == EC {
        return ec(private, Some(algorithm.0));
    }
    if oid == ED25519 {
        let seed = Reader(private).take(OCTET_STRING)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        return Some(PrivateKey::open(Some(PublicKey::ed25519(pair.public_key().as_ref()))));
    }
    if oid == RSA_PSS {
        let pss = rsa_numbers(private)
            .map(|(modulus, exponent)| PublicKey::rsa_pss(whole_algorithm, modulus, exponent));
        return Some(PrivateKey::open(pss));
    }
    Some(PrivateKey::open(rsa(private)))
}

#[cfg(test)]
mod tests;
