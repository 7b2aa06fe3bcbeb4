//! Whether some request meets all conditions at once: tried out, over the values that they name.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::Timestamp;

use super::action::Name;
use super::condition::{Kind, Resolved, Test, instant, resolved, variables};
use super::context::{Context, Known, is_always};
use super::decide::Piece;
use super::document::Statement;
use super::pattern::{ANYTHING, Met, meeting, meeting_of_arns, plain};
use super::truth::Truth;

/// BOUND: requests that are tried out for one answer; more keys than that are taken to agree somehow.
const TRIALS_MAX: usize = 4_096;
/// BOUND: patterns that one key is compared with, which are looked at by twos.
const PATTERNS_MAX: usize = 32;
/// BOUND: the same, times the tests that each must pass: a document may have ten thousand.
const TRIED_TESTS_MAX: usize = 200_000;

/// What the statements that are about an action ask for.
#[derive(Debug, Default)]
pub(super) struct Asked<'e> {
    tests: Vec<&'e Test>,
    /// Names of keys, in lower case, whose values stand in patterns: which of them would do, the tests
    /// alone do not tell.
    variables: BTreeSet<String>,
}

/// What all statements ask for that are about `action`.
pub(super) fn asked<'e>(pieces: &[&Piece<'e>], action: Name<'_>) -> Asked<'e> {
    let mut asked = Asked::default();
    for piece in pieces {
        if let Piece::Policy(policy) = piece {
            for statement in &policy.document.statements {
                if statement.is_about(action) {
                    asked.note(statement);
                }
            }
        }
    }
    asked
}

impl<'e> Asked<'e> {
    fn note(&mut self, statement: &'e Statement) {
        for (text, compiled) in statement.resources.texts.iter().zip(&statement.resources.arns) {
            if compiled.is_none() {
                self.variables.extend(variables(text));
            }
        }
        for test in &statement.condition {
            if test.variables {
                self.variables.extend(test.values.iter().flat_map(|value| variables(value)));
            }
            self.tests.push(test);
        }
    }
}

/// Looks for a request that is answered with yes: over all values that the open tests name for their
/// keys.
pub(super) fn tried<'a>(
    cx: &Context<'a>,
    asked: &Asked<'a>,
    answer: impl Fn(&Context<'a>) -> Truth,
) -> Truth {
    let mut tests: BTreeMap<&'a str, Vec<&'a Test>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut values: BTreeMap<&'a str, BTreeSet<&'a String>> = BTreeMap::new();
    for test in &asked.tests {
        if let Some(key) = test.free_key(cx)
            && !asked.variables.contains(key)
            && seen.insert((key, &test.operator, &test.values))
        {
            tests.entry(key).or_default().push(test);
            let values = values.entry(key).or_default();
            values.extend(&test.values);
            // At least as many are to be tried: too many are not even gathered.
            let count = values.len();
            if count > TRIALS_MAX || count.saturating_mul(asked.tests.len()) > TRIED_TESTS_MAX {
                return Truth::Maybe;
            }
        }
    }
    let mut open: BTreeMap<&'a str, Vec<Known>> = BTreeMap::new();
    for (key, tests) in tests {
        let Some(candidates) = candidates(&tests, cx) else { return Truth::Maybe };
        open.insert(key, candidates);
    }
    let count = open.values().fold(1_usize, |count, values| count.saturating_mul(values.len()));
    let work = count.saturating_mul(asked.tests.len());
    if open.is_empty() || count > TRIALS_MAX || work > TRIED_TESTS_MAX {
        return Truth::Maybe;
    }
    let mut best = Truth::No;
    for trial in 0..count {
        let mut rest = trial;
        let mut tried = cx.clone();
        tried.settle();
        for (key, values) in &open {
            let len = values.len().max(1);
            if let Some(value) = values.get(rest.checked_rem(len).unwrap_or(0)) {
                tried.set(key, value.clone());
            }
            rest = rest.checked_div(len).unwrap_or(0);
        }
        best = best.or(answer(&tried));
        if best >= Truth::Maybe {
            return Truth::Maybe;
        }
    }
    best
}

