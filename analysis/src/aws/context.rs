//! What is known of a request before it is made: the keys that conditions and variables look at.

use std::collections::BTreeMap;

use super::decide::Asker;

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

/// What is known of whoever asks. Names of keys are in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    keys: BTreeMap<String, Known>,
    /// Beginnings of keys of which nothing but these is there: tags of a principal that is known.
    closed: Vec<String>,
}

/// What is known of one request: nothing of it is looked up before a condition asks.
#[derive(Clone, Debug)]
pub(super) struct Context<'a> {
    asker: &'a Asker<'a>,
    resource: &'a str,
    /// Said of this request alone.
    said: Vec<(&'a str, Known)>,
    /// Whether the time is that of one request, and not the present with all that follows.
    is_settled: bool,
    /// Whether it is asked whether tags may be changed, which no change of tags decides.
    is_about_tags: bool,
}

/// Keys that every request has. Not the address: what comes through an endpoint of a private network has
/// none.
const ALWAYS: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:requestedregion",
    "aws:securetransport",
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

impl Keys {
    /// Says what is known of `key`.
    pub(super) fn set(&mut self, key: &str, known: Known) {
        self.keys.insert(key.to_lowercase(), known);
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

    fn get(&self, key: &str) -> Known {
        if let Some(known) = self.keys.get(key) {
            return known.clone();
        }
        let is_absent = ABSENT.contains(&key)
            || self.closed.iter().any(|prefix| key.starts_with(prefix.as_str()));
        if is_absent { Known::Absent } else { Known::Free }
    }
}

impl<'a> Context<'a> {
    /// A request of `asker` about `resource`.
    pub(super) fn of(asker: &'a Asker<'a>, resource: &'a str) -> Self {
        let (is_settled, is_about_tags) = (false, false);
        Self { asker, resource, said: Vec::new(), is_settled, is_about_tags }
    }

    /// The same, with more known. `key` is in lower case.
    pub(super) fn with(mut self, key: &'a str, known: Known) -> Self {
        self.set(key, known);
        self
    }

    /// Says what is known of `key`, in lower case.
    pub(super) fn set(&mut self, key: &'a str, known: Known) {
        self.said.retain(|(said, _)| *said != key);
        self.said.push((key, known));
    }

    /// From here on it is one request.
    pub(super) fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Whether it is one request.
    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// It asks whether tags may be changed.
    pub(super) fn about_tags(mut self) -> Self {
        self.is_about_tags = true;
        self
    }

    /// What is known of `key`, in lower case.
    pub(super) fn get(&self, key: &str) -> Known {
        if let Some((_, known)) = self.said.iter().find(|(said, _)| *said == key) {
            return known.clone();
        }
        self.of_resource(key).unwrap_or_else(|| self.asker.keys.get(key))
    }

    /// What is known by the resource.
    fn of_resource(&self, key: &str) -> Option<Known> {
        if key == "aws:resourceaccount" {
            let account = self.resource.split(':').nth(4).filter(|account| !account.is_empty());
            return account.map(Known::is);
        }
        let tag =
            key.strip_prefix("aws:resourcetag/").or_else(|| key.strip_prefix("iam:resourcetag/"));
        if tag.is_none() && key != "iam:permissionsboundary" {
            return None;
        }
        let target = self.asker.estate.principal(self.resource)?;
        let Some(tag) = tag else {
            return Some(target.boundary.as_deref().map_or(Known::Absent, Known::is));
        };
        if !self.is_about_tags && self.asker.may_tag(self.resource) {
            return Some(Known::Free);
        }
        let value = target.labels.iter().find(|(key, _)| key.to_lowercase() == tag);
        Some(value.map_or(Known::Absent, |(_, value)| Known::is(value.as_str())))
    }
}
