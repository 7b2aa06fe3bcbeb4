//! Reads what the provider's command line printed, in place of asking the provider: no credentials,
//! no network. From the pages on, the same code tells the same facts in the same scopes.
//!
//! ```text
//! folder   files ──► answers, by what is in them; troubles, by name
//! account  answers ──► accounts, by the ARNs in them
//! scopes   per account ──► complete   all of the listing is there
//!                      ──► abandoned  a file of it cannot be read, or is needed and missing
//!                      ──► not opened optional, and nobody printed it
//! ```
//!
//! INVARIANT: what is missing is never told as "none".

use std::collections::BTreeMap;
use std::path::Path;

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::AccessKeyMetadata;
use model::{Fact, ScopeId};

use self::body::{Body, Ended, ListedKey, Profiles, Report};
use self::details::Details;
use self::folder::{Answer, Folder};
use self::usage::Used;
use self::workload::Listed;
use super::KIND;
use super::account::{Account, GLOBAL};
use super::print::{Kind, PRINTS, Parts, Print};
use super::report::{KeyIds, KeySlot};
use super::running::Page;
use super::usage::Principals;
use super::ways::Ways;
use super::{View, authorization, call, facts, keys, report};
use crate::clock::Clock;
use crate::source::{Emitter, ScanError, ScopeScan};

mod body;
mod details;
mod folder;
mod organisation;
mod record;
mod top;
mod usage;
mod workload;

pub(super) use self::folder::Trouble;
pub(super) use self::organisation::{Organisation, Part, read as read_part};
pub(super) use self::record::{RecordedDetails, Recorder};

/// Why uses are not whole, whatever was printed of them.
const UNKNOWN_WHOM: &str = "the account's details, which tell whom to ask about, are missing";

/// The listing that says whether each region was looked into.
const REGIONS: &str = "ec2:DescribeRegions";

/// Why a listing is not whole whose pages all say that more follow.
const LAST_PAGE_MISSING: &str = "more was to follow, but the last page is missing";

/// What a listing came to: told to its end, or why not.
type Told = Result<(), String>;

/// Tells what the files at `from` say, as a scan would, and how many of them say something.
///
/// # Errors
///
/// If there is no file, or none that tells of an account.
pub(super) async fn scan(from: &Path, clock: &Clock, out: &Emitter) -> Result<u64, ScanError> {
    let unreadable = |source| ScanError::Unreadable { path: from.to_owned(), source };
    let path = from.to_owned();
    let folder = tokio::task::spawn_blocking(move || folder::read(&path))
        .await
        .map_err(|error| unreadable(error.into()))?
        .map_err(|error| unreadable(error.into()))?;
    let files = u64::try_from(folder.answers.len()).unwrap_or(u64::MAX);
    let mut folder = folder;
    let mut organisation = organisation_of(&mut folder);
    let (accounts, troubles) = by_account(folder);
    if accounts.is_empty() {
        let what = troubles.first().map_or_else(
            || "there is no print of `aws iam get-account-authorization-details`".to_owned(),
            |trouble| format!("`{}`: {}", trouble.file, trouble.what),
        );
        return Err(unreadable(what.into()));
    }
    if let Some(organisation) = &mut organisation {
        let accounts: Vec<Account> = accounts.values().map(|it| it.account.clone()).collect();
        organisation.settle(&accounts);
        organisation.tell(out, &accounts, &troubles).await;
    }
    let bounds = organisation.as_ref().map(|it| it.scopes(&troubles)).unwrap_or_default();
    let is_only = accounts.len() == 1;
    for (_, found) in accounts {
        let mine = |trouble: &&Trouble| {
            is_only || trouble.account.as_ref().is_none_or(|id| *id == found.account.id)
        };
        let troubles = troubles.iter().filter(mine).cloned().collect();
        let (account, bounds) = (found.account, bounds.clone());
        // What is in the prints is all that there is.
        let everywhere = ScopeId(format!("{KIND}/{}/{GLOBAL}/{REGIONS}", account.id));
        out.open(everywhere).await.complete().await;
        Teller { clock, out, account, bounds, troubles }.tell(found.answers).await;
    }
    Ok(files)
}

