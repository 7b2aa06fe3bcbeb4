//! What a batch does to the embedded store.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::Timestamp;
use model::{
    AgentId, BatchId, Began, Change, ContentDigest, Entry, FactKey, Kin, Refusal, ScanId, ScanMode,
    ScopeDigest, ScopeId, ScopeState, ScopeStatus, Seq, SubjectId,
};
use proto::v1;

use super::dossier::scopes_list;
use super::key::{self, ScopeNo};
use super::prepared::{Prepared, PreparedEntry, PreparedObservation};
use super::rows::{as_it_is, load, number, odd, parse};
use super::txn::Txn;
use crate::store::codec;
use crate::store::reach::{identity, reach, references};
use crate::store::scan::{BATCH_REFUSED, Heard, OVERTAKEN, SPOOL_ANEW, ScopeBook};
use crate::store::{AgentRecord, Committed, StoreError};

/// Stores `batch`; see [`crate::store::Store::batch_commit`].
pub(super) fn batch_commit(
    txn: &mut Txn,
    batch: Prepared,
    received_at: Timestamp,
) -> Result<Committed, StoreError> {
    let mut commit = Commit::new(txn, &batch.id.agent, received_at);
    if commit.position_advance(&batch.id)? == Position::Past {
        return Ok(Committed { duplicate: true, resync: Vec::new() });
    }
    for entry in batch.entries {
        commit.entry_apply(entry)?;
    }
    Ok(Committed { duplicate: false, resync: commit.finish()?.into_iter().collect() })
}

/// Moves past a refused batch; see [`crate::store::Store::batch_reject`].
pub(super) fn batch_reject(
    txn: &mut Txn,
    id: &BatchId,
    refusal: &Refusal,
    received_at: Timestamp,
) -> Result<(), StoreError> {
    let mut commit = Commit::new(txn, &id.agent, received_at);
    if commit.position_advance(id)? == Position::Next {
        commit.open_abandon_all(BATCH_REFUSED)?;
        commit.finish()?;
        txn.event_push(Change::Refused(refusal.clone()), received_at);
    }
    Ok(())
}

/// Where a batch stands against what is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Position {
    /// Already stored.
    Past,
    /// The next one, perhaps of a new life of the spool.
    Next,
}

/// One batch on its way into the store.
struct Commit<'a> {
    txn: &'a mut Txn,
    agent: &'a AgentId,
    received_at: Timestamp,
    /// The scopes that the batch is about, which change with every entry and are written once.
    scopes: BTreeMap<ScopeNo, ScopeBook>,
    resync: BTreeSet<ScopeId>,
    /// Whether anything is held back for the open scan of a scope, where that was looked up.
    missed_any: BTreeMap<ScopeNo, bool>,
    /// As [`Heard::unmatched_since`], of all that was heard: found out once, since it means to read
    /// all declarations.
    unmatched_since: Option<Timestamp>,
}

impl<'a> Commit<'a> {
    fn new(txn: &'a mut Txn, agent: &'a AgentId, received_at: Timestamp) -> Self {
        Self {
            txn,
            agent,
            received_at,
            scopes: BTreeMap::new(),
            resync: BTreeSet::new(),
            missed_any: BTreeMap::new(),
            unmatched_since: None,
        }
    }

    /// Writes the scopes; gives those to be sent whole.
    fn finish(mut self) -> Result<BTreeSet<ScopeId>, StoreError> {
        for (no, book) in &self.scopes {
            self.txn.scope_put(*no, book);
        }
        if let Some(since) = self.unmatched_since.take() {
            self.unmatched_touch(since)?;
        }
        Ok(self.resync)
    }

    fn position_advance(&mut self, id: &BatchId) -> Result<Position, StoreError> {
        let stored = self.txn.agent(&id.agent)?;
        let same_life = stored.as_ref().filter(|record| record.epoch == id.epoch);
        let acked = same_life.map_or(Seq(0), |record| record.acked);
        if id.seq > acked.next() || id.seq == Seq(0) {
            return Err(StoreError::Gap { acked });
        }
        if id.seq <= acked {
            return Ok(Position::Past);
        }
        if same_life.is_none() {
            self.open_abandon_all(SPOOL_ANEW)?;
        }
        let record =
            stored.unwrap_or_else(|| AgentRecord::unenrolled(id.agent.clone(), self.received_at));
        let seen_at = Some(self.received_at);
        self.txn.agent_put(&AgentRecord { epoch: id.epoch, acked: id.seq, seen_at, ..record });
        Ok(Position::Next)
    }

