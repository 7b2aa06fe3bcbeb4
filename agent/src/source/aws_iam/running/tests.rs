use std::collections::BTreeSet;

use model::Fact;

use super::super::fake::{self, Answer, Asked, Provider, ROLE, Scanned, running};
use super::super::{AwsIamConfig, CALLS, GLOBAL};
use super::LISTINGS;

/// `scope  kind  id` of what a scan told that runs with the role of everything.
fn told(scanned: &Scanned) -> String {
    let mut lines = Vec::new();
    for (scope, (facts, _)) in &scanned.scopes {
        for fact in facts {
            if let Fact::Workload(it) = fact
                && it.identity.as_str() == ROLE
            {
                lines.push(format!("{scope}  {}", it.id.0));
            }
        }
    }
    lines.join("\n")
}

async fn scan(say: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) -> Scanned {
    fake::scan(AwsIamConfig::default(), say).await
}

/// What a test says first, and after that an account with one of everything.
async fn with(
    api: &'static str,
    say: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> Scanned {
    scan(move |asked| if asked.api == api { Some(say(asked)) } else { running(asked) }).await
}

#[tokio::test]
async fn one_of_everything_is_told_with_its_role() {
    let scanned = scan(running).await;
    assert_eq!(scanned.abandoned(), Vec::<&str>::new());
    insta::assert_snapshot!(told(&scanned), @"
    aws-global/iam:ListInstanceProfiles  arn:aws:iam::123456789012:instance-profile/deploy
    us-east-1/apprunner:DescribeService  arn:aws:apprunner:us-east-1:123456789012:service/s/1
    us-east-1/batch:DescribeJobDefinitions  arn:aws:batch:us-east-1:123456789012:job-definition/j:1
    us-east-1/bedrock-agentcore:GetAgentRuntime  arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/r-1
    us-east-1/cloudformation:DescribeStacks  arn:aws:cloudformation:us-east-1:123456789012:stack/s/1
    us-east-1/codebuild:BatchGetProjects  arn:aws:codebuild:us-east-1:123456789012:project/p
    us-east-1/ec2:DescribeInstances  arn:aws:ec2:us-east-1:123456789012:instance/i-1
    us-east-1/ec2:DescribeLaunchTemplateVersions  arn:aws:ec2:us-east-1:123456789012:launch-template/lt-1#version/2
    us-east-1/ecs:DescribeServices  arn:aws:ecs:us-east-1:123456789012:service/c/s
    us-east-1/ecs:DescribeTaskDefinition  arn:aws:ecs:us-east-1:123456789012:task-definition/t:1
    us-east-1/ecs:DescribeTaskDefinition  arn:aws:ecs:us-east-1:123456789012:task-definition/t:1#execution_role
    us-east-1/ecs:DescribeTasks  arn:aws:ecs:us-east-1:123456789012:task/c/1
    us-east-1/elasticmapreduce:DescribeCluster  arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/j-1
    us-east-1/elasticmapreduce:DescribeCluster  arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/j-1#service_role
    us-east-1/glue:GetDevEndpoints  arn:aws:glue:us-east-1:123456789012:devEndpoint/e
    us-east-1/glue:GetJobs  arn:aws:glue:us-east-1:123456789012:job/j
    us-east-1/lambda:ListFunctions  arn:aws:lambda:us-east-1:123456789012:function:f
    us-east-1/sagemaker:DescribeNotebookInstance  arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/n
    us-east-1/states:DescribeStateMachine  arn:aws:states:us-east-1:123456789012:stateMachine:s
    ");
}

#[tokio::test]
async fn pages_are_read_to_the_last_in_every_form() {
    // REST, query and JSON, each with its own word for where the next page begins.
    let page = |asked: &Asked, body: &str, next: &str| {
        let next = if asked.before == 0 { next } else { "" };
        let other = format!("x{}", asked.before);
        Answer::good(body.replace("NEXT", next).replace("OTHER", &other))
    };
    let function = r#"{"Functions":[{"FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:OTHER",
        "Role":"arn:aws:iam::123456789012:role/deploy"}]NEXT}"#;
    let machine = "<a><reservationSet><item><instancesSet><item><instanceId>OTHER</instanceId>\
        <iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/deploy</arn>\
        </iamInstanceProfile></item></instancesSet></item></reservationSet>NEXT</a>";
    let stack = "<a><DescribeStacksResult><Stacks><member>\
        <StackId>arn:aws:cloudformation:us-east-1:123456789012:stack/OTHER/1</StackId><RoleARN>\
        arn:aws:iam::123456789012:role/deploy</RoleARN></member></Stacks>NEXT</DescribeStacksResult></a>";
    let job = r#"{"Jobs":[{"Name":"OTHER","Role":"deploy"}]NEXT}"#;
    for (scope, api, body, next, sent) in [
        (
            "lambda:ListFunctions",
            "ListFunctions",
            function,
            r#","NextMarker":"a/b""#,
            "Marker=a%2Fb",
        ),
        (
            "ec2:DescribeInstances",
            "DescribeInstances",
            machine,
            "<nextToken>t</nextToken>",
            "NextToken=t",
        ),
        (
            "cloudformation:DescribeStacks",
            "DescribeStacks",
            stack,
            "<NextToken>t</NextToken>",
            "NextToken=t",
        ),
        ("glue:GetJobs", "GetJobs", job, r#","NextToken":"t""#, r#""NextToken":"t""#),
    ] {
        let scanned = with(api, move |asked| page(asked, body, next)).await;
        let scope = format!("us-east-1/{scope}");
        assert_eq!(
            (scanned.ending(&scope), scanned.facts(&scope).len()),
            ("complete", 2),
            "{scope}"
        );
        let asked: Vec<&Asked> = scanned.asked.iter().filter(|asked| asked.api == api).collect();
        assert!(asked[1].body.contains(sent), "{}", asked[1].body);
    }
}

