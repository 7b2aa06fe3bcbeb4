//! The published policy of the `aws_iam` source, held against a server that enforces policies: with
//! it nothing is refused, and without any one of its actions there is a gap where that is asked for,
//! and nowhere else.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use agent::source::aws_iam::CALLS;
use serde_json::{Value, json};
use tests::servers::{Ministack, aws_calls};

use crate::dry::{Dry, scan};

/// Scopes that ministack cannot serve, whoever asks: what it says there says nothing of a policy.
const UNSERVED: &[&str] = &[
    "aws-global/iam:ListSSHPublicKeys",
    "aws-global/iam:ListServerCertificates",
    "aws-global/iam:ListServiceSpecificCredentials",
    "us-east-1/apprunner:DescribeService",
    "us-east-1/ec2:DescribeLaunchTemplateVersions",
    "us-east-1/glue:GetDevEndpoints",
    "us-east-1/sagemaker:DescribeNotebookInstance",
];

/// Actions of which it cannot be shown here that they are needed: ministack does not serve the call,
/// or nothing is there to be asked about. Whoever adds a call adds what makes it be made, or, with a
/// reason, a line here.
const UNTRIED: &[&str] = &[
    // Allowed to everybody, by the provider too.
    "sts:GetCallerIdentity",
    // There is no such certificate and no such key, and none can be made here.
    "iam:ListSigningCertificates",
    "iam:GetSSHPublicKey",
    "iam:GetServerCertificate",
    // Nothing runs there.
    "ecs:DescribeTasks",
    // Not served.
    "sagemaker:ListNotebookInstances",
    "sagemaker:DescribeNotebookInstance",
    "apprunner:ListServices",
    "apprunner:DescribeService",
    // Served, but to everybody.
    "bedrock-agentcore:ListAgentRuntimes",
    "bedrock-agentcore:GetAgentRuntime",
];

/// Where an action is missed, if not in the scope that has its name: gaps by the action.
const GAPS: &[(&str, &[&str])] = &[
    ("acm:DescribeCertificate", &["us-east-1/acm:ListCertificates"]),
    ("acm:GetCertificate", &["us-east-1/acm:ListCertificates"]),
    ("apprunner:ListServices", &["us-east-1/apprunner:DescribeService"]),
    ("bedrock-agentcore:ListAgentRuntimes", &["us-east-1/bedrock-agentcore:GetAgentRuntime"]),
    ("codebuild:ListProjects", &["us-east-1/codebuild:BatchGetProjects"]),
    ("ecs:DescribeTaskDefinition", TASKS),
    ("ecs:ListClusters", &["us-east-1/ecs:DescribeServices", "us-east-1/ecs:DescribeTasks"]),
    ("ecs:ListServices", &["us-east-1/ecs:DescribeServices"]),
    ("ecs:ListTaskDefinitions", TASKS),
    ("ecs:ListTasks", &["us-east-1/ecs:DescribeTasks"]),
    ("elasticmapreduce:ListClusters", &["us-east-1/elasticmapreduce:DescribeCluster"]),
    ("iam:GenerateCredentialReport", REPORT),
    ("iam:GenerateServiceLastAccessedDetails", &["aws-global/iam:GetServiceLastAccessedDetails"]),
    (
        "iam:GetAccountAuthorizationDetails",
        &[
            "aws-global/iam:GetAccountAuthorizationDetails",
            "aws-global/iam:GetServiceLastAccessedDetails",
        ],
    ),
    ("iam:GetCredentialReport", REPORT),
    ("iam:GetOpenIDConnectProvider", &["aws-global/iam:ListOpenIDConnectProviders"]),
    ("kms:DescribeKey", &["us-east-1/kms:ListKeys"]),
    ("states:ListStateMachines", &["us-east-1/states:DescribeStateMachine"]),
];

/// What tasks are made after tells the role of services, too.
const TASKS: &[&str] = &["us-east-1/ecs:DescribeServices", "us-east-1/ecs:DescribeTaskDefinition"];

