use model::{Credential, Fact, Use};

use super::AwsIamConfig;
use super::fake::{Answer, Asked, Scanned, parameter, scan};
use crate::source::ScanError;

const GAAD: &str = "GetAccountAuthorizationDetails";
const GAAD_SCOPE: &str = "aws-global/iam:GetAccountAuthorizationDetails";
const KEYS_SCOPE: &str = "aws-global/iam:ListAccessKeys";
const MFA: &str = "ListVirtualMFADevices";
const MFA_SCOPE: &str = "aws-global/iam:ListVirtualMFADevices";

/// A scan in which one API answers as told.
async fn with(
    api: &'static str,
    say: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> Scanned {
    scan(AwsIamConfig::default(), move |asked| (asked.api == api).then(|| say(asked))).await
}

fn device(number: usize) -> String {
    format!(
        "<VirtualMFADevices><member><SerialNumber>arn:aws:iam::123456789012:mfa/m{number}\
         </SerialNumber><EnableDate>2026-01-01T00:00:00Z</EnableDate><User><Path>/</Path>\
         <UserName>u{number}</UserName><UserId>AIDAEXAMPLE</UserId>\
         <Arn>arn:aws:iam::123456789012:user/u{number}</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate></User></member></VirtualMFADevices>"
    )
}

fn devices(scanned: &Scanned) -> usize {
    scanned.facts(MFA_SCOPE).len()
}

fn keys(scanned: &Scanned) -> Vec<&Credential> {
    let facts = scanned.facts(KEYS_SCOPE).iter();
    facts
        .filter_map(|fact| if let Fact::Credential(key) = fact { Some(key) } else { None })
        .collect()
}

#[tokio::test]
async fn an_empty_account_is_listed_to_its_end() {
    let scanned = scan(AwsIamConfig::default(), |_| None).await;
    assert_eq!(scanned.abandoned(), Vec::<&str>::new());
    let scopes: Vec<&str> = scanned.scopes.keys().map(String::as_str).collect();
    insta::assert_snapshot!(scopes.join("\n"), @"
    aws-global/iam:GetAccountAuthorizationDetails
    aws-global/iam:GetCredentialReport
    aws-global/iam:GetServiceLastAccessedDetails
    aws-global/iam:ListAccessKeys
    aws-global/iam:ListInstanceProfiles
    aws-global/iam:ListOpenIDConnectProviders
    aws-global/iam:ListSAMLProviders
    aws-global/iam:ListServerCertificates
    aws-global/iam:ListServiceSpecificCredentials
    aws-global/iam:ListSigningCertificates
    aws-global/iam:ListVirtualMFADevices
    aws-global/sts:GetCallerIdentity
    us-east-1/acm:ListCertificates
    us-east-1/apprunner:DescribeService
    us-east-1/batch:DescribeJobDefinitions
    us-east-1/bedrock-agentcore:GetAgentRuntime
    us-east-1/cloudformation:DescribeStacks
    us-east-1/codebuild:BatchGetProjects
    us-east-1/ec2:DescribeInstances
    us-east-1/ec2:DescribeLaunchTemplateVersions
    us-east-1/ecs:DescribeServices
    us-east-1/ecs:DescribeTaskDefinition
    us-east-1/ecs:DescribeTasks
    us-east-1/elasticmapreduce:DescribeCluster
    us-east-1/glue:GetDevEndpoints
    us-east-1/glue:GetJobs
    us-east-1/kms:ListKeys
    us-east-1/lambda:ListFunctions
    us-east-1/sagemaker:DescribeNotebookInstance
    us-east-1/secretsmanager:ListSecrets
    us-east-1/ssm:DescribeParameters
    us-east-1/states:DescribeStateMachine
    ");
}

#[tokio::test]
async fn what_identities_may_do_is_told_by_the_authorization_details() {
    let scanned = scan(AwsIamConfig::default(), |_| None).await;
    let details = "aws_iam/123456789012/aws-global/iam:GetAccountAuthorizationDetails".to_owned();
    let report = "aws_iam/123456789012/aws-global/iam:GetCredentialReport".to_owned();
    let told = [(report, vec![details.clone()]), (details.clone(), vec![details])];
    assert_eq!(scanned.rights, told);
}

#[tokio::test]
async fn every_call_made_is_in_the_list_of_calls() {
    let config = AwsIamConfig { ssh_public_keys: true, ..AwsIamConfig::default() };
    let scanned = scan(config, |_| None).await;
    for asked in &scanned.asked {
        assert!(super::CALLS.iter().any(|call| call.api == asked.api), "{}", asked.api);
    }
}

#[tokio::test]
async fn pages_are_read_to_the_last() {
    let scanned = with(MFA, |asked| {
        let number = asked.before;
        let marker = parameter(&asked.body, "Marker");
        assert_eq!(marker, (number > 0).then(|| format!("m{number}")));
        let more = if number < 2 {
            format!("<IsTruncated>true</IsTruncated><Marker>m{}</Marker>", number.saturating_add(1))
        } else {
            "<IsTruncated>false</IsTruncated>".to_owned()
        };
        Answer::iam(MFA, &format!("{}{more}", device(number)))
    })
    .await;
    assert_eq!((scanned.ending(MFA_SCOPE), devices(&scanned)), ("complete", 3));
}

#[tokio::test]
async fn more_without_a_marker_is_no_end() {
    let scanned =
        with(MFA, |_| Answer::iam(MFA, &format!("{}<IsTruncated>true</IsTruncated>", device(1))))
            .await;
    assert_eq!(
        scanned.ending(MFA_SCOPE),
        "`iam:ListVirtualMFADevices` failed: there is more, but the answer does not say where"
    );
}

#[tokio::test]
async fn a_marker_that_leads_back_is_no_end() {
    let scanned =
        with(MFA, |_| Answer::iam(MFA, "<IsTruncated>true</IsTruncated><Marker>again</Marker>"))
            .await;
    assert_eq!(
        scanned.ending(MFA_SCOPE),
        "`iam:ListVirtualMFADevices` failed: the next page is the one just read"
    );
    assert_eq!(scanned.count(MFA), 2);
}

#[tokio::test]
async fn a_token_of_json_that_leads_back_is_no_end() {
    let scanned = with("ListSecrets", |_| Answer::good(r#"{"NextToken":"again"}"#)).await;
    assert_eq!(scanned.abandoned(), ["us-east-1/secretsmanager:ListSecrets"]);
}

#[tokio::test]
async fn what_was_seen_before_a_break_is_reported() {
    let scanned = with(MFA, |asked| match asked.before {
        0 => Answer::iam(
            MFA,
            &format!("{}<IsTruncated>true</IsTruncated><Marker>m</Marker>", device(1)),
        ),
        _ => Answer::iam_error(403, "AccessDenied"),
    })
    .await;
    assert_eq!((scanned.abandoned(), devices(&scanned)), (vec![MFA_SCOPE], 1));
}

#[tokio::test]
async fn a_refusal_in_one_region_leaves_the_other_whole() {
    let regions = vec!["eu-west-1".to_owned(), "us-west-2".to_owned()];
    let config = AwsIamConfig { regions, ..AwsIamConfig::default() };
    let scanned = scan(config, |asked| {
        let body = r#"{"__type":"AccessDeniedException","Message":"not in this region"}"#;
        let refused = asked.api == "ListSecrets" && asked.region == "eu-west-1";
        refused.then(|| Answer::error(403, body))
    })
    .await;
    assert_eq!(scanned.abandoned(), ["eu-west-1/secretsmanager:ListSecrets"]);
    assert_eq!(
        scanned.ending("eu-west-1/secretsmanager:ListSecrets"),
        "`secretsmanager:ListSecrets` failed: AccessDeniedException (HTTP 403): not in this region"
    );
    assert_eq!(scanned.count("ListSecrets"), 2);
}

#[tokio::test]
async fn a_refused_listing_is_asked_once_and_the_others_go_on() {
    let scanned = with(GAAD, |_| Answer::iam_error(403, "AccessDenied")).await;
    // Without the details nobody knows whose uses to ask for.
    let uses = "aws-global/iam:GetServiceLastAccessedDetails";
    assert_eq!((scanned.abandoned(), scanned.count(GAAD)), (vec![GAAD_SCOPE, uses], 1));
}

#[tokio::test]
async fn without_the_report_what_needs_it_is_abandoned() {
    let scanned =
        with("GenerateCredentialReport", |_| Answer::iam_error(403, "AccessDenied")).await;
    assert_eq!(
        scanned.abandoned(),
        [
            "aws-global/iam:GetCredentialReport",
            KEYS_SCOPE,
            "aws-global/iam:ListServiceSpecificCredentials",
            "aws-global/iam:ListSigningCertificates",
        ]
    );
}

#[tokio::test]
async fn too_many_requests_are_put_off() {
    let scanned = with(MFA, |asked| match asked.before {
        0 => Answer { headers: "retry-after: 0\r\n".to_owned(), ..Answer::error(429, "slow") },
        1 => Answer::error(429, ""),
        2 => Answer::iam_error(400, "Throttling"),
        3 => Answer::error(503, "<html>"),
        _ => Answer::iam(MFA, &device(1)),
    })
    .await;
    assert_eq!((scanned.ending(MFA_SCOPE), devices(&scanned)), ("complete", 1));
    assert_eq!(scanned.count(MFA), 5);
}

#[tokio::test]
async fn too_many_requests_for_too_long_abandon_the_scope() {
    let scanned = with(MFA, |_| Answer::iam_error(400, "Throttling")).await;
    assert_eq!((scanned.abandoned(), scanned.count(MFA)), (vec![MFA_SCOPE], 8));
}

#[tokio::test]
async fn a_page_of_html_for_an_error_is_tried_three_times() {
    let html = "<!doctype html><html><title>500 Internal Server Error</title></html>";
    let scanned = with(MFA, move |_| Answer::error(500, html)).await;
    assert_eq!((scanned.abandoned(), scanned.count(MFA)), (vec![MFA_SCOPE], 3));
    assert_eq!(
        scanned.ending(MFA_SCOPE),
        "`iam:ListVirtualMFADevices` failed: HTTP 500 with an answer that is not of this API"
    );
}

#[tokio::test]
async fn a_cut_connection_is_tried_again() {
    let scanned =
        with(MFA, |asked| Answer { cut: asked.before == 0, ..Answer::iam(MFA, &device(1)) }).await;
    assert_eq!((scanned.ending(MFA_SCOPE), devices(&scanned)), ("complete", 1));
}

#[tokio::test]
async fn a_connection_cut_every_time_abandons_the_scope() {
    let scanned = with("ListKeys", |_| Answer { cut: true, ..Answer::good("{}") }).await;
    assert_eq!(scanned.abandoned(), ["us-east-1/kms:ListKeys"]);
    assert_eq!(scanned.count("ListKeys"), 3);
}

#[tokio::test]
async fn xml_that_cannot_be_read_abandons_the_scope() {
    for body in ["", "<a", "{}", "<ListVirtualMFADevicesResponse>", "\u{0}\u{1}"] {
        let scanned = with(MFA, move |_| Answer::good(body)).await;
        assert_eq!(scanned.abandoned(), [MFA_SCOPE], "{body}");
    }
}

#[tokio::test]
async fn json_that_cannot_be_read_abandons_the_scope() {
    for body in ["", "[]", "{\"SecretList\":[{}]}", "<html>", "{\"NextToken\":7}"] {
        let scanned = with("ListSecrets", move |_| Answer::good(body)).await;
        assert_eq!(scanned.abandoned(), ["us-east-1/secretsmanager:ListSecrets"], "{body}");
    }
}

#[tokio::test]
async fn a_report_that_cannot_be_read_abandons_what_needs_it() {
    let scanned = with("GetCredentialReport", |_| Answer::report("only,three,columns\n")).await;
    assert_eq!(scanned.abandoned().len(), 4);
}

#[tokio::test]
async fn a_report_is_waited_for() {
    let scanned = with("GenerateCredentialReport", |asked| {
        let state = if asked.before < 3 { "INPROGRESS" } else { "COMPLETE" };
        Answer::iam("GenerateCredentialReport", &format!("<State>{state}</State>"))
    })
    .await;
    assert_eq!(scanned.ending("aws-global/iam:GetCredentialReport"), "complete");
    assert_eq!(scanned.count("GenerateCredentialReport"), 4);
}

#[tokio::test]
async fn a_report_that_is_never_made_is_given_up() {
    let scanned = with("GenerateCredentialReport", |_| {
        Answer::iam("GenerateCredentialReport", "<State>INPROGRESS</State>")
    })
    .await;
    assert!(scanned.abandoned().contains(&"aws-global/iam:GetCredentialReport"));
}

#[tokio::test]
async fn an_account_that_refuses_us_is_not_scanned() {
    let scanned =
        with("GetCallerIdentity", |_| Answer::iam_error(403, "InvalidClientTokenId")).await;
    assert!(matches!(scanned.end, Err(ScanError::Denied { .. })), "{:?}", scanned.end);
    assert!(scanned.scopes.is_empty());
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_unreachable() {
    let scanned = with("GetCallerIdentity", |_| Answer::error(500, "")).await;
    assert!(matches!(scanned.end, Err(ScanError::Unreachable { .. })), "{:?}", scanned.end);
}

#[tokio::test]
async fn users_without_keys_cost_no_call() {
    let line = |user: &str, key: &str| {
        format!(
            "{user},arn:aws:iam::123456789012:user/{user},2020-01-01T00:00:00+00:00,false,N/A,N/A,\
             N/A,false,{key},false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
        )
    };
    let report = [
        line("with", "true,2020-01-01T00:00:00+00:00,2026-01-01T00:00:00+00:00,us-east-1,s3"),
        line("without", "false,N/A,N/A,N/A,N/A"),
    ]
    .concat();
    let scanned = scan(AwsIamConfig::default(), move |asked| match asked.api.as_str() {
        "GetCredentialReport" => Some(Answer::report(&report)),
        "ListAccessKeys" => Some(Answer::iam(
            "ListAccessKeys",
            "<AccessKeyMetadata><member><AccessKeyId>AKIAEXAMPLE1</AccessKeyId>\
             <Status>Active</Status><CreateDate>2020-01-01T00:00:00Z</CreateDate></member>\
             </AccessKeyMetadata><IsTruncated>false</IsTruncated>",
        )),
        _ => None,
    })
    .await;
    assert_eq!(scanned.count("ListAccessKeys"), 1);
    let keys = keys(&scanned);
    assert_eq!(keys[0].id.0, "aws_access_key:AKIAEXAMPLE1");
    assert_eq!(keys[0].used, Use::At("2026-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(keys[0].details["last_used_service"], "s3");
}

#[tokio::test]
async fn a_user_gone_since_the_report_has_no_keys() {
    let line = "gone,arn:aws:iam::123456789012:user/gone,2020-01-01T00:00:00+00:00,false,N/A,N/A,\
                N/A,false,true,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n";
    let scanned = scan(AwsIamConfig::default(), move |asked| match asked.api.as_str() {
        "GetCredentialReport" => Some(Answer::report(line)),
        "ListAccessKeys" => Some(Answer::iam_error(404, "NoSuchEntity")),
        _ => None,
    })
    .await;
    assert_eq!((scanned.ending(KEYS_SCOPE), keys(&scanned).len()), ("complete", 0));
}

#[tokio::test]
async fn a_key_that_may_not_be_described_does_not_hide_the_others() {
    let scanned = scan(AwsIamConfig::default(), |asked| match asked.api.as_str() {
        "ListKeys" => Some(Answer::good(
            r#"{"Keys":[{"KeyId":"no","KeyArn":"arn:no"},{"KeyId":"yes","KeyArn":"arn:yes"}]}"#,
        )),
        "DescribeKey" if asked.body.contains("no") => {
            Some(Answer::error(400, r#"{"__type":"AccessDeniedException"}"#))
        }
        "DescribeKey" => Some(Answer::good(r#"{"KeyMetadata":{"CreationDate":1.7e9}}"#)),
        _ => None,
    })
    .await;
    assert_eq!(scanned.abandoned(), ["us-east-1/kms:ListKeys"]);
    assert_eq!(scanned.facts("us-east-1/kms:ListKeys").len(), 1);
}

#[test]
fn an_unknown_setting_is_refused() {
    let config = toml::from_str::<AwsIamConfig>("region = \"eu-west-1\"\n");
    assert!(config.unwrap_err().to_string().contains("unknown field `region`"));
}
