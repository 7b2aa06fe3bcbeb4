//! What enrolment left in the state folder: who this agent is, and by what it proves it.
//!
//! ```text
//! agent.key          private key of the client certificate; made here, never leaves
//! agent.pem          the client certificate
//! authority.pem      the collector's authority, the only one that is trusted
//! fingerprint.key    the deployment's key for fingerprints, 32 bytes
//! enrolment.toml     name, collector, scopes; written last, so that it stands for the whole
//! ```
//!
//! A renewed key and certificate are two files that must change together: both are written beside
//! the old ones (`.next`), then the key is renamed, then the certificate. [`Enrolment::load`] ends
//! what a crash left half done: after the first rename it does the second, before it nothing.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use model::{AgentId, hex};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::files;
use crate::secret::FingerprintKey;

/// Who this agent is to its collector.
#[derive(Clone, Debug)]
pub struct Enrolment {
    folder: PathBuf,
    /// Its name, as its certificate says.
    pub agent: AgentId,
    /// Where the collector listens: `host:port`.
    pub collector: String,
    /// The scopes that it may report on, as patterns.
    pub scopes: Vec<String>,
}

/// By what it proves it.
#[derive(Debug)]
pub struct Credentials {
    pub(crate) key: PrivateKeyDer<'static>,
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) authority: CertificateDer<'static>,
    /// Its validity.
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

/// The state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// Nobody enrolled here.
    #[error("`{folder}` holds no enrolment", folder = folder.display())]
    None {
        /// Which folder.
        folder: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{action} `{path}` failed", path = path.display())]
    Io {
        /// What we were doing.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should: enrol again.
    #[error("`{path}` is not {expected}", path = path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
}

/// What `enrolment.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    version: u32,
    agent: String,
    collector: String,
    scopes: Vec<String>,
}

const VERSION: u32 = 1;

/// What the text of `enrolment.toml` says, if it is one of this version.
pub(crate) fn decode(text: &str) -> Option<Raw> {
    toml::from_str::<Raw>(text).ok().filter(|raw| raw.version == VERSION)
}

/// What a collector gave us, not yet on disk.
pub(crate) struct Issued<'a> {
    pub(crate) key_pem: &'a str,
    pub(crate) certificate: &'a [u8],
    pub(crate) authority: &'a [u8],
    pub(crate) fingerprint_key: &'a FingerprintKey,
}

