//! How the embedded store puts a dossier and a history together.
//!
//! The records of one kin lie together; those of one fact in the order in which its scopes were first
//! seen, which shows only where a dossier is cut at its limit.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use model::{
    AgentId, CredentialId, Dossier, FactKey, Kin, PastSighting, ScopeId, ScopeStatus, Sighting,
    SubjectId,
};
use proto::v1;

use super::key::{self, ScopeNo};
use super::rows::{as_it_is, load, odd, parse};
use super::txn::Txn;
use crate::store::codec;
use crate::store::reach::{Neighbours, is_shared_with_members, rights};
use crate::store::scan::ScopeBook;
use crate::store::{DOSSIER_KIN_MAX, HISTORY_MAX, StoreError};

/// Everything that is known of one subject; see [`crate::store::Store::subject_load`].
pub(super) fn subject_load(txn: &Txn, id: &SubjectId) -> Result<Dossier, StoreError> {
    let mut gather = Gather::new(txn);
    match id {
        SubjectId::Identity(_) => gather.identity(Kin::subject(id))?,
        SubjectId::Unclaimed(credential) => gather.credential(credential)?,
        SubjectId::Scope(..) | SubjectId::Declaration(_) => {}
    }
    let book = txn.subject(id)?;
    let mut standing = Vec::with_capacity(book.standing.len());
    for finding in &book.standing {
        standing.extend(txn.finding(finding)?);
    }
    let matched = match id {
        SubjectId::Declaration(id) => txn.is_matched(id, None)?,
        SubjectId::Identity(_) | SubjectId::Unclaimed(_) | SubjectId::Scope(..) => false,
    };
    Ok(Dossier {
        subject: id.clone(),
        scopes: gather.scopes_of(id)?,
        sightings: gather.found.into_values().collect(),
        matched,
        standing,
        existed: book.existed,
        version: book.version,
    })
}

/// Every scope of `agent`, or of all agents, in order.
pub(super) fn scopes_list(
    txn: &Txn,
    agent: Option<&AgentId>,
) -> Result<Vec<ScopeStatus>, StoreError> {
    Ok(scope_books(txn, agent)?.into_iter().map(|book| book.status).collect())
}

fn scope_books(txn: &Txn, agent: Option<&AgentId>) -> Result<Vec<ScopeBook>, StoreError> {
    let prefix = agent.map_or_else(|| vec![key::SCOPE_NAME], key::scope_names);
    let mut numbers = Vec::new();
    txn.walk(&prefix, None, |key, value| {
        numbers.push(super::rows::number(key, value)?);
        Ok(ControlFlow::Continue(()))
    })?;
    let mut scopes = Vec::with_capacity(numbers.len());
    for no in numbers {
        scopes.extend(txn.scope(no)?);
    }
    Ok(scopes)
}

/// Sightings with their keys.
type Found = Vec<(FactKey, Sighting)>;

/// Sightings on their way into a dossier.
struct Gather<'a> {
    txn: &'a Txn,
    found: BTreeMap<(FactKey, AgentId, ScopeId), Sighting>,
    scopes: BTreeMap<ScopeNo, ScopeStatus>,
}

impl<'a> Gather<'a> {
    fn new(txn: &'a Txn) -> Self {
        Self { txn, found: BTreeMap::new(), scopes: BTreeMap::new() }
    }

