//! A second, slow judge of one fully known request, written from the words of the IAM User Guide alone,
//! for the product's own answers to be held against.
//!
//! It shares no line with what it judges, and prefers what is plainly right to what is quick. Where the
//! guide leaves two readings open, both are there as a [`Reading`]. It knows no trust and no policies
//! of resources.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "it is a test, and is to be read beside the guide"
)]

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

/// Condition keys in lower case, each with one value or several; a key that is not there is not in the
/// request.
pub(super) type Keys = BTreeMap<String, Vec<String>>;

/// One request, with everything that can be asked about it.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) keys: Keys,
}

/// Everything that applies to one principal, as documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    /// Inline and managed ones, its own and those of its groups.
    pub(super) identity: Vec<Value>,
    pub(super) boundary: Option<Value>,
    /// Service control policies: of the root of the organisation, of each unit, of the account.
    pub(super) levels: Vec<Vec<Value>>,
}

/// What a variable without a value does. "Might cause the entire statement to be invalid", says the
/// guide, and elsewhere that "any attempt to match it fails".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reading {
    /// The value that it stands in matches nothing; the others of its list may.
    MatchesNothing,
    /// The statement is as if it were not there.
    Invalidates,
}

/// A variable has no value.
struct Unresolved;

/// "Determining whether a request is allowed or denied within an account."
pub(super) fn allows(policies: &Policies, request: &Request, reading: Reading) -> bool {
    let says = |document: &Value, effect| says(document, effect, request, reading);
    let any = |documents: &[Value], effect| documents.iter().any(|it| says(it, effect));
    let boundary = policies.boundary.as_slice();

    let is_denied = any(&policies.identity, "Deny")
        || any(boundary, "Deny")
        || policies.levels.iter().any(|level| any(level, "Deny"));
    if is_denied {
        return false;
    }
    if !policies.levels.iter().all(|level| any(level, "Allow")) {
        return false;
    }
    if policies.boundary.is_some() && !any(boundary, "Allow") {
        return false;
    }
    any(&policies.identity, "Allow")
}

fn says(document: &Value, effect: &str, request: &Request, reading: Reading) -> bool {
    let has_variables = document.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    let matching = Matching { request, has_variables, reading };
    list(&document["Statement"])
        .iter()
        .filter(|statement| statement["Effect"] == *effect)
        .any(|statement| matching.statement(statement).unwrap_or(false))
}

/// One value, or a list of them.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// A value as the policy language reads it: `true` and `"true"`, `5` and `"5"` are the same.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

struct Matching<'r> {
    request: &'r Request,
    has_variables: bool,
    reading: Reading,
}

