//! Reads users, groups, roles and policies with their documents, page by page, and forgets each
//! page before the next.
//!
//! ```text
//! 1  groups            their ARNs by name: members tell the name only
//! 2  users and roles   identities, grants, inline policies, trust; which managed policies apply
//! 3  managed policies  the organisation's own, and those of the provider that apply to somebody
//! ```

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, EntityType, GroupDetail, ManagedPolicyDetail,
    PolicyDetail, PolicyVersion, RoleDetail, UserDetail,
};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::{
    Fact, GrantKind, IdentityId, IdentityKind, Maker, Policy, PolicyLanguage, Use, WorkloadKind,
};

use super::account::{document_decoded, maker_of_policy, timestamp};
use super::api::CallError;
use super::call::AUTHORIZATION_DETAILS as CALL;
use super::facts::{grant, identity, labels, tell, workload};
use super::offline::RecordedDetails;
use super::pages::Pages;
use super::usage::Principals;
use super::ways::Ways;
use super::{Look, View};
use crate::source::ScopeScan;

/// How many entries a page may have: with the largest documents that IAM allows about 10 MiB, and
/// few enough pages not to be throttled.
pub(super) const PAGE_ENTRIES_MAX: i32 = 300;

/// For how long the provider remembers the use of a role, and of a service.
const USE_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What earlier pages told that later ones need. BOUND: an account has at most some thousand
/// groups and attached policies.
#[derive(Debug, Default)]
struct Seen {
    /// ARN by name.
    groups: BTreeMap<String, String>,
    /// ARNs of managed policies that apply to somebody.
    attached: BTreeSet<String>,
}

/// Lists it all.
pub(super) async fn list(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    ways: &mut Ways,
    principals: &mut Principals,
) -> Result<(), CallError> {
    let mut teller = Teller::new(look.view(), scan, ways);
    let mut kept = look.recorder.as_ref().map(|_| RecordedDetails::default());
    let passes: [&[EntityType]; 3] = [
        &[EntityType::Group],
        &[EntityType::User, EntityType::Role],
        &[EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy],
    ];
    for filter in passes {
        let mut pages = Pages::of(CALL);
        loop {
            let page = page(look, filter, &pages).await?;
            let more = pages.turn(page.is_truncated, page.marker())?;
            principals.note(&page);
            if let Some(kept) = &mut kept {
                kept.keep(&page);
            }
            teller.tell(page).await?;
            if !more {
                break;
            }
        }
    }
    match (&look.recorder, kept) {
        (Some(recorder), Some(kept)) => recorder.details(kept),
        _ => Ok(()),
    }
}

/// Tells what stands in pages, wherever they come from.
#[derive(Debug)]
pub(super) struct Teller<'a> {
    view: View<'a>,
    scan: &'a ScopeScan<'a>,
    seen: Seen,
    ways: &'a mut Ways,
}

impl<'a> Teller<'a> {
    /// Before the first page. Which profile leads to which role is put down in `ways`.
    pub(super) fn new(view: View<'a>, scan: &'a ScopeScan<'a>, ways: &'a mut Ways) -> Self {
        Self { view, scan, seen: Seen::default(), ways }
    }

    /// Tells one page. A group is to come before its members, and a policy after all holders, in
    /// one page or in an earlier one.
    ///
    /// # Errors
    ///
    /// If something in it makes no sense: then the page is not told to its end.
    pub(super) async fn tell(
        &mut self,
        page: GetAccountAuthorizationDetailsOutput,
    ) -> Result<(), CallError> {
        let Self { view, scan, seen, ways } = self;
        for it in page.group_detail_list.unwrap_or_default() {
            group(view, scan, seen, it).await?;
        }
        for it in page.user_detail_list.unwrap_or_default() {
            user(view, scan, seen, it).await?;
        }
        for it in page.role_detail_list.unwrap_or_default() {
            if let Some(arn) = &it.arn {
                let profiles = it.instance_profile_list.iter().flatten();
                ways.add_role(arn, profiles.map(|profile| profile.arn.as_str()));
            }
            role(view, scan, seen, it).await?;
        }
        for it in page.policies.unwrap_or_default() {
            managed_policy(scan, seen, it).await?;
        }
        Ok(())
    }
}

async fn page(
    look: &Look<'_>,
    filter: &[EntityType],
    pages: &Pages,
) -> Result<GetAccountAuthorizationDetailsOutput, CallError> {
    look.api
        .ask(CALL, || {
            look.api
                .iam
                .get_account_authorization_details()
                .set_filter(Some(filter.to_vec()))
                .max_items(PAGE_ENTRIES_MAX)
                .set_marker(pages.marker())
                .send()
        })
        .await
}

