//! What runs with which role: a real account asked for it, recorded, and told again from the record.

use std::fs;

use serde_json::{Value, json};
use tests::servers::Moto;

use crate::dry::scan;

/// A key that moto does not look at.
const KEY: (&str, &str) = ("AKIAEXAMPLENOBODY000", "made-up");

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// An account in which one of everything that moto knows runs with one role.
fn seed() -> Value {
    let call = |service: &str, call: &str, arguments: Value| json!({ "service": service, "call": call, "arguments": arguments });
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/made-up:1";
    let container = json!([{ "name": "a", "image": image, "memory": 4,
        "environment": [{ "name": "PASSWORD", "value": "made-up-secret" }] }]);
    let machine = json!({ "Name": "deploy" });
    let steps = json!({ "StartAt": "a", "States": { "a": { "Type": "Pass", "End": true } } });
    let template = json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": {} });
    json!({ "roles": [{ "name": "deploy" }], "calls": [
        call("iam", "create_instance_profile", json!({ "InstanceProfileName": "deploy" })),
        call("iam", "add_role_to_instance_profile",
            json!({ "InstanceProfileName": "deploy", "RoleName": "deploy" })),
        call("ec2", "run_instances", json!({ "ImageId": "ami-12c6146b", "MinCount": 1,
            "MaxCount": 1, "IamInstanceProfile": machine })),
        call("ec2", "create_launch_template", json!({ "LaunchTemplateName": "t",
            "LaunchTemplateData": { "ImageId": "ami-12c6146b", "IamInstanceProfile": machine } })),
        call("lambda", "create_function", json!({ "FunctionName": "f", "Role": ROLE,
            "Code": { "ImageUri": image }, "PackageType": "Image",
            "Environment": { "Variables": { "PASSWORD": "made-up-secret" } } })),
        call("ecs", "create_cluster", json!({ "clusterName": "c" })),
        call("ecs", "register_task_definition", json!({ "family": "t", "taskRoleArn": ROLE,
            "executionRoleArn": ROLE, "containerDefinitions": container })),
        call("ecs", "create_service", json!({ "cluster": "c", "serviceName": "s",
            "taskDefinition": "t", "desiredCount": 0 })),
        call("codebuild", "create_project", json!({ "name": "project", "serviceRole": ROLE,
            "source": { "type": "S3", "location": "b/p" }, "artifacts": { "type": "NO_ARTIFACTS" },
            "environment": { "type": "LINUX_CONTAINER", "image": "a",
                "computeType": "BUILD_GENERAL1_SMALL" } })),
        call("cloudformation", "create_stack", json!({ "StackName": "s", "RoleARN": ROLE,
            "TemplateBody": template.to_string() })),
        call("glue", "create_job", json!({ "Name": "j", "Role": "deploy",
            "Command": { "Name": "a" } })),
        call("glue", "create_dev_endpoint", json!({ "EndpointName": "e", "RoleArn": ROLE })),
        call("sagemaker", "create_notebook_instance", json!({ "NotebookInstanceName": "n",
            "InstanceType": "ml.t2.medium", "RoleArn": ROLE })),
        call("batch", "register_job_definition", json!({ "jobDefinitionName": "j",
            "type": "container", "containerProperties":
                { "image": image, "vcpus": 1, "memory": 128, "jobRoleArn": ROLE } })),
        call("stepfunctions", "create_state_machine", json!({ "name": "s", "roleArn": ROLE,
            "definition": steps.to_string() })),
        call("emr", "run_job_flow", json!({ "Name": "e", "JobFlowRole": "deploy",
            "ServiceRole": "deploy", "Instances": { "MasterInstanceType": "m5.large",
                "SlaveInstanceType": "m5.large", "InstanceCount": 2,
                "KeepJobFlowAliveWhenNoSteps": true } })),
        call("bedrock-agentcore-control", "create_agent_runtime", json!({ "agentRuntimeName": "r",
            "roleArn": ROLE, "networkConfiguration": { "networkMode": "PUBLIC" },
            "agentRuntimeArtifact": { "containerConfiguration": { "containerUri": image } } })),
    ]})
}

