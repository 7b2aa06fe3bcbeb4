//! Changes that are still to be written, over what is stored: they read as if they were.
//!
//! Nothing reaches the tree before [`Txn::take`] hands out all changes for one atomic write; a part
//! of them can be undone before that. With no change pending it is a plain view of the tree.
//!
//! Every value begins with a byte that says its format. It is put on here and taken off here, and
//! the store's own format record, read at the start, guards against newer ones.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, RwLock};

use model::Cursor;
use prost::Message;
use sled::IVec;

use super::due::{Due, Marks};
use super::filter::{Filter, NOTED};
use super::key;
use crate::store::StoreError;

/// BOUND: how much room is kept for putting values together; more than nearly all of them take.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// The format of values, as their first byte.
const FORMAT: u8 = 1;

/// Changes over a tree.
#[derive(Debug)]
pub(super) struct Txn {
    tree: sled::Tree,
    pending: BTreeMap<IVec, Change>,
    /// What to put back, the last first, if the change under way fails.
    undo: Vec<Undo>,
    undo_counters: Counters,
    counters: Counters,
    /// Tells what need not be looked up; only where many changes are made.
    filter: Option<Filter>,
    /// Who is due.
    pub(super) due: Due,
    /// Where values are put together.
    buffer: Vec<u8>,
}

/// The value that a key is to have, or none.
type Change = Option<IVec>;

/// A key, and the change that was pending for it, if one was.
type Undo = (IVec, Option<Change>);

/// A key with its value, as stored.
type Stored = (IVec, IVec);

/// The last number given of each sort.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Counters {
    /// Versions of subjects, and lists of those that are due.
    pub(super) tick: u64,
    /// Past sightings.
    pub(super) past: u64,
    /// Events of the feed.
    pub(super) event: u64,
    /// Scopes.
    pub(super) scope: u32,
}

impl Txn {
    /// A view of `tree`, with no change pending.
    pub(super) fn new(tree: sled::Tree, due: Arc<RwLock<Marks>>) -> Result<Self, StoreError> {
        let mut txn = Self {
            tree,
            pending: BTreeMap::new(),
            undo: Vec::new(),
            undo_counters: Counters::default(),
            counters: Counters::default(),
            filter: None,
            due: Due::new(due),
            buffer: Vec::new(),
        };
        if let Some(value) = txn.get(&[key::COUNTERS])? {
            txn.counters = Counters::read(&value).ok_or_else(|| {
                StoreError::corrupt("record", &[key::COUNTERS], "it is not 28 bytes long")
            })?;
        }
        txn.undo_counters = txn.counters;
        Ok(txn)
    }

    /// The same, for many changes: reads through all keys once, so as to look up fewer later.
    pub(super) fn for_writer(
        tree: sled::Tree,
        due: Arc<RwLock<Marks>>,
    ) -> Result<Self, StoreError> {
        let mut txn = Self::new(tree, Arc::clone(&due))?;
        txn.due = Due::for_writer(due);
        let mut filter = Filter::new();
        for letter in NOTED {
            for key in txn.tree.scan_prefix([letter]).keys() {
                filter.note(&key?);
            }
        }
        txn.filter = Some(filter);
        Ok(txn)
    }

