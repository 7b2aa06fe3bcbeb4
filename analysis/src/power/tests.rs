use model::testing::{day, estate};

use super::{Power, sudoers};
use crate::detector::testing::subjects;

fn user(grants: &str) -> Power {
    let text = format!("user arn:aws:iam::111122223333:user/ci\n{grants}");
    Power::of(&subjects(&estate(&text), day("2026-03-01"))[0])
}

fn statement(text: &str) -> Power {
    user(&format!("  permission p {{\"Statement\":[{text}]}}"))
}

fn is_administrator(text: &str) -> bool {
    matches!(statement(text), Power::Administrator(_))
}

#[test]
fn every_action_is_recognised_in_its_spellings() {
    for action in [r#""*""#, r#"["*"]"#, r#""*:*""#, r#""**""#, r#"["s3:Get*","*"]"#] {
        let text = format!(r#"{{"Effect":"Allow","Action":{action},"Resource":"*"}}"#);
        assert!(is_administrator(&text), "{action}");
    }
    for action in [r#""iam:*""#, r#""*:Get*""#, r#""s*""#, "[]"] {
        let text = format!(r#"{{"Effect":"Allow","Action":{action},"Resource":"*"}}"#);
        assert!(!is_administrator(&text), "{action}");
    }
}

#[test]
fn everything_is_recognised_in_its_spellings() {
    let all = ["*", "arn:aws:*", "arn:*:*:*:*:*", "arn:aws:*:*:111122223333:*", "**"];
    for resource in all {
        let text = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}"#);
        assert!(is_administrator(&text), "{resource}");
    }
    for resource in ["arn:aws:s3:::*", "arn:aws:*:*:999999999999:*", "arn:aws:iam::111122223333:*"]
    {
        let text = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}"#);
        assert!(!is_administrator(&text), "{resource}");
    }
}

#[test]
fn all_but_some_buckets_can_become_everything_and_all_but_iam_is_not_everything() {
    let but = |arn: &str| {
        statement(&format!(r#"{{"Effect":"Allow","Action":"*","NotResource":"{arn}"}}"#))
    };
    assert_eq!(but("arn:aws:s3:::vault/*"), Power::Escalates(1));
    assert!(!matches!(but("arn:aws:iam::111122223333:*"), Power::Administrator(_)));
}

#[test]
fn names_of_elements_are_read_in_any_case() {
    assert!(is_administrator(r#"{"effect":"allow","action":"*","resource":"*"}"#));
}

#[test]
fn a_single_statement_may_stand_alone() {
    let power =
        user(r#"  permission p {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
    assert!(matches!(power, Power::Administrator(_)));
}

#[test]
fn an_empty_condition_always_holds() {
    let power = statement(r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}"#);
    assert!(matches!(power, Power::Administrator(proof) if proof.provisos.is_empty()));
}

#[test]
fn a_denial_of_everything_leaves_nothing() {
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
    assert_eq!(statement(&format!("{allow},{deny}")), Power::Nothing);
}

#[test]
fn a_whole_service_is_more_than_a_few_actions() {
    assert_eq!(
        statement(r#"{"Effect":"Allow","Action":["s3:*","ec2:Describe*"],"Resource":"*"}"#),
        Power::Broad("s3".to_owned())
    );
    assert_eq!(
        statement(r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b"}"#),
        Power::Limited(1)
    );
}

#[test]
fn malformed_documents_are_unknown_and_no_panic() {
    for document in [
        "{",
        "[]",
        r#"{"Statement":"x"}"#,
        r#"{"Statement":[1]}"#,
        r#"{"Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":7,"Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":"x"}]}"#,
    ] {
        let power = user(&format!("  permission p {document}"));
        assert!(matches!(power, Power::Unknown(_)), "{document}: {power:?}");
    }
    let deep = "[".repeat(10_000);
    assert!(matches!(user(&format!("  permission p {deep}")), Power::Unknown(_)));
}

#[test]
fn policies_are_unknown_if_only_credentials_were_listed() {
    let text = "user arn:aws:iam::1:user/ci  seen=aws_iam/1/aws-global/iam:GetCredentialReport";
    let power = Power::of(&subjects(&estate(text), day("2026-03-01"))[0]);
    assert!(matches!(power, Power::Unknown(_)));
}

#[test]
fn sudoers_that_allow_everything_are_recognised() {
    for line in [
        "ci ALL=(ALL) ALL",
        "ci ALL=(ALL:ALL) NOPASSWD: ALL",
        "ci ALL=ALL",
        "%sudo\tALL=(ALL:ALL) ALL",
        "(root) NOPASSWD: ALL",
        "ci ALL=(ALL) NOPASSWD:SETENV: ALL",
        "ci ALL=(postgres) /bin/x, (root) ALL",
        "ci ALL=(ALL) /usr/bin/apt, ALL",
        "ci ALL=(ALL) ALL, !/bin/sh",
        "Defaults env_reset\nci ALL=(ALL) ALL",
        "ci ALL=(ALL) !ALL\nci ALL=(root) PASSWD: ALL",
        "Defaults rootpw\nci ALL=(ALL) NOPASSWD: ALL",
    ] {
        assert!(sudoers::everything(line).is_some(), "{line}");
    }
}

#[test]
fn sudoers_that_allow_less_are_not() {
    for line in [
        "",
        "# ci ALL=(ALL) ALL",
        "Defaults targetpw",
        "ci ALL=(postgres) ALL",
        "ci ALL=(ALL) /usr/bin/apt",
        "ci ALL=(ALL) NOPASSWD: /usr/bin/apt, /bin/ls ALL",
        "ci ALL=(ALL, !root) ALL",
        "ci ALL=(:adm) ALL",
        "(((",
        "ci ALL=(root) ALL\nci ALL=(root) !ALL",
        "ci ALL=(root) /bin/x --mode=ALL",
        "Defaults targetpw\nci ALL=(ALL) ALL",
    ] {
        assert!(sudoers::everything(line).is_none(), "{line}");
    }
}

/// Each of these was searched to its end at every step.
#[test]
fn lines_of_sudoers_take_no_longer_than_their_length_allows() {
    for part in ["(,", "a,", "NOPASSWD:", "A,", "(a)"] {
        assert_eq!(sudoers::everything(&format!("ci ALL={}", part.repeat(200_000))), None);
    }
    assert!(sudoers::everything("ci ALL=(ALL) NOPASSWD : SETENV: ALL").is_some());
}
