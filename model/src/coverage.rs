//! Which scopes were seen to the end, which not, and why.

use jiff::{SignedDuration, Timestamp};

use crate::{AgentId, Pattern, ScopeDigest, ScopeId};

/// What is known of one scope as one agent sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScopeStatus {
    /// Who looks.
    pub agent: AgentId,
    /// At what.
    pub scope: ScopeId,
    /// How the latest scan stands.
    pub state: ScopeState,
    /// When its first scan began, by the collector's clock.
    pub first_at: Timestamp,
    /// When it was last listed to its end, by the collector's clock.
    pub completed_at: Option<Timestamp>,
    /// How long between scans, by the agent's schedule; absent for single scans.
    pub interval: Option<SignedDuration>,
    /// What it holds at present.
    pub digest: ScopeDigest,
    /// The scopes of the same agent that tell what the identities of this one may do. Until all of
    /// them were listed to their end once, that is not known.
    pub rights: Vec<ScopeId>,
}

/// How the latest scan of a scope stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ScopeState {
    /// It runs; what was seen before still holds.
    Running,
    /// It was listed to its end, and both sides agree on what it holds.
    Complete,
    /// It was given up, for this reason.
    Abandoned(String),
    /// It ended, but the two sides disagree: the agent was asked to send it whole.
    Differs,
}

impl ScopeState {
    /// Its stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Abandoned(_) => "abandoned",
            Self::Differs => "differs",
        }
    }
}

impl ScopeId {
    /// The scope of a source as a whole, which holds nothing: it is complete if the source could be
    /// looked into at all, so that a source that answers nobody is a gap that shows.
    #[must_use]
    pub fn of_source(kind: &str) -> Self {
        Self(format!("{kind}/source"))
    }

    /// The account and the call in the name of a scope of a cloud:
    /// `aws_iam/111122223333/eu-west-1/lambda:ListFunctions`.
    #[must_use]
    pub fn call(&self) -> Option<(String, String)> {
        let mut parts = self.0.splitn(4, '/').skip(1);
        let (account, _region, call) = (parts.next()?, parts.next()?, parts.next()?);
        Some((account.to_owned(), call.to_owned()))
    }

    /// Whether an agent that is enrolled for `patterns` may report on the scope. Whoever may report
    /// on any part of a source may say that the source does not answer.
    #[must_use]
    pub fn is_permitted(&self, patterns: &[Pattern]) -> bool {
        let source = self.source();
        let is_whole = *self == Self::of_source(source);
        patterns.iter().any(|pattern| {
            let names_source =
                pattern.0.strip_prefix(source).is_some_and(|rest| rest.starts_with('/'));
            pattern.matches(self.as_str()) || (is_whole && names_source)
        })
    }
}

#[cfg(test)]
mod tests;
