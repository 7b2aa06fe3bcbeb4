//! How often a provider is asked: one budget of API calls for each account of a provider.
//!
//! A source hands every call to [`CallBudget::call`] and says of each failure whether asking again
//! makes sense; when and how often is decided here and nowhere else.
//!
//! ```text
//! calls/s   limit ────────┐                 ┌──────────── never above the operator's limit
//!                         └── halved ──/────┘ recovers by a part with every answer
//!                             when the provider says "too many"; all callers wait for its Retry-After
//! ```

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::{Instant, sleep, sleep_until};

/// How much an operator allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CallLimits {
    /// Calls a second, on average over [`CallBudget::BURST_MAX`] calls.
    pub calls_per_second_max: NonZeroU32,
    /// How often one call is tried that the provider puts off ("too many requests").
    pub throttled_attempts_max: NonZeroU32,
    /// How often one call is tried that fails for a reason that may pass: a cut connection, a 500.
    pub failed_attempts_max: NonZeroU32,
    /// The shortest wait before the second attempt; doubled for every further one.
    pub backoff_min: Duration,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            // BOUND: what an account's own tools still get by beside us; the providers keep their
            // limits to themselves.
            calls_per_second_max: NonZeroU32::MIN.saturating_add(19),
            // BOUND: with doubling waits about two minutes of "too many" for one call.
            throttled_attempts_max: NonZeroU32::MIN.saturating_add(7),
            // BOUND: a fault that three attempts meet is not about to pass.
            failed_attempts_max: NonZeroU32::MIN.saturating_add(2),
            backoff_min: Duration::from_millis(500),
        }
    }
}

/// Whether asking again makes sense after a failed attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Again {
    /// It does not: the answer would be the same.
    Never,
    /// The provider wants fewer calls, and perhaps says for how long.
    Throttled {
        /// No call before this much time has passed.
        after: Option<Duration>,
    },
    /// It may have been an accident.
    Perhaps,
}

/// The budget of calls to one account of a provider, shared by all that ask it.
#[derive(Debug)]
pub struct CallBudget {
    limits: CallLimits,
    pace: Mutex<Pace>,
    calls: AtomicU64,
    random: SystemRandom,
}

/// The budgets of all accounts that this process asks: two sources that look into one account spend
/// one budget, since the provider counts the calls of both.
#[derive(Debug, Default)]
pub struct Budgets(Mutex<BTreeMap<String, Arc<CallBudget>>>);

impl Budgets {
    /// The budget of `account`, such as `aws:123456789012`. If several ask for it, the lowest number
    /// of calls a second holds for all; what else is allowed was said by the first.
    #[must_use]
    pub fn of(&self, account: &str, limits: CallLimits) -> Arc<CallBudget> {
        // BOUND: one budget for each account that is looked into.
        let mut budgets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(CallBudget::new(limits));
        let budget = Arc::clone(budgets.entry(account.to_owned()).or_insert_with(new));
        budget.lower(&limits);
        budget
    }
}

/// When the next call may be made.
#[derive(Debug)]
struct Pace {
    /// Between two calls, on average.
    interval: Duration,
    /// Between two calls, if the provider never complains: the operator's limit.
    interval_min: Duration,
    /// When the next turn is due by the average alone; it may be a burst ahead of the clock.
    next_at: Option<Instant>,
    /// Nobody calls before this.
    closed_until: Option<Instant>,
    /// When it was slowed down last.
    slowed_at: Option<Instant>,
}

impl CallBudget {
    /// How many calls may be made at once after a quiet time: enough for the first page of every
    /// listing, too few to be noticed.
    pub const BURST_MAX: u32 = 10;

    /// The longest pause between two calls, however often the provider complains.
    pub const INTERVAL_MAX: Duration = Duration::from_secs(10);

    /// The longest wait before another attempt that we choose ourselves.
    pub const BACKOFF_MAX: Duration = Duration::from_secs(30);

    /// The longest wait that a provider may ask for; asked for more, the call is given up, and the
    /// next scan tries again.
    pub const AFTER_MAX: Duration = Duration::from_mins(5);

    /// A budget at its limit, with a full burst.
    #[must_use]
    pub fn new(limits: CallLimits) -> Self {
        let pace = Pace {
            interval: interval_min(&limits),
            interval_min: interval_min(&limits),
            next_at: None,
            closed_until: None,
            slowed_at: None,
        };
        Self {
            limits,
            pace: Mutex::new(pace),
            calls: AtomicU64::new(0),
            random: SystemRandom::new(),
        }
    }