impl Enrolment {
    /// Reads who we are from `folder`.
    ///
    /// # Errors
    ///
    /// [`EnrolmentError::None`] if nobody enrolled, else what is wrong with which file.
    pub fn load(folder: &Path) -> Result<Self, EnrolmentError> {
        let path = folder.join("enrolment.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(EnrolmentError::None { folder: folder.to_owned() });
            }
            Err(source) => return Err(io_error("reading", path, source)),
        };
        let Some(raw) = decode(&text) else {
            return Err(EnrolmentError::Malformed { path, expected: "an enrolment" });
        };
        let enrolment = Self {
            folder: folder.to_owned(),
            agent: raw.agent.into(),
            collector: raw.collector,
            scopes: raw.scopes,
        };
        enrolment.renewal_finish()?;
        Ok(enrolment)
    }

    /// Writes all that enrolment gave, durably, `enrolment.toml` last.
    pub(crate) fn save(&self, issued: &Issued<'_>) -> Result<(), EnrolmentError> {
        files::folder_create(&self.folder)
            .map_err(|source| io_error("creating", self.folder.clone(), source))?;
        let mut key = zeroize::Zeroizing::new(Vec::with_capacity(FingerprintKey::LEN));
        issued
            .fingerprint_key
            .store(&mut *key)
            .map_err(|source| io_error("writing", self.path("fingerprint.key"), source))?;
        self.write("fingerprint.key", &key)?;
        self.write("agent.key", issued.key_pem.as_bytes())?;
        self.write("agent.pem", pem(issued.certificate).as_bytes())?;
        self.write("authority.pem", pem(issued.authority).as_bytes())?;
        // The strings of JSON are strings of TOML, too.
        let text = format!(
            "version = {VERSION}\nagent = {}\ncollector = {}\nscopes = {}\n",
            serde_json::Value::from(self.agent.as_str()),
            serde_json::Value::from(self.collector.as_str()),
            serde_json::Value::from(self.scopes.clone()),
        );
        self.write("enrolment.toml", text.as_bytes())
    }

    /// A new enrolment for `folder`, not yet on disk.
    pub(crate) fn new(
        folder: &Path,
        agent: AgentId,
        collector: String,
        scopes: Vec<String>,
    ) -> Self {
        Self { folder: folder.to_owned(), agent, collector, scopes }
    }

    /// Reads key and certificates.
    ///
    /// # Errors
    ///
    /// What is wrong with which file.
    pub fn credentials(&self) -> Result<Credentials, EnrolmentError> {
        let key = zeroize::Zeroizing::new(self.read("agent.key")?);
        let (certificate, authority) = (self.read("agent.pem")?, self.read("authority.pem")?);
        Credentials::decode(&key, &certificate, &authority).map_err(|(name, expected)| {
            EnrolmentError::Malformed { path: self.path(name), expected }
        })
    }

    /// Reads the deployment's key for fingerprints.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn fingerprint_key(&self) -> Result<FingerprintKey, EnrolmentError> {
        let bytes = zeroize::Zeroizing::new(self.read("fingerprint.key")?);
        FingerprintKey::from_bytes(&bytes).ok_or_else(|| EnrolmentError::Malformed {
            path: self.path("fingerprint.key"),
            expected: "a key of 32 bytes",
        })
    }

    /// Replaces key and certificate together, durably.
    pub(crate) fn renewed(&self, key_pem: &str, certificate: &[u8]) -> Result<(), EnrolmentError> {
        self.write("agent.key.next", key_pem.as_bytes())?;
        self.write("agent.pem.next", pem(certificate).as_bytes())?;
        self.rename("agent.key.next", "agent.key")?;
        self.rename("agent.pem.next", "agent.pem")
    }

    /// Ends what a crash left of [`Self::renewed`].
    fn renewal_finish(&self) -> Result<(), EnrolmentError> {
        let key_is_renamed = !self.path("agent.key.next").exists();
        if key_is_renamed && self.path("agent.pem.next").exists() {
            return self.rename("agent.pem.next", "agent.pem");
        }
        // The old pair still counts. The certificate goes first, for the same reason.
        for name in ["agent.pem.next", "agent.key.next"] {
            let path = self.path(name);
            files::remove(&path).map_err(|source| io_error("removing", path, source))?;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, EnrolmentError> {
        let path = self.path(name);
        std::fs::read(&path).map_err(|source| io_error("reading", path, source))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), EnrolmentError> {
        let path = self.path(name);
        files::replace_bytes(&path, bytes).map_err(|source| io_error("writing", path, source))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), EnrolmentError> {
        let path = self.path(to);
        files::rename(&self.path(from), &path).map_err(|source| io_error("replacing", path, source))
    }
}

/// The name of a file, and what it should be.
pub(crate) type Unfit = (&'static str, &'static str);

impl Credentials {
    /// What the three files hold, all in PEM.
    pub(crate) fn decode(key: &[u8], certificate: &[u8], authority: &[u8]) -> Result<Self, Unfit> {
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| ("agent.key", "a private key in PEM"))?;
        let certificate = CertificateDer::from_pem_slice(certificate)
            .map_err(|_| ("agent.pem", "a certificate in PEM"))?;
        let authority = CertificateDer::from_pem_slice(authority)
            .map_err(|_| ("authority.pem", "a certificate in PEM"))?;
        let (not_before, not_after) =
            validity(&certificate).ok_or(("agent.pem", "a certificate with a validity"))?;
        Ok(Self { key, certificate, authority, not_before, not_after })
    }
}

/// When a certificate is valid.
pub(crate) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let validity = certificate.validity();
    let moment = |at: x509_parser::time::ASN1Time| Timestamp::from_second(at.timestamp()).ok();
    Some((moment(validity.not_before)?, moment(validity.not_after)?))
}

/// SHA-256 of `bytes`, in hexadecimal: by which a token names an authority.
pub(crate) fn digest_hex(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// A certificate in PEM: base64 in lines of 64 characters.
fn pem(certificate: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----");
    for (index, chunk) in certificate.chunks(3).enumerate() {
        if index.is_multiple_of(16) {
            text.push('\n');
        }
        let bits = (0..3).fold(0_usize, |bits, position| {
            bits << 8 | usize::from(chunk.get(position).copied().unwrap_or(0))
        });
        for position in 0..4_usize {
            let digit = bits >> (18_usize.saturating_sub(position.saturating_mul(6))) & 63;
            let is_filler = position > chunk.len();
            let digit = DIGITS.get(digit).filter(|_| !is_filler).copied().unwrap_or(b'=');
            text.push(char::from(digit));
        }
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}

fn io_error(action: &'static str, path: PathBuf, source: io::Error) -> EnrolmentError {
    EnrolmentError::Io { action, path, source }
}

#[cfg(test)]
mod tests;
