//! Errors as people see them: what, where, why, and what to do.

use std::fmt;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::enrol::EnrolError;
use crate::enrolment::EnrolmentError;
use crate::run::RunError;
use crate::spool::SpoolError;
use crate::telemetry::chain;

/// An error with a hint.
#[derive(Debug)]
pub(super) struct Failure {
    error: anyhow::Error,
    hint: &'static str,
    code: u8,
}

impl Failure {
    /// Could not.
    pub(super) fn new(error: anyhow::Error, hint: &'static str) -> Self {
        Self { error, hint, code: 1 }
    }

    /// Wrong usage.
    pub(super) fn usage(text: String, hint: &'static str) -> Self {
        Self { error: anyhow::Error::msg(text), hint, code: 2 }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\nhint: {}", chain(self.error.as_ref()), self.hint)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = match error {
            ConfigError::Read { .. } => "name the file with `--config FILE`",
            ConfigError::Wrong { .. } => "correct every key that is listed, then start again",
        };
        Self { error: error.into(), hint, code: 2 }
    }
}

impl From<EnrolmentError> for Failure {
    fn from(error: EnrolmentError) -> Self {
        let hint = enrolment_hint(&error);
        Self::new(error.into(), hint)
    }
}

impl From<EnrolError> for Failure {
    fn from(error: EnrolError) -> Self {
        let hint = match error {
            EnrolError::Connect { .. } | EnrolError::Silent { .. } => {
                "check that the collector runs at this address, and that the token is from it"
            }
            EnrolError::Refused { .. } => "a token serves once and has an end: ask for a new one",
            EnrolError::Reply { .. } => {
                "check what listens at this address; do not use the token again"
            }
            EnrolError::Key(_) | EnrolError::Tls(_) => "report this as a bug",
            EnrolError::Keep(_) => "make room or give the right to write, then ask for a new token",
        };
        Self::new(error.into(), hint)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let hint = match &error {
            RunError::Enrolment(error) => enrolment_hint(error),
            RunError::Spool(SpoolError::Locked { .. }) => {
                "end the other agent, or give this one another `state_dir`"
            }
            RunError::Spool(_) | RunError::Index(_) | RunError::Round(_) => {
                "check room and rights of the state directory"
            }
            RunError::Health(_) => "choose another `health` address, such as 127.0.0.1:0 for any",
            RunError::Source { .. } => "correct the configuration of the source",
            RunError::Task(_) => "report this as a bug, with the log",
        };
        Self::new(error.into(), hint)
    }
}

fn enrolment_hint(error: &EnrolmentError) -> &'static str {
    match error {
        EnrolmentError::None { .. } | EnrolmentError::Malformed { .. } => {
            "enrol with `muster-agent enrol`, and a token of the collector"
        }
        EnrolmentError::Io { .. } => "check room and rights of the state directory",
    }
}
