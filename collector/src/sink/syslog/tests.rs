use std::sync::Arc;

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::net::{TcpListener, TcpStream};

use super::super::testing::opened;
use super::super::tls::ClientFiles;
use super::*;

/// The cursors of the next `count` messages, read by their octet counts.
async fn cursors(stream: &mut (impl AsyncRead + Unpin), count: usize) -> Vec<u64> {
    let mut stream = BufReader::new(stream);
    let mut cursors = Vec::new();
    for _ in 0..count {
        let mut length = Vec::new();
        stream.read_until(b' ', &mut length).await.unwrap();
        let length: usize = std::str::from_utf8(&length).unwrap().trim_end().parse().unwrap();
        let mut message = vec![0; length];
        stream.read_exact(&mut message).await.unwrap();
        let message = String::from_utf8(message).unwrap();
        let (_, rest) = message.split_once("cursor=\"").unwrap();
        cursors.push(rest.split_once('"').unwrap().0.parse().unwrap());
    }
    cursors
}

async fn listener() -> (TcpListener, SyslogOptions) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, SyslogOptions::new("siem", &address, "collector.example.org"))
}

fn events(cursors: std::ops::RangeInclusive<u64>) -> Vec<FeedEvent> {
    cursors.map(|cursor| opened(cursor, "nobody is declared")).collect()
}

async fn deliver(
    sink: &SyslogSink,
    cursors: std::ops::RangeInclusive<u64>,
) -> Result<(), DeliveryError> {
    sink.deliver(&events(cursors)).await
}

async fn accept(listener: &TcpListener) -> TcpStream {
    listener.accept().await.unwrap().0
}

#[tokio::test]
async fn delivers_in_order_over_one_connection() {
    let (listener, options) = listener().await;
    let sink = SyslogSink::new(options).unwrap();
    let tell = async {
        sink.deliver(&events(1..=3)).await.unwrap();
        sink.deliver(&events(4..=4)).await.unwrap();
    };
    let ((), mut stream) = tokio::join!(tell, accept(&listener));
    assert_eq!(cursors(&mut stream, 4).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn asks_for_another_try_if_nobody_listens() {
    let (listener, options) = listener().await;
    drop(listener);
    let sink = SyslogSink::new(options).unwrap();
    let error = sink.deliver(&events(1..=1)).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Retry { after: None, .. }), "{error:?}");
}

#[tokio::test]
async fn sends_again_what_a_receiver_may_have_lost_when_it_closed_and_before_anything_new() {
    let (listener, options) = listener().await;
    let sink = SyslogSink::new(options).unwrap();
    let (delivered, stream) = tokio::join!(deliver(&sink, 1..=2), accept(&listener));
    delivered.unwrap();
    drop(stream);

    // The receiver never read: its system answers with a reset, which takes a moment to arrive.
    let open = |line: &mut Line| line.connection.as_mut().is_some_and(Connection::is_open);
    while open(&mut *sink.line.lock().await) {
        tokio::task::yield_now().await;
    }
    let (delivered, mut stream) = tokio::join!(deliver(&sink, 3..=3), accept(&listener));
    delivered.unwrap();
    assert_eq!(cursors(&mut stream, 3).await, [1, 2, 3]);
}

#[tokio::test]
async fn sends_again_while_idle_without_waiting_for_news() {
    let (listener, options) = listener().await;
    let sink = SyslogSink::new(options).unwrap();
    let (delivered, stream) = tokio::join!(deliver(&sink, 1..=2), accept(&listener));
    delivered.unwrap();
    drop(stream);

    let idle = async {
        loop {
            sink.idle().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let again = async { cursors(&mut accept(&listener).await, 2).await };
    tokio::select! {
        () = idle => unreachable!("it never ends"),
        cursors = again => assert_eq!(cursors, [1, 2]),
    }
}

#[tokio::test(start_paused = true)]
async fn forgets_after_a_minute_what_was_sent_without_an_error() {
    let (listener, options) = listener().await;
    let sink = SyslogSink::new(options).unwrap();
    let (delivered, _stream) = tokio::join!(deliver(&sink, 1..=2), accept(&listener));
    delivered.unwrap();
    assert_eq!(sink.line.lock().await.kept.len(), 1);
    tokio::time::advance(KEPT_FOR.saturating_mul(2)).await;
    sink.idle().await.unwrap();
    let line = sink.line.lock().await;
    assert_eq!((line.kept.len(), line.kept_bytes), (0, 0));
}

#[tokio::test]
async fn does_not_call_delivered_what_a_receiver_took_and_threw_away() {
    let (listener, options) = listener().await;
    let sink = SyslogSink::new(options).unwrap();
    let refuse = async {
        let mut stream = accept(&listener).await;
        stream.shutdown().await.unwrap();
        stream
    };
    let (delivered, _stream) = tokio::join!(deliver(&sink, 1..=1), refuse);
    let DeliveryError::Retry { source, .. } = delivered.unwrap_err() else {
        panic!("it must be tried again")
    };
    assert_eq!(source.to_string(), "receiver closed the connection: its log says why");
    let (delivered, mut stream) = tokio::join!(deliver(&sink, 1..=1), accept(&listener));
    delivered.unwrap();
    drop(sink);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    let text = String::from_utf8(rest).unwrap();
    assert_eq!(text.matches("cursor=").count(), 1, "once on this connection");
}

/// An authority, and what it signed for `localhost` and for us.
struct Certificates {
    folder: tempfile::TempDir,
    server: Arc<rustls::ServerConfig>,
}

fn certificates(version: &'static rustls::SupportedProtocolVersion) -> Certificates {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::pki_types::PrivateKeyDer;

    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let signed = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &issuer).unwrap(), key)
    };
    let (server, server_key) = signed("localhost");
    let (client, client_key) = signed("collector.example.org");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
    std::fs::write(folder.path().join("client.pem"), client.pem()).unwrap();
    std::fs::write(folder.path().join("client.key"), client_key.serialize_pem()).unwrap();

    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::clone(&provider),
    );
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![server.der().clone()],
            PrivateKeyDer::Pkcs8(server_key.serialize_der().into()),
        )
        .unwrap();
    Certificates { folder, server: Arc::new(server) }
}

