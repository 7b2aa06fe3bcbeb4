//! From single sightings to one subject.
//!
//! Leaves ownership to `owners`. INVARIANT: the order of the sightings does not matter.
//!
//! ```text
//! identity   there if a scope asserts it; credentials and grants that merely name it do not make
//!            it be there, but are kept, so that they can be shown
//! unclaimed  there if a scope asserts the credential and none says whom it proves; once somebody
//!            says so, its findings pass to the identity
//! ```

mod merge;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Applied, Body, CredentialId, DeclarationId, Dossier, Fact, GrantKind, Held, Identity,
    IdentityId, Owners, Ownership, Placement, Policy, PolicyId, Privileges, ScopeId, ScopeState,
    ScopeStatus, Sighting, Subject, SubjectId, Use, Workload,
};

/// Assembles the subject of `dossier`, without its owners.
pub(crate) fn subject(dossier: &Dossier, owners: &Owners) -> Subject {
    let sorted = Sorted::of(dossier);
    let (body, held) = match &dossier.subject {
        SubjectId::Identity(id) => (sorted.identity_body(id), sorted.held_by(id)),
        SubjectId::Unclaimed(id) => sorted.unclaimed(id),
        SubjectId::Scope(..) => (scope_body(dossier), Vec::new()),
        SubjectId::Declaration(id) => (declaration_body(id, dossier, owners), Vec::new()),
    };
    let (grants, workloads, usage, privileges) = match &dossier.subject {
        SubjectId::Identity(id) => {
            let (grants, workloads) = (sorted.grants(id, &body), sorted.workloads(id));
            (grants, workloads, sorted.usage(id), sorted.privileges(id))
        }
        SubjectId::Unclaimed(_) | SubjectId::Scope(..) | SubjectId::Declaration(_) => {
            (Vec::new(), Vec::new(), None, None)
        }
    };
    Subject {
        source: sorted.source(&dossier.subject, &body, &held),
        scopes: sorted.scopes(&dossier.subject),
        id: dossier.subject.clone(),
        body,
        credentials: held,
        grants,
        rights_untold: rights_untold(dossier),
        workloads,
        usage,
        privileges,
        ownership: Ownership::default(),
    }
}

/// Why nobody told of the rights of an identity, if somebody tried and nobody ever did. What was told
/// once holds until a complete scan says otherwise.
fn rights_untold(dossier: &Dossier) -> Option<String> {
    let asserts = |status: &ScopeStatus| {
        dossier.sightings.iter().any(|it| match (&it.fact, &dossier.subject) {
            (Fact::Identity(fact), SubjectId::Identity(id)) => {
                fact.id == *id && it.agent == status.agent && it.scope == status.scope
            }
            _ => false,
        })
    };
    let mut reasons = Vec::new();
    for asserting in dossier.scopes.iter().filter(|status| asserts(status)) {
        let is_wanted = |status: &&ScopeStatus| {
            status.agent == asserting.agent && asserting.rights.contains(&status.scope)
        };
        let (told, untold): (Vec<_>, Vec<_>) = dossier
            .scopes
            .iter()
            .filter(is_wanted)
            .partition(|status| status.completed_at.is_some());
        if !told.is_empty() && told.len() == asserting.rights.len() {
            return None;
        }
        reasons.extend(untold.into_iter().filter_map(given_up));
    }
    reasons.into_iter().min()
}

fn given_up(rights: &ScopeStatus) -> Option<String> {
    let scope = &rights.scope;
    match &rights.state {
        ScopeState::Abandoned(why) => {
            Some(format!("`{scope}`, which tells of its rights, was given up: {why}"))
        }
        ScopeState::Differs => Some(format!(
            "`{scope}`, which tells of its rights, did not arrive as the agent saw it"
        )),
        ScopeState::Running | ScopeState::Complete => None,
    }
}

fn scope_body(dossier: &Dossier) -> Body {
    let status = dossier.scopes.iter().find(|status| {
        dossier.subject == SubjectId::Scope(status.agent.clone(), status.scope.clone())
    });
    status.map_or(Body::Absent, |status| Body::Scope(status.clone()))
}

