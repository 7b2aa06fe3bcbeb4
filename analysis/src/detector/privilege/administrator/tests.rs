use super::Administrator;
use crate::detector::testing::{claims, subjects, verdict};
use crate::detector::{Cx, Detector};
use crate::power::Power;
use model::testing::{day, estate};

/// What the rule says of a user with these grants.
fn user(grants: &str) -> Vec<String> {
    let lines: Vec<String> = grants.trim().lines().map(|it| format!("  {}", it.trim())).collect();
    let lines = lines.join("\n");
    let mut said =
        verdict(&Administrator, "2026-03-01", &format!("user arn:aws:iam::1:user/ci\n{lines}"));
    for line in &mut said {
        *line = line.replace("arn:aws:iam::1:user/ci: ", "");
    }
    said
}

const ALL: &str =
    r#"permission all {"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const BY_ALL: &str = "medium may do everything in account 1, by `all`";

#[test]
fn fires_on_every_action_on_everything() {
    assert_eq!(user(ALL), ["high may do everything in account 1, by `all`"]);
}

#[test]
fn stays_quiet_about_every_action_of_one_service() {
    let text = r#"permission s3 {"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    assert_eq!(user(text), [""; 0]);
}

#[test]
fn stays_quiet_about_every_action_on_one_resource() {
    let text = r#"permission b {"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*"}}"#;
    assert_eq!(user(text), [""; 0]);
}

#[test]
fn says_unknown_if_a_document_was_not_seen() {
    assert_eq!(
        user("permission all"),
        ["unknown what a policy says is not known: `all`, whose text is not known"]
    );
}

