//! Redeems an invitation: a one-time token for a client certificate.
//!
//! ```text
//! muster1.<secret: 32 bytes in hexadecimal>.<SHA-256 of the authority's certificate in hexadecimal>
//! ```
//!
//! The token proves both sides: the secret to the collector, the digest to us. The private key is
//! made here and never leaves. INVARIANT: nothing is written before the reply was found to come
//! from the authority of the token, and the secret is sent to nobody else.

use std::path::Path;
use std::time::Duration;

use proto::v1;
use proto::v1::enrol_client::EnrolClient;
use rcgen::{CertificateParams, KeyPair};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::enrolment::{Enrolment, EnrolmentError, Issued, digest_hex, validity};
use crate::secret::FingerprintKey;
use crate::tls;

/// How long the collector may take to answer.
const REDEEM_WAIT_MAX: Duration = Duration::from_secs(30);

/// BOUND: on the text of a token; a real one has 137 characters.
pub const TOKEN_BYTES_MAX: usize = 1024;

/// An invitation, as text from an operator. Shown by nothing.
pub struct Token {
    secret: Zeroizing<Vec<u8>>,
    authority_digest: String,
}

/// A text that is no token. It says nothing of the text, which may be most of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the token is not of the form `muster1.<64 hexadecimal digits>.<64 hexadecimal digits>`")]
pub struct TokenError;

/// Why enrolment failed.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// Nobody, or not the collector of the token, answers there.
    #[error("connecting to the collector at `{collector}` failed")]
    Connect {
        /// Where.
        collector: String,
        /// What happened.
        #[source]
        source: tonic::transport::Error,
    },
    /// It did not accept the token: used already, past its end, or not of this collector.
    #[error("the collector at `{collector}` refused the token")]
    Refused {
        /// Where.
        collector: String,
        /// What it said.
        #[source]
        source: Box<tonic::Status>,
    },
    /// It did not answer.
    #[error("the collector at `{collector}` did not answer in time")]
    Silent {
        /// Where.
        collector: String,
    },
    /// It answered nonsense.
    #[error("the reply of the collector at `{collector}` is wrong: {problem}")]
    Reply {
        /// Where.
        collector: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A key could not be made.
    #[error("making a key failed")]
    Key(#[source] rcgen::Error),
    /// TLS could not be set up.
    #[error("setting up TLS failed")]
    Tls(#[source] rustls::Error),
    /// What was received could not be kept; the token is spent.
    #[error("keeping the enrolment failed")]
    Keep(#[source] EnrolmentError),
}

impl Token {
    /// Reads a token; white space around it is let pass.
    ///
    /// # Errors
    ///
    /// [`TokenError`] if it is none.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let mut parts = text.trim().split('.');
        let (Some("muster1"), Some(secret), Some(authority), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError);
        };
        let secret = Zeroizing::new(unhex(secret).filter(|it| it.len() == 32).ok_or(TokenError)?);
        let authority = unhex(authority).filter(|it| it.len() == 32).ok_or(TokenError)?;
        Ok(Self { secret, authority_digest: model::hex(&authority) })
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Redeems `token` with the collector at `collector` (`host:port`), and keeps what it gives in
/// `state_folder`.
///
/// # Errors
///
/// [`EnrolError`]; unless it is [`EnrolError::Keep`], nothing was written.
pub async fn redeem(
    collector: &str,
    token: &Token,
    state_folder: &Path,
) -> Result<Enrolment, EnrolError> {
    let at = || collector.to_owned();
    // Found out now, while the token is still good.
    crate::files::folder_create(state_folder).map_err(|source| {
        let path = state_folder.to_owned();
        EnrolError::Keep(EnrolmentError::Io { action: "creating", path, source })
    })?;
    let (key_pem, request) = key_and_request()?;
    let config = tls::enrol_config(token.authority_digest.clone()).map_err(EnrolError::Tls)?;
    let channel = tls::channel(collector, config)
        .await
        .map_err(|source| EnrolError::Connect { collector: at(), source })?;
    let message = v1::RedeemRequest { secret: token.secret.to_vec(), request };
    let reply = timeout(REDEEM_WAIT_MAX, EnrolClient::new(channel).redeem(message))
        .await
        .map_err(|_elapsed| EnrolError::Silent { collector: at() })?
        .map_err(|status| EnrolError::Refused { collector: at(), source: Box::new(status) })?
        .into_inner();
    let wrong = |problem| EnrolError::Reply { collector: at(), problem };
    if digest_hex(&reply.authority) != token.authority_digest {
        return Err(wrong("its authority is not that of the token"));
    }
    if validity(&reply.certificate).is_none() {
        return Err(wrong("the certificate is none"));
    }
    let key_bytes = Zeroizing::new(reply.fingerprint_key);
    let fingerprint_key = FingerprintKey::from_bytes(&key_bytes)
        .ok_or_else(|| wrong("the key for fingerprints is not of 32 bytes"))?;
    let enrolment = Enrolment::new(state_folder, reply.agent.into(), at(), reply.scopes);
    enrolment
        .save(&Issued {
            key_pem: &key_pem,
            certificate: &reply.certificate,
            authority: &reply.authority,
            fingerprint_key: &fingerprint_key,
        })
        .map_err(EnrolError::Keep)?;
    Ok(enrolment)
}

/// A private key in PEM, and what asks for a certificate for it.
pub(crate) type KeyAndRequest = (Zeroizing<String>, Vec<u8>);

/// A new private key in PEM, and a certification request for it in DER. The request names nobody:
/// the collector knows who asks.
pub(crate) fn key_and_request() -> Result<KeyAndRequest, EnrolError> {
    let key = KeyPair::generate().map_err(EnrolError::Key)?;
    let request = CertificateParams::default()
        .serialize_request(&key)
        .map_err(EnrolError::Key)?
        .der()
        .to_vec();
    Ok((Zeroizing::new(key.serialize_pem()), request))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            &[high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests;
