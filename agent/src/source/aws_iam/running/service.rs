//! What is run as a whole by a service: functions, projects, stacks, jobs, notebooks and the like.

#![expect(clippy::struct_field_names, reason = "the fields are named as the provider names them")]

use model::WorkloadKind;
use serde::{Deserialize, Serialize};

use super::{Answer, Page, With};
use crate::source::aws_iam::xml::Element;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Functions {
    functions: Vec<Function>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    function_arn: String,
    role: Option<String>,
}

impl Answer for Functions {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        for it in self.functions {
            page.add(&it.function_arn, WorkloadKind::Function, it.role);
        }
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
pub(super) struct Projects {
    projects: Vec<Project>,
}

/// A mere list shows names only.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Project {
    Name(String),
    Whole {
        arn: String,
        #[serde(rename = "serviceRole")]
        role: Option<String>,
    },
}

impl Answer for Projects {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        for it in self.projects {
            match it {
                Project::Name(name) => page.named.push(format!("project/{name}")),
                Project::Whole { arn, role } => page.add(&arn, WorkloadKind::BuildProject, role),
            }
        }
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Stacks {
    stacks: Vec<Stack>,
}

#[derive(Deserialize, Serialize)]
struct Stack {
    #[serde(rename = "StackId")]
    id: String,
    #[serde(rename = "RoleARN")]
    role: Option<String>,
}

impl Stacks {
    /// The same from XML.
    ///
    /// # Errors
    ///
    /// With what is missing.
    pub(super) fn of_xml(result: &Element) -> Result<Self, String> {
        let mut stacks = Vec::new();
        for stack in result.list("Stacks")? {
            let id = stack.text_of("StackId").ok_or("a stack has no `StackId`")?;
            stacks.push(Stack { id, role: stack.text_of("RoleARN") });
        }
        Ok(Self { stacks })
    }
}

impl Answer for Stacks {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        for it in self.stacks {
            page.add(&it.id, WorkloadKind::Stack, it.role);
        }
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GlueJobs {
    jobs: Vec<GlueJob>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GlueJob {
    name: Option<String>,
    role: Option<String>,
}

impl Answer for GlueJobs {
    // Other services list jobs, too, but none of theirs has both a name and
    // a role.
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        for it in self.jobs {
            let (name, role) = (it.name?, it.role?);
            page.add(&format!("job/{name}"), WorkloadKind::Job, Some(role));
        }
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GlueEndpoints {
    dev_endpoints: Vec<GlueEndpoint>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GlueEndpoint {
    endpoint_name: String,
    role_arn: Option<String>,
    availability_zone: Option<String>,
}

impl Answer for GlueEndpoints {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        for it in self.dev_endpoints {
            let id = format!("devEndpoint/{}", it.endpoint_name);
            page.add(&id, WorkloadKind::Job, it.role_arn);
            page.last_is_in(it.availability_zone.as_deref());
        }
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Notebook {
    notebook_instance_arn: String,
    role_arn: Option<String>,
}

impl Answer for Notebook {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        page.add(&self.notebook_instance_arn, WorkloadKind::Notebook, self.role_arn);
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Notebooks {
    notebook_instances: Vec<Notebook>,
}

impl Answer for Notebooks {
    fn page(self) -> Option<Page> {
        let named = self.notebook_instances.into_iter().map(|it| it.notebook_instance_arn);
        Some(Page { named: named.collect(), ..Page::default() })
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AppService {
    service: AppServiceWhole,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AppServiceWhole {
    service_arn: Option<String>,
    instance_configuration: Option<AppInstance>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AppInstance {
    instance_role_arn: Option<String>,
}

impl Answer for AppService {
    // Other services have services, too, but with other names.
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        let role = self.service.instance_configuration.and_then(|it| it.instance_role_arn);
        page.add(&self.service.service_arn?, WorkloadKind::AppService, role);
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateMachine {
    state_machine_arn: String,
    role_arn: String,
}

impl Answer for StateMachine {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        page.add(&self.state_machine_arn, WorkloadKind::StateMachine, Some(self.role_arn));
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EmrCluster {
    cluster: Cluster,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Cluster {
    cluster_arn: Option<String>,
    service_role: Option<String>,
    ec2_instance_attributes: Option<Machines>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Machines {
    iam_instance_profile: Option<String>,
}

impl Answer for EmrCluster {
    // Other services have clusters, too, but with other names.
    fn page(self) -> Option<Page> {
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

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgentRuntime {
    agent_runtime_arn: String,
    role_arn: String,
}

impl Answer for AgentRuntime {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        page.add(&self.agent_runtime_arn, WorkloadKind::AgentRuntime, Some(self.role_arn));
        Some(page)
    }
}
