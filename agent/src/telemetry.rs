//! Logs: where they go, and how errors are written into them.
//!
//! Field names, the same in every event: `source`, `scope`, `seq`, `epoch`, `collector`, `path`,
//! `error` (with its causes), `code`, `bytes`, `batches`.

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use tracing::Level;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends log lines of `level` and above to standard error. Only the first call has an effect, so a
/// program that embeds the agent may have its own logs.
pub fn start(level: Level, format: LogFormat) {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_target(false);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let registry = tracing_subscriber::registry().with(lines.with_filter(shown(level)));
    // Somebody else may have been first.
    let _installed = registry.try_init();
}

/// As [`start`], for a command that people look at: warnings only, as text.
pub fn start_quietly() {
    start(Level::WARN, LogFormat::Text);
}

/// What is logged at `level`. The cloud's library warns of each place without credentials that it
/// looks into; where none is left we say so ourselves.
fn shown(level: Level) -> Targets {
    let all = Targets::new().with_default(level);
    if level < Level::DEBUG { all.with_target("aws_config", Level::ERROR) } else { all }
}

/// An error and its causes, in one line.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing into a `String` cannot fail. Some libraries repeat the cause in their own text.
        let part = error.to_string();
        if !text.ends_with(&part) {
            let _infallible = write!(text, ": {part}");
        }
        cause = error.source();
    }
    text
}
