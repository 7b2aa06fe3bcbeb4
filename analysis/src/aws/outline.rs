//! What others could do to somebody: whom a role lets in, who is in a group, who holds a policy.
//!
//! Nothing of it depends on what a principal may do itself, but for what denies: so it stays as it is
//! while policies of the usual kind change.

use std::collections::{BTreeMap, BTreeSet};

use model::{IdentityKind, Maker};

use super::action::SETS;
use super::decide::Piece;
use super::document::Effect;
use super::estate::{Estate, Principal};
use super::trust::Doors;
use super::truth::Truth;

/// Who could be reached by what, worked out once for all principals, by their numbers.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) doors: Doors,
    /// Roles that a service may take on.
    pub(super) served: BTreeMap<&'static str, Served>,
    pub(super) users: Vec<usize>,
    pub(super) groups: Vec<usize>,
    pub(super) roles: Vec<usize>,
    /// The users of each group.
    pub(super) members: BTreeMap<String, Vec<usize>>,
    /// Who holds a managed policy of the organisation, or is bounded by it.
    pub(super) holders: BTreeMap<String, Vec<usize>>,
    pub(super) denials: Vec<Denial>,
}

/// Roles, and how far a service may take them on.
type Served = Vec<(usize, Truth)>;

/// Something that denies, and how it is taken away.
#[derive(Debug)]
pub(super) struct Denial {
    pub(super) action: &'static str,
    pub(super) resource: String,
    /// The policy or group that goes.
    pub(super) id: String,
    pub(super) from: usize,
}

impl Outline {
    pub(super) fn of(estate: &Estate) -> Self {
        let of_kind = |kind: IdentityKind| {
            let all = estate.principals.iter().enumerate();
            all.filter(|(_, it)| it.kind == kind && !it.is_linked).map(|(no, _)| no).collect()
        };
        let mut outline = Self {
            doors: estate.trusting(),
            served: BTreeMap::new(),
            users: of_kind(IdentityKind::User),
            groups: of_kind(IdentityKind::Group),
            roles: of_kind(IdentityKind::Role),
            members: BTreeMap::new(),
            holders: BTreeMap::new(),
            denials: Vec::new(),
        };
        let services: BTreeSet<&'static str> =
            SETS.iter().flat_map(|set| set.services.iter().copied()).collect();
        for service in services {
            let mut admitted = Vec::new();
            for no in &outline.roles {
                let Some(role) = estate.principals.get(*no) else { continue };
                let truth = estate.admits(role, service);
                if truth > Truth::No {
                    admitted.push((*no, truth));
                }
            }
            outline.served.insert(service, admitted);
        }
        for no in outline.users.clone().into_iter().chain(outline.roles.clone()) {
            if let Some(principal) = estate.principals.get(no) {
                outline.note(estate, no, principal);
            }
        }
        outline
    }

    /// Sorts in what a user or role holds.
    fn note(&mut self, estate: &Estate, no: usize, principal: &Principal) {
        let is_user = principal.kind == IdentityKind::User;
        let mut deny = |action, resource: &str, id: &str| {
            let (resource, id) = (resource.to_owned(), id.to_owned());
            self.denials.push(Denial { action, resource, id, from: no });
        };
        for id in principal.policies.iter().filter(|id| estate.denies(id)) {
            let action = match (is_user, id.contains('#')) {
                (true, true) => "iam:deleteuserpolicy",
                (true, false) => "iam:detachuserpolicy",
                (false, true) => "iam:deleterolepolicy",
                (false, false) => "iam:detachrolepolicy",
            };
            deny(action, &principal.id, id);
        }
        let mut held: Vec<&String> = principal.policies.iter().chain(&principal.boundary).collect();
        for group in principal.groups.iter().filter_map(|group| estate.principal(group)) {
            self.members.entry(group.id.clone()).or_default().push(no);
            held.extend(&group.policies);
            for id in group.policies.iter().filter(|id| estate.denies(id)) {
                let inline = id.contains('#');
                deny(
                    if inline { "iam:deletegrouppolicy" } else { "iam:detachgrouppolicy" },
                    &group.id,
                    id,
                );
                deny("iam:removeuserfromgroup", &group.id, &group.id);
            }
        }
        for id in held {
            let is_ours = estate.documents.get(id).is_none_or(|it| it.maker == Maker::Organisation);
            if is_ours && !id.contains('#') {
                self.holders.entry(id.clone()).or_default().push(no);
            }
        }
    }
}

impl Estate {
    /// Whether a policy denies anything.
    pub(super) fn denies(&self, id: &str) -> bool {
        match self.piece(id) {
            Piece::Everything | Piece::Missing(_) => false,
            Piece::Policy(policy) => {
                policy.document.statements.iter().any(|statement| statement.effect == Effect::Deny)
            }
        }
    }
}
