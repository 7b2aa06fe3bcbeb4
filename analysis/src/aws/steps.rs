//! What a principal could do to become another, or to change what one may do: one step each.
//!
//! Here is what takes roles on, by itself or through services; `steps/rights.rs` has what changes IAM.

mod rights;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::action::{How, Runs, SETS, Set};
use super::context::Known;
use super::decide::{Allowing, Asker, Piece, Place};
use super::estate::{Estate, Principal};
use super::outline::Outline;
use super::pattern::ANYTHING;
use super::trust::ASSUME;
use super::truth::Truth;

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) truth: Truth,
    pub(super) gain: Gain,
    /// The numbers of the sets that it is, in the list of `action.rs`.
    pub(super) sets: Vec<u16>,
    /// In words: what is done.
    pub(super) what: String,
    asks: Asks,
}

/// What must be allowed for a step, to tell by what it is.
#[derive(Clone, Debug)]
struct Asks {
    actions: Vec<&'static str>,
    resource: String,
    service: Option<&'static str>,
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

impl Power {
    /// Whether it depends on what other policies say than those of whose power it is.
    pub(super) fn names_policies(&self) -> bool {
        match self {
            Self::Besides(_) | Self::Within(_) | Self::Version(_) => true,
            Self::Everything
            | Self::Rewritten
            | Self::Replaced(_)
            | Self::Without(_)
            | Self::Unbounded => false,
        }
    }
}

/// Who could be reached by what, for all principals, and who they are.
#[derive(Debug)]
pub(super) struct Map<'e> {
    pub(super) estate: &'e Estate,
    pub(super) outline: &'e Outline,
    /// Made when they are first asked for: a change is judged over few of them.
    askers: Vec<OnceCell<Asker<'e>>>,
}

impl<'e> Map<'e> {
    pub(super) fn of(estate: &'e Estate, outline: &'e Outline) -> Self {
        let askers = estate.principals.iter().map(|_| OnceCell::new()).collect();
        Self { estate, outline, askers }
    }

    /// The principal of that number, with all that applies to it.
    pub(super) fn asker(&self, no: usize) -> Option<&Asker<'e>> {
        let (cell, principal) = (self.askers.get(no)?, self.estate.principals.get(no)?);
        Some(cell.get_or_init(|| self.estate.asker(principal)))
    }

    /// Visits everything that `principal` could do, until the visitor has enough.
    pub(super) fn visit(&self, principal: usize, visitor: &mut dyn FnMut(Step) -> bool) {
        let (Some(it), Some(asker)) =
            (self.estate.principals.get(principal), self.asker(principal))
        else {
            return;
        };
        let mut steps =
            Steps { map: self, asker, me: principal, account: &it.account, visitor, done: false };
        steps.rights();
        steps.services();
        steps.assume();
    }

    /// The statements that allow a step to `principal`.
    pub(super) fn told(&self, principal: usize, step: &Step) -> Vec<Allowing> {
        let Some(asker) = self.asker(principal) else { return Vec::new() };
        let mut by = Vec::new();
        for action in &step.asks.actions {
            let mut resources = vec![step.asks.resource.clone()];
            let is_own = step.asks.resource.contains(":iam::")
                && !action.starts_with("iam:")
                && *action != ASSUME;
            if resources.iter().all(String::is_empty) || is_own {
                resources = asker.resources_for(action);
            }
            for resource in resources {
                let mut cx = asker.about(&resource);
                let host = step.asks.service.map(|service| format!("{service}.amazonaws.com"));
                if let (Some(host), "iam:passrole") = (host, *action) {
                    cx.set("iam:passedtoservice", Known::is(host));
                }
                let reasons = asker.reasons(action, &resource, &cx);
                if !reasons.is_empty() {
                    by.extend(reasons);
                    break;
                }
            }
        }
        if step.asks.actions == [ASSUME]
            && let Some(role) = self.estate.principal(&step.asks.resource)
        {
            let trust = |id: &String| {
                let place = Place { policy: id.clone(), statement: None };
                Allowing { text: format!("`{id}`"), place: Some(place) }
            };
            by.extend(role.trust.iter().map(trust));
        }
        by.sort();
        by.dedup();
        by
    }
}

