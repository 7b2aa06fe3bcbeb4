//! One of everything that runs with a role, for tests.

use super::{Answer, Asked};

/// What a service says in a region that has one of everything. `REGION` and `ROLE` stand for what
/// they say.
const ONE_OF_EACH: &[(&str, &str)] = &[
    (
        "ListTaskDefinitions",
        r#"{"taskDefinitionArns":["arn:aws:ecs:REGION:123456789012:task-definition/t:1"]}"#,
    ),
    (
        "DescribeTaskDefinition",
        r#"{"taskDefinition":{"taskDefinitionArn":"arn:aws:ecs:REGION:123456789012:task-definition/t:1",
            "taskRoleArn":"ROLE","executionRoleArn":"ROLE","containerDefinitions":[{"environment":
            [{"name":"PASSWORD","value":"made-up-secret"}]}]},"tags":[]}"#,
    ),
    (
        "DescribeServices",
        r#"{"services":[{"serviceArn":"arn:aws:ecs:REGION:123456789012:service/c/s",
        "taskDefinition":"arn:aws:ecs:REGION:123456789012:task-definition/t:1"}],"failures":[]}"#,
    ),
    ("ListTasks", r#"{"taskArns":["arn:aws:ecs:REGION:123456789012:task/c/1"]}"#),
    (
        "DescribeTasks",
        r#"{"tasks":[{"taskArn":"arn:aws:ecs:REGION:123456789012:task/c/1",
        "taskDefinitionArn":"arn:aws:ecs:REGION:123456789012:task-definition/t:1",
        "overrides":{"containerOverrides":[]}}],"failures":[]}"#,
    ),
    (
        "ListFunctions",
        r#"{"Functions":[{"FunctionArn":"arn:aws:lambda:REGION:123456789012:function:f",
        "Role":"ROLE","Environment":{"Variables":{"PASSWORD":"made-up-secret"}}}]}"#,
    ),
    (
        "DescribeInstances",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DescribeInstancesResponse \
         xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId><reservationSet>\
         <item><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>\
         <instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name>\
         </instanceState><placement><availabilityZone>REGIONa</availabilityZone></placement>\
         <iamInstanceProfile><arn>arn:aws:iam::123456789012:instance-profile/deploy</arn>\
         <id>AIPAEXAMPLE1</id></iamInstanceProfile></item><item><instanceId>i-2</instanceId>\
         <instanceState><code>48</code><name>terminated</name></instanceState></item>\
         </instancesSet></item></reservationSet></DescribeInstancesResponse>",
    ),
    (
        "DescribeLaunchTemplateVersions",
        "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item>\
         <launchTemplateId>lt-1</launchTemplateId><versionNumber>2</versionNumber>\
         <createdBy>arn:aws:iam::123456789012:user/ada</createdBy><launchTemplateData>\
         <iamInstanceProfile><name>deploy</name></iamInstanceProfile>\
         <userData>made-up-secret</userData></launchTemplateData></item>\
         </launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>",
    ),
    ("ListProjects", r#"{"projects":["p"]}"#),
    (
        "BatchGetProjects",
        r#"{"projects":[{"arn":"arn:aws:codebuild:REGION:123456789012:project/p",
        "name":"p","serviceRole":"ROLE","environment":{"environmentVariables":[{"name":"PASSWORD",
        "value":"made-up-secret"}]}}],"projectsNotFound":[]}"#,
    ),
    (
        "DescribeStacks",
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <DescribeStacksResult><Stacks><member>\
         <StackId>arn:aws:cloudformation:REGION:123456789012:stack/s/1</StackId>\
         <StackName>s</StackName><RoleARN>ROLE</RoleARN></member></Stacks></DescribeStacksResult>\
         </DescribeStacksResponse>",
    ),
    (
        "GetJobs",
        r#"{"Jobs":[{"Name":"j","Role":"deploy","DefaultArguments":{"p":"made-up-secret"}}]}"#,
    ),
    ("GetDevEndpoints", r#"{"DevEndpoints":[{"EndpointName":"e","RoleArn":"ROLE"}]}"#),
    (
        "ListNotebookInstances",
        r#"{"NotebookInstances":[{"NotebookInstanceName":"n",
        "NotebookInstanceArn":"arn:aws:sagemaker:REGION:123456789012:notebook-instance/n"}]}"#,
    ),
    (
        "DescribeNotebookInstance",
        r#"{"RoleArn":"ROLE",
        "NotebookInstanceArn":"arn:aws:sagemaker:REGION:123456789012:notebook-instance/n"}"#,
    ),
    (
        "DescribeService",
        r#"{"Service":{"ServiceArn":"arn:aws:apprunner:REGION:123456789012:service/s/1",
            "InstanceConfiguration":{"InstanceRoleArn":"ROLE"}}}"#,
    ),
    (
        "DescribeJobDefinitions",
        r#"{"jobDefinitions":[{"status":"ACTIVE",
        "jobDefinitionArn":"arn:aws:batch:REGION:123456789012:job-definition/j:1",
        "containerProperties":{"jobRoleArn":"ROLE","environment":[]}}]}"#,
    ),
    (
        "ListStateMachines",
        r#"{"stateMachines":[{"stateMachineArn":"arn:aws:states:REGION:123456789012:stateMachine:s"}]}"#,
    ),
    (
        "DescribeStateMachine",
        r#"{"definition":"made-up-secret","roleArn":"ROLE",
        "stateMachineArn":"arn:aws:states:REGION:123456789012:stateMachine:s"}"#,
    ),
    (
        "DescribeCluster",
        r#"{"Cluster":{"ServiceRole":"deploy",
        "ClusterArn":"arn:aws:elasticmapreduce:REGION:123456789012:cluster/j-1",
        "Ec2InstanceAttributes":{"IamInstanceProfile":"deploy"}}}"#,
    ),
    ("ListAgentRuntimes", r#"{"agentRuntimes":[{"agentRuntimeId":"r-1"}]}"#),
    (
        "GetAgentRuntime",
        r#"{"agentRuntimeArn":"arn:aws:bedrock-agentcore:REGION:123456789012:runtime/r-1",
        "roleArn":"ROLE"}"#,
    ),
    // Two services call a call of theirs so, each with another list.
    (
        "ListClusters",
        r#"{"clusterArns":["arn:aws:ecs:REGION:123456789012:cluster/c"],
        "Clusters":[{"Id":"j-1"}]}"#,
    ),
    (
        "ListServices",
        r#"{"serviceArns":["arn:aws:ecs:REGION:123456789012:service/c/s"],
        "ServiceSummaryList":[{"ServiceArn":"arn:aws:apprunner:REGION:123456789012:service/s/1"}]}"#,
    ),
];

