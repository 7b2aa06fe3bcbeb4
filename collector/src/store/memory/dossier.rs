//! How the memory store puts a dossier together, and takes a settlement back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    AgentId, Change, CredentialId, DeclarationId, Dossier, Existence, FactKey, Finding,
    FindingChange, FindingState, Kin, PastSighting, ScopeId, ScopeStatus, Settlement, Sighting,
    SubjectId,
};

use super::state::{Place, State};
use crate::store::held::SubjectBook;
use crate::store::reach::{Neighbours, is_shared_with_members, rights};
use crate::store::{DOSSIER_KIN_MAX, HISTORY_MAX, StoreError, tells_existence};

/// Sightings in the order of dossiers, each once.
type Gathered = BTreeMap<Place, Sighting>;

impl State {
    pub(super) fn subject_load(&self, id: &SubjectId) -> Dossier {
        let sightings = match id {
            SubjectId::Identity(_) => self.identity_gather(Kin::subject(id)),
            SubjectId::Unclaimed(credential) => {
                let mut gathered = Gathered::new();
                self.credential_gather(credential, &mut gathered);
                gathered
            }
            SubjectId::Scope(..) | SubjectId::Declaration(_) => Gathered::new(),
        };
        let book = self.subjects.get(id).cloned().unwrap_or_default();
        let standing = book.standing.iter().filter_map(|id| self.findings.get(id).cloned());
        Dossier {
            subject: id.clone(),
            scopes: self.dossier_scopes(id, &sightings),
            sightings: sightings.into_values().collect(),
            matched: matches!(id, SubjectId::Declaration(id) if self.is_matched(id)),
            standing: standing.collect(),
            existed: book.existed,
            version: book.version,
        }
    }

    fn dossier_scopes(&self, id: &SubjectId, sightings: &Gathered) -> Vec<ScopeStatus> {
        let status = |name| self.scopes.get(name).map(|held| held.book.judged());
        match id {
            SubjectId::Scope(agent, scope) => {
                status(&(agent.clone(), scope.clone())).into_iter().collect()
            }
            SubjectId::Declaration(_) => {
                self.scopes.values().map(|held| held.book.judged()).collect()
            }
            SubjectId::Identity(_) | SubjectId::Unclaimed(_) => {
                let told_by = |agent: &AgentId, scope: &ScopeId| {
                    let held = self.scopes.get(&(agent.clone(), scope.clone()));
                    held.map(|held| held.book.status.rights.clone()).unwrap_or_default()
                };
                let mut places = rights(id, sightings.values(), told_by);
                places.extend(
                    sightings.keys().map(|(_, agent, scope)| (agent.clone(), scope.clone())),
                );
                places.iter().filter_map(status).collect()
            }
        }
    }

    fn identity_gather(&self, kin: Kin) -> Gathered {
        let mut gathered = Gathered::new();
        let mut near = Neighbours::default();
        for (place, seen) in self.kin_sightings(kin).take(DOSSIER_KIN_MAX) {
            near.note(&seen.sighting.fact);
            gathered.insert(place.clone(), seen.sighting.clone());
        }
        let mut policies = near.policies;
        for group in near.groups.iter().take(Neighbours::EACH_MAX) {
            let mut beyond = Neighbours::default();
            for (place, seen) in self.kin_sightings(Kin::identity(group)).take(DOSSIER_KIN_MAX) {
                if is_shared_with_members(&seen.sighting.fact) {
                    beyond.note(&seen.sighting.fact);
                    gathered.insert(place.clone(), seen.sighting.clone());
                }
            }
            policies.extend(beyond.policies);
        }
        for credential in near.credentials.iter().take(Neighbours::EACH_MAX) {
            self.credential_gather(credential, &mut gathered);
        }
        for policy in policies.iter().take(Neighbours::EACH_MAX) {
            for (place, seen) in self.kin_sightings(Kin::policy(policy)).take(DOSSIER_KIN_MAX) {
                gathered.insert(place.clone(), seen.sighting.clone());
            }
        }
        gathered
    }

    /// What is kept with the credential itself, and every claim to it.
    fn credential_gather(&self, credential: &CredentialId, gathered: &mut Gathered) {
        let kin = Kin::credential(credential);
        for (place, seen) in self.kin_sightings(kin).take(DOSSIER_KIN_MAX) {
            gathered.insert(place.clone(), seen.sighting.clone());
        }
        for place in self.references_to(kin).take(Neighbours::EACH_MAX) {
            if let Some(seen) = self.sightings.get(place) {
                gathered.insert(place.clone(), seen.sighting.clone());
            }
        }
    }

    pub(super) fn subject_history(&self, id: &SubjectId) -> Vec<PastSighting> {
        let mut told = BTreeMap::new();
        match id {
            SubjectId::Identity(_) => self.identity_past(Kin::subject(id), &mut told),
            SubjectId::Unclaimed(credential) => self.credential_past(credential, &mut told),
            SubjectId::Scope(..) | SubjectId::Declaration(_) => {}
        }
        let surplus = told.len().saturating_sub(HISTORY_MAX);
        told.into_values().skip(surplus).collect()
    }

