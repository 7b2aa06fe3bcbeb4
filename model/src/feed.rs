//! The one ordered log of what changed.

use jiff::Timestamp;

use crate::{FindingChange, OwnersProblem, ScopeStatus, SubjectId};

/// A place in the feed. Starts at 1 and has no gaps; 0 is before the first event.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Cursor(pub u64);

/// One line of the feed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FeedEvent {
    /// Its place; also what a receiver deduplicates by.
    pub at: Cursor,
    /// When it was recorded, by the collector's clock.
    pub recorded_at: Timestamp,
    /// What changed.
    pub change: Change,
}

/// What can change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// A finding opened, changed or was resolved.
    Finding(Box<FindingChange>),
    /// An identity or unclaimed credential appeared (`true`) or went.
    Existence(SubjectId, bool),
    /// A scope is now seen, or no longer seen, to its end.
    Coverage(ScopeStatus),
    /// Somebody was refused at the door, and why.
    Refused(Refusal),
    /// The files of declarations have these problems; none means that they are in force again.
    Owners(Vec<OwnersProblem>),
}

impl Change {
    /// Its stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Finding(change) => match **change {
                FindingChange::Opened(_) => "finding.opened",
                FindingChange::Updated(_) => "finding.updated",
                FindingChange::Resolved(..) => "finding.resolved",
            },
            Self::Existence(_, true) => "identity.appeared",
            Self::Existence(_, false) => "identity.gone",
            Self::Coverage(_) => "coverage.changed",
            Self::Refused(_) => "agent.refused",
            Self::Owners(_) => "owners.read",
        }
    }
}

/// Somebody was refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Who, as far as is known: an agent's name or a network address.
    pub peer: String,
    /// A stable word for why: `tls`, `unknown_certificate`, `revoked`, `scope`, `flood`, ...
    pub code: String,
    /// For the operator.
    pub detail: String,
}
