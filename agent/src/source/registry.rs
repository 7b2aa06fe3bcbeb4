//! Every source that there is, as a list that one can read.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::Source;
use super::host::{Host, HostConfig};
use crate::budget::Budgets;
use crate::clock::Clock;
use crate::secret::FingerprintKey;

/// What is made of a part of a configuration, or what is wrong with it.
pub type Checked<T> = Result<T, toml::de::Error>;

/// A source of any kind.
pub type Boxed = Box<dyn Source>;

/// A kind of source.
#[derive(Debug)]
pub struct Kind {
    /// Its name in the configuration, in metrics and scope ids.
    pub name: &'static str,
    /// Whether its part of a configuration is right; says what is wrong.
    pub check: fn(&toml::Table) -> Checked<()>,
    /// Makes it from its part of a configuration.
    pub build: fn(toml::Table, &Context) -> Checked<Boxed>,
}

/// What a source may need beside its configuration.
#[derive(Clone)]
pub struct Context {
    /// For fingerprints of secrets.
    pub fingerprint_key: Arc<FingerprintKey>,
    /// The time.
    pub clock: Clock,
    /// How often each provider account is asked, over all sources.
    pub budgets: Arc<Budgets>,
}

/// All kinds, in the order of the manual.
pub const KINDS: &[Kind] = &[
    Kind { name: "host", check: check::<HostConfig>, build: host },
    #[cfg(feature = "aws")]
    Kind { name: "aws_iam", check: check::<super::aws_iam::AwsIamConfig>, build: aws_iam },
];

/// The kind of that name.
#[must_use]
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

fn check<T: DeserializeOwned>(table: &toml::Table) -> Checked<()> {
    table.clone().try_into::<T>().map(drop)
}

fn host(table: toml::Table, cx: &Context) -> Checked<Box<dyn Source>> {
    let config: HostConfig = table.try_into()?;
    let clock = cx.clock.clone();
    let now = Arc::new(move || clock.now());
    Ok(Box::new(Host::new(config, Arc::clone(&cx.fingerprint_key), now)))
}

#[cfg(feature = "aws")]
fn aws_iam(table: toml::Table, cx: &Context) -> Checked<Box<dyn Source>> {
    let config = table.try_into()?;
    Ok(Box::new(super::aws_iam::AwsIam::new(config, cx.clock.clone(), Arc::clone(&cx.budgets))))
}
