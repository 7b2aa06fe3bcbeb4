//! What somebody wrote down: who answers for which identities, and who there is to answer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{DeclarationId, Declarations, OwnerId};

/// All declarations and the directory of people and teams, as last read without error.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Owners {
    /// In the order of their ids.
    pub declarations: Declarations,
    /// By id, `person:ada`.
    pub people: BTreeMap<OwnerId, Person>,
    /// By id, `team:payments`.
    pub teams: BTreeMap<OwnerId, Team>,
}

/// "These answer for whatever the selector matches."
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Declaration {
    /// Its name.
    pub id: DeclarationId,
    /// The file, relative to the folder of declarations.
    pub file: String,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// When it was first read, by the collector's clock.
    pub first_read_at: Timestamp,
    /// What it is about.
    pub selector: Selector,
    /// Who answers for the purpose.
    pub business: Vec<OwnerId>,
    /// Who answers for operation.
    pub technical: Vec<OwnerId>,
    /// Who answers for rotation and retirement.
    pub lifecycle: Vec<OwnerId>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The service that it belongs to.
    pub service: Option<String>,
    /// `production`, `test`, ...
    pub environment: Option<String>,
    /// When it should no longer exist.
    pub expires_at: Option<Timestamp>,
    /// How to revoke it, for whoever must do it at night.
    pub revocation: Option<String>,
}

/// Which identities a declaration is about: those that meet every condition given. At least one
/// condition is given; the loader sees to it.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Selector {
    /// The identity's or credential's id.
    pub id: Option<Pattern>,
    /// The kind of source, such as `aws_iam`.
    pub source: Option<String>,
    /// The kind of identity, such as `role`, or `unclaimed`.
    pub kind: Option<String>,
    /// The account or host.
    pub realm: Option<Pattern>,
    /// A tag or label, and what it must say.
    pub labels: BTreeMap<String, Pattern>,
    /// The path within the realm; for an unclaimed credential, the path of any of its placements.
    pub path: Option<Pattern>,
    /// The namespace, where the source has such a thing.
    pub namespace: Option<Pattern>,
}

/// A text in which `*` stands for any characters, none included, and all else for itself.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Pattern(pub String);

impl Pattern {
    /// Whether `text` is of this form.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(first) = parts.next() else { return false };
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let mut parts: Vec<&str> = parts.collect();
        let Some(last) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    /// Whether it matches one text alone.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.0.contains('*')
    }

    /// How many characters stand for themselves.
    #[must_use]
    pub fn literal_len(&self) -> usize {
        self.0.chars().filter(|c| *c != '*').count()
    }
}

/// A person of the organisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// As shown.
    pub name: String,
    /// Whether they are still there.
    pub standing: Standing,
}

/// Whether a person is still there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// They are.
    Active,
    /// They left, perhaps it is known when.
    Left(Option<Timestamp>),
}

/// A team of the organisation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Team {
    /// As shown.
    pub name: String,
    /// The people in it.
    pub members: BTreeSet<OwnerId>,
}

/// One mistake in the files of the operator, and where it is.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct OwnersProblem {
    /// The file, relative to its folder.
    pub file: String,
    /// From 1; 0 for the file as a whole.
    pub line: u32,
    /// What is wrong, with the offending word in backticks.
    pub what: String,
    /// What to do.
    pub hint: String,
}
