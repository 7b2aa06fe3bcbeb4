use super::Disputed;
use crate::detector::testing::claims;

const TWO_PEOPLE: &str = "
person ada
person bob
user arn:aws:iam::1:user/ci  label.team=payments
";

fn disputed(declarations: &str) -> usize {
    claims(&Disputed, "2026-03-01", &format!("{TWO_PEOPLE}{declarations}")).len()
}

#[test]
fn fires_if_declarations_of_one_weight_name_different_owners() {
    let text = format!(
        "{TWO_PEOPLE}
declare a.yaml#ci  label.team=payments technical=person:ada
declare b.yaml#ci  label.team=payments technical=person:bob
"
    );
    assert_eq!(
        claims(&Disputed, "2026-03-01", &text),
        ["low arn:aws:iam::1:user/ci: declarations of equal weight name different owners: \
          `a.yaml#ci`, `b.yaml#ci`"]
    );
}

#[test]
fn stays_quiet_if_they_name_the_same_owners_in_another_order() {
    let same = "
declare a.yaml#ci  kind=user technical=person:ada,person:bob
declare b.yaml#ci  kind=user technical=person:bob,person:ada
";
    assert_eq!(disputed(same), 0);
}

#[test]
fn stays_quiet_if_one_names_nobody_for_the_role() {
    let silent = "
declare a.yaml#ci  kind=user technical=person:ada
declare b.yaml#ci  kind=user lifecycle=person:bob
";
    assert_eq!(disputed(silent), 0);
}

#[test]
fn stays_quiet_if_one_is_more_specific() {
    let specific = "
declare a.yaml#ci  kind=user technical=person:ada
declare b.yaml#ci  kind=user source=aws_iam technical=person:bob
";
    assert_eq!(disputed(specific), 0);
}