#[test]
#[ignore = "needs moto"]
fn one_of_everything_in_an_account_is_told_and_told_again_from_its_record() {
    let moto = Moto::start(&seed()).unwrap();
    let proxy = moto.behind_proxy().unwrap();
    let home = tempfile::tempdir().unwrap();
    let told = scan(home.path(), "", Some((&proxy.endpoint(), KEY)), &["--record", "prints"]);
    assert_eq!(told.code, 0, "{}", told.said[1]);
    let live = &told.facts;
    let of_role = |scope: &str| {
        let facts = live[&format!("aws_iam/123456789012/us-east-1/{scope}")].iter();
        facts.filter(|fact| fact.contains(&format!("\"identity\":\"{ROLE}\""))).count()
    };
    for (scope, count) in [
        ("batch:DescribeJobDefinitions", 1),
        ("bedrock-agentcore:GetAgentRuntime", 1),
        ("cloudformation:DescribeStacks", 1),
        ("codebuild:BatchGetProjects", 1),
        ("ec2:DescribeInstances", 1),
        ("ec2:DescribeLaunchTemplateVersions", 1),
        ("ecs:DescribeServices", 1),
        ("ecs:DescribeTaskDefinition", 2),
        ("elasticmapreduce:DescribeCluster", 2),
        ("glue:GetDevEndpoints", 1),
        ("glue:GetJobs", 1),
        ("lambda:ListFunctions", 1),
        ("sagemaker:DescribeNotebookInstance", 1),
        ("states:DescribeStateMachine", 1),
    ] {
        assert_eq!(of_role(scope), count, "{scope}");
    }

    // Nothing of the environment that comes with the answers is told or kept.
    let mut texts = Vec::from(told.said.clone());
    for entry in fs::read_dir(home.path().join("prints")).unwrap() {
        texts.push(fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert!(texts.iter().all(|text| !text.contains("made-up-secret")));

    let mut again = scan(home.path(), "from = \"prints\"\n", None, &[]);
    assert_eq!(again.code, 0, "{}", again.said[1]);
    // Prints are taken for all regions that there are, which a look does not know.
    let everywhere = "aws_iam/123456789012/aws-global/ec2:DescribeRegions";
    assert!(again.facts.remove(everywhere).is_some_and(|facts| facts.is_empty()));
    assert!(again.facts.len() >= 20, "{:?}", again.facts.keys());
    for (scope, facts) in &again.facts {
        assert_eq!(facts, &live[scope], "{scope}");
    }
}

#[test]
#[ignore = "needs moto"]
fn the_settings_of_a_section_record_too_and_each_region_has_its_own() {
    let moto = Moto::start(&seed()).unwrap();
    let proxy = moto.behind_proxy().unwrap();
    let home = tempfile::tempdir().unwrap();
    let setting = "regions = [\"eu-west-1\", \"us-east-1\"]\nrecord = \"prints\"\n";
    let told = scan(home.path(), setting, Some((&proxy.endpoint(), KEY)), &[]);
    assert_eq!(told.code, 0, "{}", told.said[1]);
    let live = &told.facts;
    let again = scan(home.path(), "from = \"prints\"\n", None, &[]).facts;
    for (region, count) in [("eu-west-1", 0), ("us-east-1", 1)] {
        let scope = format!("aws_iam/123456789012/{region}/lambda:ListFunctions");
        assert_eq!((live[&scope].len(), again[&scope].len()), (count, count), "{scope}");
    }
}

#[test]
#[ignore = "needs moto"]
fn an_account_that_has_never_heard_of_uses_leaves_a_clean_gap() {
    let moto = Moto::start(&json!({ "users": [{ "name": "ada" }] })).unwrap();
    let proxy = moto.behind_proxy().unwrap();
    proxy.mend();
    let home = tempfile::tempdir().unwrap();
    let told = scan(home.path(), "", Some((&proxy.endpoint(), KEY)), &[]);
    let scope = "aws_iam/123456789012/aws-global/iam:GetServiceLastAccessedDetails";
    assert!(told.gaps[scope].contains("HTTP 500"), "{}", told.gaps[scope]);
    assert_eq!(proxy.calls_of("GenerateServiceLastAccessedDetails"), 3);
    let none =
        scan(home.path(), "usage_calls_per_hour_max = 0\n", Some((&proxy.endpoint(), KEY)), &[]);
    assert!(!none.gaps.contains_key(scope) && !none.facts.contains_key(scope));
}
