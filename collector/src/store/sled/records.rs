//! How the embedded store writes and reads an export.
//!
//! The key of a record is the key that it lies under, so that a page goes on where the last one
//! ended. What is drawn from other records (names, references, matches) is not
//! exported, and drawn anew by the import. The letters sort such that scopes come before what they
//! hold.

use std::ops::ControlFlow;

use model::{AgentId, FactKey, SubjectId};
use proto::v1;

use super::key::{self, ScopeNo};
use super::rows::{odd, parse};
use super::txn::Txn;
use crate::store::codec::{self, record_decode, record_encode};
use crate::store::held::{Held, Seen};
use crate::store::reach::references;
use crate::store::scan::ScopeBook;
use crate::store::{Record, StoreError};

/// The letters that are exported, in order.
const EXPORTED: [u8; 14] = [
    key::AGENT,
    key::INVITATION,
    key::SCOPE,
    key::MISSED,
    key::SIGHTING,
    key::PAST,
    key::SUBJECT,
    key::FINDING_OPEN,
    key::FINDING_RESOLVED,
    key::EVENT,
    key::OWNERS,
    key::CURSOR,
    key::SETTING,
    key::DUE,
];

/// Up to `limit` records after `after`; see [`crate::store::Store::records_export`].
pub(super) fn records_export(
    txn: &Txn,
    after: Option<&[u8]>,
    limit: usize,
) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::new();
    for letter in EXPORTED {
        if after.and_then(<[u8]>::first).is_some_and(|last| *last > letter) || limit == 0 {
            continue;
        }
        if letter == key::DUE {
            due_export(txn, after, limit, &mut records)?;
            break;
        }
        txn.walk(&[letter], after, |key, value| {
            if let Some(held) = held_at(txn, letter, key, value)? {
                records.push(Record { key: key.to_vec(), value: record_encode(&held) });
            }
            let full = records.len() >= limit;
            Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if records.len() >= limit {
            break;
        }
    }
    Ok(records)
}

/// The subjects that are due and have no record of their own. Each lies at a place in a list: its key
/// is that of the list, and the place.
fn due_export(
    txn: &Txn,
    after: Option<&[u8]>,
    limit: usize,
    records: &mut Vec<Record>,
) -> Result<(), StoreError> {
    let after = after.and_then(|after| {
        let (list, place) = after.split_at_checked(key::DUE_LEN)?;
        Some((list, usize::from(u16::from_be_bytes(place.try_into().ok()?))))
    });
    txn.due_walk(after, |list, place, id| {
        if !txn.has(&key::subject(&id))? {
            let place = u16::try_from(place).map_err(|_| odd(list))?.to_be_bytes();
            let held = Held::Subject(id.clone(), Box::new(txn.subject(&id)?));
            records.push(Record { key: [list, &place].concat(), value: record_encode(&held) });
        }
        let full = records.len() >= limit;
        Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })
}

/// The unit that lies under `key`, unless another record tells it.
fn held_at(txn: &Txn, letter: u8, key: &[u8], value: &[u8]) -> Result<Option<Held>, StoreError> {
    Ok(Some(match letter {
        key::AGENT => Held::Agent(parse(key, value, codec::agent)?),
        key::INVITATION => Held::Invitation(parse(key, value, codec::invitation)?),
        key::SCOPE => Held::Scope(parse(key, value, codec::scope)?),
        key::MISSED => {
            let no = ScopeNo::from_be_bytes(key::part(key, 1).ok_or_else(|| odd(key))?);
            let fact = FactKey(key::part(key, 5).ok_or_else(|| odd(key))?);
            let status = scope_of(txn, no)?.status;
            Held::Missed(status.agent, status.scope, fact)
        }
        key::SIGHTING => {
            let (no, _) = key::sighting_of(key).ok_or_else(|| odd(key))?;
            let status = scope_of(txn, no)?.status;
            let mut seen = parse(key, value, codec::sighting)?;
            seen.sighting.agent = status.agent;
            seen.sighting.scope = status.scope;
            Held::Sighting(seen)
        }
        key::PAST => {
            let position = key::part(key, 9).ok_or_else(|| odd(key))?;
            Held::Past(u64::from_be_bytes(position), parse(key, value, codec::past)?)
        }
        key::SUBJECT => {
            let id = subject_part(key)?;
            Held::Subject(id.clone(), Box::new(txn.subject(&id)?))
        }
        key::FINDING_OPEN | key::FINDING_RESOLVED => {
            let finding = parse(key, value, |it: v1::Finding| model::Finding::try_from(it))?;
            Held::Finding(Box::new(finding))
        }
        key::EVENT => {
            let event = parse(key, value, |it: v1::FeedEvent| model::FeedEvent::try_from(it))?;
            Held::Event(Box::new(event))
        }
        key::OWNERS => Held::Owners(Box::new(parse(key, value, codec::owners)?)),
        key::CURSOR => parse(key, value, |it: v1::CursorRecord| {
            Ok::<_, proto::Malformed>(Held::Cursor(it.consumer, model::Cursor(it.at)))
        })?,
        key::SETTING => parse(key, value, |it: v1::SettingRecord| {
            Ok::<_, proto::Malformed>(Held::Setting(it.name, it.value))
        })?,
        _ => return Ok(None),
    }))
}

fn scope_of(txn: &Txn, no: ScopeNo) -> Result<ScopeBook, StoreError> {
    txn.scope(no)?.ok_or_else(|| odd(&key::scope(no)))
}

fn subject_part(key: &[u8]) -> Result<SubjectId, StoreError> {
    key.get(1..).and_then(key::subject_of).ok_or_else(|| odd(key))
}

/// Takes in `records`; see [`crate::store::Store::records_import`].
pub(super) fn records_import(txn: &mut Txn, records: &[Record]) -> Result<(), StoreError> {
    for record in records {
        let held = record_decode(&record.value)
            .map_err(|error| StoreError::corrupt("record", &record.key, error))?;
        held_put(txn, &record.key, held)?;
    }
    Ok(())
}

fn held_put(txn: &mut Txn, key: &[u8], held: Held) -> Result<(), StoreError> {
    match held {
        Held::Agent(record) => txn.agent_put(&record),
        Held::Invitation(invitation) => txn.put_message(
            key::invitation(&invitation.secret_digest),
            &codec::invitation_message(&invitation),
        ),
        Held::Scope(book) => scope_import(txn, key, &book)?,
        Held::Missed(agent, scope, fact) => {
            let no = imported(txn, key, &agent, &scope)?;
            txn.mark(key::missed(no, fact))?;
        }
        Held::Sighting(seen) => sighting_import(txn, key, seen)?,
        Held::Past(position, past) => {
            let fact = FactKey::of(&past.sighting.fact);
            for to in references(&past.sighting.fact) {
                txn.mark(key::reference_past(to, fact))?;
            }
            txn.past_seen(position);
            let message = codec::past_message(position, &past);
            txn.put_message(key::past(fact.kin(), position), &message);
        }
        Held::Subject(id, book) => {
            let before = txn.subject(&id)?;
            txn.subject_put(&id, &before, &book)?;
        }
        Held::Finding(finding) => txn.finding_put(&finding)?,
        Held::Event(event) => {
            txn.event_seen(event.at);
            txn.event_put(&event);
        }
        Held::Owners(owners) => txn.owners_put(&owners)?,
        Held::Cursor(consumer, at) => txn.cursor_put(&consumer, at),
        Held::Setting(name, value) => txn.setting_put(&name, &value),
    }
    Ok(())
}

fn scope_import(txn: &mut Txn, key: &[u8], book: &ScopeBook) -> Result<(), StoreError> {
    let (agent, scope) = (&book.status.agent, &book.status.scope);
    if txn.agent(agent)?.is_none() {
        return Err(misplaced(key));
    }
    let known = txn.scope_no(agent, scope)?;
    let no = known.unwrap_or_else(|| txn.scope_next());
    txn.put(key::scope_name(agent, scope), &no.to_be_bytes());
    if let Some(open) = book.open {
        txn.put(key::open(agent, open.scan), &no.to_be_bytes());
    }
    txn.scope_put(no, book);
    Ok(())
}

fn sighting_import(txn: &mut Txn, key: &[u8], mut seen: Seen) -> Result<(), StoreError> {
    let no = imported(txn, key, &seen.sighting.agent, &seen.sighting.scope)?;
    seen.sighting.agent = AgentId::default();
    seen.sighting.scope = model::ScopeId::default();
    let fact = FactKey::of(&seen.sighting.fact);
    let place = key::sighting(no, fact);
    if let Some(before) = super::rows::load(txn, &place, codec::sighting)? {
        for to in references(&before.sighting.fact) {
            txn.delete(key::reference(to, fact, no))?;
        }
    }
    for to in references(&seen.sighting.fact) {
        txn.mark(key::reference(to, fact, no))?;
    }
    txn.put_message(place, &codec::sighting_message(&seen));
    Ok(())
}

/// The number of a scope that an earlier record told of.
fn imported(
    txn: &Txn,
    key: &[u8],
    agent: &AgentId,
    scope: &model::ScopeId,
) -> Result<ScopeNo, StoreError> {
    txn.scope_no(agent, scope)?.ok_or_else(|| misplaced(key))
}

fn misplaced(key: &[u8]) -> StoreError {
    StoreError::corrupt("record", key, "it belongs to something that has not been imported")
}
