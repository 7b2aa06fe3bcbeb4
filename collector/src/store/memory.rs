//! A store that keeps everything in memory, and nothing when it is dropped: for tests, and for one
//! look at an estate that is to leave no trace.
//!
//! Plain maps of plain values behind one lock, so that it can serve as the measure of other stores.
//! A method holds the lock from its beginning to its end and never waits, which makes it atomic.

mod commit;
mod dossier;
mod records;
mod state;

use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use model::{
    AgentId, Batch, BatchId, Change, Cursor, Dossier, FeedEvent, Finding, FindingId, FindingState,
    PastSighting, Refusal, ScopeStatus, Settlement, SubjectId, Unknown,
};

use self::state::{AgentBook, State};
use super::{AgentRecord, Committed, Invitation, OwnersState, Record, Store, StoreError};

/// Everything in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of another holder is a bug that has been reported there; the maps are still maps.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything after `after`, for a range of an ordered map.
fn beyond<K>(after: Option<&K>) -> (Bound<&K>, Bound<&K>) {
    (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

#[async_trait]
impl Store for MemoryStore {
    async fn batch_commit(
        &self,
        batch: &Batch,
        received_at: Timestamp,
    ) -> Result<Committed, StoreError> {
        self.state().batch_commit(batch, received_at)
    }

    async fn batch_reject(
        &self,
        id: &BatchId,
        refusal: &Refusal,
        received_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.state().batch_reject(id, refusal, received_at)
    }

    async fn scopes_list(&self, agent: Option<&AgentId>) -> Result<Vec<ScopeStatus>, StoreError> {
        let state = self.state();
        let scopes = state.scopes.iter().filter(|((of, _), _)| agent.is_none_or(|it| it == of));
        Ok(scopes.map(|(_, held)| held.book.status.clone()).collect())
    }

    async fn agent_load(&self, id: &AgentId) -> Result<Option<AgentRecord>, StoreError> {
        Ok(self.state().agents.get(id).map(|book| book.record.clone()))
    }

    async fn agents_list(&self) -> Result<Vec<AgentRecord>, StoreError> {
        Ok(self.state().agents.values().map(|book| book.record.clone()).collect())
    }

    async fn agent_put(&self, agent: &AgentRecord) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(book) = state.agents.get_mut(&agent.id) {
            book.record = agent.with_position_of(&book.record);
        } else {
            let book = AgentBook::new(agent.without_position());
            state.agents.insert(agent.id.clone(), book);
        }
        Ok(())
    }

    async fn invitation_put(&self, invitation: &Invitation) -> Result<(), StoreError> {
        self.state().invitations.insert(invitation.secret_digest, invitation.clone());
        Ok(())
    }

    async fn invitation_take(
        &self,
        secret_digest: [u8; 32],
    ) -> Result<Option<Invitation>, StoreError> {
        Ok(self.state().invitations.remove(&secret_digest))
    }

    async fn owners_load(&self) -> Result<OwnersState, StoreError> {
        Ok(self.state().owners.clone())
    }

    async fn owners_replace(
        &self,
        owners: &OwnersState,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.owners.problems != owners.problems {
            state.feed_push(Change::Owners(owners.problems.clone()), recorded_at);
        }
        state.owners = owners.clone();
        Ok(())
    }

    async fn subjects_touch(&self, subjects: &[SubjectId]) -> Result<(), StoreError> {
        let mut state = self.state();
        for id in subjects {
            state.touch(id);
        }
        Ok(())
    }

    async fn subjects_due(
        &self,
        as_of: Timestamp,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError> {
        let state = self.state();
        let rechecks = state.rechecks.iter().take_while(|(at, _)| *at <= as_of);
        let rechecks = rechecks.map(|(_, id)| id).filter(|id| !state.due.contains_key(*id));
        let mut due: Vec<_> = state.due.iter().collect();
        due.sort_by_key(|(id, since)| (matches!(id, SubjectId::Declaration(_)), **since));
        let due = due.into_iter().map(|(id, _)| id);
        Ok(due.chain(rechecks).take(limit).cloned().collect())
    }

    async fn subjects_page(
        &self,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError> {
        let state = self.state();
        let subjects = state.subjects.range(beyond(after));
        let there = subjects.filter(|(_, book)| book.existed || !book.standing.is_empty());
        Ok(there.take(limit).map(|(id, _)| id.clone()).collect())
    }

    async fn subject_load(&self, id: &SubjectId) -> Result<Dossier, StoreError> {
        Ok(self.state().subject_load(id))
    }

    async fn subject_history(&self, id: &SubjectId) -> Result<Vec<PastSighting>, StoreError> {
        Ok(self.state().subject_history(id))
    }

    async fn subject_settle(
        &self,
        settlement: &Settlement,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.state().subject_settle(settlement, recorded_at)
    }

    async fn unknowns_page(
        &self,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<(SubjectId, Vec<Unknown>)>, StoreError> {
        let state = self.state();
        let subjects = state.subjects.range(beyond(after));
        let told = subjects.filter(|(_, book)| !book.unknown.is_empty());
        Ok(told.take(limit).map(|(id, book)| (id.clone(), book.unknown.clone())).collect())
    }

    async fn findings_page(
        &self,
        after: Option<&FindingId>,
        limit: usize,
    ) -> Result<Vec<Finding>, StoreError> {
        let state = self.state();
        let findings = state.findings.range(beyond(after)).map(|(_, finding)| finding);
        let open = findings.filter(|finding| finding.state == FindingState::Open);
        Ok(open.take(limit).cloned().collect())
    }

    async fn finding_load(&self, id: &FindingId) -> Result<Option<Finding>, StoreError> {
        Ok(self.state().findings.get(id).cloned())
    }

    async fn feed_append(
        &self,
        change: &Change,
        recorded_at: Timestamp,
    ) -> Result<Cursor, StoreError> {
        Ok(self.state().feed_push(change.clone(), recorded_at))
    }

    async fn feed_read(&self, after: Cursor, limit: usize) -> Result<Vec<FeedEvent>, StoreError> {
        let state = self.state();
        // In order: find the first one beyond.
        let first = state.feed.partition_point(|event| event.at <= after);
        Ok(state.feed.iter().skip(first).take(limit).cloned().collect())
    }

    async fn feed_end(&self) -> Result<Cursor, StoreError> {
        Ok(self.state().feed_end())
    }

    async fn cursor_load(&self, consumer: &str) -> Result<Cursor, StoreError> {
        Ok(self.state().cursors.get(consumer).copied().unwrap_or_default())
    }

    async fn cursor_advance(&self, consumer: &str, to: Cursor) -> Result<(), StoreError> {
        let mut state = self.state();
        let cursor = state.cursors.entry(consumer.to_owned()).or_default();
        *cursor = to.max(*cursor);
        Ok(())
    }

    async fn setting_load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().settings.get(name).cloned())
    }

    async fn setting_put(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.state().settings.insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    async fn records_export(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        Ok(self.state().records_export(after, limit))
    }

    async fn records_import(&self, records: &[Record]) -> Result<(), StoreError> {
        self.state().records_import(records)
    }
}
