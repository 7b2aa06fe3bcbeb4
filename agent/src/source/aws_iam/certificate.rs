//! Reads the certificates that the provider shows, so that the same one is known on a host's disk.

use jiff::Timestamp;
use model::{Credential, CredentialKind, End, IdentityId, KeyFacts, hex};
use ring::digest::{SHA256, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::facts::{credential, tell};

/// How many alternative names are shown.
const NAMES_SHOWN_MAX: usize = 20;

/// The first certificate in `pem`, or what is wrong with it.
pub(super) fn read(pem: &str, identity: Option<IdentityId>) -> Result<Credential, String> {
    let (_rest, block) = parse_x509_pem(pem.as_bytes())
        .map_err(|error| format!("not a certificate in PEM: {error}"))?;
    let certificate =
        block.parse_x509().map_err(|error| format!("not an X.509 certificate: {error}"))?;
    let id = format!("certificate:{}", sha256_hex(&block.contents));
    let mut fact = credential(id, CredentialKind::Certificate, identity);
    let validity = certificate.validity();
    fact.created_at = Timestamp::from_second(validity.not_before.timestamp()).ok();
    fact.ends = match Timestamp::from_second(validity.not_after.timestamp()) {
        // RFC 5280, 4.1.2.5: this moment says "no well-defined expiration date".
        Ok(at) if at.as_second() == NO_END_S => End::Never,
        Ok(at) => End::At(at),
        Err(_out_of_range) => End::Unknown,
    };
    fact.key = Some(key_facts(&certificate));
    tell(&mut fact.details, "subject", Some(&certificate.subject().to_string()));
    tell(&mut fact.details, "issuer", Some(&certificate.issuer().to_string()));
    tell(&mut fact.details, "serial", Some(&hex(certificate.raw_serial())));
    tell(&mut fact.details, "names", Some(&names(&certificate)));
    Ok(fact)
}

/// 9999-12-31T23:59:59Z.
const NO_END_S: i64 = 253_402_300_799;

/// SHA-256 of the bytes, in hexadecimal.
fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn key_facts(certificate: &X509Certificate<'_>) -> KeyFacts {
    KeyFacts {
        signature: Some(signature(&certificate.signature_algorithm.algorithm.to_id_string())),
        self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        authority: certificate.is_ca(),
        ..public_key_facts(certificate.public_key())
    }
}

/// What a public key tells of itself.
pub(super) fn public_key_facts(public_key: &SubjectPublicKeyInfo<'_>) -> KeyFacts {
    let (algorithm, bits) = algorithm_and_bits(public_key);
    let spki = Some(sha256_hex(public_key.raw));
    KeyFacts { algorithm, bits, spki, ..KeyFacts::default() }
}

fn algorithm_and_bits(public_key: &SubjectPublicKeyInfo<'_>) -> (String, Option<u32>) {
    let algorithm = public_key.algorithm.algorithm.to_id_string();
    match algorithm.as_str() {
        "1.2.840.113549.1.1.1" => ("rsa".to_owned(), rsa_bits(public_key)),
        "1.2.840.10045.2.1" => ("ecdsa".to_owned(), curve_bits(public_key)),
        "1.3.101.112" => ("ed25519".to_owned(), Some(256)),
        "1.3.101.113" => ("ed448".to_owned(), Some(448)),
        "1.2.840.10040.4.1" => ("dsa".to_owned(), None),
        _ => (algorithm, None),
    }
}

fn rsa_bits(public_key: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    match public_key.parsed() {
        Ok(PublicKey::RSA(key)) => {
            let modulus: Vec<u8> = key.modulus.iter().copied().skip_while(|b| *b == 0).collect();
            let first = modulus.first()?.leading_zeros();
            let bytes = u32::try_from(modulus.len()).ok()?;
            bytes.checked_mul(8)?.checked_sub(first)
        }
        _ => None,
    }
}

fn curve_bits(public_key: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let curve = public_key.algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string();
    match curve.as_str() {
        "1.2.840.10045.3.1.7" => Some(256),
        "1.3.132.0.33" => Some(224),
        "1.3.132.0.34" => Some(384),
        "1.3.132.0.35" => Some(521),
        _ => None,
    }
}

fn signature(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.4" => "md5-rsa",
        "1.2.840.113549.1.1.5" => "sha1-rsa",
        "1.2.840.113549.1.1.10" => "rsa-pss",
        "1.2.840.113549.1.1.11" => "sha256-rsa",
        "1.2.840.113549.1.1.12" => "sha384-rsa",
        "1.2.840.113549.1.1.13" => "sha512-rsa",
        "1.2.840.10045.4.1" => "ecdsa-sha1",
        "1.2.840.10045.4.3.2" => "ecdsa-sha256",
        "1.2.840.10045.4.3.3" => "ecdsa-sha384",
        "1.2.840.10045.4.3.4" => "ecdsa-sha512",
        "1.3.101.112" => "ed25519",
        "1.3.101.113" => "ed448",
        other => other,
    };
    name.to_owned()
}

fn names(certificate: &X509Certificate<'_>) -> String {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return String::new() };
    let names = extension.value.general_names.iter().take(NAMES_SHOWN_MAX);
    let plain = names.filter_map(|name| {
        if let GeneralName::DNSName(text) | GeneralName::URI(text) | GeneralName::RFC822Name(text) =
            name
        {
            return Some((*text).to_owned());
        }
        let GeneralName::IPAddress(bytes) = name else { return None };
        let v4 = <[u8; 4]>::try_from(*bytes).map(|ip| std::net::Ipv4Addr::from(ip).to_string());
        let v6 = <[u8; 16]>::try_from(*bytes).map(|ip| std::net::Ipv6Addr::from(ip).to_string());
        v4.or(v6).ok()
    });
    plain.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
