use model::{Fact, WorkloadKind};

use super::super::tests::{ACCOUNT, Heard, SMALL, folder, workloads};

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";
const PROFILE: &str = "arn:aws:iam::123456789012:instance-profile/deploy";

fn at(rest: &str) -> String {
    format!("arn:aws:{rest}").replace("::", ":eu-west-1:123456789012:")
}

/// Kind, id and role of all that a scope tells.
fn told(heard: &Heard, scope: &str) -> Vec<(WorkloadKind, String, String)> {
    let facts: &[Fact] = heard.facts(scope);
    let all = workloads(facts);
    all.iter().map(|it| (it.kind, it.id.0.clone(), it.identity.0.clone())).collect()
}

/// What one print beside the account's details tells, if it is whole.
async fn one(scope: &str, print: &str) -> Vec<(WorkloadKind, String, String)> {
    let heard = folder(&[("a", SMALL), ("print", print)]).await;
    assert_eq!(heard.ending(scope), "complete");
    told(&heard, scope)
}

/// Scope, print, kind and id.
type Row = (&'static str, &'static str, WorkloadKind, String);

/// In a print `ID` and `ROLE` stand for what they say.
#[expect(clippy::too_many_lines, reason = "a table")]
fn prints() -> Vec<Row> {
    vec![
        (
            "lambda:ListFunctions",
            r#"{"Functions": [{"FunctionArn": "ID", "Role": "ROLE"}]}"#,
            WorkloadKind::Function,
            at("lambda::function:f"),
        ),
        (
            "ecs:DescribeTasks",
            r#"{"tasks": [{"taskArn": "ID", "overrides": {"taskRoleArn": "ROLE"}}], "failures": []}"#,
            WorkloadKind::ContainerTask,
            at("ecs::task/main/1"),
        ),
        (
            "ecs:DescribeTaskDefinition",
            r#"{"taskDefinition": {"taskDefinitionArn": "ID", "taskRoleArn": "ROLE"}}"#,
            WorkloadKind::ContainerTask,
            at("ecs::task-definition/t:1"),
        ),
        (
            "codebuild:BatchGetProjects",
            r#"{"projects": [{"arn": "ID", "serviceRole": "ROLE"}]}"#,
            WorkloadKind::BuildProject,
            at("codebuild::project/p"),
        ),
        (
            "cloudformation:DescribeStacks",
            r#"{"Stacks": [{"StackId": "ID", "RoleARN": "ROLE"}]}"#,
            WorkloadKind::Stack,
            at("cloudformation::stack/s/1"),
        ),
        (
            "sagemaker:DescribeNotebookInstance",
            r#"{"NotebookInstanceArn": "ID", "RoleArn": "ROLE"}"#,
            WorkloadKind::Notebook,
            at("sagemaker::notebook-instance/n"),
        ),
        (
            "apprunner:DescribeService",
            r#"{"Service": {"ServiceArn": "ID",
            "InstanceConfiguration": {"InstanceRoleArn": "ROLE"}}}"#,
            WorkloadKind::AppService,
            at("apprunner::service/s/1"),
        ),
        (
            "batch:DescribeJobDefinitions",
            r#"{"jobDefinitions": [{"jobDefinitionArn": "ID",
            "status": "ACTIVE", "containerProperties": {"jobRoleArn": "ROLE"}}]}"#,
            WorkloadKind::Job,
            at("batch::job-definition/j:1"),
        ),
        (
            "states:DescribeStateMachine",
            r#"{"stateMachineArn": "ID", "definition": "{}", "roleArn": "ROLE"}"#,
            WorkloadKind::StateMachine,
            at("states::stateMachine:s"),
        ),
        (
            "bedrock-agentcore:GetAgentRuntime",
            r#"{"agentRuntimeArn": "ID", "roleArn": "ROLE"}"#,
            WorkloadKind::AgentRuntime,
            at("bedrock-agentcore::runtime/r"),
        ),
        (
            "elasticmapreduce:DescribeCluster",
            r#"{"Cluster": {"ClusterArn": "ID",
            "Ec2InstanceAttributes": {"IamInstanceProfile": "deploy"}}}"#,
            WorkloadKind::Job,
            at("elasticmapreduce::cluster/j-1"),
        ),
    ]
}

#[tokio::test]
async fn every_print_that_names_a_role_tells_what_runs_with_it() {
    for (scope, print, kind, id) in prints() {
        let print = print.replace("ID", &id).replace("ROLE", ROLE);
        let told = one(&format!("eu-west-1/{scope}"), &print).await;
        assert_eq!(told, [(kind, id, ROLE.to_owned())], "{scope}");
    }
}

