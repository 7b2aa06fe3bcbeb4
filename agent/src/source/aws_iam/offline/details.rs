//! The account's details as the provider's command line prints them, turned into what its library
//! hands out, and back: from there on nothing knows where a page came from.

#![expect(clippy::struct_field_names, reason = "the fields are named as the provider names them")]

use std::collections::BTreeMap;

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail,
    PolicyVersion, RoleDetail, RoleLastUsed, Tag, UserDetail,
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::source::aws_iam::stores::Seconds;

mod back;

/// A page, or all of them as the command line puts them together.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Details {
    pub(super) user_detail_list: Option<Vec<User>>,
    pub(super) group_detail_list: Option<Vec<Group>>,
    pub(super) role_detail_list: Option<Vec<Role>>,
    pub(super) policies: Option<Vec<Managed>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_truncated: Option<bool>,
    /// What the command line says in place of the above if it was told to end early.
    #[serde(skip_serializing)]
    next_token: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct User {
    pub(super) path: Option<String>,
    user_name: Option<String>,
    user_id: Option<String>,
    pub(super) arn: Option<String>,
    create_date: Option<Moment>,
    user_policy_list: Option<Vec<Inline>>,
    group_list: Option<Vec<String>>,
    attached_managed_policies: Option<Vec<Attached>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Option<Vec<Label>>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Group {
    path: Option<String>,
    group_name: Option<String>,
    group_id: Option<String>,
    pub(super) arn: Option<String>,
    create_date: Option<Moment>,
    group_policy_list: Option<Vec<Inline>>,
    attached_managed_policies: Option<Vec<Attached>>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Role {
    path: Option<String>,
    role_name: Option<String>,
    role_id: Option<String>,
    pub(super) arn: Option<String>,
    create_date: Option<Moment>,
    assume_role_policy_document: Option<Document>,
    pub(super) instance_profile_list: Option<Vec<Profile>>,
    role_policy_list: Option<Vec<Inline>>,
    attached_managed_policies: Option<Vec<Attached>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Option<Vec<Label>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_last_used: Option<LastUsed>,
}

/// A policy with a name of its own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Managed {
    policy_name: Option<String>,
    policy_id: Option<String>,
    pub(super) arn: Option<String>,
    path: Option<String>,
    default_version_id: Option<String>,
    policy_version_list: Option<Vec<Version>>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Version {
    document: Option<Document>,
    version_id: Option<String>,
    is_default_version: bool,
    create_date: Option<Moment>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inline {
    policy_name: Option<String>,
    policy_document: Option<Document>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attached {
    policy_name: Option<String>,
    policy_arn: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Boundary {
    permissions_boundary_type: Option<String>,
    permissions_boundary_arn: Option<String>,
}

/// A tag: without a key or a value it is none.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Label {
    key: String,
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct LastUsed {
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_date: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

/// What a virtual machine takes on to get at a role.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Profile {
    path: String,
    instance_profile_name: String,
    instance_profile_id: String,
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    create_date: Option<Moment>,
}

/// A moment, in the form of ISO 8601 or in seconds since 1970, as the command line is told to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "AnyMoment", into = "String")]
pub(super) struct Moment(pub(super) Timestamp);

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyMoment {
    Text(String),
    Seconds(Seconds),
}

impl TryFrom<AnyMoment> for Moment {
    type Error = String;

    fn try_from(any: AnyMoment) -> Result<Self, String> {
        match any {
            AnyMoment::Text(text) => match text.parse() {
                Ok(at) => Ok(Self(at)),
                Err(_) => Err(format!("`{}` is not a moment", super::short(&text))),
            },
            AnyMoment::Seconds(seconds) => {
                let at = seconds.timestamp().map(Self);
                at.ok_or_else(|| "a number is not the seconds of a moment".to_owned())
            }
        }
    }
}

impl From<Moment> for String {
    fn from(it: Moment) -> Self {
        it.0.to_string()
    }
}

impl Moment {
    /// As the library has it.
    pub(super) fn time(self) -> DateTime {
        DateTime::from_secs(self.0.as_second())
    }
}

/// A document: JSON as the command line shows it, or text, plain or URL-encoded.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(in crate::source::aws_iam) struct Document(pub(super) String);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        if let Value::String(text) = value {
            return Ok(Self(text));
        }
        if value.is_object() {
            return Ok(Self(value.to_string()));
        }
        Err(serde::de::Error::custom("a document is neither an object nor text"))
    }
}

impl Details {
    /// What tells the account: the ARNs of all that belongs to it.
    pub(super) fn arns(&self) -> impl Iterator<Item = &str> {
        let users = self.user_detail_list.iter().flatten().map(|it| &it.arn);
        let groups = self.group_detail_list.iter().flatten().map(|it| &it.arn);
        let roles = self.role_detail_list.iter().flatten().map(|it| &it.arn);
        let policies = self.policies.iter().flatten().map(|it| &it.arn);
        let all = users.chain(groups).chain(roles).chain(policies).flatten();
        all.map(String::as_str).filter(|arn| !arn.contains(":iam::aws:"))
    }

    /// Whether pages follow this one.
    pub(super) fn goes_on(&self) -> bool {
        self.is_truncated == Some(true) || self.next_token.is_some()
    }

    /// Adds what a page tells.
    pub(super) fn extend(&mut self, page: Self) {
        extend(&mut self.user_detail_list, page.user_detail_list);
        extend(&mut self.group_detail_list, page.group_detail_list);
        extend(&mut self.role_detail_list, page.role_detail_list);
        extend(&mut self.policies, page.policies);
    }

    /// With all lists, where what is not there is known to be nothing.
    pub(super) fn listed(mut self) -> Self {
        self.user_detail_list.get_or_insert_default();
        self.group_detail_list.get_or_insert_default();
        self.role_detail_list.get_or_insert_default();
        self.policies.get_or_insert_default();
        self
    }

    /// Puts the pages of one account together; with what of it is missing, if anything is.
    ///
    /// # Errors
    ///
    /// If they contradict each other; with what is wrong.
    pub(super) fn whole(pages: Vec<Self>) -> Result<(Self, Option<String>), String> {
        let is_cut = pages.iter().all(Self::goes_on);
        let cut = is_cut.then(|| "more was to follow, but the last page is missing".to_owned());
        let mut whole = Self::default();
        for page in pages {
            whole.extend(page);
        }
        let missing = [
            ("UserDetailList", whole.user_detail_list.is_none()),
            ("GroupDetailList", whole.group_detail_list.is_none()),
            ("RoleDetailList", whole.role_detail_list.is_none()),
            ("Policies", whole.policies.is_none()),
        ];
        let missing = missing.iter().find(|(_, is_missing)| *is_missing);
        let missing = missing.map(|(name, _)| {
            format!("`{name}` is missing, and a missing list is not an empty one")
        });
        once(&mut whole.user_detail_list, |it| it.arn.as_deref())?;
        once(&mut whole.group_detail_list, |it| it.arn.as_deref())?;
        once(&mut whole.role_detail_list, |it| it.arn.as_deref())?;
        once(&mut whole.policies, |it| it.arn.as_deref())?;
        Ok((whole, cut.or(missing)))
    }
}

fn extend<T>(all: &mut Option<Vec<T>>, more: Option<Vec<T>>) {
    if let Some(more) = more {
        all.get_or_insert_default().extend(more);
    }
}

/// Leaves one of those that are told twice alike.
fn once<T: PartialEq>(
    all: &mut Option<Vec<T>>,
    arn: impl Fn(&T) -> Option<&str>,
) -> Result<(), String> {
    let mut known: BTreeMap<String, T> = BTreeMap::new();
    let mut nameless = Vec::new();
    for it in all.take().unwrap_or_default() {
        let Some(arn) = arn(&it).map(ToOwned::to_owned) else {
            nameless.push(it);
            continue;
        };
        match known.get(&arn) {
            Some(other) if *other != it => {
                return Err(format!("`{arn}` is told twice, and not alike: keep the newest print"));
            }
            Some(_) => {}
            None => {
                known.insert(arn, it);
            }
        }
    }
    *all = Some(known.into_values().chain(nameless).collect());
    Ok(())
}

impl From<Details> for GetAccountAuthorizationDetailsOutput {
    fn from(it: Details) -> Self {
        Self::builder()
            .set_user_detail_list(each(it.user_detail_list))
            .set_group_detail_list(each(it.group_detail_list))
            .set_role_detail_list(each(it.role_detail_list))
            .set_policies(each(it.policies))
            .build()
    }
}

fn each<T, U: From<T>>(all: Option<Vec<T>>) -> Option<Vec<U>> {
    all.map(|all| all.into_iter().map(U::from).collect())
}

fn tags(all: Option<Vec<Label>>) -> Option<Vec<Tag>> {
    let tag = |it: Label| Tag::builder().key(it.key).value(it.value).build().ok();
    all.map(|all| all.into_iter().filter_map(tag).collect())
}

impl From<User> for UserDetail {
    fn from(it: User) -> Self {
        Self::builder()
            .set_path(it.path)
            .set_user_name(it.user_name)
            .set_user_id(it.user_id)
            .set_arn(it.arn)
            .set_create_date(it.create_date.map(Moment::time))
            .set_user_policy_list(each(it.user_policy_list))
            .set_group_list(it.group_list)
            .set_attached_managed_policies(each(it.attached_managed_policies))
            .set_permissions_boundary(it.permissions_boundary.map(Into::into))
            .set_tags(tags(it.tags))
            .build()
    }
}

impl From<Group> for GroupDetail {
    fn from(it: Group) -> Self {
        Self::builder()
            .set_path(it.path)
            .set_group_name(it.group_name)
            .set_group_id(it.group_id)
            .set_arn(it.arn)
            .set_create_date(it.create_date.map(Moment::time))
            .set_group_policy_list(each(it.group_policy_list))
            .set_attached_managed_policies(each(it.attached_managed_policies))
            .build()
    }
}

impl From<Role> for RoleDetail {
    fn from(it: Role) -> Self {
        Self::builder()
            .set_path(it.path)
            .set_role_name(it.role_name)
            .set_role_id(it.role_id)
            .set_arn(it.arn)
            .set_create_date(it.create_date.map(Moment::time))
            .set_assume_role_policy_document(it.assume_role_policy_document.map(|it| it.0))
            .set_instance_profile_list(profiles(it.instance_profile_list))
            .set_role_policy_list(each(it.role_policy_list))
            .set_attached_managed_policies(each(it.attached_managed_policies))
            .set_permissions_boundary(it.permissions_boundary.map(Into::into))
            .set_tags(tags(it.tags))
            .set_role_last_used(it.role_last_used.map(Into::into))
            .build()
    }
}

fn profiles(all: Option<Vec<Profile>>) -> Option<Vec<aws_sdk_iam::types::InstanceProfile>> {
    let profile = |it: Profile| {
        aws_sdk_iam::types::InstanceProfile::builder()
            .path(it.path)
            .instance_profile_name(it.instance_profile_name)
            .instance_profile_id(it.instance_profile_id)
            .arn(it.arn)
            .create_date(it.create_date.map_or(DateTime::from_secs(0), Moment::time))
            .set_roles(Some(Vec::new()))
            .build()
            .ok()
    };
    all.map(|all| all.into_iter().filter_map(profile).collect())
}

impl From<Managed> for ManagedPolicyDetail {
    fn from(it: Managed) -> Self {
        Self::builder()
            .set_policy_name(it.policy_name)
            .set_policy_id(it.policy_id)
            .set_arn(it.arn)
            .set_path(it.path)
            .set_default_version_id(it.default_version_id)
            .set_policy_version_list(each(it.policy_version_list))
            .build()
    }
}

impl From<Version> for PolicyVersion {
    fn from(it: Version) -> Self {
        Self::builder()
            .set_document(it.document.map(|it| it.0))
            .set_version_id(it.version_id)
            .is_default_version(it.is_default_version)
            .set_create_date(it.create_date.map(Moment::time))
            .build()
    }
}

impl From<Inline> for PolicyDetail {
    fn from(it: Inline) -> Self {
        Self::builder()
            .set_policy_name(it.policy_name)
            .set_policy_document(it.policy_document.map(|it| it.0))
            .build()
    }
}

impl From<Attached> for AttachedPolicy {
    fn from(it: Attached) -> Self {
        Self::builder().set_policy_name(it.policy_name).set_policy_arn(it.policy_arn).build()
    }
}

impl From<Boundary> for AttachedPermissionsBoundary {
    fn from(it: Boundary) -> Self {
        let kind = it.permissions_boundary_type.as_deref().map(Into::into);
        Self::builder()
            .set_permissions_boundary_type(kind)
            .set_permissions_boundary_arn(it.permissions_boundary_arn)
            .build()
    }
}

impl From<LastUsed> for RoleLastUsed {
    fn from(it: LastUsed) -> Self {
        let at = it.last_used_date.map(Moment::time);
        Self::builder().set_last_used_date(at).set_region(it.region).build()
    }
}
