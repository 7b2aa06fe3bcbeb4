//! The smaller listings of IAM: second factors, credentials for single services, server
//! certificates, instance profiles, and the issuers that the account trusts.

use aws_sdk_iam::types::{AssignmentStatusType, StatusType};
use model::{CredentialKind, End, Fact};

use super::Look;
use super::account::{path_and_name, timestamp};
use super::api::CallError;
use super::authorization::PAGE_ENTRIES_MAX;
use super::call::{
    GET_OIDC_PROVIDER, GET_SERVER_CERTIFICATE, LIST_INSTANCE_PROFILES, LIST_MFA_DEVICES,
    LIST_OIDC_PROVIDERS, LIST_SAML_PROVIDERS, LIST_SERVER_CERTIFICATES, LIST_SERVICE_CREDENTIALS,
};
use super::certificate;
use super::facts::{credential, labels, placement, tell};
use super::pages::Pages;
use super::report::Row;
use super::ways::{Profile, ProfileRole, Ways};
use crate::source::ScopeScan;

/// Virtual second factors that belong to somebody.
pub(super) async fn mfa(look: &Look<'_>, scan: &ScopeScan<'_>) -> Result<(), CallError> {
    let mut pages = Pages::of(LIST_MFA_DEVICES);
    loop {
        let page = look
            .api
            .ask(LIST_MFA_DEVICES, || {
                look.api
                    .iam
                    .list_virtual_mfa_devices()
                    .assignment_status(AssignmentStatusType::Assigned)
                    .max_items(PAGE_ENTRIES_MAX)
                    .set_marker(pages.marker())
                    .send()
            })
            .await?;
        let more = pages.turn(page.is_truncated, page.marker())?;
        for device in page.virtual_mfa_devices {
            // Without a user it lets nobody in, whatever was asked for.
            let Some(user) = device.user else { continue };
            let identity = Some(user.arn.into());
            let mut fact = credential(device.serial_number, CredentialKind::Mfa, identity);
            fact.created_at = device.enable_date.as_ref().and_then(timestamp);
            fact.enabled = device.enable_date.is_some().then_some(true);
            fact.ends = End::Never;
            scan.saw(Fact::Credential(fact)).await;
        }
        if !more {
            return Ok(());
        }
    }
}

/// Which role each instance profile leads to, for those who could not see the roles, too.
pub(super) async fn instance_profiles(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    ways: &mut Ways,
) -> Result<(), CallError> {
    let mut pages = Pages::of(LIST_INSTANCE_PROFILES);
    let mut all = Vec::new();
    loop {
        let page = look
            .api
            .ask(LIST_INSTANCE_PROFILES, || {
                let ask = look.api.iam.list_instance_profiles().max_items(PAGE_ENTRIES_MAX);
                ask.set_marker(pages.marker()).send()
            })
            .await?;
        let more = pages.turn(page.is_truncated, page.marker())?;
        for listed in page.instance_profiles {
            let roles = listed.roles.into_iter().map(|role| ProfileRole { arn: role.arn });
            let profile = Profile { arn: listed.arn, roles: roles.collect() };
            ways.add_profile(&profile);
            for fact in profile.facts() {
                scan.saw(fact).await;
            }
            all.push(profile);
        }
        if !more {
            break;
        }
    }
    match &look.recorder {
        Some(recorder) => recorder.profiles(&all),
        None => Ok(()),
    }
}

/// Passwords and API keys of users that only one service takes.
pub(super) async fn service_credentials(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    rows: &[Row],
) -> Result<(), CallError> {
    let mut pages = Pages::of(LIST_SERVICE_CREDENTIALS);
    loop {
        let page = look
            .api
            .ask(LIST_SERVICE_CREDENTIALS, || {
                look.api
                    .iam
                    .list_service_specific_credentials()
                    .all_users(true)
                    .max_items(PAGE_ENTRIES_MAX)
                    .set_marker(pages.marker())
                    .send()
            })
            .await?;
        let more = pages.turn(page.is_truncated, page.marker())?;
        for listed in page.service_specific_credentials.unwrap_or_default() {
            let name = listed.user_name;
            // Only the name is told; the ARN of a user that nobody listed is not made up.
            let arn = rows.iter().find(|row| row.user == name).map(|row| row.arn.as_str());
            let id = listed.service_specific_credential_id;
            let kind = CredentialKind::Token;
            let mut fact = credential(id, kind, arn.map(Into::into));
            fact.created_at = timestamp(&listed.create_date);
            let expires_at = listed.expiration_date.as_ref().and_then(timestamp);
            fact.ends = expires_at.map_or(End::Never, End::At);
            fact.enabled = Some(listed.status == StatusType::Active);
            tell(&mut fact.details, "service", Some(&listed.service_name));
            tell(&mut fact.details, "user", Some(&name));
            scan.saw(Fact::Credential(fact)).await;
        }
        if !more {
            return Ok(());
        }
    }
}

