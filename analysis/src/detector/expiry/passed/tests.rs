use super::Passed;
use crate::detector::testing::verdict;

#[test]
fn fires_in_the_second_after_a_certificate_ended() {
    let text = "certificate a1  ends=2026-03-01";
    assert_eq!(
        verdict(&Passed, "2026-03-01T00:00:01Z", text),
        ["medium certificate:a1: certificate ended at 2026-03-01T00:00:00Z"]
    );
}

#[test]
fn a_certificate_holds_through_its_last_second() {
    let text = "certificate a1  ends=2026-03-01";
    assert_eq!(verdict(&Passed, "2026-03-01", text), ["recheck 2026-03-01T00:00:01Z"]);
}

#[test]
fn a_password_ends_at_once() {
    let text = "
host_account host:web-1/account/deploy
  password p1  ends=2026-03-01
";
    assert_eq!(verdict(&Passed, "2026-03-01", text).len(), 1);
}

#[test]
fn stays_quiet_about_what_has_no_end_known_or_is_switched_off() {
    let text = "
certificate a1
certificate a2  ends=never
certificate a3  ends=2025-01-01 enabled=false
certificate a4  ends=2025-01-01 maker=system
";
    assert_eq!(verdict(&Passed, "2026-03-01", text), [""; 0]);
}