/// What was printed of one account.
#[derive(Debug)]
struct Found {
    account: Account,
    answers: Vec<Answer>,
}

/// Takes out what is about an organisation: it is of all accounts, and of none.
fn organisation_of(folder: &mut Folder) -> Option<Organisation> {
    let mut parts = Vec::new();
    let mut answers = Vec::new();
    for answer in std::mem::take(&mut folder.answers) {
        if let Body::Organisation(part) = answer.body {
            parts.push(part);
        } else {
            answers.push(answer);
        }
    }
    folder.answers = answers;
    Organisation::of(parts)
}

/// Sorts the answers by account, by its number. One that does not say its account is of the only one.
fn by_account(folder: Folder) -> (BTreeMap<String, Found>, Vec<Trouble>) {
    let Folder { answers, mut troubles } = folder;
    let mut accounts: BTreeMap<String, Found> = BTreeMap::new();
    let mut homeless = Vec::new();
    for answer in answers {
        let Some(account) = answer.account.clone() else {
            homeless.push(answer);
            continue;
        };
        let found = Found { account: account.clone(), answers: Vec::new() };
        let found = accounts.entry(account.id).or_insert(found);
        // A name knows no partition; whatever does counts.
        if found.account.partition == "aws" {
            found.account.partition = account.partition;
        }
        found.answers.push(answer);
    }
    let is_only = accounts.len() == 1;
    for answer in homeless {
        if let Some(only) = accounts.values_mut().next().filter(|_| is_only) {
            only.answers.push(answer);
            continue;
        }
        let what = "nothing tells which account it is of; let its name begin with the account's \
                    twelve digits";
        tracing::warn!(path = answer.file, error = what, "print not read");
        let Answer { file, kind, .. } = answer;
        troubles.push(Trouble { file, kind: Some(kind), account: None, what: what.to_owned() });
    }
    (accounts, troubles)
}

/// Tells of one account.
#[derive(Debug)]
struct Teller<'a> {
    clock: &'a Clock,
    out: &'a Emitter,
    account: Account,
    /// The scopes that tell what bounds it from outside, if anybody printed that.
    bounds: Vec<ScopeId>,
    /// The files that cannot be read and may be of this account.
    troubles: Vec<Trouble>,
}

/// The prints of one account, sorted by call.
#[derive(Debug, Default)]
struct Prints {
    details: Vec<Details>,
    reports: Vec<Report>,
    keys: Vec<ListedKey>,
    has_keys: bool,
    profiles: Vec<Profiles>,
    used: Vec<(String, Used)>,
    listings: Vec<Listed>,
}

impl Prints {
    fn of(answers: Vec<Answer>) -> Self {
        let mut prints = Self::default();
        for answer in answers {
            match answer.body {
                Body::Details(details) => prints.details.push(*details),
                Body::Report(report) => prints.reports.push(report),
                Body::Caller(_) | Body::Organisation(_) => {}
                Body::AccessKeys(keys) => {
                    prints.has_keys = true;
                    prints.keys.extend(keys);
                }
                Body::Profiles(profiles) => prints.profiles.push(profiles),
                Body::Usage(used) => prints.used.push((answer.file, used)),
                Body::Ended(ended) => prints.listings.extend(listed_in(&answer.file, &ended)),
                Body::Listing(page) => {
                    prints.listings.push(Listed { file: answer.file, kind: answer.kind, page });
                }
            }
        }
        prints
    }
}

/// The listings that were recorded to their end, as pages on which nothing stands.
fn listed_in(file: &str, ended: &Ended) -> Vec<Listed> {
    let mut listed = Vec::new();
    for call in &ended.calls {
        let is_it =
            |print: &&Print| print.call.to_string() == *call && print.kind.is_of_workloads();
        if let Some(print) = PRINTS.iter().find(is_it) {
            let page = Page { region: Some(ended.region.clone()), ..Page::default() };
            listed.push(Listed { file: file.to_owned(), kind: print.kind, page });
        }
    }
    listed
}

