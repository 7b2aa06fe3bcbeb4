//! The reference manual of the rules, in Markdown, from the rules' own entries.

use std::fmt::Write as _;

use crate::detector::{Detector, Example, Rule};
use crate::severity;

/// The manual of `rules`, in their order.
pub(crate) fn text(rules: &[&dyn Detector]) -> String {
    let mut out = String::from(
        "# The rules\n\nMade from the rules themselves by `cargo xtask docs`: do not edit.\n\n\
         A rule that lacks a fact says *unknown*, and why; that is counted and shown, and never \
         alarms. A finding closes only when facts no longer support it: if its facts become unknown, \
         it stays.\n\n| rule | claims |\n| --- | --- |\n",
    );
    for rule in rules.iter().map(|it| it.rule()) {
        line(&mut out, &format!("| [`{0}`](#{1}) | {2} |", rule.id, anchor(rule), rule.claim));
    }
    line(&mut out, "\n## Severity\n");
    out.push_str(severity::MANUAL);
    for rule in rules.iter().map(|it| it.rule()) {
        entry(&mut out, rule);
    }
    out
}

fn entry(out: &mut String, rule: &Rule) {
    line(out, &format!("\n## `{}`\n\n{}\n\n{}", rule.id, rule.claim, rule.rationale));
    line(out, &format!("\n**When.** {}", rule.default));
    line(out, &format!("\n**What to do.** {}", rule.remedy));
    let clauses: Vec<String> = rule
        .clauses
        .iter()
        .map(|clause| format!("{} {} ({})", clause.framework, clause.id, clause.title))
        .collect();
    line(out, &format!("\n**Serves.** {}.", clauses.join("; ")));
    for example in rule.examples {
        let Example { shows, as_of, estate, fires } = example;
        let verb = if *fires { "Fires" } else { "Does not fire" };
        line(
            out,
            &format!("\n{verb} on {shows}, as of {as_of}:\n\n```text\n{}\n```", estate.trim()),
        );
    }
}

/// The anchor that renderers of Markdown make of a heading: dots and back ticks are left out.
fn anchor(rule: &Rule) -> String {
    rule.id.as_str().replace('.', "")
}

fn line(out: &mut String, text: &str) {
    // Writing into a `String` cannot fail.
    let _infallible = writeln!(out, "{text}");
}

#[cfg(test)]
mod tests;
