//! The secrets with which webhooks are signed: read from a file, wiped when dropped, shown nowhere.

use std::fmt;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use zeroize::{Zeroize as _, Zeroizing};

use super::super::SinkOptionsError;

/// BOUND: the new secret, the old one, and one to spare while they change.
const SECRETS_MAX: usize = 3;

/// BOUND: three lines of a secret of 64 bytes.
const FILE_BYTES_MAX: u64 = 1024;

/// Standard Webhooks: 24 to 64 random bytes.
const SECRET_BYTES_MIN: usize = 24;
const SECRET_BYTES_MAX: usize = 64;

/// One to three secrets; a request carries a signature by each, so that they can be changed without
/// a gap.
pub struct Secrets(Vec<Zeroizing<Vec<u8>>>);

impl Secrets {
    /// Reads a file with one secret a line, each as `whsec_` and the base64 of 24 to 64 bytes.
    ///
    /// # Errors
    ///
    /// [`SinkOptionsError::File`] if it cannot be read, [`SinkOptionsError::Secret`] if it holds
    /// anything else.
    pub fn read(file: &Path) -> Result<Self, SinkOptionsError> {
        let failed = |error: std::io::Error| SinkOptionsError::File {
            file: file.to_owned(),
            source: error.into(),
        };
        // As large as the limit from the start: a buffer that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(2048));
        let opened = std::fs::File::open(file).map_err(failed)?;
        let read = opened.take(FILE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes);
        let len = u64::try_from(read.map_err(failed)?).unwrap_or(u64::MAX);
        let unusable = |hint| SinkOptionsError::Secret { file: file.to_owned(), hint };
        if len > FILE_BYTES_MAX {
            return Err(unusable("the file is too large"));
        }
        Self::parse(&bytes).map_err(unusable)
    }

    fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        const FORM: &str = "write `whsec_` and the base64 of 24 to 64 random bytes on each line";
        let text = std::str::from_utf8(bytes).map_err(|_not_text| FORM)?;
        let mut secrets = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let encoded = line.strip_prefix("whsec_").ok_or(FORM)?;
            let mut room = Zeroizing::new([0_u8; 128]);
            let len = STANDARD.decode_slice(encoded, &mut *room).map_err(|_not_base64| FORM)?;
            if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&len) {
                return Err(FORM);
            }
            secrets.push(Zeroizing::new(room.get(..len).unwrap_or_default().to_vec()));
        }
        match secrets.len() {
            0 => Err(FORM),
            1..=SECRETS_MAX => Ok(Self(secrets)),
            _ => Err("at most three secrets can be in use at once"),
        }
    }

    /// The value of `webhook-signature`: `v1,` and the base64 of HMAC-SHA-256 over
    /// `id.timestamp.body`, for each secret, with spaces between.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut signatures = Vec::new();
        for secret in &self.0 {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let mut context = hmac::Context::with_key(&key);
            context.update(format!("{id}.{seconds}.").as_bytes());
            context.update(body);
            signatures.push(format!("v1,{}", STANDARD.encode(context.sign())));
        }
        signatures.join(" ")
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        for secret in &mut self.0 {
            secret.zeroize();
        }
    }
}
