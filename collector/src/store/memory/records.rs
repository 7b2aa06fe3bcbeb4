//! How the memory store writes and reads an export.
//!
//! The key of a record is the number of its kind and its place among its kind. Kinds come in such an
//! order that what others refer to comes first: scopes before what they hold.

use model::FactKey;

use super::state::{AgentBook, ScopeHeld, State};
use crate::store::codec::{record_decode, record_encode};
use crate::store::held::Held;
use crate::store::{Record, StoreError};

impl State {
    pub(super) fn records_export(&self, after: Option<&[u8]>, limit: usize) -> Vec<Record> {
        let beyond =
            self.held().filter(|(key, _)| after.is_none_or(|after| key.as_slice() > after));
        let records = beyond.map(|(key, held)| Record { key, value: record_encode(&held) });
        records.take(limit).collect()
    }

    /// Everything, in the order of the keys.
    fn held(&self) -> impl Iterator<Item = (Vec<u8>, Held)> {
        self.held_of_agents().chain(self.held_of_subjects()).chain(self.held_of_collector())
    }

    fn held_of_agents(&self) -> impl Iterator<Item = (Vec<u8>, Held)> {
        let agents = self.agents.values().map(|book| {
            (key(1, &[book.record.id.as_str().as_bytes()]), Held::Agent(book.record.clone()))
        });
        let invitations = self.invitations.values().map(|invitation| {
            (key(2, &[&invitation.secret_digest]), Held::Invitation(invitation.clone()))
        });
        let scopes = self.scopes.iter().map(|((agent, scope), held)| {
            let name = [agent.as_str().as_bytes(), scope.as_str().as_bytes()];
            (key(3, &name), Held::Scope(held.book.clone()))
        });
        let missed = self.scopes.iter().flat_map(|((agent, scope), held)| {
            held.missed.iter().map(move |fact| {
                let name = [agent.as_str().as_bytes(), scope.as_str().as_bytes(), &fact.0];
                (key(4, &name), Held::Missed(agent.clone(), scope.clone(), *fact))
            })
        });
        agents.chain(invitations).chain(scopes).chain(missed)
    }

    fn held_of_subjects(&self) -> impl Iterator<Item = (Vec<u8>, Held)> {
        let sightings = self.sightings.iter().map(|((fact, agent, scope), seen)| {
            let place = [&fact.0, agent.as_str().as_bytes(), scope.as_str().as_bytes()];
            (key(5, &place), Held::Sighting(seen.clone()))
        });
        let past = self.past.iter().map(|((kin, position), past)| {
            (key(6, &[&kin.0, &position.to_be_bytes()]), Held::Past(*position, past.clone()))
        });
        let subjects = self.subjects.iter().enumerate().map(|(no, (id, book))| {
            (key(7, &[&no.to_be_bytes()]), Held::Subject(id.clone(), Box::new(book.clone())))
        });
        let findings = self.findings.values().map(|finding| {
            (key(8, &[finding.id.as_str().as_bytes()]), Held::Finding(Box::new(finding.clone())))
        });
        sightings.chain(past).chain(subjects).chain(findings)
    }

    fn held_of_collector(&self) -> impl Iterator<Item = (Vec<u8>, Held)> {
        let feed = self.feed.iter().map(|event| {
            (key(9, &[&event.at.0.to_be_bytes()]), Held::Event(Box::new(event.clone())))
        });
        let owners = (self.owners != crate::store::OwnersState::default())
            .then(|| (key(10, &[]), Held::Owners(Box::new(self.owners.clone()))));
        let cursors = self.cursors.iter().map(|(consumer, at)| {
            (key(11, &[consumer.as_bytes()]), Held::Cursor(consumer.clone(), *at))
        });
        let settings = self.settings.iter().map(|(name, value)| {
            (key(12, &[name.as_bytes()]), Held::Setting(name.clone(), value.clone()))
        });
        feed.chain(owners).chain(cursors).chain(settings)
    }

    /// Reads all of `records` before it takes in the first.
    pub(super) fn records_import(&mut self, records: &[Record]) -> Result<(), StoreError> {
        let mut decoded = Vec::with_capacity(records.len());
        for record in records {
            let held = record_decode(&record.value)
                .map_err(|error| StoreError::corrupt("record", &record.key, error))?;
            decoded.push((record, held));
        }
        for (record, held) in decoded {
            self.held_put(held).ok_or_else(|| {
                let misplaced = "it belongs to a scope that has not been imported";
                StoreError::corrupt("record", &record.key, misplaced)
            })?;
        }
        Ok(())
    }

    /// Puts one unit in its place; `None` if its scope is missing.
    fn held_put(&mut self, held: Held) -> Option<()> {
        match held {
            Held::Agent(record) => match self.agents.get_mut(&record.id) {
                Some(book) => book.record = record,
                None => {
                    self.agents.insert(record.id.clone(), AgentBook::new(record));
                }
            },
            Held::Invitation(it) => {
                self.invitations.insert(it.secret_digest, it);
            }
            Held::Scope(book) => {
                let name = (book.status.agent.clone(), book.status.scope.clone());
                if let Some(open) = book.open {
                    self.agents.get_mut(&name.0)?.open.insert(open.scan, name.1.clone());
                }
                match self.scopes.get_mut(&name) {
                    Some(held) => held.book = book,
                    None => {
                        self.scopes.insert(name, ScopeHeld::new(book));
                    }
                }
            }
            Held::Missed(agent, scope, key) => {
                self.scopes.get_mut(&(agent, scope))?.missed.insert(key);
            }
            Held::Sighting(seen) => {
                let key = FactKey::of(&seen.sighting.fact);
                let place = (key, seen.sighting.agent.clone(), seen.sighting.scope.clone());
                self.scopes.get(&(place.1.clone(), place.2.clone()))?;
                self.references.retain(|(_, from)| *from != place);
                self.sighting_put(key, seen);
            }
            Held::Past(position, past) => self.past_put(position, past),
            Held::Subject(id, book) => self.subject_put(id, *book),
            Held::Finding(finding) => {
                self.findings.insert(finding.id.clone(), *finding);
            }
            Held::Event(event) => {
                let place = self.feed.partition_point(|other| other.at < event.at);
                match self.feed.get_mut(place).filter(|other| other.at == event.at) {
                    Some(other) => *other = *event,
                    None => self.feed.insert(place, *event),
                }
            }
            Held::Owners(owners) => self.owners = *owners,
            Held::Cursor(consumer, at) => {
                self.cursors.insert(consumer, at);
            }
            Held::Setting(name, value) => {
                self.settings.insert(name, value);
            }
        }
        Some(())
    }
}

/// The key of a record: the parts are told apart by their places, and end with a zero byte.
fn key(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![kind];
    for part in parts {
        key.extend_from_slice(part);
        key.push(0);
    }
    key
}
