use super::SensitiveWildcard;
use crate::detector::testing::claims;

fn user(statement: &str) -> Vec<String> {
    let text =
        format!("user arn:aws:iam::1:user/ci\n  permission own {{\"Statement\":{statement}}}");
    claims(&SensitiveWildcard, "2026-03-01", &text)
}

#[test]
fn fires_on_an_action_that_reads_data_everywhere() {
    let said = user(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#);
    assert_eq!(
        said,
        ["medium arn:aws:iam::1:user/ci: on all resources it may expose data (s3:GetObject)"]
    );
}

#[test]
fn stays_quiet_just_below_it_if_a_resource_is_named() {
    let statement = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    assert_eq!(user(statement), [""; 0]);
}

#[test]
fn stays_quiet_about_actions_that_list() {
    let statement =
        r#"{"Effect":"Allow","Action":["ec2:Describe*","s3:ListAllMyBuckets"],"Resource":"*"}"#;
    assert_eq!(user(statement), [""; 0]);
}

#[test]
fn stays_quiet_about_administrators() {
    assert_eq!(user(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#), [""; 0]);
}
