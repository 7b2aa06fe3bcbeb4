//! The configuration: from a file and the environment to values that cannot be wrong.
//!
//! ```toml
//! [agent]
//! state_dir = "/var/lib/muster-agent"      # where the agent enrolled; needed
//! collector = "collector.example:7443"     # else as enrolled
//! health = "127.0.0.1:9465"                # else no listener at all
//! spool_bytes_max = 268435456
//! log = "info"                             # error, warn, info, debug, trace; or MUSTER_LOG
//! log_format = "text"                      # text, json
//!
//! [[source]]
//! kind = "host"
//! interval = "6h"
//! jitter = "10m"                           # else a tenth of the interval
//! # and what the source itself understands
//! ```
//!
//! Every mistake is told at once, each with its key; a key that nobody knows is one.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use toml::{Table, Value};
use tracing::Level;

use crate::schedule::{INTERVAL_MAX, INTERVAL_MIN};
use crate::source::registry;
use crate::spool::{SPOOL_BYTES_DEFAULT, SPOOL_BYTES_MIN};
use crate::telemetry::LogFormat;

/// How often a source is scanned if nothing is said.
const INTERVAL_DEFAULT: Duration = Duration::from_hours(6);

/// BOUND: on the file, since a wrong path may lead anywhere.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A configuration that holds.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the agent keeps what it must remember.
    pub state_folder: PathBuf,
    /// Where the collector listens, if not as enrolled.
    pub collector: Option<String>,
    /// Where health and metrics are shown, if at all. A loopback address.
    pub health: Option<SocketAddr>,
    /// Bound on the spool.
    pub spool_bytes_max: u64,
    /// The least important log lines shown.
    pub log: Level,
    /// How they look.
    pub log_format: LogFormat,
    /// What is looked into, in the order of the file.
    pub sources: Vec<SourceConfig>,
}

/// One source to look into.
#[derive(Clone, Debug)]
pub struct SourceConfig {
    /// Its kind.
    pub kind: &'static str,
    /// How often.
    pub interval: Duration,
    /// By how much a wait may be longer.
    pub jitter: Duration,
    /// What the source itself understands; checked.
    pub table: Table,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("reading the configuration `{path}` failed", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What happened.
        #[source]
        source: std::io::Error,
    },
    /// It says something wrong.
    #[error("the configuration `{path}` is wrong:{problems}", path = path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// All that is wrong, in the order of the file's tables.
        problems: Problems,
    },
}

/// All that is wrong with a configuration.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Problems(pub Vec<Problem>);

/// One mistake.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// Where: `source[0].interval`.
    pub key: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Problem { key, what } in &self.0 {
            write!(f, "\n  {key}: {what}")?;
        }
        Ok(())
    }
}

impl Config {
    /// Reads the file at `path`, and the environment variable `MUSTER_LOG`, which overrides `log`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all that is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = read(path)?;
        Self::parse(&text, log_of_environment())
            .map_err(|problems| ConfigError::Wrong { path: path.to_owned(), problems })
    }

    /// Checks the text of a configuration; `log` overrides what it says.
    ///
    /// # Errors
    ///
    /// [`Problems`] with all that is wrong.
    pub fn parse(text: &str, log: Option<String>) -> Result<Self, Problems> {
        let mut root = table_of(text)?;
        let mut problems = Problems::default();
        let agent = table_take(&mut root, "agent", &mut problems);
        let mut keys = Keys::of(agent, "agent", &mut problems);
        let state_folder = keys.needed("state_dir").map(PathBuf::from);
        let collector = keys.string("collector").and_then(|text| keys.address("collector", text));
        let health = keys.string("health").and_then(|text| keys.loopback("health", &text));
        let spool_bytes_max = keys.spool_bytes_max();
        let told = keys.string("log");
        let level = log.or(told).map_or(Some(Level::INFO), |text| keys.level("log", &text));
        let log_format = keys.log_format();
        keys.end();
        let sources = sources(root.remove("source"), &mut problems);
        for key in root.keys() {
            problems.add(key.clone(), "is not known");
        }
        match (state_folder, level) {
            (Some(state_folder), Some(log)) if problems.0.is_empty() => {
                let spool_bytes_max = spool_bytes_max.unwrap_or(SPOOL_BYTES_DEFAULT);
                Ok(Self {
                    state_folder,
                    collector,
                    health,
                    spool_bytes_max,
                    log,
                    log_format,
                    sources,
                })
            }
            _ => Err(problems),
        }
    }
}