struct Steps<'m, 'e, 'v> {
    map: &'m Map<'e>,
    asker: &'m Asker<'e>,
    me: usize,
    account: &'e str,
    visitor: &'v mut dyn FnMut(Step) -> bool,
    done: bool,
}

impl<'e> Steps<'_, 'e, '_> {
    fn get(&self, no: usize) -> Option<&'e Principal> {
        self.map.estate.principals.get(no)
    }

    /// Tells of a step, if there is anything to it.
    #[expect(
        clippy::too_many_arguments,
        reason = "a step has that many parts, each of its own type"
    )]
    fn add(&mut self, truth: Truth, gain: Gain, sets: &[u16], what: String, asks: Asks) {
        if truth > Truth::No && !self.done {
            self.done = (self.visitor)(Step { truth, gain, sets: sets.to_vec(), what, asks });
        }
    }

    fn assume(&mut self) {
        let doors = &self.map.outline.doors;
        let mut candidates = doors.open.clone();
        candidates.extend(doors.by_name.get(&self.asker.id).into_iter().flatten());
        if self.asker.mentions(ASSUME) {
            let places = self.asker.places(&[ASSUME]);
            let there = |no: &&usize| self.get(**no).is_some_and(|role| places.hold(&role.id));
            let by_account = doors.by_account.get(self.asker.account).into_iter().flatten();
            candidates.extend(by_account.filter(there));
        }
        candidates.sort_unstable();
        candidates.dedup();
        for no in candidates {
            let Some(role) = self.get(no).filter(|_| no != self.me && !self.done) else { continue };
            let truth = self.asker.may_assume(role);
            if truth > Truth::No {
                let what = format!("takes on role `{}`", role.id);
                self.add(truth, Gain::Become(no), &[110], what, Asks::of(ASSUME, &role.id));
            }
        }
    }

    fn services(&mut self) {
        let passes = self.asker.mentions("iam:passrole");
        for set in SETS {
            let needs_pass = matches!(set.how, How::Pass | How::PassToMachine);
            if self.done || needs_pass && !passes {
                continue;
            }
            if !set.actions.iter().all(|action| self.asker.mentions(action)) {
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
                    let asks = Asks::of_set(set, None, "");
                    self.add(truth, Gain::Make(Power::Everything), &[set.number], what, asks);
                }
            }
        }
    }

    /// Passes a role to something new.
    fn pass(&mut self, set: &'static Set, truth: Truth) {
        // A task is run from a definition that is there.
        let account = self.map.estate.accounts.get(self.account);
        let tasks = account.and_then(|account| account.running.get(&Runs::ContainerTask));
        let is_whole = account.is_some_and(|account| account.is_everywhere_listed);
        if matches!(set.number, 42 | 43) && is_whole && tasks.is_some_and(BTreeSet::is_empty) {
            return;
        }
        for service in set.services {
            let host = format!("{service}.amazonaws.com");
            for (no, admitted) in self.map.outline.served.get(service).into_iter().flatten() {
                let wanted = *no != self.me && !self.done;
                let Some(role) = self.get(*no).filter(|_| wanted) else { continue };
                let needs_profile = set.how == How::PassToMachine;
                if role.account != self.account || needs_profile && !role.has_profile {
                    continue;
                }
                let cx = self.asker.about(&role.id);
                let cx = cx.with("iam:passedtoservice", Known::is(host.as_str()));
                let passed = self.asker.allowed("iam:passrole", &role.id, &cx);
                let truth = truth.and(*admitted).and(passed);
                if truth > Truth::No {
                    let actions = set.actions.join(" + ");
                    let what = format!("passes role `{}` to {service} ({actions})", role.id);
                    let asks = Asks::of_set(set, Some(service), &role.id);
                    self.add(truth, Gain::Become(*no), &[set.number], what, asks);
                }
            }
        }
    }

    /// Makes something that runs with a role do its bidding.
    fn running(&mut self, set: &'static Set, runs: Runs, truth: Truth) {
        let account = self.map.estate.accounts.get(self.account);
        let listed_as = if runs == Runs::ManagedInstance { Runs::Instance } else { runs };
        let seen = account.and_then(|account| account.running.get(&listed_as));
        let listed = seen.filter(|_| account.is_some_and(|account| account.is_everywhere_listed));
        for service in set.services {
            for (no, admitted) in self.map.outline.served.get(service).into_iter().flatten() {
                let wanted = *no != self.me && !self.done;
                let Some(role) = self.get(*no).filter(|_| wanted) else { continue };
                let on_machines = matches!(runs, Runs::Instance | Runs::ManagedInstance);
                let is_seen = seen.is_some_and(|roles| roles.contains(&role.id));
                let has_none = on_machines && !is_seen && listed.is_none() && !role.has_profile;
                let is_elsewhere = listed.is_some_and(|roles| !roles.contains(&role.id));
                if role.account != self.account || has_none || is_elsewhere {
                    continue;
                }
                let mut truth = truth.and(*admitted);
                if runs == Runs::ManagedInstance
                    && let Some(target) = self.map.asker(*no)
                {
                    truth = truth
                        .and(target.may_somewhere("ssmmessages:createcontrolchannel"))
                        .and(target.may_somewhere("ssmmessages:opendatachannel"));
                }
                if truth > Truth::No {
                    let actions = set.actions.join(" + ");
                    let exists = if is_seen { "" } else { ", if one exists" };
                    let what =
                        format!("commands what runs with role `{}` ({actions}){exists}", role.id);
                    let asks = Asks::of_set(set, None, "");
                    self.add(truth, Gain::Become(*no), &[set.number], what, asks);
                }
            }
        }
    }
}

