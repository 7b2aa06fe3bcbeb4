//! Calls services over signed HTTP that are asked too little to carry an SDK each; what is sent is
//! in [`super::request`].
//!
//! ```text
//! POST / HTTP/1.1
//! Content-Type: application/x-amz-json-1.1
//! X-Amz-Target: secretsmanager.ListSecrets
//! Authorization: AWS4-HMAC-SHA256 ...
//! ```

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::api::CallError;
use super::call::Call;
use super::endpoint::{Endpoints, signing_region};
use super::request::Request;
use super::xml;
use crate::budget::Again;
use crate::clock::Clock;
use crate::source::BoxError;

/// Calls services with the credentials of one account.
#[derive(Debug)]
pub(super) struct SignedClient {
    /// Carries the requests.
    pub(super) connector: SharedHttpConnector,
    /// Where each service listens.
    pub(super) endpoints: Endpoints,
    /// Where credentials come from.
    pub(super) provider: SharedCredentialsProvider,
    /// The credentials last handed out: assumed roles and sign-ins cost calls of their own.
    pub(super) held: Mutex<Option<Credentials>>,
    /// What time it is.
    pub(super) clock: Clock,
}

/// How long before their end credentials are renewed: longer than a call takes.
const RENEWED_BEFORE_END: Duration = Duration::from_mins(5);

impl SignedClient {
    /// Makes one attempt at one call, and returns the body of a good answer.
    ///
    /// # Errors
    ///
    /// With whether another attempt is worth it.
    pub(super) async fn call(
        &self,
        call: &'static Call,
        region: &str,
        request: &Request,
    ) -> Result<Vec<u8>, (Again, CallError)> {
        let credentials =
            self.credentials().await.map_err(|error| CallError::silent(call, error.as_ref()))?;
        let request = self
            .signed(call, region, request, credentials)
            .map_err(|error| (Again::Never, CallError::odd(call, error.to_string())))?;
        let response = self.connector.call(request).await;
        let response = response.map_err(|error| CallError::silent(call, &error))?;
        // The connector hands out whole bodies only.
        let answer = response.body().bytes().unwrap_or_default();
        if response.status().is_success() {
            return Ok(answer.to_vec());
        }
        let refusal = refusal(answer).unwrap_or_default();
        let header = response.headers().get("x-amzn-errortype");
        let code = header.or(refusal.code.as_deref()).map(bare_code);
        let status = response.status().as_u16();
        let message = refusal.message.as_deref();
        Err(CallError::answered(call, status, response.headers(), code, message))
    }

    /// The credentials to sign with, renewed in time.
    async fn credentials(&self) -> Result<Credentials, BoxError> {
        let mut held = self.held.lock().await;
        let renewed_at = SystemTime::from(self.clock.now()).checked_add(RENEWED_BEFORE_END);
        if let Some(credentials) = held.as_ref() {
            let good = credentials.expiry().is_none_or(|end| Some(end) > renewed_at);
            if good {
                return Ok(credentials.clone());
            }
        }
        let credentials = self.provider.provide_credentials().await?;
        *held = Some(credentials.clone());
        Ok(credentials)
    }

    /// A signed request.
    fn signed(
        &self,
        call: &'static Call,
        region: &str,
        asked: &Request,
        credentials: Credentials,
    ) -> Result<HttpRequest, BoxError> {
        let uri = format!("{}{}", self.endpoints.of(call.service, region), asked.path);
        let mut request = HttpRequest::new(SdkBody::from(asked.body.as_slice()));
        request.set_method(asked.method)?;
        request.set_uri(uri.as_str())?;
        let headers = request.headers_mut();
        let _replaced = headers.try_insert("content-type", asked.content_type)?;
        if let Some(target) = &asked.target {
            let _replaced = headers.try_insert("x-amz-target", target.clone())?;
        }

        let identity = Identity::from(credentials);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(signing_region(call.service, region))
            .name(call.service)
            .time(SystemTime::from(self.clock.now()))
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = request.headers().iter();
        let body = SignableBody::Bytes(&asked.body);
        let signable = SignableRequest::new(asked.method, uri, headers, body)?;
        let (signed, _signature) = sign(signable, &params)?.into_parts();
        let (signed, _query) = signed.into_parts();
        for header in signed {
            let value = header.value().to_owned();
            let _replaced = request.headers_mut().try_insert(header.name(), value)?;
        }
        Ok(request)
    }
}

/// An answer that is not a good one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Refusal {
    #[serde(rename = "__type")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// What a bad answer says, if it says it in JSON or in XML.
pub(super) fn refusal(answer: &[u8]) -> Option<Refusal> {
    if !answer.trim_ascii_start().starts_with(b"<") {
        return serde_json::from_slice(answer).ok();
    }
    let answer = xml::read(answer).ok()?;
    let text = |name: &str| answer.descendant(name).map(|it| it.text().to_owned());
    text("Code").map(|code| Refusal { code: Some(code), message: text("Message") })
}

/// `com.amazonaws.kms#NotFoundException:http://...` is a `NotFoundException`.
fn bare_code(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

#[cfg(test)]
mod tests;