fn declaration_body(id: &DeclarationId, dossier: &Dossier, owners: &Owners) -> Body {
    let Some(declaration) = owners.declarations.get(id) else { return Body::Absent };
    let reach = crate::owners::Reach::of(&declaration.selector);
    let mut scopes: Vec<_> =
        dossier.scopes.iter().filter(|status| reach.covers(&status.scope)).cloned().collect();
    scopes.sort_by(|a, b| (&a.scope, &a.agent).cmp(&(&b.scope, &b.agent)));
    Body::Declaration {
        declaration: Box::new(declaration.clone()),
        matched: dossier.matched,
        scopes,
    }
}

/// The sightings of a dossier by what they are about, each kind in an order that does not depend
/// on the order of the sightings.
struct Sorted<'a> {
    sightings: Vec<&'a Sighting>,
    policies: BTreeMap<&'a PolicyId, &'a Policy>,
}

impl<'a> Sorted<'a> {
    fn of(dossier: &'a Dossier) -> Self {
        let mut sightings: Vec<&Sighting> = dossier.sightings.iter().collect();
        sightings.sort_by_cached_key(|it| {
            (it.scope.clone(), it.agent.clone(), it.fact.node(), proves(&it.fact), it.valid_from)
        });
        let mut policies = BTreeMap::new();
        for sighting in &sightings {
            if let Fact::Policy(policy) = &sighting.fact {
                policies.entry(&policy.id).or_insert(policy);
            }
        }
        Self { sightings, policies }
    }

    fn identity_body(&self, id: &IdentityId) -> Body {
        let facts = self.sightings.iter().filter_map(|it| {
            let Fact::Identity(identity) = &it.fact else { return None };
            (identity.id == *id).then_some(identity)
        });
        merge::identities(facts).map_or(Body::Absent, |identity| Body::Identity(Box::new(identity)))
    }

    fn held_by(&self, id: &IdentityId) -> Vec<Held> {
        let mine: BTreeSet<&CredentialId> = self
            .sightings
            .iter()
            .filter_map(|it| {
                let Fact::Credential(fact) = &it.fact else { return None };
                (fact.identity.as_ref() == Some(id)).then_some(&fact.id)
            })
            .collect();
        mine.into_iter().filter_map(|credential| self.held(credential)).collect()
    }

    fn unclaimed(&self, id: &CredentialId) -> (Body, Vec<Held>) {
        match self.held(id) {
            Some(held) if held.claimed_by.is_empty() => (Body::Unclaimed, vec![held]),
            Some(held) => (Body::Absent, vec![held]),
            None => (Body::Absent, Vec::new()),
        }
    }

    fn held(&self, id: &CredentialId) -> Option<Held> {
        let mut facts = Vec::new();
        let mut scopes = BTreeSet::new();
        for sighting in &self.sightings {
            if let Fact::Credential(fact) = &sighting.fact
                && fact.id == *id
            {
                facts.push(fact);
                scopes.insert(&sighting.scope);
            }
        }
        Some(Held {
            claimed_by: facts
                .iter()
                .filter_map(|fact| fact.identity.as_ref())
                .collect::<BTreeSet<&IdentityId>>()
                .into_iter()
                .cloned()
                .collect(),
            credential: merge::credentials(&facts)?,
            placements: self.placements(id),
            scopes: scopes.into_iter().cloned().collect(),
        })
    }

    fn placements(&self, id: &CredentialId) -> Vec<Placement> {
        let mut placements = BTreeMap::new();
        for sighting in &self.sightings {
            if let Fact::Placement(fact) = &sighting.fact
                && fact.credential == *id
            {
                placements
                    .entry(&fact.id)
                    .and_modify(|known: &mut Placement| merge::placement(known, fact))
                    .or_insert_with(|| fact.clone());
            }
        }
        placements.into_values().collect()
    }