async fn group(
    view: &View<'_>,
    scan: &ScopeScan<'_>,
    seen: &mut Seen,
    group: GroupDetail,
) -> Result<(), CallError> {
    let (arn, name) = named("a group", group.arn, group.group_name)?;
    let path = group.path.unwrap_or_default();
    let mut fact = identity(view.account, IdentityKind::Group, &arn, &path, &name);
    fact.created_at = group.create_date.as_ref().and_then(timestamp);
    tell(&mut fact.details, "unique_id", group.group_id.as_deref());
    scan.saw(Fact::Identity(fact)).await;
    inline(scan, &arn, group.group_policy_list.unwrap_or_default()).await?;
    attached(scan, seen, &arn, group.attached_managed_policies.unwrap_or_default()).await?;
    seen.groups.insert(name, arn);
    Ok(())
}

async fn user(
    view: &View<'_>,
    scan: &ScopeScan<'_>,
    seen: &mut Seen,
    user: UserDetail,
) -> Result<(), CallError> {
    let (arn, name) = named("a user", user.arn, user.user_name)?;
    let path = user.path.unwrap_or_default();
    let mut fact = identity(view.account, IdentityKind::User, &arn, &path, &name);
    fact.created_at = user.create_date.as_ref().and_then(timestamp);
    fact.labels = labels(user.tags.as_deref().unwrap_or_default());
    for group in user.group_list.unwrap_or_default() {
        let Some(group) = seen.groups.get(&group) else {
            let what = format!("the account changed meanwhile: group `{group}` is new");
            return Err(CallError::odd(CALL, what));
        };
        fact.groups.push(IdentityId(group.clone()));
    }
    fact.groups.sort();
    tell(&mut fact.details, "unique_id", user.user_id.as_deref());
    scan.saw(Fact::Identity(fact)).await;
    inline(scan, &arn, user.user_policy_list.unwrap_or_default()).await?;
    attached(scan, seen, &arn, user.attached_managed_policies.unwrap_or_default()).await?;
    boundary(scan, seen, &arn, user.permissions_boundary).await;
    Ok(())
}

async fn role(
    view: &View<'_>,
    scan: &ScopeScan<'_>,
    seen: &mut Seen,
    role: RoleDetail,
) -> Result<(), CallError> {
    let used = role_use(view, &role);
    let (arn, name) = named("a role", role.arn, role.role_name)?;
    let path = role.path.unwrap_or_default();
    let mut fact = identity(view.account, IdentityKind::Role, &arn, &path, &name);
    fact.created_at = role.create_date.as_ref().and_then(timestamp);
    fact.labels = labels(role.tags.as_deref().unwrap_or_default());
    fact.used = used;
    tell(&mut fact.details, "unique_id", role.role_id.as_deref());
    if let Some(last) = role.role_last_used {
        tell(&mut fact.details, "last_used_region", last.region.as_deref());
    }
    let maker = fact.maker;
    scan.saw(Fact::Identity(fact)).await;
    if let Some(document) = role.assume_role_policy_document {
        let id = format!("{arn}#trust");
        scan.saw(Fact::Grant(grant(&arn, GrantKind::Trust, id.as_str()))).await;
        scan.saw(policy(id, &document, maker)?).await;
    }
    for profile in role.instance_profile_list.unwrap_or_default() {
        let mut fact = workload(&profile.arn, WorkloadKind::InstanceProfile, &arn);
        tell(&mut fact.details, "name", Some(&profile.instance_profile_name));
        scan.saw(Fact::Workload(fact)).await;
    }
    inline(scan, &arn, role.role_policy_list.unwrap_or_default()).await?;
    attached(scan, seen, &arn, role.attached_managed_policies.unwrap_or_default()).await?;
    boundary(scan, seen, &arn, role.permissions_boundary).await;
    Ok(())
}

/// The last use of a role. The provider tells none for a role that was not used in the trailing 400
/// days: that is "never" only for a role that is younger than that. For others it is told by the
/// month, so that a role is not another one with every scan.
fn role_use(view: &View<'_>, role: &RoleDetail) -> Use {
    let Some(last) = &role.role_last_used else { return Use::Unknown };
    if let Some(at) = &last.last_used_date {
        return timestamp(at).map_or(Use::Unknown, Use::At);
    }
    let now = view.clock.now();
    let Ok(since) = now.checked_sub(USE_KEPT) else { return Use::Unknown };
    match role.create_date.as_ref().and_then(timestamp) {
        Some(created_at) if created_at > since => Use::Never,
        _ => kept_since(now).map_or(Use::Unknown, Use::NotSince),
    }
}