    fn scopes_of(&self, id: &SubjectId) -> Result<Vec<ScopeStatus>, StoreError> {
        match id {
            SubjectId::Scope(agent, scope) => match self.txn.scope_no(agent, scope)? {
                Some(no) => Ok(self.txn.scope(no)?.map(|book| book.judged()).into_iter().collect()),
                None => Ok(Vec::new()),
            },
            SubjectId::Declaration(_) => {
                let books = scope_books(self.txn, None)?;
                Ok(books.iter().map(ScopeBook::judged).collect())
            }
            SubjectId::Identity(_) | SubjectId::Unclaimed(_) => {
                let found = self.found.values();
                let told: BTreeSet<_> = found.map(|it| (&it.agent, &it.scope)).collect();
                let mut scopes: Vec<ScopeStatus> = self.scopes.values().cloned().collect();
                scopes.retain(|status| told.contains(&(&status.agent, &status.scope)));
                let told_by = |agent: &AgentId, scope: &ScopeId| {
                    let mut books = self.scopes.values();
                    let status = books.find(|it| it.agent == *agent && it.scope == *scope);
                    status.map(|status| status.rights.clone()).unwrap_or_default()
                };
                for (agent, scope) in rights(id, self.found.values(), told_by) {
                    if !told.contains(&(&agent, &scope))
                        && let Some(no) = self.txn.scope_no(&agent, &scope)?
                    {
                        scopes.extend(self.txn.scope(no)?.map(|book| book.judged()));
                    }
                }
                scopes.sort_by(|one, other| {
                    (&one.agent, &one.scope).cmp(&(&other.agent, &other.scope))
                });
                Ok(scopes)
            }
        }
    }

    fn identity(&mut self, kin: Kin) -> Result<(), StoreError> {
        let mut near = Neighbours::default();
        for (key, sighting) in self.kin(kin)? {
            near.note(&sighting.fact);
            self.add(key, sighting);
        }
        let mut policies = near.policies;
        for group in near.groups.iter().take(Neighbours::EACH_MAX) {
            let mut beyond = Neighbours::default();
            for (key, sighting) in self.kin(Kin::identity(group))? {
                if is_shared_with_members(&sighting.fact) {
                    beyond.note(&sighting.fact);
                    self.add(key, sighting);
                }
            }
            policies.extend(beyond.policies);
        }
        for credential in near.credentials.iter().take(Neighbours::EACH_MAX) {
            self.credential(credential)?;
        }
        for policy in policies.iter().take(Neighbours::EACH_MAX) {
            for (key, sighting) in self.kin(Kin::policy(policy))? {
                self.add(key, sighting);
            }
        }
        Ok(())
    }

    /// What is kept with the credential itself, and every claim to it.
    fn credential(&mut self, credential: &CredentialId) -> Result<(), StoreError> {
        let kin = Kin::credential(credential);
        for (key, sighting) in self.kin(kin)? {
            self.add(key, sighting);
        }
        for (key, scope) in self.txn.references_to(kin, Neighbours::EACH_MAX)? {
            let place = key::sighting(scope, key);
            if let Some(record) = load(self.txn, &place, as_it_is)? {
                let sighting = self.sighting(scope, &place, record)?;
                self.add(key, sighting);
            }
        }
        Ok(())
    }

    fn add(&mut self, key: FactKey, sighting: Sighting) {
        self.found.insert((key, sighting.agent.clone(), sighting.scope.clone()), sighting);
    }

