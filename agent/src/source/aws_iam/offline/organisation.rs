//! What an organisation lays down for its accounts, as the command line prints it: the nodes, which
//! of them stand above an account, and the policies that hang on them.
//!
//! ```text
//! root, units ──► identities                  in organizations:ListParents
//! account     ──► its root, whose groups are the nodes above it, the organisation last
//!                                             ListAccounts, and the account's own
//!                                             DescribeOrganization, with the last alone
//! policies    ──► documents                   in organizations:DescribePolicy
//! targets     ──► grants to nodes, accounts   in organizations:ListTargetsForPolicy
//! ```
//!
//! Neither the child of a list of parents nor the policy of a list of targets is in the print: their
//! ids have to be in the file's name. What an organisation lays down does not hold in its management
//! account, so above that one is nothing but the organisation, on which no policy can hang; and no
//! grant of this sort is told of it. It is the account whose number is in the organisation's ARN.

use std::collections::{BTreeMap, BTreeSet};

use self::part::{Described, Node, Summary, is_account};
use super::folder::Trouble;
use super::{Told, close};
use crate::source::aws_iam::account::{Account, GLOBAL, maker_of_policy};
use crate::source::aws_iam::call::Call;
use crate::source::aws_iam::facts::{grant, identity, root, tell};
use crate::source::aws_iam::print::Kind;
use crate::source::{Emitter, ScopeScan};
use model::{Fact, GrantKind, Identity, IdentityId, IdentityKind, Policy, PolicyLanguage, ScopeId};

pub(in crate::source::aws_iam) use self::part::{Part, read};

mod part;

/// BOUND: on the nodes above an account; the provider allows a root and five units.
const ABOVE_MAX: usize = 16;

/// What is known of an organisation.
#[derive(Debug, Default)]
pub(in crate::source::aws_iam) struct Organisation {
    partition: String,
    management: String,
    id: String,
    /// Names of nodes, by id.
    names: BTreeMap<String, String>,
    /// What stands above, by id; of a root nothing does.
    above: BTreeMap<String, String>,
    roots: BTreeSet<String>,
    policies: BTreeMap<String, Described>,
    /// All policies that are named anywhere, by id, with their ARN and sort.
    known: BTreeMap<String, (String, Option<String>)>,
    /// Where they hang, by the id of the policy.
    targets: BTreeMap<String, BTreeSet<String>>,
    /// Whether any print tells where policies hang.
    has_targets: bool,
    /// Which accounts asked for their organisation and were told this one, where that is known.
    asked_by: Vec<Option<String>>,
    /// The accounts in it, if all are listed.
    members: Option<BTreeSet<String>>,
    /// Whether the last page of their list is there.
    has_last_accounts: bool,
}

impl Organisation {
    /// Puts the prints together; nothing if there is none that tells which organisation it is.
    pub(in crate::source::aws_iam) fn of(parts: Vec<Part>) -> Option<Self> {
        let mut all = Self::default();
        for part in parts {
            all.take(part);
        }
        (!all.id.is_empty()).then_some(all)
    }

    fn take(&mut self, part: Part) {
        match part {
            Part::Whole(asked_by, whole) => {
                self.asked_by.push(asked_by);
                self.know(&whole.arn);
                self.id = whole.id;
                if let Some(id) = whole.master_account_id {
                    self.management = id;
                }
            }
            Part::AccountsBegun(accounts) => self.take_nodes(None, accounts),
            Part::Accounts(above, accounts) => {
                self.has_last_accounts |= above.is_none();
                if above.is_none() {
                    self.members.get_or_insert_default();
                }
                self.take_nodes(above.as_deref(), accounts);
            }
            Part::Nodes(above, nodes) => self.take_nodes(above.as_deref(), nodes),
            Part::Parents(of, parents) => {
                for parent in parents {
                    self.above.insert(of.clone(), parent.id);
                }
            }
            Part::Children(of, children) => {
                for child in children {
                    self.above.insert(child.id, of.clone());
                }
            }
            Part::Policy(policy) => {
                let Summary { id, arn, kind } = policy.policy_summary.clone();
                self.know(&arn);
                self.known.insert(id.clone(), (arn, kind));
                self.policies.insert(id, policy);
            }
            Part::Targets(of, targets) => {
                self.has_targets = true;
                let mut on = BTreeSet::new();
                for target in targets {
                    self.know(&target.arn);
                    on.insert(target.target_id.clone());
                    let name = target.name.map(|name| (target.target_id, name));
                    self.names.extend(name);
                }
                self.targets.entry(of).or_default().extend(on);
            }
            Part::Policies(of, policies) => {
                self.has_targets |= of.is_some();
                for Summary { id, arn, kind } in policies {
                    self.know(&arn);
                    if let Some(of) = &of {
                        self.targets.entry(id.clone()).or_default().insert(of.clone());
                    }
                    self.known.entry(id).or_insert((arn, kind));
                }
            }
        }
    }