/// The report tells whom to ask about.
const REPORT: &[&str] = &[
    "aws-global/iam:GetCredentialReport",
    "aws-global/iam:ListAccessKeys",
    "aws-global/iam:ListSSHPublicKeys",
    "aws-global/iam:ListServiceSpecificCredentials",
    "aws-global/iam:ListSigningCertificates",
];

const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";

/// An account with something for every call that can be made here, and a user who may scan it.
struct Account {
    ministack: Ministack,
    key: (String, String),
}

impl Account {
    fn start() -> Self {
        let ministack = Ministack::start().unwrap();
        let calls = seed().into_iter().map(|(service, call, arguments)| {
            json!({ "service": service, "call": call, "arguments": arguments })
        });
        let calls: Vec<Value> = calls.collect();
        let root = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
        let answers = aws_calls(&ministack.endpoint(), &root, &json!(calls)).unwrap();
        for (call, answer) in calls.iter().zip(&answers) {
            assert!(answer.get("error").is_none(), "{call}: {answer}");
        }
        let key = ministack.call("iam", "create_access_key", &json!({ "UserName": "muster" }));
        let key = key.unwrap();
        let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
        let key = (text("AccessKeyId"), text("SecretAccessKey"));
        Self { ministack, key }
    }

    /// What a scan comes to with the published policy but for one action.
    fn scan_without(&self, action: &str) -> Dry {
        let mut policy: Value =
            serde_json::from_str(&fs::read_to_string(published()).unwrap()).unwrap();
        for statement in policy["Statement"].as_array_mut().unwrap() {
            statement["Action"].as_array_mut().unwrap().retain(|it| it != action);
        }
        let arguments = json!({ "UserName": "muster", "PolicyName": "published",
            "PolicyDocument": policy.to_string() });
        let answer = self.ministack.call("iam", "put_user_policy", &arguments).unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
        let home = tempfile::tempdir().unwrap();
        let setting = "ssh_public_keys = true\ncalls_per_second_max = 100000\n";
        let (id, secret) = (self.key.0.as_str(), self.key.1.as_str());
        scan(home.path(), setting, Some((&self.ministack.endpoint(), (id, secret))), &[])
    }
}

