//! A batch with all that can be worked out before it is its turn, since one thread alone writes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{Batch, BatchId, ContentDigest, Entry, FactKey, Kin, Observation, ScanId};

use crate::store::reach::{Reach, reach, references};

/// See the head of this file.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) id: BatchId,
    pub(super) entries: Vec<PreparedEntry>,
}

/// One entry.
#[derive(Debug)]
pub(super) enum PreparedEntry {
    /// A fact was seen.
    Saw(Box<PreparedObservation>),
    /// Anything else.
    Other(Entry),
}

/// A fact that was seen, and what follows from it.
#[derive(Debug)]
pub(super) struct PreparedObservation {
    pub(super) scan: ScanId,
    pub(super) seen_at: Timestamp,
    pub(super) key: FactKey,
    /// Its canonical bytes.
    pub(super) fact: Vec<u8>,
    pub(super) content: ContentDigest,
    pub(super) references: BTreeSet<Kin>,
    pub(super) reach: Vec<Reach>,
}

impl Prepared {
    /// Works it out.
    pub(super) fn of(batch: &Batch) -> Self {
        let prepared = |entry: &Entry| match entry {
            Entry::Saw(observation) => {
                PreparedEntry::Saw(Box::new(PreparedObservation::of(observation)))
            }
            Entry::Began(_)
            | Entry::Missed(..)
            | Entry::Completed { .. }
            | Entry::Abandoned { .. } => PreparedEntry::Other(entry.clone()),
        };
        Self { id: batch.id.clone(), entries: batch.entries.iter().map(prepared).collect() }
    }
}

impl PreparedObservation {
    fn of(observation: &Observation) -> Self {
        let Observation { scan, seen_at, fact } = observation;
        let key = FactKey::of(fact);
        let encoded = proto::fact_encode(fact);
        Self {
            scan: *scan,
            seen_at: *seen_at,
            key,
            content: ContentDigest::of(key, &encoded),
            fact: encoded,
            references: references(fact),
            reach: reach(fact),
        }
    }
}
