//! One table of a configuration file, read key by key, with every mistake noted.
//!
//! Whoever reads a section takes each key that it knows; what is left at the end is unknown, and a
//! mistake too. So a file is told all its mistakes at once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::SignedDuration;
use toml::{Table, Value};

/// One mistake in a configuration file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Mistake {
    /// From the outside in: `sink.syslog.address`.
    pub key: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Where mistakes are noted.
pub(super) type Mistakes = Rc<RefCell<Vec<Mistake>>>;

/// A table that is being read.
pub(super) struct Section {
    path: String,
    table: Table,
    known: BTreeSet<&'static str>,
    mistakes: Mistakes,
}

impl Section {
    pub(super) fn new(path: &str, table: Table, mistakes: &Mistakes) -> Self {
        Self { path: path.to_owned(), table, known: BTreeSet::new(), mistakes: Rc::clone(mistakes) }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)?.as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong(key, "must be a text in quotes"),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.take(key)?;
        let texts: Option<Vec<String>> = value
            .as_array()
            .and_then(|values| values.iter().map(|it| it.as_str().map(str::to_owned)).collect());
        texts.or_else(|| self.wrong(key, "must be a list of texts, such as `[\"a\", \"b\"]`"))
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let flag = self.take(key)?.as_bool();
        flag.or_else(|| self.wrong(key, "must be `true` or `false`"))
    }

    /// A whole number that is not negative.
    pub(super) fn count(&mut self, key: &'static str) -> Option<u32> {
        let number = self.take(key)?.as_integer();
        number
            .and_then(|number| u32::try_from(number).ok())
            .or_else(|| self.wrong(key, "must be a whole number, at least 0"))
    }

    /// A span: a number and a unit.
    pub(super) fn span(&mut self, key: &'static str) -> Option<SignedDuration> {
        let text = self.text(key)?;
        span(&text).or_else(|| {
            let what =
                format!("`{text}` is no span: write a number with s, m, h or d, as in `90d`");
            self.wrong(key, &what)
        })
    }

    /// A table within this one.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Self> {
        match self.take(key)?.as_table() {
            Some(table) => Some(self.within(key, table.clone())),
            None => self.wrong(key, "must be a table"),
        }
    }

    /// Tables of one name, written `[[name]]`.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let Some(values) = value.as_array() else {
            let what = format!("must be a list of tables, written `[[{}]]`", self.full(key));
            self.note(key, &what);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for value in values {
            match value.as_table() {
                Some(table) => sections.push(self.within(key, table.clone())),
                None => self.note(key, "must hold tables only"),
            }
        }
        sections
    }

    /// Notes a mistake in the value of `key`.
    pub(super) fn note(&self, key: &str, what: &str) {
        let mistake = Mistake { key: self.full(key), what: what.to_owned() };
        self.mistakes.borrow_mut().push(mistake);
    }

    /// The same, in the place of a value.
    pub(super) fn wrong<T>(&self, key: &str, what: &str) -> Option<T> {
        self.note(key, what);
        None
    }

    /// Ends the reading: whatever is left is unknown.
    pub(super) fn finish(self) {
        for key in self.table.keys() {
            let known: Vec<&str> = self.known.iter().copied().collect();
            let what = format!("is not known here; known are {}", known.join(", "));
            self.note(key, &what);
        }
    }

    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.insert(key);
        self.table.remove(key)
    }

    fn within(&self, key: &str, table: Table) -> Self {
        Self::new(&self.full(key), table, &self.mistakes)
    }

    fn full(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// A span such as `90d`, `24h`, `15m`, `30s`; at most a century.
fn span(text: &str) -> Option<SignedDuration> {
    const SECONDS_MAX: i64 = 100 * 366 * 86_400;
    let unit = text.chars().last()?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    let total = i64::from(number).checked_mul(seconds)?;
    (total <= SECONDS_MAX).then(|| SignedDuration::from_secs(total))
}
