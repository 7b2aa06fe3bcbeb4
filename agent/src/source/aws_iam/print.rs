//! What the provider's command line prints, call by call, and how one print is told from another:
//! by the names at the top of its JSON, never by the name of a file.

use crate::source::aws_iam::call::{
    AUTHORIZATION_DETAILS, Call, GET_CALLER_IDENTITY, GET_REPORT, LIST_ACCESS_KEYS,
};

/// One call whose print can be read.
#[derive(Debug)]
pub(super) struct Print {
    /// Which one.
    pub(super) kind: Kind,
    /// The call, as scopes name it.
    pub(super) call: Call,
    /// The names that are at the top of a print, all of them; one such list after another.
    keys: &'static [&'static [&'static str]],
    /// How it is printed, after `aws`.
    pub(super) command: &'static str,
    /// How many prints tell the whole of a listing.
    pub(super) parts: Parts,
}

/// How many prints tell the whole of a listing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Parts {
    /// One, or one a page, and the last page says that it is.
    Pages,
    /// One for each thing: a print too few is a thing too few.
    Each,
}

/// Declares the kinds and the list of them, so that no kind is without its print.
macro_rules! prints {
    ($($(#[$doc:meta])* $kind:ident = $call:expr, $([$($key:literal),*])|*, $command:literal, $parts:ident;)*) => {
        /// Which call a print is of.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub(super) enum Kind { $($(#[$doc])* $kind,)* }

        /// All that can be read, in the order of the kinds; of two that fit, the first counts.
        pub(super) const PRINTS: &[Print] = &[$(Print {
            kind: Kind::$kind,
            call: $call,
            keys: &[$(&[$($key),*]),*],
            command: $command,
            parts: Parts::$parts,
        },)*];
    };
}

/// A call that is read only, and never made.
const fn read_only(service: &'static str, api: &'static str) -> Call {
    Call { service, api, why: "", cost: "" }
}

prints! {
    /// Users, groups, roles and policies.
    Details = *AUTHORIZATION_DETAILS, ["UserDetailList"] | ["RoleDetailList"] | ["GroupDetailList"],
        "iam get-account-authorization-details", Pages;
    /// The credential report.
    Report = *GET_REPORT, ["Content", "ReportFormat"], "iam get-credential-report", Pages;
    /// Whose credentials were used.
    Caller = *GET_CALLER_IDENTITY, ["UserId", "Account", "Arn"], "sts get-caller-identity", Pages;
    /// The ids of a user's access keys.
    AccessKeys = *LIST_ACCESS_KEYS, ["AccessKeyMetadata"], "iam list-access-keys", Each;
    /// What virtual machines take to get at a role.
    InstanceProfiles = read_only("iam", "ListInstanceProfiles"), ["InstanceProfiles"],
        "iam list-instance-profiles", Pages;
    /// Functions.
    Functions = read_only("lambda", "ListFunctions"), ["Functions"], "lambda list-functions", Pages;
    /// Virtual machines.
    Instances = read_only("ec2", "DescribeInstances"), ["Reservations"],
        "ec2 describe-instances", Pages;
    /// What virtual machines are made after.
    LaunchTemplates = read_only("ec2", "DescribeLaunchTemplateVersions"),
        ["LaunchTemplateVersions"], "ec2 describe-launch-template-versions", Each;
    /// Services made of containers.
    EcsServices = read_only("ecs", "DescribeServices"), ["services", "failures"],
        "ecs describe-services", Each;
    /// Tasks made of containers.
    EcsTasks = read_only("ecs", "DescribeTasks"), ["tasks", "failures"], "ecs describe-tasks", Each;
    /// What tasks are made after.
    EcsDefinition = read_only("ecs", "DescribeTaskDefinition"), ["taskDefinition"],
        "ecs describe-task-definition", Each;
    /// Which of these there are.
    EcsDefinitions = read_only("ecs", "DescribeTaskDefinition"), ["taskDefinitionArns"],
        "ecs list-task-definitions", Pages;
    /// What builds software.
    BuildProjects = read_only("codebuild", "BatchGetProjects"), ["projects"],
        "codebuild batch-get-projects", Each;
    /// Resources that are made together.
    Stacks = read_only("cloudformation", "DescribeStacks"), ["Stacks"],
        "cloudformation describe-stacks", Pages;
    /// Jobs of the data service.
    GlueJobs = read_only("glue", "GetJobs"), ["Jobs"], "glue get-jobs", Pages;
    /// Its end points for trying.
    GlueEndpoints = read_only("glue", "GetDevEndpoints"), ["DevEndpoints"],
        "glue get-dev-endpoints", Pages;
    /// A notebook.
    Notebook = read_only("sagemaker", "DescribeNotebookInstance"), ["NotebookInstanceArn"],
        "sagemaker describe-notebook-instance", Each;
    /// Which of these there are.
    Notebooks = read_only("sagemaker", "DescribeNotebookInstance"), ["NotebookInstances"],
        "sagemaker list-notebook-instances", Pages;
    /// A service that is run as a whole.
    AppService = read_only("apprunner", "DescribeService"), ["Service"],
        "apprunner describe-service", Each;
    /// What batch jobs are made after.
    BatchDefinitions = read_only("batch", "DescribeJobDefinitions"), ["jobDefinitions"],
        "batch describe-job-definitions", Pages;
    /// A sequence of steps.
    StateMachine = read_only("states", "DescribeStateMachine"), ["stateMachineArn", "roleArn"],
        "stepfunctions describe-state-machine", Each;
    /// A cluster for jobs on data.
    EmrCluster = read_only("elasticmapreduce", "DescribeCluster"), ["Cluster"],
        "emr describe-cluster", Each;
    /// What runs an agent that decides by itself.
    AgentRuntime = read_only("bedrock-agentcore", "GetAgentRuntime"), ["agentRuntimeArn", "roleArn"],
        "bedrock-agentcore-control get-agent-runtime", Each;
    /// An organisation.
    Organisation = read_only("organizations", "DescribeOrganization"), ["Organization"],
        "organizations describe-organization", Pages;
    /// Its roots.
    OrgRoots = read_only("organizations", "ListParents"), ["Roots"],
        "organizations list-roots", Pages;
    /// Its units below a node.
    OrgUnits = read_only("organizations", "ListParents"), ["OrganizationalUnits"],
        "organizations list-organizational-units-for-parent", Each;
    /// One unit.
    OrgUnit = read_only("organizations", "ListParents"), ["OrganizationalUnit"],
        "organizations describe-organizational-unit", Each;
    /// Its accounts.
    OrgAccounts = read_only("organizations", "ListAccounts"), ["Accounts"],
        "organizations list-accounts", Pages;
    /// What stands above a node or an account.
    OrgParents = read_only("organizations", "ListParents"), ["Parents"],
        "organizations list-parents", Each;
    /// What stands below a node.
    OrgChildren = read_only("organizations", "ListParents"), ["Children"],
        "organizations list-children", Each;
    /// A policy of it.
    OrgPolicy = read_only("organizations", "DescribePolicy"), ["Policy"],
        "organizations describe-policy", Each;
    /// Where a policy hangs.
    OrgTargets = read_only("organizations", "ListTargetsForPolicy"), ["Targets"],
        "organizations list-targets-for-policy", Each;
    /// Which policies hang on a node or an account.
    OrgPolicies = read_only("organizations", "ListTargetsForPolicy"), ["Policies"],
        "organizations list-policies-for-target", Each;
}

impl Kind {
    /// Whether it is about an organisation, and not about one account.
    pub(super) fn is_of_organisation(self) -> bool {
        self >= Self::Organisation
    }

    /// Whether it tells what runs with a role.
    pub(super) fn is_of_workloads(self) -> bool {
        self > Self::InstanceProfiles && self < Self::Organisation
    }

    /// The kind of a print with these names at its top.
    pub(super) fn of_keys(keys: &[String]) -> Option<Self> {
        let has = |key: &&str| keys.iter().any(|it| it == key);
        let fits = |print: &&Print| print.keys.iter().any(|all| all.iter().all(has));
        PRINTS.iter().find(fits).map(|print| print.kind)
    }

    /// The kind of a print that breaks off after these names.
    pub(super) fn of_keys_begun(keys: &[String]) -> Option<Self> {
        let first = keys.first()?;
        let fits = |print: &&Print| print.keys.iter().any(|all| all.contains(&first.as_str()));
        Self::of_keys(keys).or_else(|| PRINTS.iter().find(fits).map(|print| print.kind))
    }

    /// What is known of its print.
    pub(super) fn print(self) -> &'static Print {
        let of_kind = |print: &&Print| print.kind == self;
        #[expect(clippy::expect_used, reason = "one macro declares both")]
        PRINTS.iter().find(of_kind).expect("every kind is in the list, which declares it")
    }

    /// How it is printed.
    pub(super) fn command(self) -> String {
        format!("aws {}", self.print().command)
    }
}
