//! The client's side of TLS towards receivers: whom to trust, and how to show who we are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::SinkOptionsError;

/// Whom to trust, and how to show who we are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TlsOptions {
    /// A PEM file of the authorities that may have signed the receiver's certificate. Without it,
    /// the system's own.
    pub authority_file: Option<PathBuf>,
    /// PEM files of our certificate (with its chain) and its private key, for receivers that ask.
    pub client: Option<ClientFiles>,
}

/// Where our own certificate lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClientFiles {
    /// The certificate, then those between it and the authority.
    pub certificate_file: PathBuf,
    /// Its private key; no file of ours is readable by others.
    pub key_file: PathBuf,
}

/// TLS 1.3, and 1.2 for receivers that speak no more, such as older syslog servers.
///
/// # Errors
///
/// [`SinkOptionsError`] naming the file that cannot be used.
pub(super) fn client_config(options: &TlsOptions) -> Result<ClientConfig, SinkOptionsError> {
    let roots = match &options.authority_file {
        Some(file) => roots_read(file)?,
        None => roots_of_system()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(SinkOptionsError::Tls)?
        .with_root_certificates(roots);
    let Some(client) = &options.client else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates_read(&client.certificate_file)?;
    let key = PrivateKeyDer::from_pem_file(&client.key_file).map_err(|error| {
        SinkOptionsError::File { file: client.key_file.clone(), source: error.into() }
    })?;
    builder.with_client_auth_cert(chain, key).map_err(SinkOptionsError::Tls)
}

fn roots_read(file: &Path) -> Result<RootCertStore, SinkOptionsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates_read(file)? {
        roots.add(certificate).map_err(|error| SinkOptionsError::File {
            file: file.to_owned(),
            source: error.into(),
        })?;
    }
    Ok(roots)
}

fn roots_of_system() -> Result<RootCertStore, SinkOptionsError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_added, _ignored) = roots.add_parsable_certificates(found.certs);
    if roots.is_empty() { Err(SinkOptionsError::NoRoots) } else { Ok(roots) }
}

fn certificates_read(file: &Path) -> Result<Vec<CertificateDer<'static>>, SinkOptionsError> {
    let broken = |error: rustls::pki_types::pem::Error| SinkOptionsError::File {
        file: file.to_owned(),
        source: error.into(),
    };
    let certificates = CertificateDer::pem_file_iter(file).map_err(broken)?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(broken)?;
    if certificates.is_empty() {
        return Err(SinkOptionsError::NoCertificate { file: file.to_owned() });
    }
    Ok(certificates)
}
