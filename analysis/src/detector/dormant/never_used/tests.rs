use super::NeverUsed;
use crate::detector::testing::verdict;

#[test]
fn fires_for_the_identity_and_its_credential_90_days_after_they_were_made() {
    let text = "
user arn:aws:iam::1:user/ci  created=2025-12-31
  access_key AKIAEXAMPLE1  created=2026-01-01 used=never
";
    let never = "never used since it was made at 2026-01-01T00:00:00Z, dormant after 90 days";
    assert_eq!(
        verdict(&NeverUsed, "2026-04-01", text),
        [
            format!("low arn:aws:iam::1:user/ci: user {never}"),
            format!("low aws_access_key:AKIAEXAMPLE1: access_key {never}"),
            "recheck 2026-06-30".to_owned(),
        ]
    );
}

#[test]
fn stays_quiet_just_before_the_limit() {
    let text = "role arn:aws:iam::1:role/ci  created=2026-01-01 used=never";
    assert_eq!(verdict(&NeverUsed, "2026-03-31T23:59:59Z", text), ["recheck 2026-04-01"]);
}

#[test]
fn a_young_key_of_an_old_user_is_given_its_time() {
    let text = "
user arn:aws:iam::1:user/ci  created=2020-01-01
  access_key AKIAEXAMPLE1  created=2026-03-31 used=never
";
    assert_eq!(verdict(&NeverUsed, "2026-04-01", text), ["recheck 2026-06-29"]);
}

#[test]
fn says_unknown_if_nobody_tells_since_when() {
    assert_eq!(
        verdict(&NeverUsed, "2026-04-01", "role arn:aws:iam::1:role/ci  used=never"),
        ["unknown arn:aws:iam::1:role/ci: never used, but nobody tells since when"]
    );
}

#[test]
fn stays_quiet_once_it_was_used() {
    let text = "role arn:aws:iam::1:role/ci  created=2020-01-01 used=2020-01-02";
    assert_eq!(verdict(&NeverUsed, "2026-04-01", text), [""; 0]);
}

#[test]
fn a_use_that_nobody_tells_of_is_not_never() {
    let text = "role arn:aws:iam::1:role/ci  created=2020-01-01";
    assert_eq!(
        verdict(&NeverUsed, "2026-04-01", text),
        ["unknown arn:aws:iam::1:role/ci: nobody tells of its use"]
    );
}

#[test]
fn what_the_provider_may_have_forgotten_is_not_never() {
    let text = "
role arn:aws:iam::1:role/ci  created=2020-01-01 used=before:2025-01-01
user arn:aws:iam::1:user/ci  created=2013-01-01
  access_key AKIAEXAMPLE1  created=2013-01-01 used=before:2015-04-22
";
    assert_eq!(verdict(&NeverUsed, "2026-04-01", text), [""; 0]);
}