#[tokio::test]
async fn what_has_no_arn_in_its_print_gets_the_one_that_it_has() {
    let instances = format!(
        r#"{{"Reservations": [{{"OwnerId": "123456789012", "Instances": [
            {{"InstanceId": "i-1", "Placement": {{"AvailabilityZone": "eu-west-1b"}},
              "IamInstanceProfile": {{"Arn": "{PROFILE}"}}, "State": {{"Name": "running"}}}},
            {{"InstanceId": "i-2", "IamInstanceProfile": {{"Arn": "{PROFILE}"}},
              "State": {{"Name": "terminated"}}}},
            {{"InstanceId": "i-3", "Placement": {{"AvailabilityZone": "eu-west-1b"}}}}
        ]}}]}}"#
    );
    let id = at("ec2::instance/i-1");
    let told = one("eu-west-1/ec2:DescribeInstances", &instances).await;
    assert_eq!(told, [(WorkloadKind::Instance, id, ROLE.to_owned())]);
    let jobs = r#"{"Jobs": [{"Name": "j", "Role": "deploy"}]}"#;
    let told = one("aws-global/glue:GetJobs", jobs).await;
    let id = "arn:aws:glue::123456789012:job/j".to_owned();
    assert_eq!(told, [(WorkloadKind::Job, id, ROLE.to_owned())]);
    let heard = folder(&[("a", SMALL), ("123456789012-eu-west-1-glue", jobs)]).await;
    assert_eq!(heard.ending("eu-west-1/glue:GetJobs"), "complete");
    let templates = r#"{"LaunchTemplateVersions": [{"LaunchTemplateId": "lt-1", "VersionNumber": 2,
        "CreatedBy": "arn:aws:iam::123456789012:user/ada",
        "LaunchTemplateData": {"IamInstanceProfile": {"Name": "deploy"}}}]}"#;
    let told = one("aws-global/ec2:DescribeLaunchTemplateVersions", templates).await;
    assert_eq!(told[0].1, "arn:aws:ec2::123456789012:launch-template/lt-1#version/2");
    assert_eq!((told[0].0, told[0].2.as_str()), (WorkloadKind::LaunchTemplate, ROLE));
}

#[tokio::test]
async fn an_empty_listing_says_that_there_is_nothing() {
    let told = one("aws-global/lambda:ListFunctions", r#"{"Functions": []}"#).await;
    assert_eq!(told, []);
    let heard = folder(&[("a", SMALL)]).await;
    assert!(!heard.has("aws-global/lambda:ListFunctions"));
}

#[tokio::test]
async fn a_task_runs_with_the_role_of_what_it_is_made_after() {
    let definition = at("ecs::task-definition/t:1");
    let service = format!(
        r#"{{"services": [{{"serviceArn": "{}", "taskDefinition": "{definition}"}}],
            "failures": []}}"#,
        at("ecs::service/main/s")
    );
    let whole = format!(
        r#"{{"taskDefinition": {{"taskDefinitionArn": "{definition}", "taskRoleArn": "{ROLE}",
            "executionRoleArn": "{ROLE}-pull"}}}}"#
    );
    let scope = "eu-west-1/ecs:DescribeServices";
    let heard = folder(&[("a", SMALL), ("b", &service), ("c", &whole)]).await;
    assert_eq!(heard.ending(scope), "complete");
    assert_eq!(told(&heard, scope)[0].2, ROLE);
    let both = told(&heard, "eu-west-1/ecs:DescribeTaskDefinition");
    let execution = format!("{definition}#execution_role");
    assert_eq!((both.len(), both[1].1.as_str()), (2, execution.as_str()));
    let heard = folder(&[("a", SMALL), ("b", &service)]).await;
    let why = heard.ending(scope);
    assert!(why.contains("`aws ecs describe-task-definition --task-definition"), "{why}");
}

