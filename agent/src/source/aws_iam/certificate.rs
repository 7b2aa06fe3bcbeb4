//! Certificates that the provider shows, in PEM.

use model::{Credential, CredentialKind, IdentityId};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::facts::credential;
use crate::source::certificate::Certificate;

/// The first certificate in `pem`, or what is wrong with it.
pub(super) fn read(pem: &str, identity: Option<IdentityId>) -> Result<Credential, String> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|error| format!("not a certificate in PEM: {error}"))?;
    let certificate = Certificate::from_der(&der).ok_or("not an X.509 certificate")?;
    let mut fact = credential(certificate.id, CredentialKind::Certificate, identity);
    fact.created_at = certificate.created_at;
    fact.ends = certificate.ends;
    fact.key = Some(certificate.key);
    fact.details = certificate.details;
    Ok(fact)
}

#[cfg(test)]
mod tests;
