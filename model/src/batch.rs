//! The unit of spooling, sending and committing.

use jiff::{SignedDuration, Timestamp};

use crate::{AgentId, Epoch, Fact, FactKey, ScanId, ScopeDigest, ScopeId, Seq};

/// Names a batch for ever; two batches with one id have one content.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct BatchId {
    /// Who sent it.
    pub agent: AgentId,
    /// In which life of its spool.
    pub epoch: Epoch,
    /// At which position.
    pub seq: Seq,
}

/// Entries that are stored together or not at all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Batch {
    /// Its name.
    pub id: BatchId,
    /// Its content, in the order it was seen.
    pub entries: Vec<Entry>,
}

/// One line of an agent's report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Entry {
    /// A scan of a scope began. An earlier scan of the same scope that has not ended is abandoned.
    Began(Began),
    /// Something was seen: new, or different from what was reported before.
    Saw(Box<Observation>),
    /// Something reported before was not seen: it is gone if this scan completes.
    Missed(ScanId, FactKey),
    /// The scope was listed to its end.
    Completed {
        /// Which scan.
        scan: ScanId,
        /// All that the scan saw, changed or not: both sides must agree on it.
        digest: ScopeDigest,
        /// When, by the agent's clock.
        at: Timestamp,
    },
    /// The scan was given up: absence means nothing.
    Abandoned {
        /// Which scan.
        scan: ScanId,
        /// Why, for the operator.
        reason: String,
        /// When, by the agent's clock.
        at: Timestamp,
    },
}

impl Entry {
    /// The scan that the entry belongs to.
    #[must_use]
    pub fn scan(&self) -> ScanId {
        match self {
            Self::Began(began) => began.scan,
            Self::Saw(observation) => observation.scan,
            Self::Missed(scan, _) | Self::Completed { scan, .. } | Self::Abandoned { scan, .. } => {
                *scan
            }
        }
    }
}

/// The start of a scan of one scope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Began {
    /// Which scan.
    pub scan: ScanId,
    /// Of what.
    pub scope: ScopeId,
    /// What the entries that follow are to be added to.
    pub mode: ScanMode,
    /// When, by the agent's clock.
    pub at: Timestamp,
    /// How long until the next scan of it, by the agent's schedule; absent for a single scan.
    pub interval: Option<SignedDuration>,
    /// The scopes that tell what the identities of this one may do, if it has any; at most
    /// [`Self::RIGHTS_MAX`].
    pub rights: Vec<ScopeId>,
}

impl Began {
    /// BOUND: more than any source has; each is looked up for each identity.
    pub const RIGHTS_MAX: usize = 16;
}

/// What the entries of a scan are to be added to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ScanMode {
    /// Nothing: every fact follows, and what does not follow is gone if the scan completes.
    Whole,
    /// What the agent reported before: only changes follow.
    Changes,
}

/// One fact, seen once. Never edited after it is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Observation {
    /// During which scan, and so in which scope.
    pub scan: ScanId,
    /// When it was seen, by the agent's clock.
    pub seen_at: Timestamp,
    /// What was seen.
    pub fact: Fact,
}
