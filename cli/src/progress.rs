//! One line on standard error that says what is going on, for whoever watches a terminal.

use std::io::{IsTerminal as _, Write as _};

/// Says what is going on, in place. Silent unless standard error is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    is_shown: bool,
    is_dirty: bool,
}

impl Progress {
    /// Shown on a terminal only.
    pub(crate) fn new() -> Self {
        Self { is_shown: std::io::stderr().is_terminal(), is_dirty: false }
    }

    /// Replaces what was said last.
    pub(crate) fn say(&mut self, text: &str) {
        if self.is_shown {
            self.is_dirty = true;
            // Without a reader there is nobody to tell that there is none.
            let _unheard = write!(std::io::stderr(), "\r\u{1b}[2K{text}");
        }
    }

    /// Tells something that stays.
    pub(crate) fn note(text: &str) {
        // Without a reader there is nobody to tell that there is none.
        let _unheard = writeln!(std::io::stderr(), "{text}");
    }

    /// Takes back what was said last.
    pub(crate) fn clear(&mut self) {
        if self.is_dirty {
            self.is_dirty = false;
            let _unheard = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
