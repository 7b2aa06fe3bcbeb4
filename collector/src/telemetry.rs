//! Where the log goes.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Mutex;

use tracing::Level;

/// Logs what is of `level` or above to standard error, in colour on a terminal. Once a process; a second call changes nothing.
pub fn to_screen(level: Level) {
    let is_terminal = io::stderr().is_terminal();
    let _set_already = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(is_terminal)
        .with_writer(io::stderr)
        .try_init();
}

/// Logs to the end of a file, for a collector whose process shows something else on the screen.
///
/// # Errors
///
/// If the file cannot be opened.
pub fn to_file(path: &Path, level: Level) -> io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let _set_already = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .try_init();
    Ok(())
}