/// Values of one key, among which there is one by which its tests hold or do not, whatever is asked of
/// each; none if there are too many.
fn candidates(tests: &[&Test], cx: &Context<'_>) -> Option<Vec<Known>> {
    let mut found = Vec::new();
    for test in tests {
        for candidate in test.candidates(cx) {
            if !found.contains(&candidate) {
                found.push(candidate);
            }
            if found.len() > TRIALS_MAX {
                return None;
            }
        }
    }
    for text in meetings(tests, cx)? {
        if !found.contains(&Known::is(text.as_str())) {
            found.push(Known::Is(vec![text]));
        }
    }
    // Of several tests of sets each may ask for a value of its own.
    let sets = tests.iter().filter(|test| test.each.is_some()).count();
    let alone: Vec<Vec<String>> = found.iter().filter_map(values).map(<[_]>::to_vec).collect();
    let mut last = alone.clone();
    for _ in 1..sets.min(alone.len()) {
        let mut larger = Vec::new();
        for set in &last {
            // In the order of `alone`, so that no set comes twice.
            let at = alone.iter().position(|one| one.last() == set.last()).unwrap_or(0);
            for one in alone.iter().skip(at.saturating_add(1)) {
                larger.push([set.as_slice(), one.as_slice()].concat());
            }
            if larger.len().saturating_add(found.len()) > TRIALS_MAX {
                return None;
            }
        }
        found.extend(larger.iter().cloned().map(Known::Is));
        last = larger;
    }
    Some(found)
}

fn values(known: &Known) -> Option<&[String]> {
    match known {
        Known::Is(values) => Some(values),
        Known::Absent | Known::Free => None,
    }
}

/// Texts that two patterns of different tests match; none if that is too much to say.
fn meetings(tests: &[&Test], cx: &Context<'_>) -> Option<Vec<String>> {
    let mut patterns: Vec<(usize, String)> = Vec::new();
    let mut wild_tests = 0_usize;
    for (number, test) in tests.iter().enumerate() {
        if !matches!(test.kind, Some(Kind::Like | Kind::Arn)) {
            continue;
        }
        let before = patterns.len();
        for value in &test.values {
            let Resolved::Text(text) = resolved(value, test.variables, cx) else { continue };
            let is_new = !patterns.iter().any(|(_, known)| **known == *text);
            if text.contains(['*', '?']) && is_new {
                patterns.push((number, text.into_owned()));
            }
        }
        wild_tests = wild_tests.saturating_add(usize::from(patterns.len() > before));
    }
    if wild_tests < 2 {
        return Some(Vec::new());
    }
    let test_of_arns = tests.iter().find(|test| test.kind == Some(Kind::Arn));
    let is_mixed = test_of_arns.is_some() && tests.iter().any(|test| test.kind == Some(Kind::Like));
    if wild_tests > 2 || patterns.len() > PATTERNS_MAX || is_mixed {
        return None;
    }
    let mut met_at = Vec::new();
    for (number, (test, one)) in patterns.iter().enumerate() {
        for (other_test, other) in patterns.iter().skip(number.saturating_add(1)) {
            if test != other_test {
                for filling in [ANYTHING, ""] {
                    let met = match test_of_arns {
                        Some(_) => meeting_of_arns(one, other, filling),
                        None => meeting(one, other, filling),
                    };
                    match met {
                        Met::At(text) => met_at.push(plain(&text)),
                        Met::Nowhere => {}
                        Met::Unsaid => return None,
                    }
                }
            }
        }
    }
    Some(met_at)
}

impl Test {
    /// The key, if what is known leaves open whether the test holds.
    fn free_key(&self, cx: &Context<'_>) -> Option<&str> {
        let is_open = cx.get(&self.key_lower) == Known::Free || self.is_of_time();
        (self.holds(cx) == Truth::Maybe && is_open).then_some(self.key_lower.as_str())
    }

