use std::convert::Infallible;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use http_body_util::BodyExt as _;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ring::hmac;
use tokio::net::TcpListener;

use super::super::testing::{at, opened};
use super::*;

const SECRET: &[u8] = b"an-example-secret-for-tests-only";

/// What the receiver was sent.
#[derive(Debug)]
struct Received {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn cursors(&self) -> Vec<u64> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        let events = body["data"]["events"].as_array().unwrap();
        events.iter().map(|event| event["cursor"].as_u64().unwrap()).collect()
    }
}

/// A status and headers.
type Answer = (u16, Vec<(&'static str, String)>);

/// Answers with the statuses and headers given, one for each request, then with 204.
struct Door {
    listener: TcpListener,
    answers: Mutex<Vec<Answer>>,
    received: Mutex<Vec<Received>>,
}

impl Door {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, answers: Mutex::default(), received: Mutex::default() }
    }

    fn answers(self, status: u16, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.answers.lock().unwrap().push((status, headers));
        self
    }

    fn sink(&self) -> WebhookSink {
        let address = self.listener.local_addr().unwrap();
        let options = WebhookOptions {
            name: "pager".to_owned(),
            url: format!("http://{address}/hook"),
            secrets: secrets(&[SECRET]),
            tls: TlsOptions::default(),
        };
        WebhookSink::new(options, Clock::manual(at("2026-11-22T10:00:05Z"))).unwrap()
    }

    async fn serve(&self) -> Infallible {
        loop {
            let (stream, _) = self.listener.accept().await.unwrap();
            let service = service_fn(|request| self.receive(request));
            let _closed = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        }
    }

    async fn receive(
        &self,
        request: Request<hyper::body::Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, body) = request.into_parts();
        assert_eq!((head.method.as_str(), head.uri.path()), ("POST", "/hook"));
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        self.received.lock().unwrap().push(Received { headers: head.headers, body });
        let mut answers = self.answers.lock().unwrap();
        let (status, headers) =
            if answers.is_empty() { (204, Vec::new()) } else { answers.remove(0) };
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        Ok(response.body(Full::new(Bytes::new())).unwrap())
    }

    /// What comes of delivering `events`.
    async fn deliver(&self, sink: &WebhookSink, events: &[FeedEvent]) -> Result<(), DeliveryError> {
        tokio::select! {
            never = self.serve() => match never {},
            outcome = sink.deliver(events) => outcome,
        }
    }
}

fn secrets(secrets: &[&[u8]]) -> Secrets {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> =
        secrets.iter().map(|secret| format!("whsec_{}\n", STANDARD.encode(secret))).collect();
    std::fs::write(folder.path().join("secret"), lines.concat()).unwrap();
    Secrets::read(&folder.path().join("secret")).unwrap()
}

/// As a receiver would, from the text of the specification.
fn verify(received: &Received, secret: &[u8]) -> bool {
    let signed = [
        received.header("webhook-id").as_bytes(),
        b".",
        received.header("webhook-timestamp").as_bytes(),
        b".",
        &received.body,
    ]
    .concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    received.header("webhook-signature").split(' ').any(|signature| {
        let (version, tag) = signature.split_once(',').unwrap();
        version == "v1" && hmac::verify(&key, &signed, &STANDARD.decode(tag).unwrap()).is_ok()
    })
}

#[tokio::test]
async fn posts_signed_events_that_a_receiver_can_verify() {
    let door = Door::new().await;
    let sink = door.sink();
    let events = [opened(17, "nobody is declared"), opened(18, "nobody is declared: ä")];
    door.deliver(&sink, &events).await.unwrap();

    let received = door.received.into_inner().unwrap();
    assert_eq!(received.len(), 1);
    let received = &received[0];
    assert!(verify(received, SECRET));
    assert!(!verify(received, b"another-secret-for-tests-only-00"));
    assert_eq!(received.header("webhook-timestamp"), "1795341605");
    assert_eq!(received.header("content-type"), "application/json");
    assert_eq!(received.cursors(), [17, 18]);
    let body: serde_json::Value = serde_json::from_slice(&received.body).unwrap();
    assert_eq!(body["type"], "muster.feed");
    assert_eq!(body["timestamp"], "2026-11-22T10:00:00.123456789Z");
    assert_eq!(body["data"]["events"][0], proto::json::feed_event(&events[0]));
}