impl Matching<'_> {
    fn statement(&self, statement: &Value) -> Result<bool, Unresolved> {
        let action = |name| list(&statement[name]).iter().any(|it| self.action(&text(it)));
        let actions = match statement.get("Action") {
            Some(_) => action("Action"),
            None => !action("NotAction"),
        };
        let resources = match statement.get("Resource") {
            Some(_) => self.resources(&statement["Resource"])?,
            None => !self.resources(&statement["NotResource"])?,
        };
        let mut conditions = true;
        for (operator, tests) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, values) in tests.as_object().into_iter().flatten() {
                conditions &= self.condition(operator, key, list(values))?;
            }
        }
        Ok(actions && resources && conditions)
    }

    /// "The prefix and the action name are case insensitive."
    fn action(&self, pattern: &str) -> bool {
        let glyphs: Vec<Glyph> = pattern.to_lowercase().chars().map(Glyph::wild).collect();
        globs(&glyphs, &characters(&self.request.action.to_lowercase()))
    }

    fn resources(&self, patterns: &Value) -> Result<bool, Unresolved> {
        let mut is_any = false;
        for pattern in list(patterns) {
            if let Some(glyphs) = self.settled(self.glyphs(&text(pattern), true))? {
                is_any |= resource(&glyphs, &self.request.resource);
            }
        }
        Ok(is_any)
    }

    /// What a variable without a value does, as the reading says.
    fn settled<T>(&self, read: Result<T, Unresolved>) -> Result<Option<T>, Unresolved> {
        match (read, self.reading) {
            (Ok(it), _) => Ok(Some(it)),
            (Err(Unresolved), Reading::MatchesNothing) => Ok(None),
            (Err(Unresolved), Reading::Invalidates) => Err(Unresolved),
        }
    }

    /// Puts the values of variables in: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for
    /// the characters themselves. What comes out of a variable is no wildcard.
    fn glyphs(&self, text: &str, are_wild: bool) -> Result<Vec<Glyph>, Unresolved> {
        let plain = |c| if are_wild { Glyph::wild(c) } else { Glyph::Just(c) };
        let mut glyphs = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let inside = rest.strip_prefix("${").and_then(|it| it.split_once('}'));
            match inside {
                Some((name, after)) if self.has_variables => {
                    glyphs.extend(self.variable(name)?.chars().map(Glyph::Just));
                    rest = after;
                }
                _ => {
                    glyphs.push(plain(c));
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        Ok(glyphs)
    }

    fn variable(&self, inside: &str) -> Result<String, Unresolved> {
        if ["*", "?", "$"].contains(&inside) {
            return Ok(inside.to_owned());
        }
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => (key, Some(default.trim().trim_matches('\''))),
            None => (inside, None),
        };
        // "You can't use a multivalued condition key as a variable."
        match (self.request.keys.get(&key.trim().to_lowercase()).map(Vec::as_slice), default) {
            (Some([value]), _) => Ok(value.clone()),
            (_, Some(default)) => Ok(default.to_owned()),
            (_, None) => Err(Unresolved),
        }
    }

    /// One operator on one key: the values of the policy are alternatives, and of a negated operator
    /// none of them may match.
    fn condition(&self, operator: &str, key: &str, values: &[Value]) -> Result<bool, Unresolved> {
        let asked = self.request.keys.get(&key.to_lowercase());
        if operator == "Null" {
            return Ok(values.iter().any(|it| (text(it) == "true") == asked.is_none()));
        }
        let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
        let (operator, if_exists) = match operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        let (operator, is_negated) = positive(operator);
        let asked = match asked {
            Some(asked) => asked.clone(),
            None if if_exists => return Ok(true),
            None => Vec::new(),
        };
        let mut holds = Vec::new();
        for value in &asked {
            let mut is_any = false;
            for wanted in values {
                let matched = self.settled(self.compares(operator, &text(wanted), value))?;
                is_any |= matched.unwrap_or(false);
            }
            holds.push(is_any != is_negated);
        }
        Ok(match (set, holds.as_slice()) {
            ("ForAllValues", holds) => holds.iter().all(|it| *it),
            ("ForAnyValue", holds) => holds.iter().any(|it| *it),
            // "The right key is not present, the condition is true."
            (_, []) => is_negated,
            (_, [one]) => *one,
            _ => panic!("`{key}` has several values, and `{operator}` is for one"),
        })
    }

    fn compares(&self, operator: &str, wanted: &str, asked: &str) -> Result<bool, Unresolved> {
        Ok(match operator {
            "StringEquals" => globs(&self.glyphs(wanted, false)?, &characters(asked)),
            "StringEqualsIgnoreCase" => {
                let mut glyphs = self.glyphs(wanted, false)?;
                for glyph in &mut glyphs {
                    if let Glyph::Just(c) = glyph {
                        *c = c.to_ascii_lowercase();
                    }
                }
                globs(&glyphs, &characters(&asked.to_ascii_lowercase()))
            }
            "StringLike" => globs(&self.glyphs(wanted, true)?, &characters(asked)),
            "ArnEquals" | "ArnLike" => arn(&self.glyphs(wanted, true)?, asked),
            "Bool" => wanted.eq_ignore_ascii_case(asked),
            "BinaryEquals" => wanted == base64(asked.as_bytes()),
            "IpAddress" => is_within(asked, wanted),
            _ => ordered(operator, wanted, asked),
        })
    }
}

/// The operator without its "not".
fn positive(operator: &str) -> (&str, bool) {
    match operator {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
        "StringNotLike" => ("StringLike", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        "NumericNotEquals" => ("NumericEquals", true),
        "DateNotEquals" => ("DateEquals", true),
        "NotIpAddress" => ("IpAddress", true),
        other => (other, false),
    }
}

/// One place in a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Glyph {
    Just(char),
    One,
    Any,
}

impl Glyph {
    fn wild(c: char) -> Self {
        match c {
            '*' => Self::Any,
            '?' => Self::One,
            c => Self::Just(c),
        }
    }
}

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// `*` for any run of characters, `?` for one.
fn globs(pattern: &[Glyph], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([Glyph::Any, rest @ ..], _) => (0..=text.len()).any(|skip| globs(rest, &text[skip..])),
        ([Glyph::One, rest @ ..], [_, after @ ..]) => globs(rest, after),
        ([Glyph::Just(c), rest @ ..], [first, after @ ..]) => c == first && globs(rest, after),
        _ => false,
    }
}

