//! Each check at its limits.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-03-01T12:00:00Z")
}

fn scope(state: ScopeState, completed: Option<&str>) -> ScopeStatus {
    ScopeStatus {
        agent: "web-1".into(),
        scope: "host/web-1/table:passwd".into(),
        state,
        first_at: at("2026-02-01T00:00:00Z"),
        completed_at: completed.map(at),
        interval: Some(SignedDuration::from_hours(6)),
        digest: model::ScopeDigest::default(),
        rights: Vec::new(),
    }
}

fn agent(seen: &str) -> v1::AgentView {
    v1::AgentView { id: "web-1".to_owned(), seen_at: Some(at(seen).into()), ..Default::default() }
}

fn status(theirs: &str) -> v1::StatusReply {
    v1::StatusReply { now: Some(at(theirs).into()), ..Default::default() }
}

#[test]
fn clocks_that_agree_are_fine() {
    assert_eq!(clock(&status("2026-03-01T12:00:05Z"), now()).state, State::Ok);
}

#[test]
fn clocks_that_differ_a_little_are_noticed_either_way() {
    assert_eq!(clock(&status("2026-03-01T12:00:06Z"), now()).state, State::Warn);
    assert_eq!(clock(&status("2026-03-01T11:59:54Z"), now()).state, State::Warn);
}

#[test]
fn clocks_that_differ_by_more_than_a_minute_fail() {
    assert_eq!(clock(&status("2026-03-01T12:01:01Z"), now()).state, State::Fail);
}

#[test]
fn a_scope_is_stale_after_two_intervals_and_not_before() {
    let twelve_hours = [scope(ScopeState::Complete, Some("2026-03-01T00:00:00Z"))];
    assert_eq!(seen(&twelve_hours, now()).state, State::Ok);
    let and_a_second = [scope(ScopeState::Complete, Some("2026-02-28T23:59:59Z"))];
    assert_eq!(seen(&and_a_second, now()).state, State::Fail);
}

#[test]
fn a_scope_never_seen_whole_is_held_against_its_first_scan() {
    assert_eq!(seen(&[scope(ScopeState::Running, None)], now()).state, State::Fail);
}

#[test]
fn a_scope_that_was_given_up_is_a_warning() {
    let given_up =
        [scope(ScopeState::Abandoned("denied".to_owned()), Some("2026-03-01T11:00:00Z"))];
    assert_eq!(seen(&given_up, now()).state, State::Warn);
}

#[test]
fn an_agent_is_silent_after_two_of_its_intervals() {
    let scopes = [scope(ScopeState::Complete, Some("2026-03-01T11:00:00Z"))];
    assert_eq!(agents_check(&[agent("2026-03-01T00:00:00Z")], &scopes, now()).state, State::Ok);
    assert_eq!(agents_check(&[agent("2026-02-28T23:59:59Z")], &scopes, now()).state, State::Fail);
}

#[test]
fn a_revoked_agent_may_be_silent() {
    let revoked = v1::AgentView { revoked_at: Some(now().into()), ..agent("2026-01-01T00:00:00Z") };
    assert_eq!(agents_check(&[revoked], &[], now()).state, State::Warn);
}

#[test]
fn other_versions_are_noticed() {
    let other = v1::StatusReply { version: "0.0.1".to_owned(), ..Default::default() };
    assert_eq!(version(&other).state, State::Warn);
}

#[test]
fn an_identity_that_is_not_there_fails_with_its_path() {
    let target = Target { address: String::new(), identity: "/nowhere".into() };
    let check = certificate(&target, now());
    assert_eq!(check.state, State::Fail);
    assert!(check.says.contains("/nowhere/operator.pem"));
}
