//! The accounts that are judged together: who is in them, and which documents apply to whom.
//!
//! Made from facts alone, so that it is the same for one scan, for a folder of files and for what a
//! collector holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    CredentialKind, Fact, GrantKind, IdentityKind, Maker, PolicyLanguage, Use, WorkloadKind, sha256,
};

use super::action::Runs;
use super::condition::Test;
use super::document::Document;
use super::held::Shelf;

/// The listing that is complete if each region that the account has was looked into, or is in the prints.
const EVERYWHERE: &str = "ec2:DescribeRegions";

/// Everything that is judged together.
#[derive(Debug, Default)]
pub struct Estate {
    pub(super) accounts: BTreeMap<String, Account>,
    pub(super) principals: Vec<Principal>,
    pub(super) by_id: BTreeMap<String, usize>,
    pub(super) documents: BTreeMap<String, Policy>,
    /// Which services each made use of, where that is known.
    pub(super) usage: BTreeMap<String, BTreeMap<String, Use>>,
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
    /// Whether it is known to be in no organisation that was seen.
    pub(super) is_outside: bool,
    /// What runs, as the roles that it runs with; what is not there was not listed.
    pub(super) running: BTreeMap<Runs, BTreeSet<String>>,
    /// Whether that was listed wherever something could run: else what is not there may be elsewhere.
    pub(super) is_everywhere_listed: bool,
}

/// A user, a group or a role.
#[derive(Debug, Eq, PartialEq)]
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
    /// Whether an instance profile gives it to machines.
    pub(super) has_profile: bool,
}

impl Principal {
    fn of(identity: &model::Identity) -> Self {
        Self {
            id: identity.id.0.clone(),
            account: identity.realm.clone(),
            kind: identity.kind,
            name: identity.name.clone(),
            is_linked: identity.id.as_str().contains(":role/aws-service-role/"),
            labels: BTreeMap::new(),
            groups: Vec::new(),
            policies: Vec::new(),
            boundary: None,
            trust: None,
            keys: None,
            password: None,
            has_profile: false,
        }
    }
}

/// The nodes of organisations: roots, units, and accounts by their root identities.
#[derive(Debug, Default)]
struct Nodes {
    /// From a node to those above it.
    above: BTreeMap<String, Vec<String>>,
    service: BTreeMap<String, Vec<String>>,
    resource: BTreeMap<String, Vec<String>>,
}

impl Nodes {
    fn note(&mut self, identity: &model::Identity) {
        if matches!(identity.kind, IdentityKind::AccountRoot | IdentityKind::OrganisationalUnit) {
            let above = self.above.entry(identity.id.0.clone()).or_default();
            for group in &identity.groups {
                if !above.contains(&group.0) {
                    above.push(group.0.clone());
                }
            }
        }
    }

    fn grant(&mut self, grant: &model::Grant) {
        let of = match grant.kind {
            GrantKind::ResourceControl => &mut self.resource,
            GrantKind::Permission
            | GrantKind::Boundary
            | GrantKind::Trust
            | GrantKind::ServiceControl => &mut self.service,
        };
        of.entry(grant.holder.0.clone()).or_default().push(grant.policy.0.clone());
    }

    /// Says what bounds the account: each node above it is a level of its own.
    fn bound(&self, id: &str, account: &mut Account) {
        let suffix = format!(":iam::{id}:root");
        let root = self.above.keys().find(|node| node.ends_with(&suffix));
        let mut chain: Vec<String> = root.into_iter().cloned().collect();
        let mut at = 0;
        while let Some(node) = chain.get(at).cloned() {
            for above in self.above.get(&node).into_iter().flatten() {
                if !chain.contains(above) {
                    chain.push(above.clone());
                }
            }
            at = at.saturating_add(1);
        }
        if let Some((management, organisation)) = chain.iter().find_map(|arn| organisation(arn)) {
            account.is_management = management == id;
            account.organisation = Some(organisation.to_owned());
        }
        for node in &chain {
            account.service_levels.extend(self.service.get(node).cloned());
            account.resource_levels.extend(self.resource.get(node).cloned());
        }
    }
}

