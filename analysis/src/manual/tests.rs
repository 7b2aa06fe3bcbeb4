use std::collections::BTreeSet;

use crate::detector::testing::claims;
use crate::detector::{ALL, manual};

#[test]
fn every_example_does_what_it_says() {
    for detector in ALL {
        for example in detector.rule().examples {
            let said = claims(*detector, example.as_of, example.estate);
            assert_eq!(
                !said.is_empty(),
                example.fires,
                "{}: {}",
                detector.rule().id,
                example.shows
            );
        }
    }
}

#[test]
fn every_rule_shows_when_it_fires_and_when_it_does_not() {
    for rule in ALL.iter().map(|it| it.rule()) {
        let fires: BTreeSet<bool> = rule.examples.iter().map(|it| it.fires).collect();
        assert_eq!(fires.len(), 2, "{}", rule.id);
    }
}

#[test]
fn every_rule_serves_a_clause_of_owasp_and_one_of_nist() {
    for rule in ALL.iter().map(|it| it.rule()) {
        let serves = |start| rule.clauses.iter().any(|it| it.framework.starts_with(start));
        assert!(serves("OWASP NHI") && serves("NIST CSF 2.0"), "{}", rule.id);
    }
}

#[test]
fn no_two_rules_have_one_name() {
    let names: BTreeSet<&str> = ALL.iter().map(|it| it.rule().id.as_str()).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn the_manual_has_every_rule_and_the_formula() {
    let manual = manual();
    for rule in ALL.iter().map(|it| it.rule()) {
        assert!(manual.contains(&format!("## `{}`\n\n{}", rule.id, rule.claim)));
    }
    assert!(manual.contains("score = privilege × exposure × time × owner"));
}