    /// What could be tried for its key, so that it holds or does not.
    pub(super) fn candidates(&self, cx: &Context<'_>) -> Vec<Known> {
        let mut candidates = Vec::new();
        if !is_always(&self.key_lower) {
            candidates.push(Known::Absent);
        }
        let is_later = |at: Timestamp| match cx.get(&self.key_lower) {
            Known::Is(now) => now.first().and_then(|now| instant(now)).is_none_or(|now| at > now),
            Known::Absent | Known::Free => true,
        };
        if let Known::Is(now) = cx.get(&self.key_lower) {
            candidates.push(Known::Is(now));
        }
        for value in &self.values {
            let Resolved::Text(value) = resolved(value, self.variables, cx) else { continue };
            if self.is_of_time() {
                let moments = instant(&value).map(around).into_iter().flatten();
                candidates.extend(moments.filter(|at| is_later(*at)).map(|at| self.told(at)));
            } else {
                candidates.extend(self.near(&value).into_iter().map(Known::is));
            }
        }
        if self.kind == Some(Kind::Ip) {
            // Whatever of one version is left out, there is the other.
            candidates.extend(["0.0.0.0", "::"].map(Known::is));
        }
        if !matches!(self.kind, Some(Kind::Ip | Kind::Date(_) | Kind::Bool | Kind::Number(_))) {
            candidates.push(Known::is(ANYTHING));
        }
        candidates
    }

    /// A moment as its operator reads it: a number is of whole seconds.
    fn told(&self, at: Timestamp) -> Known {
        match self.kind {
            Some(Kind::Number(_)) => Known::is(at.as_second().to_string()),
            _ => Known::is(at.to_string()),
        }
    }

    /// What fits `value`, and what is next to it.
    fn near(&self, value: &str) -> Vec<String> {
        match self.kind {
            Some(Kind::Text | Kind::Null) | None => vec![plain(value)],
            Some(Kind::TextIgnoreCase) => {
                let value = plain(value);
                vec![value.to_ascii_lowercase(), value.to_ascii_uppercase(), value]
            }
            Some(Kind::Like | Kind::Arn) => vec![
                plain(&value.replace('*', ANYTHING).replace('?', "z")),
                plain(&value.replace('*', "").replace('?', "y")),
            ],
            Some(Kind::Bool) => vec!["true".to_owned(), "false".to_owned()],
            Some(Kind::Number(_)) => {
                // Between two numbers that a policy names there is another.
                let all = |number: f64| [number.next_down(), number, number.next_up()];
                let numbers = value.parse::<f64>().map(all).into_iter().flatten();
                numbers.map(|number| number.to_string()).collect()
            }
            Some(Kind::Date(_)) => {
                let moments = instant(value).map(around).into_iter().flatten();
                moments.map(|at| at.to_string()).collect()
            }
            Some(Kind::Ip) => edges(value),
        }
    }
}

/// The moment, those next to it, and those a second away.
fn around(at: Timestamp) -> [Timestamp; 5] {
    let by = |nanoseconds: i64| {
        let step = jiff::SignedDuration::from_nanos(nanoseconds);
        at.saturating_add(step).unwrap_or(at)
    };
    [by(-1_000_000_000), by(-1), at, by(1), by(1_000_000_000)]
}

/// The first and the last address of a network, and the one behind it.
fn edges(network: &str) -> Vec<String> {
    let (base, bits) = network.split_once('/').unwrap_or((network, "128"));
    let bits = bits.parse::<u32>().unwrap_or(128);
    match base.parse() {
        Ok(IpAddr::V4(base)) => {
            let hosts = u32::MAX.checked_shr(bits.min(32)).unwrap_or(0);
            let first = u32::from(base) & !hosts;
            let last = first | hosts;
            let all = [Some(first), Some(last), last.checked_add(1)];
            all.into_iter().flatten().map(|it| std::net::Ipv4Addr::from(it).to_string()).collect()
        }
        Ok(IpAddr::V6(base)) => {
            let hosts = u128::MAX.checked_shr(bits.min(128)).unwrap_or(0);
            let first = u128::from(base) & !hosts;
            let last = first | hosts;
            let all = [Some(first), Some(last), last.checked_add(1)];
            all.into_iter().flatten().map(|it| std::net::Ipv6Addr::from(it).to_string()).collect()
        }
        Err(_) => Vec::new(),
    }
}