impl SourceConfig {
    /// The sources that the file at `path` names, for a scan without an agent: what else is in an
    /// agent's configuration is left to the agent.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all that is wrong with them.
    pub fn load(path: &Path) -> Result<Vec<Self>, ConfigError> {
        let text = read(path)?;
        Self::parse(&text)
            .map_err(|problems| ConfigError::Wrong { path: path.to_owned(), problems })
    }

    fn parse(text: &str) -> Result<Vec<Self>, Problems> {
        let mut root = table_of(text)?;
        let mut problems = Problems::default();
        root.remove("agent");
        let sources = sources(root.remove("source"), &mut problems);
        for key in root.keys() {
            problems.add(key.clone(), "is not known");
        }
        if problems.0.is_empty() { Ok(sources) } else { Err(problems) }
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    std::io::Read::read_to_string(&mut std::io::Read::take(file, FILE_BYTES_MAX), &mut text)
        .map_err(failed)?;
    Ok(text)
}

fn table_of(text: &str) -> Result<Table, Problems> {
    text.parse::<Table>().map_err(|error| {
        let what = error.to_string().trim_end().replace('\n', "\n    ");
        Problems(vec![Problem { key: "syntax".to_owned(), what }])
    })
}

/// `MUSTER_LOG`, if it is set: `debug`.
pub(crate) fn log_of_environment() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this module is where the environment is read")]
    std::env::var("MUSTER_LOG").ok()
}

/// Whether `text` is `host:port`.
pub(crate) fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| {
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        !host.is_empty()
            && (is_bracketed || !host.contains(':'))
            && !host.contains(char::is_whitespace)
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

/// The level of that name.
pub(crate) fn level_of(text: &str) -> Option<Level> {
    match text {
        "error" => Some(Level::ERROR),
        "warn" => Some(Level::WARN),
        "info" => Some(Level::INFO),
        "debug" => Some(Level::DEBUG),
        "trace" => Some(Level::TRACE),
        _ => None,
    }
}

fn sources(value: Option<Value>, problems: &mut Problems) -> Vec<SourceConfig> {
    let tables = match value {
        None => {
            problems.add("source".to_owned(), "is missing: nothing would be looked into");
            return Vec::new();
        }
        Some(Value::Array(tables)) => tables,
        Some(_) => {
            problems.add("source".to_owned(), "must be a list of tables: `[[source]]`");
            return Vec::new();
        }
    };
    let mut sources = Vec::new();
    for (index, value) in tables.into_iter().enumerate() {
        let at = format!("source[{index}]");
        if let Value::Table(table) = value {
            sources.extend(source(table, at, problems));
        } else {
            problems.add(at, "must be a table: `[[source]]`");
        }
    }
    sources
}

fn source(table: Table, at: String, problems: &mut Problems) -> Option<SourceConfig> {
    let mut keys = Keys::of(table, &at, problems);
    let name = keys.needed("kind");
    let interval = keys.duration("interval").map_or(INTERVAL_DEFAULT, |interval| {
        if !(INTERVAL_MIN..=INTERVAL_MAX).contains(&interval) {
            keys.wrong("interval", "must be between 10 seconds and a year");
        }
        interval
    });
    let jitter = keys.duration("jitter").unwrap_or_else(|| interval.div_f64(10.0));
    if jitter > interval {
        keys.wrong("jitter", "must not be longer than the interval");
    }
    let table = keys.table;
    let name = name?;
    let Some(kind) = registry::kind(&name) else {
        let known: Vec<&str> = registry::KINDS.iter().map(|kind| kind.name).collect();
        problems.add(format!("{at}.kind"), format!("must be one of {}", known.join(", ")));
        return None;
    };
    if let Err(error) = (kind.check)(&table) {
        problems.add(at, error.message());
        return None;
    }
    Some(SourceConfig { kind: kind.name, interval, jitter, table })
}

fn table_take(root: &mut Table, key: &str, problems: &mut Problems) -> Table {
    match root.remove(key) {
        Some(Value::Table(table)) => table,
        Some(_) => {
            problems.add(key.to_owned(), "must be a table");
            Table::new()
        }
        None => {
            problems.add(key.to_owned(), "is missing");
            Table::new()
        }
    }
}

impl Problems {
    fn add(&mut self, key: String, what: impl Into<String>) {
        self.0.push(Problem { key, what: what.into() });
    }
}

/// The keys of one table, taken out one by one.
struct Keys<'a> {
    table: Table,
    known: BTreeSet<String>,
    at: String,
    problems: &'a mut Problems,
}

