use std::fs;

use model::Fact;

use super::super::tests::{DETAILS, hear};
use crate::source::aws_iam::AwsIamConfig;
use crate::source::aws_iam::fake::{Answer, Asked, Scanned, running, scan};

const USES: &str = "aws-global/iam:GetServiceLastAccessedDetails";
const GAAD: &str = "GetAccountAuthorizationDetails";

const ROWS: &str = "<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,\
not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,\
N/A,N/A,false,N/A,false,N/A\n\
ada,arn:aws:iam::123456789012:user/ada,2024-01-01T00:00:00+00:00,true,\
2025-12-01T00:00:00+00:00,2024-01-01T00:00:00+00:00,N/A,false,true,2024-02-01T00:00:00+00:00,\
2025-11-01T00:00:00+00:00,us-east-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n";

/// An account with one of everything.
#[expect(clippy::too_many_lines, reason = "a table of answers")]
fn say(asked: &Asked) -> Option<Answer> {
    let document = "%7B%22Version%22%3A%222012-10-17%22%7D";
    let attached = "<AttachedManagedPolicies><member><PolicyName>all</PolicyName>\
        <PolicyArn>arn:aws:iam::123456789012:policy/all</PolicyArn></member>\
        </AttachedManagedPolicies>";
    let common = "<Path>/</Path><CreateDate>2024-01-01T00:00:00Z</CreateDate>";
    match (asked.api.as_str(), asked.before) {
        (GAAD, 0) => Some(Answer::iam(
            GAAD,
            &format!(
                "<GroupDetailList><member><GroupName>staff</GroupName><GroupId>AGPAEXAMPLE1</GroupId>\
                 <Arn>arn:aws:iam::123456789012:group/staff</Arn>{common}{attached}</member>\
                 </GroupDetailList>"
            ),
        )),
        (GAAD, 1) => Some(Answer::iam(
            GAAD,
            &format!(
                "<UserDetailList><member><UserName>ada</UserName><UserId>AIDAEXAMPLE1</UserId>\
                 <Arn>arn:aws:iam::123456789012:user/ada</Arn>{common}\
                 <GroupList><member>staff</member></GroupList>\
                 <UserPolicyList><member><PolicyName>own</PolicyName>\
                 <PolicyDocument>{document}</PolicyDocument></member></UserPolicyList>\
                 <Tags><member><Key>team</Key><Value>payments</Value></member></Tags></member>\
                 </UserDetailList><RoleDetailList><member><RoleName>deploy</RoleName>\
                 <RoleId>AROAEXAMPLE1</RoleId><Arn>arn:aws:iam::123456789012:role/deploy</Arn>\
                 {common}<AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>\
                 <InstanceProfileList><member><Path>/</Path>\
                 <InstanceProfileName>deploy</InstanceProfileName>\
                 <InstanceProfileId>AIPAEXAMPLE1</InstanceProfileId>\
                 <Arn>arn:aws:iam::123456789012:instance-profile/deploy</Arn>\
                 <CreateDate>2024-01-01T00:00:00Z</CreateDate><Roles></Roles></member>\
                 </InstanceProfileList><PermissionsBoundary><PermissionsBoundaryType>Policy\
                 </PermissionsBoundaryType><PermissionsBoundaryArn>arn:aws:iam::aws:policy/B\
                 </PermissionsBoundaryArn></PermissionsBoundary><RoleLastUsed><LastUsedDate>\
                 2026-01-02T03:04:05Z</LastUsedDate><Region>us-east-1</Region></RoleLastUsed>\
                 </member></RoleDetailList>"
            ),
        )),
        (GAAD, _) => Some(Answer::iam(
            GAAD,
            &format!(
                "<Policies><member><PolicyName>all</PolicyName>\
                 <Arn>arn:aws:iam::123456789012:policy/all</Arn><Path>/</Path>\
                 <DefaultVersionId>v2</DefaultVersionId><PolicyVersionList><member>\
                 <VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion>\
                 <Document>{document}</Document></member><member><VersionId>v1</VersionId>\
                 <IsDefaultVersion>false</IsDefaultVersion><Document>%7B%7D</Document></member>\
                 </PolicyVersionList></member></Policies>"
            ),
        )),
        ("GetCredentialReport", _) => Some(Answer::report(ROWS)),
        ("ListAccessKeys", _) => Some(Answer::iam(
            "ListAccessKeys",
            "<AccessKeyMetadata><member><UserName>ada</UserName>\
             <AccessKeyId>AKIAEXAMPLE1</AccessKeyId><Status>Active</Status>\
             <CreateDate>2024-02-01T00:00:00Z</CreateDate></member></AccessKeyMetadata>\
             <IsTruncated>false</IsTruncated>",
        )),
        ("GetServiceLastAccessedDetails", _) => Some(Answer::iam(
            &asked.api,
            "<JobStatus>COMPLETED</JobStatus><JobCreationDate>2026-02-01T00:00:00Z</JobCreationDate>\
             <JobCompletionDate>2026-02-01T00:00:00Z</JobCompletionDate><ServicesLastAccessed>\
             <member><ServiceName>S3</ServiceName><ServiceNamespace>s3</ServiceNamespace>\
             <LastAuthenticated>2026-01-02T03:04:05Z</LastAuthenticated></member>\
             <member><ServiceName>EC2</ServiceName><ServiceNamespace>ec2</ServiceNamespace>\
             </member></ServicesLastAccessed><IsTruncated>false</IsTruncated>",
        )),
        _ => running(asked),
    }
}