fn over_tls(mut options: SyslogOptions, certificates: &Certificates) -> SyslogOptions {
    let folder = certificates.folder.path();
    options.tls = Some(TlsOptions {
        authority_file: Some(folder.join("authority.pem")),
        client: Some(ClientFiles {
            certificate_file: folder.join("client.pem"),
            key_file: folder.join("client.key"),
        }),
    });
    options.server_name = Some("localhost".to_owned());
    options
}

async fn delivers_over(version: &'static rustls::SupportedProtocolVersion) {
    let (listener, options) = listener().await;
    let certificates = certificates(version);
    let sink = SyslogSink::new(over_tls(options, &certificates)).unwrap();
    let receive = async {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&certificates.server));
        let mut stream = acceptor.accept(accept(&listener).await).await.unwrap();
        (cursors(&mut stream, 2).await, stream)
    };
    let events = events(1..=2);
    let (delivered, (cursors, _stream)) = tokio::join!(sink.deliver(&events), receive);
    delivered.unwrap();
    assert_eq!(cursors, [1, 2]);
}

#[tokio::test]
async fn delivers_over_tls_1_3_and_shows_its_certificate() {
    delivers_over(&rustls::version::TLS13).await;
}

#[tokio::test]
async fn delivers_over_tls_1_2_and_shows_its_certificate() {
    delivers_over(&rustls::version::TLS12).await;
}

#[tokio::test]
async fn tells_nothing_to_a_receiver_of_another_name() {
    let (listener, options) = listener().await;
    let certificates = certificates(&rustls::version::TLS13);
    let mut options = over_tls(options, &certificates);
    options.server_name = Some("other.example.org".to_owned());
    let sink = SyslogSink::new(options).unwrap();
    let receive = async {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&certificates.server));
        acceptor.accept(accept(&listener).await).await.is_err()
    };
    let events = events(1..=1);
    let (delivered, refused) = tokio::join!(sink.deliver(&events), receive);
    assert!(matches!(delivered, Err(DeliveryError::Retry { .. })), "{delivered:?}");
    assert!(refused);
}

#[test]
fn says_which_option_cannot_be_used() {
    let told = |change: fn(&mut SyslogOptions)| {
        let mut options = SyslogOptions::new("siem", "siem.example.org:601", "collector");
        change(&mut options);
        SyslogSink::new(options).err().expect("it must be refused").to_string()
    };
    assert_eq!(
        told(|o| o.address = "siem.example.org".to_owned()),
        "`address` cannot be `siem.example.org`: write `host:port`"
    );
    assert_eq!(told(|o| o.facility = 24), "`facility` cannot be `24`: use 0 to 23");
    assert!(told(|o| o.element_id = "muster".to_owned()).starts_with("`element_id`"));
    assert!(told(|o| o.element_id = "m]@1".to_owned()).starts_with("`element_id`"));
    assert!(told(|o| o.host = "my host".to_owned()).starts_with("`host`"));
    assert!(told(|o| o.message_bytes_max = 479).starts_with("`message_bytes_max`"));
    assert!(
        told(|o| {
            o.tls = Some(TlsOptions {
                authority_file: Some("/nonexistent/authority.pem".into()),
                client: None,
            });
        })
        .starts_with("reading `/nonexistent/authority.pem` failed")
    );
}
