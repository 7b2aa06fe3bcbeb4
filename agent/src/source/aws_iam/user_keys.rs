//! Public keys and certificates by which single users prove themselves: SSH keys for the
//! provider's Git service, and certificates that sign requests. Each costs a call per user.

use aws_sdk_iam::types::{EncodingType, StatusType};
use model::{CredentialKind, End, Fact};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;

use super::Look;
use super::account::timestamp;
use super::api::CallError;
use super::call::{GET_SSH_KEY, LIST_SIGNING_CERTIFICATES, LIST_SSH_KEYS};
use super::certificate;
use super::facts::{credential, tell};
use super::pages::Pages;
use super::report::Row;
use crate::secret::Secret;
use crate::source::ScopeScan;
use crate::source::public_key::PublicKey;

/// The signing certificates of the users that have an active one by the report.
pub(super) async fn signing_certificates(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    rows: &[Row],
) -> Result<(), CallError> {
    for row in rows.iter().filter(|row| row.signs()) {
        let call = LIST_SIGNING_CERTIFICATES;
        let mut pages = Pages::of(call);
        loop {
            let answer = look
                .api
                .ask(call, || {
                    let ask = look.api.iam.list_signing_certificates();
                    ask.user_name(&row.user).set_marker(pages.marker()).send()
                })
                .await;
            let page = match answer {
                Err(error) if error.is("NoSuchEntity") => break,
                answer => answer?,
            };
            let more = pages.turn(page.is_truncated, page.marker())?;
            for listed in page.certificates {
                let identity = Some(row.arn.as_str().into());
                let mut fact = certificate::read(&listed.certificate_body, identity)
                    .map_err(|what| CallError::odd(call, format!("`{}`: {what}", row.user)))?;
                fact.enabled = Some(listed.status == StatusType::Active);
                tell(&mut fact.details, "certificate_id", Some(&listed.certificate_id));
                scan.saw(Fact::Credential(fact)).await;
            }
            if !more {
                break;
            }
        }
    }
    Ok(())
}

/// The SSH keys of all users.
pub(super) async fn ssh_keys(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    rows: &[Row],
) -> Result<(), CallError> {
    for row in rows.iter().filter(|row| row.is_user()) {
        let mut pages = Pages::of(LIST_SSH_KEYS);
        loop {
            let answer = look
                .api
                .ask(LIST_SSH_KEYS, || {
                    let ask = look.api.iam.list_ssh_public_keys();
                    ask.user_name(&row.user).set_marker(pages.marker()).send()
                })
                .await;
            let page = match answer {
                Err(error) if error.is("NoSuchEntity") => break,
                answer => answer?,
            };
            let more = pages.turn(page.is_truncated, page.marker())?;
            for listed in page.ssh_public_keys.unwrap_or_default() {
                ssh_key(look, scan, row, &listed.ssh_public_key_id).await?;
            }
            if !more {
                break;
            }
        }
    }
    Ok(())
}

async fn ssh_key(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    row: &Row,
    key_id: &str,
) -> Result<(), CallError> {
    let answer = look
        .api
        .ask(GET_SSH_KEY, || {
            let ask = look.api.iam.get_ssh_public_key().user_name(&row.user);
            ask.ssh_public_key_id(key_id).encoding(EncodingType::Pem).send()
        })
        .await;
    let found = match answer {
        Err(error) if error.is("NoSuchEntity") => return Ok(()),
        answer => answer?.ssh_public_key,
    };
    let Some(found) = found else {
        return Err(CallError::odd(GET_SSH_KEY, format!("no key in the answer for `{key_id}`")));
    };
    let key = public_key(&found.ssh_public_key_body)
        .map_err(|what| CallError::odd(GET_SSH_KEY, format!("`{key_id}`: {what}")))?;
    let identity = Some(row.arn.as_str().into());
    let mut fact = credential(key.id, CredentialKind::KeyPair, identity);
    fact.created_at = found.upload_date.as_ref().and_then(timestamp);
    fact.ends = End::Never;
    fact.enabled = Some(found.status == StatusType::Active);
    fact.key = Some(key.facts);
    tell(&mut fact.details, "ssh_public_key_id", Some(key_id));
    scan.saw(Fact::Credential(fact)).await;
    Ok(())
}

/// The public key in `body`, in PEM as asked for or in the form of SSH in which it was handed in.
pub(super) fn public_key(body: &str) -> Result<PublicKey, String> {
    let body = body.trim();
    if body.starts_with("ssh-") {
        let blob = body.split_ascii_whitespace().nth(1).unwrap_or_default();
        let blob = Secret::from_base64(blob.as_bytes());
        return blob
            .and_then(|blob| PublicKey::from_ssh(blob.as_bytes()))
            .ok_or_else(|| "not an SSH public key".to_owned());
    }
    let info = SubjectPublicKeyInfoDer::from_pem_slice(body.as_bytes())
        .map_err(|error| format!("not a public key in PEM: {error}"))?;
    PublicKey::from_info(&info).ok_or_else(|| "not a SubjectPublicKeyInfo".to_owned())
}

#[cfg(test)]
mod tests;
