//! Which subjects are due: in memory for whoever asks, and in lists in the tree for the next start.
//!
//! A key of its own for each due subject would cost as much as the fact that made it due. So a change
//! that makes subjects due writes them down as lists, of up to [`LIST_LEN_MAX`]. A list stays as it is
//! while any of its subjects is due by it, and is then taken away. Which of them were settled
//! meanwhile, the records of the subjects say: a list has the number of the tick at which it was begun,
//! and a settled subject's record that of its settlement.
//!
//! In memory a due subject takes some 60 bytes, whatever the length of its name.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock};

use model::{SubjectId, sha256};
use proto::v1;

use super::key::{self, DueRank};
use super::rows::{as_it_is, load, odd, parse};
use super::txn::Txn;
use crate::store::{StoreError, codec};

/// BOUND: how many subjects a list names: enough that its key costs nothing by the subject, and so few
/// that it stays small when but one of them is left.
const LIST_LEN_MAX: usize = 64;

/// What a subject is called here: half of a digest of its key.
type Name = [u8; 16];

/// A subject is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Mark {
    /// By this list.
    pub(super) list: u64,
    /// The tick at which it was last made due.
    pub(super) version: u64,
}

/// The mark that a subject is to have, or none.
type Change = Option<Mark>;

/// The marks that are written. Changes only while no reader looks.
#[derive(Debug, Default)]
pub(super) struct Marks(BTreeMap<Name, Mark>);

impl Marks {
    /// Reads the lists of `txn`, which has no marks yet.
    pub(super) fn load(txn: &Txn) -> Result<Self, StoreError> {
        let mut marks = BTreeMap::new();
        txn.walk(&[key::DUE], None, |key, value| {
            let list = key::due_number(key).ok_or_else(|| odd(key))?;
            for part in parse(key, value, as_it_is::<v1::DueRecord>)?.subjects {
                let id = key::subject_of(&part).ok_or_else(|| odd(key))?;
                let settled = load(txn, &key::subject(&id), codec::subject)?;
                if settled.is_none_or(|(_, book)| book.version < list) {
                    marks.entry(name(&part)).or_insert(Mark { list, version: list });
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self(marks))
    }
}

/// A list on its way: those that the change under way made due.
#[derive(Debug)]
struct Fresh {
    number: u64,
    subjects: Vec<Vec<u8>>,
}

/// What to put back if the change under way fails.
#[derive(Debug)]
enum Undo {
    Mark(Name, Option<Change>),
    Left(u64, Option<usize>),
}

/// The marks as a [`Txn`] sees them, with its changes.
#[derive(Debug)]
pub(super) struct Due {
    written: Arc<RwLock<Marks>>,
    /// What is not written yet.
    changed: BTreeMap<Name, Change>,
    /// How many are due by each list. Kept by the writer alone.
    left: BTreeMap<u64, usize>,
    /// One for each rank.
    fresh: BTreeMap<DueRank, Fresh>,
    undo: Vec<Undo>,
}

impl Due {
    /// A view of the marks that are written.
    pub(super) fn new(written: Arc<RwLock<Marks>>) -> Self {
        Self {
            written,
            changed: BTreeMap::new(),
            left: BTreeMap::new(),
            fresh: BTreeMap::new(),
            undo: Vec::new(),
        }
    }

    /// The same, for changes.
    pub(super) fn for_writer(written: Arc<RwLock<Marks>>) -> Self {
        let mut due = Self::new(written);
        for mark in due.written.read().unwrap_or_else(PoisonError::into_inner).0.values() {
            let left = due.left.entry(mark.list).or_default();
            *left = left.saturating_add(1);
        }
        due
    }

    /// From here on, changes can be undone.
    pub(super) fn begin(&mut self) {
        self.undo.clear();
    }

    /// Undoes all changes since [`Self::begin`].
    pub(super) fn undo(&mut self) {
        self.fresh.clear();
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Mark(name, Some(change)) => {
                    self.changed.insert(name, change);
                }
                Undo::Mark(name, None) => {
                    self.changed.remove(&name);
                }
                Undo::Left(list, Some(left)) => {
                    self.left.insert(list, left);
                }
                Undo::Left(list, None) => {
                    self.left.remove(&list);
                }
            }
        }
    }

    /// The changes were written: everybody may see them. Called while no reader looks.
    pub(super) fn publish(&mut self) {
        self.undo.clear();
        let mut written = self.written.write().unwrap_or_else(PoisonError::into_inner);
        for (name, change) in std::mem::take(&mut self.changed) {
            match change {
                Some(mark) => written.0.insert(name, mark),
                None => written.0.remove(&name),
            };
        }
    }

    fn mark(&self, name: &Name) -> Option<Mark> {
        if let Some(change) = self.changed.get(name) {
            return *change;
        }
        self.written.read().unwrap_or_else(PoisonError::into_inner).0.get(name).copied()
    }

    fn mark_set(&mut self, name: Name, mark: Option<Mark>) {
        self.undo.push(Undo::Mark(name, self.changed.insert(name, mark)));
    }

    /// How many are due by `list` after a change; none if that is all over.
    fn left_set(&mut self, list: u64, left: Option<usize>) {
        let before = match left {
            Some(left) => self.left.insert(list, left),
            None => self.left.remove(&list),
        };
        self.undo.push(Undo::Left(list, before));
    }

    fn left_of(&self, list: u64) -> usize {
        self.left.get(&list).copied().unwrap_or_default()
    }
}

impl Txn {
    /// Whether a subject is due, and since when.
    pub(super) fn due_mark(&self, id: &SubjectId) -> Option<Mark> {
        self.due.mark(&name(&key::subject_part(id)))
    }

