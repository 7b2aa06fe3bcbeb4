//! X.509 certificates, as RFC 5280 writes them, wherever they are met: on a disk or in a cloud.
//!
//! What a certificate is called and says is the same everywhere, so that the one on a host is known as
//! the one that a cloud shows. How it lies there is for the sources.

use jiff::Timestamp;
use model::{CredentialId, Details, End, KeyFacts, hex};
use ring::digest::{SHA256, digest};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::public_key::{PublicKey, dotted};

// BOUND: a certificate of a content network has hundreds of names; people read the first.
const NAMES_MAX: usize = 32;
// BOUND: a distinguished name of a person's making is far shorter.
const NAME_CHARS_MAX: usize = 512;

/// What a certificate tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Certificate {
    /// `certificate:<SHA-256 of its DER>`.
    pub(super) id: CredentialId,
    /// When it begins.
    pub(super) created_at: Option<Timestamp>,
    /// When it ends.
    pub(super) ends: End,
    /// Its key, and how it is signed.
    pub(super) key: KeyFacts,
    /// Subject, issuer, serial number and names, in text.
    pub(super) details: Details,
}

impl Certificate {
    /// The certificate in `der`; `None` if it is none. Bytes after it are ignored.
    #[must_use]
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        let whole = der.get(..der.len().checked_sub(rest.len())?)?;
        let public = PublicKey::from_info(certificate.public_key().raw)?;
        let validity = certificate.validity();
        let mut details = Details::new();
        for (what, text) in [
            ("subject", certificate.subject().to_string()),
            ("issuer", certificate.issuer().to_string()),
            ("serial", hex(certificate.raw_serial())),
            ("names", names(&certificate).join(" ")),
        ] {
            if !text.is_empty() {
                details.insert(what.to_owned(), text.chars().take(NAME_CHARS_MAX).collect());
            }
        }
        Some(Self {
            id: CredentialId(format!("certificate:{}", hex(digest(&SHA256, whole).as_ref()))),
            created_at: Timestamp::from_second(validity.not_before.timestamp()).ok(),
            // RFC 5280, 4.1.2.5: this moment says "no well-defined expiration date".
            ends: match validity.not_after.timestamp() {
                NO_END_S => End::Never,
                second => Timestamp::from_second(second).map_or(End::Unknown, End::At),
            },
            key: KeyFacts {
                signature: Some(signature(&certificate)),
                self_signed: is_self_signed(&certificate),
                authority: matches!(certificate.basic_constraints(), Ok(Some(it)) if it.value.ca),
                ..public.facts
            },
            details,
        })
    }
}

/// 9999-12-31T23:59:59Z.
const NO_END_S: i64 = 253_402_300_799;

/// Signed by its own key, as far as its names and key ids say. The signature is not verified: that
/// would cost more than all else about a certificate, and a forged one gains nothing by it.
fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    let (mut own, mut signer) = (None, None);
    for extension in certificate.extensions() {
        if let ParsedExtension::SubjectKeyIdentifier(id) = extension.parsed_extension() {
            own = Some(id.0);
        }
        if let ParsedExtension::AuthorityKeyIdentifier(id) = extension.parsed_extension() {
            signer = id.key_identifier.as_ref().map(|id| id.0);
        }
    }
    let keys_differ = own.zip(signer).is_some_and(|(own, signer)| own != signer);
    certificate.subject().as_raw() == certificate.issuer().as_raw() && !keys_differ
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    extension.value.general_names.iter().take(NAMES_MAX).filter_map(name).collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    let printable = |text: &str| text.chars().all(|char| !char.is_control());
    if let GeneralName::DNSName(text) | GeneralName::URI(text) | GeneralName::RFC822Name(text) =
        name
    {
        return printable(text).then(|| (*text).to_owned());
    }
    let GeneralName::IPAddress(bytes) = name else { return None };
    let v4 = <[u8; 4]>::try_from(*bytes).map(|ip| std::net::Ipv4Addr::from(ip).to_string());
    let v6 = <[u8; 16]>::try_from(*bytes).map(|ip| std::net::Ipv6Addr::from(ip).to_string());
    v4.or(v6).ok()
}

fn signature(certificate: &X509Certificate<'_>) -> String {
    let oid = dotted(certificate.signature_algorithm.algorithm.as_bytes());
    let known = match oid.as_str() {
        "1.2.840.113549.1.1.2" => "md2-rsa",
        "1.2.840.113549.1.1.4" => "md5-rsa",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "sha1-rsa",
        "1.2.840.113549.1.1.10" => "rsa-pss",
        "1.2.840.113549.1.1.11" => "sha256-rsa",
        "1.2.840.113549.1.1.12" => "sha384-rsa",
        "1.2.840.113549.1.1.13" => "sha512-rsa",
        "1.2.840.113549.1.1.14" => "sha224-rsa",
        "1.2.840.10040.4.3" => "dsa-sha1",
        "2.16.840.1.101.3.4.3.2" => "dsa-sha256",
        "1.2.840.10045.4.1" => "ecdsa-sha1",
        "1.2.840.10045.4.3.1" => "ecdsa-sha224",
        "1.2.840.10045.4.3.2" => "ecdsa-sha256",
        "1.2.840.10045.4.3.3" => "ecdsa-sha384",
        "1.2.840.10045.4.3.4" => "ecdsa-sha512",
        "1.3.101.112" => "ed25519",
        "1.3.101.113" => "ed448",
        _ => return oid,
    };
    known.to_owned()
}

#[cfg(test)]
mod tests;