/// The role that everything runs with.
pub(in crate::source::aws_iam) const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// An account in which one of everything runs with [`ROLE`].
pub(in crate::source::aws_iam) fn running(asked: &Asked) -> Option<Answer> {
    if asked.api == "ListInstanceProfiles" {
        return Some(Answer::iam(
            &asked.api,
            "<InstanceProfiles><member><Path>/</Path><InstanceProfileName>deploy\
             </InstanceProfileName><InstanceProfileId>AIPAEXAMPLE1</InstanceProfileId>\
             <Arn>arn:aws:iam::123456789012:instance-profile/deploy</Arn>\
             <CreateDate>2024-01-01T00:00:00Z</CreateDate><Roles><member><Path>/</Path>\
             <RoleName>deploy</RoleName><RoleId>AROAEXAMPLE1</RoleId>\
             <Arn>arn:aws:iam::123456789012:role/deploy</Arn>\
             <CreateDate>2024-01-01T00:00:00Z</CreateDate></member></Roles></member>\
             </InstanceProfiles><IsTruncated>false</IsTruncated>",
        ));
    }
    let (_, body) = ONE_OF_EACH.iter().find(|(api, _)| *api == asked.api)?;
    Some(Answer::good(body.replace("REGION", &asked.region).replace("ROLE", ROLE)))
}
