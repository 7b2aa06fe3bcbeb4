use jiff::SignedDuration;

use super::Age;
use crate::detector::testing::{claims, verdict, verdict_under};
use crate::policy::{Change, Override, Policy, When};

#[test]
fn fires_on_the_day_the_limit_is_reached() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  created=2025-01-01
";
    // 90 days after 1 January is 1 April, 180 days are up on 30 June.
    assert_eq!(
        verdict(&Age, "2025-04-01", text),
        [
            "low aws_access_key:AKIAEXAMPLE1: access_key made at 2025-01-01T00:00:00Z, was due \
             after 90 days, at 2025-04-01T00:00:00Z",
            "recheck 2025-06-30",
        ]
    );
}

#[test]
fn stays_quiet_just_before_the_limit() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  created=2025-01-01
";
    assert_eq!(verdict(&Age, "2025-03-31T23:59:59Z", text), ["recheck 2025-04-01"]);
}

#[test]
fn says_unknown_if_nobody_tells_the_age() {
    let text = "
host_account host:web-1/account/deploy
  key_pair a1
";
    assert_eq!(
        verdict(&Age, "2025-04-01", text),
        ["unknown key:a1: nobody tells when it was made"]
    );
}

#[test]
fn a_file_that_nobody_has_changed_proves_the_age() {
    let text = "
key_pair a1
  at host:web-1/file:/home/ci/.ssh/id_rsa  kind=private_key_file modified=2024-04-01
  at host:web-1/file:/home/ci/copy  kind=private_key_file modified=2025-03-01
";
    assert_eq!(
        verdict(&Age, "2025-04-01", text)[0],
        "medium key:a1: key_pair has lain unchanged since 2024-04-01T00:00:00Z, was due after 365 \
         days, at 2025-04-01T00:00:00Z"
    );
}

#[test]
fn a_file_of_yesterday_proves_nothing() {
    let text = "
secret a1
  at host:web-1/file:/srv/.env  kind=secret_file modified=2025-03-31
";
    assert_eq!(
        verdict(&Age, "2025-04-01", text),
        [
            "unknown secret:a1: nobody tells when it was made, only that it is younger where it lies",
            "recheck 2025-06-29",
        ]
    );
}

#[test]
fn a_file_dated_at_zero_proves_nothing() {
    let text = "
secret a1
  at host:web-1/file:/srv/.env  kind=secret_file modified=1970-01-01
";
    assert_eq!(
        verdict(&Age, "2025-04-01", text),
        ["unknown secret:a1: nobody tells when it was made"]
    );
}

#[test]
fn a_key_pair_may_be_older_than_an_access_key() {
    let text = "
host_account host:web-1/account/deploy
  key_pair a1  created=2025-01-01
";
    assert_eq!(claims(&Age, "2025-12-31", text), [""; 0]);
    assert_eq!(claims(&Age, "2026-01-01", text).len(), 1);
}

#[test]
fn stays_quiet_about_certificates_host_keys_and_what_came_with_the_system() {
    let text = "
certificate c1  created=2000-01-01
machine host:web-1
  key_pair h1  created=2000-01-01
    at host:web-1/file:/etc/ssh/ssh_host_ed25519_key  kind=host_key_file
host_account host:web-1/account/root  maker=system
  password p1  created=2000-01-01 maker=system
";
    assert_eq!(verdict(&Age, "2025-04-01", text), [""; 0]);
}

#[test]
fn stays_quiet_about_what_has_ended_by_itself() {
    let text = "
token t1  created=2024-01-01 ends=2025-03-01
access_key ASIAEXAMPLE1
  at host:web-1/file:/root/.aws/credentials  kind=secret_file modified=2024-01-01
";
    assert_eq!(verdict(&Age, "2025-04-01", text), [""; 0]);
}

#[test]
fn a_key_that_somebody_gave_to_a_built_in_account_is_judged() {
    let text = "
host_account host:web-1/account/root  maker=system
  key_pair a1  created=2000-01-01
";
    assert_eq!(claims(&Age, "2025-04-01", text).len(), 1);
}

#[test]
fn the_policy_may_allow_more_in_an_environment() {
    let when = When { environment: Some("test".to_owned()), ..When::default() };
    let age = Some(SignedDuration::from_hours(200 * 24));
    let change = Change { access_key_age_max: age, ..Change::default() };
    let policy = Policy { overrides: vec![Override { when, change }], ..Policy::default() };
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  created=2025-01-01
declare a.yaml#ci  kind=user environment=test
";
    assert_eq!(verdict_under(&policy, &Age, "2025-04-01", text), ["recheck 2025-07-20"]);
}