    fn open_abandon_all(&mut self, reason: &str) -> Result<(), StoreError> {
        let mut open = Vec::new();
        self.txn.walk(&key::opens(self.agent), None, |key, value| {
            open.push((key.to_vec(), number(key, value)?));
            Ok(ControlFlow::Continue(()))
        })?;
        for (key, scope) in open {
            self.txn.delete(key)?;
            self.abandon(scope, reason)?;
        }
        Ok(())
    }

    fn entry_apply(&mut self, entry: PreparedEntry) -> Result<(), StoreError> {
        match entry {
            PreparedEntry::Saw(seen) => match self.open_scope(seen.scan)? {
                Some(scope) => self.saw(scope, *seen),
                None => Ok(()),
            },
            PreparedEntry::Other(Entry::Began(began)) => self.began(&began),
            PreparedEntry::Other(entry) => match self.open_scope(entry.scan())? {
                Some(scope) => self.other_apply(scope, &entry),
                None => Ok(()),
            },
        }
    }

    /// An entry of the scan that is open in `scope`, which tells of no fact.
    fn other_apply(&mut self, scope: ScopeNo, entry: &Entry) -> Result<(), StoreError> {
        match entry {
            // Neither comes here.
            Entry::Began(_) | Entry::Saw(_) => Ok(()),
            Entry::Missed(_, key) => self.missed(scope, *key),
            Entry::Completed { scan, digest, at } => {
                self.txn.delete(key::open(self.agent, *scan))?;
                self.completed(scope, *digest, *at)
            }
            Entry::Abandoned { scan, reason, .. } => {
                self.txn.delete(key::open(self.agent, *scan))?;
                self.abandon(scope, reason)
            }
        }
    }

    fn open_scope(&self, scan: ScanId) -> Result<Option<ScopeNo>, StoreError> {
        // Most entries belong to a scan that an earlier one of the batch belongs to.
        let at_hand = |book: &ScopeBook| book.open.is_some_and(|open| open.scan == scan);
        if let Some((no, _)) = self.scopes.iter().find(|(_, book)| at_hand(book)) {
            return Ok(Some(*no));
        }
        let key = key::open(self.agent, scan);
        self.txn.get(&key)?.map(|value| number(&key, &value)).transpose()
    }

    /// The scope of that number, which is there: it was found under its name.
    fn scope(&mut self, no: ScopeNo) -> Result<&mut ScopeBook, StoreError> {
        use std::collections::btree_map::Entry as Slot;
        match self.scopes.entry(no) {
            Slot::Occupied(slot) => Ok(slot.into_mut()),
            Slot::Vacant(slot) => {
                let book = self.txn.scope(no)?.ok_or_else(|| odd(&key::scope(no)))?;
                Ok(slot.insert(book))
            }
        }
    }

    fn began(&mut self, began: &Began) -> Result<(), StoreError> {
        let no = match self.txn.scope_no(self.agent, &began.scope)? {
            Some(no) => no,
            None => self.scope_add(began),
        };
        // The scan that runs in this scope ends, and so does one of the same number elsewhere.
        let running = self.scope(no)?.open.map(|open| open.scan);
        for scan in [running, Some(began.scan)].into_iter().flatten() {
            if let Some(other) = self.open_scope(scan)? {
                self.txn.delete(key::open(self.agent, scan))?;
                self.abandon(other, OVERTAKEN)?;
            }
        }
        self.txn.put(key::open(self.agent, began.scan), &no.to_be_bytes());
        let book = self.scope(no)?;
        let heard = book.begin(began);
        let subject = book.subject();
        self.tell(&subject, heard)
    }

    fn scope_add(&mut self, began: &Began) -> ScopeNo {
        let no = self.txn.scope_next();
        self.txn.put(key::scope_name(self.agent, &began.scope), &no.to_be_bytes());
        self.scopes.insert(no, ScopeBook::new(self.agent, began, self.received_at));
        no
    }

