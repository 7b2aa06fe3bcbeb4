//! Judgements that are kept, so that a change costs what it changes.
//!
//! ```text
//! a policy reads otherwise ──► who holds it ──► whose search came across one of those ──► judged anew
//! anything else changes    ──► all are judged anew, by whoever has all facts at hand
//! ```
//!
//! A search depends on those that it came across, on what others can do to them ([`Outline`]), and on
//! nothing else. So while the outline stays, all other judgements stay.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::{Fact, IdentityId, PrivilegeVerdict as Verdict, Privileges};

use super::access::Accesses;
use super::action::{How, Runs, SETS};
use super::estate::{Estate, Principal};
use super::judge::{Judge, Judged, Reason, Seen, administrator_of};
use super::outline::Outline;
use super::steps::{Gain, Map};
use super::truth::Truth;

/// BOUND: principals that are remembered of one search; who came across more is judged anew at each
/// change.
const SEEN_MAX: usize = 4_096;

/// What a rights manager of the provider needs, to command a machine.
const CHANNELS: [&str; 2] = ["ssmmessages:createcontrolchannel", "ssmmessages:opendatachannel"];

/// Accounts that are judged.
#[derive(Debug)]
pub struct Standing {
    estate: Estate,
    outline: Outline,
    administrators: Vec<Truth>,
    has_doubt: bool,
    kept: BTreeMap<usize, Kept>,
}

#[derive(Debug)]
struct Kept {
    judged: Judged,
    /// In order; none if everything matters.
    seen: Option<Box<[u32]>>,
}

impl Kept {
    fn of(judged: Judged, seen: &Seen) -> Self {
        let numbers = seen.principals.iter().map(|no| u32::try_from(*no).unwrap_or(u32::MAX));
        let is_short = !seen.weighs_policies && seen.principals.len() <= SEEN_MAX;
        Self { judged, seen: is_short.then(|| numbers.collect()) }
    }

    fn depends_on(&self, changed: &BTreeSet<usize>) -> bool {
        let Some(seen) = &self.seen else { return true };
        let is_seen =
            |no: &usize| u32::try_from(*no).is_ok_and(|no| seen.binary_search(&no).is_ok());
        changed.iter().any(is_seen)
    }
}

impl Standing {
    /// Judges every user and role.
    #[must_use]
    pub fn of(estate: Estate) -> Self {
        let outline = Outline::of(&estate);
        let map = Map::of(&estate, &outline);
        let numbers = 0..estate.principals.len();
        let administrators: Vec<Truth> =
            numbers.clone().map(|no| administrator_of(&map, no)).collect();
        let has_doubt = estate.has_doubt();
        let mut judge = Judge::of(&map, Rc::from(administrators.as_slice()), has_doubt);
        let mut kept = BTreeMap::new();
        for no in numbers {
            if let Some((judged, seen)) = judge.principal(no) {
                kept.insert(no, Kept::of(judged, &seen));
            }
        }
        drop(judge);
        drop(map);
        Self { estate, outline, administrators, has_doubt, kept }
    }

    /// What is judged.
    #[must_use]
    pub fn estate(&self) -> &Estate {
        &self.estate
    }

