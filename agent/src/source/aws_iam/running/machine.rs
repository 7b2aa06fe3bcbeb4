//! Virtual machines, and what they are made after.

#![expect(clippy::struct_field_names, reason = "the fields are named as the provider names them")]

use model::WorkloadKind;
use serde::{Deserialize, Serialize};

use super::{Answer, Page, With};
use crate::source::aws_iam::xml::Element;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Instances {
    reservations: Vec<Reservation>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reservation {
    owner_id: Option<String>,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    instance_id: String,
    iam_instance_profile: Option<Profile>,
    state: Option<State>,
    placement: Option<Zone>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    arn: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    name: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    availability_zone: Option<String>,
}

impl Instances {
    /// The same from XML.
    ///
    /// # Errors
    ///
    /// With what is missing.
    pub(super) fn of_xml(answer: &Element) -> Result<Self, String> {
        let mut reservations = Vec::new();
        for reservation in answer.list("reservationSet")? {
            let mut instances = Vec::new();
            for it in reservation.list("instancesSet")? {
                let name = it.child("instanceState").and_then(|state| state.text_of("name"));
                let zone = it.child("placement").and_then(|it| it.text_of("availabilityZone"));
                instances.push(Instance {
                    instance_id: it.text_of("instanceId").ok_or("a machine has no `instanceId`")?,
                    iam_instance_profile: Profile::of_xml(it),
                    state: Some(State { name }),
                    placement: Some(Zone { availability_zone: zone }),
                });
            }
            let owner_id = reservation.text_of("ownerId");
            reservations.push(Reservation { owner_id, instances });
        }
        Ok(Self { reservations })
    }
}

impl Answer for Instances {
    fn page(self) -> Option<Page> {
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
        Some(page)
    }
}

impl Profile {
    fn with(self) -> Option<With> {
        self.arn.or(self.name).map(With::Profile)
    }

    /// The profile of what is in `holder`, if it has one.
    fn of_xml(holder: &Element) -> Option<Self> {
        let profile = holder.child("iamInstanceProfile")?;
        Some(Self { arn: profile.text_of("arn"), name: profile.text_of("name") })
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Templates {
    launch_template_versions: Vec<Template>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    launch_template_id: String,
    version_number: u64,
    created_by: Option<String>,
    launch_template_data: Option<TemplateData>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TemplateData {
    iam_instance_profile: Option<Profile>,
}

impl Templates {
    /// The same from XML.
    ///
    /// # Errors
    ///
    /// With what is missing.
    pub(super) fn of_xml(answer: &Element) -> Result<Self, String> {
        let mut versions = Vec::new();
        for it in answer.list("launchTemplateVersionSet")? {
            let id = it.text_of("launchTemplateId").ok_or("a template has no id")?;
            let number = it.text_of("versionNumber").and_then(|number| number.parse().ok());
            let profile = it.child("launchTemplateData").and_then(Profile::of_xml);
            versions.push(Template {
                launch_template_id: id,
                version_number: number.ok_or("a template's version has no number")?,
                created_by: it.text_of("createdBy"),
                launch_template_data: Some(TemplateData { iam_instance_profile: profile }),
            });
        }
        Ok(Self { launch_template_versions: versions })
    }
}

impl Answer for Templates {
    fn page(self) -> Option<Page> {
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
        Some(page)
    }
}