    fn saw(&mut self, no: ScopeNo, seen: PreparedObservation) -> Result<(), StoreError> {
        let PreparedObservation { key, mut references, .. } = seen;
        let book = self.scope(no)?;
        let (scan_no, whole) = (book.scans, book.is_whole());
        if !whole && self.missed_any(no)? {
            self.txn.delete(key::missed(no, key))?;
        }
        let new = v1::SightingRecord {
            agent: String::new(),
            scope: String::new(),
            fact: seen.fact,
            valid_from: Some(seen.seen_at.into()),
            recorded_at: Some(self.received_at.into()),
            scan_no,
        };
        let place = key::sighting(no, key);
        if let Some(old) = load(self.txn, &place, as_it_is::<v1::SightingRecord>)? {
            self.scope(no)?.seen_again(old.scan_no);
            if old.fact == new.fact {
                if whole && old.scan_no != scan_no {
                    let again = v1::SightingRecord { scan_no, ..old };
                    self.txn.put_message(place, &again);
                }
                return Ok(());
            }
            let held = self.ended((no, key), old, &references, seen.seen_at)?;
            references.retain(|to| !held.contains(to));
        }
        // Before its own references are there, while nothing may refer to its kin yet.
        self.txn.touch_reach(seen.reach, key)?;
        for to in references {
            self.txn.put(key::reference(to, key, no), &[]);
        }
        self.scope(no)?.status.digest.add(seen.content);
        self.txn.put_message(place, &new);
        Ok(())
    }

    /// A version of a fact ended: it is told, counted out and kept as past. The caller puts another
    /// in its place, which has the references `kept`, or takes the place away. Gives the references
    /// that the old version had.
    fn ended(
        &mut self,
        (no, key): (ScopeNo, FactKey),
        old: v1::SightingRecord,
        kept: &BTreeSet<Kin>,
        valid_to: Timestamp,
    ) -> Result<BTreeSet<Kin>, StoreError> {
        let fact = codec::fact(&old.fact)
            .map_err(|error| StoreError::corrupt("record", &key::sighting(no, key), error))?;
        // While its references still stand, so that those who refer to it hear of it.
        self.txn.touch_reach(reach(&fact), key)?;
        let held = references(&fact);
        for to in &held {
            if !kept.contains(to) {
                self.txn.delete(key::reference(*to, key, no))?;
            }
            self.txn.mark(key::reference_past(*to, key))?;
        }
        let book = self.scope(no)?;
        book.status.digest.remove(ContentDigest::of(key, &old.fact));
        let (agent, scope) = (book.status.agent.0.clone(), book.status.scope.0.clone());
        let position = self.txn.past_next();
        let past = v1::PastRecord {
            position,
            sighting: Some(v1::SightingRecord { agent, scope, scan_no: 0, ..old }),
            valid_to: Some(valid_to.into()),
            superseded_at: Some(self.received_at.into()),
        };
        self.txn.put_message(key::past(key.kin(), position), &past);
        Ok(held)
    }

    /// A fact is gone.
    fn gone(&mut self, no: ScopeNo, key: FactKey, at: Timestamp) -> Result<(), StoreError> {
        let place = key::sighting(no, key);
        let Some(old) = load(self.txn, &place, as_it_is)? else { return Ok(()) };
        self.ended((no, key), old, &BTreeSet::new(), at)?;
        self.txn.delete(place)
    }

    fn missed(&mut self, no: ScopeNo, key: FactKey) -> Result<(), StoreError> {
        let changes = self.scope(no)?.open.is_some_and(|open| open.mode == ScanMode::Changes);
        if changes && self.txn.has(&key::sighting(no, key))? {
            self.txn.mark(key::missed(no, key))?;
            self.missed_any.insert(no, true);
        }
        Ok(())
    }

    /// Whether the open scan missed anything so far: most do not, and then nothing is looked up for
    /// each fact seen.
    fn missed_any(&mut self, no: ScopeNo) -> Result<bool, StoreError> {
        if let Some(any) = self.missed_any.get(&no) {
            return Ok(*any);
        }
        let any = self.txn.has_any(&key::join(key::MISSED, &[&no.to_be_bytes()]))?;
        self.missed_any.insert(no, any);
        Ok(any)
    }

    /// Takes what the open scan missed, which is no longer held back.
    fn missed_take(&mut self, no: ScopeNo) -> Result<Vec<FactKey>, StoreError> {
        let mut missed = Vec::new();
        self.txn.walk(&key::join(key::MISSED, &[&no.to_be_bytes()]), None, |key, _| {
            missed.push(FactKey(key::part(key, 5).ok_or_else(|| odd(key))?));
            Ok(ControlFlow::Continue(()))
        })?;
        for key in &missed {
            self.txn.delete(key::missed(no, *key))?;
        }
        self.missed_any.insert(no, false);
        Ok(missed)
    }