/// "Each of the six colon-delimited components of the ARN is checked separately."
fn arn(pattern: &[Glyph], asked: &str) -> bool {
    let wanted: Vec<&[Glyph]> = pattern.splitn(6, |it| *it == Glyph::Just(':')).collect();
    let asked: Vec<&str> = asked.splitn(6, ':').collect();
    let mut pairs = wanted.iter().zip(&asked);
    wanted.len() == 6 && asked.len() == 6 && pairs.all(|(a, b)| globs(a, &characters(b)))
}

/// "If you specify an incomplete ARN, AWS completes it by adding wildcards to all missing fields." "If
/// the * wildcard is the last character of a segment, it can expand to match beyond the colon."
fn resource(pattern: &[Glyph], asked: &str) -> bool {
    let mut pattern = pattern.to_vec();
    let colons = |pattern: &[Glyph]| pattern.iter().filter(|it| **it == Glyph::Just(':')).count();
    while pattern != [Glyph::Any] && colons(&pattern) < 5 {
        pattern.extend([Glyph::Just(':'), Glyph::Any]);
    }
    segments(&pattern, &characters(asked), 0)
}

/// As [`globs`], where a wildcard within one of the first five segments stays within it.
fn segments(pattern: &[Glyph], text: &[char], colons: usize) -> bool {
    let stays = |c: &char| *c != ':' || colons >= 5;
    match (pattern, text) {
        ([], []) => true,
        ([Glyph::Any, rest @ ..], _) => {
            let is_last = matches!(rest, [] | [Glyph::Just(':'), ..]);
            let run = text.iter().take_while(|c| is_last || stays(c)).count();
            (0..=run).any(|skip| segments(rest, &text[skip..], colons))
        }
        ([Glyph::One, rest @ ..], [first, after @ ..]) => {
            stays(first) && segments(rest, after, colons)
        }
        ([Glyph::Just(c), rest @ ..], [first, after @ ..]) => {
            c == first && segments(rest, after, colons + usize::from(*c == ':'))
        }
        _ => false,
    }
}

fn ordered(operator: &str, wanted: &str, asked: &str) -> bool {
    let numbers = || Some((number(asked)?, number(wanted)?));
    let moments = || Some((moment(asked)?, moment(wanted)?));
    let (pair, relation) = match operator.strip_prefix("Numeric") {
        Some(relation) => (numbers(), relation),
        None => (moments(), operator.strip_prefix("Date").expect("an operator of the guide")),
    };
    // What is no number and no date is in no relation to one.
    let Some((asked, wanted)) = pair else { return false };
    match relation {
        "Equals" => asked == wanted,
        "LessThan" => asked < wanted,
        "LessThanEquals" => asked <= wanted,
        "GreaterThan" => asked > wanted,
        "GreaterThanEquals" => asked >= wanted,
        _ => panic!("`{operator}` is no operator of the guide"),
    }
}

/// In thousandths, which is as fine as the tests' numbers are.
fn number(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<3}").parse().ok()
}

/// Seconds since 1970, or a date as W3C writes it, in thousandths of a second.
fn moment(text: &str) -> Option<i128> {
    if let Ok(seconds) = text.parse::<i128>() {
        return (text.len() != 4)
            .then_some(seconds * 1000)
            .or_else(|| moment(&format!("{text}-01")));
    }
    let full = match text.len() {
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    full.parse::<Timestamp>().ok().map(|it| i128::from(it.as_millisecond()))
}

/// Whether an address lies in a range in the notation of CIDR.
fn is_within(address: &str, range: &str) -> bool {
    let (base, length) = range.split_once('/').map_or((range, None), |(a, b)| (a, Some(b)));
    let bits = |text: &str| match text.parse() {
        Ok(IpAddr::V4(it)) => Some((32, u128::from(it.to_bits()))),
        Ok(IpAddr::V6(it)) => Some((128, it.to_bits())),
        Err(_) => None,
    };
    let (Some((width, asked)), Some((of, base))) = (bits(address), bits(base)) else {
        return false;
    };
    let length = length.map_or(of, |it| it.parse().expect("a length"));
    let rest: u32 = of - length;
    width == of && asked.checked_shr(rest).unwrap_or(0) == base.checked_shr(rest).unwrap_or(0)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().chain([&0; 2]).take(3).fold(0, |all, it| all << 8 | usize::from(*it));
        for place in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * place) & 63]);
            text.push(if place > chunk.len() { '=' } else { digit });
        }
    }
    text
}

#[cfg(test)]
mod tests;