    /// Makes one call: waits for its turn, and tries again as often as the limits and the answers
    /// allow.
    ///
    /// # Errors
    ///
    /// What the last attempt said.
    pub async fn call<T, E, F, A>(&self, mut attempt: A) -> Result<T, E>
    where
        A: FnMut() -> F,
        F: Future<Output = Result<T, (Again, E)>>,
    {
        let mut throttled: u32 = 0;
        let mut failed: u32 = 0;
        loop {
            let began_at = self.turn().await;
            let (again, error) = match attempt().await {
                Ok(answer) => {
                    self.recover();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let wait = match again {
                Again::Never => return Err(error),
                Again::Throttled { after } => {
                    let after = after.unwrap_or_default();
                    self.slow_down(began_at, after.min(Self::AFTER_MAX));
                    throttled = throttled.saturating_add(1);
                    let too_often = throttled >= self.limits.throttled_attempts_max.get();
                    if too_often || after > Self::AFTER_MAX {
                        return Err(error);
                    }
                    self.backoff(throttled).max(after)
                }
                Again::Perhaps => {
                    failed = failed.saturating_add(1);
                    if failed >= self.limits.failed_attempts_max.get() {
                        return Err(error);
                    }
                    self.backoff(failed)
                }
            };
            sleep(wait).await;
        }
    }

    /// Counts a call that was made before it was known whose account it spends.
    pub fn made_before(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let _passed = self.pace().take(Instant::now());
    }

    /// Holds no less than `limits` do, from now on.
    fn lower(&self, limits: &CallLimits) {
        let mut pace = self.pace();
        pace.interval_min = pace.interval_min.max(interval_min(limits));
        pace.interval = pace.interval.max(pace.interval_min);
    }

    /// How many attempts were made so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Waits until a call may be made, and takes that turn.
    async fn turn(&self) -> Instant {
        let at = self.pace().take(Instant::now());
        sleep_until(at).await;
        // "Too many" may have come meanwhile: it holds for everyone who has not called yet.
        loop {
            let closed_until = self.pace().closed_until;
            match closed_until {
                Some(until) if until > Instant::now() => sleep_until(until).await,
                _ => break,
            }
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        Instant::now()
    }

    /// The provider complained about a call that began then.
    fn slow_down(&self, began_at: Instant, after: Duration) {
        let now = Instant::now();
        let mut pace = self.pace();
        // Several calls under way complain about one and the same pace: it is halved once.
        if pace.slowed_at.is_none_or(|slowed_at| began_at > slowed_at) {
            pace.interval = pace.interval.saturating_mul(2).min(Self::INTERVAL_MAX);
            pace.slowed_at = Some(now);
        }
        if let Some(until) = now.checked_add(after) {
            pace.closed_until = pace.closed_until.max(Some(until));
        }
    }

    /// The provider answered: a little faster again.
    fn recover(&self) {
        let mut pace = self.pace();
        // About 22 answers make good for one halving.
        let part = pace.interval.checked_div(32).unwrap_or_default();
        let faster = pace.interval.saturating_sub(part);
        pace.interval = faster.max(pace.interval_min);
    }

    /// The wait before attempt `failed` + 1: doubling, and jittered by half so that callers part.
    fn backoff(&self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(16);
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let whole = self.limits.backoff_min.saturating_mul(factor).min(Self::BACKOFF_MAX);
        let mut byte = [0; 1];
        // Without randomness the wait is the longest one.
        let part = self.random.fill(&mut byte).map_or(u8::MAX, |()| byte[0]);
        let half = whole.checked_div(2).unwrap_or_default();
        let step = half.checked_div(u32::from(u8::MAX)).unwrap_or_default();
        half.saturating_add(step.saturating_mul(u32::from(part)))
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // A pace has no state in between that a panic could leave behind.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace {
    /// When the caller may call, which is taken from then on.
    fn take(&mut self, now: Instant) -> Instant {
        let ahead = self.interval.saturating_mul(CallBudget::BURST_MAX.saturating_sub(1));
        let full = now.checked_sub(ahead).unwrap_or(now);
        let due = self.next_at.map_or(full, |next_at| next_at.max(full));
        self.next_at = due.checked_add(self.interval);
        due.max(now)
    }
}

fn interval_min(limits: &CallLimits) -> Duration {
    Duration::from_secs(1).checked_div(limits.calls_per_second_max.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
