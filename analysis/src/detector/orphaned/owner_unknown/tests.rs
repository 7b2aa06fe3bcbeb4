use super::OwnerUnknown;
use crate::detector::testing::claims;

#[test]
fn fires_if_the_owner_is_in_no_directory() {
    let text = "
user arn:aws:iam::1:user/ci
declare a.yaml#ci  kind=user technical=person:ada lifecycle=person:adda
person ada
";
    assert_eq!(
        claims(&OwnerUnknown, "2026-03-01", text),
        ["low arn:aws:iam::1:user/ci: its lifecycle owner `person:adda` is in no directory"]
    );
}

#[test]
fn stays_quiet_about_an_owner_who_left_but_is_listed() {
    let text = "
user arn:aws:iam::1:user/ci
declare a.yaml#ci  kind=user technical=person:ada
person ada  left
";
    assert_eq!(claims(&OwnerUnknown, "2026-03-01", text), [""; 0]);
}

#[test]
fn stays_quiet_if_nobody_is_declared() {
    assert_eq!(claims(&OwnerUnknown, "2026-03-01", "user arn:aws:iam::1:user/ci"), [""; 0]);
}
