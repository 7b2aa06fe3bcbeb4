//! Conditions of policy statements, in three values.
//!
//! ```text
//! "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:PrincipalTag/team": ["a*", "b"]}}
//!                └ quantifier └ operator └ if the key is there └ key     └ any of these
//! ```
//!
//! All tests of a statement must hold; of the values of one, any. An operator that says "not" holds if
//! none of the values fits, and if the key is not there.

use std::borrow::Cow;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::Value;

use super::context::{Context, Known};
use super::document::{TEXT_BYTES_MAX, too_long};
use super::pattern::{Glob, literal, plain};
use super::truth::Truth;

/// One comparison.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Test {
    /// As the document spells it.
    pub(super) operator: String,
    pub(super) key: String,
    /// The same, in lower case.
    pub(super) key_lower: String,
    pub(super) values: Vec<String>,
    pub(super) kind: Option<Kind>,
    not: bool,
    if_exists: bool,
    pub(super) each: Option<Each>,
    /// Whether `${...}` in values stands for something.
    pub(super) variables: bool,
}

/// How many of the values of a request must fit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Each {
    All,
    Any,
}

/// What an operator compares.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Text,
    TextIgnoreCase,
    Like,
    Arn,
    Bool,
    Number(Order),
    Date(Order),
    Ip,
    Null,
}

/// How two numbers stand to each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The time of the request, and how it is told as a number.
const TIME: &[&str] = &["aws:currenttime", EPOCH];
const EPOCH: &str = "aws:epochtime";

/// What an operator of that name does, and whether it says "not".
fn kind_of(name: &str) -> Option<(Kind, bool)> {
    Some(match name.to_lowercase().as_str() {
        "stringequals" | "binaryequals" => (Kind::Text, false),
        "stringnotequals" => (Kind::Text, true),
        "stringequalsignorecase" => (Kind::TextIgnoreCase, false),
        "stringnotequalsignorecase" => (Kind::TextIgnoreCase, true),
        "stringlike" => (Kind::Like, false),
        "stringnotlike" => (Kind::Like, true),
        "arnequals" | "arnlike" => (Kind::Arn, false),
        "arnnotequals" | "arnnotlike" => (Kind::Arn, true),
        "bool" => (Kind::Bool, false),
        "numericequals" => (Kind::Number(Order::Equal), false),
        "numericnotequals" => (Kind::Number(Order::Equal), true),
        "numericlessthan" => (Kind::Number(Order::Less), false),
        "numericlessthanequals" => (Kind::Number(Order::LessOrEqual), false),
        "numericgreaterthan" => (Kind::Number(Order::Greater), false),
        "numericgreaterthanequals" => (Kind::Number(Order::GreaterOrEqual), false),
        "dateequals" => (Kind::Date(Order::Equal), false),
        "datenotequals" => (Kind::Date(Order::Equal), true),
        "datelessthan" => (Kind::Date(Order::Less), false),
        "datelessthanequals" => (Kind::Date(Order::LessOrEqual), false),
        "dategreaterthan" => (Kind::Date(Order::Greater), false),
        "dategreaterthanequals" => (Kind::Date(Order::GreaterOrEqual), false),
        "ipaddress" => (Kind::Ip, false),
        "notipaddress" => (Kind::Ip, true),
        "null" => (Kind::Null, false),
        _ => return None,
    })
}

/// The tests of a condition, and what of it could not be understood.
pub(super) fn read(value: &Value, variables: bool, flaws: &mut Vec<String>) -> Vec<Test> {
    let Value::Object(operators) = value else {
        flaws.push("`Condition` is no object".to_owned());
        return Vec::new();
    };
    let mut tests = Vec::new();
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else {
            flaws.push(format!("`{operator}` compares nothing"));
            continue;
        };
        for (key, values) in keys {
            let test = Test::of(operator, key, values, variables);
            if let Some(long) = test.values.iter().find(|it| it.len() > TEXT_BYTES_MAX) {
                flaws.push(too_long(key, long));
                continue;
            }
            if test.kind.is_none() {
                flaws.push(format!("the operator `{operator}` is not known"));
            }
            tests.push(test);
        }
    }
    tests
}