#[test]
fn says_unknown_if_a_document_is_malformed() {
    let said = user(r#"permission all {"Statement":[{"Effect":"Allow","Action":"*"}]}"#);
    assert_eq!(
        said,
        [
            "unknown what a policy says is not known: `all`: Statement[0]: it has neither `Resource` \
          nor `NotResource`"
        ]
    );
}

#[test]
fn fires_if_other_policies_prove_it_whatever_the_unseen_one_says() {
    let said = user(&format!("{ALL}\npermission other"));
    assert_eq!(
        said,
        [
            "medium may do everything in account 1, by `all`; what `other` says was not seen, and it \
          may deny"
        ]
    );
}

#[test]
fn names_a_condition_instead_of_keeping_quiet() {
    let said = user(
        r#"permission mfa {"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}"#,
    );
    assert_eq!(
        said,
        ["medium may do everything in account 1, by `mfa`; `mfa` allows it only if \
          `aws:MultiFactorAuthPresent` Bool `true`"]
    );
}

#[test]
fn fires_through_a_group() {
    let text = "
user arn:aws:iam::1:user/ci
  in arn:aws:iam::1:group/admins
group arn:aws:iam::1:group/admins
  permission all {\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"*\"],\"Resource\":[\"*\"]}}
";
    assert_eq!(
        claims(&Administrator, "2026-03-01", text),
        ["high arn:aws:iam::1:user/ci: may do everything in account 1, by `all` (through \
          `arn:aws:iam::1:group/admins`)"]
    );
}

#[test]
fn a_boundary_that_allows_less_keeps_it_quiet() {
    let text = format!(
        "{ALL}\nboundary b {}",
        r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#
    );
    assert_eq!(user(&text), [""; 0]);
}

#[test]
fn says_unknown_if_the_boundary_was_not_seen() {
    assert_eq!(
        user(&format!("{ALL}\nboundary b")),
        ["unknown what a policy says is not known: `b`, whose text is not known"]
    );
}

#[test]
fn a_denial_of_all_of_iam_keeps_it_quiet() {
    let text = format!(
        "{ALL}\npermission no {}",
        r#"{"Statement":{"Effect":"Deny","Action":"IAM:*","Resource":"*"}}"#
    );
    assert_eq!(user(&text), [""; 0]);
}

#[test]
fn a_denial_of_a_part_is_left_to_the_rule_of_those_who_can_lift_it() {
    let text = format!(
        "{ALL}\npermission no {}",
        r#"{"Statement":{"Effect":"Deny","Action":"ec2:TerminateInstances","Resource":"*"}}"#
    );
    assert_eq!(user(&text), [""; 0]);
}

#[test]
fn a_denial_under_a_condition_is_named() {
    let text = format!(
        "{ALL}\npermission mfa {}",
        r#"{"Statement":{"Effect":"Deny","NotAction":"iam:GetUser","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}}"#
    );
    assert_eq!(
        user(&text),
        [format!(
            "{BY_ALL}; `mfa` denies some of it if `aws:MultiFactorAuthPresent` BoolIfExists `false`"
        )]
    );
}

#[test]
fn a_set_split_over_two_policies_counts() {
    let text = r#"
permission most {"Statement":{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}}
permission rest {"Statement":{"Effect":"Allow","Action":["iam:*"],"Resource":"*"}}
"#;
    assert_eq!(user(text), ["high may do everything in account 1, by `most` and `rest`"]);
}

#[test]
fn everything_but_iam_is_not_everything() {
    let text = r#"permission power {"Statement":{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"}}"#;
    assert_eq!(user(text), [""; 0]);
}

#[test]
fn the_root_of_an_account_and_what_the_cloud_made_are_left_alone() {
    let text = format!(
        "
account_root arn:aws:iam::1:root
role arn:aws:iam::1:role/aws-reserved/sso  maker=provider
  {ALL}
group arn:aws:iam::1:group/admins
  {ALL}
"
    );
    assert_eq!(verdict(&Administrator, "2026-03-01", &text), [""; 0]);
}

#[test]
fn fires_on_an_account_that_may_become_the_superuser() {
    let text = "
host_account host:web-1/account/deploy
  permission sudoers deploy ALL=(ALL:ALL) NOPASSWD: ALL
host_account host:web-1/account/toor
  permission uid superuser
host_account host:web-1/account/root  maker=system
  permission uid superuser
host_account host:web-1/account/db
  permission sudoers-db db ALL=(postgres) ALL
";
    assert_eq!(
        claims(&Administrator, "2026-03-01", text),
        [
            "high host:web-1/account/deploy: may do everything in host:web-1, by `sudoers`",
            "high host:web-1/account/toor: may do everything in host:web-1, by `uid`",
        ]
    );
}

/// A host whose accounts were seen, with what its scope of sudo came to.
fn host(sudoers: &str) -> Vec<String> {
    let text = format!(
        "
host_account host:web-1/account/deploy  seen=host/web-1/table:passwd
host_account host:web-1/account/toor  seen=host/web-1/table:passwd
  permission uid superuser
machine host:web-1  seen=host/web-1/table:passwd
scope agent-1 host/web-1/table:passwd  completed=2026-02-01 rights=host/web-1/table:sudoers
{sudoers}"
    );
    let mut said = verdict(&Administrator, "2026-03-01", &text);
    said.retain(|line| line.contains("deploy") || line.contains("host:web-1:"));
    said
}

#[test]
fn says_unknown_if_nobody_ever_could_read_who_may_use_sudo() {
    let denied = "scope agent-1 host/web-1/table:sudoers  abandoned=denied";
    let untold = "unknown host:web-1/account/deploy: `host/web-1/table:sudoers`, which tells of its \
                  rights, was given up: denied";
    assert_eq!(host(denied), [untold]);
    let once = format!("{denied} completed=2026-02-01");
    assert_eq!(host(&once), [""; 0], "what was told once holds");
    let other = format!("{denied}\nscope agent-2 host/web-1/table:sudoers  completed=2026-02-01");
    assert_eq!(host(&other), [untold], "another agent told of accounts that it saw itself");
}

#[test]
fn says_unknown_until_all_that_tell_of_rights_have_told() {
    let said = |scopes: &str| {
        let text = format!(
            "
user arn:aws:iam::1:user/ci  seen=a/users
scope agent-1 a/users  rights=a/policies,a/limits
{scopes}"
        );
        verdict(&Administrator, "2026-03-01", &text)
    };
    let untold = "unknown arn:aws:iam::1:user/ci: `a/limits`, which tells of its rights, was given up: \
                  denied";
    let policies = "scope agent-1 a/policies  completed=2026-02-01";
    let denied = "scope agent-1 a/limits  abandoned=denied";
    assert_eq!(said(&format!("{policies}\n{denied}")), [untold]);
    assert_eq!(said(&format!("{policies}\n{denied} completed=2026-01-01")), [""; 0]);
    assert_eq!(said(policies), [""; 0], "the other may be on its way");
}

#[test]
fn says_unknown_if_the_listing_of_policies_was_given_up() {
    let text = "
user arn:aws:iam::1:user/ci  seen=aws_iam/1/aws-global/iam:GetCredentialReport
scope agent-1 aws_iam/1/aws-global/iam:GetCredentialReport  \
rights=aws_iam/1/aws-global/iam:GetAccountAuthorizationDetails
scope agent-1 aws_iam/1/aws-global/iam:GetAccountAuthorizationDetails  abandoned=AccessDenied
";
    let said = verdict(&Administrator, "2026-03-01", text);
    assert_eq!(
        said,
        ["unknown arn:aws:iam::1:user/ci: \
          `aws_iam/1/aws-global/iam:GetAccountAuthorizationDetails`, which tells of its rights, \
          was given up: AccessDenied"]
    );
}

#[test]
fn the_remedy_quotes_what_comes_from_outside() {
    let text = format!("user arn:aws:iam::1:user/o'brien\n  {ALL}");
    let subject = subjects(&estate(&text), day("2026-03-01")).remove(0);
    let (limits, power) = (crate::detector::testing::limits(), Power::of(&subject));
    let cx = Cx { as_of: day("2026-03-01"), limits: &limits, power: &power };
    let verdict = Administrator.examine(&subject, &cx);
    assert_eq!(
        verdict.conclusions[0].remedy,
        r"give it a policy of the actions that it uses, then: aws iam detach-user-policy --user-name 'o'\''brien' --policy-arn all"
    );
}
