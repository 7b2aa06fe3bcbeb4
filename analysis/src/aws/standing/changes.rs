//! What changed of an estate, and what that concerns.

use std::collections::BTreeSet;

use model::IdentityKind;

use crate::aws::action::Runs;
use crate::aws::estate::{Estate, Principal};

impl Estate {
    /// What runs with it.
    fn running_with(&self, principal: &Principal) -> BTreeSet<Runs> {
        let running = self.accounts.get(&principal.account).into_iter().flat_map(|it| &it.running);
        let with = running.filter(|(_, roles)| roles.contains(&principal.id));
        with.map(|(runs, _)| *runs).collect()
    }

    /// Which texts are known of a policy: its own, and those of its versions.
    fn told(&self, id: &str) -> Vec<&String> {
        let versions = format!("{id}#version/");
        let later = self.documents.range(versions.clone()..).map(|(id, _)| id);
        let versions = later.take_while(|it| it.starts_with(&versions));
        self.documents.get_key_value(id).map(|(id, _)| id).into_iter().chain(versions).collect()
    }

    /// The policies that read otherwise in `fresh`; none if it differs in anything else from what is
    /// here of the same principals.
    pub(super) fn differing(&self, fresh: &Self) -> Option<BTreeSet<String>> {
        for principal in &fresh.principals {
            if self.principal(&principal.id) != Some(principal) {
                return None;
            }
            let is_as_told = principal.documents().all(|id| self.told(id) == fresh.told(id));
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
    pub(super) fn holders_of(&self, policies: &BTreeSet<String>) -> Option<BTreeSet<usize>> {
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

    pub(super) fn take_documents(&mut self, mut fresh: Self, changed: &BTreeSet<String>) {
        for id in changed {
            if let Some(policy) = fresh.documents.remove(id) {
                self.documents.insert(id.clone(), policy);
            }
        }
    }

    /// Puts the principals of `fresh` in place of those here, or beside them. Whether that is all that is
    /// to be done: if not, nothing here holds.
    pub(super) fn take(&mut self, fresh: Self) -> bool {
        let mut left = BTreeSet::new();
        for principal in &fresh.principals {
            if !self.is_plain(principal, &fresh) {
                return false;
            }
            let held: BTreeSet<&String> = principal.documents().collect();
            let known = self.principal(&principal.id).into_iter().flat_map(Principal::documents);
            left.extend(known.filter(|id| !held.contains(id)).cloned());
        }
        for principal in fresh.principals {
            let known = self.by_id.get(&principal.id).and_then(|no| self.principals.get_mut(*no));
            match known {
                Some(known) => *known = principal,
                None => self.principals.push(principal),
            }
        }
        self.put_in_order();
        self.documents.extend(fresh.documents);
        let held: BTreeSet<&String> =
            self.principals.iter().flat_map(Principal::documents).collect();
        left.retain(|id| !held.contains(id));
        for id in &left {
            // A policy that stands by itself may still be known to others, and be attached again.
            if !id.contains('#') {
                return false;
            }
            self.documents.remove(id);
        }
        true
    }

    /// Whether nothing of `principal` is other than here but what it holds, and what that says.
    fn is_plain(&self, principal: &Principal, fresh: &Self) -> bool {
        let digest = |estate: &Self, id: &Option<String>| {
            id.as_ref().and_then(|id| estate.documents.get(id)).map(|policy| policy.digest)
        };
        let is_lost = |id: &String| !self.told(id).iter().all(|it| fresh.told(id).contains(it));
        if principal.documents().any(is_lost) {
            return false;
        }
        match self.principal(&principal.id) {
            Some(known) => {
                known.trust == principal.trust
                    && digest(self, &known.trust) == digest(fresh, &principal.trust)
                    && self.running_with(principal) == fresh.running_with(principal)
            }
            None => {
                principal.kind != IdentityKind::Role
                    && self.accounts.contains_key(&principal.account)
            }
        }
    }
}

impl Principal {
    /// The ids of all policies that it holds, its boundary and its trust.
    fn documents(&self) -> impl Iterator<Item = &String> {
        self.policies.iter().chain(&self.boundary).chain(&self.trust)
    }
}
