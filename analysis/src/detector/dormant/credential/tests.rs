use super::DormantCredential;
use crate::detector::testing::verdict;

#[test]
fn fires_on_the_day_the_limit_is_reached() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  used=2026-01-01
";
    assert_eq!(
        verdict(&DormantCredential, "2026-04-01", text),
        [
            "low aws_access_key:AKIAEXAMPLE1: access_key last used at 2026-01-01T00:00:00Z, dormant \
             after 90 days",
            "recheck 2026-06-30",
        ]
    );
}

#[test]
fn stays_quiet_just_before_the_limit() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  used=2026-01-01
";
    assert_eq!(verdict(&DormantCredential, "2026-03-31T23:59:59Z", text), ["recheck 2026-04-01"]);
}

#[test]
fn says_unknown_if_nobody_tells_of_its_use() {
    assert_eq!(
        verdict(&DormantCredential, "2026-04-01", "key_pair a1"),
        ["unknown key:a1: nobody tells of its use"]
    );
}

#[test]
fn the_latest_use_that_any_scope_tells_counts() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  used=2025-01-01 seen=aws_iam/1/a
  access_key AKIAEXAMPLE1  used=2026-03-01 seen=aws_iam/1/b
";
    assert_eq!(verdict(&DormantCredential, "2026-04-01", text), ["recheck 2026-05-30"]);
}

#[test]
fn stays_quiet_about_certificates_and_what_is_switched_off() {
    let text = "
certificate a1  used=2020-01-01
access_key AKIAEXAMPLE1  used=2020-01-01 enabled=false
";
    assert_eq!(verdict(&DormantCredential, "2026-04-01", text), [""; 0]);
}

#[test]
fn fires_if_it_was_not_used_for_as_long_as_the_provider_keeps_count() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  created=2013-01-01 used=before:2015-04-22
";
    let told = verdict(&DormantCredential, "2026-04-01", text).remove(0);
    assert!(
        told.contains(": access_key not used since 2015-04-22T00:00:00Z, dormant after 90 days")
    );
}
