//! Durable state: what was reported, what is concluded, and the feed.
//!
//! Every method is atomic: it happens wholly or not at all, and when it returns, it is durable.
//! Methods are named noun first, so that one search finds all that touches a noun. All stores pass
//! one conformance suite, `store/conformance.rs`.

mod codec;
mod held;
pub mod memory;
mod reach;
mod scan;
pub mod sled;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{
    AgentId, Batch, BatchId, Change, Cursor, Dossier, Epoch, FeedEvent, Finding, FindingId, Owners,
    OwnersProblem, PastSighting, Refusal, ScopeId, ScopeStatus, Seq, Settlement, SubjectId,
};

#[doc(hidden)]
pub use codec::is_record;

/// Durable state.
#[async_trait]
pub trait Store: Send + Sync {
    /// Stores `batch`, moves the agent's acknowledged position to it, and makes due every subject
    /// that it touches. A batch already stored changes nothing and is no error.
    ///
    /// Facts count at once; facts that are missed count as gone only when their scan completes.
    ///
    /// Several batches may be under way: they count in the order in which their futures were first
    /// polled, whichever is polled next.
    ///
    /// # Errors
    ///
    /// [`StoreError::Gap`] if batches before it are missing.
    async fn batch_commit(
        &self,
        batch: &Batch,
        received_at: Timestamp,
    ) -> Result<Committed, StoreError>;

