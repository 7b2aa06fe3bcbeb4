//! Which services each user and role made use of, as far back as the provider remembers: asked on a
//! slow schedule, since it costs two calls or more for each of them.
//!
//! ```text
//! due   never asked ──► those with the most policies that allow `*` first, then by name
//!       asked longer ago than `usage_age_days_max` ──► the same, the oldest answers first
//! ask   as many as are left of the hour's calls: generate for some, then fetch what was made
//! tell  all answers that are remembered, every time
//! ```
//!
//! INVARIANT: the scope is complete only if there is an answer for everybody, so that nothing that
//! is known gets lost while others are yet to be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;
use aws_sdk_iam::types::JobStatusType;
use jiff::{SignedDuration, Timestamp};
use model::{Fact, Usage, Use};

use super::Look;
use super::account::timestamp;
use super::api::CallError;
use super::authorization::kept_since;
use super::call::{GENERATE_USAGE, GET_USAGE};
use super::pages::Pages;
use crate::source::ScopeScan;

pub(super) use self::principal::Principals;

mod principal;

/// How often the provider is asked whether a job is done. BOUND: with a second between looks ten
/// seconds; most are done at once.
const LOOKS_MAX: u32 = 10;

/// How many jobs are begun before the first is fetched: they are made meanwhile.
const BEGUN_MAX: usize = 50;

/// How much of the budget uses may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsageLimits {
    /// Calls for an account and an hour; with none, nobody is asked.
    pub(super) calls_per_hour_max: u32,
    /// How old an answer may grow.
    pub(super) age_max: SignedDuration,
}

/// What was answered of one principal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Answered {
    /// When.
    pub(super) at: Timestamp,
    /// By the prefix of their actions.
    pub(super) services: BTreeMap<String, Use>,
}

/// All answers, by account and principal. BOUND: one for each principal of the accounts that are
/// looked into, with some tens of services in it.
#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<BTreeMap<String, OfAccount>>);

/// What is remembered of one account.
#[derive(Debug, Default)]
struct OfAccount {
    answers: BTreeMap<String, Answered>,
    /// When the hour began, and the calls made since.
    hour: Option<(Timestamp, u64)>,
}

