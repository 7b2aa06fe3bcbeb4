//! Certificates of the certificate manager in one region, with what they are for.

use model::Fact;
use serde::Deserialize;
use serde_json::json;

use super::Look;
use super::api::CallError;
use super::call::{DESCRIBE_CERTIFICATE, GET_CERTIFICATE, LIST_CERTIFICATES};
use super::certificate;
use super::facts::{placement, tell};
use super::pages::Pages;
use super::stores::{Seconds, moment, put};
use crate::source::ScopeScan;

/// Every sort of key there is: unless told otherwise, the listing leaves all out but small RSA keys.
const KEY_TYPES: &[&str] = &[
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
];

/// States in which there is a certificate; in the others it was asked for and not made.
const ISSUED: &[&str] = &["ISSUED", "INACTIVE", "EXPIRED", "REVOKED"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    certificate_summary_list: Vec<Summary>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    certificate_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    certificate: Description,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    domain_name: Option<String>,
    status: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    renewal_eligibility: Option<String>,
    #[serde(default)]
    in_use_by: Vec<String>,
    imported_at: Option<Seconds>,
    issued_at: Option<Seconds>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    certificate: String,
}

/// Lists the certificates.
pub(super) async fn certificates(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    region: &str,
) -> Result<(), CallError> {
    let mut pages = Pages::of(LIST_CERTIFICATES);
    loop {
        let mut ask = json!({ "MaxItems": 1000, "Includes": { "keyTypes": KEY_TYPES } });
        put(&mut ask, "NextToken", pages.marker());
        let page: Page = look.api.ask_json(LIST_CERTIFICATES, region, &ask).await?;
        let more = pages.turn_token(page.next_token.as_deref())?;
        for summary in page.certificate_summary_list {
            match one(look, scan, region, &summary.certificate_arn).await {
                Err(error) if error.is("ResourceNotFound") => {}
                end => end?,
            }
        }
        if !more {
            return Ok(());
        }
    }
}

async fn one(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    region: &str,
    arn: &str,
) -> Result<(), CallError> {
    let ask = json!({ "CertificateArn": arn });
    let described: Described = look.api.ask_json(DESCRIBE_CERTIFICATE, region, &ask).await?;
    let described = described.certificate;
    let status = described.status.as_deref().unwrap_or_default();
    if !ISSUED.contains(&status) {
        return Ok(());
    }
    let body: Body = look.api.ask_json(GET_CERTIFICATE, region, &ask).await?;
    let mut fact = certificate::read(&body.certificate, None)
        .map_err(|what| CallError::odd(GET_CERTIFICATE, format!("`{arn}`: {what}")))?;
    tell(&mut fact.details, "renewal", described.renewal_eligibility.as_deref());
    let domain = described.domain_name.unwrap_or_default();
    let mut place = placement(look.account, arn, &domain, &fact.id);
    place.modified_at = moment(described.imported_at).or(moment(described.issued_at));
    place.serves = Some(domain).filter(|domain| !domain.is_empty());
    tell(&mut place.details, "status", Some(status));
    tell(&mut place.details, "type", described.kind.as_deref());
    tell(&mut place.details, "in_use_by", Some(&described.in_use_by.join(", ")));
    scan.saw(Fact::Credential(fact)).await;
    scan.saw(Fact::Placement(place)).await;
    Ok(())
}

/// Whether `body` is an answer of one of these calls; reads it as far as a scan would.
pub(super) fn is_answer(body: &[u8]) -> bool {
    let described = serde_json::from_slice::<Described>(body).map(|it| {
        let it = it.certificate;
        moment(it.imported_at).or(moment(it.issued_at))
    });
    let page = serde_json::from_slice::<Page>(body);
    let read =
        serde_json::from_slice::<Body>(body).map(|it| certificate::read(&it.certificate, None));
    described.is_ok() || page.is_ok() || read.is_ok()
}
