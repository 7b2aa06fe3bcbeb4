//! What a principal could do to become another, or to change what one may do: one step each.

use std::collections::{BTreeMap, BTreeSet};

use model::{IdentityKind, Maker};

use super::action::{How, Runs, SETS, Set};
use super::context::Known;
use super::decide::{Asker, Source};
use super::document::Effect;
use super::estate::{Estate, Principal};
use super::trust::{ASSUME, Doors};
use super::truth::Truth;

/// BOUND: policies tried where a condition says which may be attached.
const CHOICES_MAX: usize = 200;

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) truth: Truth,
    pub(super) gain: Gain,
    /// The numbers of the sets that it is, in the list of `action.rs`.
    pub(super) sets: Vec<u16>,
    /// In words: what is done.
    pub(super) what: String,
    /// The statements that allow it.
    pub(super) by: Vec<String>,
}

/// What a step comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Gain {
    /// One acts as that principal.
    Become(usize),
    /// What that principal may do is changed; it counts once one acts as it.
    Change(usize, Power),
    /// Somebody new may do that.
    Make(Power),
}

/// What somebody may do after a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Power {
    /// Whatever its bounds leave.
    Everything,
    /// The same, its inline policies written over.
    Rewritten,
    /// The same, that policy written over.
    Replaced(String),
    /// What these policies and groups deny it no longer.
    Without(Vec<String>),
    /// What that policy allows, besides.
    Besides(Vec<String>),
    /// All that its policies say, without the boundary.
    Unbounded,
    /// Everything within that boundary.
    Within(String),
    /// What another version of a policy says.
    Version(String),
}

/// Who could be reached by what, worked out once for all principals.
#[derive(Debug)]
pub(super) struct Map<'e> {
    pub(super) estate: &'e Estate,
    doors: Doors,
    /// Roles that a service may take on.
    served: BTreeMap<&'static str, Vec<(usize, Truth)>>,
    users: Vec<usize>,
    groups: Vec<usize>,
    roles: Vec<usize>,
}

impl<'e> Map<'e> {
    pub(super) fn of(estate: &'e Estate) -> Self {
        let mut served: BTreeMap<&'static str, Vec<(usize, Truth)>> = BTreeMap::new();
        let of_kind = |kind: IdentityKind| {
            let all = estate.principals.iter().enumerate();
            all.filter(|(_, it)| it.kind == kind && !it.is_linked).map(|(no, _)| no).collect()
        };
        let roles: Vec<usize> = of_kind(IdentityKind::Role);
        for service in SETS.iter().flat_map(|set| set.services) {
            if served.contains_key(service) {
                continue;
            }
            let mut admitted = Vec::new();
            for no in &roles {
                let Some(role) = estate.principals.get(*no) else { continue };
                let truth = estate.admits(role, service);
                if truth > Truth::No {
                    admitted.push((*no, truth));
                }
            }
            served.insert(service, admitted);
        }
        let (users, groups) = (of_kind(IdentityKind::User), of_kind(IdentityKind::Group));
        Self { estate, doors: estate.doors(), served, users, groups, roles }
    }

    /// Everything that `principal` could do.
    pub(super) fn steps(&self, principal: usize) -> Vec<Step> {
        let Some(it) = self.estate.principals.get(principal) else { return Vec::new() };
        let asker = self.estate.asker(it);
        let mut steps = Steps { map: self, asker, me: principal, found: Vec::new() };
        steps.assume();
        steps.services();
        steps.users();
        steps.groups();
        steps.roles();
        steps.policies();
        steps.denials();
        steps.found
    }
}

struct Steps<'m, 'e> {
    map: &'m Map<'e>,
    asker: Asker<'e>,
    me: usize,
    found: Vec<Step>,
}

