//! What is known of a request before it is made: the keys that conditions and variables look at.

use std::collections::BTreeMap;

/// What is known of one key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Known {
    /// The request has it, with these values.
    Is(Vec<String>),
    /// The request does not have it.
    Absent,
    /// Whoever asks can have it so or so: where from, when, with which second factor, with which tags.
    Free,
}

impl Known {
    /// One value.
    pub(super) fn is(value: impl Into<String>) -> Self {
        Self::Is(vec![value.into()])
    }
}

/// All that is known. Names of keys are in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Context {
    keys: BTreeMap<String, Known>,
    /// Keys of which nothing but these is there: tags of a principal that is known.
    closed: Vec<String>,
    /// Whether the time is that of one request, and not the present with all that follows.
    is_settled: bool,
}

/// Keys that every request has.
const ALWAYS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:sourceip",
    "aws:userid",
];

/// Whether every request has the key of that name, in lower case.
pub(super) fn is_always(key: &str) -> bool {
    ALWAYS.contains(&key)
}

/// Keys that a request has only if a service makes it on somebody's behalf, or if an outsider signs in.
const ABSENT: &[&str] = &[
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:federatedprovider",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

impl Context {
    /// Says what is known of `key`.
    pub(super) fn set(&mut self, key: &str, known: Known) {
        self.keys.insert(key.to_lowercase(), known);
    }

    /// The same, on the way.
    pub(super) fn with(mut self, key: &str, known: Known) -> Self {
        self.set(key, known);
        self
    }

    /// All keys that begin with `prefix` are known: others are not there.
    pub(super) fn close(&mut self, prefix: &str) {
        self.closed.push(prefix.to_lowercase());
    }

    /// Whoever asks can have all keys that begin with `prefix` so or so.
    pub(super) fn open(&mut self, prefix: &str) {
        let prefix = prefix.to_lowercase();
        self.closed.retain(|closed| *closed != prefix);
        self.keys.retain(|key, _| !key.starts_with(&prefix));
    }

    /// From here on it is one request.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Whether it is one request.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// What is known of `key`, in whatever case.
    pub(super) fn get(&self, key: &str) -> &Known {
        let key = key.to_lowercase();
        if let Some(known) = self.keys.get(&key) {
            return known;
        }
        let is_absent = ABSENT.contains(&key.as_str())
            || self.closed.iter().any(|prefix| key.starts_with(prefix.as_str()));
        if is_absent { &Known::Absent } else { &Known::Free }
    }
}
