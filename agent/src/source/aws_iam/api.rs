//! Asks the provider: every call goes through [`Api::ask`] or [`Api::ask_signed`], which spend the
//! account's budget and tell refusals, throttling and accidents apart.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::call::Call;
use super::request::Request;
use super::signed::SignedClient;
use crate::budget::{Again, CallBudget};

/// The clients of one account, behind one budget.
#[derive(Debug)]
pub(super) struct Api {
    /// For IAM, which is the same in all regions.
    pub(super) iam: aws_sdk_iam::Client,
    /// For services without an SDK.
    pub(super) signed: SignedClient,
    /// What may be spent.
    pub(super) budget: Arc<CallBudget>,
    /// How many attempts were made.
    pub(super) made: AtomicU64,
}

/// A call that failed for good: refused, or as often as its budget allowed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{call}` failed: {what}")]
pub(super) struct CallError {
    /// Which call.
    call: &'static Call,
    /// The status of the answer, if there was one.
    status: Option<u16>,
    /// The provider's name for the error, or nothing.
    code: String,
    /// For the operator.
    what: String,
}

/// Names under which the services ask for fewer calls, with a status that does not always say so.
const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// How much of a provider's message is kept: a sentence or two, never a page.
const MESSAGE_CHARS_MAX: usize = 300;

impl Api {
    /// How many attempts were made.
    pub(super) fn calls(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Makes one call through the SDK.
    ///
    /// # Errors
    ///
    /// When the answer is no, or there is none within the budget.
    pub(super) async fn ask<T, E, F, S>(&self, call: &'static Call, send: S) -> Result<T, CallError>
    where
        S: Fn() -> F,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + Error + 'static,
    {
        // The SDK's futures are large; on the heap they are nobody's burden.
        self.budget
            .call(|| {
                self.made.fetch_add(1, Ordering::Relaxed);
                let answer = Box::pin(send());
                async move { answer.await.map_err(|error| failure(call, &error)) }
            })
            .await
    }

    /// Makes one call to a JSON service in `region`.
    ///
    /// # Errors
    ///
    /// When the answer is no, is not what was asked for, or there is none within the budget.
    pub(super) async fn ask_json<T: DeserializeOwned>(
        &self,
        call: &'static Call,
        region: &str,
        body: &Value,
    ) -> Result<T, CallError> {
        let read = |answer: &[u8]| serde_json::from_slice(answer).map_err(|it| it.to_string());
        self.ask_signed(call, region, &Request::json(call, body), read).await
    }

    /// Makes one call to a service without an SDK in `region`, and reads the answer with `read`.
    ///
    /// # Errors
    ///
    /// As [`Self::ask_json`].
    pub(super) async fn ask_signed<T>(
        &self,
        call: &'static Call,
        region: &str,
        request: &Request,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, CallError> {
        self.budget
            .call(|| async {
                self.made.fetch_add(1, Ordering::Relaxed);
                let answer = Box::pin(self.signed.call(call, region, request)).await?;
                // As with XML that cannot be read: perhaps it was cut on its way.
                read(&answer).map_err(|what| {
                    (Again::Perhaps, CallError::odd(call, format!("unreadable answer: {what}")))
                })
            })
            .await
    }
}

impl CallError {
    /// An answer came, but it makes no sense.
    pub(super) fn odd(call: &'static Call, what: impl Into<String>) -> Self {
        Self { call, status: None, code: String::new(), what: what.into() }
    }

    /// No answer came.
    pub(super) fn silent(call: &'static Call, cause: &(dyn Error + 'static)) -> (Again, Self) {
        (Again::Perhaps, Self::odd(call, chain(cause)))
    }

    /// The provider answered with an error.
    pub(super) fn answered(
        call: &'static Call,
        status: u16,
        headers: &Headers,
        code: Option<&str>,
        message: Option<&str>,
    ) -> (Again, Self) {
        let code = code.unwrap_or_default();
        let what = match (code, message) {
            ("", _) => format!("HTTP {status} with an answer that is not of this API"),
            (code, Some(message)) => format!("{code} (HTTP {status}): {}", short(message)),
            (code, None) => format!("{code} (HTTP {status})"),
        };
        let error = Self { call, status: Some(status), code: code.to_owned(), what };
        (again(status, code, headers), error)
    }

    /// Whether the provider gave this name to the error.
    pub(super) fn is(&self, code: &str) -> bool {
        self.code == code || self.code.strip_suffix("Exception") == Some(code)
    }

    /// Whether the provider refused our credentials: the JSON services do so with a 400.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self.status, Some(401 | 403)) || self.is("AccessDenied")
    }
}

/// What an error of the SDK means for another attempt, and in words.
fn failure<E>(call: &'static Call, error: &SdkError<E, HttpResponse>) -> (Again, CallError)
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match (error, error.raw_response()) {
        (SdkError::ServiceError(service), Some(raw)) if !raw.status().is_success() => {
            let code = service.err().code();
            let message = service.err().message();
            CallError::answered(call, raw.status().as_u16(), raw.headers(), code, message)
        }
        (_, Some(raw)) => {
            let status = raw.status().as_u16();
            let what = format!("unreadable answer (HTTP {status}): {}", chain(error));
            (Again::Perhaps, CallError::odd(call, what))
        }
        (_, None) => CallError::silent(call, error),
    }
}

/// Whether a call that was answered so is worth another attempt.
fn again(status: u16, code: &str, headers: &Headers) -> Again {
    match status {
        // Refused is refused, whatever it is called.
        401 | 403 => Again::Never,
        429 | 503 => Again::Throttled { after: retry_after(headers) },
        _ if THROTTLED.contains(&code) => Again::Throttled { after: retry_after(headers) },
        500.. => Again::Perhaps,
        _ => Again::Never,
    }
}

/// `Retry-After` in seconds. The other form, a date, is for us as if it said nothing: the backoff
/// takes its place.
fn retry_after(headers: &Headers) -> Option<Duration> {
    headers.get("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

/// The error and its causes on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Wrappers often repeat what they wrap.
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    short(&text)
}

/// One line of bounded length, without control characters.
fn short(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(MESSAGE_CHARS_MAX).collect()
}
