//! Every API call that this source can make, in one list: the published policy allows these and no
//! other, and a test holds the two against each other.

use std::fmt;

use serde::Serialize;

/// One API of the provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Call {
    /// The service as IAM actions and scopes name it.
    pub service: &'static str,
    /// The API's own name. For these services it is also the name of the IAM action.
    pub api: &'static str,
    /// What it is asked for, in a few words.
    pub why: &'static str,
    /// How many calls it costs.
    pub cost: &'static str,
}

/// `iam:ListAccessKeys`: the IAM action, and the last part of the scope's name.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.api)
    }
}

/// Declares the calls and the list of them, so that none can be made that is not in the list.
macro_rules! calls {
    ($($name:ident = $service:literal $api:literal, $why:literal, $cost:literal;)*) => {
        $(
            #[doc = concat!("`", $service, ":", $api, "`: ", $why, ".")]
            pub(super) const $name: &Call =
                &Call { service: $service, api: $api, why: $why, cost: $cost };
        )*

        /// Every call that the source can make, in the order of the manual.
        pub const CALLS: &[&Call] = &[$($name,)*];

        /// The same as a table in Markdown, for the manual page.
        pub const CALLS_TABLE: &str = concat!(
            "| call, and the permission it needs | what for | how many |\n|---|---|---|\n",
            $("| `", $service, ":", $api, "` | ", $why, " | ", $cost, " |\n",)*
        );
    };
}

