//! The collector's configuration: a TOML file, read once, with every mistake told at once.
//!
//! ```toml
//! listen = "127.0.0.1:7654"          # where agents and operators connect; TLS 1.3
//! names = ["muster.example.org"]     # further names of this collector, for its certificate
//! owners_dir = "owners"              # declarations, people and teams
//! metrics_listen = "127.0.0.1:7655"  # loopback only
//! agent_certificate_life = "24h"     # agents renew theirs at two thirds of it
//! log = "info"                       # error, warn, info, debug, trace; or MUSTER_LOG
//!
//! [policy]
//! access_key_age_max = "90d"
//!
//! [[policy.override]]
//! when = { environment = "production", rule = "long_lived" }
//! access_key_age_max = "30d"
//!
//! [[sink.syslog]]
//! name = "siem"
//! address = "siem.example.org:6514"
//! tls = true
//! authority_file = "siem-authority.pem"
//!
//! [[sink.webhook]]
//! name = "pager"
//! url = "https://pager.example.org/hook"
//! secret_file = "pager.secret"
//! ```
//!
//! Relative paths start at the folder of the file.

mod policy;
mod section;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use analysis::Policy;
use jiff::SignedDuration;
use tracing::Level;

use crate::authority::AGENT_VALIDITY;
pub use section::Mistake;
use section::{Mistakes, Section};

/// The name of the file within the data folder.
pub const FILE_NAME: &str = "collector.toml";

/// BOUND: agents renew at two thirds; below this they would do little else.
const CERTIFICATE_LIFE_MIN: SignedDuration = SignedDuration::from_secs(10);
/// BOUND: a certificate that holds longer is no longer short-lived.
const CERTIFICATE_LIFE_MAX: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A configuration without mistakes.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where everything of this collector lies.
    pub data_dir: PathBuf,
    /// Where agents and operators connect.
    pub listen: SocketAddr,
    /// Further names for the collector's certificate.
    pub names: Vec<String>,
    /// Where declarations, people and teams are.
    pub owners_dir: PathBuf,
    /// Where health and metrics are served, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// How long an agent's certificate holds.
    pub agent_certificate_life: SignedDuration,
    /// The least important log lines shown.
    pub log: Level,
    /// The limits of the rules.
    pub policy: Policy,
    /// Where news goes.
    pub sinks: Vec<SinkConfig>,
}

/// One place where news goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SinkConfig {
    /// RFC 5424 over TCP or TLS.
    Syslog(SyslogConfig),
    /// A signed HTTP request.
    Webhook(WebhookConfig),
}

/// A receiver of syslog messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SyslogConfig {
    /// Its name, and that of its cursor.
    pub name: String,
    /// `host:port`.
    pub address: String,
    /// Whether to speak TLS.
    pub tls: bool,
    /// The anchor to verify it by, in PEM; absent: the machine's.
    pub authority_file: Option<PathBuf>,
    /// The certificate to show it, in PEM, and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// A receiver of webhooks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebhookConfig {
    /// Its name, and that of its cursor.
    pub name: String,
    /// `https://...`; `http://` for loopback only.
    pub url: String,
    /// The file that holds the key of the signatures.
    pub secret_file: PathBuf,
    /// The anchor to verify it by, in PEM; absent: the machine's.
    pub authority_file: Option<PathBuf>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("reading `{}` failed", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("`{}` is not TOML", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The file is TOML and holds these mistakes.
    #[error("{}", told(path, mistakes))]
    Mistakes {
        /// Which.
        path: PathBuf,
        /// All of them.
        mistakes: Vec<Mistake>,
    },
}

fn told(path: &Path, mistakes: &[Mistake]) -> String {
    let mut text = format!("`{}` has {} mistakes:", path.display(), mistakes.len());
    for mistake in mistakes {
        // Writing into a `String` cannot fail.
        let _infallible = write!(text, "\n  `{}` {}", mistake.key, mistake.what);
    }
    text
}

impl Config {
    /// The configuration of a collector that keeps everything in `data_dir` and says nothing else.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7654)),
            names: Vec::new(),
            owners_dir: data_dir.join("owners"),
            metrics_listen: None,
            agent_certificate_life: AGENT_VALIDITY,
            log: Level::INFO,
            policy: Policy::default(),
            sinks: Vec::new(),
        }
    }

    /// The name under which this collector speaks to receivers: the first of its names, or the
    /// machine's.
    #[must_use]
    pub fn host_name(&self) -> String {
        let machine = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let name = self.names.first().cloned().unwrap_or_else(machine);
        name.trim().to_owned()
    }

    /// Reads [`FILE_NAME`] in `data_dir`, and the environment variable `MUSTER_LOG`, which overrides
    /// `log`; one that names no level is passed over.
    ///
    /// # Errors
    ///
    /// [`ConfigError`]: tell the operator.
    pub fn load(data_dir: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::load_file(&data_dir.join(FILE_NAME))?;
        config.log = level(None).unwrap_or(config.log);
        Ok(config)
    }

    /// Reads a file of that kind, wherever it lies: for `muster audit`, which wants its policy.
    ///
    /// # Errors
    ///
    /// [`ConfigError`]: tell the operator.
    pub fn load_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::File { path: path.to_owned(), source })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")), path)
    }

    /// Reads `text`, which came from `path`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], with all mistakes at once.
    pub fn parse(text: &str, data_dir: &Path, path: &Path) -> Result<Self, ConfigError> {
        let table = text.parse().map_err(|source| ConfigError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let mistakes: Mistakes = Rc::new(RefCell::new(Vec::new()));
        let config = read(Section::new("", table, &mistakes), data_dir);
        let mut mistakes = mistakes.take();
        if mistakes.is_empty() {
            return Ok(config);
        }
        mistakes.sort();
        Err(ConfigError::Mistakes { path: path.to_owned(), mistakes })
    }
}

