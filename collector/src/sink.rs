//! Where news goes.

pub mod syslog;
#[cfg(test)]
pub(crate) mod testing;
pub mod tls;
pub mod webhook;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::FeedEvent;

use crate::clock::Clock;
use crate::config::SinkConfig;
use crate::store::BoxError;
use syslog::{SyslogOptions, SyslogSink};
use tls::{ClientFiles, TlsOptions};
use webhook::{Secrets, WebhookOptions, WebhookSink};

/// A place that wants to hear of changes.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Name in configuration and metrics; also the name of its cursor.
    fn name(&self) -> &str;

    /// Delivers `events` in order. May be called again with events already delivered.
    async fn deliver(&self, events: &[FeedEvent]) -> Result<(), DeliveryError>;

    /// Called about once a second while there is nothing to deliver, for receivers that do not
    /// answer: whoever finds out late that a delivery was lost can send it again here.
    async fn idle(&self) -> Result<(), DeliveryError> {
        Ok(())
    }
}

/// The sink that `config` describes. `host` is the collector's own name, as receivers show it.
///
/// # Errors
///
/// [`SinkOptionsError`]: tell the operator.
pub fn open(
    config: &SinkConfig,
    host: &str,
    clock: &Clock,
) -> Result<Arc<dyn Sink>, SinkOptionsError> {
    match config {
        SinkConfig::Syslog(it) => {
            let mut options = SyslogOptions::new(&it.name, &it.address, host);
            let client = it.client.clone();
            options.tls = it.tls.then(|| TlsOptions {
                authority_file: it.authority_file.clone(),
                client: client
                    .map(|(certificate_file, key_file)| ClientFiles { certificate_file, key_file }),
            });
            Ok(Arc::new(SyslogSink::new(options)?))
        }
        SinkConfig::Webhook(it) => {
            let options = WebhookOptions {
                name: it.name.clone(),
                url: it.url.clone(),
                secrets: Secrets::read(&it.secret_file)?,
                tls: TlsOptions { authority_file: it.authority_file.clone(), client: None },
            };
            Ok(Arc::new(WebhookSink::new(options, clock.clone())?))
        }
    }
}

/// Why a delivery did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Worth another try.
    #[error("receiver busy or unreachable")]
    Retry {
        /// What the receiver asked for, if it did.
        after: Option<Duration>,
        /// What happened.
        #[source]
        source: BoxError,
    },
    /// Will never work: skip these events and tell the operator.
    #[error("receiver refused the events")]
    Refused(#[source] BoxError),
}

impl DeliveryError {
    /// Worth another try, whenever it suits the pump.
    pub(crate) fn retry(source: impl Into<BoxError>) -> Self {
        Self::Retry { after: None, source: source.into() }
    }
}

/// Why a sink cannot be made as it was configured. All need a human.
#[derive(Debug, thiserror::Error)]
pub enum SinkOptionsError {
    /// A file is missing, unreadable or not what it should be.
    #[error("reading `{}` failed", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// A file holds no certificate.
    #[error("`{}` holds no certificate in PEM form", file.display())]
    NoCertificate {
        /// Which.
        file: PathBuf,
    },
    /// The system trusts nobody.
    #[error("the system has no list of trusted authorities: name a file of them")]
    NoRoots,
    /// The TLS library does not take what the files hold.
    #[error("setting up TLS failed")]
    Tls(#[source] rustls::Error),
    /// A value cannot be used.
    #[error("`{key}` cannot be `{value}`: {hint}")]
    Value {
        /// Which key.
        key: &'static str,
        /// What it said.
        value: String,
        /// What to do.
        hint: &'static str,
    },
    /// A secret is not what it should be; what it says is shown nowhere.
    #[error("`{}` holds no usable secret: {hint}", file.display())]
    Secret {
        /// Where it lies.
        file: PathBuf,
        /// What to do.
        hint: &'static str,
    },
}
