use super::NoOwner;
use crate::detector::testing::{claims, verdict, verdict_under};
use crate::policy::{Change, Override, Policy, When};

#[test]
fn fires_if_no_declaration_matches() {
    let text = "user arn:aws:iam::111122223333:user/ci  created=2025-01-01";
    assert_eq!(
        verdict(&NoOwner, "2026-03-01", text),
        [
            "low arn:aws:iam::111122223333:user/ci: nobody is declared to answer for it: no \
             declaration matches it",
            "recheck 2028-01-01",
        ]
    );
}

#[test]
fn fires_if_only_one_of_two_roles_has_an_owner() {
    let text = "
role arn:aws:iam::111122223333:role/ci
declare a.yaml#ci  kind=role technical=person:ada
person ada
";
    assert_eq!(
        claims(&NoOwner, "2026-03-01", text),
        ["low arn:aws:iam::111122223333:role/ci: nobody is declared as its lifecycle owner: \
          `a.yaml#ci` names none"]
    );
}

#[test]
fn stays_quiet_if_every_role_that_the_class_needs_is_declared() {
    let text = "
role arn:aws:iam::111122223333:role/ci
declare a.yaml#ci  kind=role technical=person:ada lifecycle=person:ada
person ada
";
    assert_eq!(verdict(&NoOwner, "2026-03-01", text), [""; 0]);
}

#[test]
fn stays_quiet_about_what_the_cloud_or_the_distribution_made() {
    let text = "
role arn:aws:iam::111122223333:role/aws-service-role/x  maker=provider
host_account host:web-1/account/daemon  maker=system
group arn:aws:iam::111122223333:group/g
key_pair a1
";
    assert_eq!(verdict(&NoOwner, "2026-03-01", text), [""; 0]);
}

#[test]
fn a_disabled_account_needs_an_owner_too() {
    let text = "host_account host:web-1/account/deploy  enabled=false";
    assert_eq!(claims(&NoOwner, "2026-03-01", text).len(), 1);
}

#[test]
fn the_policy_may_ask_for_no_owner_of_a_class() {
    let when = When { kind: Some("machine".to_owned()), ..When::default() };
    let change = Change { owner_roles: Some([].into()), ..Change::default() };
    let policy = Policy { overrides: vec![Override { when, change }], ..Policy::default() };
    assert_eq!(verdict_under(&policy, &NoOwner, "2026-03-01", "machine host:web-1"), [""; 0]);
}
