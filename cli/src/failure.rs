//! What people are told when something cannot be done: what, why, and what to do.

use std::error::Error;
use std::process::ExitCode;

/// How the command ends, as scripts see it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// It ran, and found nothing that was to be told.
    Nothing,
    /// It ran, and found something at or above the limit that was given.
    Found,
}

impl Outcome {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Found => 10,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

/// Something that cannot be done.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    causes: Vec<String>,
    hint: String,
    is_usage: bool,
    is_quiet: bool,
}

impl Failure {
    /// `what` cannot be done, in lower case and with the object in backticks; `hint` says what to do.
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            causes: Vec::new(),
            hint: hint.into(),
            is_usage: false,
            is_quiet: false,
        }
    }

    /// The command was not used as it is meant to be.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { is_usage: true, ..Self::new(what, hint) }
    }

    /// Adds why, down to the root of it.
    pub(crate) fn because(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            // What follows the first line is a hint for another place than this.
            let cause = error.to_string().lines().next().unwrap_or_default().to_owned();
            // Some libraries repeat the cause in their own text.
            if self.causes.last().is_none_or(|last| *last != cause) {
                self.causes.push(cause);
            }
            next = error.source();
        }
        self
    }

    /// Adds why, in the words of somebody else.
    pub(crate) fn saying(mut self, cause: &str) -> Self {
        if !cause.is_empty() {
            self.causes.push(cause.to_owned());
        }
        self
    }

    /// A configuration file that cannot be used, with every mistake in it.
    pub(crate) fn config(
        path: &std::path::Path,
        error: &(dyn Error + 'static),
        mistakes: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut mistakes = mistakes.into_iter().peekable();
        if mistakes.peek().is_none() {
            let what = format!("the file `{}` cannot be used", path.display());
            return Self::new(what, "check the path, and that this account may read it")
                .because(error);
        }
        let what = format!("the file `{}` has mistakes", path.display());
        let failure = Self::new(what, "correct what is listed, then run it again");
        mistakes.fold(failure, |failure, mistake| failure.saying(&mistake))
    }

    /// The output could not be written. Whoever reads may stop when they have enough: that is no
    /// failure, and nobody is told.
    pub(crate) fn output(error: &std::io::Error) -> Self {
        let is_quiet = error.kind() == std::io::ErrorKind::BrokenPipe;
        let hint = "check the space on the disk and where the output goes";
        Self { is_quiet, ..Self::new("writing the output failed", hint).because(error) }
    }

    /// What cannot be done and why, in one line.
    pub(crate) fn told(&self) -> String {
        std::iter::once(&self.what).chain(&self.causes).cloned().collect::<Vec<_>>().join(": ")
    }

    /// What to do.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }

    /// Whether there is nobody left to be told.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match (self.is_quiet, self.is_usage) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use crate::output::escape::plain;
        write!(f, "error: {}", plain(&self.what))?;
        for cause in &self.causes {
            write!(f, "\n  cause: {}", plain(cause))?;
        }
        write!(f, "\n  hint: {}", plain(&self.hint))
    }
}

#[cfg(test)]
mod tests;
