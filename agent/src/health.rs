//! Health and metrics over HTTP, on loopback and nowhere else.
//!
//! ```text
//! GET /healthz    200 "ok", or 503 and what a human must see to, one a line
//! GET /metrics    the text format of Prometheus
//! ```
//!
//! The agent's only listener. It shows numbers; no name, path or secret.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::clock::Clock;
use crate::metrics::Metrics;

/// BOUND: how many ask at once; a few scrapers, and no more memory than that.
const CONNECTIONS_MAX: usize = 16;

/// How long one may take, from connecting to the end.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(10);

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// The address can be reached from elsewhere.
    #[error("`{address}` is not a loopback address")]
    NotLoopback {
        /// Which.
        address: SocketAddr,
    },
    /// The address is taken, or not ours.
    #[error("listening on `{address}` failed")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What happened.
        #[source]
        source: io::Error,
    },
}

/// Listens at `address`.
///
/// # Errors
///
/// [`HealthError`]; an address that is no loopback address is refused.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, HealthError> {
    if !address.ip().is_loopback() {
        return Err(HealthError::NotLoopback { address });
    }
    TcpListener::bind(address).await.map_err(|source| HealthError::Listen { address, source })
}

/// Answers until it is dropped.
pub async fn serve(listener: TcpListener, metrics: Arc<Metrics>, clock: Clock) {
    let mut connections = JoinSet::new();
    loop {
        let socket = match listener.accept().await {
            Ok((socket, _peer)) => socket,
            Err(error) => {
                // Out of file handles: others need them more.
                tracing::warn!(%error, "health listener failed");
                sleep(CONNECTION_WAIT_MAX).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        let (metrics, clock) = (Arc::clone(&metrics), clock.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = answer(request.method(), request.uri().path(), &metrics, &clock);
            async move { Ok::<_, std::convert::Infallible>(answer) }
        });
        connections.spawn(async move {
            let served = http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(socket), service);
            // Whoever hangs up or dawdles gets no answer.
            let _ended = timeout(CONNECTION_WAIT_MAX, served).await;
        });
    }
}

fn answer(method: &Method, path: &str, metrics: &Metrics, clock: &Clock) -> Response<Full<Bytes>> {
    let (status, text) = match (method, path) {
        (&Method::GET, "/healthz") => healthz(metrics, clock),
        (&Method::GET, "/metrics") => (StatusCode::OK, metrics.render()),
        (&Method::GET, _) => (StatusCode::NOT_FOUND, "see /healthz and /metrics\n".to_owned()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn healthz(metrics: &Metrics, clock: &Clock) -> (StatusCode, String) {
    let expires = i64::try_from(metrics.certificate_expires_seconds.get()).unwrap_or(i64::MAX);
    let is_expired = expires > 0 && expires <= clock.now().as_second();
    let ills = [
        (is_expired, "the client certificate has expired: enrol again"),
        (metrics.uplink_barred.get() > 0, "the collector refuses this agent"),
        (metrics.spool_failing.get() > 0, "the spool cannot be written to"),
    ];
    let ills: Vec<&str> =
        ills.into_iter().filter_map(|(is_ill, what)| is_ill.then_some(what)).collect();
    if ills.is_empty() {
        return (StatusCode::OK, "ok\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, ills.join("\n") + "\n")
}

#[cfg(test)]
mod tests;