async fn recorded(
    folder: &std::path::Path,
    say: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> Scanned {
    let config = AwsIamConfig { record: Some(folder.to_owned()), ..AwsIamConfig::default() };
    scan(config, say).await
}

#[tokio::test]
async fn a_scan_that_was_recorded_is_told_again_to_the_letter() {
    let folder = tempfile::tempdir().unwrap();
    let live = recorded(&folder.path().join("new"), say).await;
    assert_eq!(live.abandoned(), Vec::<&str>::new());
    let mut heard = hear(&folder.path().join("new")).await;
    // Prints are taken for all regions that there are, which a look does not know.
    let everywhere = heard.scopes.remove("aws_iam/123456789012/aws-global/ec2:DescribeRegions");
    assert!(everywhere.is_some());
    // The account, its details, report, keys, profiles and uses, and sixteen listings of what runs.
    assert_eq!(heard.scopes.len(), 22);
    for (scope, told) in &heard.scopes {
        let scope = scope.strip_prefix("aws_iam/123456789012/").unwrap();
        let mut facts = (live.scopes[scope].clone(), told.clone());
        for (facts, _) in [&mut facts.0, &mut facts.1] {
            facts.sort_by_key(Fact::node);
        }
        assert_eq!(facts.0, facts.1, "{scope}");
    }
    assert!(heard.facts(DETAILS).len() > 10);
}

#[tokio::test]
async fn half_a_listing_is_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let live = recorded(folder.path(), |asked| match (asked.api.as_str(), asked.before) {
        (GAAD, 1) => Some(Answer::iam_error(403, "AccessDenied")),
        _ => say(asked),
    })
    .await;
    assert_eq!(live.abandoned(), [DETAILS, USES]);
    let heard = hear(folder.path()).await;
    assert!(heard.ending(DETAILS).starts_with("no file holds"), "{}", heard.ending(DETAILS));
}

#[tokio::test]
async fn a_recording_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let live = recorded(&file, say).await;
    assert!(live.ending(DETAILS).contains("not written to `"), "{}", live.ending(DETAILS));
}

#[tokio::test]
async fn nothing_is_recorded_but_what_is_told() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), say).await;
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        texts.push(fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert!(texts.len() > 16);
    assert!(texts.iter().all(|text| !text.contains("made-up-secret")));
}

#[tokio::test]
async fn what_runs_nowhere_is_recorded_as_that_and_what_was_refused_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let live = recorded(folder.path(), say).await;
    assert_eq!(live.abandoned(), Vec::<&str>::new());
    // What an earlier scan saw is gone, and functions cannot be listed any more.
    let live = recorded(folder.path(), |asked| match asked.api.as_str() {
        "ListFunctions" => Some(Answer::error(403, "")),
        GAAD => say(asked),
        _ => None,
    })
    .await;
    assert_eq!(live.abandoned(), ["us-east-1/lambda:ListFunctions"]);
    let heard = hear(folder.path()).await;
    assert!(!heard.has("us-east-1/lambda:ListFunctions"));
    let scope = "us-east-1/elasticmapreduce:DescribeCluster";
    assert_eq!((heard.ending(scope), heard.facts(scope).len()), ("complete", 0));
}