fn read(mut section: Section, data_dir: &Path) -> Config {
    let mut config = Config::of(data_dir);
    if let Some(address) = address(&mut section, "listen") {
        config.listen = address;
    }
    config.names = section.texts("names").unwrap_or_default();
    if let Some(folder) = section.text("owners_dir") {
        config.owners_dir = data_dir.join(folder);
    }
    config.metrics_listen = address(&mut section, "metrics_listen");
    if config.metrics_listen.is_some_and(|address| !address.ip().is_loopback()) {
        section.note("metrics_listen", "must be a loopback address");
    }
    if let Some(life) = section.span("agent_certificate_life") {
        config.agent_certificate_life = life;
        if !(CERTIFICATE_LIFE_MIN..=CERTIFICATE_LIFE_MAX).contains(&life) {
            section.note("agent_certificate_life", "must be at least 10s and at most 90d");
        }
    }
    if let Some(name) = section.text("log") {
        match level(Some(name)) {
            Some(level) => config.log = level,
            None => section.note("log", "must be one of error, warn, info, debug, trace"),
        }
    }
    if let Some(section) = section.section("policy") {
        config.policy = policy::read(section);
    }
    if let Some(section) = section.section("sink") {
        config.sinks = sinks(section, data_dir);
    }
    section.finish();
    config
}

/// The level of that name, or of the one in `MUSTER_LOG`.
pub(crate) fn level(name: Option<String>) -> Option<Level> {
    #[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
    let name = name.or_else(|| std::env::var("MUSTER_LOG").ok())?;
    // Its own reading takes numbers and capitals too, which the manual does not promise.
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase());
    if is_plain { name.parse().ok() } else { None }
}

fn address(section: &mut Section, key: &'static str) -> Option<SocketAddr> {
    let text = section.text(key)?;
    text.parse()
        .ok()
        .or_else(|| section.wrong(key, &format!("`{text}` is no address: write `127.0.0.1:7654`")))
}

fn sinks(mut section: Section, data_dir: &Path) -> Vec<SinkConfig> {
    let mut sinks = Vec::new();
    let mut names = BTreeSet::new();
    for mut it in section.sections("syslog") {
        let name = name(&mut it, &mut names);
        let client = match (it.text("certificate_file"), it.text("key_file")) {
            (None, None) => None,
            (Some(certificate), Some(key)) => {
                Some((data_dir.join(certificate), data_dir.join(key)))
            }
            _ => it.wrong("certificate_file", "needs `key_file` beside it, and the reverse"),
        };
        sinks.push(SinkConfig::Syslog(SyslogConfig {
            name,
            address: needed(&mut it, "address"),
            tls: it.flag("tls").unwrap_or(true),
            authority_file: it.text("authority_file").map(|file| data_dir.join(file)),
            client,
        }));
        it.finish();
    }
    for mut it in section.sections("webhook") {
        let name = name(&mut it, &mut names);
        let url = needed(&mut it, "url");
        if !is_permitted(&url) {
            it.note("url", "must begin with `https://`; `http://` is for loopback addresses only");
        }
        sinks.push(SinkConfig::Webhook(WebhookConfig {
            name,
            url,
            secret_file: data_dir.join(needed(&mut it, "secret_file")),
            authority_file: it.text("authority_file").map(|file| data_dir.join(file)),
        }));
        it.finish();
    }
    section.finish();
    sinks
}

fn is_permitted(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
    url.starts_with("https://") || local.iter().any(|start| url.starts_with(start))
}

fn name(section: &mut Section, names: &mut BTreeSet<String>) -> String {
    let name = needed(section, "name");
    if !names.insert(name.clone()) {
        section.note("name", &format!("`{name}` is the name of another sink"));
    }
    name
}

fn needed(section: &mut Section, key: &'static str) -> String {
    section.text(key).unwrap_or_else(|| {
        section.note(key, "is needed");
        String::new()
    })
}

#[cfg(test)]
mod tests;
