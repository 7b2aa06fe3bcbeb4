//! Reading and writing single things in the tree, as values; and the few moves that keep what is
//! drawn from them right.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use model::{
    AgentId, Change, Cursor, DeclarationId, Fact, FactKey, FeedEvent, Finding, FindingId,
    IdentityId, Kin, SubjectId,
};
use proto::v1;

use super::key::{self, ScopeNo};
use super::txn::Txn;
use crate::store::codec;
use crate::store::held::SubjectBook;
use crate::store::reach::{Reach, referrer};
use crate::store::scan::ScopeBook;
use crate::store::{AgentRecord, OwnersState, StoreError};

/// The message under `key`, translated by `read`.
pub(super) fn load<M, T, E>(
    txn: &Txn,
    key: &[u8],
    read: impl FnOnce(M) -> Result<T, E>,
) -> Result<Option<T>, StoreError>
where
    M: prost::Message + Default,
    E: Into<crate::store::BoxError>,
{
    txn.get(key)?.map(|value| parse(key, &value, read)).transpose()
}

/// The message in `value`, which lies under `key`, translated by `read`.
pub(super) fn parse<M, T, E>(
    key: &[u8],
    value: &[u8],
    read: impl FnOnce(M) -> Result<T, E>,
) -> Result<T, StoreError>
where
    M: prost::Message + Default,
    E: Into<crate::store::BoxError>,
{
    let message = M::decode(value).map_err(|error| StoreError::corrupt("record", key, error))?;
    read(message).map_err(|error| StoreError::corrupt("record", key, error))
}

/// Leaves a message untranslated.
#[expect(clippy::unnecessary_wraps, reason = "stands where others check")]
pub(super) fn as_it_is<M>(message: M) -> Result<M, proto::Malformed> {
    Ok(message)
}

/// A key that does not have the parts that its letter calls for.
pub(super) fn odd(key: &[u8]) -> StoreError {
    StoreError::corrupt("key", key, "it does not have the parts of its kind")
}

/// Where facts are: in which scope, under which key.
pub(super) type Places = Vec<(FactKey, ScopeNo)>;

impl Txn {
    pub(super) fn agent(&self, id: &AgentId) -> Result<Option<AgentRecord>, StoreError> {
        load(self, &key::agent(id), codec::agent)
    }

    pub(super) fn agent_put(&mut self, record: &AgentRecord) {
        self.put_message(key::agent(&record.id), &codec::agent_message(record));
    }

    pub(super) fn scope_no(
        &self,
        agent: &AgentId,
        scope: &model::ScopeId,
    ) -> Result<Option<ScopeNo>, StoreError> {
        let key = key::scope_name(agent, scope);
        self.get(&key)?.map(|value| number(&key, &value)).transpose()
    }

    pub(super) fn scope(&self, no: ScopeNo) -> Result<Option<ScopeBook>, StoreError> {
        load(self, &key::scope(no), codec::scope)
    }

    pub(super) fn scope_put(&mut self, no: ScopeNo, book: &ScopeBook) {
        self.put_message(key::scope(no), &codec::scope_message(book));
    }

    /// What is kept of a subject, with the version of its mark if it is due.
    pub(super) fn subject(&self, id: &SubjectId) -> Result<SubjectBook, StoreError> {
        let settled = load(self, &key::subject(id), codec::subject)?;
        let mut book = settled.map_or_else(SubjectBook::default, |(_, book)| book);
        if let Some(mark) = self.due_mark(id) {
            book.version = mark.version;
            book.due = true;
        }
        Ok(book)
    }

    /// Replaces what is kept of a subject, and all that is drawn from it. Its version is that of the
    /// change under way, whatever `after` says.
    pub(super) fn subject_put(
        &mut self,
        id: &SubjectId,
        before: &SubjectBook,
        after: &SubjectBook,
    ) -> Result<(), StoreError> {
        for declaration in before.declarations.difference(&after.declarations) {
            self.delete(key::matched(declaration, id))?;
        }
        for declaration in after.declarations.difference(&before.declarations) {
            self.mark(key::matched(declaration, id))?;
        }
        if before.recheck_at != after.recheck_at {
            if let Some(at) = before.recheck_at {
                self.delete(key::recheck(at, id))?;
            }
            if let Some(at) = after.recheck_at {
                self.mark(key::recheck(at, id))?;
            }
        }
        // One that is due was settled before it was: before all ticks.
        let version = if after.due { 0 } else { self.tick() };
        let settled = SubjectBook { due: false, version, ..after.clone() };
        let due = self.due_mark(id);
        if after.due {
            self.touch(id);
        } else {
            self.untouch(id)?;
        }
        if settled.is_empty() {
            let last = match self.due_mark(id) {
                Some(mark) => mark.list.saturating_sub(1),
                None => due.map_or(before.version, |mark| mark.list),
            };
            self.due_lists_forget(id, last)?;
            self.delete(key::subject(id))
        } else {
            let message = codec::subject_message(id, &settled);
            self.put_message(key::subject(id), &message);
            Ok(())
        }
    }