    /// The first sightings of what is kept with `kin`, by fact key.
    fn kin(&mut self, kin: Kin) -> Result<Found, StoreError> {
        let mut records = Vec::new();
        self.txn.walk(&key::sightings(kin), None, |key, value| {
            records.push((key.to_vec(), parse(key, value, as_it_is::<v1::SightingRecord>)?));
            let full = records.len() >= DOSSIER_KIN_MAX;
            Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        let mut sightings = Found::with_capacity(records.len());
        for (place, record) in records {
            let (scope, key) = key::sighting_of(&place).ok_or_else(|| odd(&place))?;
            sightings.push((key, self.sighting(scope, &place, record)?));
        }
        Ok(sightings)
    }

    /// The sighting in a record, which leaves agent and scope to its place.
    fn sighting(
        &mut self,
        scope: ScopeNo,
        place: &[u8],
        record: v1::SightingRecord,
    ) -> Result<Sighting, StoreError> {
        let seen =
            codec::sighting(record).map_err(|error| StoreError::corrupt("record", place, error))?;
        if !self.scopes.contains_key(&scope) {
            let book = self.txn.scope(scope)?.ok_or_else(|| odd(&key::scope(scope)))?;
            self.scopes.insert(scope, book.judged());
        }
        let status = self.scopes.get(&scope).ok_or_else(|| odd(place))?;
        let (agent, scope) = (status.agent.clone(), status.scope.clone());
        Ok(Sighting { agent, scope, ..seen.sighting })
    }
}

/// All that was asserted of one subject; see [`crate::store::Store::subject_history`].
pub(super) fn subject_history(txn: &Txn, id: &SubjectId) -> Result<Vec<PastSighting>, StoreError> {
    let mut told = Told::new();
    match id {
        SubjectId::Identity(_) => identity_past(txn, Kin::subject(id), &mut told)?,
        SubjectId::Unclaimed(credential) => credential_past(txn, credential, &mut told)?,
        SubjectId::Scope(..) | SubjectId::Declaration(_) => {}
    }
    let surplus = told.len().saturating_sub(HISTORY_MAX);
    Ok(told.into_values().skip(surplus).collect())
}

/// Past sightings in the one order of all that was superseded.
type Told = BTreeMap<u64, PastSighting>;

fn identity_past(txn: &Txn, kin: Kin, told: &mut Told) -> Result<(), StoreError> {
    let mut gather = Gather::new(txn);
    let mut near = Neighbours::default();
    for (_, sighting) in gather.kin(kin)? {
        near.note(&sighting.fact);
    }
    for (no, past) in kin_past(txn, kin)? {
        near.note(&past.sighting.fact);
        told.insert(no, past);
    }
    let mut policies = near.policies;
    for group in near.groups.iter().take(Neighbours::EACH_MAX) {
        let mut beyond = Neighbours::default();
        let kin = Kin::identity(group);
        for (_, sighting) in gather.kin(kin)? {
            if is_shared_with_members(&sighting.fact) {
                beyond.note(&sighting.fact);
            }
        }
        for (no, past) in kin_past(txn, kin)? {
            if is_shared_with_members(&past.sighting.fact) {
                beyond.note(&past.sighting.fact);
                told.insert(no, past);
            }
        }
        policies.extend(beyond.policies);
    }
    for credential in near.credentials.iter().take(Neighbours::EACH_MAX) {
        credential_past(txn, credential, told)?;
    }
    for policy in policies.iter().take(Neighbours::EACH_MAX) {
        told.extend(kin_past(txn, Kin::policy(policy))?);
    }
    Ok(())
}

fn credential_past(
    txn: &Txn,
    credential: &CredentialId,
    told: &mut Told,
) -> Result<(), StoreError> {
    let kin = Kin::credential(credential);
    told.extend(kin_past(txn, kin)?);
    let mut claims = Vec::new();
    txn.walk(&key::join(key::REFERENCE_PAST, &[&kin.0]), None, |key, _| {
        claims.push(FactKey(key::part(key, 9).ok_or_else(|| odd(key))?));
        let full = claims.len() >= Neighbours::EACH_MAX;
        Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    for claim in claims {
        let claimed = kin_past(txn, claim.kin())?;
        let same = |past: &PastSighting| FactKey::of(&past.sighting.fact) == claim;
        told.extend(claimed.into_iter().filter(|(_, past)| same(past)));
    }
    Ok(())
}

/// The newest of what was kept with `kin`, oldest first.
fn kin_past(txn: &Txn, kin: Kin) -> Result<Told, StoreError> {
    let mut newest = Told::new();
    txn.walk(&key::join(key::PAST, &[&kin.0]), None, |key, value| {
        if newest.len() >= HISTORY_MAX {
            newest.pop_first();
        }
        let position = key::part(key, 9).ok_or_else(|| odd(key))?;
        newest.insert(u64::from_be_bytes(position), parse(key, value, codec::past)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(newest)
}