    fn take_nodes(&mut self, above: Option<&str>, nodes: Vec<Node>) {
        for node in nodes {
            self.know(&node.arn);
            if above.is_none() && is_account(&node.id) {
                self.members.get_or_insert_default().insert(node.id.clone());
            }
            if node.id.starts_with("r-") {
                self.roots.insert(node.id.clone());
            }
            if let Some(above) = above {
                self.above.insert(node.id.clone(), above.to_owned());
            }
            self.names.extend(node.name.map(|name| (node.id, name)));
        }
    }

    fn lacks_accounts(&self) -> bool {
        self.members.is_some() && !self.has_last_accounts
    }

    /// Learns from an ARN whose organisation it is: the account in it is the management account.
    fn know(&mut self, arn: &str) {
        let Some(account) = Account::of_caller(arn) else { return };
        let mut parts = arn.splitn(6, ':').nth(5).unwrap_or_default().split('/');
        let org = parts.nth(1).filter(|id| id.starts_with("o-"));
        if self.management.is_empty() {
            (self.partition, self.management) = (account.partition, account.id);
        }
        if let Some(org) = org.filter(|_| self.id.is_empty()) {
            org.clone_into(&mut self.id);
        }
    }

    /// Where policies hang, if nobody printed that: on the only account that was looked into, since
    /// nobody puts the policies of others beside it.
    pub(super) fn settle(&mut self, accounts: &[Account]) {
        let [only] = accounts else { return };
        if self.has_targets || only.id == self.management {
            return;
        }
        let bounding: Vec<String> =
            self.known.keys().filter(|id| self.bounds(id)).cloned().collect();
        for id in bounding {
            self.targets.entry(id).or_default().insert(only.id.clone());
            self.has_targets = true;
        }
    }

    /// The scopes that tell what bounds the accounts, of those that are opened.
    pub(in crate::source::aws_iam) fn scopes(&self, troubles: &[Trouble]) -> Vec<ScopeId> {
        let kinds = [Kind::OrgParents, Kind::OrgPolicy, Kind::OrgTargets];
        let account = self.account();
        let scope = |kind: Kind| account.scope(GLOBAL, &kind.print().call);
        if self.bounds_somebody(troubles) { kinds.map(scope).into() } else { Vec::new() }
    }

    /// Whether anybody printed what the organisation lays down, or tried to.
    fn bounds_somebody(&self, troubles: &[Trouble]) -> bool {
        let has_trouble = |kind: Kind| troubles.iter().any(|it| it.kind == Some(kind));
        let kinds = [
            Kind::OrgParents,
            Kind::OrgChildren,
            Kind::OrgPolicy,
            Kind::OrgTargets,
            Kind::OrgPolicies,
        ];
        let is_told = !self.known.is_empty() || self.has_targets || !self.above.is_empty();
        is_told || kinds.into_iter().any(has_trouble)
    }

    fn account(&self) -> Account {
        Account { partition: self.partition.clone(), id: self.management.clone() }
    }

    /// The ARN of a node; of an account that of its root.
    fn arn(&self, id: &str) -> String {
        let Self { partition, management, id: org, .. } = self;
        if is_account(id) {
            return format!("arn:{partition}:iam::{id}:root");
        }
        let sort = if id.starts_with("r-") { "root" } else { "ou" };
        format!("arn:{partition}:organizations::{management}:{sort}/{org}/{id}")
    }

