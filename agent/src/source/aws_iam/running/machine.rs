//! Virtual machines, and what they are made after.

#![expect(clippy::struct_field_names, reason = "the fields are named as the provider names them")]

use model::WorkloadKind;
use serde::Deserialize;

use super::{Page, With};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Instances {
    reservations: Vec<Reservation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation {
    owner_id: Option<String>,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    instance_id: String,
    iam_instance_profile: Option<Profile>,
    state: Option<State>,
    placement: Option<Zone>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    arn: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    availability_zone: Option<String>,
}

impl Instances {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        for reservation in self.reservations {
            page.owner = page.owner.or(reservation.owner_id);
            for it in reservation.instances {
                let state = it.state.and_then(|state| state.name).unwrap_or_default();
                // Such a machine never runs again.
                if matches!(state.as_str(), "terminated" | "shutting-down") {
                    continue;
                }
                let zone = it.placement.and_then(|zone| zone.availability_zone);
                let id = format!("instance/{}", it.instance_id);
                let profile = it.iam_instance_profile.and_then(Profile::with);
                page.add_with(&id, WorkloadKind::Instance, profile, "");
                page.last_is_in(zone.as_deref());
            }
        }
        page
    }
}

impl Profile {
    fn with(self) -> Option<With> {
        self.arn.or(self.name).map(With::Profile)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Templates {
    launch_template_versions: Vec<Template>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    launch_template_id: String,
    version_number: u64,
    created_by: Option<String>,
    launch_template_data: Option<TemplateData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TemplateData {
    iam_instance_profile: Option<Profile>,
}

impl Templates {
    /// What the print says.
    pub(super) fn page(self) -> Page {
        let mut page = Page::default();
        for it in self.launch_template_versions {
            let maker = it.created_by.unwrap_or_default();
            let maker = maker.split(':').nth(4).map(ToOwned::to_owned);
            page.owner = page.owner.or(maker.filter(|id| !id.is_empty()));
            let id =
                format!("launch-template/{}#version/{}", it.launch_template_id, it.version_number);
            let profile = it.launch_template_data.and_then(|data| data.iam_instance_profile);
            let profile = profile.and_then(Profile::with);
            page.add_with(&id, WorkloadKind::LaunchTemplate, profile, "");
        }
        page
    }
}