    /// Makes every subject due whose dossier holds the fact of that reach, which is kept under `key`.
    pub(super) fn touch_reach(
        &mut self,
        reaches: Vec<Reach>,
        key: FactKey,
    ) -> Result<(), StoreError> {
        for reach in reaches {
            match reach {
                Reach::Own(id) => self.touch(&id),
                Reach::IfKnown(credential) => {
                    let id = SubjectId::Unclaimed(credential.clone());
                    let known = self.has_any(&key::sightings(Kin::credential(&credential)))?
                        || self.due_mark(&id).is_some()
                        || self.has(&key::subject(&id))?;
                    if known {
                        self.touch(&id);
                    }
                }
                Reach::Referring(kin) => {
                    for identity in self.referring(kin, key)? {
                        self.touch(&SubjectId::Identity(identity));
                    }
                }
                Reach::ReferringTwice(kin) => {
                    for identity in self.referring(kin, key)? {
                        for member in self.referring(Kin::identity(&identity), key)? {
                            self.touch(&SubjectId::Identity(member));
                        }
                        self.touch(&SubjectId::Identity(identity));
                    }
                }
            }
        }
        Ok(())
    }

    /// The identities with a fact that refers to `kin`, other than the one under `except`, whose
    /// own identity the caller knows.
    fn referring(&self, kin: Kin, except: FactKey) -> Result<BTreeSet<IdentityId>, StoreError> {
        let mut identities = BTreeSet::new();
        for (from, scope) in self.references_to(kin, usize::MAX)? {
            if from == except {
                continue;
            }
            if let Some(fact) = self.fact(scope, from)? {
                identities.extend(referrer(&fact).cloned());
            }
        }
        Ok(identities)
    }

    /// Up to `limit` places where something refers to `kin`.
    pub(super) fn references_to(&self, kin: Kin, limit: usize) -> Result<Places, StoreError> {
        let mut places = Vec::new();
        self.walk(&key::join(key::REFERENCE, &[&kin.0]), None, |key, _| {
            if places.len() >= limit {
                return Ok(ControlFlow::Break(()));
            }
            let from = key::part(key, 9).ok_or_else(|| odd(key))?;
            let scope = key::part(key, 29).ok_or_else(|| odd(key))?;
            places.push((FactKey(from), ScopeNo::from_be_bytes(scope)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(places)
    }

    fn fact(&self, scope: ScopeNo, key: FactKey) -> Result<Option<Fact>, StoreError> {
        let key = key::sighting(scope, key);
        load(self, &key, |record: v1::SightingRecord| codec::fact(&record.fact))
    }

    /// Appends to the feed.
    pub(super) fn event_push(&mut self, change: Change, recorded_at: Timestamp) -> Cursor {
        let at = self.event_next();
        self.event_put(&FeedEvent { at, recorded_at, change });
        at
    }

    pub(super) fn event_put(&mut self, event: &FeedEvent) {
        self.put_message(key::event(event.at), &v1::FeedEvent::from(event));
    }

    pub(super) fn finding(&self, id: &FindingId) -> Result<Option<Finding>, StoreError> {
        let open = load(self, &key::finding_open(id), |it: v1::Finding| it.try_into())?;
        match open {
            Some(open) => Ok(Some(open)),
            None => load(self, &key::finding_resolved(id), |it: v1::Finding| it.try_into()),
        }
    }

    /// Keeps a finding among its like.
    pub(super) fn finding_put(&mut self, finding: &Finding) -> Result<(), StoreError> {
        let (here, elsewhere) = match finding.state {
            model::FindingState::Open => {
                (key::finding_open(&finding.id), key::finding_resolved(&finding.id))
            }
            model::FindingState::Resolved => {
                (key::finding_resolved(&finding.id), key::finding_open(&finding.id))
            }
        };
        self.delete(elsewhere)?;
        self.put_message(here, &v1::Finding::from(finding));
        Ok(())
    }

    pub(super) fn owners(&self) -> Result<OwnersState, StoreError> {
        Ok(load(self, &[key::OWNERS], codec::owners)?.unwrap_or_default())
    }

    pub(super) fn owners_put(&mut self, owners: &OwnersState) -> Result<(), StoreError> {
        if *owners == OwnersState::default() {
            self.delete(vec![key::OWNERS])?;
        } else {
            self.put_message(vec![key::OWNERS], &codec::owners_message(owners));
        }
        let declarations = owners.owners.declarations.values();
        match declarations.map(|declaration| declaration.first_read_at).max() {
            Some(newest) => {
                self.put_message(vec![key::OWNERS_NEWEST], &v1::Moment::from(newest));
                Ok(())
            }
            None => self.delete(vec![key::OWNERS_NEWEST]),
        }
    }

    pub(super) fn cursor(&self, consumer: &str) -> Result<Cursor, StoreError> {
        let read = |it: v1::CursorRecord| Ok::<_, proto::Malformed>(Cursor(it.at));
        Ok(load(self, &key::cursor(consumer), read)?.unwrap_or_default())
    }

    pub(super) fn cursor_put(&mut self, consumer: &str, at: Cursor) {
        let message = v1::CursorRecord { consumer: consumer.to_owned(), at: at.0 };
        self.put_message(key::cursor(consumer), &message);
    }

    pub(super) fn setting_put(&mut self, name: &str, value: &[u8]) {
        let message = v1::SettingRecord { name: name.to_owned(), value: value.to_vec() };
        self.put_message(key::setting(name), &message);
    }

    /// Whether anything matches the declaration at present, other than `except`.
    pub(super) fn is_matched(
        &self,
        id: &DeclarationId,
        except: Option<&SubjectId>,
    ) -> Result<bool, StoreError> {
        let except = except.map(|subject| key::matched(id, subject));
        let mut matched = false;
        self.walk(&key::matches(id), None, |key, _| {
            matched = except.as_deref() != Some(key);
            Ok(if matched { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(matched)
    }
}

/// The number of a scope.
pub(super) fn number(key: &[u8], value: &[u8]) -> Result<ScopeNo, StoreError> {
    value.try_into().map(ScopeNo::from_be_bytes).map_err(|_| odd(key))
}
