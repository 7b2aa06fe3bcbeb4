//! Certificates in files: what of them is this place's, and not the certificate's own.

use model::{CredentialKind, PlacementKind};

use super::found::{Found, Name};
use crate::source::certificate::Certificate;

/// The certificate in `der`; `None` if it is none. Bytes after it are ignored.
#[must_use]
pub fn find(der: &[u8]) -> Option<Found> {
    let certificate = Certificate::from_der(der)?;
    // `certificate:` and 16 digits, which tell the certificates of one file apart.
    let item: String = certificate.id.0.chars().take(28).collect();
    let mut found = Found::new(item, CredentialKind::Certificate, PlacementKind::CertificateFile);
    found.name = Name::Public(certificate.id);
    found.created_at = certificate.created_at;
    found.ends = certificate.ends;
    found.key = Some(certificate.key);
    found.credential_details = certificate.details;
    Some(found)
}

/// What is plainly meant to be a certificate and cannot be read.
pub(super) fn malformed() -> Found {
    let mut found =
        Found::new("certificate", CredentialKind::Certificate, PlacementKind::CertificateFile);
    found.say("error", "malformed certificate");
    found
}