impl Teller<'_> {
    async fn tell(&self, answers: Vec<Answer>) {
        let prints = Prints::of(answers);
        let details = self.details_of(prints.details);
        let rows = self.report_of(prints.reports);
        let (mut ways, mut principals) = (Ways::default(), Principals::default());

        let scan = self.open(call::GET_CALLER_IDENTITY).await;
        scan.saw(Fact::Identity(facts::root(&self.account))).await;
        scan.complete().await;

        let has_keys = prints.has_keys || self.trouble(Kind::AccessKeys).is_some();
        let ids = if has_keys { KeyIds::Listed } else { KeyIds::Untold };
        let scan = self.open_identities(call::GET_REPORT).await;
        if let Ok(report) = &rows {
            let generated_at = report.generated_at;
            report::tell_rows(&self.account, &scan, &report.rows, generated_at, ids).await;
        }
        close(scan, rows.as_ref().map(drop).map_err(Clone::clone)).await;
        if has_keys {
            let scan = self.open(call::LIST_ACCESS_KEYS).await;
            let told = self.tell_keys(&scan, rows, prints.keys).await;
            close(scan, told).await;
        }

        let scan = self.open_identities(call::AUTHORIZATION_DETAILS).await;
        // What is there is told, and that it is not all.
        let told = match details {
            Ok((details, missing)) => {
                let told = self.tell_details(&scan, details, &mut ways, &mut principals).await;
                ways.is_whole = told.is_ok() && missing.is_none();
                told.and(missing.map_or(Ok(()), Err))
            }
            Err(why) => Err(why),
        };
        close(scan, told).await;
        self.tell_profiles(&prints.profiles, &mut ways).await;
        if !prints.used.is_empty() || self.trouble(Kind::Usage).is_some() {
            let scan = self.open(call::GET_USAGE).await;
            let now = self.clock.now();
            let told = usage::tell(&scan, &prints.used, &principals, now).await;
            let whole = if ways.is_whole { Ok(()) } else { Err(UNKNOWN_WHOM.to_owned()) };
            close(scan, self.check(Kind::Usage, false).and(whole).and(told)).await;
        }
        for listed in prints.listings.iter().filter(|it| it.kind == Kind::EcsDefinition) {
            ways.add_definitions(&listed.page);
        }
        workload::tell(self, &ways, &prints.listings).await;
    }

    fn view(&self) -> View<'_> {
        View { account: &self.account, clock: self.clock }
    }

    /// The instance profiles, if anybody printed them.
    async fn tell_profiles(&self, pages: &[Profiles], ways: &mut Ways) {
        if pages.is_empty() && self.trouble(Kind::InstanceProfiles).is_none() {
            return;
        }
        let scan = self.open(call::LIST_INSTANCE_PROFILES).await;
        for page in pages {
            for profile in &page.instance_profiles {
                ways.add_profile(profile);
                for fact in profile.facts() {
                    scan.saw(fact).await;
                }
            }
        }
        let ends = pages.iter().any(|page| page.next_token.is_none());
        let told = if ends { Ok(()) } else { Err(LAST_PAGE_MISSING.to_owned()) };
        close(scan, self.check(Kind::InstanceProfiles, pages.is_empty()).and(told)).await;
    }

    async fn tell_details(
        &self,
        scan: &ScopeScan<'_>,
        details: Details,
        ways: &mut Ways,
        principals: &mut Principals,
    ) -> Told {
        let page = GetAccountAuthorizationDetailsOutput::from(details);
        principals.note(&page);
        let mut teller = authorization::Teller::new(self.view(), scan, ways);
        teller.tell(page).await.map_err(|error| error.to_string())
    }

    /// The access keys of the users that have some by the report.
    async fn tell_keys(
        &self,
        scan: &ScopeScan<'_>,
        report: Result<Report, String>,
        listed: Vec<ListedKey>,
    ) -> Told {
        let command = Kind::AccessKeys.command();
        let report = report.map_err(|why| format!("whose keys there are is not known: {why}"))?;
        let mut by_user: BTreeMap<String, Vec<ListedKey>> = BTreeMap::new();
        for key in listed {
            let keys = by_user.entry(key.user_name.clone()).or_default();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut missing = None;
        for row in report.rows.iter().filter(|row| row.is_user()) {
            let slots: Vec<KeySlot> = row.key_slots().into_iter().map(|(_, slot)| slot).collect();
            let keys = by_user.remove(&row.user).unwrap_or_default();
            if keys.is_empty() && !slots.is_empty() {
                missing = missing.or(Some(&row.user));
            }
            let keys: Vec<AccessKeyMetadata> = keys.into_iter().map(Into::into).collect();
            keys::tell(scan, row, &keys, &slots).await.map_err(|error| error.to_string())?;
        }
        self.check(Kind::AccessKeys, false)?;
        match missing {
            Some(user) => Err(format!("no file holds what `{command} --user-name {user}` prints")),
            None => Ok(()),
        }
    }

    /// The details of the account from all their pages.
    fn details_of(&self, pages: Vec<Details>) -> Result<(Details, Option<String>), String> {
        self.check(Kind::Details, pages.is_empty())?;
        let command = Kind::Details.command();
        let (details, missing) = Details::whole(pages)
            .map_err(|what| format!("what `{command}` printed contradicts itself: {what}"))?;
        let missing = missing.map(|what| format!("what `{command}` printed is not all: {what}"));
        Ok((details, missing))
    }

    /// The one report of the account.
    fn report_of(&self, mut reports: Vec<Report>) -> Result<Report, String> {
        self.check(Kind::Report, reports.is_empty())?;
        reports.dedup();
        match (reports.pop(), reports.is_empty()) {
            (Some(report), true) => Ok(report),
            _ => Err("there are several credential reports; keep the newest".to_owned()),
        }
    }

    /// Whether nothing stands in the way of telling what needs the print of a call.
    fn check(&self, kind: Kind, is_missing: bool) -> Told {
        let unknown = || self.troubles.iter().find(|trouble| trouble.kind.is_none());
        let parts = kind.print().parts;
        let trouble = self.trouble(kind);
        // Where each thing has a print of its own, any that cannot be read may be one of them.
        if let Some(trouble) = trouble.or_else(|| unknown().filter(|_| parts == Parts::Each)) {
            return Err(format!("`{}`: {}", trouble.file, trouble.what));
        }
        if is_missing {
            return Err(format!("no file holds what `{}` prints", kind.command()));
        }
        Ok(())
    }

    /// The first file that was to tell this and cannot be read.
    fn trouble(&self, kind: Kind) -> Option<&Trouble> {
        self.troubles.iter().find(|trouble| trouble.kind == Some(kind))
    }

    async fn open(&self, call: &call::Call) -> ScopeScan<'_> {
        self.out.open(self.account.scope(GLOBAL, call)).await
    }

    /// Opens a scope with identities, whose rights the details tell, and what bounds them.
    async fn open_identities(&self, call: &call::Call) -> ScopeScan<'_> {
        let rights: ScopeId = self.account.scope(GLOBAL, call::AUTHORIZATION_DETAILS);
        let rights = [rights].into_iter().chain(self.bounds.clone()).collect();
        self.out.open_with_rights(self.account.scope(GLOBAL, call), rights).await
    }
}

/// Ends a scope as its listing ended.
async fn close(scan: ScopeScan<'_>, told: Told) {
    match told {
        Ok(()) => scan.complete().await,
        Err(why) => scan.abandon(why).await,
    }
}

/// Reads the content of a file of that name, as far as a scan would before it tells; whether it is a
/// print.
pub(super) fn is_print(file: &str, content: &[u8]) -> bool {
    let mut folder = Folder::default();
    folder.take(file.to_owned(), content);
    let is_print = !folder.answers.is_empty();
    let _organisation = organisation_of(&mut folder);
    for answer in folder.answers {
        if let Body::Details(details) = answer.body
            && let Ok((whole, _)) = Details::whole(vec![*details])
        {
            let _page = GetAccountAuthorizationDetailsOutput::from(whole);
        }
    }
    is_print
}

/// A few words of a text that somebody else wrote, for a message.
fn short(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(60).collect()
}

#[cfg(test)]
mod tests;
