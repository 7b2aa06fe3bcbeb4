//! The collector's own certificate authority, and what its certificates say.
//!
//! ```text
//! authority.pem  authority.key     the anchor that agents and operators pin; kept for ten years
//! server          DNS muster-collector            made anew at every start
//! agent           URI muster://agent/<name>       a day or as configured, renewed by the agent itself
//! operator        URI muster://operator/<name>    a year, in operator/
//! ```
//!
//! A name in a signing request is ignored: only the key is taken from it. Whom a certificate speaks
//! for is decided here and read back in [`peer_of`], nowhere else.

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use model::{AgentId, hex};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};
use zeroize::Zeroizing;

use crate::peer::{Peer, Shown};

/// The name by which clients verify the collector, whatever address they reach it at.
pub const SERVER_NAME: &str = "muster-collector";

const ANCHOR_VALIDITY: SignedDuration = SignedDuration::from_hours(24 * 3653);
const SERVER_VALIDITY: SignedDuration = SignedDuration::from_hours(24 * 397);
const OPERATOR_VALIDITY: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How long an agent's certificate holds if nothing is said: a thief of one has at most a day.
pub const AGENT_VALIDITY: SignedDuration = SignedDuration::from_hours(24);
/// Certificates begin this much earlier, for peers whose clocks are behind; those that hold for less
/// than a hundred minutes begin a tenth of their life earlier, so that it is still mostly ahead.
const CLOCK_SKEW_MAX: SignedDuration = SignedDuration::from_mins(10);

/// The authority, with its key in memory.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    anchor: CertificateDer<'static>,
    anchor_pem: String,
}

/// A certificate with the key that was made for it.
pub struct Issued {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// The same in PEM.
    pub certificate_pem: String,
    /// Its private key, in PKCS #8.
    pub key: PrivateKeyDer<'static>,
    /// The same in PEM.
    pub key_pem: Zeroizing<String>,
}

/// Why the authority cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file cannot be read or written; the operator must look.
    #[error("using `{}` failed", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A certificate, key or request is not what it should be.
    #[error("{what} cannot be used")]
    Unusable {
        /// Which.
        what: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    Random,
}

impl Authority {
    /// Makes a new authority in `folder`, which must hold none.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::File`] if there is one already, or the folder cannot be written.
    pub fn create(folder: &Path, now: Timestamp) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate().map_err(|source| unusable("a new key", source))?;
        let mut params = blank(now, ANCHOR_VALIDITY)?;
        params.distinguished_name.push(DnType::CommonName, "Muster collector authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let anchor = params
            .self_signed(&key)
            .map_err(|source| unusable("the authority's certificate", source))?;
        let key_pem = Zeroizing::new(key.serialize_pem());
        write_secret(&folder.join("authority.key"), key_pem.as_bytes())?;
        write_public(&folder.join("authority.pem"), anchor.pem().as_bytes())?;
        Self::open(folder)
    }

    /// Reads the authority in `folder`.
    ///
    /// # Errors
    ///
    /// Any [`AuthorityError`] but [`AuthorityError::Random`]: run `muster-collector init`, or
    /// restore the two files.
    pub fn open(folder: &Path) -> Result<Self, AuthorityError> {
        let key_pem = Zeroizing::new(read(&folder.join("authority.key"))?);
        let anchor_pem = read(&folder.join("authority.pem"))?;
        let key =
            KeyPair::from_pem(&key_pem).map_err(|source| unusable("authority.key", source))?;
        let issuer = Issuer::from_ca_cert_pem(&anchor_pem, key)
            .map_err(|source| unusable("authority.pem", source))?;
        let anchor = {
            use rustls::pki_types::pem::PemObject as _;
            CertificateDer::from_pem_slice(anchor_pem.as_bytes())
                .map_err(|_| unusable("authority.pem", rcgen::Error::CouldNotParseCertificate))?
        };
        Ok(Self { issuer, anchor, anchor_pem })
    }