impl<'e> Steps<'_, 'e> {
    fn get(&self, no: usize) -> Option<&'e Principal> {
        self.map.estate.principals.get(no)
    }

    fn add(&mut self, truth: Truth, gain: Gain, sets: &[u16], what: String, by: Vec<String>) {
        if truth > Truth::No {
            self.found.push(Step { truth, gain, sets: sets.to_vec(), what, by });
        }
    }

    /// What allows it, for the telling.
    fn by(&self, action: &str, resource: &str) -> Vec<String> {
        self.asker.reasons(action, resource, &self.asker.about(resource))
    }

    fn assume(&mut self) {
        let doors = &self.map.doors;
        let mut candidates = doors.open.clone();
        candidates.extend(doors.by_name.get(&self.asker.id).into_iter().flatten());
        if self.asker.mentions(ASSUME) {
            candidates.extend(doors.by_account.get(self.asker.account).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        for no in candidates {
            let Some(role) = self.get(no).filter(|_| no != self.me) else { continue };
            let truth = self.asker.may_assume(role);
            if truth > Truth::No {
                let mut by = self.by(ASSUME, &role.id);
                by.push(format!("`{}`", role.trust.as_deref().unwrap_or_default()));
                let what = format!("takes on role `{}`", role.id);
                self.add(truth, Gain::Become(no), &[110], what, by);
            }
        }
    }

    fn services(&mut self) {
        let passes = self.asker.mentions("iam:passrole");
        for set in SETS {
            let needs_pass = matches!(set.how, How::Pass | How::PassToMachine);
            if needs_pass && !passes {
                continue;
            }
            let mut truth = Truth::Yes;
            for action in set.actions {
                truth = truth.and(self.asker.may_somewhere(action));
                if truth == Truth::No {
                    break;
                }
            }
            if truth == Truth::No {
                continue;
            }
            match set.how {
                How::Pass | How::PassToMachine => self.pass(set, truth),
                How::Running(runs) => self.running(set, runs, truth),
                How::PermissionSet => {
                    let what = format!("changes a permission set ({})", set.actions.join(" + "));
                    let by = self.by_all(set);
                    self.add(truth, Gain::Make(Power::Everything), &[set.number], what, by);
                }
            }
        }
    }

    fn by_all(&self, set: &Set) -> Vec<String> {
        let mut by = Vec::new();
        for action in set.actions {
            let templates = super::action::templates(action, self.asker.account);
            for template in templates.iter().take(1) {
                let resource = template.replace('*', super::pattern::ANYTHING);
                by.extend(self.by(action, &resource));
            }
        }
        by.sort();
        by.dedup();
        by
    }

    /// Passes a role to something new.
    fn pass(&mut self, set: &Set, truth: Truth) {
        for service in set.services {
            let host = format!("{service}.amazonaws.com");
            for (no, admitted) in self.map.served.get(service).into_iter().flatten() {
                let Some(role) = self.get(*no).filter(|_| *no != self.me) else { continue };
                if role.account != self.asker.account {
                    continue;
                }
                // A task is run from a definition that is there.
                let tasks = self.map.estate.accounts.get(self.asker.account);
                let tasks = tasks.and_then(|account| account.running.get(&Runs::ContainerTask));
                if matches!(set.number, 42 | 43) && tasks.is_some_and(BTreeSet::is_empty) {
                    continue;
                }
                let needs_profile = set.how == How::PassToMachine;
                if needs_profile && role.has_profile == Some(false) {
                    continue;
                }
                let cx = self.asker.about(&role.id);
                let cx = cx.with("iam:PassedToService", Known::is(host.as_str()));
                let passed = self.asker.allowed("iam:passrole", &role.id, &cx);
                let truth = truth.and(*admitted).and(passed);
                if truth > Truth::No {
                    let mut by = self.asker.reasons("iam:passrole", &role.id, &cx);
                    by.extend(self.by_all(set));
                    let actions = set.actions.join(" + ");
                    let what = format!("passes role `{}` to {service} ({actions})", role.id);
                    self.add(truth, Gain::Become(*no), &[set.number], what, by);
                }
            }
        }
    }

    /// Makes something that runs with a role do its bidding.
    fn running(&mut self, set: &Set, runs: Runs, truth: Truth) {
        let account = self.map.estate.accounts.get(self.asker.account);
        let listed_as = if runs == Runs::ManagedInstance { Runs::Instance } else { runs };
        let listed = account.and_then(|account| account.running.get(&listed_as));
        for service in set.services {
            for (no, admitted) in self.map.served.get(service).into_iter().flatten() {
                let Some(role) = self.get(*no).filter(|_| *no != self.me) else { continue };
                if role.account != self.asker.account
                    || listed.is_some_and(|roles| !roles.contains(&role.id))
                {
                    continue;
                }
                let on_machines = matches!(runs, Runs::Instance | Runs::ManagedInstance);
                if on_machines && listed.is_none() && role.has_profile == Some(false) {
                    continue;
                }
                let mut truth = truth.and(*admitted);
                if runs == Runs::ManagedInstance {
                    let target = self.map.estate.asker(role);
                    truth = truth
                        .and(target.may_somewhere("ssmmessages:createcontrolchannel"))
                        .and(target.may_somewhere("ssmmessages:opendatachannel"));
                }
                if truth > Truth::No {
                    let by = self.by_all(set);
                    let actions = set.actions.join(" + ");
                    let exists = if listed.is_some() { "" } else { ", if one exists" };
                    let what =
                        format!("commands what runs with role `{}` ({actions}){exists}", role.id);
                    self.add(truth, Gain::Become(*no), &[set.number], what, by);
                }
            }
        }
    }

    fn users(&mut self) {
        for no in self.map.users.clone() {
            let Some(user) = self.get(no) else { continue };
            if user.account != self.asker.account {
                continue;
            }
            self.attach(no, user, ("iam:attachuserpolicy", 64), ("iam:putuserpolicy", 72));
            for action in ["iam:deleteuserpermissionsboundary", "iam:putuserpermissionsboundary"] {
                if user.boundary.is_some() {
                    let truth = self.asker.may(action, &user.id);
                    let what = format!("lifts the boundary of `{}` ({action})", user.id);
                    let by = self.by(action, &user.id);
                    self.add(truth, Gain::Change(no, Power::Unbounded), &[68], what, by);
                }
            }
            if no == self.me {
                continue;
            }
            let makes_key = self.asker.may("iam:createaccesskey", &user.id);
            if makes_key > Truth::No {
                let room = match user.keys {
                    Some(count) if count >= 2 => self.asker.may("iam:deleteaccesskey", &user.id),
                    Some(_) | None => Truth::Yes,
                };
                let sets: &[u16] = if room == Truth::Yes && user.keys.is_none_or(|it| it < 2) {
                    &[65]
                } else {
                    &[79]
                };
                let what = format!("makes an access key for `{}`", user.id);
                let by = self.by("iam:createaccesskey", &user.id);
                self.add(makes_key.and(room), Gain::Become(no), sets, what, by);
            }
            let logins = [
                ("iam:createloginprofile", 66, Some(true)),
                ("iam:updateloginprofile", 75, Some(false)),
            ];
            for (action, set, not_if) in logins {
                if user.password.is_some() && user.password == not_if {
                    continue;
                }
                let truth = self.asker.may(action, &user.id);
                let what = format!("sets the password of `{}` ({action})", user.id);
                let by = self.by(action, &user.id);
                self.add(truth, Gain::Become(no), &[set], what, by);
            }
        }
    }

    /// Gives `no` a policy: any, or one that a condition leaves.
    fn attach(
        &mut self,
        no: usize,
        target: &Principal,
        (attach, attach_set): (&str, u16),
        (put, put_set): (&str, u16),
    ) {
        const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
        let put_truth = self.asker.may(put, &target.id);
        let what = format!("writes a policy for `{}` ({put})", target.id);
        let by = if put_truth > Truth::No { self.by(put, &target.id) } else { Vec::new() };
        self.add(put_truth, Gain::Change(no, Power::Rewritten), &[put_set], what, by);
        let gain = Gain::Change(no, Power::Everything);
        if !self.asker.mentions(attach) {
            return;
        }
        let with = |policy: &str| {
            let cx = self.asker.about(&target.id).with("iam:PolicyARN", Known::is(policy));
            self.asker.allowed(attach, &target.id, &cx)
        };
        // One that it writes for itself, or that of the provider which allows everything.
        let own = format!("arn:aws:iam::{}:policy/{}", target.account, super::pattern::ANYTHING);
        let writes = self.asker.may_somewhere("iam:createpolicyversion");
        let any = with(ADMINISTRATOR).or(with(&own).and(writes));
        let mut choices = Vec::new();
        if any < Truth::Maybe {
            let known = self.map.estate.documents.keys().filter(|id| !id.contains('#'));
            for policy in known.take(CHOICES_MAX) {
                choices.push((with(policy), policy.clone()));
            }
        }
        let by = self.by(attach, &target.id);
        let what = format!("attaches a policy to `{}` ({attach})", target.id);
        self.add(any, gain, &[attach_set], what, by.clone());
        for (truth, policy) in choices {
            let what = format!("attaches `{policy}` to `{}` ({attach})", target.id);
            let gain = Gain::Change(no, Power::Besides(vec![policy]));
            self.add(truth, gain, &[attach_set], what, by.clone());
        }
    }

    fn groups(&mut self) {
        for no in self.map.groups.clone() {
            let Some(group) = self.get(no) else { continue };
            if group.account != self.asker.account {
                continue;
            }
            // What is changed for the group is changed for each of its members.
            let members: Vec<usize> = self
                .map
                .users
                .iter()
                .copied()
                .filter(|user| self.get(*user).is_some_and(|it| it.groups.contains(&group.id)))
                .collect();
            let before = self.found.len();
            self.attach(no, group, ("iam:attachgrouppolicy", 62), ("iam:putgrouppolicy", 70));
            let changes = self.found.split_off(before.min(self.found.len()));
            for change in changes {
                let Gain::Change(_, power) = &change.gain else { continue };
                for member in &members {
                    let gain = Gain::Change(*member, power.clone());
                    self.found.push(Step { gain, ..change.clone() });
                }
            }
            let joins = self.asker.may("iam:addusertogroup", &group.id);
            if joins > Truth::No {
                let by = self.by("iam:addusertogroup", &group.id);
                let writes = self
                    .asker
                    .may("iam:putgrouppolicy", &group.id)
                    .or(self.asker.may("iam:attachgrouppolicy", &group.id));
                for user in self.map.users.clone() {
                    if members.contains(&user) {
                        continue;
                    }
                    let what = format!("joins group `{}`", group.id);
                    let gain = Gain::Change(user, Power::Besides(group.policies.clone()));
                    self.add(joins, gain, &[61], what.clone(), by.clone());
                    let what = format!("{what}, and gives it a policy");
                    let gain = Gain::Change(user, Power::Everything);
                    self.add(joins.and(writes), gain, &[61, 62, 70], what, by.clone());
                }
            }
        }
    }

    fn roles(&mut self) {
        for no in self.map.roles.clone() {
            let Some(role) = self.get(no) else { continue };
            if role.account != self.asker.account || role.id.contains(":role/aws-reserved/") {
                continue;
            }
            self.attach(no, role, ("iam:attachrolepolicy", 63), ("iam:putrolepolicy", 71));
            for action in ["iam:deleterolepermissionsboundary", "iam:putrolepermissionsboundary"] {
                if role.boundary.is_some() {
                    let truth = self.asker.may(action, &role.id);
                    let what = format!("lifts the boundary of `{}` ({action})", role.id);
                    let by = self.by(action, &role.id);
                    self.add(truth, Gain::Change(no, Power::Unbounded), &[113], what, by);
                }
            }
            if no == self.me {
                continue;
            }
            let trusts = self.asker.may("iam:updateassumerolepolicy", &role.id);
            if trusts > Truth::No {
                let truth = trusts.and(self.asker.may_assume_named(role));
                let what = format!("writes itself into the trust of `{}`", role.id);
                let by = self.by("iam:updateassumerolepolicy", &role.id);
                self.add(truth, Gain::Become(no), &[74], what, by);
            }
        }
        self.new_role();
    }

    /// Makes a role and gives it a policy.
    fn new_role(&mut self) {
        for (action, set) in [("iam:attachrolepolicy", 76), ("iam:putrolepolicy", 82)] {
            let bound = self.asker.may_somewhere("iam:createrole").and(self.asker.may_somewhere(action));
            if bound == Truth::No {
                continue;
            }
            let role = format!("arn:aws:iam::{}:role/{}", self.asker.account, super::pattern::ANYTHING);
            let cx = self.asker.about(&role);
            let free = cx.clone().with("iam:PermissionsBoundary", Known::Absent);
            let by = self.by("iam:createrole", &role);
            let unbounded = self.asker.allowed("iam:createrole", &role, &free);
            let unbounded =
                if by.is_empty() { bound } else { unbounded.and(self.asker.allowed(action, &role, &free)) };
            let what = format!("makes a role and gives it a policy (iam:createrole + {action})");
            if unbounded > Truth::No {
                self.add(unbounded, Gain::Make(Power::Everything), &[set], what, by);
                continue;
            }
            let known: Vec<String> =
                self.map.estate.documents.keys().filter(|id| !id.contains('#')).cloned().collect();
            for policy in known.into_iter().take(CHOICES_MAX) {
                let within = cx.clone().with("iam:PermissionsBoundary", Known::is(policy.as_str()));
                let truth = self.asker.allowed("iam:createrole", &role, &within);
                let truth = truth.and(self.asker.allowed(action, &role, &within));
                let lifts = ["iam:deleterolepermissionsboundary", "iam:putrolepermissionsboundary"];
                let lifts = lifts.map(|lift| self.asker.allowed(lift, &role, &within));
                let lifted = lifts.into_iter().max().unwrap_or(Truth::No);
                let lifting = format!("{what}, and lifts its boundary");
                let gain = Gain::Make(Power::Everything);
                self.add(truth.and(lifted), gain, &[set], lifting, by.clone());
                let what = format!("{what}, within the boundary `{policy}`");
                self.add(truth, Gain::Make(Power::Within(policy)), &[set], what, by.clone());
            }
        }
    }

    /// Takes away what denies: a policy of a principal, or a group that it is in.
    fn denials(&mut self) {
        let estate = self.map.estate;
        for no in self.map.users.iter().chain(&self.map.roles).copied().collect::<Vec<_>>() {
            let Some(it) = self.get(no) else { continue };
            if it.account != self.asker.account {
                continue;
            }
            let kind = if it.kind == IdentityKind::User { "user" } else { "role" };
            let mut lifted = Vec::new();
            for id in it.policies.iter().filter(|id| denies(estate, id)) {
                let verb = if id.contains('#') { "delete" } else { "detach" };
                lifted.push((format!("iam:{verb}{kind}policy"), it.id.as_str(), id.clone()));
            }
            for group in it.groups.iter().filter_map(|group| estate.principal(group)) {
                for id in group.policies.iter().filter(|id| denies(estate, id)) {
                    let verb = if id.contains('#') { "delete" } else { "detach" };
                    lifted.push((format!("iam:{verb}grouppolicy"), group.id.as_str(), id.clone()));
                    let leave = "iam:removeuserfromgroup".to_owned();
                    lifted.push((leave, group.id.as_str(), group.id.clone()));
                }
            }
            for (action, resource, id) in lifted {
                let truth = self.asker.may(&action, resource);
                if truth > Truth::No {
                    let what = format!("takes `{id}` from `{}` ({action})", it.id);
                    let by = self.by(&action, resource);
                    let gain = Gain::Change(no, Power::Without(vec![id]));
                    self.add(truth, gain, &[], what, by);
                }
            }
        }
    }

    /// Writes managed policies anew, or goes back to an older version.
    fn policies(&mut self) {
        let writes = self.asker.mentions("iam:createpolicyversion");
        let goes_back = self.asker.mentions("iam:setdefaultpolicyversion");
        if !writes && !goes_back {
            return;
        }
        let estate = self.map.estate;
        let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for no in self.map.users.iter().chain(&self.map.roles) {
            let Some(it) = self.get(*no) else { continue };
            let groups = it.groups.iter().filter_map(|group| estate.principal(group));
            let policies = it.policies.iter().chain(groups.flat_map(|group| &group.policies));
            for policy in policies.chain(&it.boundary) {
                holders.entry(policy).or_default().push(*no);
            }
        }
        for (id, holders) in holders {
            let is_ours = estate.documents.get(id).is_none_or(|it| it.maker == Maker::Organisation);
            let account = id.split(':').nth(4).unwrap_or_default();
            if id.contains('#') || !is_ours || account != self.asker.account {
                continue;
            }
            if writes {
                let truth = self.asker.may("iam:createpolicyversion", id);
                let what = format!("writes a new version of `{id}`");
                let by = if truth > Truth::No { self.by("iam:createpolicyversion", id) } else { vec![] };
                for holder in &holders {
                    let bounds = self.get(*holder).is_some_and(|it| it.boundary.as_deref() == Some(id));
                    let power =
                        if bounds { Power::Unbounded } else { Power::Replaced(id.to_owned()) };
                    let gain = Gain::Change(*holder, power);
                    self.add(truth, gain, &[67], what.clone(), by.clone());
                }
            }
            let truth = self.asker.may("iam:setdefaultpolicyversion", id);
            if goes_back && truth > Truth::No {
                let head = format!("{id}#version/");
                let versions = estate.documents.range(head.clone()..);
                let versions = versions.take_while(|(version, _)| version.starts_with(&head));
                for (version, _) in versions {
                    let what = format!("goes back to `{version}`");
                    let by = self.by("iam:setdefaultpolicyversion", id);
                    for holder in &holders {
                        let gain = Gain::Change(*holder, Power::Version(version.clone()));
                        self.add(truth, gain, &[73], what.clone(), by.clone());
                    }
                }
            }
        }
    }
}

impl<'e> Map<'e> {
    /// `principal` after a change.
    pub(super) fn changed(&self, principal: &'e Principal, power: &'e Power) -> Asker<'e> {
        let mut asker = self.estate.asker(principal);
        match power {
            Power::Everything => asker.identity.push(Source::Everything),
            Power::Rewritten => {
                let inline = principal.policies.iter().filter(|id| id.contains('#'));
                asker = self.estate.asker_without(principal, &inline.cloned().collect::<Vec<_>>());
                asker.identity.push(Source::Everything);
            }
            Power::Replaced(id) => {
                asker = self.estate.asker_without(principal, std::slice::from_ref(id));
                asker.identity.push(Source::Everything);
            }
            Power::Without(ids) => asker = self.estate.asker_without(principal, ids),
            Power::Besides(policies) => {
                asker.identity.extend(policies.iter().map(|id| self.estate.source(id)));
            }
            Power::Unbounded => asker.boundary = None,
            Power::Within(policy) => {
                asker.identity = vec![Source::Everything];
                asker.boundary = Some(self.estate.source(policy));
            }
            Power::Version(version) => {
                let id = version.split('#').next().unwrap_or_default().to_owned();
                asker = self.estate.asker_without(principal, std::slice::from_ref(&id));
                if principal.boundary.as_ref() == Some(&id) {
                    asker.boundary = Some(self.estate.source(version));
                } else {
                    asker.identity.push(self.estate.source(version));
                }
            }
        }
        asker
    }
}

/// Whether a policy denies anything.
fn denies(estate: &Estate, id: &str) -> bool {
    match estate.source(id) {
        Source::Everything | Source::Missing(_) => false,
        Source::Policy(policy) => {
            policy.document.statements.iter().any(|statement| statement.effect == Effect::Deny)
        }
    }
}
