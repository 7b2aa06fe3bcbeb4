//! What the provider's command line prints, call by call, and how one print is told from another:
//! by the names at the top of its JSON, never by the name of a file.

use super::call::{
    AUTHORIZATION_DETAILS, BATCH_GET_PROJECTS, Call, DESCRIBE_APP_SERVICE, DESCRIBE_EMR_CLUSTER,
    DESCRIBE_INSTANCES, DESCRIBE_JOB_DEFINITIONS, DESCRIBE_NOTEBOOK, DESCRIBE_SERVICES,
    DESCRIBE_STACKS, DESCRIBE_STATE_MACHINE, DESCRIBE_TASK_DEFINITION, DESCRIBE_TASKS,
    DESCRIBE_TEMPLATES, GET_AGENT_RUNTIME, GET_CALLER_IDENTITY, GET_DEV_ENDPOINTS, GET_JOBS,
    GET_REPORT, GET_USAGE, LIST_ACCESS_KEYS, LIST_FUNCTIONS, LIST_INSTANCE_PROFILES,
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
    InstanceProfiles = *LIST_INSTANCE_PROFILES, ["InstanceProfiles"],
        "iam list-instance-profiles", Pages;
    /// Which services a user or role made use of.
    Usage = *GET_USAGE, ["ServicesLastAccessed"], "iam get-service-last-accessed-details", Each;
    /// Functions.
    Functions = *LIST_FUNCTIONS, ["Functions"], "lambda list-functions", Pages;
    /// Virtual machines.
    Instances = *DESCRIBE_INSTANCES, ["Reservations"],
        "ec2 describe-instances", Pages;
    /// What virtual machines are made after.
    LaunchTemplates = *DESCRIBE_TEMPLATES,
        ["LaunchTemplateVersions"], "ec2 describe-launch-template-versions", Each;
    /// Services made of containers.
    EcsServices = *DESCRIBE_SERVICES, ["services", "failures"],
        "ecs describe-services", Each;
    /// Tasks made of containers.
    EcsTasks = *DESCRIBE_TASKS, ["tasks", "failures"], "ecs describe-tasks", Each;
    /// What tasks are made after.
    EcsDefinition = *DESCRIBE_TASK_DEFINITION, ["taskDefinition"],
        "ecs describe-task-definition", Each;
    /// Which of these there are.
    EcsDefinitions = *DESCRIBE_TASK_DEFINITION, ["taskDefinitionArns"],
        "ecs list-task-definitions", Pages;
    /// What builds software.
    BuildProjects = *BATCH_GET_PROJECTS, ["projects"],
        "codebuild batch-get-projects", Each;
    /// Resources that are made together.
    Stacks = *DESCRIBE_STACKS, ["Stacks"],
        "cloudformation describe-stacks", Pages;
    /// Jobs of the data service.
    GlueJobs = *GET_JOBS, ["Jobs"], "glue get-jobs", Pages;
    /// Its end points for trying.
    GlueEndpoints = *GET_DEV_ENDPOINTS, ["DevEndpoints"],
        "glue get-dev-endpoints", Pages;
    /// A notebook.
    Notebook = *DESCRIBE_NOTEBOOK, ["NotebookInstanceArn"],
        "sagemaker describe-notebook-instance", Each;
    /// Which of these there are.
    Notebooks = *DESCRIBE_NOTEBOOK, ["NotebookInstances"],
        "sagemaker list-notebook-instances", Pages;
    /// A service that is run as a whole.
    AppService = *DESCRIBE_APP_SERVICE, ["Service"],
        "apprunner describe-service", Each;
    /// What batch jobs are made after.
    BatchDefinitions = *DESCRIBE_JOB_DEFINITIONS, ["jobDefinitions"],
        "batch describe-job-definitions", Pages;
    /// A sequence of steps.
    StateMachine = *DESCRIBE_STATE_MACHINE, ["stateMachineArn", "roleArn"],
        "stepfunctions describe-state-machine", Each;
    /// A cluster for jobs on data.
    EmrCluster = *DESCRIBE_EMR_CLUSTER, ["Cluster"],
        "emr describe-cluster", Each;
    /// What runs an agent that decides by itself.
    AgentRuntime = *GET_AGENT_RUNTIME, ["agentRuntimeArn", "roleArn"],
        "bedrock-agentcore-control get-agent-runtime", Each;
    /// Which of these a recorded scan listed to the end.
    Ended = read_only("muster", "Record"), ["ListedToTheEnd"], "", Pages;
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
        self > Self::Usage && self < Self::Ended
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
