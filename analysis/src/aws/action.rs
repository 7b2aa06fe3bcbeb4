//! The sets of actions by which a principal gains privileges, and what each needs besides.
//!
//! The sets are the union of the lists of five public tools (rhino, pmapper, cloudsplaining, prowler,
//! pathfinding), as of 2026-08; their numbers are those of that union. Sets 60 to 83 and 110 to 115 change
//! IAM itself or take a role on: what they need is not a row but `steps.rs`.

use std::sync::LazyLock;

use model::WorkloadKind;

use super::catalogue::CATALOGUE;

/// A set that gets hold of a role through something that runs with it.
#[derive(Debug)]
pub(super) struct Set {
    /// Its number in the union.
    pub(super) number: u16,
    pub(super) how: How,
    /// The services that take the role on: `lambda` for `lambda.amazonaws.com`.
    pub(super) services: &'static [&'static str],
    /// All of these, in lower case; `iam:PassRole` goes without saying where a role is passed.
    pub(super) actions: &'static [&'static str],
}

/// How a set gets hold of a role.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum How {
    /// It passes the role to something new.
    Pass,
    /// The same, by way of an instance profile that is there.
    PassToMachine,
    /// It makes something that runs already do its bidding.
    Running(Runs),
    /// It changes what a permission set of the organisation allows.
    PermissionSet,
}

/// What runs already.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Runs {
    AgentRuntime,
    AppService,
    BuildProject,
    ContainerTask,
    /// An end point on which code of Glue is tried.
    DevEndpoint,
    Function,
    Instance,
    Job,
    LaunchTemplate,
    /// An instance that may open the channels of Systems Manager.
    ManagedInstance,
    Notebook,
    Stack,
    StateMachine,
}

impl Runs {
    /// What a workload of that kind and id is here.
    pub(super) fn of(kind: WorkloadKind, id: &str) -> Option<Self> {
        Some(match kind {
            WorkloadKind::AgentRuntime => Self::AgentRuntime,
            WorkloadKind::AppService => Self::AppService,
            WorkloadKind::BuildProject => Self::BuildProject,
            WorkloadKind::ContainerTask => Self::ContainerTask,
            WorkloadKind::Function => Self::Function,
            WorkloadKind::Instance => Self::Instance,
            WorkloadKind::Job if id.contains(":devEndpoint/") => Self::DevEndpoint,
            WorkloadKind::Job => Self::Job,
            WorkloadKind::LaunchTemplate => Self::LaunchTemplate,
            WorkloadKind::Notebook => Self::Notebook,
            WorkloadKind::Stack => Self::Stack,
            WorkloadKind::StateMachine => Self::StateMachine,
            WorkloadKind::CronJob
            | WorkloadKind::InstanceProfile
            | WorkloadKind::Process
            | WorkloadKind::Unit => return None,
        })
    }

    /// What is known whole once the provider has answered that call.
    pub(super) fn of_call(call: &str) -> Option<Self> {
        Some(match call {
            "apprunner:DescribeService" | "apprunner:ListServices" => Self::AppService,
            "batch:DescribeJobDefinitions" => Self::Job,
            "bedrock-agentcore-control:GetAgentRuntime"
            | "bedrock-agentcore-control:ListAgentRuntimes"
            | "bedrock-agentcore:GetAgentRuntime"
            | "bedrock-agentcore:ListAgentRuntimes" => Self::AgentRuntime,
            "cloudformation:DescribeStacks" => Self::Stack,
            "codebuild:BatchGetProjects" => Self::BuildProject,
            "ec2:DescribeInstances" => Self::Instance,
            "ec2:DescribeLaunchTemplateVersions" => Self::LaunchTemplate,
            "ecs:DescribeServices"
            | "ecs:DescribeTaskDefinition"
            | "ecs:DescribeTasks"
            | "ecs:ListTaskDefinitions" => Self::ContainerTask,
            "glue:GetDevEndpoints" => Self::DevEndpoint,
            "lambda:ListFunctions" => Self::Function,
            "sagemaker:DescribeNotebookInstance" | "sagemaker:ListNotebookInstances" => {
                Self::Notebook
            }
            "states:DescribeStateMachine" | "states:ListStateMachines" => Self::StateMachine,
            _ => return None,
        })
    }
}