    /// The nodes above an account, from the inside out.
    fn above(&self, account: &str) -> Result<Vec<String>, String> {
        if account == self.management {
            return Ok(Vec::new());
        }
        let mut above = Vec::new();
        let mut at = account;
        loop {
            let Some(next) = self.above.get(at) else {
                let command = Kind::OrgParents.command();
                return Err(format!("no file holds what `{command} --child-id {at}` prints"));
            };
            if above.contains(next) || above.len() >= ABOVE_MAX {
                return Err(format!("what stands above `{account}` goes round in circles"));
            }
            above.push(next.clone());
            if next.starts_with("r-") {
                return Ok(above);
            }
            at = next;
        }
    }

    /// The ARN of the organisation as a whole.
    fn whole(&self) -> String {
        let Self { partition, management, id, .. } = self;
        format!("arn:{partition}:organizations::{management}:organization/{id}")
    }

    /// Tells it all, for the `accounts` that were looked into.
    pub(in crate::source::aws_iam) async fn tell(
        &self,
        out: &Emitter,
        accounts: &[Account],
        troubles: &[Trouble],
    ) {
        let (own, call) = (self.account(), |kind: Kind| -> &'static Call { &kind.print().call });
        for account in accounts.iter().filter(|it| self.was_told_to(it, accounts)) {
            let scan = out.open(account.scope(GLOBAL, call(Kind::Organisation))).await;
            scan.saw(Fact::Identity(self.node(&self.whole(), &self.id))).await;
            scan.saw(Fact::Identity(self.member(account, &[]))).await;
            close(scan, check(troubles, Kind::Organisation)).await;
        }
        if self.members.is_some() || troubles.iter().any(|it| it.kind == Some(Kind::OrgAccounts)) {
            let scan = out.open(own.scope(GLOBAL, call(Kind::OrgAccounts))).await;
            let told = self.tell_members(&scan, accounts).await;
            close(scan, check(troubles, Kind::OrgAccounts).and(told)).await;
        }
        if !self.bounds_somebody(troubles) {
            return;
        }
        let scan = out.open(own.scope(GLOBAL, call(Kind::OrgParents))).await;
        let told = self.tell_nodes(&scan, accounts).await;
        close(scan, check(troubles, Kind::OrgParents).and(told)).await;

        let scan = out.open(own.scope(GLOBAL, call(Kind::OrgPolicy))).await;
        let told = self.tell_policies(&scan).await;
        close(scan, check(troubles, Kind::OrgPolicy).and(told)).await;

        let scan = out.open(own.scope(GLOBAL, call(Kind::OrgTargets))).await;
        let told = self.tell_targets(&scan).await;
        close(scan, check(troubles, Kind::OrgTargets).and(told)).await;
    }

    /// Whether the account asked for its organisation and was told this one. A print that does not
    /// say who asked is of the only account there is.
    fn was_told_to(&self, account: &Account, accounts: &[Account]) -> bool {
        self.asked_by.iter().any(|asked_by| match asked_by {
            Some(id) => *id == account.id,
            None => accounts.len() == 1,
        })
    }

    /// Tells which accounts are in the organisation.
    async fn tell_members(&self, scan: &ScopeScan<'_>, accounts: &[Account]) -> Told {
        scan.saw(Fact::Identity(self.node(&self.whole(), &self.id))).await;
        let members = self.members.iter().flatten();
        for account in accounts.iter().filter(|it| members.clone().any(|id| *id == it.id)) {
            scan.saw(Fact::Identity(self.member(account, &[]))).await;
        }
        if self.lacks_accounts() {
            return Err("more was to follow, but the last page is missing".to_owned());
        }
        Ok(())
    }

    /// Tells what stands above the accounts.
    async fn tell_nodes(&self, scan: &ScopeScan<'_>, accounts: &[Account]) -> Told {
        let (mut nodes, mut missing) = (self.roots.clone(), None);
        for account in accounts {
            // What is on no list of all accounts is outside.
            let is_listed = self.members.as_ref().is_none_or(|ids| ids.contains(&account.id));
            if !is_listed && !self.lacks_accounts() {
                continue;
            }
            match self.above(&account.id) {
                Ok(above) => {
                    scan.saw(Fact::Identity(self.member(account, &above))).await;
                    nodes.extend(above);
                }
                Err(what) => missing = missing.or(Some(what)),
            }
        }
        nodes.extend(self.names.keys().filter(|id| !is_account(id)).cloned());
        for id in &nodes {
            let name = self.names.get(id).unwrap_or(id);
            scan.saw(Fact::Identity(self.node(&self.arn(id), name))).await;
        }
        missing.map_or(Ok(()), Err)
    }

    /// The root of an account with what stands above it.
    fn member(&self, account: &Account, above: &[String]) -> Identity {
        let mut fact = root(account);
        fact.groups = above.iter().map(|id| IdentityId(self.arn(id))).collect();
        fact.groups.push(IdentityId(self.whole()));
        tell(&mut fact.details, "organisation", Some(&self.id));
        tell(&mut fact.details, "management_account", Some(&self.management));
        fact
    }

    /// A root, a unit, or the organisation as a whole.
    fn node(&self, arn: &str, name: &str) -> Identity {
        identity(&self.account(), IdentityKind::OrganisationalUnit, arn, "", name)
    }

    async fn tell_policies(&self, scan: &ScopeScan<'_>) -> Told {
        for described in self.policies.values() {
            let arn = described.policy_summary.arn.clone();
            let maker = maker_of_policy(&arn);
            let document = described.content.0.clone();
            let language = PolicyLanguage::AwsIam;
            let fact = Policy { id: arn.as_str().into(), language, document, maker };
            scan.saw(Fact::Policy(fact)).await;
        }
        let is_missing = |id: &&String| !self.policies.contains_key(*id) && self.bounds(id);
        let mut all = self.known.keys().chain(self.targets.keys());
        match all.find(is_missing) {
            Some(id) => {
                let command = Kind::OrgPolicy.command();
                Err(format!("no file holds what `{command} --policy-id {id}` prints"))
            }
            None => Ok(()),
        }
    }

    async fn tell_targets(&self, scan: &ScopeScan<'_>) -> Told {
        let mut missing = None;
        for (id, targets) in &self.targets {
            let Some((arn, sort)) = self.known.get(id) else {
                missing = missing.or(Some(Kind::OrgPolicy));
                continue;
            };
            let Some(kind) = sort.as_deref().and_then(grant_kind) else { continue };
            for target in targets.iter().filter(|id| **id != self.management) {
                scan.saw(Fact::Grant(grant(&self.arn(target), kind, arn.as_str()))).await;
            }
        }
        if let Some(kind) = missing {
            return Err(format!("no file holds what `{}` prints for a policy", kind.command()));
        }
        let command = Kind::OrgTargets.command();
        let is_untold = |id: &&String| !self.targets.contains_key(*id) && self.bounds(id);
        match self.known.keys().find(is_untold) {
            Some(id) => Err(format!("no file holds what `{command} --policy-id {id}` prints")),
            None if self.has_targets => Ok(()),
            None => Err(format!("no file holds what `{command}` prints")),
        }
    }

    /// Whether a policy is of a sort that bounds what is allowed, as far as is known.
    fn bounds(&self, id: &str) -> bool {
        let sort = self.known.get(id).and_then(|(_, sort)| sort.as_deref());
        sort.is_none_or(|sort| grant_kind(sort).is_some())
    }
}

fn grant_kind(sort: &str) -> Option<GrantKind> {
    match sort {
        "SERVICE_CONTROL_POLICY" => Some(GrantKind::ServiceControl),
        "RESOURCE_CONTROL_POLICY" => Some(GrantKind::ResourceControl),
        _ => None,
    }
}

/// Whether no file stands in the way of telling a listing to its end.
fn check(troubles: &[Trouble], kind: Kind) -> Told {
    let call = kind.print().call;
    let spoils = |trouble: &&Trouble| trouble.kind.is_none_or(|it| it.print().call == call);
    match troubles.iter().find(spoils) {
        Some(trouble) => Err(format!("`{}`: {}", trouble.file, trouble.what)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