impl Test {
    fn of(operator: &str, key: &str, values: &Value, variables: bool) -> Self {
        let (each, name) = match operator.split_once(':') {
            Some((each, name)) if each.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Each::All), name)
            }
            Some((each, name)) if each.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(Each::Any), name)
            }
            _ => (None, operator),
        };
        let lower = name.to_lowercase();
        let (name, if_exists) = match lower.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (lower.as_str(), false),
        };
        let (kind, not) = kind_of(name).map_or((None, false), |(kind, not)| (Some(kind), not));
        let items = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
        let texts = items.iter().map(text).collect();
        Self {
            operator: operator.to_owned(),
            key: key.to_owned(),
            key_lower: key.to_lowercase(),
            values: texts,
            kind,
            not,
            if_exists,
            each,
            variables,
        }
    }

    /// Its values as a document of the present version spells them.
    pub(super) fn spelt(&self) -> Vec<String> {
        self.values.iter().map(|value| spelt(value, self.variables)).collect()
    }

    /// Whether it is answered alike for whoever asks, and of whatever.
    pub(super) fn is_alike(&self) -> bool {
        const OF_ONE: &[&str] = &["aws:principal", "aws:user"];
        let is_of_one = OF_ONE.iter().any(|prefix| self.key_lower.starts_with(prefix));
        !is_of_one && !self.is_of_resource()
    }

    /// Whether its answer may depend on the resource.
    pub(super) fn is_of_resource(&self) -> bool {
        const OF_RESOURCE: &[&str] =
            &["aws:resource", "iam:permissionsboundary", "iam:resourcetag/"];
        let has_variable = self.variables && self.values.iter().any(|value| value.contains("${"));
        has_variable || OF_RESOURCE.iter().any(|prefix| self.key_lower.starts_with(prefix))
    }

    /// Whether it holds.
    pub(super) fn holds(&self, cx: &Context<'_>) -> Truth {
        let Some(kind) = self.kind else { return Truth::Doubt };
        let known = cx.get(&self.key_lower);
        if kind == Kind::Null {
            let wanted = self.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
            return match known {
                Known::Is(_) => Truth::from(!wanted),
                Known::Absent => Truth::from(wanted),
                Known::Free => Truth::Maybe,
            };
        }
        match known {
            Known::Free => Truth::Maybe,
            Known::Absent => match self.each {
                Some(Each::All) => Truth::Yes,
                _ if self.if_exists => Truth::Yes,
                Some(Each::Any) => Truth::No,
                None => Truth::from(self.not),
            },
            Known::Is(found) => {
                let mut wanted = Vec::with_capacity(self.values.len());
                let mut is_open = false;
                for value in &self.values {
                    match resolved(value, self.variables, cx) {
                        Resolved::Text(text) => wanted.push(text),
                        Resolved::Missing => {}
                        Resolved::Open => is_open = true,
                    }
                }
                let found = &found;
                let fits = |found: &String| wanted.iter().any(|wanted| fits(kind, found, wanted));
                let one = |found: &String| fits(found) != self.not;
                let holds = match self.each {
                    Some(Each::All) => found.iter().all(one),
                    Some(Each::Any) => found.iter().any(one),
                    None if self.not => !found.iter().any(fits),
                    None => found.iter().any(fits),
                };
                let truth = Truth::from(holds);
                // A variable of which nothing is known may have any value.
                if is_open && holds == self.not { Truth::Maybe } else { self.later(truth, cx) }
            }
        }
    }

    /// When time alone may change whether it holds.
    pub(super) fn moments(&self) -> impl Iterator<Item = Timestamp> {
        let is_wanted = self.is_of_time();
        self.values.iter().filter(move |_| is_wanted).filter_map(|value| instant(value))
    }

    /// Whether it compares the time of the request.
    pub(super) fn is_of_time(&self) -> bool {
        match self.kind {
            Some(Kind::Date(_)) => TIME.contains(&self.key_lower.as_str()),
            Some(Kind::Number(_)) => self.key_lower == EPOCH,
            _ => false,
        }
    }

    /// What does not hold now may hold later, and the other way round.
    fn later(&self, now: Truth, cx: &Context<'_>) -> Truth {
        const LAST: &str = "253370764800";
        if cx.is_settled() || !self.is_of_time() {
            return now;
        }
        let may_change = |at: Known| {
            let mut later = cx.clone().with(&self.key_lower, at);
            later.settle();
            self.holds(&later) != now
        };
        let mut moments = self.candidates(cx).into_iter().chain([Known::is(LAST)]);
        if moments.any(may_change) { Truth::Maybe } else { now }
    }
}

impl std::fmt::Display for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// BOUND: more would hide the sentence.
        const SHOWN_MAX: usize = 3;
        let shown: Vec<String> =
            self.values.iter().take(SHOWN_MAX).map(|value| format!("`{value}`")).collect();
        let more = if self.values.len() > SHOWN_MAX { ", ..." } else { "" };
        write!(f, "`{}` {} {}{more}", self.key, self.operator, shown.join(", "))
    }
}