    /// The certificate that everyone pins.
    pub fn anchor(&self) -> &CertificateDer<'static> {
        &self.anchor
    }

    /// The same in PEM.
    pub fn anchor_pem(&self) -> &str {
        &self.anchor_pem
    }

    /// SHA-256 of the certificate that everyone pins, in hexadecimal: the end of a token.
    #[must_use]
    pub fn anchor_digest(&self) -> String {
        hex(ring::digest::digest(&ring::digest::SHA256, &self.anchor).as_ref())
    }

    /// A certificate for the collector itself, with a new key.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Unusable`] for a name that is none, [`AuthorityError::Random`].
    pub fn issue_server(&self, names: &[String], now: Timestamp) -> Result<Issued, AuthorityError> {
        let mut all = vec![SERVER_NAME.to_owned()];
        all.extend(names.iter().cloned());
        let alternative = CertificateParams::new(all)
            .map_err(|source| unusable("a name of the collector", source))?;
        let mut params = blank(now, SERVER_VALIDITY)?;
        params.distinguished_name.push(DnType::CommonName, SERVER_NAME);
        params.subject_alt_names = alternative.subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(&params)
    }

    /// A certificate for an operator of that name, with a new key.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Unusable`] for a name that no URI can hold, [`AuthorityError::Random`].
    pub fn issue_operator(&self, name: &str, now: Timestamp) -> Result<Issued, AuthorityError> {
        self.issue(&client("operator", name, now, OPERATOR_VALIDITY)?)
    }

    /// A certificate for the agent of that name and the key of `request`, and its serial number in
    /// hexadecimal.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Unusable`] if the request is none, [`AuthorityError::Random`].
    pub fn issue_agent(
        &self,
        agent: &AgentId,
        request: &[u8],
        validity: SignedDuration,
        now: Timestamp,
    ) -> Result<(CertificateDer<'static>, String), AuthorityError> {
        let mut request = request_read(request)?;
        request.params = client("agent", agent.as_str(), now, validity)?;
        let serial = request.params.serial_number.as_ref().map(SerialNumber::to_bytes);
        let certificate =
            request.signed_by(&self.issuer).map_err(|source| unusable(REQUEST, source))?;
        Ok((certificate.der().clone(), hex(&serial.unwrap_or_default())))
    }

    fn issue(&self, params: &CertificateParams) -> Result<Issued, AuthorityError> {
        let key = KeyPair::generate().map_err(|source| unusable("a new key", source))?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(|source| unusable("a new certificate", source))?;
        Ok(Issued {
            certificate: certificate.der().clone(),
            certificate_pem: certificate.pem(),
            key_pem: Zeroizing::new(key.serialize_pem()),
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        })
    }
}

const REQUEST: &str = "the certification request";

/// Reads a certification request; nothing that it asks for is granted by that.
///
/// # Errors
///
/// [`AuthorityError::Unusable`] if it is none.
pub fn request_read(request: &[u8]) -> Result<CertificateSigningRequestParams, AuthorityError> {
    let request = CertificateSigningRequestDer::from(request);
    CertificateSigningRequestParams::from_der(&request).map_err(|source| unusable(REQUEST, source))
}

/// Whom a certificate of this authority speaks for. A certificate without one of its names speaks
/// for nobody.
#[must_use]
pub fn peer_of(certificate: Option<&[u8]>, address: IpAddr) -> Peer {
    certificate.and_then(named).unwrap_or(Peer::Anonymous(address))
}

fn named(certificate: &[u8]) -> Option<Peer> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    for name in &names.value.general_names {
        let GeneralName::URI(uri) = name else { continue };
        if let Some(agent) = uri.strip_prefix("muster://agent/") {
            let ends_at = Timestamp::from_second(certificate.validity().not_after.timestamp());
            return Some(Peer::Agent(Shown {
                agent: agent.into(),
                serial: hex(certificate.raw_serial()),
                ends_at: ends_at.ok()?,
            }));
        }
        if let Some(operator) = uri.strip_prefix("muster://operator/") {
            return Some(Peer::Operator(operator.to_owned()));
        }
    }
    None
}

/// Whether `name` can be an agent's or operator's: letters, digits, `.`, `-` and `_`, at most 64.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.len() <= 64 && name.chars().all(plain)
}

fn client(
    role: &str,
    name: &str,
    now: Timestamp,
    validity: SignedDuration,
) -> Result<CertificateParams, AuthorityError> {
    let wrong = || unusable(&format!("the name `{name}`"), rcgen::Error::InvalidNameType);
    if !is_name(name) {
        return Err(wrong());
    }
    let uri = format!("muster://{role}/{name}").try_into().map_err(|_| wrong())?;
    let mut params = blank(now, validity)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = vec![SanType::URI(uri)];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn blank(now: Timestamp, validity: SignedDuration) -> Result<CertificateParams, AuthorityError> {
    let mut serial = [0; 16];
    SystemRandom::new().fill(&mut serial).map_err(|_| AuthorityError::Random)?;
    // A serial number is positive and, so that its length is fixed, does not begin with zero.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let earlier = validity.checked_div(10).unwrap_or(CLOCK_SKEW_MAX).min(CLOCK_SKEW_MAX);
    params.not_before = moment(now.saturating_sub(earlier).unwrap_or(now));
    params.not_after = moment(now.saturating_add(validity).unwrap_or(now));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

fn moment(at: Timestamp) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at.as_second())
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

fn unusable(what: &str, source: rcgen::Error) -> AuthorityError {
    AuthorityError::Unusable { what: what.to_owned(), source }
}

fn read(path: &Path) -> Result<String, AuthorityError> {
    fs::read_to_string(path)
        .map_err(|source| AuthorityError::File { path: path.to_owned(), source })
}

/// Writes a file that only its owner can read. It must not exist.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    write(path, bytes, 0o600)
}

/// Writes a file that everyone may read. It must not exist.
pub(crate) fn write_public(path: &Path, bytes: &[u8]) -> Result<(), AuthorityError> {
    write(path, bytes, 0o644)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), AuthorityError> {
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|source| AuthorityError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