/// A policy.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) maker: Maker,
    pub(super) document: Document,
    /// By which it is known to read as before.
    pub(super) digest: [u8; 32],
}

impl Policy {
    fn of(policy: &model::Policy) -> Self {
        Self {
            id: policy.id.0.clone(),
            maker: policy.maker,
            document: Document::read(&policy.document),
            digest: sha256(&[policy.document.as_bytes()]),
        }
    }
}

impl Estate {
    /// Reads `facts`, in any order, of one or several accounts. `listed` says of which account which
    /// call was answered to the end, such as `lambda:ListFunctions`: of what runs by others nothing is
    /// known. That holds for the regions that were looked into, which are all if `ec2:DescribeRegions` is
    /// among them.
    #[must_use]
    pub fn of<'f>(
        facts: impl IntoIterator<Item = &'f Fact>,
        listed: impl IntoIterator<Item = (&'f str, &'f str)>,
        as_of: Timestamp,
    ) -> Self {
        let mut estate = Self { as_of, ..Self::default() };
        let mut are_all_listed = false;
        for (account, call) in listed {
            are_all_listed |= call == "organizations:ListAccounts";
            if call == EVERYWHERE {
                let account = estate.accounts.entry(account.to_owned()).or_default();
                account.is_everywhere_listed = true;
            }
            if let Some(runs) = Runs::of_call(call) {
                let account = estate.accounts.entry(account.to_owned()).or_default();
                account.running.entry(runs).or_default();
            }
        }
        let (mut grants, mut workloads, mut nodes) = (Vec::new(), Vec::new(), Nodes::default());
        let (mut shelf, mut statements_count) = (Shelf::default(), 0);
        for fact in facts {
            match fact {
                Fact::Identity(it) => {
                    nodes.note(it);
                    estate.identity(it);
                }
                Fact::Grant(it) => grants.push(it),
                Fact::Policy(it) if it.language == PolicyLanguage::AwsIam => {
                    let mut policy = Policy::of(it);
                    policy.document.look_up(&mut shelf, &mut statements_count);
                    // Of two that are told under one name it does not matter which comes last.
                    let known = estate.documents.get(&it.id.0);
                    if known.is_none_or(|known| known.digest < policy.digest) {
                        estate.documents.insert(it.id.0.clone(), policy);
                    }
                }
                Fact::Workload(it) => workloads.push(it),
                Fact::Usage(it) => {
                    let services = estate.usage.entry(it.identity.0.clone()).or_default();
                    services.extend(it.services.iter().map(|(name, it)| (name.clone(), *it)));
                }
                Fact::Credential(_)
                | Fact::Placement(_)
                | Fact::Policy(_)
                | Fact::Privileges(_)
                | Fact::Door(_) => {}
            }
        }
        for grant in grants {
            match grant.kind {
                GrantKind::ServiceControl | GrantKind::ResourceControl => nodes.grant(grant),
                GrantKind::Permission | GrantKind::Boundary | GrantKind::Trust => {
                    estate.grant(grant);
                }
            }
        }
        for workload in workloads {
            estate.workload(workload);
        }
        estate.put_in_order();
        for (id, account) in &mut estate.accounts {
            nodes.bound(id, account);
            account.is_outside = are_all_listed && account.organisation.is_none();
        }
        estate
    }

    /// So that it does not matter in which order facts come.
    pub(super) fn put_in_order(&mut self) {
        for principal in &mut self.principals {
            principal.policies.sort();
        }
        self.principals.sort_by(|one, other| one.id.cmp(&other.id));
        let numbered = self.principals.iter().enumerate();
        self.by_id = numbered.map(|(no, it)| (it.id.clone(), no)).collect();
    }

    fn identity(&mut self, identity: &model::Identity) {
        let kinds = [IdentityKind::User, IdentityKind::Group, IdentityKind::Role];
        if !identity.id.as_str().starts_with("arn:aws") || !kinds.contains(&identity.kind) {
            return;
        }
        let id = identity.id.0.clone();
        self.accounts.entry(identity.realm.clone()).or_default();
        let no = *self.by_id.entry(id).or_insert(self.principals.len());
        if no == self.principals.len() {
            self.principals.push(Principal::of(identity));
        }
        // Two listings may tell of one user: what one leaves out, the other may say.
        let Some(known) = self.principals.get_mut(no) else { return };
        known.groups.extend(identity.groups.iter().map(|group| group.0.clone()));
        known.groups.sort();
        known.groups.dedup();
        known.labels.extend(identity.labels.clone());
        let count = |kind| identity.credential_counts.get(&kind).copied();
        known.keys = known.keys.max(count(CredentialKind::AccessKey));
        let password = count(CredentialKind::Password).map(|count| count > 0);
        known.password = known.password.max(password);
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
            GrantKind::Boundary => principal.boundary = principal.boundary.take().max(Some(policy)),
            GrantKind::Trust => principal.trust = principal.trust.take().max(Some(policy)),
            GrantKind::ServiceControl | GrantKind::ResourceControl => {}
        }
    }

    fn workload(&mut self, workload: &model::Workload) {
        let no = self.by_id.get(workload.identity.as_str());
        let Some(role) = no.and_then(|no| self.principals.get_mut(*no)) else { return };
        if workload.kind == WorkloadKind::InstanceProfile {
            role.has_profile = true;
        }
        if let Some(runs) = Runs::of(workload.kind, workload.id.as_str())
            && let Some(account) = self.accounts.get_mut(&role.account)
        {
            account.running.entry(runs).or_default().insert(role.id.clone());
        }
    }

    /// Whether there is a policy of which something is not known.
    pub(super) fn has_doubt(&self) -> bool {
        let is_missing = |id: &String| self.documents.get(id).is_none_or(|it| it.document.unread);
        let held = self
            .principals
            .iter()
            .flat_map(|it| it.policies.iter().chain(&it.boundary).chain(&it.trust));
        let levels = self.accounts.values();
        let levels = levels.flat_map(|it| it.service_levels.iter().chain(&it.resource_levels));
        let mut all = held.chain(levels.flatten());
        let is_doubtful = |it: &Policy| !it.document.flaws.is_empty();
        all.any(is_missing) || self.documents.values().any(is_doubtful)
    }

    /// The next moment that a condition names, after that for which is asked: time alone may change
    /// what is said from then on.
    #[must_use]
    pub fn changes_at(&self) -> Option<Timestamp> {
        let statements = self.documents.values().flat_map(|it| &it.document.statements);
        let moments = statements.flat_map(|it| &it.condition).flat_map(Test::moments);
        moments.filter(|at| *at > self.as_of).min()
    }

    /// The users and roles of `account`, by their ARNs.
    #[must_use]
    pub fn ids_of(&self, account: &str) -> Vec<&str> {
        let kinds = [IdentityKind::User, IdentityKind::Role];
        let of = |it: &&Principal| it.account == account && kinds.contains(&it.kind);
        self.principals.iter().filter(of).map(|it| it.id.as_str()).collect()
    }

    pub(super) fn principal(&self, id: &str) -> Option<&Principal> {
        self.by_id.get(id).and_then(|no| self.principals.get(*no))
    }
}

/// Whose an organisation is, and its id, in the ARN of one of its nodes.
fn organisation(arn: &str) -> Option<(&str, &str)> {
    let (_, rest) = arn.split_once(":organizations::")?;
    let (management, node) = rest.split_once(':')?;
    Some((management, node.split('/').nth(1)?))
}
