//! What is concluded from more than one subject, and told as facts of the subjects that it is about.
//!
//! ```text
//! dossiers of one account ──► Realm ──► Privileges of each user and role, Doors to other accounts
//! ```
//!
//! A derived fact is a pure function of what is stored of one realm. It is kept beside what was
//! observed, so the subject that it is about becomes due when it changes; rules read it like any other.
//! Whoever keeps a [`Realm`] can have a change judged at the cost of what it changes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{Fact, IdentityId};

use crate::aws::{Estate, Standing};

/// An account of a cloud, judged as a whole.
#[derive(Debug)]
pub struct Realm {
    account: String,
    ours: BTreeSet<String>,
    standing: Standing,
}

/// What a change made of a realm.
#[derive(Clone, Debug, PartialEq)]
pub enum Derived {
    /// These facts stand in place of those of the same name; all others stay as they are.
    Some(Vec<Fact>),
    /// The change is such that nothing holds any more: the realm is to be made anew.
    Anew,
}

impl Realm {
    /// Judges `account` by all `facts` about it, and about those elsewhere whom its principals could
    /// become. `listed` says of which account which call was answered to the end; `ours` are the
    /// accounts that belong together.
    #[must_use]
    pub fn of<'f>(
        account: &str,
        facts: impl IntoIterator<Item = &'f Fact>,
        listed: impl IntoIterator<Item = (&'f str, &'f str)>,
        ours: BTreeSet<String>,
        as_of: Timestamp,
    ) -> Self {
        let standing = Standing::of(Estate::of(facts, listed, as_of));
        Self { account: account.to_owned(), ours, standing }
    }

    /// Everything that is concluded.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let estate = self.standing.estate();
        let mut facts = self.told(estate.ids_of(&self.account));
        facts.extend(estate.doors(&self.account));
        facts
    }

    /// Puts `facts`, all that is known of the principals `ids`, in place of what was known of them.
    pub fn replace<'f>(
        &mut self,
        ids: &BTreeSet<IdentityId>,
        facts: impl IntoIterator<Item = &'f Fact>,
    ) -> Derived {
        match self.standing.replace(ids, facts) {
            Some(judged) => Derived::Some(self.told(judged.iter().map(String::as_str))),
            None => Derived::Anew,
        }
    }

    /// When time alone may change what is concluded.
    #[must_use]
    pub fn changes_at(&self) -> Option<Timestamp> {
        self.standing.estate().changes_at()
    }

    /// How many users and roles it holds, those of other accounts among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.standing.estate().len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn told<'i>(&'i self, ids: impl IntoIterator<Item = &'i str>) -> Vec<Fact> {
        let own: BTreeSet<&str> =
            self.standing.estate().ids_of(&self.account).into_iter().collect();
        let ids = ids.into_iter().filter(|id| own.contains(id));
        let all = self.standing.privileges(ids, &self.ours);
        all.into_iter().map(|it| Fact::Privileges(Box::new(it))).collect()
    }
}

#[cfg(test)]
mod tests;