    fn is_absent(&self, key: &[u8]) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.is_absent(key))
    }

    /// How many changes are pending.
    pub(super) fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// From here on, changes can be undone.
    pub(super) fn begin(&mut self) {
        self.undo.clear();
        self.undo_counters = self.counters;
        self.due.begin();
        self.tick_next();
    }

    /// The change is made.
    pub(super) fn end(&mut self) {
        self.due_lists_end();
    }

    /// Undoes all changes since [`Self::begin`].
    pub(super) fn undo(&mut self) {
        while let Some((key, before)) = self.undo.pop() {
            match before {
                Some(change) => self.pending.insert(key, change),
                None => self.pending.remove(&key),
            };
        }
        self.counters = self.undo_counters;
        self.due.undo();
    }

    /// All changes for one atomic write, and how many they are. They must be written, and then
    /// [published](Self::publish), before the next reading.
    pub(super) fn take(&mut self) -> (sled::Batch, usize) {
        self.undo.clear();
        let mut batch = sled::Batch::default();
        let mut len = 0_usize;
        if !self.pending.is_empty() {
            let mut counters = vec![FORMAT];
            counters.extend_from_slice(&self.counters.write());
            batch.insert(&[key::COUNTERS], counters);
            len = 1;
        }
        for (key, change) in std::mem::take(&mut self.pending) {
            len = len.saturating_add(1);
            match change {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        (batch, len)
    }

    /// What was taken is not written: what is kept of it in memory goes, too.
    pub(super) fn forget(&mut self, due: &Arc<RwLock<Marks>>) {
        self.due = Due::for_writer(Arc::clone(due));
    }

    /// What was taken is written: readers may see what is kept of it in memory. Called while none
    /// looks.
    pub(super) fn publish(&mut self) {
        self.due.publish();
    }

    /// The version that this change gives to what it touches.
    pub(super) fn tick(&self) -> u64 {
        self.counters.tick
    }

    pub(super) fn tick_next(&mut self) -> u64 {
        self.counters.tick = self.counters.tick.saturating_add(1);
        self.counters.tick
    }

    pub(super) fn past_next(&mut self) -> u64 {
        self.counters.past = self.counters.past.saturating_add(1);
        self.counters.past
    }

    /// Past positions up to `position` are taken.
    pub(super) fn past_seen(&mut self, position: u64) {
        self.counters.past = self.counters.past.max(position);
    }

    pub(super) fn event_next(&mut self) -> Cursor {
        self.counters.event = self.counters.event.saturating_add(1);
        Cursor(self.counters.event)
    }

    /// Events up to `at` are taken.
    pub(super) fn event_seen(&mut self, at: Cursor) {
        self.counters.event = self.counters.event.max(at.0);
    }

    pub(super) fn event_last(&self) -> Cursor {
        Cursor(self.counters.event)
    }

    pub(super) fn scope_next(&mut self) -> key::ScopeNo {
        self.counters.scope = self.counters.scope.saturating_add(1);
        self.counters.scope
    }

    /// The value of `key`.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if self.is_absent(key) {
            return Ok(None);
        }
        if let Some(change) = self.pending.get(key) {
            let value = change.as_deref().map(|value| plain(key, value)).transpose()?;
            return Ok(value.map(<[u8]>::to_vec));
        }
        let stored = self.tree.get(key)?;
        let value = stored.as_deref().map(|value| plain(key, value)).transpose()?;
        Ok(value.map(<[u8]>::to_vec))
    }

    /// Whether `key` has a value.
    pub(super) fn has(&self, key: &[u8]) -> Result<bool, StoreError> {
        if self.is_absent(key) {
            return Ok(false);
        }
        match self.pending.get(key) {
            Some(change) => Ok(change.is_some()),
            None => Ok(self.tree.contains_key(key)?),
        }
    }

    /// Whether any key begins with `prefix`.
    pub(super) fn has_any(&self, prefix: &[u8]) -> Result<bool, StoreError> {
        let mut any = false;
        self.walk(prefix, None, |_, _| {
            any = true;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(any)
    }

    /// Replaces the value of `key`.
    pub(super) fn put(&mut self, key: Vec<u8>, value: &[u8]) {
        self.put_with(key, |formed| formed.extend_from_slice(value));
    }

    /// Replaces the value of `key` by a message.
    pub(super) fn put_message(&mut self, key: Vec<u8>, value: &impl Message) {
        // A vector grows: there is always room for the message.
        self.put_with(key, |formed| {
            let _fits = value.encode(formed);
        });
    }

    fn put_with(&mut self, key: Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_BYTES_MAX);
        self.buffer.push(FORMAT);
        fill(&mut self.buffer);
        let value = IVec::from(self.buffer.as_slice());
        self.change(key.into(), Some(value));
    }

    /// Says that `key` is there, unless it is.
    pub(super) fn mark(&mut self, key: Vec<u8>) -> Result<(), StoreError> {
        if !self.has(&key)? {
            self.put(key, &[]);
        }
        Ok(())
    }

    /// Takes `key` away, if it is there.
    pub(super) fn delete(&mut self, key: Vec<u8>) -> Result<(), StoreError> {
        if self.is_absent(&key) {
            return Ok(());
        }
        let key = IVec::from(key);
        if self.tree.contains_key(&key)? {
            self.change(key, None);
        } else if let Some(before) = self.pending.remove(&key) {
            self.undo.push((key, Some(before)));
        }
        Ok(())
    }

    fn change(&mut self, key: IVec, change: Change) {
        if let Some(filter) = &mut self.filter {
            filter.note(&key);
        }
        let before = self.pending.insert(key.clone(), change);
        self.undo.push((key, before));
    }

    /// Visits every key that begins with `prefix` and lies beyond `after`, in order, with its value,
    /// until the visitor breaks off.
    pub(super) fn walk(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        if self.filter.as_ref().is_some_and(|filter| filter.is_absent_all(prefix)) {
            return Ok(());
        }
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            Some(_) | None => Bound::Included(prefix),
        };
        let range = (from, Bound::<&[u8]>::Unbounded);
        let mut stored = self.tree.range::<&[u8], _>(range);
        let mut stored_next = next_stored(&mut stored, prefix)?;
        let mut pending =
            self.pending.range::<[u8], _>(range).take_while(|(key, _)| key.starts_with(prefix));
        let mut pending_next = pending.next();
        loop {
            // A pending change hides what is stored under the same key.
            let stored_first = match (&stored_next, pending_next) {
                (None, None) => return Ok(()),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (Some((stored, _)), Some((pending, _))) => stored < pending,
            };
            if stored_first {
                let Some((key, value)) = stored_next.take() else { return Ok(()) };
                if visit(&key, plain(&key, &value)?)?.is_break() {
                    return Ok(());
                }
                stored_next = next_stored(&mut stored, prefix)?;
            } else {
                let Some((key, change)) = pending_next else { return Ok(()) };
                if stored_next.as_ref().is_some_and(|(stored, _)| stored == key) {
                    stored_next = next_stored(&mut stored, prefix)?;
                }
                if let Some(value) = change
                    && visit(key, plain(key, value)?)?.is_break()
                {
                    return Ok(());
                }
                pending_next = pending.next();
            }
        }
    }
}

impl Counters {
    fn read(value: &[u8]) -> Option<Self> {
        Some(Self {
            tick: u64::from_be_bytes(key::part(value, 0)?),
            past: u64::from_be_bytes(key::part(value, 8)?),
            event: u64::from_be_bytes(key::part(value, 16)?),
            scope: u32::from_be_bytes(key::part(value, 24)?),
        })
    }

    fn write(self) -> Vec<u8> {
        let mut value = Vec::with_capacity(28);
        value.extend_from_slice(&self.tick.to_be_bytes());
        value.extend_from_slice(&self.past.to_be_bytes());
        value.extend_from_slice(&self.event.to_be_bytes());
        value.extend_from_slice(&self.scope.to_be_bytes());
        value
    }
}

fn next_stored(stored: &mut sled::Iter, prefix: &[u8]) -> Result<Option<Stored>, StoreError> {
    let next = stored.next().transpose()?;
    Ok(next.filter(|(key, _)| key.starts_with(prefix)))
}

/// The value without the byte that says its format.
fn plain<'a>(key: &[u8], value: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match value.split_first() {
        Some((&FORMAT, plain)) => Ok(plain),
        _ => Err(StoreError::corrupt("record", key, "it does not begin with a known format")),
    }
}
