use crate::{Pattern, ScopeId};

fn is_permitted(scope: &str, pattern: &str) -> bool {
    ScopeId::from(scope).is_permitted(&[Pattern(pattern.to_owned())])
}

#[test]
fn an_agent_may_report_on_what_its_patterns_match_and_nothing_else() {
    assert!(is_permitted("host/web-1/files:/etc", "host/web-1/*"));
    assert!(!is_permitted("host/web-2/files:/etc", "host/web-1/*"));
    assert!(!is_permitted("aws_iam/1/x", "host/web-1/*"));
}

#[test]
fn rights_are_told_beside_the_accounts() {
    let rights = |scope: &str| ScopeId::from(scope).rights().map(|it| it.0);
    let listing = Some("aws_iam/1/aws-global/iam:GetAccountAuthorizationDetails".to_owned());
    assert_eq!(rights("host/web-1/table:passwd").as_deref(), Some("host/web-1/table:sudoers"));
    assert_eq!(rights("host/web-1/files:/table:passwd"), None);
    assert_eq!(rights("aws_iam/1/aws-global/iam:GetCredentialReport"), listing);
    assert_eq!(rights("aws_iam/1/aws-global/iam:GetAccountAuthorizationDetails"), listing);
    assert_eq!(rights("aws_iam/1/eu-west-1/secretsmanager:ListSecrets"), None);
}

#[test]
fn an_agent_may_say_that_its_own_source_does_not_answer() {
    assert!(is_permitted("host/source", "host/web-1/*"));
    assert!(is_permitted("aws_iam/source", "aws_iam/123456789012/*"));
    assert!(!is_permitted("aws_iam/source", "host/web-1/*"));
    assert!(!is_permitted("host/source/more", "host/web-1/*"));
}