calls! {
    GET_CALLER_IDENTITY = "sts" "GetCallerIdentity",
        "which account this is", "1";
    AUTHORIZATION_DETAILS = "iam" "GetAccountAuthorizationDetails",
        "users, groups, roles and all policies with their documents",
        "1 a page of 300, at least 3";
    GENERATE_REPORT = "iam" "GenerateCredentialReport",
        "to have the credential report made", "1, and 1 a second while it is being made";
    GET_REPORT = "iam" "GetCredentialReport",
        "age, state and last use of passwords, access keys and signing certificates", "1";
    LIST_ACCESS_KEYS = "iam" "ListAccessKeys",
        "the ids of access keys, which the report leaves out", "1 a user that has a key";
    LIST_SIGNING_CERTIFICATES = "iam" "ListSigningCertificates",
        "the certificates that users sign requests with",
        "1 a user with an active one";
    LIST_MFA_DEVICES = "iam" "ListVirtualMFADevices",
        "second factors and whose they are", "1 a page of 300";
    LIST_SERVICE_CREDENTIALS = "iam" "ListServiceSpecificCredentials",
        "passwords and API keys of users for single services", "1 a page of 300";
    LIST_SSH_KEYS = "iam" "ListSSHPublicKeys",
        "SSH public keys of users, if `ssh_public_keys` is on", "1 a user";
    GET_SSH_KEY = "iam" "GetSSHPublicKey",
        "the public key itself, to know it on a host, if `ssh_public_keys` is on", "1 a key";
    LIST_SERVER_CERTIFICATES = "iam" "ListServerCertificates",
        "server certificates kept by IAM", "1 a page of 300";
    GET_SERVER_CERTIFICATE = "iam" "GetServerCertificate",
        "the certificate itself, without its key, to know it on a host", "1 a certificate";
    LIST_OIDC_PROVIDERS = "iam" "ListOpenIDConnectProviders",
        "which OIDC issuers the account trusts", "1";
    GET_OIDC_PROVIDER = "iam" "GetOpenIDConnectProvider",
        "their URL, audiences and thumbprints", "1 an issuer";
    LIST_SAML_PROVIDERS = "iam" "ListSAMLProviders",
        "which SAML issuers the account trusts, and until when", "1";
    LIST_SECRETS = "secretsmanager" "ListSecrets",
        "age, rotation and last access of secrets, never a value", "1 a page of 100, a region";
    DESCRIBE_PARAMETERS = "ssm" "DescribeParameters",
        "age of SecureString parameters, never a value", "1 a page of 50, a region";
    LIST_KEYS = "kms" "ListKeys",
        "which keys there are", "1 a page of 1000, a region";
    DESCRIBE_KEY = "kms" "DescribeKey",
        "age, state and maker of a key", "1 a key";
    LIST_CERTIFICATES = "acm" "ListCertificates",
        "which certificates there are", "1 a page of 1000, a region";
    DESCRIBE_CERTIFICATE = "acm" "DescribeCertificate",
        "what uses a certificate, and whether it renews itself", "1 a certificate";
    GET_CERTIFICATE = "acm" "GetCertificate",
        "the certificate itself, without its key, to know it on a host", "1 a certificate";
    LIST_INSTANCE_PROFILES = "iam" "ListInstanceProfiles",
        "through which profile a machine gets at which role", "1 a page of 300";
    GENERATE_USAGE = "iam" "GenerateServiceLastAccessedDetails",
        "to have it made which services a user or role made use of, unless \
         `usage_calls_per_hour_max` is 0",
        "1 a user or role, once in `usage_age_days_max`";
    GET_USAGE = "iam" "GetServiceLastAccessedDetails",
        "which services it made use of", "1 a user or role, and 1 a second while it is being made";
    DESCRIBE_ORGANISATION = "organizations" "DescribeOrganization",
        "which organisation the account is in, if `organisation` is on", "1";
    LIST_ACCOUNTS = "organizations" "ListAccounts",
        "the accounts in it", "1 a page of 20";
    LIST_ROOTS = "organizations" "ListRoots",
        "its roots", "1";
    LIST_UNITS_BELOW = "organizations" "ListOrganizationalUnitsForParent",
        "the units below a root or a unit", "1 a page of 20, a root or unit";
    LIST_ACCOUNTS_BELOW = "organizations" "ListAccountsForParent",
        "the accounts below a root or a unit", "1 a page of 20, a root or unit";
    LIST_POLICIES = "organizations" "ListPolicies",
        "its service and resource control policies", "1 a page of 20, for both sorts";
    DESCRIBE_POLICY = "organizations" "DescribePolicy",
        "what a policy says", "1 a policy";
    LIST_TARGETS = "organizations" "ListTargetsForPolicy",
        "where it hangs", "1 a page of 20, a policy";
    ASSUME_ROLE = "sts" "AssumeRole",
        "to enter the other accounts, if `member_role` is set", "1 an account";
    LIST_TASK_DEFINITIONS = "ecs" "ListTaskDefinitions",
        "after what tasks can be made", "1 a page of 100, a region";
    DESCRIBE_TASK_DEFINITION = "ecs" "DescribeTaskDefinition",
        "with which role they run", "1 a revision in use, once: it never changes";
    LIST_CLUSTERS = "ecs" "ListClusters",
        "where tasks run", "1 a page of 100, a region";
    LIST_SERVICES = "ecs" "ListServices",
        "which services there are", "1 a page of 100, a cluster";
    DESCRIBE_SERVICES = "ecs" "DescribeServices",
        "after what their tasks are made", "1 for 10 services";
    LIST_TASKS = "ecs" "ListTasks",
        "which tasks run", "1 a page of 100, a cluster";
    DESCRIBE_TASKS = "ecs" "DescribeTasks",
        "after what they are made, and with which role", "1 for 100 tasks";
    LIST_FUNCTIONS = "lambda" "ListFunctions",
        "which functions run with which role", "1 a page of 50, a region";
    DESCRIBE_INSTANCES = "ec2" "DescribeInstances",
        "which machines run with which profile", "1 a page of 1000, a region";
    DESCRIBE_TEMPLATES = "ec2" "DescribeLaunchTemplateVersions",
        "with which profile machines are made: the newest and the default version of each template",
        "1 a page of 200, a region";
    LIST_PROJECTS = "codebuild" "ListProjects",
        "which projects there are", "1 a page of 100, a region";
    BATCH_GET_PROJECTS = "codebuild" "BatchGetProjects",
        "with which role they build", "1 for 100 projects";
    DESCRIBE_STACKS = "cloudformation" "DescribeStacks",
        "which stacks are made with which role", "1 a page, a region";
    GET_JOBS = "glue" "GetJobs",
        "which jobs run with which role", "1 a page of 1000, a region";
    GET_DEV_ENDPOINTS = "glue" "GetDevEndpoints",
        "which end points run with which role", "1 a page of 1000, a region";
    LIST_NOTEBOOKS = "sagemaker" "ListNotebookInstances",
        "which notebooks there are", "1 a page of 100, a region";
    DESCRIBE_NOTEBOOK = "sagemaker" "DescribeNotebookInstance",
        "with which role a notebook runs", "1 a notebook";
    LIST_APP_SERVICES = "apprunner" "ListServices",
        "which services there are", "1 a page of 20, a region";
    DESCRIBE_APP_SERVICE = "apprunner" "DescribeService",
        "with which role a service runs", "1 a service";
    DESCRIBE_JOB_DEFINITIONS = "batch" "DescribeJobDefinitions",
        "with which role jobs run", "1 a page of 100, a region";
    LIST_STATE_MACHINES = "states" "ListStateMachines",
        "which state machines there are", "1 a page of 1000, a region";
    DESCRIBE_STATE_MACHINE = "states" "DescribeStateMachine",
        "with which role one runs, without its definition", "1 a state machine";
    LIST_EMR_CLUSTERS = "elasticmapreduce" "ListClusters",
        "which clusters are up", "1 a page of 50, a region";
    DESCRIBE_EMR_CLUSTER = "elasticmapreduce" "DescribeCluster",
        "with which role and which profile one runs", "1 a cluster";
    LIST_AGENT_RUNTIMES = "bedrock-agentcore" "ListAgentRuntimes",
        "which runtimes of agents there are", "1 a page of 100, a region";
    GET_AGENT_RUNTIME = "bedrock-agentcore" "GetAgentRuntime",
        "with which role one runs", "1 a runtime";
}

