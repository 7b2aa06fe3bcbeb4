use model::{Fact, GrantKind, IdentityKind, Maker, Use};

use crate::source::aws_iam::AwsIamConfig;
use crate::source::aws_iam::fake::{Answer, Asked, Scanned, scan};

const GAAD: &str = "GetAccountAuthorizationDetails";
const GAAD_SCOPE: &str = "aws-global/iam:GetAccountAuthorizationDetails";

/// A scan in which the pages are as told: groups, then users and roles, then policies.
async fn pages(say: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Scanned {
    scan(AwsIamConfig::default(), move |asked| (asked.api == GAAD).then(|| say(asked))).await
}

/// A role as the authorization details have it.
fn role(name: &str, created_at: &str, last_used: &str) -> String {
    format!(
        "<RoleDetailList><member><Arn>arn:aws:iam::123456789012:role/{name}</Arn>\
         <RoleName>{name}</RoleName><Path>/</Path><CreateDate>{created_at}T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>\
         {last_used}<PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::aws:policy/B\
         </PermissionsBoundaryArn></PermissionsBoundary></member></RoleDetailList>"
    )
}

async fn role_use(created_at: &'static str, last_used: &'static str) -> Use {
    let scanned = pages(move |asked| match asked.before {
        1 => Answer::iam(GAAD, &role("r", created_at, last_used)),
        _ => Answer::iam(GAAD, ""),
    })
    .await;
    let role = scanned.facts(GAAD_SCOPE).iter().find_map(|fact| {
        if let Fact::Identity(identity) = fact { Some(identity.clone()) } else { None }
    });
    let role = role.unwrap();
    assert_eq!(role.kind, IdentityKind::Role);
    role.used
}

// The scan is on 1 February 2026; the provider remembers 400 days.
#[tokio::test]
async fn a_role_tells_its_last_use() {
    let last = "<RoleLastUsed><LastUsedDate>2026-01-02T03:04:05Z</LastUsedDate></RoleLastUsed>";
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    assert_eq!(role_use("2020-01-01", last).await, Use::At(at));
}

#[tokio::test]
async fn a_young_role_without_a_use_never_was_used() {
    assert_eq!(role_use("2024-12-29", "<RoleLastUsed></RoleLastUsed>").await, Use::Never);
}

// The 400 days began on 28 December 2024; the next month began after that.
#[tokio::test]
async fn an_old_role_without_a_use_may_have_been_used_long_ago() {
    let since = "2025-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(role_use("2024-12-27", "<RoleLastUsed></RoleLastUsed>").await, Use::NotSince(since));
}

#[test]
fn what_is_told_by_the_month_is_told_from_one_that_is_whole() {
    let after = |at: &str| super::month_after(at.parse().unwrap()).unwrap().to_string();
    assert_eq!(after("2024-12-01T00:00:00Z"), "2024-12-01T00:00:00Z");
    assert_eq!(after("2024-12-01T00:00:00.000000001Z"), "2025-01-01T00:00:00Z");
    assert_eq!(after("2024-12-31T23:59:59Z"), "2025-01-01T00:00:00Z");
    assert_eq!(after("2025-02-28T12:00:00Z"), "2025-03-01T00:00:00Z");
}

#[tokio::test]
async fn a_role_of_which_no_use_is_told_is_unknown() {
    assert_eq!(role_use("2026-01-01", "").await, Use::Unknown);
}

#[tokio::test]
async fn a_role_has_its_trust_and_its_boundary_as_grants() {
    let scanned = pages(|asked| match asked.before {
        1 => Answer::iam(GAAD, &role("r", "2026-01-01", "")),
        _ => Answer::iam(GAAD, ""),
    })
    .await;
    let grants: Vec<(GrantKind, &str)> = scanned
        .facts(GAAD_SCOPE)
        .iter()
        .filter_map(|fact| {
            if let Fact::Grant(it) = fact { Some((it.kind, it.policy.as_str())) } else { None }
        })
        .collect();
    assert_eq!(
        grants,
        [
            (GrantKind::Trust, "arn:aws:iam::123456789012:role/r#trust"),
            (GrantKind::Boundary, "arn:aws:iam::aws:policy/B"),
        ]
    );
}

#[tokio::test]
async fn of_the_providers_policies_only_those_that_apply_are_told() {
    let policy = |name: &str| {
        format!(
            "<member><Arn>arn:aws:iam::aws:policy/{name}</Arn><PolicyVersionList><member>\
             <Document>%7B%7D</Document><IsDefaultVersion>false</IsDefaultVersion></member><member>\
             <Document>%7B%22{name}%22%3A1%7D</Document><IsDefaultVersion>true</IsDefaultVersion>\
             </member></PolicyVersionList></member>"
        )
    };
    let policies = format!("<Policies>{}{}</Policies>", policy("A"), policy("B"));
    let scanned = pages(move |asked| match asked.before {
        1 => Answer::iam(GAAD, &role("r", "2026-01-01", "")),
        2 => Answer::iam(GAAD, &policies),
        _ => Answer::iam(GAAD, ""),
    })
    .await;
    let provided: Vec<&str> = scanned
        .facts(GAAD_SCOPE)
        .iter()
        .filter_map(|fact| if let Fact::Policy(policy) = fact { Some(policy) } else { None })
        .filter(|policy| policy.maker == Maker::Provider)
        .map(|policy| policy.document.as_str())
        .collect();
    assert_eq!(provided, [r#"{"B":1}"#]);
}

#[tokio::test]
async fn a_user_in_a_group_that_nobody_listed_abandons_the_scope() {
    let scanned = pages(|asked| match asked.before {
        1 => Answer::iam(
            GAAD,
            "<UserDetailList><member><Arn>arn:aws:iam::123456789012:user/u</Arn>\
             <UserName>u</UserName><GroupList><member>new</member></GroupList></member>\
             </UserDetailList>",
        ),
        _ => Answer::iam(GAAD, ""),
    })
    .await;
    assert_eq!(
        scanned.ending(GAAD_SCOPE),
        "`iam:GetAccountAuthorizationDetails` failed: the account changed meanwhile: group `new` is new"
    );
}