    fn grants(&self, id: &IdentityId, body: &Body) -> Vec<Applied> {
        let groups: BTreeSet<&IdentityId> = match body {
            Body::Identity(identity) => identity.groups.iter().collect(),
            Body::Unclaimed | Body::Scope(_) | Body::Declaration { .. } | Body::Absent => {
                BTreeSet::new()
            }
        };
        let mut grants: BTreeMap<Applies<'_>, &ScopeId> = BTreeMap::new();
        for sighting in &self.sightings {
            let Fact::Grant(grant) = &sighting.fact else { continue };
            let via = (grant.holder != *id).then_some(&grant.holder);
            // A trust policy or boundary of a group would not reach its members; what an
            // organisation lays down for a unit does.
            let is_handed_on = match grant.kind {
                GrantKind::Permission | GrantKind::ServiceControl | GrantKind::ResourceControl => {
                    true
                }
                GrantKind::Boundary | GrantKind::Trust => false,
            };
            let reaches = via.is_none_or(|group| is_handed_on && groups.contains(group));
            if reaches {
                grants.entry((grant.kind, &grant.policy, via)).or_insert(&sighting.scope);
            }
        }
        grants
            .into_iter()
            .map(|((kind, policy, via), scope)| Applied {
                kind,
                id: policy.clone(),
                policy: self.policies.get(policy).map(|policy| (*policy).clone()),
                via: via.cloned(),
                scope: scope.clone(),
            })
            .collect()
    }

    fn workloads(&self, id: &IdentityId) -> Vec<Workload> {
        let mut workloads = BTreeMap::new();
        for sighting in &self.sightings {
            if let Fact::Workload(workload) = &sighting.fact
                && workload.identity == *id
            {
                workloads.entry(&workload.id).or_insert(workload);
            }
        }
        workloads.into_values().cloned().collect()
    }

    /// Of what several agents tell of one service the latest use counts.
    fn usage(&self, id: &IdentityId) -> Option<BTreeMap<String, Use>> {
        let mut all: Option<BTreeMap<String, Use>> = None;
        for sighting in &self.sightings {
            if let Fact::Usage(usage) = &sighting.fact
                && usage.identity == *id
            {
                let all = all.get_or_insert_default();
                for (service, used) in &usage.services {
                    let known = all.entry(service.clone()).or_default();
                    *known = (*known).max(*used);
                }
            }
        }
        all
    }

    /// What the collector worked out: it is the only one who tells that.
    fn privileges(&self, id: &IdentityId) -> Option<Privileges> {
        for sighting in &self.sightings {
            if let Fact::Privileges(privileges) = &sighting.fact
                && privileges.identity == *id
            {
                return Some(privileges.as_ref().clone());
            }
        }
        None
    }

    /// The source of the scope that asserts the subject; that of the first in order if several do.
    fn source(&self, id: &SubjectId, body: &Body, held: &[Held]) -> String {
        match (id, body) {
            (SubjectId::Scope(_, scope), _) => scope.source().to_owned(),
            (SubjectId::Declaration(_), _) => "declarations".to_owned(),
            (SubjectId::Unclaimed(_), _) => {
                let scope = held.first().and_then(|held| held.scopes.first());
                scope.map(|scope| scope.source().to_owned()).unwrap_or_default()
            }
            (SubjectId::Identity(id), _) => {
                let asserted = self.sightings.iter().find(
                    |it| matches!(&it.fact, Fact::Identity(Identity { id: it, .. }) if it == id),
                );
                asserted.map(|it| it.scope.source().to_owned()).unwrap_or_default()
            }
        }
    }

    fn scopes(&self, id: &SubjectId) -> Vec<ScopeId> {
        if let SubjectId::Scope(_, scope) = id {
            return vec![scope.clone()];
        }
        let seen = self.sightings.iter().filter(|it| !it.fact.is_derived());
        let scopes: BTreeSet<&ScopeId> = seen.map(|it| &it.scope).collect();
        scopes.into_iter().cloned().collect()
    }
}

/// How a policy applies, which, and through which group.
type Applies<'a> = (GrantKind, &'a PolicyId, Option<&'a IdentityId>);

/// Tells apart the facts of one scope about one credential that proves several identities.
fn proves(fact: &Fact) -> Option<IdentityId> {
    match fact {
        Fact::Credential(credential) => credential.identity.clone(),
        Fact::Grant(grant) => Some(grant.holder.clone()),
        Fact::Identity(_)
        | Fact::Placement(_)
        | Fact::Policy(_)
        | Fact::Workload(_)
        | Fact::Usage(_)
        | Fact::Privileges(_)
        | Fact::Door(_) => None,
    }
}

#[cfg(test)]
mod tests;