/// Of the statements of the published policy, what each is called, and whose calls it allows. One
/// that is left out leaves gaps, and everything else as it is.
const STATEMENTS: &[(&str, &[&str])] = &[
    ("MusterReadsIdentities", &["iam", "sts"]),
    ("MusterReadsMetadataOfStores", &["acm", "kms", "secretsmanager", "ssm"]),
    (
        "MusterReadsWhatRunsWithWhichRole",
        &[
            "apprunner",
            "batch",
            "bedrock-agentcore",
            "cloudformation",
            "codebuild",
            "ec2",
            "ecs",
            "elasticmapreduce",
            "glue",
            "lambda",
            "sagemaker",
            "states",
        ],
    ),
];

/// The role in the accounts of an organisation that the published policy lets our own take on.
const MEMBER_ROLE: &str = "arn:aws:iam::*:role/muster";

/// The policy that allows exactly the calls into one account, as it is published.
#[must_use]
pub fn policy() -> String {
    let is_of_one = |call: &Call| call != ASSUME_ROLE;
    text_of(STATEMENTS.iter().map(|(name, services)| statement(name, services, "*", is_of_one)))
}

/// What an account needs besides to look into its whole organisation, as it is published.
#[must_use]
pub fn policy_of_organisation() -> String {
    let enters = |call: &Call| call == ASSUME_ROLE;
    let reads = statement("MusterReadsTheOrganisation", &["organizations"], "*", |_| true);
    text_of([reads, statement("MusterEntersItsAccounts", &["sts"], MEMBER_ROLE, enters)])
}

fn statement(
    name: &'static str,
    services: &[&str],
    resource: &'static str,
    is_in: impl Fn(&Call) -> bool,
) -> Statement {
    let calls = CALLS.iter().filter(|call| services.contains(&call.service) && is_in(call));
    let mut actions: Vec<String> = calls.map(ToString::to_string).collect();
    actions.sort_unstable();
    Statement { name, effect: "Allow", actions, resource }
}

fn text_of(statements: impl IntoIterator<Item = Statement>) -> String {
    let statements = statements.into_iter().collect();
    let policy = Policy { version: "2012-10-17", statements };
    serde_json::to_string_pretty(&policy).unwrap_or_default() + "\n"
}

/// A policy, in the order in which people write it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    #[serde(rename = "Statement")]
    statements: Vec<Statement>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    #[serde(rename = "Sid")]
    name: &'static str,
    effect: &'static str,
    #[serde(rename = "Action")]
    actions: Vec<String>,
    resource: &'static str,
}

#[cfg(test)]
mod tests;