/// `text` as a document of the present version spells it: in an older one `${` is no variable.
pub(super) fn spelt(text: &str, variables: bool) -> String {
    if variables { text.to_owned() } else { text.replace("${", "${$}{") }
}

/// A value of a condition: numbers and booleans may stand without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A text of a document with its variables filled in; what comes out of one is no wildcard.
#[derive(Debug)]
pub(super) enum Resolved<'a> {
    Text(Cow<'a, str>),
    /// A variable has no value: nothing fits.
    Missing,
    /// A variable may have any value.
    Open,
}

/// Fills in the variables of `text`: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
pub(super) fn resolved<'a>(text: &'a str, variables: bool, cx: &Context<'_>) -> Resolved<'a> {
    if !variables || !text.contains("${") {
        return Resolved::Text(Cow::Borrowed(text));
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push_str("${");
            rest = after;
            continue;
        };
        rest = behind;
        if let "*" | "?" | "$" = name {
            filled.push_str(&literal(name));
            continue;
        }
        let (key, default) = match name.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (name.trim(), None),
        };
        match (cx.get(&key.to_lowercase()), default) {
            (Known::Is(values), _) => {
                filled.push_str(&literal(values.first().map_or("", String::as_str)));
            }
            (Known::Absent, Some(default)) => filled.push_str(&literal(default)),
            (Known::Absent, None) => return Resolved::Missing,
            (Known::Free, _) => return Resolved::Open,
        }
    }
    filled.push_str(rest);
    Resolved::Text(Cow::Owned(filled))
}

/// The names of the keys, in lower case, that stand as variables in `text`.
pub(super) fn variables(text: &str) -> impl Iterator<Item = String> {
    let names = text.split("${").skip(1).filter_map(|after| after.split_once('}'));
    names.map(|(name, _)| name.split(',').next().unwrap_or_default().trim().to_lowercase())
}

fn fits(kind: Kind, found: &str, wanted: &str) -> bool {
    match kind {
        Kind::Text => found == plain(wanted),
        Kind::TextIgnoreCase | Kind::Bool => found.eq_ignore_ascii_case(&plain(wanted)),
        Kind::Like => Glob::of(wanted).matches(found),
        Kind::Arn => {
            let mut fields = found.splitn(6, ':');
            let mut wanted = wanted.splitn(6, ':').map(Glob::of);
            (0..6).all(|_| match (wanted.next(), fields.next()) {
                (Some(glob), Some(field)) => glob.matches(field),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            })
        }
        Kind::Number(order) => match (found.parse::<f64>(), wanted.parse::<f64>()) {
            (Ok(found), Ok(wanted)) => in_order(order, found.partial_cmp(&wanted)),
            _ => false,
        },
        Kind::Date(order) => match (instant(found), instant(wanted)) {
            (Some(found), Some(wanted)) => in_order(order, Some(found.cmp(&wanted))),
            _ => false,
        },
        Kind::Ip => in_network(found, wanted).unwrap_or(false),
        Kind::Null => false,
    }
}

fn in_order(order: Order, found: Option<std::cmp::Ordering>) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    match order {
        Order::Equal => found == Some(Equal),
        Order::Less => found == Some(Less),
        Order::LessOrEqual => matches!(found, Some(Less | Equal)),
        Order::Greater => found == Some(Greater),
        Order::GreaterOrEqual => matches!(found, Some(Greater | Equal)),
    }
}

/// A date as W3C writes it, with or without a day and a time, or the seconds since 1970. A year alone
/// is seconds.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        let bound = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        return Some(Timestamp::from_second(seconds).unwrap_or(bound));
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let is_month = text.len() == "2026-05".len();
    let first = is_month.then(|| format!("{text}-01"));
    let day: jiff::civil::Date = first.as_deref().unwrap_or(text).parse().ok()?;
    Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Whether an address is within `network`: `192.0.2.0/24`, or one address.
fn in_network(address: &str, network: &str) -> Option<bool> {
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, Some(bits.parse::<u32>().ok()?)),
        None => (network, None),
    };
    let shifted = |len: u32| len.saturating_sub(bits.unwrap_or(len).min(len));
    match (address.parse().ok()?, base.parse().ok()?) {
        (IpAddr::V4(address), IpAddr::V4(base)) => {
            let shift = shifted(32);
            let head = |it: std::net::Ipv4Addr| u32::from(it).checked_shr(shift).unwrap_or(0);
            Some(head(address) == head(base))
        }
        (IpAddr::V6(address), IpAddr::V6(base)) => {
            let shift = shifted(128);
            let head = |it: std::net::Ipv6Addr| u128::from(it).checked_shr(shift).unwrap_or(0);
            Some(head(address) == head(base))
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Some(false),
    }
}
