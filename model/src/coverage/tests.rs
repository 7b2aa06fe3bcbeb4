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
fn an_agent_may_say_that_its_own_source_does_not_answer() {
    assert!(is_permitted("host/source", "host/web-1/*"));
    assert!(is_permitted("aws_iam/source", "aws_iam/123456789012/*"));
    assert!(!is_permitted("aws_iam/source", "host/web-1/*"));
    assert!(!is_permitted("host/source/more", "host/web-1/*"));
}