    fn identity_past(&self, kin: Kin, told: &mut BTreeMap<u64, PastSighting>) {
        let mut near = Neighbours::default();
        for (_, seen) in self.kin_sightings(kin).take(DOSSIER_KIN_MAX) {
            near.note(&seen.sighting.fact);
        }
        for (no, past) in self.kin_past(kin) {
            near.note(&past.sighting.fact);
            told.insert(no, past.clone());
        }
        let mut policies = near.policies;
        for group in near.groups.iter().take(Neighbours::EACH_MAX) {
            let mut beyond = Neighbours::default();
            let kin = Kin::identity(group);
            for (_, seen) in self.kin_sightings(kin).take(DOSSIER_KIN_MAX) {
                if is_shared_with_members(&seen.sighting.fact) {
                    beyond.note(&seen.sighting.fact);
                }
            }
            for (no, past) in self.kin_past(kin) {
                if is_shared_with_members(&past.sighting.fact) {
                    beyond.note(&past.sighting.fact);
                    told.insert(no, past.clone());
                }
            }
            policies.extend(beyond.policies);
        }
        for credential in near.credentials.iter().take(Neighbours::EACH_MAX) {
            self.credential_past(credential, told);
        }
        for policy in policies.iter().take(Neighbours::EACH_MAX) {
            told.extend(self.kin_past(Kin::policy(policy)).map(|(no, past)| (no, past.clone())));
        }
    }

    fn credential_past(&self, credential: &CredentialId, told: &mut BTreeMap<u64, PastSighting>) {
        let kin = Kin::credential(credential);
        told.extend(self.kin_past(kin).map(|(no, past)| (no, past.clone())));
        let claims = self.references_past.range((kin, FactKey([0; 20]))..);
        let claims = claims.take_while(|(to, _)| *to == kin).take(Neighbours::EACH_MAX);
        for (_, claim) in claims {
            let claimed = self.kin_past(claim.kin());
            let claimed = claimed.filter(|(_, past)| FactKey::of(&past.sighting.fact) == *claim);
            told.extend(claimed.map(|(no, past)| (no, past.clone())));
        }
    }

    /// The newest of what was kept with `kin`, oldest first.
    fn kin_past(&self, kin: Kin) -> impl Iterator<Item = (u64, &PastSighting)> {
        let all = self.past.range((kin, 0)..=(kin, u64::MAX));
        let newest: Vec<_> =
            all.rev().take(HISTORY_MAX).map(|((_, no), past)| (*no, past)).collect();
        newest.into_iter().rev()
    }

    pub(super) fn subject_settle(
        &mut self,
        settlement: &Settlement,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        let id = &settlement.subject;
        let mut book = self.subjects.get(id).cloned().unwrap_or_default();
        if book.version != settlement.version {
            return Err(StoreError::Stale);
        }
        let there = matches!(settlement.existence, Existence::Stays | Existence::Appeared);
        if settlement.existence == Existence::Appeared && tells_existence(id) {
            self.feed_push(Change::Existence(id.clone(), true), recorded_at);
        }
        for change in &settlement.changes {
            self.finding_apply(change, &mut book.standing);
            self.feed_push(Change::Finding(Box::new(change.clone())), recorded_at);
        }
        if settlement.existence == Existence::Gone && tells_existence(id) {
            self.feed_push(Change::Existence(id.clone(), false), recorded_at);
        }
        for declaration in self.matches_changed(&book, settlement) {
            self.touch(&SubjectId::Declaration(declaration));
        }
        self.tick = self.tick.saturating_add(1);
        let settled = SubjectBook {
            version: self.tick,
            due: false,
            existed: there,
            standing: book.standing,
            unknown: settlement.unknown.clone(),
            declarations: settlement.declarations.iter().cloned().collect(),
            recheck_at: settlement.recheck_at,
        };
        self.subject_put(id.clone(), settled);
        Ok(())
    }

    /// Replaces what is kept of a subject, and all that is drawn from it.
    pub(super) fn subject_put(&mut self, id: SubjectId, book: SubjectBook) {
        if let Some(before) = self.subjects.remove(&id) {
            self.due.remove(&id);
            for declaration in before.declarations {
                self.matches.remove(&(declaration, id.clone()));
            }
            if let Some(recheck_at) = before.recheck_at {
                self.rechecks.remove(&(recheck_at, id.clone()));
            }
        }
        if book.is_empty() {
            return;
        }
        if book.due {
            self.due.insert(id.clone(), book.version);
        }
        for declaration in &book.declarations {
            self.matches.insert((declaration.clone(), id.clone()));
        }
        if let Some(recheck_at) = book.recheck_at {
            self.rechecks.insert((recheck_at, id.clone()));
        }
        self.subjects.insert(id, book);
    }

    fn finding_apply(&mut self, change: &FindingChange, standing: &mut BTreeSet<model::FindingId>) {
        let finding = change.finding();
        let state = match change {
            FindingChange::Opened(_) | FindingChange::Updated(_) => {
                standing.insert(finding.id.clone());
                FindingState::Open
            }
            FindingChange::Resolved(..) => {
                standing.remove(&finding.id);
                FindingState::Resolved
            }
        };
        self.findings.insert(finding.id.clone(), Finding { state, ..finding.clone() });
    }

    /// The declarations that begin or cease to match anything by the settlement.
    fn matches_changed(&self, before: &SubjectBook, settlement: &Settlement) -> Vec<DeclarationId> {
        let after: BTreeSet<_> = settlement.declarations.iter().cloned().collect();
        let changed = before.declarations.symmetric_difference(&after);
        changed
            .filter(|id| self.matched_by(id).all(|by| *by == settlement.subject))
            .cloned()
            .collect()
    }

    fn matched_by(&self, id: &DeclarationId) -> impl Iterator<Item = &SubjectId> {
        let first = (id.clone(), SubjectId::Identity(model::IdentityId::default()));
        self.matches.range(first..).take_while(move |(of, _)| of == id).map(|(_, by)| by)
    }

    /// Whether anything matches the declaration at present.
    pub(super) fn is_matched(&self, id: &DeclarationId) -> bool {
        self.matched_by(id).next().is_some()
    }
}
