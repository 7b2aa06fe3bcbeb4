//! What the memory store holds, and the few moves that keep it consistent with itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    AgentId, Change, Cursor, DeclarationId, Fact, FactKey, FeedEvent, Finding, FindingId,
    IdentityId, Kin, PastSighting, ScanId, ScopeId, Sighting, SubjectId, Unknown,
};

use crate::store::reach::{Reach, reach, references, referrer};
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
    pub(super) due: BTreeSet<SubjectId>,
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

/// A sighting, and in which scan of its scope it was last written.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) sighting: Sighting,
    pub(super) scan_no: u64,
}

/// What is kept of a subject besides the facts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct SubjectBook {
    /// When it was last made due or settled.
    pub(super) version: u64,
    pub(super) existed: bool,
    pub(super) standing: BTreeSet<FindingId>,
    pub(super) unknown: Vec<Unknown>,
    pub(super) declarations: BTreeSet<DeclarationId>,
    pub(super) recheck_at: Option<Timestamp>,
}

impl SubjectBook {
    /// Whether nothing would be lost if it were forgotten.
    pub(super) fn is_empty(&self) -> bool {
        let blank = Self { version: self.version, ..Self::default() };
        *self == blank
    }
}

impl State {
    /// Makes a subject due, which makes it known.
    pub(super) fn touch(&mut self, id: &SubjectId) {
        self.tick = self.tick.saturating_add(1);
        self.subjects.entry(id.clone()).or_default().version = self.tick;
        self.due.insert(id.clone());
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
        let sighting = &seen.sighting;
        let place = (key, sighting.agent.clone(), sighting.scope.clone());
        for to in references(&sighting.fact) {
            self.references.insert((to, place.clone()));
        }
        if let Some(held) = self.scopes.get_mut(&(place.1.clone(), place.2.clone())) {
            held.keys.insert(key);
            held.book.status.digest.add(proto::content_digest(key, &sighting.fact));
        }
        let fact = sighting.fact.clone();
        self.sightings.insert(place, seen);
        self.touch_reach(&fact);
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
            self.references_past.insert((to, place.0));
        }
        self.past_last = self.past_last.saturating_add(1);
        let past = PastSighting { sighting, valid_to, superseded_at };
        self.past.insert((place.0.kin(), self.past_last), past);
    }

    /// Lets everybody know who must hear of a step of a scope.
    pub(super) fn tell(&mut self, subject: &SubjectId, heard: Heard, received_at: Timestamp) {
        if heard.due {
            self.touch(subject);
        }
        if let Some(status) = heard.coverage {
            self.feed_push(Change::Coverage(status), received_at);
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
