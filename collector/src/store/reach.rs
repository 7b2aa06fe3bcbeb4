//! Which facts belong together: what a fact refers to, and in whose dossiers it stands.
//!
//! ```text
//! fact                     refers to          stands in the dossiers of
//! identity                 its groups         itself; its members, if it is a group
//! grant                    its policy         the holder; its members, if it is a group
//! credential, claimed      the credential     its identity; others that claim it; unclaimed
//! credential, not claimed                     unclaimed; all that claim it
//! placement                                   unclaimed; all that claim its credential
//! policy, each version                        its holders; their members, if they are groups
//! workload, usage, privileges                 its identity
//! door                                        the account that is let in
//! ```
//!
//! Pure, and shared by all stores, so that they make the same subjects due. "Unclaimed" is the
//! credential as a subject.

use std::collections::BTreeSet;

use model::{AgentId, CredentialId, Fact, IdentityId, Kin, PolicyId, ScopeId, Sighting, SubjectId};

/// A set of subjects whose dossiers hold a fact.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Reach {
    /// The subject that the fact is kept with.
    Own(SubjectId),
    /// The credential as a subject, if anything else is known of it: a credential that was always
    /// claimed and lies nowhere never becomes a subject.
    IfKnown(CredentialId),
    /// The identities with a fact that refers to this.
    Referring(Kin),
    /// The same, and the identities that refer to them.
    ReferringTwice(Kin),
}

/// What `fact` refers to, in order.
pub(super) fn references(fact: &Fact) -> BTreeSet<Kin> {
    match fact {
        Fact::Identity(it) => it.groups.iter().map(Kin::identity).collect(),
        Fact::Grant(it) => BTreeSet::from([Kin::policy(&it.policy)]),
        Fact::Credential(it) if it.identity.is_some() => BTreeSet::from([Kin::credential(&it.id)]),
        Fact::Credential(_)
        | Fact::Placement(_)
        | Fact::Policy(_)
        | Fact::Workload(_)
        | Fact::Usage(_)
        | Fact::Privileges(_)
        | Fact::Door(_) => BTreeSet::new(),
    }
}

/// The subjects that are due when `fact` comes, changes or goes.
pub(super) fn reach(fact: &Fact) -> Vec<Reach> {
    let identity = |id: &IdentityId| Reach::Own(SubjectId::Identity(id.clone()));
    let unclaimed = |id: &CredentialId| Reach::Own(SubjectId::Unclaimed(id.clone()));
    match fact {
        Fact::Identity(it) => vec![identity(&it.id), Reach::Referring(Kin::identity(&it.id))],
        Fact::Grant(it) => vec![identity(&it.holder), Reach::Referring(Kin::identity(&it.holder))],
        Fact::Workload(it) => vec![identity(&it.identity)],
        Fact::Usage(it) => vec![identity(&it.identity)],
        Fact::Privileges(it) => vec![identity(&it.identity)],
        Fact::Door(it) => vec![identity(&it.outside)],
        Fact::Policy(it) => vec![Reach::ReferringTwice(Kin::policy(&it.id.of_version()))],
        Fact::Placement(it) => {
            vec![unclaimed(&it.credential), Reach::Referring(Kin::credential(&it.credential))]
        }
        Fact::Credential(it) => {
            let others = Reach::Referring(Kin::credential(&it.id));
            match &it.identity {
                Some(id) => vec![identity(id), Reach::IfKnown(it.id.clone()), others],
                None => vec![unclaimed(&it.id), others],
            }
        }
    }
}

/// The identity that a fact with references is kept with.
pub(super) fn referrer(fact: &Fact) -> Option<&IdentityId> {
    match fact {
        Fact::Identity(it) => Some(&it.id),
        Fact::Grant(it) => Some(&it.holder),
        Fact::Credential(it) => it.identity.as_ref(),
        Fact::Placement(_)
        | Fact::Policy(_)
        | Fact::Workload(_)
        | Fact::Usage(_)
        | Fact::Privileges(_)
        | Fact::Door(_) => None,
    }
}

/// The identity that `fact` asserts, as a subject.
pub(super) fn identity(fact: &Fact) -> Option<SubjectId> {
    match fact {
        Fact::Identity(it) => Some(SubjectId::Identity(it.id.clone())),
        Fact::Grant(_)
        | Fact::Credential(_)
        | Fact::Placement(_)
        | Fact::Policy(_)
        | Fact::Workload(_)
        | Fact::Usage(_)
        | Fact::Privileges(_)
        | Fact::Door(_) => None,
    }
}

/// The scopes that would tell the rights of `id`, by those that assert it, each of the same agent.
/// `rights` gives what a scope that asserts it says of that.
pub(super) fn rights<'a>(
    id: &SubjectId,
    sightings: impl IntoIterator<Item = &'a Sighting>,
    rights: impl Fn(&AgentId, &ScopeId) -> Vec<ScopeId>,
) -> BTreeSet<(AgentId, ScopeId)> {
    let asserting = sightings
        .into_iter()
        .filter(|it| identity(&it.fact).is_some_and(|asserted| asserted == *id));
    let told = |it: &Sighting| {
        rights(&it.agent, &it.scope).into_iter().map(|scope| (it.agent.clone(), scope)).collect()
    };
    asserting.flat_map(|it| -> Vec<_> { told(it) }).collect()
}

/// What stands beside an identity's or credential's own facts in its dossier.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    pub(super) credentials: BTreeSet<CredentialId>,
    pub(super) groups: BTreeSet<IdentityId>,
    pub(super) policies: BTreeSet<PolicyId>,
}

impl Neighbours {
    /// How many credentials, groups and policies each a dossier follows: an identity of a cloud has
    /// at most a few dozen; a host that reports more is damaged or lies. The first are kept.
    pub(super) const EACH_MAX: usize = 1024;

    /// Takes note of what `fact` of the subject itself, or of one of its groups, leads to.
    pub(super) fn note(&mut self, fact: &Fact) {
        match fact {
            Fact::Identity(it) => self.groups.extend(it.groups.iter().cloned()),
            Fact::Grant(it) => {
                self.policies.insert(it.policy.clone());
            }
            Fact::Credential(it) => {
                self.credentials.insert(it.id.clone());
            }
            Fact::Placement(_)
            | Fact::Policy(_)
            | Fact::Workload(_)
            | Fact::Usage(_)
            | Fact::Privileges(_)
            | Fact::Door(_) => {}
        }
    }
}

/// Whether a fact kept with a group stands in the dossiers of its members.
pub(super) fn is_shared_with_members(fact: &Fact) -> bool {
    matches!(fact, Fact::Identity(_) | Fact::Grant(_))
}
