use model::testing::{day, estate};
use model::{Pattern, Subject};

use super::{Change, Limits, Override, Policy, When};
use crate::detector::testing::subjects;
use crate::time::days;

fn user() -> Subject {
    let text = "user arn:aws:iam::1:user/ci  label.team=payments";
    subjects(&estate(text), day("2026-03-01")).remove(0)
}

fn policy(when: When) -> Policy {
    let change = Change { dormant_after: Some(days(10)), ..Change::default() };
    Policy { overrides: vec![Override { when, change }], ..Policy::default() }
}

fn holds(when: When) -> bool {
    policy(when).limits_for(&user()).dormant_after == days(10)
}

#[test]
fn an_override_holds_if_every_condition_does() {
    let kind = |kind: &str| Some(kind.to_owned());
    let label = |text: &str| Some(("team".to_owned(), Pattern(text.to_owned())));
    assert!(holds(When::default()));
    assert!(holds(When { kind: kind("user"), label: label("pay*"), ..When::default() }));
    assert!(!holds(When { kind: kind("user"), label: label("search"), ..When::default() }));
    assert!(!holds(When { kind: kind("role"), ..When::default() }));
    assert!(!holds(When { environment: Some("test".to_owned()), ..When::default() }));
}

#[test]
fn an_override_for_a_rule_or_its_family_holds_for_it_alone() {
    for rule in ["dormant.identity", "dormant"] {
        let policy = policy(When { rule: Some(rule.to_owned()), ..When::default() });
        let limit = |rule| policy.limits_for_rule(&user(), rule).dormant_after;
        assert_eq!(limit("dormant.identity"), days(10));
        assert_eq!(limit("dormancy"), days(90));
        assert_eq!(policy.limits_for(&user()).dormant_after, days(90));
    }
}

#[test]
fn the_last_override_counts() {
    let mut policy = policy(When::default());
    let change = Change { dormant_after: Some(days(20)), ..Change::default() };
    policy.overrides.push(Override { when: When::default(), change });
    assert_eq!(policy.limits_for(&user()).dormant_after, days(20));
}

#[test]
fn the_digest_tells_every_change() {
    let base = Policy::default();
    assert_eq!(base.digest(), Policy::default().digest());
    let limits = Limits { stale_intervals: 3, ..Limits::default() };
    assert_ne!(base.digest(), Policy { limits, ..Policy::default() }.digest());
    assert_ne!(base.digest(), policy(When::default()).digest());
}