/// A certificate with its key, made here and of no use.
fn certificate() -> Value {
    let made = rcgen::generate_simple_self_signed(["made-up.example".to_owned()]).unwrap();
    json!({ "Certificate": made.cert.pem(), "PrivateKey": made.signing_key.serialize_pem() })
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn seed() -> Vec<(&'static str, &'static str, Value)> {
    let trust = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
    let steps = json!({ "StartAt": "a", "States": { "a": { "Type": "Pass", "End": true } } });
    let template = json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": {} });
    let container = json!([{ "name": "a", "image": "b", "memory": 4 }]);
    vec![
        ("iam", "create_user", json!({ "UserName": "muster" })),
        ("iam", "create_role", json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": trust })),
        ("iam", "create_instance_profile", json!({ "InstanceProfileName": "deploy" })),
        (
            "iam",
            "add_role_to_instance_profile",
            json!({ "InstanceProfileName": "deploy", "RoleName": "deploy" }),
        ),
        (
            "iam",
            "create_open_id_connect_provider",
            json!({ "Url": "https://issuer.example",
            "ThumbprintList": ["0000000000000000000000000000000000000000"] }),
        ),
        ("kms", "create_key", json!({})),
        ("secretsmanager", "create_secret", json!({ "Name": "a", "SecretString": "made-up" })),
        ("acm", "import_certificate", certificate()),
        (
            "lambda",
            "create_function",
            json!({ "FunctionName": "f", "Role": ROLE,
            "Code": { "ImageUri": "b:1" }, "PackageType": "Image" }),
        ),
        ("ecs", "create_cluster", json!({ "clusterName": "c" })),
        (
            "ecs",
            "register_task_definition",
            json!({ "family": "t", "taskRoleArn": ROLE,
            "containerDefinitions": container }),
        ),
        (
            "ecs",
            "create_service",
            json!({ "cluster": "c", "serviceName": "s",
            "taskDefinition": "t", "desiredCount": 0 }),
        ),
        (
            "codebuild",
            "create_project",
            json!({ "name": "project", "serviceRole": ROLE,
            "source": { "type": "S3", "location": "b/p" }, "artifacts": { "type": "NO_ARTIFACTS" },
            "environment": { "type": "LINUX_CONTAINER", "image": "a",
                "computeType": "BUILD_GENERAL1_SMALL" } }),
        ),
        (
            "cloudformation",
            "create_stack",
            json!({ "StackName": "s", "RoleARN": ROLE,
            "TemplateBody": template.to_string() }),
        ),
        ("glue", "create_job", json!({ "Name": "j", "Role": ROLE, "Command": { "Name": "a" } })),
        (
            "batch",
            "register_job_definition",
            json!({ "jobDefinitionName": "j",
            "type": "container", "containerProperties":
                { "image": "b", "vcpus": 1, "memory": 128, "jobRoleArn": ROLE } }),
        ),
        (
            "stepfunctions",
            "create_state_machine",
            json!({ "name": "s", "roleArn": ROLE,
            "definition": steps.to_string() }),
        ),
        (
            "emr",
            "run_job_flow",
            json!({ "Name": "e", "JobFlowRole": "deploy",
            "ServiceRole": "deploy", "Instances": { "MasterInstanceType": "m5.large",
                "SlaveInstanceType": "m5.large", "InstanceCount": 2,
                "KeepJobFlowAliveWhenNoSteps": true } }),
        ),
        (
            "bedrock-agentcore-control",
            "create_agent_runtime",
            json!({ "agentRuntimeName": "r",
            "roleArn": ROLE, "networkConfiguration": { "networkMode": "PUBLIC" },
            "agentRuntimeArtifact": { "containerConfiguration": { "containerUri": "b:1" } } }),
        ),
    ]
}

/// Region and call of a scope.
fn place(scope: &str) -> &str {
    scope.splitn(3, '/').nth(2).unwrap()
}

fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/policies/aws.json")
}

fn gaps(dry: &Dry) -> BTreeSet<&str> {
    dry.gaps.keys().map(|scope| place(scope)).collect()
}

#[test]
#[ignore = "needs ministack"]
fn the_published_policy_suffices_and_none_of_its_actions_is_too_many() {
    let account = Account::start();
    let whole = account.scan_without("nothing");
    let refused = whole.gaps.iter().find(|(_, why)| why.contains("AccessDenied"));
    assert_eq!(refused, None);
    assert_eq!(gaps(&whole), UNSERVED.iter().copied().collect(), "{:#?}", whole.gaps);

    let (mut untried, mut odd) = (Vec::new(), Vec::new());
    let published = fs::read_to_string(published()).unwrap();
    for call in CALLS {
        let action = call.to_string();
        // What an organisation needs is another policy.
        if !published.contains(&format!("\"{action}\"")) {
            continue;
        }
        let without = account.scan_without(&action);
        // A call that is not served is refused all the same, if it is not allowed.
        let is_new = |scope: &&String| whole.gaps.get(*scope) != without.gaps.get(*scope);
        let missed: Vec<&str> = without.gaps.keys().filter(is_new).map(|it| place(it)).collect();
        if missed.is_empty() {
            untried.push(action);
            continue;
        }
        let own = ["aws-global", "us-east-1"].map(|region| format!("{region}/{action}"));
        let is_expected = match GAPS.iter().find(|(of, _)| *of == action) {
            Some((_, expected)) => missed == *expected,
            None => missed.len() == 1 && own.iter().any(|own| missed == [own]),
        };
        if !is_expected {
            odd.push(format!("{action}: {missed:?}"));
        }
        let is_told = |why: &String| why.contains(&format!("`{action}` failed: "));
        assert!(without.gaps.values().any(is_told), "{action}: {:#?}", without.gaps);
        // What a gap leaves is what there was.
        for (scope, facts) in &without.facts {
            assert_eq!(facts.len(), whole.facts[scope].len(), "{action}: {scope}");
        }
    }
    assert_eq!(odd, Vec::<String>::new());
    assert_eq!(untried, UNTRIED);
}
