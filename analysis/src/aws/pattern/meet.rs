//! One text that several patterns match, if there is one.
//!
//! ```text
//! bucket*  and  */*   ──►  bucketzq7x9/zq7x9
//! ```
//!
//! All patterns are followed at once, letter by letter; places that were looked at once are not again.

use std::collections::BTreeSet;

/// BOUND: places that are looked at; two patterns of a hundred letters need ten thousand. What needs more
/// is taken not to meet.
const PLACES_MAX: usize = 20_000;

/// What was written to come to a place.
struct Place {
    /// How far each pattern is.
    at: Vec<usize>,
    before: usize,
    letter: Letter,
}

#[derive(Clone, Copy)]
enum Letter {
    None,
    One(char),
    Filling,
}

/// A text that all of `patterns` match, with `filling` where all leave it open.
pub(super) fn meet(patterns: &[&str], filling: &str) -> Option<String> {
    let patterns: Vec<Vec<char>> = patterns.iter().map(|it| it.chars().collect()).collect();
    let first = Place { at: vec![0; patterns.len()], before: 0, letter: Letter::None };
    let mut seen = BTreeSet::from([first.at.clone()]);
    let mut places = vec![first];
    let mut waiting = vec![0_usize];
    while let Some(no) = waiting.pop() {
        let at = places.get(no)?.at.clone();
        if at.iter().zip(&patterns).all(|(at, pattern)| *at >= pattern.len()) {
            return Some(written(&places, no, filling));
        }
        // The last is tried first: a letter rather than nothing.
        for (at, letter) in next(&patterns, &at) {
            if seen.len() < PLACES_MAX && seen.insert(at.clone()) {
                waiting.push(places.len());
                places.push(Place { at, before: no, letter });
            }
        }
    }
    None
}

/// Where one can go from there.
fn next(patterns: &[Vec<char>], at: &[usize]) -> Vec<(Vec<usize>, Letter)> {
    let mut ways = Vec::new();
    let tokens: Vec<Option<char>> =
        patterns.iter().zip(at).map(|(pattern, at)| pattern.get(*at).copied()).collect();
    // What all leave open is written as such, whichever goes on from there.
    let is_open = tokens.iter().all(|token| *token == Some('*'));
    let letter = if is_open { Letter::Filling } else { Letter::None };
    for (which, token) in tokens.iter().enumerate() {
        if *token == Some('*') {
            let mut behind = at.to_vec();
            if let Some(it) = behind.get_mut(which) {
                *it = it.saturating_add(1);
            }
            ways.push((behind, letter));
        }
    }
    if is_open {
        return ways;
    }
    let mut letters = tokens.iter().flatten().filter(|token| !matches!(token, '*' | '?'));
    let letter = letters.next().copied();
    let agree = letters.all(|other| Some(*other) == letter);
    if agree && tokens.iter().all(Option::is_some) {
        let moved = |(at, token): (&usize, &Option<char>)| match token {
            Some('*') => *at,
            Some(_) | None => at.saturating_add(1),
        };
        let behind = at.iter().zip(&tokens).map(moved).collect();
        ways.push((behind, Letter::One(letter.unwrap_or('z'))));
    }
    ways
}

fn written(places: &[Place], end: usize, filling: &str) -> String {
    let mut letters = Vec::new();
    let mut at = end;
    while let Some(place) = places.get(at).filter(|_| at > 0) {
        letters.push(place.letter);
        at = place.before;
    }
    let mut text = String::new();
    for letter in letters.into_iter().rev() {
        match letter {
            Letter::None => {}
            Letter::One(letter) => text.push(letter),
            Letter::Filling => text.push_str(filling),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::meet;
    use crate::aws::pattern::wild_matches;

    #[test]
    fn what_is_found_is_as_open_as_the_patterns_leave_it() {
        for (patterns, expected) in [
            (vec!["bucket*", "*/*"], Some("bucketX/X")),
            (vec!["bucket", "*/*"], None),
            (vec!["*", "*/*"], Some("X/X")),
            (vec!["app-*", "*-dev", "app-?*"], Some("app-zX-dev")),
            (vec!["a?c", "ab*"], Some("abc")),
            (vec!["", "*"], Some("")),
            (vec!["a", "b"], None),
        ] {
            assert_eq!(meet(&patterns, "X").as_deref(), expected, "{patterns:?}");
        }
    }

    #[test]
    fn patterns_made_to_explode_end() {
        let (one, other) = ("*a".repeat(3_000), "*b".repeat(3_000));
        assert_eq!(meet(&[&one, &other], "X"), None);
    }

    proptest! {
        #[test]
        fn what_is_found_is_matched_by_all_and_nothing_is_missed(
            one in "[ab*?]{0,6}", other in "[ab*?]{0,6}", text in "[ab]{0,6}",
        ) {
            let matches = |pattern: &str, text: &str| wild_matches(pattern, text, |a, b| a == b);
            match meet(&[&one, &other], "ab") {
                Some(found) => prop_assert!(matches(&one, &found) && matches(&other, &found)),
                None => prop_assert!(!(matches(&one, &text) && matches(&other, &text))),
            }
        }
    }
}