/// Asks whom it is time to ask, and tells all that is known.
///
/// # Errors
///
/// With why that is not everything.
pub(super) async fn list(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    principals: &Principals,
) -> Result<(), String> {
    let (account, uses) = (look.account.id.as_str(), look.uses);
    let ranked = principals.ranked();
    let due = uses.due(account, &ranked, look.usage, look.clock.now());
    let mut hour = Hour::begin(look);
    let mut gone = BTreeSet::new();
    let mut end = Ok(());
    for some in due.chunks(BEGUN_MAX) {
        end = ask(look, some, &mut gone, &mut hour).await;
        if end.is_err() || hour.left() < 2 {
            break;
        }
    }
    hour.end();
    let known = uses.held().get(account).map(|of| of.answers.clone()).unwrap_or_default();
    for (arn, answered) in &known {
        scan.saw(fact(arn, &answered.services)).await;
    }
    end.map_err(|error| error.to_string())?;
    let all = ranked.len().saturating_sub(gone.len());
    if known.len() < all {
        return Err(format!("{} of {all} principals asked so far", known.len()));
    }
    match &look.recorder {
        Some(recorder) => recorder.usage(&known).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}

/// What somebody made use of.
pub(super) fn fact(arn: &str, services: &BTreeMap<String, Use>) -> Fact {
    Fact::Usage(Usage { identity: arn.into(), services: services.clone() })
}

/// The use of a service of which the provider told that last moment, or none, at `asked_at`. It looks
/// back 400 days; the beginning of that is told by the month, so that it is not another one with every
/// answer.
pub(super) fn use_of(last: Option<Timestamp>, asked_at: Timestamp) -> Use {
    match last {
        Some(at) => Use::At(at),
        None => kept_since(asked_at).map_or(Use::Unknown, Use::NotSince),
    }
}

/// Asks for some principals, as long as there are calls left.
async fn ask(
    look: &Look<'_>,
    some: &[String],
    gone: &mut BTreeSet<String>,
    hour: &mut Hour<'_>,
) -> Result<(), CallError> {
    let mut jobs = Vec::new();
    for arn in some {
        // Whoever begins a job needs a call to fetch it.
        if hour.left() < jobs.len().saturating_add(2) {
            break;
        }
        let iam = &look.api.iam;
        let answer = look
            .api
            .ask(GENERATE_USAGE, || iam.generate_service_last_accessed_details().arn(arn).send())
            .await;
        let job = match answer {
            Err(error) if error.is("NoSuchEntity") => {
                gone.insert(arn.clone());
                continue;
            }
            answer => answer?.job_id,
        };
        let what = || CallError::odd(GENERATE_USAGE, "the answer names no job");
        jobs.push((arn, job.ok_or_else(what)?));
    }
    for (arn, job) in jobs {
        if let Some(answered) = fetch(look, &job, hour).await? {
            look.uses.remember(&look.account.id, arn, answered);
        }
    }
    Ok(())
}

/// What a job came to; nothing if there are no calls left to wait for it.
async fn fetch(
    look: &Look<'_>,
    job: &str,
    hour: &mut Hour<'_>,
) -> Result<Option<Answered>, CallError> {
    let at = look.clock.now();
    let mut answered = Answered { at, services: BTreeMap::new() };
    let mut pages = Pages::of(GET_USAGE);
    let mut looks: u32 = 0;
    while hour.left() > 0 {
        let iam = &look.api.iam;
        let ask = || {
            let ask = iam.get_service_last_accessed_details().job_id(job).max_items(1000);
            ask.set_marker(pages.marker()).send()
        };
        let page = look.api.ask(GET_USAGE, ask).await?;
        if page.job_status == JobStatusType::InProgress {
            looks = looks.saturating_add(1);
            if looks >= LOOKS_MAX {
                return Err(CallError::odd(GET_USAGE, "the answer is still being made"));
            }
            tokio::time::sleep(look.report_wait).await;
            continue;
        }
        if page.job_status != JobStatusType::Completed {
            let what = page.error.map(|error| error.message).unwrap_or_default();
            return Err(CallError::odd(GET_USAGE, format!("the answer was not made: {what}")));
        }
        let more = pages.turn(page.is_truncated, page.marker())?;
        take(&mut answered, page);
        if !more {
            return Ok(Some(answered));
        }
    }
    Ok(None)
}

fn take(answered: &mut Answered, page: GetServiceLastAccessedDetailsOutput) {
    for service in page.services_last_accessed {
        let last = service.last_authenticated.as_ref().and_then(timestamp);
        answered.services.insert(service.service_namespace, use_of(last, answered.at));
    }
}

impl Uses {
    /// Whom it is time to ask, those first who come first. Answers of others than `ranked` are
    /// forgotten: they are gone.
    fn due(
        &self,
        account: &str,
        ranked: &[(String, usize)],
        limits: UsageLimits,
        now: Timestamp,
    ) -> Vec<String> {
        let mut held = self.held();
        let answers = &mut held.entry(account.to_owned()).or_default().answers;
        let there: BTreeSet<&str> = ranked.iter().map(|(arn, _)| arn.as_str()).collect();
        answers.retain(|arn, _| there.contains(arn.as_str()));
        let (mut never, mut old) = (Vec::new(), Vec::new());
        for (arn, wide) in ranked {
            match answers.get(arn) {
                None => never.push(arn.clone()),
                Some(answered) if now.duration_since(answered.at) >= limits.age_max => {
                    old.push((std::cmp::Reverse(*wide), answered.at, arn.clone()));
                }
                Some(_) => {}
            }
        }
        old.sort();
        never.extend(old.into_iter().map(|(_, _, arn)| arn));
        never
    }

    fn remember(&self, account: &str, arn: &str, answered: Answered) {
        let mut held = self.held();
        held.entry(account.to_owned()).or_default().answers.insert(arn.to_owned(), answered);
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, OfAccount>> {
        // Nothing in it is ever half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The calls of an hour, of which those of this scan are a part.
struct Hour<'a> {
    look: &'a Look<'a>,
    began_at: Timestamp,
    /// Calls of this hour in earlier scans.
    before: u64,
    /// Calls of this scan for other things.
    others: u64,
}

impl<'a> Hour<'a> {
    fn begin(look: &'a Look<'a>) -> Self {
        let now = look.clock.now();
        let mut held = look.uses.held();
        let of = held.entry(look.account.id.clone()).or_default();
        let is_on =
            |began_at: Timestamp| now.duration_since(began_at) < SignedDuration::from_hours(1);
        let (began_at, before) =
            of.hour.filter(|(began_at, _)| is_on(*began_at)).unwrap_or((now, 0));
        Self { look, began_at, before, others: look.api.calls() }
    }

    fn spent(&self) -> u64 {
        self.before.saturating_add(self.look.api.calls().saturating_sub(self.others))
    }

    /// How many calls may still be made.
    fn left(&self) -> usize {
        let left = u64::from(self.look.usage.calls_per_hour_max).saturating_sub(self.spent());
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Remembers what was spent.
    fn end(self) {
        let spent = self.spent();
        let mut held = self.look.uses.held();
        held.entry(self.look.account.id.clone()).or_default().hour = Some((self.began_at, spent));
    }
}

#[cfg(test)]
mod tests;
