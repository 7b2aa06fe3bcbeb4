//! Leads from what runs to its roles, and tells what runs with each.
//!
//! ```text
//! a function, a project ... ──► its role
//! a machine, a template     ──► its profile ──► the role of that
//! a task, a service         ──► what it is made after ──► the role of that
//! ```
//!
//! INVARIANT: where a way is not known, nothing is told and the listing is not whole.

use std::collections::BTreeMap;

use model::{Fact, WorkloadKind};
use serde::{Deserialize, Serialize};

use super::account::{Account, GLOBAL};
use super::call::Call;
use super::facts::{tell, workload};
use super::print::Kind;
use super::running::{Item, Page, With};
use crate::source::ScopeScan;

/// What leads from a thing to its roles.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// Whether all roles are known with their profiles: what they do not show is not there.
    pub(super) is_whole: bool,
    /// Roles by the ARN of a profile, and by its name.
    profiles: BTreeMap<String, Vec<String>>,
    /// Roles by the ARN of what tasks are made after.
    definitions: BTreeMap<String, Option<String>>,
    /// The ARNs of roles by name.
    roles: BTreeMap<String, String>,
}

/// What a virtual machine takes to get at roles.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Profile {
    /// Its ARN, which ends in its name.
    pub(super) arn: String,
    /// One at most.
    #[serde(default)]
    pub(super) roles: Vec<ProfileRole>,
}

/// A role of an instance profile.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProfileRole {
    /// Its ARN.
    pub(super) arn: String,
}

/// Where a listing is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The account.
    pub(super) account: &'a Account,
    /// The listing.
    pub(super) call: &'a Call,
    /// The region, or [`GLOBAL`].
    pub(super) region: &'a str,
}

impl Ways {
    /// Learns of a role, and of the profiles that lead to it.
    pub(super) fn add_role<'a>(&mut self, arn: &str, profiles: impl IntoIterator<Item = &'a str>) {
        self.roles.insert(last_part(arn).to_owned(), arn.to_owned());
        for profile in profiles {
            self.add_way(profile, Some(arn));
        }
    }

    /// Learns of a profile, and of the roles that it leads to.
    pub(super) fn add_profile(&mut self, profile: &Profile) {
        self.add_way(&profile.arn, None);
        for role in &profile.roles {
            self.add_way(&profile.arn, Some(&role.arn));
        }
    }

    /// Learns what tasks are made after.
    pub(super) fn add_definitions(&mut self, page: &Page) {
        for arn in &page.described {
            self.definitions.entry(arn.clone()).or_default();
        }
        for item in page.items.iter().filter(|item| item.part.is_empty()) {
            if let With::Role(role) = &item.with {
                self.definitions.insert(item.id.clone(), Some(role.clone()));
            }
        }
    }

    fn add_way(&mut self, profile: &str, role: Option<&str>) {
        for key in [profile, last_part(profile)] {
            let roles = self.profiles.entry(key.to_owned()).or_default();
            if let Some(role) = role.filter(|role| !roles.iter().any(|it| it == role)) {
                roles.push(role.to_owned());
            }
        }
    }

    /// The roles that something runs with; or what is missing to know them.
    fn roles(&self, with: &With, account: &Account) -> Result<Vec<String>, String> {
        match with {
            With::Role(role) => Ok(vec![self.role(role, account)]),
            With::Profile(profile) => {
                match self.profiles.get(profile) {
                    Some(roles) => Ok(roles.clone()),
                    // One that no role names has none.
                    None if self.is_whole => Ok(Vec::new()),
                    None => Err(format!("nothing tells which role `{profile}` leads to")),
                }
            }
            With::Definition(arn) => match self.definitions.get(arn) {
                Some(role) => Ok(role.iter().cloned().collect()),
                None => Err(format!(
                    "what `{} --task-definition {arn}` tells is missing",
                    Kind::EcsDefinition.command()
                )),
            },
        }
    }

    /// The ARN of a role that may be named only.
    fn role(&self, role: &str, account: &Account) -> String {
        if role.starts_with("arn:") {
            return role.to_owned();
        }
        let known = self.roles.get(last_part(role)).cloned();
        known
            .unwrap_or_else(|| format!("arn:{}:iam::{}:role/{role}", account.partition, account.id))
    }

    /// Tells what of a listing is in a place, as far as it is known with which role it runs.
    ///
    /// # Errors
    ///
    /// With what is missing to tell all of it.
    pub(super) async fn tell(
        &self,
        scan: &ScopeScan<'_>,
        place: Place<'_>,
        items: &[&Item],
    ) -> Result<(), String> {
        let mut told = Ok(());
        for item in items {
            let roles = match self.roles(&item.with, place.account) {
                Ok(roles) => roles,
                Err(what) => {
                    told = told.and(Err(what));
                    continue;
                }
            };
            let id = format!("{}{}", place.arn_of(&item.id), item.part);
            let several = roles.len() > 1;
            for (number, role) in roles.iter().enumerate() {
                // A profile has one role at most, but nothing in an answer keeps it from more.
                let id = if several { format!("{id}#{number}") } else { id.clone() };
                scan.saw(Fact::Workload(workload(&id, item.kind, role))).await;
            }
        }
        told
    }
}

impl Profile {
    /// That whoever runs with it runs with its role.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let fact = |role: &ProfileRole| {
            let mut fact = workload(&self.arn, WorkloadKind::InstanceProfile, &role.arn);
            tell(&mut fact.details, "name", Some(last_part(&self.arn)));
            Fact::Workload(fact)
        };
        self.roles.iter().map(fact).collect()
    }
}

impl Place<'_> {
    /// The whole ARN of a thing whose answer shows the last part of it only.
    fn arn_of(&self, id: &str) -> String {
        if id.starts_with("arn:") {
            return id.to_owned();
        }
        let region = if self.region == GLOBAL { "" } else { self.region };
        let Account { partition, id: account } = self.account;
        format!("arn:{partition}:{}:{region}:{account}:{id}", self.call.service)
    }
}

/// `arn:aws:iam::123456789012:role/team/ci` is called `ci`.
fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
