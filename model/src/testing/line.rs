//! One line of the estate notation: words, then `key=value` attributes, each to be taken once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::day;
use crate::{End, OwnerId, Pattern, Use};

/// A line whose words and attributes have not been taken yet.
pub(super) struct Line<'a> {
    text: &'a str,
    pub(super) depth: usize,
    words: std::vec::IntoIter<String>,
    attributes: BTreeMap<String, String>,
}

impl<'a> Line<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let depth = text.len().saturating_sub(text.trim_start().len());
        let mut words = Vec::new();
        let mut attributes = BTreeMap::new();
        for token in tokens(text.trim()) {
            match token.split_once('=') {
                Some((key, value)) if is_key(key) => {
                    let before = attributes.insert(key.to_owned(), value.to_owned());
                    assert!(before.is_none(), "`{key}` twice in fixture line `{text}`");
                }
                _ => words.push(token),
            }
        }
        Self { text, depth, words: words.into_iter(), attributes }
    }

    pub(super) fn word(&mut self) -> String {
        self.words.next().unwrap_or_else(|| panic!("too few words in fixture line `{}`", self.text))
    }

    /// Whether the next word is `word`, which is then taken.
    pub(super) fn flag(&mut self, word: &str) -> bool {
        let rest: Vec<String> = self.words.by_ref().collect();
        let found = rest.iter().any(|it| it == word);
        let kept: Vec<String> = rest.into_iter().filter(|it| it != word).collect();
        self.words = kept.into_iter();
        found
    }

    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        self.attributes.remove(key)
    }

    pub(super) fn parse<T>(&mut self, key: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.take(key)?;
        let value = read(&text);
        Some(value.unwrap_or_else(|| panic!("`{key}={text}` in fixture line `{}`", self.text)))
    }

    pub(super) fn moment(&mut self, key: &str) -> Option<Timestamp> {
        self.take(key).map(|text| day(&text))
    }

    pub(super) fn span(&mut self, key: &str) -> Option<SignedDuration> {
        self.parse(key, |text| text.strip_suffix('h')?.parse().ok().map(SignedDuration::from_hours))
    }

    pub(super) fn truth(&mut self, key: &str) -> Option<bool> {
        self.parse(key, |text| text.parse().ok())
    }

    pub(super) fn used(&mut self) -> Use {
        match self.take("used").as_deref() {
            None | Some("unknown") => Use::Unknown,
            Some("never") => Use::Never,
            Some(date) => match date.strip_prefix("before:") {
                Some(date) => Use::NotSince(day(date)),
                None => Use::At(day(date)),
            },
        }
    }

    pub(super) fn ends(&mut self) -> End {
        match self.take("ends").as_deref() {
            None | Some("unknown") => End::Unknown,
            Some("never") => End::Never,
            Some(date) => End::At(day(date)),
        }
    }

    pub(super) fn pattern(&mut self, key: &str) -> Option<Pattern> {
        self.take(key).map(Pattern)
    }

    pub(super) fn list<T: From<String>>(&mut self, key: &str) -> Vec<T> {
        let text = self.take(key).unwrap_or_default();
        text.split(',').filter(|it| !it.is_empty()).map(|it| it.to_owned().into()).collect()
    }

    pub(super) fn owners(&mut self, key: &str) -> Vec<OwnerId> {
        self.list(key)
    }

    /// All attributes whose keys start with `prefix`, without it.
    pub(super) fn with_prefix(&mut self, prefix: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (key, value) in std::mem::take(&mut self.attributes) {
            match key.strip_prefix(prefix) {
                Some(rest) => found.insert(rest.to_owned(), value),
                None => self.attributes.insert(key, value),
            };
        }
        found
    }

    /// All must have been taken: what is left over is a mistake of the fixture.
    pub(super) fn end(mut self) {
        let word = self.words.next();
        assert!(word.is_none(), "`{word:?}` left over in fixture line `{}`", self.text);
        let attributes = self.attributes;
        assert!(attributes.is_empty(), "{attributes:?} left over in fixture line `{}`", self.text);
    }
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && (text.starts_with("label.")
            || text.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.'))
}

/// Words at blanks, except within `"`, which are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => tokens.push(std::mem::take(&mut token)),
            c => token.push(c),
        }
    }
    assert!(!quoted, "a quote is never closed in fixture line `{text}`");
    tokens.push(token);
    tokens.retain(|token| !token.is_empty());
    tokens
}
