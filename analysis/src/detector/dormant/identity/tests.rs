use super::DormantIdentity;
use crate::detector::testing::verdict;

#[test]
fn fires_on_the_day_the_limit_is_reached() {
    let text = "role arn:aws:iam::1:role/ci  used=2026-01-01";
    assert_eq!(
        verdict(&DormantIdentity, "2026-04-01", text),
        [
            "low arn:aws:iam::1:role/ci: last used at 2026-01-01T00:00:00Z, dormant after 90 days",
            "recheck 2026-06-30",
        ]
    );
}

#[test]
fn stays_quiet_just_before_the_limit() {
    let text = "role arn:aws:iam::1:role/ci  used=2026-01-01";
    assert_eq!(verdict(&DormantIdentity, "2026-03-31T23:59:59Z", text), ["recheck 2026-04-01"]);
}

#[test]
fn one_credential_in_use_keeps_it_quiet() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  used=2025-01-01
  access_key AKIAEXAMPLE2  used=2026-03-01
  key_pair a1
";
    assert_eq!(verdict(&DormantIdentity, "2026-04-01", text), ["recheck 2026-05-30"]);
}

#[test]
fn says_unknown_if_one_credential_may_have_been_used() {
    let text = "
user arn:aws:iam::1:user/ci  used=2025-01-01
  access_key AKIAEXAMPLE1  used=2025-01-01
  key_pair a1
";
    assert_eq!(
        verdict(&DormantIdentity, "2026-04-01", text),
        ["unknown arn:aws:iam::1:user/ci: nobody tells of the use of `key:a1`"]
    );
}

#[test]
fn a_credential_that_is_switched_off_counts_for_nothing() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  used=2025-01-01
  access_key AKIAEXAMPLE2  enabled=false
";
    assert_eq!(verdict(&DormantIdentity, "2025-04-15", text).len(), 2);
}

#[test]
fn says_unknown_if_nobody_tells_of_its_use() {
    let text = "role arn:aws:iam::1:role/ci  created=2020-01-01";
    assert_eq!(
        verdict(&DormantIdentity, "2026-04-01", text),
        ["unknown arn:aws:iam::1:role/ci: nobody tells of its use"]
    );
}

#[test]
fn fires_for_a_role_with_which_nothing_runs_although_something_could() {
    let judged = |kind: &str| {
        let runs = format!("  runs arn:aws:ec2:eu-west-1:1:thing/x  kind={kind}");
        let role = "role arn:aws:iam::1:role/ci  created=2020-01-01 used=2020-02-01";
        verdict(&DormantIdentity, "2026-04-01", &format!("{role}\n{runs}")).len()
    };
    assert_eq!((judged("instance_profile"), judged("launch_template")), (1, 1));
    assert_eq!(judged("instance"), 0);
}

#[test]
fn stays_quiet_about_what_runs_is_off_or_should_not_be_used() {
    let text = "
host_account host:web-1/account/app  used=2020-01-01
  runs host:web-1/unit/app.service
host_account host:web-1/account/old  used=2020-01-01 enabled=false
host_account host:web-1/account/sync  used=2020-01-01 maker=system
account_root arn:aws:iam::1:root  used=2020-01-01
";
    assert_eq!(verdict(&DormantIdentity, "2026-04-01", text), [""; 0]);
}

#[test]
fn fires_if_it_was_not_used_for_as_long_as_the_provider_remembers() {
    let text = "role arn:aws:iam::1:role/ci  created=2020-01-01 used=before:2026-01-01";
    assert_eq!(
        verdict(&DormantIdentity, "2026-04-01", text),
        [
            "low arn:aws:iam::1:role/ci: not used since 2026-01-01T00:00:00Z, dormant after 90 days",
            "recheck 2026-06-30",
        ]
    );
    assert_eq!(verdict(&DormantIdentity, "2026-03-31T23:59:59Z", text), ["recheck 2026-04-01"]);
}

#[test]
fn the_latest_that_any_credential_leaves_open_counts() {
    let text = |one: &str, other: &str| {
        format!(
            "user arn:aws:iam::1:user/ci\n  access_key AKIAEXAMPLE1  used={one}\n  \
             access_key AKIAEXAMPLE2  used={other}\n"
        )
    };
    let because = |one: &str, other: &str| {
        verdict(&DormantIdentity, "2026-04-01", &text(one, other)).remove(0)
    };
    for (one, other) in [("before:2025-06-01", "2025-03-01"), ("before:2025-06-01", "never")] {
        assert!(because(one, other).contains("not used since 2025-06-01T00:00:00Z"));
        assert!(because(other, one).contains("not used since 2025-06-01T00:00:00Z"));
    }
    assert!(
        because("before:2025-06-01", "2025-07-01").contains("last used at 2025-07-01T00:00:00Z")
    );
}

#[test]
fn says_unknown_if_only_one_of_two_credentials_is_told_of() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  used=before:2015-04-22
  key_pair a1
";
    assert_eq!(
        verdict(&DormantIdentity, "2026-04-01", text),
        ["unknown arn:aws:iam::1:user/ci: nobody tells of the use of `key:a1`"]
    );
}
