//! The reference manual of the rules.

use std::fmt::Write as _;

use crate::detector::Detector;

/// The manual of `rules`, in their order.
pub(crate) fn text(rules: &[&dyn Detector]) -> String {
    let mut out = String::from("# The rules\n");
    for rule in rules.iter().map(|it| it.rule()) {
        // Writing into a `String` cannot fail.
        let _infallible = write!(out, "\n## `{}`\n\n{}\n", rule.id, rule.claim);
    }
    out
}
