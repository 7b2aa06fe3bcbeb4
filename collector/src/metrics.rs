//! Health and metrics over HTTP on loopback: `/healthz`, and `/metrics` in the Prometheus text format.
//!
//! Every metric is listed in [`ALL`], from which the manual is made.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::examiner::Judged;
use crate::feed::SinkHealth;
use crate::store::{Store, StoreError};

/// BOUND: how long a reader may take over one connection.
const CONNECTION_MAX: Duration = Duration::from_secs(10);
/// BOUND: readers at a time; a scraper and a person.
const READERS_MAX: usize = 8;

/// A metric's name, its type and what it tells.
#[derive(Debug)]
pub struct Metric {
    /// As Prometheus spells it.
    pub name: &'static str,
    /// `counter` or `gauge`.
    pub kind: &'static str,
    /// In one sentence, with the unit.
    pub help: &'static str,
}

/// Every metric of the collector, in the order in which they are told.
pub static ALL: &[Metric] =
    &[FEED_END, JUDGED, FAILURES, SCOPES, INCOMPLETE, SINK_AT, SINK_SENT, SINK_REFUSED];

const FEED_END: Metric =
    Metric { name: "muster_feed_events_total", kind: "counter", help: "Events in the feed." };
const JUDGED: Metric = Metric {
    name: "muster_subjects_judged_total",
    kind: "counter",
    help: "Examinations since the start.",
};
const FAILURES: Metric = Metric {
    name: "muster_examiner_failures_total",
    kind: "counter",
    help: "Rounds of the examiner that broke off since the start; the log says why.",
};
const SCOPES: Metric =
    Metric { name: "muster_scopes", kind: "gauge", help: "Scopes known, over all agents." };
const INCOMPLETE: Metric = Metric {
    name: "muster_scopes_incomplete",
    kind: "gauge",
    help: "Scopes whose latest scan did not come to its end.",
};
const SINK_AT: Metric = Metric {
    name: "muster_sink_cursor",
    kind: "gauge",
    help: "Up to where a sink has the feed; behind muster_feed_events_total by what waits.",
};
const SINK_SENT: Metric = Metric {
    name: "muster_sink_delivered_total",
    kind: "counter",
    help: "Events delivered since the start.",
};
const SINK_REFUSED: Metric = Metric {
    name: "muster_sink_refused_total",
    kind: "counter",
    help: "Events that the receiver refused for good, since the sink first ran.",
};

/// What is told.
#[derive(Clone)]
pub struct Metrics {
    /// Where scopes and the feed are.
    pub store: Arc<dyn Store>,
    /// How the examiner does.
    pub judged: Arc<Judged>,
    /// How each sink does, by its name.
    pub sinks: Vec<(String, SinkHealth)>,
}

/// Answers until `stop`.
pub async fn serve(listener: TcpListener, metrics: Metrics, stop: CancellationToken) {
    let mut readers = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            Some(_ended) = readers.join_next(), if !readers.is_empty() => continue,
            accepted = listener.accept(), if readers.len() < READERS_MAX => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let metrics = metrics.clone();
        readers.spawn(async move {
            let service = hyper::service::service_fn(move |request| {
                let metrics = metrics.clone();
                async move { Ok::<_, Infallible>(answer(&request, &metrics).await) }
            });
            let served = hyper::server::conn::http1::Builder::new()
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service);
            if let Ok(Err(error)) = tokio::time::timeout(CONNECTION_MAX, served).await {
                debug!(%error, "reader of metrics hung up");
            }
        });
    }
}

async fn answer(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    let (status, text) = match request.uri().path() {
        "/healthz" => match metrics.store.feed_end().await {
            Ok(_) => (StatusCode::OK, "ok\n".to_owned()),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store is not available\n".to_owned()),
        },
        "/metrics" => match text(metrics).await {
            Ok(text) => (StatusCode::OK, text),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store is not available\n".to_owned()),
        },
        _ => (StatusCode::NOT_FOUND, "there are /healthz and /metrics\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let plain = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, plain);
    response
}

async fn text(metrics: &Metrics) -> Result<String, StoreError> {
    let mut text = String::new();
    let mut scopes = metrics.store.scopes_list(None).await?;
    scopes.retain(|scope| !scope.agent.is_collector());
    let incomplete = scopes.iter().filter(|scope| scope.state.name() != "complete").count();
    gauge(&mut text, &FEED_END, metrics.store.feed_end().await?.0);
    gauge(&mut text, &JUDGED, metrics.judged.subjects());
    gauge(&mut text, &FAILURES, metrics.judged.failures());
    gauge(&mut text, &SCOPES, count(scopes.len()));
    gauge(&mut text, &INCOMPLETE, count(incomplete));
    let statuses: Vec<_> =
        metrics.sinks.iter().map(|(name, health)| (name, health.status())).collect();
    labelled(&mut text, &SINK_AT, statuses.iter().map(|(name, it)| (*name, it.cursor.0)));
    labelled(&mut text, &SINK_SENT, statuses.iter().map(|(name, it)| (*name, it.delivered)));
    labelled(&mut text, &SINK_REFUSED, statuses.iter().map(|(name, it)| (*name, it.refused)));
    Ok(text)
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn head(text: &mut String, metric: &Metric) {
    // Writing into a `String` cannot fail, here and below.
    let _infallible = write!(
        text,
        "# HELP {} {}\n# TYPE {} {}\n",
        metric.name, metric.help, metric.name, metric.kind
    );
}

fn gauge(text: &mut String, metric: &Metric, value: u64) {
    head(text, metric);
    let _infallible = writeln!(text, "{} {value}", metric.name);
}

fn labelled<'a>(
    text: &mut String,
    metric: &Metric,
    values: impl Iterator<Item = (&'a String, u64)>,
) {
    head(text, metric);
    for (name, value) in values {
        let name = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _infallible = writeln!(text, "{}{{sink=\"{name}\"}} {value}", metric.name);
    }
}