impl Asks {
    fn of(action: &'static str, resource: &str) -> Self {
        Self { actions: vec![action], resource: resource.to_owned(), service: None }
    }

    fn of_set(set: &'static Set, service: Option<&'static str>, resource: &str) -> Self {
        let mut actions = set.actions.to_vec();
        if service.is_some() {
            actions.insert(0, "iam:passrole");
        }
        Self { actions, resource: resource.to_owned(), service }
    }
}

impl<'e> Map<'e> {
    /// `principal` after a change.
    pub(super) fn changed<'p>(&self, principal: &'p Principal, power: &'p Power) -> Asker<'p>
    where
        'e: 'p,
    {
        let mut asker = self.estate.asker(principal);
        match power {
            Power::Everything => asker.identity.push(Piece::Everything),
            Power::Rewritten => {
                let inline = principal.policies.iter().filter(|id| id.contains('#'));
                asker = self.estate.asker_without(principal, &inline.cloned().collect::<Vec<_>>());
                asker.identity.push(Piece::Everything);
            }
            Power::Replaced(id) => {
                asker = self.estate.asker_without(principal, std::slice::from_ref(id));
                asker.identity.push(Piece::Everything);
            }
            Power::Without(ids) => asker = self.estate.asker_without(principal, ids),
            Power::Besides(policies) => {
                asker.identity.extend(policies.iter().map(|id| self.estate.piece(id)));
            }
            Power::Unbounded => asker.boundary = None,
            Power::Within(policy) => {
                asker.identity = vec![Piece::Everything];
                asker.boundary = Some(self.estate.piece(policy));
            }
            Power::Version(version) => {
                let id = version.split('#').next().unwrap_or_default().to_owned();
                asker = self.estate.asker_without(principal, std::slice::from_ref(&id));
                if principal.boundary.as_ref() == Some(&id) {
                    asker.boundary = Some(self.estate.piece(version));
                } else {
                    asker.identity.push(self.estate.piece(version));
                }
            }
        }
        asker
    }
}
