//! What the memory store holds, and the few moves that keep it consistent with itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    AgentId, Change, Cursor, DeclarationId, Fact, FactKey, FeedEvent, Finding, FindingId,
    IdentityId, Kin, PastSighting, ScanId, ScopeId, ScopeStatus, SubjectId,
};

use crate::store::held::{Seen, SubjectBook};
use crate::store::reach::{Reach, identity, reach, references, referrer};
use crate::store::scan::{Heard, ScopeBook};
use crate::store::{AgentRecord, Invitation, OwnersState};

/// Where a fact is asserted, in the order of dossiers.
pub(super) type Place = (FactKey, AgentId, ScopeId);

/// Everything.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) agents: BTreeMap<AgentId, AgentBook>,
    pub(super) invitations: BTreeMap<[u8; 32], Invitation>,
    pub(super) scopes: BTreeMap<(AgentId, ScopeId), ScopeHeld>,
    pub(super) sightings: BTreeMap<Place, Seen>,
    /// Who refers to a kin now.
    pub(super) references: BTreeSet<(Kin, Place)>,
    /// Which facts referred to a kin once.
    pub(super) references_past: BTreeSet<(Kin, FactKey)>,
    /// By kin, and then by the place in the one order of all that was superseded.
    pub(super) past: BTreeMap<(Kin, u64), PastSighting>,
    pub(super) past_last: u64,
    pub(super) subjects: BTreeMap<SubjectId, SubjectBook>,
    /// Those whose book says that they are due, and since which tick.
    pub(super) due: BTreeMap<SubjectId, u64>,
    pub(super) rechecks: BTreeSet<(Timestamp, SubjectId)>,
    pub(super) matches: BTreeSet<(DeclarationId, SubjectId)>,
    pub(super) findings: BTreeMap<FindingId, Finding>,
    pub(super) feed: Vec<FeedEvent>,
    pub(super) owners: OwnersState,
    pub(super) cursors: BTreeMap<String, Cursor>,
    pub(super) settings: BTreeMap<String, Vec<u8>>,
    /// Grows with every change of a subject's version.
    pub(super) tick: u64,
}

/// An agent, and the scans that it has not ended.
#[derive(Debug)]
pub(super) struct AgentBook {
    pub(super) record: AgentRecord,
    pub(super) open: BTreeMap<ScanId, ScopeId>,
}

impl AgentBook {
    /// An agent with no scan under way.
    pub(super) fn new(record: AgentRecord) -> Self {
        Self { record, open: BTreeMap::new() }
    }
}

/// A scope, and what it holds.
#[derive(Debug)]
pub(super) struct ScopeHeld {
    pub(super) book: ScopeBook,
    pub(super) keys: BTreeSet<FactKey>,
    /// Missed by the open scan: gone if it completes.
    pub(super) missed: BTreeSet<FactKey>,
}

impl ScopeHeld {
    /// A scope that holds nothing yet.
    pub(super) fn new(book: ScopeBook) -> Self {
        Self { book, keys: BTreeSet::new(), missed: BTreeSet::new() }
    }
}

impl State {
    /// Makes a subject due, which makes it known.
    pub(super) fn touch(&mut self, id: &SubjectId) {
        self.tick = self.tick.saturating_add(1);
        let book = self.subjects.entry(id.clone()).or_default();
        book.version = self.tick;
        book.due = true;
        self.due.entry(id.clone()).or_insert(self.tick);
    }

    /// Makes every subject due whose dossier holds `fact`.
    pub(super) fn touch_reach(&mut self, fact: &Fact) {
        for reach in reach(fact) {
            match reach {
                Reach::Own(id) => self.touch(&id),
                Reach::IfKnown(credential) => {
                    let id = SubjectId::Unclaimed(credential.clone());
                    let known = self.subjects.contains_key(&id)
                        || self.kin_sightings(Kin::credential(&credential)).next().is_some();
                    if known {
                        self.touch(&id);
                    }
                }
                Reach::Referring(kin) => {
                    for identity in self.referring(kin) {
                        self.touch(&SubjectId::Identity(identity));
                    }
                }
                Reach::ReferringTwice(kin) => {
                    for identity in self.referring(kin) {
                        for member in self.referring(Kin::identity(&identity)) {
                            self.touch(&SubjectId::Identity(member));
                        }
                        self.touch(&SubjectId::Identity(identity));
                    }
                }
            }
        }
    }

    /// The identities with a fact that refers to `kin`.
    pub(super) fn referring(&self, kin: Kin) -> BTreeSet<IdentityId> {
        let places = self.references_to(kin);
        places
            .filter_map(|place| self.sightings.get(place))
            .filter_map(|seen| referrer(&seen.sighting.fact).cloned())
            .collect()
    }

    /// Where something refers to `kin`.
    pub(super) fn references_to(&self, kin: Kin) -> impl Iterator<Item = &Place> {
        let from = (kin, (FactKey([0; 20]), AgentId::default(), ScopeId::default()));
        self.references.range(from..).take_while(move |(to, _)| *to == kin).map(|(_, place)| place)
    }

