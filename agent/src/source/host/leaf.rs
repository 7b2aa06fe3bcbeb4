//! What JSON and plain YAML have in common: values, each at the end of a path of names, all borrowed
//! from the file. No value is copied until it is [decoded](Leaf::decode) into a [`Secret`].

use std::collections::BTreeMap;

use super::text;
use crate::secret::Secret;

mod json;
mod yaml;

// BOUND: a large cache of tokens has some thousand values; each takes about 200 bytes here.
const LEAVES_MAX: usize = 20_000;
// BOUND: no file of credentials is deeper than ten.
const DEPTH_MAX: usize = 32;

/// One value of a document.
#[derive(Clone, Debug)]
pub struct Leaf<'a> {
    /// How to get to it.
    path: Vec<Step<'a>>,
    value: Value<'a>,
}

/// A step of a path.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Step<'a> {
    /// As written, escapes and all.
    Name(&'a [u8]),
    /// From 0.
    Index(usize),
}

/// A value as written.
#[derive(Clone, Copy)]
enum Value<'a> {
    /// Between quotes, with `\` before what needs it.
    Escaped(&'a [u8]),
    /// As it is.
    Plain(&'a [u8]),
}

/// The values of a document in JSON, or, if it is none, in the plain form of YAML that tools write.
/// `None` if it is neither, or too large.
#[must_use]
pub fn leaves(bytes: &[u8]) -> Option<Vec<Leaf<'_>>> {
    let start = bytes.trim_ascii_start().first()?;
    if matches!(start, b'{' | b'[') { json::leaves(bytes) } else { yaml::leaves(bytes) }
}

impl<'a> Leaf<'a> {
    /// Whether its path ends with these names.
    pub(super) fn ends_with(&self, names: &[&str]) -> bool {
        let tail = self.path.iter().rev().zip(names.iter().rev());
        self.path.len() >= names.len() && tail.into_iter().all(|(step, name)| step.is(name))
    }

    /// Whether its path begins with this name.
    pub(super) fn begins_with(&self, name: &str) -> bool {
        self.path.first().is_some_and(|step| step.is(name))
    }

    /// The path without its last `count` steps.
    pub(super) fn above(&self, count: usize) -> &[Step<'a>] {
        self.path.get(..self.path.len().saturating_sub(count)).unwrap_or_default()
    }

    /// The last name of the path.
    pub(super) fn name(&self) -> &[u8] {
        match self.path.last() {
            Some(Step::Name(name)) => name,
            Some(Step::Index(_)) | None => b"",
        }
    }

    /// The value; `None` if its escapes make no sense.
    pub(super) fn decode(&self) -> Option<Secret> {
        match self.value {
            Value::Plain(text) => Secret::collect(text.len(), text.iter().copied().map(Some)),
            Value::Escaped(text) => Secret::collect(text.len(), json::Unescape::new(text)),
        }
    }

    /// The value, if it may be told.
    pub(super) fn public(&self) -> Option<String> {
        text::public(self.decode()?.as_bytes())
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        let (Value::Escaped(text) | Value::Plain(text)) = self.value;
        text.is_empty()
    }
}

/// The values of a document by where they stand, so that what stands beside one is found at once.
pub(super) struct Places<'l, 'a>(BTreeMap<Place<'l, 'a>, &'l Leaf<'a>>);

/// The path above a value, and its name.
type Place<'l, 'a> = (&'l [Step<'a>], &'l [u8]);

impl<'l, 'a> Places<'l, 'a> {
    /// Of several values in one place the first counts.
    pub(super) fn of(leaves: &'l [Leaf<'a>]) -> Self {
        let mut places = BTreeMap::new();
        for leaf in leaves {
            places.entry((leaf.above(1), leaf.name())).or_insert(leaf);
        }
        Self(places)
    }

    /// The value of that name below `above`, if it may be told.
    pub(super) fn public(&self, above: &[Step<'_>], name: &str) -> Option<String> {
        self.0.get(&(above, name.as_bytes())).and_then(|leaf| leaf.public())
    }
}

impl Step<'_> {
    pub(super) fn is(self, name: &str) -> bool {
        self == Step::Name(name.as_bytes())
    }

    /// For people to read; a name that may not be told is left out.
    pub(super) fn public(self) -> String {
        match self {
            Self::Name(name) => text::public(name).unwrap_or_default(),
            Self::Index(index) => index.to_string(),
        }
    }
}

/// Says nothing of the value.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value(..)")
    }
}

/// Says nothing of the name, which may be a token by mistake.
impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Step(..)")
    }
}

#[cfg(test)]
mod tests;
