use super::super::AwsIamConfig;
use super::super::fake::{self, Answer, Asked, Scanned};

const OWN: &str = "aws_iam/999999990001/aws-global/organizations";

/// An organisation of which the account that asks is a part, with one root and one policy on it.
fn organisation(asked: &Asked) -> Option<Answer> {
    let arn = "arn:aws:organizations::999999990001:";
    let body = match asked.api.as_str() {
        "DescribeOrganization" => format!(
            r#"{{"Organization":{{"Id":"o-example","Arn":"{arn}organization/o-example",
                "MasterAccountId":"999999990001"}}}}"#
        ),
        "ListAccounts" => format!(
            r#"{{"Accounts":[{{"Id":"123456789012","Status":"ACTIVE",
                "Arn":"{arn}account/o-example/123456789012","Name":"n"}}]}}"#
        ),
        "ListRoots" => {
            format!(
                r#"{{"Roots":[{{"Id":"r-exmp","Arn":"{arn}root/o-example/r-exmp","Name":"R"}}]}}"#
            )
        }
        "ListOrganizationalUnitsForParent" => r#"{"OrganizationalUnits":[]}"#.to_owned(),
        "ListAccountsForParent" => format!(
            r#"{{"Accounts":[{{"Id":"123456789012",
                "Arn":"{arn}account/o-example/123456789012","Name":"n"}}]}}"#
        ),
        "ListPolicies" if asked.body.contains("RESOURCE") => {
            let code = r#"{"__type":"PolicyTypeNotEnabledException"}"#;
            return Some(Answer::error(400, code));
        }
        "ListPolicies" => format!(
            r#"{{"Policies":[{{"Id":"p-service1","Type":"SERVICE_CONTROL_POLICY",
                "Arn":"{arn}policy/o-example/service_control_policy/p-service1"}}]}}"#
        ),
        "DescribePolicy" => format!(
            r#"{{"Policy":{{"PolicySummary":{{"Id":"p-service1","Type":"SERVICE_CONTROL_POLICY",
                "Arn":"{arn}policy/o-example/service_control_policy/p-service1"}},
                "Content":"{{\"Statement\":[]}}"}}}}"#
        ),
        "ListTargetsForPolicy" => format!(
            r#"{{"Targets":[{{"TargetId":"r-exmp","Arn":"{arn}root/o-example/r-exmp","Name":"R",
                "Type":"ROOT"}}]}}"#
        ),
        _ => return None,
    };
    Some(Answer::good(body))
}

async fn scan(say: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Scanned {
    fake::scan(AwsIamConfig { organisation: true, ..AwsIamConfig::default() }, say).await
}

#[tokio::test]
async fn what_bounds_an_account_is_told_and_waited_for() {
    let scanned = scan(organisation).await;
    assert_eq!(scanned.abandoned(), Vec::<&str>::new());
    for (call, count) in [
        ("ListAccounts", 2),
        ("ListParents", 2),
        ("DescribePolicy", 1),
        ("ListTargetsForPolicy", 1),
    ] {
        assert_eq!(scanned.facts(&format!("{OWN}:{call}")).len(), count, "{call}");
    }
    for (_, rights) in &scanned.rights {
        let bounds: Vec<&String> = rights.iter().filter(|it| it.starts_with(OWN)).collect();
        assert_eq!(bounds.len(), 3, "{rights:?}");
    }
}

#[tokio::test]
async fn what_is_refused_of_an_organisation_is_a_gap_of_its_own() {
    for (api, gaps) in [
        ("ListAccounts", &["ListAccounts"][..]),
        ("ListRoots", &["ListParents"]),
        ("ListOrganizationalUnitsForParent", &["ListParents"]),
        ("ListAccountsForParent", &["ListParents"]),
        ("ListPolicies", &["DescribePolicy", "ListTargetsForPolicy"]),
        ("DescribePolicy", &["DescribePolicy"]),
        ("ListTargetsForPolicy", &["ListTargetsForPolicy"]),
    ] {
        let refused = r#"{"__type":"AccessDeniedException"}"#;
        let scanned = scan(move |asked| {
            if asked.api == api { Some(Answer::error(400, refused)) } else { organisation(asked) }
        })
        .await;
        let gaps: Vec<String> = gaps.iter().map(|gap| format!("{OWN}:{gap}")).collect();
        assert_eq!(scanned.abandoned(), gaps, "{api}");
    }
}

#[tokio::test]
async fn an_account_in_no_organisation_says_so_and_is_looked_into_all_the_same() {
    let nowhere = r#"{"__type":"AWSOrganizationsNotInUseException","Message":"no"}"#;
    let scanned = scan(move |asked| {
        let is_it = organisation(asked).is_some();
        is_it.then(|| Answer::error(400, nowhere))
    })
    .await;
    let gaps = scanned.abandoned();
    assert!(gaps.iter().all(|gap| gap.contains("organizations:")), "{gaps:?}");
    assert!(scanned.ending("aws-global/organizations:DescribeOrganization").contains("NotInUse"));
    assert_eq!(scanned.ending("aws-global/iam:GetAccountAuthorizationDetails"), "complete");
}