#[tokio::test]
async fn a_page_that_leads_back_is_no_end() {
    let again = r#"{"projects":["p"],"nextToken":"again"}"#;
    let scanned = with("ListProjects", move |_| Answer::good(again)).await;
    assert_eq!(scanned.abandoned(), ["us-east-1/codebuild:BatchGetProjects"]);
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_lacks_its_list_is_no_end() {
    for (api, body, scope) in [
        ("DescribeInstances", "<a><reservationSet>", "ec2:DescribeInstances"),
        ("DescribeInstances", "<a></a>", "ec2:DescribeInstances"),
        ("DescribeStacks", "<html>", "cloudformation:DescribeStacks"),
        ("ListFunctions", "{}", "lambda:ListFunctions"),
        ("ListStateMachines", "{}", "states:DescribeStateMachine"),
    ] {
        let scanned = with(api, move |_| Answer::good(body)).await;
        assert_eq!(scanned.abandoned(), [format!("us-east-1/{scope}")], "{api}: {body}");
    }
}

#[tokio::test]
async fn a_refused_call_leaves_a_gap_of_its_listing_alone() {
    let mut tried = BTreeSet::new();
    for (api, refused) in [
        (
            "ListTaskDefinitions",
            &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks"][..],
        ),
        (
            "DescribeTaskDefinition",
            &["ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks"],
        ),
        (
            "ListClusters",
            &["ecs:DescribeServices", "ecs:DescribeTasks", "elasticmapreduce:DescribeCluster"],
        ),
        ("ListServices", &["apprunner:DescribeService", "ecs:DescribeServices"]),
        ("DescribeServices", &["ecs:DescribeServices"]),
        ("ListTasks", &["ecs:DescribeTasks"]),
        ("DescribeTasks", &["ecs:DescribeTasks"]),
        ("ListFunctions", &["lambda:ListFunctions"]),
        ("DescribeInstances", &["ec2:DescribeInstances"]),
        ("DescribeLaunchTemplateVersions", &["ec2:DescribeLaunchTemplateVersions"]),
        ("ListProjects", &["codebuild:BatchGetProjects"]),
        ("BatchGetProjects", &["codebuild:BatchGetProjects"]),
        ("DescribeStacks", &["cloudformation:DescribeStacks"]),
        ("GetJobs", &["glue:GetJobs"]),
        ("GetDevEndpoints", &["glue:GetDevEndpoints"]),
        ("ListNotebookInstances", &["sagemaker:DescribeNotebookInstance"]),
        ("DescribeNotebookInstance", &["sagemaker:DescribeNotebookInstance"]),
        ("DescribeService", &["apprunner:DescribeService"]),
        ("DescribeJobDefinitions", &["batch:DescribeJobDefinitions"]),
        ("ListStateMachines", &["states:DescribeStateMachine"]),
        ("DescribeStateMachine", &["states:DescribeStateMachine"]),
        ("DescribeCluster", &["elasticmapreduce:DescribeCluster"]),
        ("ListAgentRuntimes", &["bedrock-agentcore:GetAgentRuntime"]),
        ("GetAgentRuntime", &["bedrock-agentcore:GetAgentRuntime"]),
    ] {
        let refusal = r#"{"__type":"AccessDeniedException","message":"no"}"#;
        let scanned = with(api, move |_| Answer::error(403, refusal)).await;
        let gaps: Vec<String> = refused.iter().map(|scope| format!("us-east-1/{scope}")).collect();
        assert_eq!(scanned.abandoned(), gaps, "{api}");
        tried.insert(api);
    }
    // Whoever adds a call of this sort adds a line above.
    let services: BTreeSet<&str> = LISTINGS.iter().map(|kind| kind.print().call.service).collect();
    let calls = CALLS.iter().filter(|call| services.contains(call.service));
    assert_eq!(calls.map(|call| call.api).collect::<BTreeSet<&str>>(), tried);
}

#[tokio::test]
async fn a_refusal_of_ec2_says_what_was_refused() {
    let refusal = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not you\
                   </Message></Error></Errors><RequestID>r</RequestID></Response>";
    let scanned = with("DescribeInstances", move |_| Answer::error(403, refusal)).await;
    assert_eq!(
        scanned.ending("us-east-1/ec2:DescribeInstances"),
        "`ec2:DescribeInstances` failed: UnauthorizedOperation (HTTP 403): not you"
    );
}

#[tokio::test]
async fn a_machine_whose_profile_leads_nowhere_known_is_a_gap_and_not_a_machine_without_a_role() {
    let scanned = scan(|asked| match asked.api.as_str() {
        "ListInstanceProfiles" | "GetAccountAuthorizationDetails" => {
            Some(Answer::iam_error(403, "AccessDenied"))
        }
        _ => running(asked),
    })
    .await;
    let ending = scanned.ending("us-east-1/ec2:DescribeInstances");
    assert!(ending.contains("nothing tells which role"), "{ending}");
    assert_eq!(scanned.facts("us-east-1/ec2:DescribeInstances").len(), 0);
    assert_eq!(scanned.ending("us-east-1/lambda:ListFunctions"), "complete");
}

#[tokio::test]
async fn what_is_gone_since_it_was_listed_is_passed_over() {
    let gone = r#"{"__type":"ResourceNotFoundException"}"#;
    let scanned = with("DescribeService", move |_| Answer::error(400, gone)).await;
    assert_eq!(scanned.abandoned(), Vec::<&str>::new());
    let gone = r#"{"services":[],"failures":[{"arn":"arn:s","reason":"MISSING"}]}"#;
    let scanned = with("DescribeServices", move |_| Answer::good(gone)).await;
    assert_eq!(scanned.abandoned(), Vec::<&str>::new());
    let failed = r#"{"services":[],"failures":[{"arn":"arn:s","reason":"odd"}]}"#;
    let scanned = with("DescribeServices", move |_| Answer::good(failed)).await;
    assert_eq!(scanned.abandoned(), ["us-east-1/ecs:DescribeServices"]);
}

#[tokio::test]
async fn a_task_definition_is_described_once_by_one_source() {
    let provider = Provider::start(running).await;
    let source = fake::source(AwsIamConfig::default());
    let first = provider.scan(&source).await;
    let second = provider.scan(&source).await;
    let count = |scanned: &Scanned| scanned.count("DescribeTaskDefinition");
    assert_eq!((count(&first), count(&second)), (1, 0));
    assert_eq!(second.scopes, first.scopes);
}

#[tokio::test]
async fn each_region_is_asked_and_told_on_its_own() {
    let regions = vec!["eu-west-1".to_owned(), "us-gov-west-1".to_owned()];
    let config = AwsIamConfig { regions, ..AwsIamConfig::default() };
    let scanned = fake::scan(config, |asked| {
        let refused = asked.api == "ListFunctions" && asked.region == "eu-west-1";
        if refused { Some(Answer::error(403, "")) } else { running(asked) }
    })
    .await;
    assert_eq!(scanned.abandoned(), ["eu-west-1/lambda:ListFunctions"]);
    let listed = |region: &str| {
        let scopes = scanned.scopes.keys().filter(|scope| scope.starts_with(region));
        scopes.count()
    };
    assert_eq!(listed("eu-west-1"), listed("us-gov-west-1"));
    assert!(listed(GLOBAL) > 0);
}
