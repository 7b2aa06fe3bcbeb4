//! What is run as a whole by a service: functions, projects, stacks, jobs, notebooks and the like.

#![expect(clippy::struct_field_names, reason = "the fields are named as the provider names them")]

use model::WorkloadKind;
use serde::Deserialize;

use super::{Page, With};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Functions {
    functions: Vec<Function>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    function_arn: String,
    role: Option<String>,
}

impl Functions {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        for it in self.functions {
            page.add(&it.function_arn, WorkloadKind::Function, it.role);
        }
        page
    }
}

#[derive(Deserialize)]
pub(super) struct Projects {
    projects: Vec<Project>,
}

/// A mere list shows names only.
#[derive(Deserialize)]
#[serde(untagged)]
enum Project {
    Name(String),
    Whole {
        arn: String,
        #[serde(rename = "serviceRole")]
        role: Option<String>,
    },
}

impl Projects {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        for it in self.projects {
            match it {
                Project::Name(name) => page.named.push(format!("project/{name}")),
                Project::Whole { arn, role } => page.add(&arn, WorkloadKind::BuildProject, role),
            }
        }
        page
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Stacks {
    stacks: Vec<Stack>,
}

#[derive(Deserialize)]
struct Stack {
    #[serde(rename = "StackId")]
    id: String,
    #[serde(rename = "RoleARN")]
    role: Option<String>,
}

impl Stacks {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        for it in self.stacks {
            page.add(&it.id, WorkloadKind::Stack, it.role);
        }
        page
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GlueJobs {
    jobs: Vec<GlueJob>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GlueJob {
    name: Option<String>,
    role: Option<String>,
}

impl GlueJobs {
    /// What the print says. Other services list jobs, too, but none of theirs has both a name and
    /// a role.
    pub(super) fn page(self) -> Option<Page> {
        let mut page = Page::default();
        for it in self.jobs {
            let (name, role) = (it.name?, it.role?);
            page.add(&format!("job/{name}"), WorkloadKind::Job, Some(role));
        }
        Some(page)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GlueEndpoints {
    dev_endpoints: Vec<GlueEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GlueEndpoint {
    endpoint_name: String,
    role_arn: Option<String>,
    availability_zone: Option<String>,
}

impl GlueEndpoints {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        for it in self.dev_endpoints {
            let id = format!("devEndpoint/{}", it.endpoint_name);
            page.add(&id, WorkloadKind::Job, it.role_arn);
            page.last_is_in(it.availability_zone.as_deref());
        }
        page
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Notebook {
    notebook_instance_arn: String,
    role_arn: Option<String>,
}

impl Notebook {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        page.add(&self.notebook_instance_arn, WorkloadKind::Notebook, self.role_arn);
        page
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Notebooks {
    notebook_instances: Vec<Notebook>,
}

impl Notebooks {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let named = self.notebook_instances.into_iter().map(|it| it.notebook_instance_arn);
        Page { named: named.collect(), ..Page::default() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AppService {
    service: AppServiceWhole,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AppServiceWhole {
    service_arn: Option<String>,
    instance_configuration: Option<AppInstance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AppInstance {
    instance_role_arn: Option<String>,
}

impl AppService {
    /// What the print says. Other services have services, too, but with other names.
    pub(super) fn page(self) -> Option<Page> {
        let mut page = Page::default();
        let role = self.service.instance_configuration.and_then(|it| it.instance_role_arn);
        page.add(&self.service.service_arn?, WorkloadKind::AppService, role);
        Some(page)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateMachine {
    state_machine_arn: String,
    role_arn: String,
}

impl StateMachine {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        page.add(&self.state_machine_arn, WorkloadKind::StateMachine, Some(self.role_arn));
        page
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EmrCluster {
    cluster: Cluster,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cluster {
    cluster_arn: Option<String>,
    service_role: Option<String>,
    ec2_instance_attributes: Option<Machines>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Machines {
    iam_instance_profile: Option<String>,
}

impl EmrCluster {
    /// What the print says. Other services have clusters, too, but with other names.
    pub(super) fn page(self) -> Option<Page> {
        let mut page = Page::default();
        let arn = self.cluster.cluster_arn?;
        let machines = self.cluster.ec2_instance_attributes;
        let profile = machines.and_then(|it| it.iam_instance_profile).map(With::Profile);
        page.add_with(&arn, WorkloadKind::Job, profile, "");
        let service = self.cluster.service_role.map(With::Role);
        page.add_with(&arn, WorkloadKind::Job, service, "#service_role");
        Some(page)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgentRuntime {
    agent_runtime_arn: String,
    role_arn: String,
}

impl AgentRuntime {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        page.add(&self.agent_runtime_arn, WorkloadKind::AgentRuntime, Some(self.role_arn));
        page
    }
}
