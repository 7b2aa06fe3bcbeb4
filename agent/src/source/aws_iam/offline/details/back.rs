//! From what the provider's library hands out to what its command line would have printed.

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, InstanceProfile, ManagedPolicyDetail,
    PolicyDetail, PolicyVersion, RoleDetail, RoleLastUsed, Tag, UserDetail,
};
use aws_smithy_types::DateTime;

use super::{
    Attached, Boundary, Details, Document, Group, Inline, Label, LastUsed, Managed, Moment,
    Profile, Role, User, Version,
};
use crate::source::aws_iam::account::timestamp;

impl From<&GetAccountAuthorizationDetailsOutput> for Details {
    fn from(it: &GetAccountAuthorizationDetailsOutput) -> Self {
        Self {
            user_detail_list: each(it.user_detail_list.as_ref()),
            group_detail_list: each(it.group_detail_list.as_ref()),
            role_detail_list: each(it.role_detail_list.as_ref()),
            policies: each(it.policies.as_ref()),
            is_truncated: None,
            next_token: None,
        }
    }
}

fn each<'a, T: 'a, U: From<&'a T>>(all: Option<&'a Vec<T>>) -> Option<Vec<U>> {
    all.map(|all| all.iter().map(U::from).collect())
}

fn moment(time: Option<&DateTime>) -> Option<Moment> {
    time.and_then(timestamp).map(Moment)
}

impl From<&UserDetail> for User {
    fn from(it: &UserDetail) -> Self {
        Self {
            path: it.path.clone(),
            user_name: it.user_name.clone(),
            user_id: it.user_id.clone(),
            arn: it.arn.clone(),
            create_date: moment(it.create_date.as_ref()),
            user_policy_list: each(it.user_policy_list.as_ref()),
            group_list: it.group_list.clone(),
            attached_managed_policies: each(it.attached_managed_policies.as_ref()),
            permissions_boundary: it.permissions_boundary.as_ref().map(Boundary::from),
            tags: each(it.tags.as_ref()),
        }
    }
}

impl From<&GroupDetail> for Group {
    fn from(it: &GroupDetail) -> Self {
        Self {
            path: it.path.clone(),
            group_name: it.group_name.clone(),
            group_id: it.group_id.clone(),
            arn: it.arn.clone(),
            create_date: moment(it.create_date.as_ref()),
            group_policy_list: each(it.group_policy_list.as_ref()),
            attached_managed_policies: each(it.attached_managed_policies.as_ref()),
        }
    }
}

impl From<&RoleDetail> for Role {
    fn from(it: &RoleDetail) -> Self {
        Self {
            path: it.path.clone(),
            role_name: it.role_name.clone(),
            role_id: it.role_id.clone(),
            arn: it.arn.clone(),
            create_date: moment(it.create_date.as_ref()),
            assume_role_policy_document: it.assume_role_policy_document.clone().map(Document),
            instance_profile_list: each(it.instance_profile_list.as_ref()),
            role_policy_list: each(it.role_policy_list.as_ref()),
            attached_managed_policies: each(it.attached_managed_policies.as_ref()),
            permissions_boundary: it.permissions_boundary.as_ref().map(Boundary::from),
            tags: each(it.tags.as_ref()),
            role_last_used: it.role_last_used.as_ref().map(LastUsed::from),
        }
    }
}

impl From<&InstanceProfile> for Profile {
    fn from(it: &InstanceProfile) -> Self {
        Self {
            path: it.path.clone(),
            instance_profile_name: it.instance_profile_name.clone(),
            instance_profile_id: it.instance_profile_id.clone(),
            arn: it.arn.clone(),
            create_date: moment(Some(&it.create_date)),
        }
    }
}

impl From<&ManagedPolicyDetail> for Managed {
    fn from(it: &ManagedPolicyDetail) -> Self {
        Self {
            policy_name: it.policy_name.clone(),
            policy_id: it.policy_id.clone(),
            arn: it.arn.clone(),
            path: it.path.clone(),
            default_version_id: it.default_version_id.clone(),
            policy_version_list: each(it.policy_version_list.as_ref()),
        }
    }
}

impl From<&PolicyVersion> for Version {
    fn from(it: &PolicyVersion) -> Self {
        Self {
            document: it.document.clone().map(Document),
            version_id: it.version_id.clone(),
            is_default_version: it.is_default_version,
            create_date: moment(it.create_date.as_ref()),
        }
    }
}

impl From<&PolicyDetail> for Inline {
    fn from(it: &PolicyDetail) -> Self {
        let policy_document = it.policy_document.clone().map(Document);
        Self { policy_name: it.policy_name.clone(), policy_document }
    }
}

impl From<&AttachedPolicy> for Attached {
    fn from(it: &AttachedPolicy) -> Self {
        Self { policy_name: it.policy_name.clone(), policy_arn: it.policy_arn.clone() }
    }
}

impl From<&AttachedPermissionsBoundary> for Boundary {
    fn from(it: &AttachedPermissionsBoundary) -> Self {
        let kind = it.permissions_boundary_type.as_ref();
        Self {
            permissions_boundary_type: kind.map(|kind| kind.as_str().to_owned()),
            permissions_boundary_arn: it.permissions_boundary_arn.clone(),
        }
    }
}

impl From<&Tag> for Label {
    fn from(it: &Tag) -> Self {
        Self { key: it.key.clone(), value: it.value.clone() }
    }
}

impl From<&RoleLastUsed> for LastUsed {
    fn from(it: &RoleLastUsed) -> Self {
        Self { last_used_date: moment(it.last_used_date.as_ref()), region: it.region.clone() }
    }
}