#[test]
fn signs_the_example_of_the_specification_as_it_does() {
    // github.com/standard-webhooks/standard-webhooks, the test vector of its libraries.
    let secrets = {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        Secrets::read(&file).unwrap()
    };
    let signature =
        secrets.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[tokio::test]
async fn signs_with_the_old_and_the_new_secret_while_they_change() {
    let old = b"an-old-example-secret-for-tests!".as_slice();
    let door = Door::new().await;
    let mut sink = door.sink();
    sink.secrets = secrets(&[SECRET, old]);
    door.deliver(&sink, &[opened(1, "x")]).await.unwrap();
    let received = door.received.into_inner().unwrap();
    assert!(verify(&received[0], SECRET) && verify(&received[0], old));
}

#[tokio::test]
async fn gives_the_same_events_the_same_id_when_they_are_sent_again() {
    let door = Door::new().await;
    let sink = door.sink();
    let deliver = async {
        for because in ["x", "x", "y"] {
            sink.deliver(&[opened(1, because)]).await.unwrap();
        }
    };
    tokio::select! {
        never = door.serve() => match never {},
        () = deliver => {}
    }
    let received = door.received.into_inner().unwrap();
    let ids: Vec<&str> = received.iter().map(|it| it.header("webhook-id")).collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2], "another feed with the same cursors");
}

#[tokio::test]
async fn asks_for_another_try_after_as_long_as_the_receiver_says() {
    for (status, header, expected) in [
        (429, "7", Some(Duration::from_secs(7))),
        (503, "Sun, 22 Nov 2026 10:01:05 GMT", Some(Duration::from_mins(1))),
        (503, "Sun, 22 Nov 2026 09:00:00 GMT", Some(Duration::ZERO)),
        (500, "soon", None),
    ] {
        let door = Door::new().await.answers(status, &[("retry-after", header)]);
        let error = door.deliver(&door.sink(), &[opened(1, "x")]).await.unwrap_err();
        let DeliveryError::Retry { after, .. } = error else { panic!("{error:?}") };
        assert_eq!(after, expected, "{status} {header}");
    }
}

#[tokio::test]
async fn asks_for_another_try_where_the_configuration_is_to_blame() {
    for status in [301, 302, 307, 401, 403, 404, 407, 408, 425, 500, 502, 504] {
        let door = Door::new().await.answers(status, &[("location", "http://127.0.0.1:1/")]);
        let error = door.deliver(&door.sink(), &[opened(1, "x")]).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Retry { .. }), "{status}: {error:?}");
        assert_eq!(door.received.into_inner().unwrap().len(), 1, "redirects are not followed");
    }
}

#[tokio::test]
async fn says_that_events_are_refused_for_ever() {
    for status in [400, 405, 409, 410, 413, 415, 422] {
        let door = Door::new().await.answers(status, &[]);
        let error = door.deliver(&door.sink(), &[opened(1, "x")]).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Refused(_)), "{status}: {error:?}");
    }
}

#[tokio::test]
async fn asks_for_another_try_if_nobody_listens() {
    let door = Door::new().await;
    let sink = door.sink();
    drop(door);
    let error = sink.deliver(&[opened(1, "x")]).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Retry { after: None, .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn gives_up_on_a_receiver_that_does_not_answer() {
    let door = Door::new().await;
    // The system takes the connection, and nobody reads.
    let error = door.sink().deliver(&[opened(1, "x")]).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Retry { .. }), "{error:?}");
}

#[tokio::test]
async fn splits_what_is_too_large_for_one_request_and_keeps_the_order() {
    let door = Door::new().await;
    let events: Vec<FeedEvent> =
        (1..=10).map(|cursor| opened(cursor, &"x".repeat(60_000))).collect();
    door.deliver(&door.sink(), &events).await.unwrap();
    let received = door.received.into_inner().unwrap();
    let cursors: Vec<u64> = received.iter().flat_map(Received::cursors).collect();
    assert_eq!(cursors, (1..=10).collect::<Vec<u64>>());
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|it| it.body.len() <= BODY_BYTES_MAX + 200));
}

#[test]
fn takes_no_url_that_would_tell_findings_to_the_network() {
    for url in
        ["http://pager.example.org/", "http://10.0.0.1/", "ftp://127.0.0.1/", "pager", "/hook"]
    {
        assert!(url_read(url).is_err(), "{url}");
    }
    for url in ["https://pager.example.org/hook", "http://127.0.0.1:8080/", "http://[::1]:80/"] {
        assert!(url_read(url).is_ok(), "{url}");
    }
}

#[test]
fn repeats_no_password_that_stands_in_a_url() {
    let error = url_read("https://ci:example-password@pager.example.org/").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`url` cannot be `https://...@pager.example.org`: leave user and password out"
    );
}

#[test]
fn shows_no_secret_when_it_refuses_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let long = format!("whsec_{}", STANDARD.encode([7; 65]));
    for content in
        ["", "example-plain-secret", "whsec_c2hvcnQ=", "whsec_???", &long, &"x".repeat(2_000)]
    {
        std::fs::write(&file, content).unwrap();
        let error = Secrets::read(&file).unwrap_err();
        assert!(matches!(error, SinkOptionsError::Secret { .. }), "{error:?}");
        assert!(content.is_empty() || !format!("{error} {error:?}").contains(content));
    }
    assert_eq!(format!("{:?}", secrets(&[SECRET])), "Secrets(1)");
}
