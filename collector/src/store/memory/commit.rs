//! What a batch does to the memory store.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{
    AgentId, Batch, BatchId, Began, Change, Entry, FactKey, Observation, Refusal, ScanId, ScanMode,
    ScopeDigest, ScopeId, ScopeState, Seq, Sighting,
};

use super::state::{AgentBook, ScopeHeld, State};
use crate::store::held::Seen;
use crate::store::scan::{BATCH_REFUSED, OVERTAKEN, SPOOL_ANEW, ScopeBook};
use crate::store::{AgentRecord, Committed, StoreError};

/// Where a batch stands against what is stored.
enum Position {
    /// Already stored.
    Past,
    /// The next one, perhaps of a new life of the spool.
    Next,
}

impl State {
    pub(super) fn batch_commit(
        &mut self,
        batch: &Batch,
        received_at: Timestamp,
    ) -> Result<Committed, StoreError> {
        match self.position_advance(&batch.id, received_at)? {
            Position::Past => Ok(Committed { duplicate: true, resync: Vec::new() }),
            Position::Next => {
                let mut resync = BTreeSet::new();
                for entry in &batch.entries {
                    self.entry_apply(&batch.id.agent, entry, received_at, &mut resync);
                }
                Ok(Committed { duplicate: false, resync: resync.into_iter().collect() })
            }
        }
    }

    pub(super) fn batch_reject(
        &mut self,
        id: &BatchId,
        refusal: &Refusal,
        received_at: Timestamp,
    ) -> Result<(), StoreError> {
        if let Position::Next = self.position_advance(id, received_at)? {
            self.open_abandon_all(&id.agent, BATCH_REFUSED, received_at);
            self.feed_push(Change::Refused(refusal.clone()), received_at);
        }
        Ok(())
    }

    fn position_advance(
        &mut self,
        id: &BatchId,
        received_at: Timestamp,
    ) -> Result<Position, StoreError> {
        let stored = self.agents.get(&id.agent).map(|book| &book.record);
        let same_life = stored.filter(|record| record.epoch == id.epoch);
        let acked = same_life.map_or(Seq(0), |record| record.acked);
        if id.seq > acked.next() || id.seq == Seq(0) {
            return Err(StoreError::Gap { acked });
        }
        if id.seq <= acked {
            return Ok(Position::Past);
        }
        if same_life.is_none() {
            self.open_abandon_all(&id.agent, SPOOL_ANEW, received_at);
        }
        let book = self.agents.entry(id.agent.clone()).or_insert_with(|| {
            AgentBook::new(AgentRecord::unenrolled(id.agent.clone(), received_at))
        });
        book.record.epoch = id.epoch;
        book.record.acked = id.seq;
        book.record.seen_at = Some(received_at);
        Ok(Position::Next)
    }

    fn open_abandon_all(&mut self, agent: &AgentId, reason: &str, received_at: Timestamp) {
        let Some(book) = self.agents.get_mut(agent) else { return };
        for (_, scope) in std::mem::take(&mut book.open) {
            self.scope_abandon(agent, &scope, reason, received_at);
        }
    }

    fn entry_apply(
        &mut self,
        agent: &AgentId,
        entry: &Entry,
        received_at: Timestamp,
        resync: &mut BTreeSet<ScopeId>,
    ) {
        if let Entry::Began(began) = entry {
            self.began(agent, began, received_at);
            return;
        }
        let Some(scope) = self.open_scope(agent, entry.scan()) else { return };
        match entry {
            Entry::Began(_) => {}
            Entry::Saw(observation) => self.saw(agent, &scope, observation, received_at),
            Entry::Missed(_, key) => self.missed(agent, &scope, *key),
            Entry::Completed { scan, digest, at } => {
                self.open_forget(agent, *scan);
                self.completed(agent, &scope, (*digest, *at), received_at);
                let held = self.scopes.get(&(agent.clone(), scope.clone()));
                if held.is_some_and(|held| held.book.status.state == ScopeState::Differs) {
                    resync.insert(scope);
                }
            }
            Entry::Abandoned { scan, reason, .. } => {
                self.open_forget(agent, *scan);
                self.scope_abandon(agent, &scope, reason, received_at);
            }
        }
    }

