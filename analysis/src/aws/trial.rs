//! Whether some request meets all conditions at once: tried out, over the values that they name.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::action::ACTIONS;
use super::condition::{Kind, Resolved, Test, resolved, seconds};
use super::context::{Context, Known, is_always};
use super::decide::Piece;
use super::pattern::ANYTHING;
use super::truth::Truth;

/// BOUND: requests that are tried out for one answer; more keys than that are taken to agree somehow.
const TRIALS_MAX: usize = 4_096;
/// BOUND: the same, times the tests that each must pass: a document may have ten thousand.
const TRIED_TESTS_MAX: usize = 200_000;

/// The tests of all statements that are about `action`.
pub(super) fn tests<'e>(pieces: &[&Piece<'e>], action: &str) -> Vec<&'e Test> {
    let number = ACTIONS.binary_search(&action).ok();
    let mut tests = Vec::new();
    for piece in pieces {
        if let Piece::Policy(policy) = piece {
            for statement in &policy.document.statements {
                if statement.is_about(action, number) {
                    tests.extend(&statement.condition);
                }
            }
        }
    }
    tests
}

/// Looks for a request that is answered with yes: over all values that the open tests name for their
/// keys.
pub(super) fn tried<'a>(
    cx: &Context<'a>,
    tests: &[&'a Test],
    answer: impl Fn(&Context<'a>) -> Truth,
) -> Truth {
    let mut open: BTreeMap<&'a str, Vec<Known>> = BTreeMap::new();
    for test in tests {
        if let Some(key) = test.free_key(cx) {
            let candidates = open.entry(key).or_default();
            for candidate in test.candidates(cx) {
                if !candidates.contains(&candidate) {
                    candidates.push(candidate);
                }
            }
        }
    }
    let count = open.values().fold(1_usize, |count, values| count.saturating_mul(values.len()));
    let work = count.saturating_mul(tests.len());
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

impl Test {
    /// The key, if what is known leaves open whether the test holds.
    fn free_key(&self, cx: &Context<'_>) -> Option<&str> {
        let is_open =
            cx.get(&self.key_lower) == Known::Free || matches!(self.kind, Some(Kind::Date(_)));
        (self.holds(cx) == Truth::Maybe && is_open).then_some(self.key_lower.as_str())
    }

    /// What could be tried for its key, so that it holds or does not.
    fn candidates(&self, cx: &Context<'_>) -> Vec<Known> {
        let mut candidates = Vec::new();
        if !is_always(&self.key_lower) {
            candidates.push(Known::Absent);
        }
        let now = match cx.get(&self.key_lower) {
            Known::Is(now) => now.first().and_then(|now| seconds(now)),
            Known::Absent | Known::Free => None,
        };
        candidates.extend(now.map(|now| Known::is(now.to_string())));
        for value in &self.values {
            let Resolved::Text(value) = resolved(value, self.variables, cx) else { continue };
            let mut say = |text: String| candidates.push(Known::is(text));
            match self.kind {
                Some(Kind::Text | Kind::TextIgnoreCase | Kind::Null) | None => {
                    say(value.into_owned());
                }
                Some(Kind::Like | Kind::Arn) => {
                    say(value.replace('*', ANYTHING).replace('?', "z"));
                }
                Some(Kind::Bool) => {
                    say("true".to_owned());
                    say("false".to_owned());
                }
                Some(Kind::Number(_)) => {
                    if let Ok(number) = value.parse::<f64>() {
                        for near in [number - 1.0, number, number + 1.0] {
                            say(near.to_string());
                        }
                    }
                }
                Some(Kind::Date(_)) => {
                    if let Some(second) = seconds(&value) {
                        for near in [-1, 0, 1] {
                            let second = second.saturating_add(near);
                            if now.is_none_or(|now| second > now) {
                                say(second.to_string());
                            }
                        }
                    }
                }
                Some(Kind::Ip) => {
                    say(value.split('/').next().unwrap_or_default().to_owned());
                    for address in last_and_next(&value) {
                        say(address);
                    }
                }
            }
        }
        if !matches!(self.kind, Some(Kind::Ip | Kind::Date(_) | Kind::Bool | Kind::Number(_))) {
            candidates.push(Known::is(ANYTHING));
        }
        candidates
    }
}

/// The last address of a network, and the one behind it.
fn last_and_next(network: &str) -> Vec<String> {
    let (base, bits) = network.split_once('/').unwrap_or((network, "128"));
    let bits = bits.parse::<u32>().unwrap_or(128);
    match base.parse() {
        Ok(IpAddr::V4(base)) => {
            let hosts = u32::MAX.checked_shr(bits.min(32)).unwrap_or(0);
            let last = u32::from(base) | hosts;
            let next = last.checked_add(1).map(std::net::Ipv4Addr::from);
            let last = std::net::Ipv4Addr::from(last);
            std::iter::once(last).chain(next).map(|it| it.to_string()).collect()
        }
        Ok(IpAddr::V6(base)) => {
            let hosts = u128::MAX.checked_shr(bits.min(128)).unwrap_or(0);
            let last = u128::from(base) | hosts;
            let next = last.checked_add(1).map(std::net::Ipv6Addr::from);
            let last = std::net::Ipv6Addr::from(last);
            std::iter::once(last).chain(next).map(|it| it.to_string()).collect()
        }
        Err(_) => Vec::new(),
    }
}