    /// Moves the agent's acknowledged position past a batch that can never be stored, and says so
    /// in the feed. Repeated for a batch that is already past, it changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Gap`] if batches before it are missing.
    async fn batch_reject(
        &self,
        id: &BatchId,
        refusal: &Refusal,
        received_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Every scope of `agent`, or of all agents, in order.
    async fn scopes_list(&self, agent: Option<&AgentId>) -> Result<Vec<ScopeStatus>, StoreError>;

    /// What is known of one agent.
    async fn agent_load(&self, id: &AgentId) -> Result<Option<AgentRecord>, StoreError>;

    /// Every agent, in the order of their ids.
    async fn agents_list(&self) -> Result<Vec<AgentRecord>, StoreError>;

    /// Adds an agent, or replaces what an operator decides about it: its scopes, certificate and
    /// revocation. Leaves its position alone, and a revocation of the same enrolment standing.
    async fn agent_put(&self, agent: &AgentRecord) -> Result<(), StoreError>;

    /// Adds an invitation.
    async fn invitation_put(&self, invitation: &Invitation) -> Result<(), StoreError>;

    /// Takes an invitation out, so that it serves once; `None` if there is none of that digest.
    async fn invitation_take(
        &self,
        secret_digest: [u8; 32],
    ) -> Result<Option<Invitation>, StoreError>;

    /// The declarations in force.
    async fn owners_load(&self) -> Result<OwnersState, StoreError>;

    /// Puts `state` in force. If its problems differ from those before, the feed says so.
    async fn owners_replace(
        &self,
        state: &OwnersState,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Makes `subjects` due. A subject that is not known becomes known by it.
    async fn subjects_touch(&self, subjects: &[SubjectId]) -> Result<(), StoreError>;

    /// Up to `limit` subjects that changed since they were settled: those that an earlier change made
    /// due first, but declarations after all others; and then those whose recheck is due, the earliest
    /// first. An import does not keep the order.
    async fn subjects_due(
        &self,
        as_of: Timestamp,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError>;

    /// Up to `limit` subjects after `after`, in order, that existed when they were last settled, or
    /// have open findings.
    async fn subjects_page(
        &self,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError>;

    /// All that is known of one subject; an empty dossier if it was never seen.
    ///
    /// Bounded: of what is kept with one identity, credential or policy the first
    /// [`DOSSIER_KIN_MAX`] sightings, and of the neighbours of one sort the first 1,024.
    async fn subject_load(&self, id: &SubjectId) -> Result<Dossier, StoreError>;

    /// All that was asserted of one subject and is no longer, oldest first: enough, with the
    /// dossier, to tell what was known of it at any moment. The newest [`HISTORY_MAX`], at most.
    async fn subject_history(&self, id: &SubjectId) -> Result<Vec<PastSighting>, StoreError>;

    /// Writes what an examination changed, appends it to the feed, sets the next recheck, and makes
    /// due every declaration that begins or ceases to match something. The feed tells of existence
    /// for identities and unclaimed credentials alone.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] if the subject changed after the dossier was loaded: examine again.
    async fn subject_settle(
        &self,
        settlement: &Settlement,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// What the rules could not judge, when each subject was last settled: subject by subject.
    async fn unknowns_page(
        &self,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<(SubjectId, Vec<model::Unknown>)>, StoreError>;

    /// Up to `limit` open findings after `after`, in the order of their ids.
    async fn findings_page(
        &self,
        after: Option<&FindingId>,
        limit: usize,
    ) -> Result<Vec<Finding>, StoreError>;

    /// One finding, open or resolved.
    async fn finding_load(&self, id: &FindingId) -> Result<Option<Finding>, StoreError>;

    /// Appends what is not the result of an examination, such as a refusal.
    async fn feed_append(
        &self,
        change: &Change,
        recorded_at: Timestamp,
    ) -> Result<Cursor, StoreError>;

    /// Up to `limit` events after `after`, oldest first.
    async fn feed_read(&self, after: Cursor, limit: usize) -> Result<Vec<FeedEvent>, StoreError>;

    /// The place of the newest event.
    async fn feed_end(&self) -> Result<Cursor, StoreError>;

    /// Comes back only if the store can take nothing any more and never will in this process, as when
    /// a thread of its own has died. A store without such parts never does.
    async fn dead(&self) {
        std::future::pending::<()>().await;
    }

    /// How far `consumer` has read.
    async fn cursor_load(&self, consumer: &str) -> Result<Cursor, StoreError>;

    /// Remembers how far `consumer` has read. Never moves back.
    async fn cursor_advance(&self, consumer: &str, to: Cursor) -> Result<(), StoreError>;

    /// A small setting of the collector itself, such as the digest of the policy last in force.
    async fn setting_load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Replaces a setting.
    async fn setting_put(&self, name: &str, value: &[u8]) -> Result<(), StoreError>;

    /// Up to `limit` records after `after`, in a form that any store reads: everything that
    /// [`Self::records_import`] needs to make an equal store.
    async fn records_export(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Adds records to a store. Meant for an empty one; a record already there is replaced.
    async fn records_import(&self, records: &[Record]) -> Result<(), StoreError>;
}

/// How many sightings of one identity, credential or policy a dossier holds, the first in order: a
/// certificate authority lies on every host there is, and no rule needs to hear of each.
pub const DOSSIER_KIN_MAX: usize = 4096;

/// How many past sightings a history holds, the newest: what a person can page through.
pub const HISTORY_MAX: usize = 10_000;

/// Whether the feed tells when the subject appears or goes.
fn tells_existence(id: &SubjectId) -> bool {
    matches!(id, SubjectId::Identity(_) | SubjectId::Unclaimed(_))
}

/// What came of storing a batch.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Committed {
    /// Whether the batch had been stored before.
    pub duplicate: bool,
    /// Scopes on which the two sides disagree: the agent must send them whole.
    pub resync: Vec<ScopeId>,
}

/// An enrolled agent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AgentRecord {
    /// Its name, from its certificate.
    pub id: AgentId,
    /// What it may report on: patterns over scope ids.
    pub scopes: Vec<model::Pattern>,
    /// Serial numbers, in hexadecimal, of its certificates that still hold; the newest last.
    pub serials: Vec<String>,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
    /// When it was revoked, if it was: no certificate of it is accepted any more.
    pub revoked_at: Option<Timestamp>,
    /// When a batch of it was last stored.
    pub seen_at: Option<Timestamp>,
    /// The life of its spool that [`Self::acked`] belongs to.
    pub epoch: Epoch,
    /// The last batch stored.
    pub acked: Seq,
}

impl AgentRecord {
    /// What an operator decides as in `self`, the position as in `stored`. A revocation stands until
    /// the agent enrols anew, so that a renewal under way at that moment cannot undo it.
    fn with_position_of(&self, stored: &Self) -> Self {
        let Self { seen_at, epoch, acked, .. } = stored.clone();
        let is_same_enrolment = self.enrolled_at == stored.enrolled_at;
        let standing = stored.revoked_at.filter(|_| is_same_enrolment);
        Self { seen_at, epoch, acked, revoked_at: self.revoked_at.or(standing), ..self.clone() }
    }

    /// What an operator decides as in `self`, and nothing stored yet.
    fn without_position(&self) -> Self {
        Self { seen_at: None, epoch: Epoch::default(), acked: Seq::default(), ..self.clone() }
    }

    /// An agent that reports without having been enrolled: one in this very process.
    fn unenrolled(id: AgentId, seen_at: Timestamp) -> Self {
        Self {
            id,
            scopes: Vec::new(),
            serials: Vec::new(),
            enrolled_at: seen_at,
            revoked_at: None,
            seen_at: None,
            epoch: Epoch::default(),
            acked: Seq::default(),
        }
    }
}

/// A right to enrol one agent, once, until it ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Invitation {
    /// SHA-256 of the secret in the token: the token itself is kept nowhere.
    pub secret_digest: [u8; 32],
    /// The name that the agent will have.
    pub agent: AgentId,
    /// What it may report on.
    pub scopes: Vec<model::Pattern>,
    /// When the invitation ends.
    pub ends_at: Timestamp,
}

/// The declarations in force, and what is wrong with the files at present.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OwnersState {
    /// As last read without a problem.
    pub owners: Owners,
    /// What is wrong with the files as they are now; [`Self::owners`] stays in force meanwhile.
    pub problems: Vec<OwnersProblem>,
    /// Whether every subject that [`Self::owners`] affects has been made due.
    pub swept: bool,
}

/// One record of an export: a `proto` message with its key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Unique within the export, in order.
    pub key: Vec<u8>,
    /// An encoded `proto` record, which says its format version.
    pub value: Vec<u8>,
}

/// What a caller can do something about.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody was faster; load and try again.
    #[error("subject changed since it was loaded")]
    Stale,
    /// Batches are missing before this one; ask the agent to go on after `acked`.
    #[error("batch does not follow the last one stored, {acked:?}")]
    Gap {
        /// The last batch stored.
        acked: Seq,
    },
    /// The store cannot be reached now; try again later.
    #[error("store unavailable")]
    Unavailable(#[source] BoxError),
    /// The store holds something it should not; stop and call a human.
    #[error("stored {what} is corrupt")]
    Corrupt {
        /// Which record.
        what: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}

impl StoreError {
    /// Something stored is not what it should be; `key` is where it lies.
    fn corrupt(what: &str, key: &[u8], source: impl Into<BoxError>) -> Self {
        let what = format!("{what} `{}`", key.escape_ascii());
        Self::Corrupt { what, source: source.into() }
    }
}

/// Any error a client library may give us.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod conformance;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod differential;
