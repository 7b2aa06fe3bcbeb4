use super::Public;
use crate::detector::testing::claims;

fn role(statement: &str) -> Vec<String> {
    let text = format!("role arn:aws:iam::1:role/ci\n  trust t {{\"Statement\":{statement}}}");
    claims(&Public, "2026-03-01", &text)
}

fn anyone(condition: &str) -> Vec<String> {
    role(&format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"sts:AssumeRole","Condition":{condition}}}"#
    ))
}

const FIRED: &str = "medium arn:aws:iam::1:role/ci: lets in whoever asks, of any account";

#[test]
fn fires_on_a_trust_in_everybody() {
    assert_eq!(role(r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}"#), [FIRED]);
    assert_eq!(
        role(
            r#"{"Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::1:user/x"},"Action":"sts:AssumeRole"}"#
        ),
        [FIRED]
    );
}

#[test]
fn fires_if_a_stranger_can_meet_the_condition() {
    assert_eq!(anyone(r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#), [FIRED]);
    assert_eq!(anyone(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}"#), [FIRED]);
}

#[test]
fn stays_quiet_if_the_condition_names_who_it_is() {
    assert_eq!(anyone(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-example1"}}"#), [""; 0]);
    assert_eq!(anyone(r#"{"StringEquals":{"aws:PrincipalAccount":"1"}}"#), [""; 0]);
    assert_eq!(anyone(r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::1:role/*"}}"#), [""; 0]);
}

#[test]
fn stays_quiet_just_below_it_if_a_word_is_asked_for() {
    assert_eq!(anyone(r#"{"StringEquals":{"sts:ExternalId":"made-up-word"}}"#), [""; 0]);
}

#[test]
fn stays_quiet_about_a_trust_in_a_service() {
    assert_eq!(
        role(
            r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#
        ),
        [""; 0]
    );
}
