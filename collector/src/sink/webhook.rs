//! Posts the feed to an HTTP receiver, signed as <https://www.standardwebhooks.com> says.
//!
//! ```text
//! POST <url>                                   one request, up to 256 KiB of events
//! content-type: application/json
//! webhook-id: feed-17-42-1f0c...               the same whenever the same events are sent again
//! webhook-timestamp: 1795000000                seconds since 1970, when it was sent
//! webhook-signature: v1,<base64 of HMAC-SHA-256(secret, id.timestamp.body)> v1,...
//!
//! {"type":"muster.feed","timestamp":"...","data":{"events":[...]}}
//! ```
//!
//! 2xx is delivered. 429, 5xx, a lost connection, and answers that blame the configuration and not
//! the events (401, 403, 404, 407, 408, 425, redirects) are tried again; every other answer refuses
//! these events for ever.

mod secret;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use model::{FeedEvent, hex, sha256};
use tokio::time::timeout;

use super::tls::{self, TlsOptions};
use super::{DeliveryError, Sink, SinkOptionsError};
use crate::clock::Clock;
pub use secret::Secrets;

/// BOUND: receivers often refuse more than a few hundred KiB. One event alone may be larger.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// BOUND: of an answer, only the status counts.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// BOUND: a receiver should take the events first and work on them later.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(15);

/// Where to, and with which secrets.
#[derive(Debug)]
pub struct WebhookOptions {
    /// Name of the sink and of its cursor.
    pub name: String,
    /// `https://...`; plain `http://` only for this very machine.
    pub url: String,
    /// With what to sign.
    pub secrets: Secrets,
    /// Whom to trust.
    pub tls: TlsOptions,
}

/// An HTTP receiver.
pub struct WebhookSink {
    name: String,
    url: Uri,
    secrets: Secrets,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    clock: Clock,
}

impl WebhookSink {
    /// A sink as configured.
    ///
    /// # Errors
    ///
    /// [`SinkOptionsError`] naming what cannot be used.
    pub fn new(options: WebhookOptions, clock: Clock) -> Result<Self, SinkOptionsError> {
        let url = url_read(&options.url)?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(Duration::from_secs(10)));
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls_config(&url, &options.tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_mins(1))
            .pool_max_idle_per_host(1)
            .build(connector);
        Ok(Self { name: options.name, url, secrets: options.secrets, client, clock })
    }

    async fn post(&self, body: Body) -> Result<(), DeliveryError> {
        let seconds = self.clock.now().as_second();
        let signature = self.secrets.sign(&body.id, seconds, &body.bytes);
        let request = Request::post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("muster/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", body.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature)
            .body(Full::new(Bytes::from(body.bytes)))
            .map_err(|error| DeliveryError::Refused(error.into()))?;
        let exchange = async {
            let answer = self.client.request(request).await.map_err(DeliveryError::retry)?;
            let (head, rest) = answer.into_parts();
            // Read to its end, so that the connection can be used again; what it says is ignored.
            let _ignored = Limited::new(rest, ANSWER_BYTES_MAX).collect().await;
            verdict(head.status, &head.headers, self.clock.now())
        };
        timeout(ANSWER_TIME_MAX, exchange).await.map_err(DeliveryError::retry)?
    }
}

#[async_trait]
impl Sink for WebhookSink {
    fn name(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, events: &[FeedEvent]) -> Result<(), DeliveryError> {
        for body in bodies(events) {
            self.post(body).await?;
        }
        Ok(())
    }
}

/// What one request carries.
struct Body {
    id: String,
    bytes: Vec<u8>,
}

/// `events` in as few bodies as the limit allows; the same for the same events.
fn bodies(events: &[FeedEvent]) -> Vec<Body> {
    let mut bodies = Vec::new();
    let mut part: Vec<(&FeedEvent, String)> = Vec::new();
    let mut part_bytes: usize = 0;
    for event in events {
        let text = proto::json::feed_event(event).to_string();
        if !part.is_empty() && part_bytes.saturating_add(text.len()) > BODY_BYTES_MAX {
            bodies.extend(body(&part));
            part.clear();
            part_bytes = 0;
        }
        part_bytes = part_bytes.saturating_add(text.len()).saturating_add(1);
        part.push((event, text));
    }
    bodies.extend(body(&part));
    bodies
}

fn body(part: &[(&FeedEvent, String)]) -> Option<Body> {
    let (first, _) = part.first()?;
    let (last, _) = part.last()?;
    let events: Vec<&str> = part.iter().map(|(_, text)| text.as_str()).collect();
    let recorded = proto::json::moment(last.recorded_at);
    let bytes = format!(
        r#"{{"type":"muster.feed","timestamp":"{recorded}","data":{{"events":[{}]}}}}"#,
        events.join(",")
    )
    .into_bytes();
    // The digest tells apart two feeds whose cursors are the same, such as before and after a
    // store was made anew.
    let digest = hex(sha256(&[&bytes]).get(..8)?);
    Some(Body { id: format!("feed-{}-{}-{digest}", first.at.0, last.at.0), bytes })
}

fn verdict(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Result<(), DeliveryError> {
    if status.is_success() {
        return Ok(());
    }
    let source = format!("receiver answered {}", status.as_u16()).into();
    let blames_configuration = matches!(status.as_u16(), 401 | 403 | 404 | 407 | 408 | 425 | 429);
    if status.is_client_error() && !blames_configuration {
        return Err(DeliveryError::Refused(source));
    }
    let after = headers.get(RETRY_AFTER).and_then(|value| retry_after(value, now));
    Err(DeliveryError::Retry { after, source })
}

/// RFC 9110, 10.2.3: seconds, or a date.
fn retry_after(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

fn url_read(text: &str) -> Result<Uri, SinkOptionsError> {
    let wrong = |hint| SinkOptionsError::Value { key: "url", value: text.to_owned(), hint };
    let url: Uri = text.parse().map_err(|_not_a_url| wrong("write `https://host/path`"))?;
    let host = url.host().unwrap_or_default();
    if host.is_empty() {
        return Err(wrong("write `https://host/path`"));
    }
    if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        // The value holds a password, so it is not repeated.
        return Err(SinkOptionsError::Value {
            key: "url",
            value: format!("https://...@{host}"),
            hint: "leave user and password out",
        });
    }
    let here = ["127.0.0.1", "[::1]", "localhost"].contains(&host);
    match url.scheme_str() {
        Some("https") => Ok(url),
        Some("http") if here => Ok(url),
        Some(_) | None => Err(wrong("use `https`; `http` is only for this machine")),
    }
}

fn tls_config(url: &Uri, options: &TlsOptions) -> Result<rustls::ClientConfig, SinkOptionsError> {
    if url.scheme_str() == Some("https") {
        return tls::client_config(options);
    }
    // Never used: the receiver is on this machine and speaks without TLS.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .map_err(SinkOptionsError::Tls)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth())
}

#[cfg(test)]
mod tests;