    /// What is kept with `kin`, in order.
    pub(super) fn kin_sightings(&self, kin: Kin) -> impl Iterator<Item = (&Place, &Seen)> {
        let from = (kin_first(kin), AgentId::default(), ScopeId::default());
        self.sightings.range(from..).take_while(move |((key, ..), _)| key.kin() == kin)
    }

    /// Adds a sighting where there is none.
    pub(super) fn sighting_add(&mut self, key: FactKey, seen: Seen) {
        let fact = seen.sighting.fact.clone();
        if let Some(held) = self.scope_of(&seen) {
            held.book.status.digest.add(proto::content_digest(key, &fact));
        }
        self.sighting_put(key, seen);
        self.touch_reach(&fact);
    }

    /// Puts a sighting in its place, whatever was there.
    pub(super) fn sighting_put(&mut self, key: FactKey, seen: Seen) {
        let place = (key, seen.sighting.agent.clone(), seen.sighting.scope.clone());
        for to in references(&seen.sighting.fact) {
            self.references.insert((to, place.clone()));
        }
        if let Some(held) = self.scope_of(&seen) {
            held.keys.insert(key);
        }
        self.sightings.insert(place, seen);
    }

    fn scope_of(&mut self, seen: &Seen) -> Option<&mut ScopeHeld> {
        self.scopes.get_mut(&(seen.sighting.agent.clone(), seen.sighting.scope.clone()))
    }

    /// Takes a sighting away, and keeps it as past.
    pub(super) fn sighting_end(
        &mut self,
        place: &Place,
        valid_to: Timestamp,
        superseded_at: Timestamp,
    ) {
        let Some(Seen { sighting, .. }) = self.sightings.get(place).cloned() else { return };
        // While its references still stand, so that those who refer to it hear of it.
        self.touch_reach(&sighting.fact);
        self.sightings.remove(place);
        if let Some(held) = self.scopes.get_mut(&(place.1.clone(), place.2.clone())) {
            held.keys.remove(&place.0);
            held.book.status.digest.remove(proto::content_digest(place.0, &sighting.fact));
        }
        for to in references(&sighting.fact) {
            self.references.remove(&(to, place.clone()));
        }
        let position = self.past_last.saturating_add(1);
        self.past_put(position, PastSighting { sighting, valid_to, superseded_at });
    }

    /// Puts a past sighting in its place.
    pub(super) fn past_put(&mut self, position: u64, past: PastSighting) {
        let key = FactKey::of(&past.sighting.fact);
        for to in references(&past.sighting.fact) {
            self.references_past.insert((to, key));
        }
        self.past_last = self.past_last.max(position);
        self.past.insert((key.kin(), position), past);
    }

    /// Lets everybody know who must hear of a step of a scope.
    pub(super) fn tell(&mut self, subject: &SubjectId, heard: Heard, received_at: Timestamp) {
        if heard.due {
            self.touch(subject);
        }
        if (heard.rights || heard.identities)
            && let SubjectId::Scope(agent, scope) = subject
        {
            self.identities_touch(agent, |accounts| heard.concerns(scope, accounts));
        }
        if let Some(since) = heard.unmatched_since {
            self.unmatched_touch(since);
        }
        if let Some(status) = heard.coverage {
            self.feed_push(Change::Coverage(status), received_at);
        }
    }

    /// Makes due the identities that the scopes of `agent` assert which are `wanted`.
    fn identities_touch(&mut self, agent: &AgentId, wanted: impl Fn(&ScopeStatus) -> bool) {
        let mut told: Vec<SubjectId> = Vec::new();
        for ((of, scope), held) in &self.scopes {
            if of != agent || !wanted(&held.book.status) {
                continue;
            }
            for key in &held.keys {
                let seen = self.sightings.get(&(*key, of.clone(), scope.clone()));
                told.extend(seen.and_then(|seen| identity(&seen.sighting.fact)));
            }
        }
        for id in told {
            self.touch(&id);
        }
    }

    /// Makes due the declarations that match nothing and were first read after `since`.
    fn unmatched_touch(&mut self, since: Timestamp) {
        let declarations = self.owners.owners.declarations.values();
        let unmatched: Vec<DeclarationId> = declarations
            .filter(|it| it.first_read_at > since && !self.is_matched(&it.id))
            .map(|it| it.id.clone())
            .collect();
        for id in unmatched {
            self.touch(&SubjectId::Declaration(id));
        }
    }

    /// Appends to the feed.
    pub(super) fn feed_push(&mut self, change: Change, recorded_at: Timestamp) -> Cursor {
        let at = Cursor(self.feed_end().0.saturating_add(1));
        self.feed.push(FeedEvent { at, recorded_at, change });
        at
    }

    /// The place of the newest event.
    pub(super) fn feed_end(&self) -> Cursor {
        self.feed.last().map_or(Cursor(0), |event| event.at)
    }
}

/// The first key that kin could have.
pub(super) fn kin_first(kin: Kin) -> FactKey {
    let mut key = [0; 20];
    for (to, from) in key.iter_mut().zip(kin.0) {
        *to = from;
    }
    FactKey(key)
}
