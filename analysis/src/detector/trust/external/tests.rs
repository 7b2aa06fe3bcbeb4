use super::External;
use crate::detector::testing::claims;

const THEIRS: &str = "arn:aws:iam::444455556666:root";
const DECLARED: &str = "
person ada
declare a.yaml#ci  id=arn:aws:iam::1:role/ci business=person:ada technical=person:ada lifecycle=person:ada";

fn role(principal: &str, condition: &str, rest: &str) -> Vec<String> {
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole","Condition":{condition}}}"#
    );
    let text =
        format!("role arn:aws:iam::1:role/ci\n  trust t {{\"Statement\":{statement}}}\n{rest}");
    claims(&External, "2026-03-01", &text)
}

const WORD: &str = r#"{"StringEquals":{"sts:ExternalId":"made-up-word"}}"#;

#[test]
fn fires_on_an_unknown_account_without_an_external_id() {
    let said = role(THEIRS, "{}", DECLARED);
    assert_eq!(
        said,
        ["low arn:aws:iam::1:role/ci: lets in `444455556666`, without an external id"]
    );
}

#[test]
fn fires_if_nobody_declared_it() {
    let said = role(THEIRS, WORD, "");
    assert_eq!(
        said,
        ["low arn:aws:iam::1:role/ci: lets in `444455556666`, and nobody declared it"]
    );
}

#[test]
fn stays_quiet_about_a_declared_role_that_asks_for_an_external_id() {
    assert_eq!(role(THEIRS, WORD, DECLARED), [""; 0]);
}

#[test]
fn an_external_id_that_need_not_be_there_is_none() {
    let maybe = r#"{"StringEqualsIfExists":{"sts:ExternalId":"made-up-word"}}"#;
    assert_eq!(role(THEIRS, maybe, DECLARED).len(), 1);
}

#[test]
fn stays_quiet_about_an_account_that_is_ours() {
    assert_eq!(role("arn:aws:iam::2:root", "{}", "user arn:aws:iam::2:user/bo"), [""; 0]);
    assert_eq!(role("arn:aws:iam::1:root", "{}", ""), [""; 0]);
}
