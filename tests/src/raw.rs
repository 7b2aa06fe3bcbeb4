//! A client of the collector that shows any certificate, speaks any TLS, and says what it likes.

use std::fs;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use hyper_util::rt::TokioIo;
use proto::v1;
use proto::v1::ingest_client::IngestClient;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;
use tonic::transport::{Channel, Endpoint};

use crate::line::{Agent, Line};

/// How HTTP/2 begins, with empty settings after it.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The name in the collector's certificate.
const SERVER_NAME: &str = "muster-collector";

/// How long an answer may take. BOUND: seen well under a second.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Who signs certificates.
#[derive(Debug)]
pub struct Signer(Issuer<'static, KeyPair>);

/// A certificate with its key, to be shown to the collector.
#[derive(Debug)]
pub struct Shown {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// A way to the collector.
#[derive(Clone, Debug)]
pub struct Raw {
    address: SocketAddr,
    config: Arc<ClientConfig>,
}

/// An open session, both directions in hand.
#[derive(Debug)]
pub struct RawSession {
    to: mpsc::Sender<v1::FromAgent>,
    from: Streaming<v1::ToAgent>,
}

impl Signer {
    /// The collector's own authority, as a thief of its data folder would have it.
    ///
    /// # Errors
    /// If its files cannot be read.
    pub fn of(line: &Line) -> anyhow::Result<Self> {
        let key = fs::read_to_string(line.data_dir().join("authority.key"))?;
        let certificate = fs::read_to_string(line.data_dir().join("authority.pem"))?;
        Ok(Self(Issuer::from_ca_cert_pem(&certificate, KeyPair::from_pem(&key)?)?))
    }

    /// An authority that the collector never heard of.
    ///
    /// # Errors
    /// If no key can be made.
    pub fn unknown() -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(Issuer::new(params, KeyPair::generate()?)))
    }

    /// A certificate for `uri`, valid from the first of January of one year to that of another.
    ///
    /// # Errors
    /// If `uri` is none.
    pub fn sign(&self, uri: &str, years: std::ops::Range<i32>) -> anyhow::Result<Shown> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let certificate = params.signed_by(&key, &self.0)?.der().clone();
        Ok(Shown { certificate, key: PrivateKeyDer::Pkcs8(key.serialize_der().into()) })
    }
}

impl Shown {
    /// What the agent shows.
    ///
    /// # Errors
    /// If its files cannot be read.
    pub fn agent(agent: &Agent) -> anyhow::Result<Self> {
        Self::read(&agent.state_dir.join("agent.pem"), &agent.state_dir.join("agent.key"))
    }

    /// What the operator shows.
    ///
    /// # Errors
    /// If its files cannot be read.
    pub fn operator(line: &Line) -> anyhow::Result<Self> {
        let folder = line.data_dir().join("operator");
        Self::read(&folder.join("operator.pem"), &folder.join("operator.key"))
    }

    fn read(certificate: &std::path::Path, key: &std::path::Path) -> anyhow::Result<Self> {
        Ok(Self {
            certificate: CertificateDer::from_pem_file(certificate)?,
            key: PrivateKeyDer::from_pem_file(key)?,
        })
    }
}

impl Raw {
    /// A way to `line` for whoever shows this, over TLS 1.3.
    ///
    /// # Errors
    /// If key and certificate do not belong together.
    pub fn to(line: &Line, shown: Option<Shown>) -> anyhow::Result<Self> {
        Self::with(line, shown, &rustls::version::TLS13)
    }

    /// The same over this version of TLS.
    ///
    /// # Errors
    /// If key and certificate do not belong together.
    pub fn with(
        line: &Line,
        shown: Option<Shown>,
        version: &'static SupportedProtocolVersion,
    ) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(line.data_dir().join("authority.pem"))?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])?
            .with_root_certificates(roots);
        let mut config = match shown {
            Some(shown) => config.with_client_auth_cert(vec![shown.certificate], shown.key)?,
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { address: line.address(), config: Arc::new(config) })
    }

    /// Connects and begins HTTP/2. Good only if the collector answers: in TLS 1.3 a client takes
    /// itself for connected before the collector has looked at its certificate.
    ///
    /// # Errors
    /// What the collector does instead of an answer.
    pub async fn reach(&self) -> io::Result<()> {
        let mut stream = connect(self.address, Arc::clone(&self.config)).await?;
        stream.write_all(PREFACE).await?;
        let read = timeout(ANSWER_MAX, stream.read_u8()).await?;
        read.map(drop)
    }

    /// A channel that takes but a kilobyte of an answer until somebody reads it.
    ///
    /// # Errors
    /// If the collector is not there.
    pub async fn channel_narrow(&self) -> anyhow::Result<Channel> {
        let connector = Connector(self.clone());
        let endpoint =
            Endpoint::from_static("http://muster-collector").initial_stream_window_size(1024);
        Ok(endpoint.connect_with_connector(connector).await?)
    }

    /// A channel for the generated clients.
    ///
    /// # Errors
    /// If the collector is not there.
    pub async fn channel(&self) -> anyhow::Result<Channel> {
        let connector = Connector(self.clone());
        let endpoint = Endpoint::from_static("http://muster-collector");
        Ok(endpoint.connect_with_connector(connector).await?)
    }

    /// Opens a session that begins with this greeting.
    ///
    /// # Errors
    /// The refusal.
    pub async fn session(&self, epoch: u64) -> anyhow::Result<RawSession> {
        let mut client = IngestClient::new(self.channel().await?);
        let (to, messages) = mpsc::channel(64);
        let hello = v1::Hello { epoch, seq_next: 1, agent_version: "raw".to_owned() };
        to.send(v1::FromAgent { kind: Some(v1::from_agent::Kind::Hello(hello)) }).await?;
        let from = client.session(ReceiverStream::new(messages)).await?.into_inner();
        let mut session = RawSession { to, from };
        let welcomed = session.answer().await?;
        anyhow::ensure!(
            matches!(welcomed, v1::to_agent::Kind::Welcome(_)),
            "greeted with {welcomed:?}"
        );
        Ok(session)
    }
}

impl RawSession {
    /// Sends a batch of these bytes.
    ///
    /// # Errors
    /// If the session has ended.
    pub async fn send(&self, seq: u64, entries: Vec<u8>) -> anyhow::Result<()> {
        let kind = Some(v1::from_agent::Kind::Batch(v1::Batch { seq, entries }));
        self.to.send(v1::FromAgent { kind }).await.context("the session has ended")
    }

    /// The next that the collector says.
    ///
    /// # Errors
    /// The status with which it ended the session, or that it ended it, or says nothing for half a
    /// minute.
    pub async fn answer(&mut self) -> anyhow::Result<v1::to_agent::Kind> {
        let message = timeout(ANSWER_MAX, self.from.message()).await.context("no answer")??;
        message.and_then(|message| message.kind).context("the collector hung up")
    }
}

async fn connect(
    address: SocketAddr,
    config: Arc<ClientConfig>,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(SERVER_NAME).map_err(io::Error::other)?;
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    TlsConnector::from(config).connect(name, socket).await
}

#[derive(Clone)]
struct Connector(Raw);

type Connecting = dyn Future<Output = io::Result<TokioIo<TlsStream<TcpStream>>>> + Send;

impl tower_service::Service<http::Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<Connecting>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: http::Uri) -> Self::Future {
        let Raw { address, config } = self.0.clone();
        Box::pin(async move { connect(address, config).await.map(TokioIo::new) })
    }
}