#[rustfmt::skip]
pub(super) const SETS: &[Set] = &[
    Set { number: 1, how: How::Running(Runs::AppService), services: &["tasks.apprunner"], actions: &["apprunner:updateservice"] },
    Set { number: 2, how: How::Pass, services: &["tasks.apprunner"], actions: &["apprunner:createservice"] },
    Set { number: 3, how: How::Running(Runs::LaunchTemplate), services: &["ec2"], actions: &["autoscaling:createautoscalinggroup"] },
    Set { number: 4, how: How::PassToMachine, services: &["ec2"], actions: &["autoscaling:createautoscalinggroup", "autoscaling:createlaunchconfiguration"] },
    Set { number: 5, how: How::PassToMachine, services: &["ec2"], actions: &["autoscaling:createlaunchconfiguration", "autoscaling:updateautoscalinggroup"] },
    Set { number: 6, how: How::Running(Runs::Job), services: &["ecs-tasks", "batch"], actions: &["batch:submitjob"] },
    Set { number: 7, how: How::Pass, services: &["ecs-tasks", "batch"], actions: &["batch:registerjobdefinition", "batch:submitjob"] },
    Set { number: 8, how: How::Running(Runs::AgentRuntime), services: &["bedrock-agentcore"], actions: &["bedrock-agentcore:invokeagentruntimecommand"] },
    Set { number: 9, how: How::Running(Runs::AgentRuntime), services: &["bedrock-agentcore"], actions: &["bedrock-agentcore:connectbrowserautomationstream", "bedrock-agentcore:startbrowsersession"] },
    Set { number: 10, how: How::Running(Runs::AgentRuntime), services: &["bedrock-agentcore"], actions: &["bedrock-agentcore:invokecodeinterpreter", "bedrock-agentcore:startcodeinterpretersession"] },
    Set { number: 11, how: How::Pass, services: &["bedrock-agentcore"], actions: &["bedrock-agentcore:connectbrowserautomationstream", "bedrock-agentcore:createbrowser", "bedrock-agentcore:startbrowsersession"] },
    Set { number: 12, how: How::Pass, services: &["bedrock-agentcore"], actions: &["bedrock-agentcore:createcodeinterpreter", "bedrock-agentcore:invokecodeinterpreter", "bedrock-agentcore:startcodeinterpretersession"] },
    Set { number: 13, how: How::Pass, services: &["bedrock-agentcore"], actions: &["bedrock-agentcore:createagentruntime", "bedrock-agentcore:createagentruntimeendpoint", "bedrock-agentcore:createworkloadidentity", "bedrock-agentcore:invokeagentruntimecommand"] },
    Set { number: 14, how: How::Pass, services: &["bedrock-agentcore"], actions: &["bedrock-agentcore:createagentruntime", "bedrock-agentcore:createagentruntimeendpoint", "bedrock-agentcore:createharness", "bedrock-agentcore:createworkloadidentity", "bedrock-agentcore:getagentruntime", "bedrock-agentcore:invokeagentruntimecommand"] },
    Set { number: 15, how: How::Pass, services: &["braket"], actions: &["braket:createjob"] },
    Set { number: 16, how: How::Running(Runs::Stack), services: &["cloudformation"], actions: &["cloudformation:updatestack"] },
    Set { number: 17, how: How::Running(Runs::Stack), services: &["cloudformation"], actions: &["cloudformation:createchangeset", "cloudformation:executechangeset"] },
    Set { number: 18, how: How::Pass, services: &["cloudformation"], actions: &["cloudformation:createstack"] },
    Set { number: 19, how: How::Pass, services: &["cloudformation"], actions: &["cloudformation:updatestack"] },
    Set { number: 20, how: How::Pass, services: &["cloudformation"], actions: &["cloudformation:updatestackset"] },
    Set { number: 21, how: How::Pass, services: &["cloudformation"], actions: &["cloudformation:createstackinstances", "cloudformation:createstackset"] },
    Set { number: 22, how: How::Running(Runs::BuildProject), services: &["codebuild"], actions: &["codebuild:startbuild"] },
    Set { number: 23, how: How::Running(Runs::BuildProject), services: &["codebuild"], actions: &["codebuild:startbuildbatch"] },
    Set { number: 24, how: How::Pass, services: &["codebuild"], actions: &["codebuild:createproject", "codebuild:startbuild"] },
    Set { number: 25, how: How::Pass, services: &["codebuild"], actions: &["codebuild:createproject", "codebuild:startbuildbatch"] },
    Set { number: 26, how: How::Pass, services: &["codebuild"], actions: &["codebuild:startbuild", "codebuild:updateproject"] },
    Set { number: 27, how: How::Pass, services: &["codebuild"], actions: &["codebuild:startbuildbatch", "codebuild:updateproject"] },
    Set { number: 28, how: How::Running(Runs::Instance), services: &["ec2"], actions: &["codedeploy:createdeployment", "codedeploy:getdeploymentconfig", "codedeploy:registerapplicationrevision"] },
    Set { number: 29, how: How::Pass, services: &["codestar"], actions: &["codestar:createproject"] },
    Set { number: 30, how: How::Pass, services: &["cognito-identity"], actions: &["cognito-identity:setidentitypoolroles"] },
    Set { number: 31, how: How::Pass, services: &["datapipeline", "elasticmapreduce", "ec2"], actions: &["datapipeline:createpipeline"] },
    Set { number: 32, how: How::Pass, services: &["datapipeline", "elasticmapreduce", "ec2"], actions: &["datapipeline:activatepipeline", "datapipeline:createpipeline", "datapipeline:putpipelinedefinition"] },
    Set { number: 33, how: How::Pass, services: &["lambda"], actions: &["dynamodb:createtable", "dynamodb:putitem", "lambda:createeventsourcemapping", "lambda:createfunction"] },
    Set { number: 34, how: How::Running(Runs::Instance), services: &["ec2"], actions: &["ec2-instance-connect:sendsshpublickey", "ec2:describeinstances"] },
    Set { number: 35, how: How::Running(Runs::LaunchTemplate), services: &["ec2"], actions: &["ec2:createlaunchtemplateversion", "ec2:modifylaunchtemplate"] },
    Set { number: 36, how: How::PassToMachine, services: &["ec2"], actions: &["ec2:requestspotinstances"] },
    Set { number: 37, how: How::PassToMachine, services: &["ec2"], actions: &["ec2:runinstances"] },
    Set { number: 38, how: How::PassToMachine, services: &["ec2"], actions: &["ec2:associateiaminstanceprofile", "ec2:runinstances"] },
    Set { number: 39, how: How::Running(Runs::Instance), services: &["ec2"], actions: &["ec2:modifyinstanceattribute", "ec2:startinstances", "ec2:stopinstances"] },
    Set { number: 40, how: How::Pass, services: &["ec2"], actions: &["ec2:runinstances", "iam:addroletoinstanceprofile", "iam:createinstanceprofile"] },
    Set { number: 41, how: How::Running(Runs::ContainerTask), services: &["ecs-tasks"], actions: &["ecs:describetasks", "ecs:executecommand"] },
    Set { number: 42, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:runtask"] },
    Set { number: 43, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:starttask"] },
    Set { number: 44, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:createservice", "ecs:registertaskdefinition"] },
    Set { number: 45, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:registertaskdefinition", "ecs:runtask"] },
    Set { number: 46, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:registertaskdefinition", "ecs:starttask"] },
    Set { number: 47, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:createcluster", "ecs:createservice", "ecs:registertaskdefinition"] },
    Set { number: 48, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:createcluster", "ecs:registertaskdefinition", "ecs:runtask"] },
    Set { number: 49, how: How::Pass, services: &["ecs-tasks"], actions: &["ecs:deregistercontainerinstance", "ecs:registercontainerinstance", "ecs:starttask"] },
    Set { number: 50, how: How::Pass, services: &["elasticmapreduce", "ec2"], actions: &["elasticmapreduce:runjobflow"] },
    Set { number: 51, how: How::Pass, services: &["emr-serverless"], actions: &["emr-serverless:createapplication", "emr-serverless:startjobrun"] },
    Set { number: 52, how: How::Pass, services: &["gamelift"], actions: &["gamelift:createbuild", "gamelift:createfleet", "gamelift:requestuploadcredentials"] },
    Set { number: 53, how: How::Running(Runs::DevEndpoint), services: &["glue"], actions: &["glue:updatedevendpoint"] },
    Set { number: 54, how: How::Pass, services: &["glue"], actions: &["glue:createdevendpoint"] },
    Set { number: 55, how: How::Pass, services: &["glue"], actions: &["glue:createjob", "glue:createtrigger"] },
    Set { number: 56, how: How::Pass, services: &["glue"], actions: &["glue:createjob", "glue:startjobrun"] },
    Set { number: 57, how: How::Pass, services: &["glue"], actions: &["glue:createsession", "glue:runstatement"] },
    Set { number: 58, how: How::Pass, services: &["glue"], actions: &["glue:createtrigger", "glue:updatejob"] },
    Set { number: 59, how: How::Pass, services: &["glue"], actions: &["glue:startjobrun", "glue:updatejob"] },
    Set { number: 84, how: How::PassToMachine, services: &["ec2"], actions: &["imagebuilder:createcomponent", "imagebuilder:createimage", "imagebuilder:createimagerecipe", "imagebuilder:createinfrastructureconfiguration"] },
    Set { number: 85, how: How::Pass, services: &["kinesisanalytics"], actions: &["kinesisanalytics:createapplication", "kinesisanalytics:startapplication"] },
    Set { number: 86, how: How::Running(Runs::Function), services: &["lambda"], actions: &["lambda:updatefunctioncode"] },
    Set { number: 87, how: How::Running(Runs::Function), services: &["lambda"], actions: &["lambda:updatefunctionconfiguration"] },
    Set { number: 88, how: How::Pass, services: &["lambda"], actions: &["lambda:createfunction"] },
    Set { number: 89, how: How::Running(Runs::Function), services: &["lambda"], actions: &["lambda:addpermission", "lambda:updatefunctioncode"] },
    Set { number: 90, how: How::Running(Runs::Function), services: &["lambda"], actions: &["lambda:invokefunction", "lambda:updatefunctioncode"] },
    Set { number: 91, how: How::Pass, services: &["lambda"], actions: &["lambda:addpermission", "lambda:createfunction"] },
    Set { number: 92, how: How::Pass, services: &["lambda"], actions: &["lambda:createeventsourcemapping", "lambda:createfunction"] },
    Set { number: 93, how: How::Pass, services: &["lambda"], actions: &["lambda:createfunction", "lambda:invokefunction"] },
    Set { number: 94, how: How::Pass, services: &["lambda"], actions: &["lambda:updatefunctioncode", "lambda:updatefunctionconfiguration"] },
    Set { number: 95, how: How::Pass, services: &["omics"], actions: &["omics:createworkflow", "omics:startrun", "s3:getobject"] },
    Set { number: 96, how: How::Running(Runs::Notebook), services: &["sagemaker"], actions: &["sagemaker:createpresignednotebookinstanceurl"] },
    Set { number: 97, how: How::Pass, services: &["sagemaker"], actions: &["sagemaker:createnotebookinstance"] },
    Set { number: 98, how: How::Pass, services: &["sagemaker"], actions: &["sagemaker:createprocessingjob"] },
    Set { number: 99, how: How::Pass, services: &["sagemaker"], actions: &["sagemaker:createtrainingjob"] },
    Set { number: 100, how: How::Running(Runs::Notebook), services: &["sagemaker"], actions: &["sagemaker:createnotebookinstancelifecycleconfig", "sagemaker:startnotebookinstance", "sagemaker:stopnotebookinstance", "sagemaker:updatenotebookinstance"] },
    Set { number: 101, how: How::Pass, services: &["scheduler"], actions: &["scheduler:createschedule"] },
    Set { number: 102, how: How::Running(Runs::ManagedInstance), services: &["ec2"], actions: &["ssm:sendcommand"] },
    Set { number: 103, how: How::Running(Runs::ManagedInstance), services: &["ec2"], actions: &["ssm:startsession"] },
    Set { number: 104, how: How::Pass, services: &["ssm"], actions: &["ssm:createdocument", "ssm:startautomationexecution"] },
    Set { number: 105, how: How::PermissionSet, services: &[], actions: &["sso:attachmanagedpolicytopermissionset"] },
    Set { number: 106, how: How::PermissionSet, services: &[], actions: &["sso:putinlinepolicytopermissionset"] },
    Set { number: 107, how: How::PermissionSet, services: &[], actions: &["sso:attachmanagedpolicytopermissionset", "sso:createaccountassignment", "sso:createpermissionset"] },
    Set { number: 108, how: How::Running(Runs::StateMachine), services: &["states"], actions: &["states:startexecution", "states:updatestatemachine"] },
    Set { number: 109, how: How::Pass, services: &["states"], actions: &["states:createstatemachine", "states:startexecution"] },
];

/// Actions that steps and probes ask for besides those of the sets.
const OTHERS: &[&str] = &[
    "iam:addroletoinstanceprofile",
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:createrole",
    "iam:createuser",
    "iam:deleteaccesskey",
    "iam:deletegrouppolicy",
    "iam:deleterolepolicy",
    "iam:deleteuserpolicy",
    "iam:detachgrouppolicy",
    "iam:detachrolepolicy",
    "iam:detachuserpolicy",
    "iam:removeuserfromgroup",
    "iam:tagrole",
    "iam:taguser",
    "iam:deleteloginprofile",
    "iam:deletepolicyversion",
    "iam:deleterolepermissionsboundary",
    "iam:deleteuserpermissionsboundary",
    "iam:passrole",
    "iam:putgrouppolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:putuserpermissionsboundary",
    "iam:putuserpolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
    "kms:decrypt",
    "ssmmessages:createcontrolchannel",
    "ssmmessages:opendatachannel",
    "sts:assumerole",
];

/// Every action that is asked for by name, in lower case and in order.
pub(super) static ACTIONS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let of_sets = SETS.iter().flat_map(|set| set.actions.iter().copied());
    let mut all: Vec<&str> = of_sets.chain(OTHERS.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
});

/// An action, with the number by which statements look it up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    /// In lower case.
    pub(super) text: &'a str,
    pub(super) number: Number,
}

/// Where an action stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// In [`ACTIONS`].
    Asked(usize),
    /// In the catalogue.
    Listed(u16),
    /// It was not looked up.
    None,
}

impl<'a> Name<'a> {
    /// `text` is in lower case.
    pub(super) fn of(text: &'a str) -> Self {
        let number = ACTIONS.binary_search(&text).map_or(Number::None, Number::Asked);
        Self { text, number }
    }
}

impl Name<'static> {
    /// An action of the catalogue.
    pub(super) fn listed(number: u16) -> Self {
        let text = CATALOGUE.action(number).map_or("", |action| action.lower.as_str());
        Self { text, number: Number::Listed(number) }
    }
}

/// Some of [`ACTIONS`]. BOUND: they are fewer than 256, which a test holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Mask([u64; 4]);

impl Mask {
    /// Adds the action of that number.
    pub(super) fn add(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1_u64.checked_shl(u32::try_from(number % 64).unwrap_or(0)).unwrap_or(0);
        }
    }

    /// Whether it holds the action of that number.
    pub(super) fn has(self, number: usize) -> bool {
        let bit = 1_u64.checked_shl(u32::try_from(number % 64).unwrap_or(0)).unwrap_or(0);
        self.0.get(number / 64).is_some_and(|word| word & bit != 0)
    }
}

/// Of what form the ARNs of an action's resources are: one of these; `*` if it has none of its own. What
/// is not listed takes any resource of its service.
pub(super) fn templates(action: &str, account: &str) -> Vec<String> {
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    let of = |rest: &str| vec![format!("arn:aws:{service}:*:{account}:{rest}")];
    match (service, name) {
        ("iam", _) if name.contains("group") => {
            vec![format!("arn:aws:iam::{account}:group/*")]
        }
        ("iam", "createpolicyversion" | "deletepolicyversion" | "setdefaultpolicyversion") => {
            vec![format!("arn:aws:iam::{account}:policy/*")]
        }
        ("iam", "createinstanceprofile" | "addroletoinstanceprofile") => {
            vec![format!("arn:aws:iam::{account}:instance-profile/*")]
        }
        ("iam", _) if name.contains("user") || name.contains("key") || name.contains("login") => {
            vec![format!("arn:aws:iam::{account}:user/*")]
        }
        ("iam", _) | ("sts", "assumerole") => vec![format!("arn:aws:iam::{account}:role/*")],
        ("ec2", "describeinstances")
        | ("codestar", "createproject")
        | ("datapipeline", "createpipeline")
        | ("gamelift", "createbuild" | "createfleet")
        | ("ssmmessages", _) => vec!["*".to_owned()],
        ("ec2", "createlaunchtemplateversion" | "modifylaunchtemplate") => of("launch-template/*"),
        ("ec2", "requestspotinstances" | "runinstances") => {
            vec![format!("arn:aws:ec2:*:{account}:instance/*"), "*".to_owned()]
        }
        ("ec2", _) => of("instance/*"),
        ("ec2-instance-connect", _) | ("ssm", "sendcommand" | "startsession") => {
            vec![
                format!("arn:aws:ec2:*:{account}:instance/*"),
                format!("arn:aws:ssm:*:{account}:managed-instance/*"),
            ]
        }
        ("ssm", "createdocument") => of("document/*"),
        ("ssm", "startautomationexecution") => {
            [of("automation-definition/*"), of("document/*")].concat()
        }
        ("lambda", "createeventsourcemapping") => {
            [of("event-source-mapping:*"), vec!["*".to_owned()]].concat()
        }
        ("lambda", _) => of("function:*"),
        ("dynamodb", _) => of("table/*"),
        ("s3", "getobject") => vec!["arn:aws:s3:::*".to_owned()],
        ("cloudformation", _) if name.contains("stackset") || name.contains("stackinstances") => {
            [of("stackset/*"), of("stack/*")].concat()
        }
        ("cloudformation", _) => of("stack/*"),
        ("codebuild", _) => of("project/*"),
        ("batch", _) => of("job*"),
        ("states", _) => of("*"),
        ("sagemaker", "createprocessingjob") => of("processing-job/*"),
        ("sagemaker", "createtrainingjob") => of("training-job/*"),
        ("sagemaker", "createnotebookinstancelifecycleconfig") => {
            of("notebook-instance-lifecycle-config/*")
        }
        ("sagemaker", _) => of("notebook-instance/*"),
        ("scheduler", _) => of("schedule/*"),
        ("sso", _) => vec!["arn:aws:sso:::*".to_owned(), "*".to_owned()],
        _ => [of("*"), vec!["*".to_owned()]].concat(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ACTIONS, SETS};

    #[test]
    fn every_set_has_a_number_of_its_own_and_all_actions_fit_the_mask() {
        let numbers: BTreeSet<u16> = SETS.iter().map(|set| set.number).collect();
        assert_eq!((numbers.len(), SETS.len()), (85, 85));
        assert!(ACTIONS.len() <= 256, "{}", ACTIONS.len());
        assert!(ACTIONS.is_sorted());
    }
}