#[tokio::test]
async fn what_a_list_names_and_nobody_described_is_missing() {
    let arn = at("ecs::task-definition/t:1");
    let list = format!(r#"{{"taskDefinitionArns": ["{arn}"]}}"#);
    let whole = format!(
        r#"{{"taskDefinition": {{"taskDefinitionArn": "{arn}", "taskRoleArn": "{ROLE}"}}}}"#
    );
    let scope = "eu-west-1/ecs:DescribeTaskDefinition";
    let heard = folder(&[("a", SMALL), ("b", &list)]).await;
    assert!(heard.ending(scope).contains(&arn), "{}", heard.ending(scope));
    let heard = folder(&[("a", SMALL), ("b", &list), ("c", &whole)]).await;
    assert_eq!(heard.ending(scope), "complete");
    let names = r#"{"projects": ["p"]}"#;
    let heard = folder(&[("a", SMALL), ("b", names)]).await;
    let why = heard.ending("aws-global/codebuild:BatchGetProjects");
    assert!(why.contains("project/p"), "{why}");
}

#[tokio::test]
async fn a_listing_without_its_last_page_or_with_a_broken_file_is_not_whole() {
    let id = at("lambda::function:f");
    let page = format!(
        r#"{{"Functions": [{{"FunctionArn": "{id}", "Role": "{ROLE}"}}], "NextToken": "t"}}"#
    );
    let scope = "eu-west-1/lambda:ListFunctions";
    let heard = folder(&[("a", SMALL), ("b", &page)]).await;
    assert!(heard.ending(scope).contains("the last page is missing"));
    let last = page.replace(", \"NextToken\": \"t\"", "");
    let heard = folder(&[("a", SMALL), ("b", &page), ("c", &last)]).await;
    assert_eq!(heard.ending(scope), "complete");
    let heard = folder(&[("a", SMALL), ("b", &last), ("cut", &last[..last.len() - 2])]).await;
    assert!(heard.ending(scope).starts_with("`cut`: "), "{}", heard.ending(scope));
    let heard = folder(&[("a", SMALL), ("cut", &last[..last.len() - 2])]).await;
    let why = heard.ending("aws-global/lambda:ListFunctions");
    assert!(why.starts_with("`cut`: "), "{why}");
    let odd = last.replace(&format!("\"{ROLE}\""), "7");
    let heard = folder(&[("a", SMALL), ("odd", &odd)]).await;
    let why = heard.ending("aws-global/lambda:ListFunctions");
    assert!(why.starts_with("`odd`: it cannot be understood (invalid type"), "{why}");
}

#[tokio::test]
async fn a_profile_that_nothing_leads_further_is_no_reason_to_say_none() {
    let instances = r#"{"Reservations": [{"OwnerId": "123456789012", "Instances": [
        {"InstanceId": "i-1", "IamInstanceProfile": {"Arn": "PROFILE"}}]}]}"#;
    let instances = instances.replace("PROFILE", PROFILE);
    let scope = "aws-global/ec2:DescribeInstances";
    let heard = folder(&[("b", &instances)]).await;
    assert!(heard.ending(scope).contains("nothing tells which role"), "{}", heard.ending(scope));
    let profiles = format!(
        r#"{{"InstanceProfiles": [{{"Arn": "{PROFILE}", "Roles": [{{"Arn": "{ROLE}"}}]}}]}}"#
    );
    let heard = folder(&[("b", &instances), ("c", &profiles)]).await;
    assert_eq!(heard.ending(scope), "complete");
    assert_eq!(told(&heard, scope)[0].2, ROLE);
}

#[tokio::test]
async fn prints_of_other_services_with_such_names_are_passed_over() {
    let files = [
        ("a", SMALL),
        ("b", r#"{"Jobs": [{"Id": "1"}]}"#),
        ("c", r#"{"Service": {"Id": "s"}}"#),
        ("d", r#"{"Cluster": {"Id": "c"}}"#),
        ("e", r#"{"Policy": {"Arn": "arn:aws:iam::123456789012:policy/p"}}"#),
    ];
    let heard = folder(&files).await;
    let scopes: Vec<&str> = heard.scopes.keys().map(String::as_str).collect();
    assert_eq!(heard.end.as_ref().unwrap(), &1, "{scopes:?}");
    assert_eq!(scopes.len(), 4, "{scopes:?}");
    assert!(scopes.iter().all(|it| it.starts_with(ACCOUNT)));
}

#[test]
fn a_region_is_read_from_a_zone_and_from_a_files_name() {
    let zone =
        |zone: &str| crate::source::aws_iam::running::region_of_zone(zone).unwrap_or_default();
    assert_eq!(zone("us-east-1a"), "us-east-1");
    assert_eq!(zone("us-west-2-lax-1a"), "us-west-2");
    assert_eq!(zone("us-gov-west-1b"), "us-gov-west-1");
    assert_eq!(zone("nowhere"), "");
    let name = |name: &str| super::region_of_name(name).unwrap_or_default();
    assert_eq!(name("123456789012_eu-west-1_lambda.json"), "eu-west-1");
    assert_eq!(name("123456789012-us-gov-west-1-glue-get-jobs-00000.json"), "us-gov-west-1");
    assert_eq!(name("lambda-list-functions.json"), "");
}