/// Server certificates that IAM keeps.
pub(super) async fn server_certificates(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
) -> Result<(), CallError> {
    let mut pages = Pages::of(LIST_SERVER_CERTIFICATES);
    loop {
        let page = look
            .api
            .ask(LIST_SERVER_CERTIFICATES, || {
                look.api
                    .iam
                    .list_server_certificates()
                    .max_items(PAGE_ENTRIES_MAX)
                    .set_marker(pages.marker())
                    .send()
            })
            .await?;
        let more = pages.turn(page.is_truncated, page.marker())?;
        for listed in page.server_certificate_metadata_list {
            server_certificate(look, scan, &listed.server_certificate_name).await?;
        }
        if !more {
            return Ok(());
        }
    }
}

async fn server_certificate(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    name: &str,
) -> Result<(), CallError> {
    let call = GET_SERVER_CERTIFICATE;
    let answer = look
        .api
        .ask(call, || look.api.iam.get_server_certificate().server_certificate_name(name).send())
        .await;
    let found = match answer {
        Err(error) if error.is("NoSuchEntity") => return Ok(()),
        answer => answer?.server_certificate,
    };
    let Some(found) = found else {
        return Err(CallError::odd(call, format!("no certificate in the answer for `{name}`")));
    };
    let mut fact = certificate::read(&found.certificate_body, None)
        .map_err(|what| CallError::odd(call, format!("`{name}`: {what}")))?;
    tell(&mut fact.details, "server_certificate", Some(name));
    let metadata = found.server_certificate_metadata;
    let Some(metadata) = metadata else {
        return Err(CallError::odd(call, format!("no metadata in the answer for `{name}`")));
    };
    let path = format!("{}{name}", metadata.path);
    let mut place = placement(look.account, &metadata.arn, &path, &fact.id);
    place.modified_at = metadata.upload_date.as_ref().and_then(timestamp);
    for (name, value) in labels(found.tags.as_deref().unwrap_or_default()) {
        tell(&mut place.details, &format!("tag:{name}"), Some(&value));
    }
    scan.saw(Fact::Credential(fact)).await;
    scan.saw(Fact::Placement(place)).await;
    Ok(())
}

/// OIDC issuers that the account trusts. Trust in another issuer is a way into the account, which
/// its root answers for.
pub(super) async fn oidc_providers(look: &Look<'_>, scan: &ScopeScan<'_>) -> Result<(), CallError> {
    let listing = look
        .api
        .ask(LIST_OIDC_PROVIDERS, || look.api.iam.list_open_id_connect_providers().send())
        .await?;
    for listed in listing.open_id_connect_provider_list.unwrap_or_default() {
        let Some(arn) = listed.arn else {
            return Err(CallError::odd(LIST_OIDC_PROVIDERS, "an issuer has no ARN"));
        };
        let answer = look
            .api
            .ask(GET_OIDC_PROVIDER, || {
                let iam = &look.api.iam;
                iam.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send()
            })
            .await;
        let found = match answer {
            Err(error) if error.is("NoSuchEntity") => continue,
            answer => answer?,
        };
        let identity = Some(look.account.root());
        let mut fact = credential(arn, CredentialKind::Federation, identity);
        fact.created_at = found.create_date.as_ref().and_then(timestamp);
        fact.ends = End::Never;
        tell(&mut fact.details, "protocol", Some("oidc"));
        tell(&mut fact.details, "url", found.url());
        tell(&mut fact.details, "audiences", Some(&found.client_id_list().join(", ")));
        tell(&mut fact.details, "thumbprints", Some(&found.thumbprint_list().join(", ")));
        scan.saw(Fact::Credential(fact)).await;
    }
    Ok(())
}

/// SAML issuers that the account trusts, until their signing certificates end.
pub(super) async fn saml_providers(look: &Look<'_>, scan: &ScopeScan<'_>) -> Result<(), CallError> {
    let call = LIST_SAML_PROVIDERS;
    let listing = look.api.ask(call, || look.api.iam.list_saml_providers().send()).await?;
    for listed in listing.saml_provider_list.unwrap_or_default() {
        let Some(arn) = listed.arn else {
            return Err(CallError::odd(call, "an issuer has no ARN"));
        };
        let name = path_and_name(&arn).map(|(_, name)| name);
        let identity = Some(look.account.root());
        let mut fact = credential(arn, CredentialKind::Federation, identity);
        fact.created_at = listed.create_date.as_ref().and_then(timestamp);
        let valid_until = listed.valid_until.as_ref().and_then(timestamp);
        fact.ends = valid_until.map_or(End::Unknown, End::At);
        tell(&mut fact.details, "protocol", Some("saml"));
        tell(&mut fact.details, "name", name.as_deref());
        scan.saw(Fact::Credential(fact)).await;
    }
    Ok(())
}
