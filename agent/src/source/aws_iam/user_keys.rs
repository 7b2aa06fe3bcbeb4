//! Public keys and certificates by which single users prove themselves: SSH keys for the
//! provider's Git service, and certificates that sign requests. Each costs a call per user.

use aws_sdk_iam::types::{EncodingType, StatusType};
use model::{CredentialKind, End, Fact, KeyFacts};
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::Look;
use super::account::timestamp;
use super::api::CallError;
use super::call::{GET_SSH_KEY, LIST_SIGNING_CERTIFICATES, LIST_SSH_KEYS};
use super::certificate;
use super::facts::{credential, tell};
use super::pages::Pages;
use super::report::Row;
use crate::source::ScopeScan;

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
    let spki = key.spki.clone().unwrap_or_default();
    let identity = Some(row.arn.as_str().into());
    let mut fact = credential(format!("key:{spki}"), CredentialKind::KeyPair, identity);
    fact.created_at = found.upload_date.as_ref().and_then(timestamp);
    fact.ends = End::Never;
    fact.enabled = Some(found.status == StatusType::Active);
    fact.key = Some(key);
    tell(&mut fact.details, "ssh_public_key_id", Some(key_id));
    scan.saw(Fact::Credential(fact)).await;
    Ok(())
}

/// What is known of a public key, in PEM as asked for or in the form in which it was handed in.
pub(super) fn public_key(body: &str) -> Result<KeyFacts, String> {
    let info = if body.trim_start().starts_with("ssh-") {
        ssh_rsa_info(body)?
    } else {
        let (_rest, block) = parse_x509_pem(body.as_bytes())
            .map_err(|error| format!("not a public key in PEM: {error}"))?;
        block.contents
    };
    let (_rest, parsed) = SubjectPublicKeyInfo::from_der(&info)
        .map_err(|error| format!("not a SubjectPublicKeyInfo: {error}"))?;
    Ok(certificate::public_key_facts(&parsed))
}

/// `rsaEncryption` with its parameters, which are none: RFC 8017, appendix A.1.
const RSA_ENCRYPTION: &[u8] =
    &[0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 5, 0];

/// The `SubjectPublicKeyInfo` of an RSA key in SSH's form, the only type that IAM takes.
fn ssh_rsa_info(body: &str) -> Result<Vec<u8>, String> {
    let key = ssh_key::PublicKey::from_openssh(body.trim())
        .map_err(|error| format!("not an SSH public key: {error}"))?;
    let Some(rsa) = key.key_data().rsa() else { return Err("not an RSA key".to_owned()) };
    // SSH writes numbers as DER does: signed, as short as can be.
    let numbers = [der(2, &[rsa.n.as_bytes()]), der(2, &[rsa.e.as_bytes()])].concat();
    let key = der(0x30, &[&numbers]);
    Ok(der(0x30, &[RSA_ENCRYPTION, &der(3, &[&[0], &key])]))
}

/// An element of DER: tag, length, body.
fn der(tag: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let len = body.len().to_be_bytes();
    let significant: Vec<u8> = len.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut element = vec![tag];
    if body.len() >= 0x80 {
        let count = u8::try_from(significant.len()).unwrap_or(u8::MAX);
        element.push(0x80 | count);
    }
    element.extend_from_slice(if significant.is_empty() { &[0] } else { &significant });
    element.extend_from_slice(&body);
    element
}

#[cfg(test)]
mod tests;
