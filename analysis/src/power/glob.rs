//! Patterns of policy documents: `*` for any characters, `?` for one.

use crate::aws::pattern::wild_matches;

/// Whether `pattern` matches all of `text`, upper and lower case alike.
///
/// Takes time in proportion to the product of the lengths, whatever the pattern.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    wild_matches(pattern, text, |wanted, found| wanted.eq_ignore_ascii_case(&found))
}

/// Whether everything that `narrow` matches, `wide` matches too. Says "no" in some cases in which
/// the answer is "yes": `narrow` is read as a text whose `*` only a `*` can match.
pub(super) fn contains(wide: &str, narrow: &str) -> bool {
    // `?` would match the character `*`, which stands for any number of characters.
    let is_safe = !(wide.contains('?') && narrow.contains('*'));
    is_safe && matches(wide, narrow)
}

/// Whether `pattern` matches every action there is: it is made of `*` alone, but for a `:` and for
/// so few `?` that no action is shorter.
pub(super) fn is_every_action(pattern: &str) -> bool {
    let every = |part: &str| {
        part.contains('*')
            && part.chars().all(|c| c == '*' || c == '?')
            && part.chars().filter(|c| *c == '?').count() <= 2
    };
    match pattern.split_once(':') {
        Some((service, action)) => every(service) && every(action),
        None => every(pattern),
    }
}
