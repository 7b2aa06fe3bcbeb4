//! Which realms may be other than they were, and by whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use model::{Door, IdentityId, SubjectId};
use tokio::sync::Notify;

/// BOUND: principals of one account that are told one by one; a change of more is one of the account.
const EACH_MAX: usize = 64;

/// Accounts, each with those in it that changed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Touched {
    pub(super) accounts: BTreeMap<String, Part>,
    /// Whether all accounts there are may be other than they were.
    pub(super) everything: bool,
}

/// What changed of an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// These principals.
    Principals(BTreeSet<IdentityId>),
    /// More than that.
    Whole,
}

impl Touched {
    /// All accounts there are.
    #[must_use]
    pub fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// Whether nothing was touched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && !self.everything
    }

    /// Whatever these may touch.
    pub(crate) fn of(subjects: &[SubjectId]) -> Self {
        let mut touched = Self::default();
        for subject in subjects {
            touched.note(subject);
        }
        touched
    }

    fn note(&mut self, subject: &SubjectId) {
        let SubjectId::Identity(id) = subject else { return };
        if id.as_str() == Door::ANYONE {
            self.everything = true;
        } else if let Some((account, name)) = principal(id.as_str()) {
            // What the root holds bounds the account, or lets it in elsewhere.
            let part = if name == "root" {
                Part::Whole
            } else {
                Part::Principals(BTreeSet::from([id.clone()]))
            };
            self.part(account.to_owned(), part);
        }
    }

    /// All of `account` may be other than it was.
    pub(super) fn whole(&mut self, account: String) {
        self.part(account, Part::Whole);
    }

    /// Adds what another one noted.
    pub fn add(&mut self, other: Self) {
        self.everything |= other.everything;
        for (account, part) in other.accounts {
            self.part(account, part);
        }
    }

    fn part(&mut self, account: String, part: Part) {
        let known = self.accounts.entry(account).or_insert(Part::Principals(BTreeSet::new()));
        match (&mut *known, part) {
            (Part::Whole, _) => {}
            (_, Part::Whole) => *known = Part::Whole,
            (Part::Principals(ids), Part::Principals(more)) => {
                ids.extend(more);
                if ids.len() > EACH_MAX {
                    *known = Part::Whole;
                }
            }
        }
    }
}

/// The account and the name in the ARN of an IAM principal.
fn principal(arn: &str) -> Option<(&str, &str)> {
    let mut fields = arn.strip_prefix("arn:aws")?.splitn(5, ':');
    let (_partition, service, _region) = (fields.next()?, fields.next()?, fields.next()?);
    let (account, name) = (fields.next()?, fields.next()?);
    (service == "iam" && !account.is_empty()).then_some((account, name))
}

/// What the examiner notes and the deriver takes.
#[derive(Clone, Debug, Default)]
pub struct TouchedNow {
    noted: Arc<Mutex<Touched>>,
    news: Arc<Notify>,
}

impl TouchedNow {
    /// Adds to what is noted.
    pub fn add(&self, touched: Touched) {
        if !touched.is_empty() {
            self.noted.lock().unwrap_or_else(PoisonError::into_inner).add(touched);
            self.news.notify_one();
        }
    }

    /// Takes all that is noted.
    pub(crate) fn take(&self) -> Touched {
        std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until something is noted.
    pub(super) async fn noted(&self) {
        self.news.notified().await;
    }
}
