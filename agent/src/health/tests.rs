use super::*;

fn get(path: &str, metrics: &Metrics) -> StatusCode {
    answer(&Method::GET, path, metrics, &Clock::System).status()
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = bind(address.parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, HealthError::NotLoopback { .. }), "{address}");
    }
}

#[tokio::test]
async fn loopback_is_listened_on() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert!(listener.local_addr().unwrap().ip().is_loopback());
}

#[test]
fn an_agent_is_well_until_a_human_is_needed() {
    let metrics = Metrics::default();
    assert_eq!(get("/healthz", &metrics), StatusCode::OK);
    metrics.uplink_barred.set(1);
    assert_eq!(get("/healthz", &metrics), StatusCode::SERVICE_UNAVAILABLE);
    metrics.uplink_barred.set(0);
    metrics.spool_failing.set(1);
    assert_eq!(get("/healthz", &metrics), StatusCode::SERVICE_UNAVAILABLE);
    metrics.spool_failing.set(0);
    metrics.certificate_expires_seconds.set(1);
    assert_eq!(get("/healthz", &metrics), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn every_number_is_shown_with_its_type() {
    let metrics = Metrics::default();
    metrics.batches_acked.add(3);
    let text = metrics.render();
    assert!(text.contains(
        "# TYPE muster_agent_batches_acked_total counter\nmuster_agent_batches_acked_total 3\n"
    ));
    assert!(text.contains("# TYPE muster_agent_spool_bytes gauge\nmuster_agent_spool_bytes 0\n"));
}

#[test]
fn nothing_else_is_served() {
    let metrics = Metrics::default();
    assert_eq!(get("/", &metrics), StatusCode::NOT_FOUND);
    let answer = answer(&Method::POST, "/metrics", &metrics, &Clock::System);
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}
