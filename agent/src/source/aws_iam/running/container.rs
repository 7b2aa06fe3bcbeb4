//! Tasks, services and batch jobs that are made of containers, and what they are made after.

#![expect(clippy::struct_field_names, reason = "the fields are named as the provider names them")]

use model::WorkloadKind;
use serde::{Deserialize, Serialize};

use super::{Answer, Page, With};

/// The role with which a task is set up, beside the one that it runs with.
const EXECUTION: &str = "#execution_role";

#[derive(Deserialize, Serialize)]
pub(super) struct EcsServices {
    services: Vec<EcsService>,
    failures: Vec<Failure>,
}

/// What was asked for and is not described.
#[derive(Deserialize, Serialize)]
struct Failure {
    arn: Option<String>,
    reason: Option<String>,
}

impl Failure {
    /// What failed, unless what was asked for is gone.
    fn told(&self) -> Option<String> {
        let (arn, reason) = (self.arn.as_deref()?, self.reason.as_deref()?);
        (reason != "MISSING").then(|| format!("`{arn}` was not described: {reason}"))
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct EcsService {
    service_arn: String,
    task_definition: Option<String>,
}

impl Answer for EcsServices {
    fn page(self) -> Option<Page> {
        let failed = self.failures.iter().find_map(Failure::told);
        let mut page = Page { failed, ..Page::default() };
        for it in self.services {
            let with = it.task_definition.map(With::Definition);
            page.add_with(&it.service_arn, WorkloadKind::ContainerTask, with, "");
        }
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
pub(super) struct EcsTasks {
    tasks: Vec<EcsTask>,
    failures: Vec<Failure>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct EcsTask {
    task_arn: String,
    task_definition_arn: Option<String>,
    overrides: Option<Roles>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Roles {
    task_role_arn: Option<String>,
    job_role_arn: Option<String>,
    execution_role_arn: Option<String>,
}

impl Answer for EcsTasks {
    fn page(self) -> Option<Page> {
        let failed = self.failures.iter().find_map(Failure::told);
        let mut page = Page { failed, ..Page::default() };
        for it in self.tasks {
            let roles = it.overrides.unwrap_or_default();
            let definition = it.task_definition_arn.map(With::Definition);
            let with = roles.task_role_arn.map(With::Role).or(definition);
            page.add_with(&it.task_arn, WorkloadKind::ContainerTask, with, "");
            let execution = roles.execution_role_arn.map(With::Role);
            page.add_with(&it.task_arn, WorkloadKind::ContainerTask, execution, EXECUTION);
        }
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EcsDefinition {
    task_definition: Definition,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    task_definition_arn: String,
    #[serde(flatten)]
    roles: Roles,
}

impl Answer for EcsDefinition {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        let Definition { task_definition_arn: arn, roles } = self.task_definition;
        page.add(&arn, WorkloadKind::ContainerTask, roles.task_role_arn);
        let execution = roles.execution_role_arn.map(With::Role);
        page.add_with(&arn, WorkloadKind::ContainerTask, execution, EXECUTION);
        Some(page)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EcsDefinitions {
    task_definition_arns: Vec<String>,
}

impl Answer for EcsDefinitions {
    fn page(self) -> Option<Page> {
        Some(Page { named: self.task_definition_arns, ..Page::default() })
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchDefinitions {
    job_definitions: Vec<BatchDefinition>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchDefinition {
    job_definition_arn: String,
    status: Option<String>,
    container_properties: Option<Roles>,
}

impl Answer for BatchDefinitions {
    fn page(self) -> Option<Page> {
        let mut page = Page::default();
        for it in self.job_definitions {
            // Nothing can be made after one that is withdrawn.
            if it.status.as_deref() == Some("INACTIVE") {
                continue;
            }
            let (arn, roles) = (it.job_definition_arn, it.container_properties.unwrap_or_default());
            page.add(&arn, WorkloadKind::Job, roles.job_role_arn);
            let execution = roles.execution_role_arn.map(With::Role);
            page.add_with(&arn, WorkloadKind::Job, execution, EXECUTION);
        }
        Some(page)
    }
}
