//! The steps that change IAM itself: keys, passwords, policies, groups, trusts, boundaries.

use super::{ANYTHING, Asks, Gain, Known, Power, Principal, Steps, Truth};

/// How many versions a policy may have, the default one among them.
const VERSIONS_MAX: usize = 5;

/// BOUND: policies tried where a condition says which may be attached.
const CHOICES_MAX: usize = 200;

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// What changes one user.
const OF_USERS: &[&str] = &[
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:deleteuserpermissionsboundary",
    "iam:putuserpermissionsboundary",
    "iam:putuserpolicy",
    "iam:updateloginprofile",
];

/// What changes one group.
const OF_GROUPS: &[&str] = &["iam:addusertogroup", "iam:attachgrouppolicy", "iam:putgrouppolicy"];

/// What changes one role.
const OF_ROLES: &[&str] = &[
    "iam:attachrolepolicy",
    "iam:deleterolepermissionsboundary",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:updateassumerolepolicy",
];

/// Two ways to give a policy, each with the number of its set.
struct Ways {
    attach: (&'static str, u16),
    put: (&'static str, u16),
}

impl<'e> Steps<'_, 'e, '_> {
    /// All of them.
    pub(super) fn rights(&mut self) {
        let mentions = |actions: &[&str]| actions.iter().any(|action| self.asker.mentions(action));
        let (users, groups, roles) = (mentions(OF_USERS), mentions(OF_GROUPS), mentions(OF_ROLES));
        let mine: Vec<usize> = vec![self.me];
        // Oneself first: there is no shorter path.
        let others = |all: &[usize], actions: &[&str]| -> Vec<usize> {
            let places = self.asker.places(actions);
            let there =
                |no: &usize| *no != self.me && self.get(*no).is_some_and(|it| places.hold(&it.id));
            all.iter().copied().filter(there).collect()
        };
        let all_users = if users { others(&self.map.outline.users, OF_USERS) } else { Vec::new() };
        let all_roles = if roles { others(&self.map.outline.roles, OF_ROLES) } else { Vec::new() };
        let is_user = self.map.outline.users.binary_search(&self.me).is_ok();
        if users {
            self.users(if is_user { &mine } else { &[] });
            self.users(&all_users);
        }
        if groups {
            self.groups();
        }
        if roles {
            self.roles(if is_user { &[] } else { &mine });
            self.roles(&all_roles);
            self.new_role();
        }
        self.policies();
        self.denials();
    }

    fn here(&self, no: usize) -> Option<&'e Principal> {
        self.get(no).filter(|it| it.account == self.account && !self.done)
    }

    fn users(&mut self, users: &[usize]) {
        let ways = || Ways { attach: ("iam:attachuserpolicy", 64), put: ("iam:putuserpolicy", 72) };
        for no in users {
            let Some(user) = self.here(*no) else { continue };
            self.give(*no, user, &ways());
            self.lift(
                *no,
                user,
                ["iam:deleteuserpermissionsboundary", "iam:putuserpermissionsboundary"],
                68,
            );
            if *no == self.me {
                continue;
            }
            let makes_key = self.asker.may("iam:createaccesskey", &user.id);
            if makes_key > Truth::No {
                let is_full = user.keys.is_some_and(|count| count >= 2);
                let room = if is_full {
                    self.asker.may("iam:deleteaccesskey", &user.id)
                } else {
                    Truth::Yes
                };
                let what = format!("makes an access key for `{}`", user.id);
                let asks = Asks::of("iam:createaccesskey", &user.id);
                let set = if is_full { 79 } else { 65 };
                self.add(makes_key.and(room), Gain::Become(*no), &[set], what, asks);
            }
            let logins = [
                ("iam:createloginprofile", 66, Some(true)),
                ("iam:updateloginprofile", 75, Some(false)),
            ];
            for (action, set, not_if) in logins {
                let mut truth = self.asker.may(action, &user.id);
                if user.password.is_some() && user.password == not_if {
                    // A password that is there is taken away first; one that is not cannot be changed.
                    if not_if == Some(false) {
                        continue;
                    }
                    truth = truth.and(self.asker.may("iam:deleteloginprofile", &user.id));
                }
                if truth > Truth::No {
                    let what = format!("sets the password of `{}` ({action})", user.id);
                    let asks = Asks::of(action, &user.id);
                    self.add(truth, Gain::Become(*no), &[set], what, asks);
                }
            }
        }
    }

    /// Takes the boundary away, or puts another in its place.
    fn lift(&mut self, no: usize, target: &Principal, actions: [&'static str; 2], set: u16) {
        if target.boundary.is_none() {
            return;
        }
        for action in actions {
            let truth = self.asker.may(action, &target.id);
            if truth > Truth::No {
                let what = format!("lifts the boundary of `{}` ({action})", target.id);
                let asks = Asks::of(action, &target.id);
                self.add(truth, Gain::Change(no, Power::Unbounded), &[set], what, asks);
            }
        }
    }

    /// Gives `no` a policy: any, or one that a condition leaves.
    fn give(&mut self, no: usize, target: &Principal, ways: &Ways) {
        let (put, put_set) = ways.put;
        let truth = self.asker.may(put, &target.id);
        if truth > Truth::No {
            let what = format!("writes a policy for `{}` ({put})", target.id);
            let asks = Asks::of(put, &target.id);
            self.add(truth, Gain::Change(no, Power::Rewritten), &[put_set], what, asks);
        }
        let (attach, attach_set) = ways.attach;
        for (truth, choice) in self.choices(target, attach) {
            let (what, power) = match choice {
                None => {
                    (format!("attaches a policy to `{}` ({attach})", target.id), Power::Everything)
                }
                Some(policy) => (
                    format!("attaches `{policy}` to `{}` ({attach})", target.id),
                    Power::Besides(vec![policy]),
                ),
            };
            let asks = Asks::of(attach, &target.id);
            self.add(truth, Gain::Change(no, power), &[attach_set], what, asks);
        }
    }

    /// Which policies may be attached to `target`: any, or these.
    fn choices(&self, target: &Principal, attach: &str) -> Vec<(Truth, Option<String>)> {
        if !self.asker.mentions(attach) {
            return Vec::new();
        }
        let with = |policy: &str| {
            let cx = self.asker.about(&target.id).with("iam:policyarn", Known::is(policy));
            self.asker.allowed(attach, &target.id, &cx)
        };
        // That of the provider which allows everything, or one that it writes for itself.
        let own = format!("arn:aws:iam::{}:policy/{ANYTHING}", target.account);
        let own = self.asker.here(&own);
        let mut any = with(&self.asker.here(ADMINISTRATOR));
        if any < Truth::Maybe && self.asker.mentions("iam:createpolicyversion") {
            any = any.or(with(&own).and(self.asker.may_somewhere("iam:createpolicyversion")));
        }
        let mut choices = vec![(any, None)];
        if any < Truth::Maybe {
            let known = self.map.estate.documents.keys().filter(|id| !id.contains('#'));
            for policy in known.take(CHOICES_MAX) {
                choices.push((with(policy), Some(policy.clone())));
            }
        }
        choices.retain(|(truth, _)| *truth > Truth::No);
        choices
    }

    /// What is changed for a group is changed for each of its members.
    fn groups(&mut self) {
        for no in &self.map.outline.groups {
            let Some(group) = self.here(*no) else { continue };
            let members = self.map.outline.members.get(group.id.as_str());
            let members = members.map(Vec::as_slice).unwrap_or_default();
            let ways =
                Ways { attach: ("iam:attachgrouppolicy", 62), put: ("iam:putgrouppolicy", 70) };
            for member in members {
                self.give(*member, group, &ways);
            }
            let joins = self.asker.may("iam:addusertogroup", &group.id);
            if joins == Truth::No {
                continue;
            }
            let writes = self
                .asker
                .may("iam:putgrouppolicy", &group.id)
                .or(self.asker.may("iam:attachgrouppolicy", &group.id));
            for user in &self.map.outline.users {
                if members.contains(user) || self.done {
                    continue;
                }
                let what = format!("joins group `{}`", group.id);
                let asks = Asks::of("iam:addusertogroup", &group.id);
                let gain = Gain::Change(*user, Power::Besides(group.policies.clone()));
                self.add(joins, gain, &[61], what.clone(), asks.clone());
                let what = format!("{what}, and gives it a policy");
                let gain = Gain::Change(*user, Power::Everything);
                self.add(joins.and(writes), gain, &[61, 62, 70], what, asks);
            }
        }
    }

    fn roles(&mut self, roles: &[usize]) {
        for no in roles {
            let Some(role) = self.here(*no) else { continue };
            // Roles of Identity Center are changed there alone.
            if role.id.contains(":role/aws-reserved/") {
                continue;
            }
            let ways =
                Ways { attach: ("iam:attachrolepolicy", 63), put: ("iam:putrolepolicy", 71) };
            self.give(*no, role, &ways);
            self.lift(
                *no,
                role,
                ["iam:deleterolepermissionsboundary", "iam:putrolepermissionsboundary"],
                113,
            );
            if *no == self.me {
                continue;
            }
            let trusts = self.asker.may("iam:updateassumerolepolicy", &role.id);
            if trusts > Truth::No {
                let truth = trusts.and(self.asker.may_assume_named(role));
                let what = format!("writes itself into the trust of `{}`", role.id);
                let asks = Asks::of("iam:updateassumerolepolicy", &role.id);
                self.add(truth, Gain::Become(*no), &[74], what, asks);
            }
        }
    }

    /// Makes a role and gives it a policy.
    fn new_role(&mut self) {
        let role = self.asker.here(&format!("arn:aws:iam::{}:role/{ANYTHING}", self.account));
        for (action, set) in [("iam:attachrolepolicy", 76), ("iam:putrolepolicy", 82)] {
            let both = ["iam:createrole", action];
            if self.done || !both.iter().all(|action| self.asker.mentions(action)) {
                continue;
            }
            let truth = self.asker.may_somewhere("iam:createrole");
            if truth.and(self.asker.may_somewhere(action)) == Truth::No {
                continue;
            }
            let mut found = Vec::new();
            let what = format!("makes a role and gives it a policy (iam:createrole + {action})");
            let free = self.both(&both, None);
            found.push((free, Power::Everything, what.clone()));
            if free == Truth::No {
                let known = self.map.estate.documents.keys().filter(|id| !id.contains('#'));
                for policy in known.take(CHOICES_MAX) {
                    let within = self.both(&both, Some(policy));
                    let lifts =
                        ["iam:deleterolepermissionsboundary", "iam:putrolepermissionsboundary"];
                    let lifts = lifts.map(|lift| self.both(&[lift], Some(policy)));
                    let lifted = lifts.into_iter().max().unwrap_or(Truth::No);
                    let lifting = format!("{what}, and lifts its boundary");
                    found.push((within.and(lifted), Power::Everything, lifting));
                    let what = format!("{what}, within the boundary `{policy}`");
                    found.push((within, Power::Within(policy.clone()), what));
                }
            }
            for (truth, power, what) in found {
                let asks = Asks { actions: both.to_vec(), resource: role.clone(), service: None };
                self.add(truth, Gain::Make(power), &[set], what, asks);
            }
        }
    }

    /// Whether all of these are allowed on one new role, with that boundary.
    fn both(&self, actions: &[&str], boundary: Option<&str>) -> Truth {
        let mut best = Truth::No;
        for role in self.asker.resources_for("iam:createrole") {
            let mut all = Truth::Yes;
            for action in actions {
                let cx = self.asker.about(&role);
                let known = boundary.map_or(Known::Absent, Known::is);
                let cx = cx.with("iam:permissionsboundary", known);
                all = all.and(self.asker.allowed(action, &role, &cx));
            }
            best = best.or(all);
        }
        best
    }

    /// Writes managed policies anew, or goes back to an older version.
    fn policies(&mut self) {
        let writes = self.asker.mentions("iam:createpolicyversion");
        let goes_back = self.asker.mentions("iam:setdefaultpolicyversion");
        if !writes && !goes_back {
            return;
        }
        let estate = self.map.estate;
        for (id, holders) in &self.map.outline.holders {
            if self.done || id.split(':').nth(4) != Some(self.account) {
                continue;
            }
            let mut truth = self.asker.may("iam:createpolicyversion", id);
            let head = format!("{id}#version/");
            let versions = estate.documents.range(head.clone()..);
            let versions = versions.take_while(|(version, _)| version.starts_with(&head));
            let versions: Vec<&String> = versions.map(|(version, _)| version).collect();
            if versions.len().saturating_add(1) >= VERSIONS_MAX {
                truth = truth.and(self.asker.may("iam:deletepolicyversion", id));
            }
            if truth > Truth::No {
                for holder in holders {
                    let is_bound = self
                        .get(*holder)
                        .is_some_and(|it| it.boundary.as_deref() == Some(id.as_str()));
                    let power =
                        if is_bound { Power::Unbounded } else { Power::Replaced(id.clone()) };
                    let what = format!("writes a new version of `{id}`");
                    let asks = Asks::of("iam:createpolicyversion", id);
                    self.add(truth, Gain::Change(*holder, power), &[67], what, asks);
                }
            }
            let truth = self.asker.may("iam:setdefaultpolicyversion", id);
            if truth == Truth::No {
                continue;
            }
            for version in versions {
                for holder in holders {
                    let what = format!("goes back to `{version}`");
                    let asks = Asks::of("iam:setdefaultpolicyversion", id);
                    let gain = Gain::Change(*holder, Power::Version(version.clone()));
                    self.add(truth, gain, &[73], what, asks);
                }
            }
        }
    }

    /// Takes away what denies: a policy of a principal, or a group that it is in.
    fn denials(&mut self) {
        let mut wanted: Vec<&'static str> = Vec::new();
        for denial in &self.map.outline.denials {
            if !wanted.contains(&denial.action) {
                wanted.push(denial.action);
            }
        }
        wanted.retain(|action| self.asker.mentions(action));
        if wanted.is_empty() {
            return;
        }
        for denial in &self.map.outline.denials {
            let Some(from) = self.here(denial.from) else { continue };
            if !wanted.contains(&denial.action) {
                continue;
            }
            let truth = self.asker.may(denial.action, &denial.resource);
            if truth > Truth::No {
                let what = format!("takes `{}` from `{}` ({})", denial.id, from.id, denial.action);
                let gain = Gain::Change(denial.from, Power::Without(vec![denial.id.clone()]));
                let asks = Asks::of(denial.action, &denial.resource);
                self.add(truth, gain, &[], what, asks);
            }
        }
    }
}
