//! Tells what runs with which role: one scope for each listing and region, in which each thing is
//! told with the role that its print leads to.

use std::collections::{BTreeMap, BTreeSet};

use super::{LAST_PAGE_MISSING, Teller, Told, close};
use crate::source::aws_iam::account::GLOBAL;
use crate::source::aws_iam::print::{Kind, PRINTS, Parts};
use crate::source::aws_iam::running::{Item, Page};
use crate::source::aws_iam::ways::{Place, Ways};

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

/// What was printed of one listing in one region.
#[derive(Debug, Default)]
struct Region<'a> {
    items: Vec<&'a Item>,
    described: BTreeSet<&'a str>,
    named: BTreeSet<&'a str>,
    /// Whether there is a last page.
    ends: bool,
    /// What could not be described.
    failed: Option<&'a str>,
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
        let page = &listed.page;
        let told = page.region.clone().or_else(|| region_of_name(&listed.file));
        let of_file = told.unwrap_or_else(|| GLOBAL.to_owned());
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
            let region = regions.entry(region).or_default();
            region.ends |= page.next.is_none();
            region.failed = region.failed.or(page.failed.as_deref());
        }
    }
    if regions.is_empty() {
        regions.insert(GLOBAL.to_owned(), Region::default());
    }
    for (name, region) in regions {
        let scan = teller.out.open(teller.account.scope(&name, &call)).await;
        let place = Place { account: &teller.account, call: &call, region: &name };
        let items = ways.tell(&scan, place, &region.items).await;
        let told = region.check(teller, kind).and(items);
        close(scan, told).await;
    }
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
        if let Some(what) = self.failed {
            return Err(what.to_owned());
        }
        if !self.ends {
            return Err(LAST_PAGE_MISSING.to_owned());
        }
        Ok(())
    }
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
    let is_lower = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase());
    for len in [4, 3] {
        for window in words.windows(len) {
            // Between area and direction may stand what sort of region it is, as in us-gov-west-1.
            let [area, sort @ .., direction, number] = window else { continue };
            let is_number = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
            let is_area = area.len() == 2 && is_lower(area);
            let is_sort = sort.iter().all(|sort| is_lower(sort));
            if is_area && is_sort && DIRECTIONS.contains(direction) && is_number {
                return Some(window.join("-"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