    /// What is worked out of everything about the principals of these ARNs, users and roles among
    /// them. `ours` are the accounts that belong together.
    pub fn privileges<'i>(
        &self,
        ids: impl IntoIterator<Item = &'i str>,
        ours: &BTreeSet<String>,
    ) -> Vec<Privileges> {
        let map = Map::of(&self.estate, &self.outline);
        let mut accesses = Accesses::default();
        let mut all = Vec::new();
        for id in ids {
            let Some(no) = self.estate.by_id.get(id) else { continue };
            let (Some(kept), Some(principal), Some(asker)) =
                (self.kept.get(no), self.estate.principals.get(*no), map.asker(*no))
            else {
                continue;
            };
            let judged = &kept.judged;
            let access = accesses.of(asker);
            let is_nothing = access.as_ref().is_some_and(|access| access.services().is_empty());
            let services = if is_nothing { Vec::new() } else { asker.services() };
            let sensitive = access.map(|access| access.sensitive()).unwrap_or_default();
            all.push(Privileges {
                identity: id.into(),
                verdict: judged.verdict,
                because: judged.because.iter().map(Reason::step).collect(),
                becomes: self.becomes(&map, *no, judged.verdict),
                services_whole: asker.services_whole(&services),
                services,
                sensitive: sensitive
                    .into_iter()
                    .map(|(risk, actions)| (risk.name().to_owned(), actions))
                    .collect(),
                secrets: asker.secrets(),
                outsiders: self.estate.outsiders(principal, ours),
            });
        }
        all
    }

    /// Whom it can become in one step. An administrator can become everyone.
    fn becomes(&self, map: &Map<'_>, no: usize, verdict: Verdict) -> Vec<IdentityId> {
        let mut found = BTreeSet::new();
        if verdict != Verdict::Administrator {
            map.visit(no, &mut |step| {
                if let Gain::Become(to) = step.gain
                    && step.truth >= Truth::Maybe
                {
                    found.insert(to);
                }
                found.len() >= Privileges::BECOMES_MAX
            });
        }
        let principals = found.iter().filter_map(|no| self.estate.principals.get(*no));
        let mut becomes: Vec<IdentityId> = principals.map(|it| it.id.as_str().into()).collect();
        becomes.sort();
        becomes
    }

    /// Puts `facts`, all that is known of the principals `ids`, in place of what was known of them. Gives
    /// the ARNs of those that were judged anew; none if more changed than what policies say: then
    /// nothing here holds any more, and all is to be judged from all facts.
    pub fn replace<'f>(
        &mut self,
        ids: &BTreeSet<IdentityId>,
        facts: impl IntoIterator<Item = &'f Fact>,
    ) -> Option<Vec<String>> {
        let fresh = Estate::of(facts, [], self.estate.as_of);
        let is_there = |estate: &Estate, id: &IdentityId| estate.by_id.contains_key(id.as_str());
        if ids.iter().any(|id| is_there(&self.estate, id) != is_there(&fresh, id)) {
            return None;
        }
        let changed = self.estate.differing(&fresh)?;
        if changed.is_empty() {
            return Some(Vec::new());
        }
        let holders = self.estate.holders_of(&changed)?;
        let before = self.faces(&holders, &changed);
        self.estate.take_documents(fresh, &changed);
        let is_as_sure = self.estate.has_doubt() == self.has_doubt;
        if !is_as_sure || self.faces(&holders, &changed) != before {
            return None;
        }
        let map = Map::of(&self.estate, &self.outline);
        for no in &holders {
            if let Some(administrator) = self.administrators.get_mut(*no) {
                *administrator = administrator_of(&map, *no);
            }
        }
        let depends =
            |(no, kept): &(&usize, &Kept)| holders.contains(no) || kept.depends_on(&holders);
        let affected: Vec<usize> = self.kept.iter().filter(depends).map(|(no, _)| *no).collect();
        let mut judge = Judge::of(&map, Rc::from(self.administrators.as_slice()), self.has_doubt);
        let mut judged = Vec::with_capacity(affected.len());
        for no in affected {
            if let (Some((said, seen)), Some(it)) =
                (judge.principal(no), self.estate.principals.get(no))
            {
                judged.push(it.id.clone());
                self.kept.insert(no, Kept::of(said, &seen));
            }
        }
        Some(judged)
    }

    /// What others could do to `holders`, as far as these policies decide that.
    fn faces(&self, holders: &BTreeSet<usize>, policies: &BTreeSet<String>) -> Faces {
        let denies = policies.iter().map(|id| Truth::from(self.estate.denies(id))).collect();
        let mut faces = vec![denies];
        let commanded = SETS.iter().filter(|set| set.how == How::Running(Runs::ManagedInstance));
        let services = commanded.flat_map(|set| set.services);
        let machines: BTreeSet<usize> = services
            .filter_map(|service| self.outline.served.get(service))
            .flatten()
            .map(|(role, _)| *role)
            .collect();
        for no in machines.intersection(holders) {
            if let Some(role) = self.estate.principals.get(*no) {
                let asker = self.estate.asker(role);
                faces.push(CHANNELS.iter().map(|action| asker.may_somewhere(action)).collect());
            }
        }
        faces
    }
}

/// What others can do to the holders of a policy, as far as what it says decides that.
type Faces = Vec<Vec<Truth>>;

impl Estate {
    /// What runs with it.
    fn running_with(&self, principal: &Principal) -> BTreeSet<Runs> {
        let running = self.accounts.get(&principal.account).into_iter().flat_map(|it| &it.running);
        let with = running.filter(|(_, roles)| roles.contains(&principal.id));
        with.map(|(runs, _)| *runs).collect()
    }

    /// The policies that read otherwise in `fresh`; none if it differs in anything else from what is
    /// here of the same principals.
    fn differing(&self, fresh: &Self) -> Option<BTreeSet<String>> {
        for principal in &fresh.principals {
            if self.principal(&principal.id) != Some(principal) {
                return None;
            }
            let all = principal.policies.iter().chain(&principal.boundary).chain(&principal.trust);
            let is_told = |estate: &Self, id: &String| estate.documents.contains_key(id);
            let mut all = all.into_iter();
            let is_as_told = all.all(|id| is_told(self, id) == is_told(fresh, id));
            if !is_as_told || self.running_with(principal) != fresh.running_with(principal) {
                return None;
            }
        }
        let mut changed = BTreeSet::new();
        for (id, policy) in &fresh.documents {
            let known = self.documents.get(id).filter(|known| known.maker == policy.maker)?;
            if known.digest != policy.digest {
                changed.insert(id.clone());
            }
        }
        Some(changed)
    }

    /// Who holds any of these policies; none if one of them is more than what its holders may do: a
    /// trust, or what bounds an account.
    fn holders_of(&self, policies: &BTreeSet<String>) -> Option<BTreeSet<usize>> {
        let levels = self.accounts.values();
        let mut levels = levels.flat_map(|it| it.service_levels.iter().chain(&it.resource_levels));
        if levels.any(|level| level.iter().any(|id| policies.contains(id))) {
            return None;
        }
        let holds = |ids: &[String]| ids.iter().any(|id| policies.contains(id));
        let named: BTreeSet<&str> =
            policies.iter().map(|id| id.split("#version/").next().unwrap_or_default()).collect();
        let mut holders = BTreeSet::new();
        for (no, principal) in self.principals.iter().enumerate() {
            if principal.trust.as_ref().is_some_and(|trust| policies.contains(trust)) {
                return None;
            }
            let groups = principal.groups.iter().filter_map(|id| self.principal(id));
            let by_group = groups.into_iter().any(|group| holds(&group.policies));
            let all = principal.policies.iter().chain(&principal.boundary);
            if by_group || all.into_iter().any(|id| named.contains(id.as_str())) {
                holders.insert(no);
            }
        }
        Some(holders)
    }

    fn take_documents(&mut self, mut fresh: Self, changed: &BTreeSet<String>) {
        for id in changed {
            if let Some(policy) = fresh.documents.remove(id) {
                self.documents.insert(id.clone(), policy);
            }
        }
    }
}

#[cfg(test)]
mod tests;
