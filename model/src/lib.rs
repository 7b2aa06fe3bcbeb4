//! The words of the domain, as plain values: no input or output, no async, no clock, no serialisation.
//!
//! [`Fact`] is what agents see; [`Batch`] is how it travels; [`Dossier`] is what is stored about one
//! subject; [`Subject`] is what the rules look at; [`Finding`] is what they say; [`FeedEvent`] is
//! how everyone hears of it. Nothing here can hold secret bytes: of a secret there is a
//! [`Fingerprint`], at most.

mod batch;
mod coverage;
mod declarations;
mod digest;
mod dossier;
mod fact;
mod feed;
mod finding;
mod id;
mod owner;
mod privileges;
mod subject;
#[cfg(feature = "testing")]
pub mod testing;

pub use batch::{Batch, BatchId, Began, Entry, Observation, ScanMode};
pub use coverage::{ScopeState, ScopeStatus};
pub use declarations::{Declarations, Facet};
pub use digest::{ContentDigest, FactKey, Kin, ScopeDigest, hex, sha256};
pub use dossier::{Dossier, Existence, PastSighting, Settlement, Sighting, Unknown};
pub use fact::{
    Credential, CredentialKind, Details, End, Fact, Grant, GrantKind, Identity, IdentityKind,
    KeyFacts, KeyFlaw, Maker, Placement, PlacementKind, Policy, PolicyLanguage, Readers, Usage,
    Use, Workload, WorkloadKind,
};
pub use feed::{Change, Cursor, FeedEvent, Refusal};
pub use finding::{
    About, Conclusion, Evidence, Factor, Finding, FindingChange, FindingState, Severity,
};
pub use id::{
    AgentId, CredentialId, DeclarationId, Epoch, FindingId, Fingerprint, IdentityId, OwnerId,
    PlacementId, PolicyId, RuleId, ScanId, ScopeId, Seq, SubjectId, SubjectIdError, WorkloadId,
};
pub use owner::{Declaration, Owners, OwnersProblem, Pattern, Person, Selector, Standing, Team};
pub use privileges::{Bond, Door, Outsider, OutsiderKind, PathStep, PrivilegeVerdict, Privileges};
pub use subject::{Answer, Applied, Body, Held, Ownership, Presence, Subject};