    fn open_scope(&self, agent: &AgentId, scan: ScanId) -> Option<ScopeId> {
        self.agents.get(agent)?.open.get(&scan).cloned()
    }

    fn open_forget(&mut self, agent: &AgentId, scan: ScanId) {
        if let Some(book) = self.agents.get_mut(agent) {
            book.open.remove(&scan);
        }
    }

    fn began(&mut self, agent: &AgentId, began: &Began, received_at: Timestamp) {
        // The scan that runs in this scope ends, and so does one of the same number elsewhere.
        let same = (agent.clone(), began.scope.clone());
        let running = self.scopes.get(&same).and_then(|held| held.book.open);
        for scan in [running.map(|open| open.scan), Some(began.scan)].into_iter().flatten() {
            if let Some(scope) = self.open_scope(agent, scan) {
                self.open_forget(agent, scan);
                self.scope_abandon(agent, &scope, OVERTAKEN, received_at);
            }
        }
        if let Some(book) = self.agents.get_mut(agent) {
            book.open.insert(began.scan, began.scope.clone());
        }
        let held = self
            .scopes
            .entry(same)
            .or_insert_with(|| ScopeHeld::new(ScopeBook::new(agent, began, received_at)));
        let heard = held.book.begin(began);
        let subject = held.book.subject();
        self.tell(&subject, heard, received_at);
    }

    fn saw(
        &mut self,
        agent: &AgentId,
        scope: &ScopeId,
        observation: &Observation,
        received_at: Timestamp,
    ) {
        let key = FactKey::of(&observation.fact);
        let Some(held) = self.scopes.get_mut(&(agent.clone(), scope.clone())) else { return };
        held.missed.remove(&key);
        let scan_no = held.book.scans;
        let place = (key, agent.clone(), scope.clone());
        if let Some(seen) = self.sightings.get_mut(&place) {
            held.book.seen_again(seen.scan_no);
            if seen.sighting.fact == observation.fact {
                if held.book.is_whole() {
                    seen.scan_no = scan_no;
                }
                return;
            }
            self.sighting_end(&place, observation.seen_at, received_at);
        }
        let sighting = Sighting {
            agent: place.1,
            scope: place.2,
            fact: observation.fact.clone(),
            valid_from: observation.seen_at,
            recorded_at: received_at,
        };
        self.sighting_add(key, Seen { sighting, scan_no });
    }

    fn missed(&mut self, agent: &AgentId, scope: &ScopeId, key: FactKey) {
        let Some(held) = self.scopes.get_mut(&(agent.clone(), scope.clone())) else { return };
        let changes = held.book.open.is_some_and(|open| open.mode == ScanMode::Changes);
        if changes && held.keys.contains(&key) {
            held.missed.insert(key);
        }
    }

    fn scope_abandon(
        &mut self,
        agent: &AgentId,
        scope: &ScopeId,
        reason: &str,
        received_at: Timestamp,
    ) {
        let Some(held) = self.scopes.get_mut(&(agent.clone(), scope.clone())) else { return };
        held.missed.clear();
        let heard = held.book.abandon(reason);
        let subject = held.book.subject();
        self.tell(&subject, heard, received_at);
    }

    fn completed(
        &mut self,
        agent: &AgentId,
        scope: &ScopeId,
        (digest, at): (ScopeDigest, Timestamp),
        received_at: Timestamp,
    ) {
        let name = (agent.clone(), scope.clone());
        let Some(held) = self.scopes.get_mut(&name) else { return };
        let missed = std::mem::take(&mut held.missed);
        let scan_no = held.book.scans;
        let gone: Vec<FactKey> = if held.book.is_whole() {
            let keys = held.keys.iter().copied();
            keys.filter(|key| {
                let place = (*key, name.0.clone(), name.1.clone());
                self.sightings.get(&place).is_some_and(|seen| seen.scan_no != scan_no)
            })
            .collect()
        } else {
            missed.into_iter().collect()
        };
        for key in gone {
            self.sighting_end(&(key, name.0.clone(), name.1.clone()), at, received_at);
        }
        let Some(held) = self.scopes.get_mut(&name) else { return };
        let heard = held.book.complete(digest, received_at);
        let subject = held.book.subject();
        self.tell(&subject, heard, received_at);
    }
}
