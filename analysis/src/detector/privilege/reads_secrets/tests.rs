use super::ReadsSecrets;
use crate::detector::testing::verdict;

fn role(actions: &str, resource: &str, uses: &str) -> Vec<String> {
    let text = format!(
        "role arn:aws:iam::1:role/ci  created=2026-01-01\n  permission own \
         {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"{actions}\",\"Resource\":\"{resource}\"}}}}\n\
         {uses}"
    );
    let mut said = verdict(&ReadsSecrets, "2026-03-01", &text);
    said.retain(|line| !line.starts_with("recheck"));
    said
}

const READ: &str = "secretsmanager:GetSecretValue";

#[test]
fn fires_on_who_may_read_all_of_a_store_and_never_did() {
    assert_eq!(
        role(READ, "*", "  uses secretsmanager  used=never"),
        ["low arn:aws:iam::1:role/ci: may read `secretsmanager:*`, and does not"]
    );
}

#[test]
fn names_the_secrets_where_the_policy_does() {
    let said = role(
        "secretsmanager:Get*",
        "arn:aws:secretsmanager:eu-west-1:1:secret:db-*",
        "  uses secretsmanager  used=2025-11-01",
    );
    assert_eq!(
        said,
        ["low arn:aws:iam::1:role/ci: may read \
          `arn:aws:secretsmanager:eu-west-1:1:secret:db-*`, and does not"]
    );
}

#[test]
fn stays_quiet_just_below_the_limit() {
    assert_eq!(role(READ, "*", "  uses secretsmanager  used=2025-12-02"), [""; 0]);
    assert_eq!(role(READ, "*", "  uses secretsmanager  used=2025-12-01").len(), 1);
}

#[test]
fn stays_quiet_about_who_may_describe_secrets_alone() {
    let said = role("secretsmanager:DescribeSecret", "*", "  uses secretsmanager  used=never");
    assert_eq!(said, [""; 0]);
}

#[test]
fn says_unknown_if_nobody_tells_what_it_used() {
    assert_eq!(
        role(READ, "*", ""),
        [
            "unknown arn:aws:iam::1:role/ci: whether it uses the secrets that it may read is not told"
        ]
    );
}
