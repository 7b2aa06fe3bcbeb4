//! What every store keeps, as values: the units of an export, whatever a store's own layout is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{
    AgentId, Cursor, DeclarationId, FactKey, FeedEvent, Finding, FindingId, PastSighting, ScopeId,
    Sighting, SubjectId, Unknown,
};

use super::scan::ScopeBook;
use super::{AgentRecord, Invitation, OwnersState};

/// One unit of an export.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    Agent(AgentRecord),
    Invitation(Invitation),
    Scope(ScopeBook),
    Sighting(Seen),
    /// With its place in the order of all that was superseded, from 1.
    Past(u64, PastSighting),
    Missed(AgentId, ScopeId, FactKey),
    Subject(SubjectId, Box<SubjectBook>),
    Finding(Box<Finding>),
    Event(Box<FeedEvent>),
    Owners(Box<OwnersState>),
    Cursor(String, Cursor),
    Setting(String, Vec<u8>),
}

/// A sighting, and in which scan of its scope it was last written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Seen {
    pub(super) sighting: Sighting,
    pub(super) scan_no: u64,
}

/// What is kept of a subject besides the facts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct SubjectBook {
    /// When it was last made due or settled, in ticks of the store. Not part of an export.
    pub(super) version: u64,
    /// Whether it changed since it was settled.
    pub(super) due: bool,
    pub(super) existed: bool,
    /// Its open findings.
    pub(super) standing: BTreeSet<FindingId>,
    pub(super) unknown: Vec<Unknown>,
    pub(super) declarations: BTreeSet<DeclarationId>,
    pub(super) recheck_at: Option<Timestamp>,
}

impl SubjectBook {
    /// Whether nothing would be lost if it were forgotten.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self { version: self.version, ..Self::default() }
    }
}