    /// What the scope holds that its open scan, which lists the whole, did not see.
    ///
    /// Costs a walk over all sightings of all scopes, but only if something is unseen: facts that go
    /// while an agent reports a scope whole, after a disagreement or the loss of its spool.
    fn unseen(&mut self, no: ScopeNo) -> Result<Vec<FactKey>, StoreError> {
        let book = self.scope(no)?;
        let (scan_no, len) = (book.scans, usize::try_from(book.unseen).unwrap_or(usize::MAX));
        let mut unseen = Vec::new();
        if len == 0 {
            return Ok(unseen);
        }
        self.txn.walk(&[key::SIGHTING], None, |key, value| {
            let (of, fact) = key::sighting_of(key).ok_or_else(|| odd(key))?;
            if of == no && parse(key, value, as_it_is::<v1::SightingRecord>)?.scan_no != scan_no {
                unseen.push(fact);
            }
            let all = unseen.len() >= len;
            Ok(if all { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(unseen)
    }

    fn abandon(&mut self, no: ScopeNo, reason: &str) -> Result<(), StoreError> {
        self.missed_take(no)?;
        let book = self.scope(no)?;
        let heard = book.abandon(reason);
        let subject = book.subject();
        self.tell(&subject, heard)
    }

    fn completed(
        &mut self,
        no: ScopeNo,
        digest: ScopeDigest,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let missed = self.missed_take(no)?;
        let gone = if self.scope(no)?.is_whole() { self.unseen(no)? } else { missed };
        for key in gone {
            self.gone(no, key, at)?;
        }
        let received_at = self.received_at;
        let book = self.scope(no)?;
        let heard = book.complete(digest, received_at);
        let (subject, status) = (book.subject(), book.status.clone());
        self.tell(&subject, heard)?;
        if status.state != ScopeState::Complete {
            self.resync.insert(status.scope);
        }
        Ok(())
    }

    /// Lets everybody know who must hear of a step of a scope.
    fn tell(&mut self, subject: &SubjectId, heard: Heard) -> Result<(), StoreError> {
        if heard.due {
            self.txn.touch(subject);
        }
        if (heard.rights || heard.identities)
            && let SubjectId::Scope(_, scope) = subject
        {
            self.identities_touch(|accounts| heard.concerns(scope, accounts))?;
        }
        if let Some(status) = heard.coverage {
            self.txn.event_push(Change::Coverage(status), self.received_at);
        }
        let earlier = [self.unmatched_since, heard.unmatched_since].into_iter().flatten().min();
        self.unmatched_since = earlier;
        Ok(())
    }

    /// Makes due the identities that the scopes of the agent assert which are `wanted`.
    fn identities_touch(
        &mut self,
        wanted: impl Fn(&ScopeStatus) -> bool,
    ) -> Result<(), StoreError> {
        let mut scopes = BTreeSet::new();
        for status in scopes_list(self.txn, Some(self.agent))?.iter().filter(|it| wanted(it)) {
            scopes.extend(self.txn.scope_no(self.agent, &status.scope)?);
        }
        // Those that this batch is about are not written yet.
        for (no, book) in &self.scopes {
            if wanted(&book.status) {
                scopes.insert(*no);
            } else {
                scopes.remove(no);
            }
        }
        if scopes.is_empty() {
            return Ok(());
        }
        let mut told = Vec::new();
        // As for `unseen`: rare, since it ends when the scope that tells is listed to its end for the
        // first time.
        self.txn.walk(&[key::SIGHTING], None, |key, value| {
            let (no, _) = key::sighting_of(key).ok_or_else(|| odd(key))?;
            if scopes.contains(&no) {
                let record = parse(key, value, as_it_is::<v1::SightingRecord>)?;
                let fact = codec::fact(&record.fact)
                    .map_err(|error| StoreError::corrupt("record", key, error))?;
                told.extend(identity(&fact));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        for id in told {
            self.txn.touch(&id);
        }
        Ok(())
    }

    /// Makes due the declarations that match nothing and were first read after `since`.
    fn unmatched_touch(&mut self, since: Timestamp) -> Result<(), StoreError> {
        // The newest declaration tells whether it is worth reading all of them.
        let newest =
            load(self.txn, &[key::OWNERS_NEWEST], |it: v1::Moment| Timestamp::try_from(it))?;
        if newest.is_none_or(|newest| newest <= since) {
            return Ok(());
        }
        for declaration in self.txn.owners()?.owners.declarations.values() {
            let concerned = declaration.first_read_at > since;
            if concerned && !self.txn.is_matched(&declaration.id, None)? {
                self.txn.touch(&SubjectId::Declaration(declaration.id.clone()));
            }
        }
        Ok(())
    }
}
