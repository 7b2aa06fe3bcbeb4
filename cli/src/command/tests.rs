//! The command line itself.

use clap::CommandFactory as _;

use super::*;

#[test]
fn every_argument_is_consistent() {
    Line::command().debug_assert();
}

#[test]
fn a_day_means_its_beginning_in_utc() {
    assert_eq!(moment("2026-03-03"), Ok("2026-03-03T00:00:00Z".parse().unwrap()));
}

#[test]
fn a_moment_may_carry_an_offset() {
    assert_eq!(moment("2026-03-03T12:00:00+02:00"), Ok("2026-03-03T10:00:00Z".parse().unwrap()));
}

#[test]
fn a_moment_that_is_none_is_refused() {
    assert!(moment("yesterday").is_err());
}

#[test]
fn a_token_must_hold_for_some_time() {
    assert!(duration("0s").is_err());
    assert!(duration("-1h").is_err());
    assert_eq!(duration("90m"), Ok(SignedDuration::from_mins(90)));
}

#[test]
fn fails_from_the_severity_given() {
    let fail_on: FailOn = "high".parse().unwrap();
    assert!(fail_on.counts(Severity::Critical));
    assert!(fail_on.counts(Severity::High));
    assert!(!fail_on.counts(Severity::Medium));
}

#[test]
fn fails_on_nothing_if_told_so() {
    assert!(!"none".parse::<FailOn>().unwrap().counts(Severity::Critical));
}

#[test]
fn says_which_severities_there_are() {
    let error = "urgent".parse::<FailOn>().unwrap_err();
    assert_eq!(error, "one of info, low, medium, high, critical, or none");
}

#[test]
fn an_audit_needs_a_source() {
    assert!(Line::try_parse_from(["muster", "audit"]).is_err());
}

#[test]
fn an_audit_takes_its_sources_from_a_file() {
    assert!(Line::try_parse_from(["muster", "audit", "--sources", "agent.toml"]).is_ok());
}

#[test]
fn an_invitation_needs_scopes() {
    assert!(Line::try_parse_from(["muster", "agents", "invite", "web-1"]).is_err());
}
