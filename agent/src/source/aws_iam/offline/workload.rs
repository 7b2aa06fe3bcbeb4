//! Tells what runs with which role: one scope for each listing and region, in which each thing is
//! told with the role that its print leads to.

use std::collections::{BTreeMap, BTreeSet};

use model::Fact;

use super::body::ListedProfile;
use super::details::Details;
use super::{Teller, Told, close};
use crate::source::ScopeScan;
use crate::source::aws_iam::account::GLOBAL;
use crate::source::aws_iam::facts::workload;
use crate::source::aws_iam::print::{Kind, PRINTS, Parts};
use crate::source::aws_iam::running::{Item, Page, With};

/// One print of a listing, and where it is from.
#[derive(Debug)]
pub(super) struct Listed {
    /// The file.
    pub(super) file: String,
    /// What it is a print of.
    pub(super) kind: Kind,
    /// What it says.
    pub(super) page: Page,
}

/// What leads from a thing to its roles.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// Whether the account's details were read: what they do not show is not there.
    is_whole: bool,
    /// Roles by the ARN of a profile, and by its name.
    profiles: BTreeMap<String, Vec<String>>,
    /// Roles by the ARN of what tasks are made after.
    definitions: BTreeMap<String, Option<String>>,
    /// The ARNs of roles by name.
    roles: BTreeMap<String, String>,
}

impl Ways {
    /// What the prints of an account tell.
    pub(super) fn of(
        details: Result<&Details, &String>,
        profiles: Vec<ListedProfile>,
        listings: &[Listed],
    ) -> Self {
        let mut ways = Self { is_whole: details.is_ok(), ..Self::default() };
        let roles = details.ok().and_then(|details| details.role_detail_list.as_ref());
        for role in roles.into_iter().flatten() {
            let Some(arn) = &role.arn else { continue };
            ways.roles.insert(last_part(arn).to_owned(), arn.clone());
            for profile in role.instance_profile_list.iter().flatten() {
                ways.add_profile(&profile.arn, Some(arn));
            }
        }
        for profile in profiles {
            ways.add_profile(&profile.arn, None);
            for role in &profile.roles {
                ways.add_profile(&profile.arn, Some(&role.arn));
            }
        }
        for listed in listings.iter().filter(|it| it.kind == Kind::EcsDefinition) {
            for arn in &listed.page.described {
                ways.definitions.entry(arn.clone()).or_default();
            }
            for item in listed.page.items.iter().filter(|item| item.part.is_empty()) {
                if let With::Role(role) = &item.with {
                    ways.definitions.insert(item.id.clone(), Some(role.clone()));
                }
            }
        }
        ways
    }

    fn add_profile(&mut self, arn: &str, role: Option<&String>) {
        for key in [arn, last_part(arn)] {
            let roles = self.profiles.entry(key.to_owned()).or_default();
            if let Some(role) = role.filter(|role| !roles.contains(role)) {
                roles.push(role.clone());
            }
        }
    }

    /// The roles that something runs with; or what is missing to know them.
    fn roles(&self, with: &With, teller: &Teller<'_>) -> Result<Vec<String>, String> {
        match with {
            With::Role(role) => Ok(vec![self.role(role, teller)]),
            With::Profile(profile) => {
                let name = format!("/{profile}");
                let fits = |arn: &&String| *arn == profile || arn.ends_with(&name);
                match self.profiles.keys().find(fits).and_then(|arn| self.profiles.get(arn)) {
                    Some(roles) => Ok(roles.clone()),
                    // One that no role names has none.
                    None if self.is_whole => Ok(Vec::new()),
                    None => Err(format!("nothing tells which role `{profile}` leads to")),
                }
            }
            With::Definition(arn) => match self.definitions.get(arn) {
                Some(role) => Ok(role.iter().cloned().collect()),
                None => Err(format!(
                    "no file holds what `{} --task-definition {arn}` prints",
                    Kind::EcsDefinition.command()
                )),
            },
        }
    }

    /// The ARN of a role that may be named only.
    fn role(&self, role: &str, teller: &Teller<'_>) -> String {
        if role.starts_with("arn:") {
            return role.to_owned();
        }
        let account = &teller.account;
        let known = self.roles.get(last_part(role)).cloned();
        known
            .unwrap_or_else(|| format!("arn:{}:iam::{}:role/{role}", account.partition, account.id))
    }
}

/// `arn:aws:iam::123456789012:role/team/ci` is called `ci`.
fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// What was printed of one listing in one region.
#[derive(Debug, Default)]
struct Region<'a> {
    items: Vec<&'a Item>,
    described: BTreeSet<&'a str>,
    named: BTreeSet<&'a str>,
    /// Whether there is a last page.
    ends: bool,
}

/// Tells all listings of an account.
pub(super) async fn tell(teller: &Teller<'_>, ways: &Ways, listings: &[Listed]) {
    let mut calls: Vec<String> = Vec::new();
    for print in PRINTS {
        let call = print.call.to_string();
        let is_listing = listings.iter().any(|it| it.kind == print.kind)
            || (print.kind.is_of_workloads() && teller.trouble(print.kind).is_some());
        if is_listing && !calls.contains(&call) {
            calls.push(call);
            tell_call(teller, ways, print.kind, listings).await;
        }
    }
}

