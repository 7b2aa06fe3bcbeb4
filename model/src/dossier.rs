//! Everything stored about one subject, and what an examination makes of it.

use jiff::Timestamp;

use crate::{
    AgentId, DeclarationId, Fact, Finding, FindingChange, RuleId, ScopeId, ScopeStatus, SubjectId,
};

/// All that is stored about one subject, read at one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// Whom it is about.
    pub subject: SubjectId,
    /// What is asserted at present about the subject and its neighbours: its credentials and all
    /// their placements, its groups with their grants, and the policies that the grants name.
    /// Ordered by fact key, then agent, then scope.
    pub sightings: Vec<Sighting>,
    /// The scopes that [`Self::sightings`] came from, and for an identity those that would tell its rights
    /// ([`ScopeStatus::rights`]). For a scope, itself. For a declaration, every
    /// scope there is. Each as its last scan that ended left it: one that runs proves nothing yet.
    pub scopes: Vec<ScopeStatus>,
    /// For a declaration: whether it matches any identity or unclaimed credential at present.
    pub matched: bool,
    /// What is claimed about it so far.
    pub standing: Vec<Finding>,
    /// Whether it existed when it was last settled.
    pub existed: bool,
    /// Changes whenever anything above changes.
    pub version: u64,
}

/// A fact and the span over which it was seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sighting {
    /// By whom.
    pub agent: AgentId,
    /// Where.
    pub scope: ScopeId,
    /// What.
    pub fact: Fact,
    /// Since when it reads so, by the agent's clock.
    pub valid_from: Timestamp,
    /// When that was stored, by the collector's clock.
    pub recorded_at: Timestamp,
}

/// A version of a fact that has been replaced or has gone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PastSighting {
    /// What was asserted, and since when.
    pub sighting: Sighting,
    /// When it was seen to be otherwise, by the agent's clock.
    pub valid_to: Timestamp,
    /// When that was stored, by the collector's clock.
    pub superseded_at: Timestamp,
}

/// The result of one examination.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// Whom it is about.
    pub subject: SubjectId,
    /// The version of the dossier it was drawn from.
    pub version: u64,
    /// What changed, possibly nothing.
    pub changes: Vec<FindingChange>,
    /// What could not be judged, and why.
    pub unknown: Vec<Unknown>,
    /// Whether the subject appeared or went since it was last settled.
    pub existence: Existence,
    /// The declarations that match the subject.
    pub declarations: Vec<DeclarationId>,
    /// When to look again if nothing happens.
    pub recheck_at: Option<Timestamp>,
}

/// Whether a subject is there, against when it was last settled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Existence {
    /// It is there, as before.
    Stays,
    /// It was not there before.
    Appeared,
    /// No agent asserts it any more.
    Gone,
    /// It was not there and is not there.
    Absent,
}

/// What a rule could not judge for want of a fact. Shown and counted, never alarmed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Unknown {
    /// Which rule.
    pub rule: RuleId,
    /// Which of the subject's credentials or placements, or empty.
    pub about: String,
    /// Which fact is missing, in one sentence.
    pub why: String,
}
