use super::Soon;
use crate::detector::testing::verdict;

const A_YEAR: &str = "
certificate a1  created=2025-03-31 ends=2026-03-31
  at host:web-1/file:/etc/nginx/tls.pem  kind=certificate_file readers=everyone
";

#[test]
fn fires_with_each_notice_more_severely() {
    let said = |date: &str| verdict(&Soon, date, A_YEAR);
    let ends = "certificate:a1: certificate ends at 2026-03-31T00:00:00Z";
    let and =
        |severity: &str, next: &str| [format!("{severity} {ends}"), format!("recheck {next}")];
    assert_eq!(said("2026-03-01"), and("low", "2026-03-17"));
    assert_eq!(said("2026-03-17"), and("medium", "2026-03-28"));
    // It holds through the second in which it ends.
    assert_eq!(said("2026-03-28"), and("medium", "2026-03-31T00:00:01Z"));
}

#[test]
fn stays_quiet_just_before_the_first_notice() {
    assert_eq!(verdict(&Soon, "2026-02-28T23:59:59Z", A_YEAR), ["recheck 2026-03-01"]);
}

#[test]
fn stays_quiet_once_it_has_ended() {
    assert_eq!(verdict(&Soon, "2026-03-31T00:00:01Z", A_YEAR), [""; 0]);
}

#[test]
fn what_lives_shorter_is_told_of_later() {
    let a_day = "certificate a1  created=2026-03-01 ends=2026-03-02";
    assert_eq!(verdict(&Soon, "2026-03-01T15:00:00Z", a_day).len(), 1, "a third is 8 hours");
    assert_eq!(verdict(&Soon, "2026-03-01T16:30:00Z", a_day).len(), 2);
}

#[test]
fn stays_quiet_about_trust_anchors_of_the_distribution() {
    let text = "certificate a1  ends=2026-03-02 maker=system authority self_signed";
    assert_eq!(verdict(&Soon, "2026-03-01", text), [""; 0]);
}

#[test]
fn stays_quiet_about_session_tokens_of_nobody_known() {
    let text = "
token a1  created=2026-03-01 ends=2026-03-02
  at host:web-1/file:/root/.cache/token  kind=secret_file
";
    assert_eq!(verdict(&Soon, "2026-03-01T23:00:00Z", text), [""; 0]);
}
