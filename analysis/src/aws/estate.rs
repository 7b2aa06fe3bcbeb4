//! The accounts that are judged together: who is in them, and which documents apply to whom.
//!
//! Made from facts alone, so that it is the same for one scan, for a folder of files and for what a
//! collector holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{CredentialKind, Fact, GrantKind, IdentityKind, Maker, PolicyLanguage};

use super::action::Runs;
use super::document::Document;

/// Everything that is judged together.
#[derive(Debug, Default)]
pub struct Estate {
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) principals: Vec<Principal>,
    pub(super) by_id: BTreeMap<String, usize>,
    pub(super) documents: BTreeMap<String, Policy>,
    pub(super) as_of: Timestamp,
}

/// One account.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// What the organisation allows it at most: from its own node up to the root, each level apart.
    pub(super) service_levels: Vec<Vec<String>>,
    pub(super) resource_levels: Vec<Vec<String>>,
    /// The account that the organisation belongs to is not bound by its service control policies.
    pub(super) is_management: bool,
    pub(super) organisation: Option<String>,
    /// What runs, as the roles that it runs with; what is not there was not listed.
    pub(super) running: BTreeMap<Runs, BTreeSet<String>>,
}

/// A user, a group or a role.
#[derive(Debug)]
pub(super) struct Principal {
    /// Its ARN.
    pub(super) id: String,
    pub(super) account: String,
    pub(super) kind: IdentityKind,
    pub(super) name: String,
    /// Whether the provider made it for itself: nobody can pass it, change it or take it on.
    pub(super) is_linked: bool,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) groups: Vec<String>,
    /// Ids of the policies that apply to it, inline ones too.
    pub(super) policies: Vec<String>,
    pub(super) boundary: Option<String>,
    pub(super) trust: Option<String>,
    /// How many access keys it has, if that is known.
    pub(super) keys: Option<u32>,
    pub(super) password: Option<bool>,
    /// Whether an instance profile gives it to machines, if that is known.
    pub(super) has_profile: Option<bool>,
}

/// A policy.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) maker: Maker,
    pub(super) document: Document,
}

impl Estate {
    /// Reads `facts`, in any order, of one or several accounts.
    #[must_use]
    pub fn of<'f>(facts: impl IntoIterator<Item = &'f Fact>, as_of: Timestamp) -> Self {
        let mut estate = Self { as_of, ..Self::default() };
        let mut grants = Vec::new();
        let mut passwords: BTreeMap<&str, bool> = BTreeMap::new();
        for fact in facts {
            match fact {
                Fact::Identity(it) => estate.identity(it),
                Fact::Grant(it) => grants.push(it),
                Fact::Policy(it) if it.language == PolicyLanguage::AwsIam => {
                    let (id, maker) = (it.id.0.clone(), it.maker);
                    let document = Document::read(&it.document);
                    estate.documents.insert(id.clone(), Policy { id, maker, document });
                }
                Fact::Credential(it) if it.kind == CredentialKind::Password => {
                    if let Some(identity) = &it.identity {
                        passwords.insert(identity.as_str(), it.enabled != Some(false));
                    }
                }
                Fact::Credential(_) | Fact::Placement(_) | Fact::Policy(_) | Fact::Workload(_) => {}
            }
        }
        for grant in grants {
            estate.grant(grant);
        }
        for (id, has) in passwords {
            if let Some(user) = estate.by_id.get(id).and_then(|no| estate.principals.get_mut(*no)) {
                user.password = Some(has);
            }
        }
        estate
    }

    fn identity(&mut self, identity: &model::Identity) {
        let kinds = [IdentityKind::User, IdentityKind::Group, IdentityKind::Role];
        if !identity.id.as_str().starts_with("arn:aws") || !kinds.contains(&identity.kind) {
            return;
        }
        let id = identity.id.0.clone();
        self.accounts.entry(identity.realm.clone()).or_default();
        // Two listings may tell of one user: what one leaves out, the other may say.
        let known = self.by_id.get(&id).and_then(|no| self.principals.get_mut(*no));
        if let Some(known) = known {
            let groups = identity.groups.iter().map(|group| group.0.clone());
            known.groups.extend(groups);
            known.groups.sort();
            known.groups.dedup();
            known.labels.extend(identity.labels.clone());
            return;
        }
        self.by_id.insert(id.clone(), self.principals.len());
        self.principals.push(Principal {
            id,
            account: identity.realm.clone(),
            kind: identity.kind,
            name: identity.name.clone(),
            is_linked: identity.maker == Maker::Provider,
            labels: identity.labels.clone(),
            groups: identity.groups.iter().map(|group| group.0.clone()).collect(),
            policies: Vec::new(),
            boundary: None,
            trust: None,
            keys: None,
            password: None,
            has_profile: None,
        });
    }

    fn grant(&mut self, grant: &model::Grant) {
        let principal = self.by_id.get(grant.holder.as_str());
        let Some(principal) = principal.and_then(|no| self.principals.get_mut(*no)) else { return };
        let policy = grant.policy.0.clone();
        match grant.kind {
            GrantKind::Permission => {
                if !principal.policies.contains(&policy) {
                    principal.policies.push(policy);
                }
            }
            GrantKind::Boundary => principal.boundary = Some(policy),
            GrantKind::Trust => principal.trust = Some(policy),
        }
    }

    /// Whether there is a policy of which something is not known.
    pub(super) fn has_doubt(&self) -> bool {
        let is_missing = |id: &String| self.documents.get(id).is_none_or(|it| it.document.unread);
        let held = self.principals.iter().flat_map(|it| {
            it.policies.iter().chain(&it.boundary).chain(&it.trust)
        });
        let levels = self.accounts.values();
        let levels = levels.flat_map(|it| it.service_levels.iter().chain(&it.resource_levels));
        let mut all = held.chain(levels.flatten());
        let is_doubtful = |it: &Policy| !it.document.flaws.is_empty();
        all.any(is_missing) || self.documents.values().any(is_doubtful)
    }

    pub(super) fn principal(&self, id: &str) -> Option<&Principal> {
        self.by_id.get(id).and_then(|no| self.principals.get(*no))
    }
}