/// The beginning of the first month of which the provider remembers all uses at `now`.
pub(super) fn kept_since(now: Timestamp) -> Option<Timestamp> {
    month_after(now.checked_sub(USE_KEPT).ok()?)
}

/// The beginning of the first month that begins at `at` or later.
fn month_after(at: Timestamp) -> Option<Timestamp> {
    let first = at.to_zoned(TimeZone::UTC).first_of_month().ok()?.start_of_day().ok()?;
    if first.timestamp() == at {
        return Some(at);
    }
    first.checked_add(1_i64.months()).ok().map(|next| next.timestamp())
}

async fn managed_policy(
    scan: &ScopeScan<'_>,
    seen: &Seen,
    detail: ManagedPolicyDetail,
) -> Result<(), CallError> {
    let (arn, _) = named("a policy", detail.arn, Some(String::new()))?;
    let maker = maker_of_policy(&arn);
    // The provider offers more than a thousand; those that apply to nobody say nothing.
    if maker == Maker::Provider && !seen.attached.contains(&arn) {
        return Ok(());
    }
    let versions = detail.policy_version_list.unwrap_or_default();
    let default_id = detail.default_version_id;
    let is_default = |version: &PolicyVersion| {
        version.is_default_version || (default_id.is_some() && version.version_id == default_id)
    };
    let (defaults, others): (Vec<_>, Vec<_>) = versions.into_iter().partition(is_default);
    if maker == Maker::Organisation && seen.attached.contains(&arn) {
        // Whoever may choose the version in force may choose one of these.
        for version in others {
            let (Some(id), Some(document)) = (version.version_id, version.document) else {
                continue;
            };
            scan.saw(policy(format!("{arn}#version/{id}"), &document, maker)?).await;
        }
    }
    // Without a document the grants stay, and what they allow is unknown.
    let document = defaults.into_iter().find_map(|version| version.document);
    let Some(document) = document else { return Ok(()) };
    scan.saw(policy(arn, &document, maker)?).await;
    Ok(())
}

async fn inline(
    scan: &ScopeScan<'_>,
    holder: &str,
    policies: Vec<PolicyDetail>,
) -> Result<(), CallError> {
    for detail in policies {
        let (Some(name), Some(document)) = (detail.policy_name, detail.policy_document) else {
            return Err(CallError::odd(CALL, format!("an inline policy of `{holder}` is empty")));
        };
        let id = format!("{holder}#inline/{name}");
        scan.saw(Fact::Grant(grant(holder, GrantKind::Permission, id.as_str()))).await;
        scan.saw(policy(id, &document, Maker::Organisation)?).await;
    }
    Ok(())
}

async fn attached(
    scan: &ScopeScan<'_>,
    seen: &mut Seen,
    holder: &str,
    policies: Vec<AttachedPolicy>,
) -> Result<(), CallError> {
    for policy in policies {
        let Some(arn) = policy.policy_arn else {
            let what = format!("a policy attached to `{holder}` has no ARN");
            return Err(CallError::odd(CALL, what));
        };
        scan.saw(Fact::Grant(grant(holder, GrantKind::Permission, arn.as_str()))).await;
        seen.attached.insert(arn);
    }
    Ok(())
}

async fn boundary(
    scan: &ScopeScan<'_>,
    seen: &mut Seen,
    holder: &str,
    boundary: Option<AttachedPermissionsBoundary>,
) {
    let Some(arn) = boundary.and_then(|boundary| boundary.permissions_boundary_arn) else { return };
    scan.saw(Fact::Grant(grant(holder, GrantKind::Boundary, arn.as_str()))).await;
    seen.attached.insert(arn);
}

fn policy(id: String, document: &str, maker: Maker) -> Result<Fact, CallError> {
    let Some(document) = document_decoded(document) else {
        return Err(CallError::odd(
            CALL,
            format!("the document of `{id}` is not URL-encoded text"),
        ));
    };
    let language = PolicyLanguage::AwsIam;
    Ok(Fact::Policy(Policy { id: id.into(), language, document, maker }))
}

/// The ARN and name of something that is nothing without them.
fn named(
    what: &str,
    arn: Option<String>,
    name: Option<String>,
) -> Result<(String, String), CallError> {
    match (arn, name) {
        (Some(arn), Some(name)) => Ok((arn, name)),
        (arn, _) => {
            let arn = arn.unwrap_or_default();
            Err(CallError::odd(CALL, format!("{what} without ARN or name: `{arn}`")))
        }
    }
}

#[cfg(test)]
mod tests;
