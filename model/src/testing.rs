//! A notation for estates, so that a test shows its input at a glance.
//!
//! ```text
//! user arn:aws:iam::111122223333:user/ci  created=2025-01-01 label.team=payments
//!   in arn:aws:iam::111122223333:group/builders
//!   access_key AKIAEXAMPLE1  created=2025-01-01 used=never
//!     at host:web-1/file:/root/.aws/credentials  kind=secret_file readers=owner
//!   uses s3  used=2026-01-01
//!   permission build {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
//! host_account host:web-1/account/deploy
//!   key_pair a1  algorithm=ed25519
//!   permission sudo ALL=(ALL) NOPASSWD: ALL
//!   runs host:web-1/unit/nginx.service
//! key_pair b2  algorithm=rsa bits=1024
//! scope agent-1 host/web-1/files:/home  interval=24h completed=2026-01-01
//! person ada
//! person bob  left=2026-01-01
//! team payments  members=person:ada,person:bob
//! declare payments.yaml#ci  id=arn:aws:iam::*:user/ci technical=team:payments read=2025-01-01
//! ```
//!
//! A line is a fact; what is indented belongs to the line above that is indented less. The words
//! are the names of [`crate::IdentityKind`], [`crate::CredentialKind`] and [`crate::GrantKind`]. A credential that
//! stands alone proves nobody, as far as its scope tells. The same thing on two lines is seen
//! twice; `seen=` and `agent=` say where and by whom. Values with blanks stand in `"`;
//! `count.access_key=2` says how many credentials of a kind an identity has.

#![expect(clippy::expect_used, clippy::panic, reason = "a wrong fixture must stop its test")]

mod line;
mod read;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    CredentialId, Dossier, Fact, IdentityId, Owners, PolicyId, ScopeId, ScopeStatus, Sighting,
    SubjectId,
};

/// What is written in one text.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Everything seen, in the order of the text.
    pub sightings: Vec<Sighting>,
    /// The scopes that the text speaks of, in its order.
    pub scopes: Vec<ScopeStatus>,
    /// What somebody wrote down.
    pub owners: Owners,
    /// Every subject, in the order in which it is first mentioned.
    pub subjects: Vec<SubjectId>,
}

/// Midnight UTC at the start of `date`, written `2025-01-31`, or the moment written in full.
///
/// # Panics
///
/// If `date` is neither.
#[must_use]
pub fn day(date: &str) -> Timestamp {
    let text = if date.contains('T') { date.to_owned() } else { format!("{date}T00:00:00Z") };
    text.parse().unwrap_or_else(|_| panic!("`{date}` should be a date such as 2025-01-31"))
}

/// Reads an estate.
///
/// # Panics
///
/// If a line is not in the notation.
#[must_use]
pub fn estate(text: &str) -> Estate {
    read::estate(text)
}

impl Estate {
    /// The dossier of every subject, in the order of [`Self::subjects`].
    #[must_use]
    pub fn dossiers(&self) -> Vec<Dossier> {
        self.subjects.iter().map(|subject| self.dossier(subject)).collect()
    }

    /// What a store would load of `subject`, had it stored this estate: never settled, nothing
    /// standing. [`Dossier::matched`] is false: whether a declaration matches is not known here.
    #[must_use]
    pub fn dossier(&self, subject: &SubjectId) -> Dossier {
        let sightings = match subject {
            SubjectId::Identity(id) => self.around_identity(id),
            SubjectId::Unclaimed(id) => self.around_credentials(&BTreeSet::from([id])),
            SubjectId::Scope(..) | SubjectId::Declaration(_) => Vec::new(),
        };
        let mut seen_in: BTreeSet<ScopeId> = sightings.iter().map(|it| it.scope.clone()).collect();
        let asserts = |it: &&Sighting| matches!(&it.fact, Fact::Identity(fact) if SubjectId::Identity(fact.id.clone()) == *subject);
        let asserting: BTreeSet<&ScopeId> =
            sightings.iter().filter(asserts).map(|it| &it.scope).collect();
        let told = self.scopes.iter().filter(|status| asserting.contains(&status.scope));
        seen_in.extend(told.flat_map(|status| status.rights.iter().cloned()));
        let scopes = self.scopes.iter().filter(|status| match subject {
            SubjectId::Identity(_) | SubjectId::Unclaimed(_) => seen_in.contains(&status.scope),
            SubjectId::Scope(agent, scope) => status.agent == *agent && status.scope == *scope,
            SubjectId::Declaration(_) => true,
        });
        Dossier {
            subject: subject.clone(),
            scopes: scopes.cloned().collect(),
            sightings,
            matched: false,
            standing: Vec::new(),
            existed: false,
            version: 1,
        }
    }

    /// Its own facts, its credentials with their places, its groups' grants, and the policies.
    fn around_identity(&self, id: &IdentityId) -> Vec<Sighting> {
        let mut holders: BTreeSet<&IdentityId> = BTreeSet::from([id]);
        let mut credentials: BTreeSet<&CredentialId> = BTreeSet::new();
        for it in &self.sightings {
            match &it.fact {
                Fact::Identity(fact) if fact.id == *id => holders.extend(&fact.groups),
                Fact::Credential(fact) if fact.identity.as_ref() == Some(id) => {
                    credentials.insert(&fact.id);
                }
                Fact::Identity(_)
                | Fact::Credential(_)
                | Fact::Grant(_)
                | Fact::Placement(_)
                | Fact::Policy(_)
                | Fact::Workload(_)
                | Fact::Usage(_)
                | Fact::Privileges(_)
                | Fact::Door(_) => (),
            }
        }
        let mut policies: BTreeSet<&PolicyId> = BTreeSet::new();
        for it in &self.sightings {
            if let Fact::Grant(grant) = &it.fact
                && holders.contains(&grant.holder)
            {
                policies.insert(&grant.policy);
            }
        }
        let mut sightings = self.around_credentials(&credentials);
        sightings.extend(
            self.sightings
                .iter()
                .filter(|it| match &it.fact {
                    Fact::Identity(fact) => holders.contains(&fact.id),
                    Fact::Grant(fact) => holders.contains(&fact.holder),
                    Fact::Policy(fact) => policies.contains(&fact.id.of_version()),
                    Fact::Workload(fact) => fact.identity == *id,
                    Fact::Usage(fact) => fact.identity == *id,
                    Fact::Privileges(fact) => fact.identity == *id,
                    Fact::Door(fact) => fact.outside == *id,
                    Fact::Credential(_) | Fact::Placement(_) => false,
                })
                .cloned(),
        );
        sightings
    }

    fn around_credentials(&self, ids: &BTreeSet<&CredentialId>) -> Vec<Sighting> {
        let facts = self.sightings.iter().filter(|it| match &it.fact {
            Fact::Credential(fact) => ids.contains(&fact.id),
            Fact::Placement(fact) => ids.contains(&fact.credential),
            Fact::Identity(_)
            | Fact::Grant(_)
            | Fact::Policy(_)
            | Fact::Workload(_)
            | Fact::Usage(_)
            | Fact::Privileges(_)
            | Fact::Door(_) => false,
        });
        facts.cloned().collect()
    }
}

#[cfg(test)]
mod tests;
