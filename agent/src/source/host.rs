//! The `host` source: the machine identities of one operating system and where their keys lie.
//!
//! ```text
//! table:passwd     accounts, groups, passwords' ages, the superuser
//! table:sudoers    rights by sudo
//! table:processes  running programs by account
//! table:units      services of systemd
//! table:cron       scheduled jobs
//! table:sockets    sockets of key agents
//! files:<tree>     private keys, certificates, authorized keys, credential files
//! ```
//!
//! Everything is read below [`HostConfig::root`], by one blocking task that tells what it sees through
//! a bounded channel. Nothing is written, nothing is run, no symbolic link is followed out.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use self::out::{Closed, Out, Told};
use super::{Emitter, ScanError, ScopeScan, Source, der, public_key, text};
use crate::secret::FingerprintKey;

pub use config::HostConfig;

mod accounts;
mod anchors;
mod authorized_keys;
mod built_in;
mod candidate;
mod certificate;
mod config;
mod cron;
mod disk;
mod format;
mod found;
mod ini;
mod leaf;
mod logins;
mod look;
mod out;
mod pem;
mod private_key;
mod processes;
mod round;
mod settings;
mod sudoers;
mod tables;
mod units;
mod walk;

/// Every decoder of bytes from outside, for the tests and the fuzz targets.
#[doc(hidden)]
pub mod decode {
    pub use super::accounts::Accounts;
    pub use super::authorized_keys::find as authorized_keys;
    pub use super::candidate::{Format, Guess, guess, guess_head};
    pub use super::certificate::find as certificate;
    pub use super::cron::jobs;
    pub use super::format::find as format;
    pub use super::format::google::service_account;
    pub use super::found::{Found, Name};
    pub use super::leaf::leaves;
    pub use super::logins::Logins;
    pub use super::pem::find as pem;
    pub use super::private_key::PrivateKey;
    pub use super::processes::Status;
    pub use super::public_key::PublicKey;
    pub use super::sudoers::include::logical_lines;
    pub use super::sudoers::{Rights, Sudoers};
    pub use super::units::Unit;
}

/// The source's page of the manual.
pub const DOC: &str = include_str!("host/manual.md");

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The source. Cheap to keep; every scan reads everything anew.
pub struct Host {
    config: Arc<HostConfig>,
    key: Arc<FingerprintKey>,
    now: Now,
}

impl Host {
    /// A source for the host that `config` describes. Secrets are fingerprinted with `key`; whether
    /// an account has ended is held against `now`.
    #[must_use]
    pub fn new(config: HostConfig, key: Arc<FingerprintKey>, now: Now) -> Self {
        Self { config: Arc::new(config), key, now }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("config", &self.config).finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Host {
    fn kind(&self) -> &'static str {
        "host"
    }

    async fn scan(&self, out: &Emitter) -> Result<(), ScanError> {
        let name = round::host_name(&self.config);
        let (told_out, mut told) = Out::new(&name);
        let (config, key, as_of) = (self.config.clone(), self.key.clone(), (self.now)());
        let walk =
            tokio::task::spawn_blocking(move || round::run(&config, &key, &name, as_of, &told_out));
        let mut open: Option<ScopeScan<'_>> = None;
        while let Some(told) = told.recv().await {
            match (told, open.take()) {
                (Told::Began(scope, rights), _) => {
                    open = Some(out.open_with_rights(scope, rights).await);
                }
                (Told::Saw(fact), Some(scan)) => {
                    scan.saw(*fact).await;
                    open = Some(scan);
                }
                (Told::Completed, Some(scan)) => scan.complete().await,
                (Told::Abandoned(reason), Some(scan)) => scan.abandon(reason).await,
                (Told::Saw(_) | Told::Completed | Told::Abandoned(_), None) => {}
            }
        }
        match walk.await {
            Ok(Ok(()) | Err(Closed)) => Ok(()),
            Err(source) => Err(ScanError::Unreachable {
                endpoint: PathBuf::from(&self.config.root).display().to_string(),
                source: Box::new(source),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