/// Tells one listing, region by region.
async fn tell_call(teller: &Teller<'_>, ways: &Ways, kind: Kind, listings: &[Listed]) {
    let call = kind.print().call;
    let is_mine = |kind: Kind| kind.print().call == call;
    let mut regions: BTreeMap<String, Region<'_>> = BTreeMap::new();
    for listed in listings.iter().filter(|it| is_mine(it.kind)) {
        let of_file = region_of_name(&listed.file).unwrap_or_else(|| GLOBAL.to_owned());
        let page = &listed.page;
        let region_of = |id: &str| region_of_arn(id).unwrap_or_else(|| of_file.clone());
        let mut told: BTreeSet<String> = BTreeSet::new();
        let items: BTreeSet<&str> = page.items.iter().map(|item| item.id.as_str()).collect();
        for item in &page.items {
            let region = item.region.clone().unwrap_or_else(|| region_of(&item.id));
            regions.entry(region.clone()).or_default().items.push(item);
            told.insert(region);
        }
        for id in &page.described {
            if !items.contains(id.as_str()) {
                regions.entry(region_of(id)).or_default().described.insert(id);
                told.insert(region_of(id));
            }
        }
        for id in &page.named {
            regions.entry(region_of(id)).or_default().named.insert(id);
            told.insert(region_of(id));
        }
        if told.is_empty() {
            told.insert(of_file);
        }
        for region in told {
            regions.entry(region).or_default().ends |= !page.goes_on;
        }
    }
    if regions.is_empty() {
        regions.insert(GLOBAL.to_owned(), Region::default());
    }
    for (name, region) in regions {
        let scan = teller.out.open(teller.account.scope(&name, &call)).await;
        let items = tell_items(teller, ways, &scan, (call.service, &name), &region.items).await;
        let told = region.check(teller, kind).and(items);
        close(scan, told).await;
    }
}

/// Tells what of a service is in a region, as far as it is known with which role it runs.
async fn tell_items(
    teller: &Teller<'_>,
    ways: &Ways,
    scan: &ScopeScan<'_>,
    (service, region): (&str, &str),
    items: &[&Item],
) -> Told {
    let mut told = Ok(());
    for item in items {
        let roles = match ways.roles(&item.with, teller) {
            Ok(roles) => roles,
            Err(what) => {
                told = told.and(Err(what));
                continue;
            }
        };
        let id = format!("{}{}", arn_of(teller, service, region, &item.id), item.part);
        let several = roles.len() > 1;
        for (number, role) in roles.iter().enumerate() {
            // A profile has one role at most, but nothing in a file keeps it from more.
            let id = if several { format!("{id}#{number}") } else { id.clone() };
            scan.saw(Fact::Workload(workload(&id, item.kind, role))).await;
        }
    }
    told
}

impl Region<'_> {
    /// Whether all of the listing is there.
    fn check(&self, teller: &Teller<'_>, kind: Kind) -> Told {
        let call = kind.print().call;
        for print in PRINTS.iter().filter(|print| print.call == call) {
            teller.check(print.kind, false)?;
        }
        let rest = |id: &str| id.splitn(6, ':').nth(5).map(ToOwned::to_owned);
        let mut described: BTreeSet<String> = BTreeSet::new();
        for id in self.items.iter().map(|item| item.id.as_str()).chain(self.described.clone()) {
            described.insert(id.to_owned());
            described.extend(rest(id));
        }
        if let Some(id) = self.named.iter().find(|id| !described.contains(**id)) {
            let each = PRINTS.iter().find(|it| it.call == call && it.parts == Parts::Each);
            let command = each.map_or(kind, |print| print.kind).command();
            return Err(format!("no file holds what `{command}` prints for `{id}`"));
        }
        if !self.ends {
            return Err("more was to follow, but the last page is missing".to_owned());
        }
        Ok(())
    }
}

/// The whole ARN of a thing whose print shows the last part of it only.
fn arn_of(teller: &Teller<'_>, service: &str, region: &str, id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let region = if region == GLOBAL { "" } else { region };
    let account = &teller.account;
    format!("arn:{}:{service}:{region}:{}:{id}", account.partition, account.id)
}

fn region_of_arn(id: &str) -> Option<String> {
    let mut parts = id.split(':');
    let is_arn = parts.next() == Some("arn");
    parts.nth(2).filter(|region| is_arn && !region.is_empty()).map(ToOwned::to_owned)
}

/// A region in a file's name: letters, a direction, a digit, as in `123456789012-eu-west-1.json`.
fn region_of_name(name: &str) -> Option<String> {
    const DIRECTIONS: &[&str] = &[
        "central",
        "east",
        "north",
        "northeast",
        "northwest",
        "south",
        "southeast",
        "southwest",
        "west",
    ];
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for window in words.windows(3) {
        let [area, direction, number] = window else { continue };
        let is_number = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_area = area.len() == 2 && area.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_area && DIRECTIONS.contains(direction) && is_number {
            return Some(window.join("-"));
        }
    }
    None
}

#[cfg(test)]
mod tests;
