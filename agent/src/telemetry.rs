//! Logs: where they go, and how errors are written into them.
//!
//! Field names, the same in every event: `source`, `scope`, `seq`, `epoch`, `collector`, `path`,
//! `error` (with its causes), `code`, `bytes`, `batches`.

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use tracing::Level;

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
    let builder =
        tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_target(false);
    let installed = match format {
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    // Somebody else was first.
    drop(installed);
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
