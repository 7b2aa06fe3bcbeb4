use super::OwnerGone;
use crate::detector::testing::claims;

#[test]
fn fires_from_the_moment_an_owner_has_left() {
    let text = "
user arn:aws:iam::1:user/ci
declare a.yaml#ci  kind=user technical=person:ada lifecycle=person:bob
person ada  left=2026-03-01
person bob
";
    assert_eq!(
        claims(&OwnerGone, "2026-03-01", text),
        ["low arn:aws:iam::1:user/ci: its technical owner is gone: `person:ada` left at \
          2026-03-01T00:00:00Z"]
    );
}

#[test]
fn stays_quiet_until_the_owner_leaves() {
    let text = "
user arn:aws:iam::1:user/ci
declare a.yaml#ci  kind=user technical=person:ada lifecycle=person:ada
person ada  left=2026-03-01
";
    assert_eq!(claims(&OwnerGone, "2026-02-28T23:59:59Z", text), [""; 0]);
}

#[test]
fn fires_if_the_team_has_no_active_member() {
    let text = "
user arn:aws:iam::1:user/ci
declare a.yaml#ci  kind=user technical=team:payments lifecycle=team:nobody
team payments  members=person:ada
team nobody
person ada  left
";
    assert_eq!(
        claims(&OwnerGone, "2026-03-01", text),
        ["low arn:aws:iam::1:user/ci: its technical owner is gone: `team:payments` has no active \
          member: 1 left, 0 in no directory; its lifecycle owner is gone: `team:nobody` has no members"]
    );
}

#[test]
fn stays_quiet_if_one_member_of_the_team_is_there() {
    let text = "
user arn:aws:iam::1:user/ci
declare a.yaml#ci  kind=user technical=team:payments lifecycle=team:payments
team payments  members=person:ada,person:bob
person ada  left
person bob
";
    assert_eq!(claims(&OwnerGone, "2026-03-01", text), [""; 0]);
}

#[test]
fn stays_quiet_about_a_built_in_account_that_a_broad_declaration_matches() {
    let text = "
host_account host:web-1/account/daemon  maker=system
declare a.yaml#host  realm=host:web-1 technical=person:ada
person ada  left
";
    assert_eq!(claims(&OwnerGone, "2026-03-01", text), [""; 0]);
}