    /// Makes a subject due, which makes it known. One that is due already gets a new version.
    pub(super) fn touch(&mut self, id: &SubjectId) {
        let part = key::subject_part(id);
        let name = name(&part);
        let version = self.tick();
        let list = match self.due.mark(&name) {
            Some(mark) if mark.version == version => return,
            Some(mark) => mark.list,
            None => self.due_list_join(rank(id), part),
        };
        self.due.mark_set(name, Some(Mark { list, version: self.tick() }));
    }

    /// Puts a subject on a list; gives the list's number.
    fn due_list_join(&mut self, rank: DueRank, part: Vec<u8>) -> u64 {
        let is_full = |fresh: &Fresh| fresh.subjects.len() >= LIST_LEN_MAX;
        if self.due.fresh.get(&rank).is_some_and(is_full) {
            self.due_list_end(rank);
        }
        let number = if let Some(fresh) = self.due.fresh.get_mut(&rank) {
            fresh.subjects.push(part);
            fresh.number
        } else {
            let number = self.tick_next();
            self.due.fresh.insert(rank, Fresh { number, subjects: vec![part] });
            number
        };
        let left = self.due.left_of(number).saturating_add(1);
        self.due.left_set(number, Some(left));
        number
    }

    fn due_list_end(&mut self, rank: DueRank) {
        // What the same change settled needs no list.
        if let Some(Fresh { number, subjects }) = self.due.fresh.remove(&rank)
            && self.due.left_of(number) > 0
        {
            self.put_message(key::due(rank, number), &v1::DueRecord { subjects });
        }
    }

    /// Writes the lists of the change under way.
    pub(super) fn due_lists_end(&mut self) {
        for rank in [DueRank::First, DueRank::Last] {
            self.due_list_end(rank);
        }
    }

    /// A subject was settled.
    pub(super) fn untouch(&mut self, id: &SubjectId) -> Result<(), StoreError> {
        let name = name(&key::subject_part(id));
        let Some(Mark { list, .. }) = self.due.mark(&name) else { return Ok(()) };
        self.due.mark_set(name, None);
        let left = self.due.left_of(list).saturating_sub(1);
        self.due.left_set(list, (left > 0).then_some(left));
        if left == 0 { self.delete(key::due(rank(id), list)) } else { Ok(()) }
    }

    /// The record that says when a subject was settled goes: lists up to the one of that number, by
    /// which it is not due, must not name it any more. They are few, since the oldest are judged first.
    pub(super) fn due_lists_forget(&mut self, id: &SubjectId, last: u64) -> Result<(), StoreError> {
        let part = key::subject_part(id);
        for fresh in self.due.fresh.values_mut().filter(|fresh| fresh.number <= last) {
            fresh.subjects.retain(|other| *other != part);
        }
        let mut lists = Vec::new();
        self.walk(&key::due_lists(rank(id)), None, |key, value| {
            if key::due_number(key).ok_or_else(|| odd(key))? > last {
                return Ok(ControlFlow::Break(()));
            }
            let mut record = parse(key, value, as_it_is::<v1::DueRecord>)?;
            let len = record.subjects.len();
            record.subjects.retain(|other| *other != part);
            if record.subjects.len() < len {
                lists.push((key.to_vec(), record));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        for (key, record) in lists {
            self.put_message(key, &record);
        }
        Ok(())
    }

    /// Visits the subjects that are due, those that an earlier change made due first, and the last
    /// rank after all others; each with the number of its list and its place there.
    pub(super) fn due_walk(
        &self,
        after: Option<(&[u8], usize)>,
        mut visit: impl FnMut(&[u8], usize, SubjectId) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        // The list that `after` is in is to be walked through again.
        let before = after.and_then(|(list, _)| list.split_last()).map(|(_, before)| before);
        self.walk(&[key::DUE], before, |key, value| {
            let list = key::due_number(key).ok_or_else(|| odd(key))?;
            let record = parse(key, value, as_it_is::<v1::DueRecord>)?;
            for (place, part) in record.subjects.iter().enumerate() {
                let passed = after.is_some_and(|after| (key, place) <= after);
                if passed || self.due.mark(&name(part)).is_none_or(|mark| mark.list != list) {
                    continue;
                }
                let id = key::subject_of(part).ok_or_else(|| odd(key))?;
                if visit(key, place, id)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// Declarations are judged when all others are.
fn rank(id: &SubjectId) -> DueRank {
    match id {
        SubjectId::Identity(_) | SubjectId::Unclaimed(_) | SubjectId::Scope(..) => DueRank::First,
        SubjectId::Declaration(_) => DueRank::Last,
    }
}

fn name(part: &[u8]) -> Name {
    let mut name = Name::default();
    for (to, from) in name.iter_mut().zip(sha256(&[part])) {
        *to = from;
    }
    name
}
