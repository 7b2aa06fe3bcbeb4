//! From what is stored about a subject to what is claimed about it, as pure functions.
//!
//! ```text
//! Dossier ──► correlate ──► Subject ──► detector::ALL ──► reconcile ──► Settlement
//!               owners ────────┘  policy ────┘  standing findings ─┘
//! ```
//!
//! Nothing here reads a clock, a file or a random number: equal arguments give equal settlements,
//! on every machine, for ever (of one version).

pub mod aws;
mod correlate;
pub mod derive;
pub mod detector;
mod manual;
pub mod owners;
mod policy;
pub mod power;
mod reconcile;
pub mod severity;
mod shell;
mod time;

use jiff::Timestamp;
use model::{Body, Dossier, Existence, Owners, Settlement, Subject, SubjectId};

pub use policy::{Change, Limits, Override, OwnerRole, Policy, When};

/// Judges everything that is stored about one subject, as of one moment.
///
/// Applied to a dossier whose standing findings are its own result, it returns no changes. A
/// finding whose facts have become unknown stays as it is: only facts close findings.
#[must_use]
pub fn examine(
    dossier: &Dossier,
    owners: &Owners,
    policy: &Policy,
    as_of: Timestamp,
) -> Settlement {
    let subject = subject(dossier, owners, as_of);
    let examined = detector::examine_all(&subject, policy, as_of);
    let presence_changes_at = owners::presence_changes_at(&subject.ownership, owners, as_of);
    let changes = reconcile::changes(&subject, dossier, &examined, as_of);
    Settlement {
        version: dossier.version,
        changes,
        unknown: examined.unknown,
        existence: existence(&subject, dossier.existed),
        recheck_at: time::earlier(examined.recheck_at, presence_changes_at),
        declarations: subject.ownership.matching,
        subject: subject.id,
    }
}

/// Everything known about the subject of `dossier`, put together, with who answers for it.
#[must_use]
pub fn subject(dossier: &Dossier, owners: &Owners, as_of: Timestamp) -> Subject {
    let mut subject = correlate::subject(dossier, owners);
    subject.ownership = owners::resolve(&subject, owners, as_of);
    subject
}

/// Scopes and declarations neither appear nor go: only identities and unclaimed credentials do.
fn existence(subject: &Subject, existed: bool) -> Existence {
    let exists = subject.body != Body::Absent;
    let existed = match subject.id {
        SubjectId::Identity(_) | SubjectId::Unclaimed(_) => existed,
        SubjectId::Scope(..) | SubjectId::Declaration(_) => exists,
    };
    match (existed, exists) {
        (true, true) => Existence::Stays,
        (false, true) => Existence::Appeared,
        (true, false) => Existence::Gone,
        (false, false) => Existence::Absent,
    }
}

#[cfg(test)]
mod tests;
