use super::Undeclared;
use crate::detector::testing::claims;

fn role(account: &str, rest: &str) -> Vec<String> {
    let text = format!(
        r#"role arn:aws:iam::1:role/vendor
  trust t {{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"sts:AssumeRole"}}}}
person ada
person bob  left=2026-01-01
{rest}"#
    );
    claims(&Undeclared, "2026-03-01", &text)
}

const FIRED: &str = "low arn:aws:iam::1:role/vendor: lets in `444455556666`, and has no business \
                     owner who is there";

#[test]
fn fires_if_nobody_is_declared() {
    assert_eq!(role("444455556666", ""), [FIRED]);
}

#[test]
fn fires_if_the_business_owner_has_left() {
    let left = "declare a.yaml#vendor  id=arn:aws:iam::1:role/vendor business=person:bob";
    assert_eq!(role("444455556666", left), [FIRED]);
}

#[test]
fn stays_quiet_if_the_business_owner_is_there() {
    let there = "declare a.yaml#vendor  id=arn:aws:iam::1:role/vendor business=person:ada";
    assert_eq!(role("444455556666", there), [""; 0]);
}

#[test]
fn stays_quiet_about_accounts_of_the_organisation() {
    assert_eq!(role("1", ""), [""; 0]);
}