impl<'a> Keys<'a> {
    fn of(table: Table, at: &str, problems: &'a mut Problems) -> Self {
        Self { table, known: BTreeSet::new(), at: at.to_owned(), problems }
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.known.insert(key.to_owned());
        self.table.remove(key)
    }

    fn wrong(&mut self, key: &str, what: impl Into<String>) {
        self.problems.add(format!("{}.{key}", self.at), what);
    }

    fn string(&mut self, key: &str) -> Option<String> {
        if let Value::String(text) = self.take(key)? {
            return Some(text);
        }
        self.wrong(key, "must be a string");
        None
    }

    fn needed(&mut self, key: &str) -> Option<String> {
        if !self.table.contains_key(key) {
            self.wrong(key, "is missing");
        }
        self.string(key)
    }

    fn duration(&mut self, key: &str) -> Option<Duration> {
        let text = self.string(key)?;
        let duration =
            text.parse::<SignedDuration>().ok().and_then(|it| Duration::try_from(it).ok());
        if duration.is_none() {
            self.wrong(key, format!("must be a duration such as `6h` or `90s`, not `{text}`"));
        }
        duration
    }

    fn address(&mut self, key: &str, text: String) -> Option<String> {
        if is_address(&text) {
            return Some(text);
        }
        self.wrong(key, format!("must be `host:port`, not `{text}`"));
        None
    }

    fn loopback(&mut self, key: &str, text: &str) -> Option<SocketAddr> {
        let address = text.parse::<SocketAddr>().ok();
        match address {
            Some(address) if address.ip().is_loopback() => Some(address),
            Some(_) => {
                self.wrong(key, "must be a loopback address: an agent has no other listener");
                None
            }
            None => {
                self.wrong(
                    key,
                    format!("must be an address such as `127.0.0.1:9465`, not `{text}`"),
                );
                None
            }
        }
    }

    fn spool_bytes_max(&mut self) -> Option<u64> {
        let value = self.take("spool_bytes_max")?;
        let bytes = value.as_integer().and_then(|bytes| u64::try_from(bytes).ok());
        let bytes = bytes.filter(|bytes| *bytes >= SPOOL_BYTES_MIN);
        if bytes.is_none() {
            let what = format!("must be a number of bytes, at least {SPOOL_BYTES_MIN}");
            self.wrong("spool_bytes_max", what);
        }
        bytes
    }

    fn level(&mut self, key: &str, text: &str) -> Option<Level> {
        let level = level_of(text);
        if level.is_none() {
            self.wrong(key, "must be one of error, warn, info, debug, trace");
        }
        level
    }

    fn log_format(&mut self) -> LogFormat {
        match self.string("log_format").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                self.wrong("log_format", "must be one of text, json");
                LogFormat::Text
            }
        }
    }

    fn end(self) {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        for key in self.table.keys() {
            let what = format!("is not known here; known are {}", known.join(", "));
            self.problems.add(format!("{}.{key}", self.at), what);
        }
    }
}

#[cfg(test)]
mod tests;
