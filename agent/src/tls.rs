//! The way to the collector: TLS 1.3, one authority, one name.
//!
//! The collector is known by a certificate for the name [`SERVER_NAME`] from the deployment's own
//! authority, whatever address it listens at; the system's authorities have no say.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

use crate::enrolment::{Credentials, digest_hex};

/// The name in every collector's certificate.
pub(crate) const SERVER_NAME: &str = "muster-collector";

/// How long a connection may take, from the name to the end of the handshake.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(15);

/// A connection that stays silent for so long is asked whether it lives.
const ALIVE_EVERY: Duration = Duration::from_secs(20);

/// How long the answer may take.
const ALIVE_WAIT_MAX: Duration = Duration::from_secs(10);

/// The configuration for sessions: proves who we are.
///
/// # Errors
///
/// If key and certificate do not belong together, or the authority is none.
pub(crate) fn session_config(
    credentials: &Credentials,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(credentials.authority.clone())?;
    let mut config = builder()?.with_root_certificates(roots).with_client_auth_cert(
        vec![credentials.certificate.clone()],
        credentials.key.clone_key(),
    )?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

/// The configuration for enrolment: trusts the authority whose certificate has this SHA-256, which
/// the collector must send along.
///
/// # Errors
///
/// Only for a cryptography provider without TLS 1.3, which ours has.
pub(crate) fn enrol_config(authority_digest: String) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = builder()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(ByDigest { authority_digest, provider }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
}

/// Opens a channel to the collector at `address` (`host:port`). It does not reconnect usefully by
/// itself: make a new one for each attempt.
///
/// # Errors
///
/// Whatever stands in the way, with the error of the socket or of TLS as its cause.
pub(crate) async fn channel(
    address: &str,
    config: Arc<ClientConfig>,
) -> Result<Channel, tonic::transport::Error> {
    let connector = Connector { address: address.to_owned(), config };
    // Plain `http` to tonic: the connector is what encrypts.
    Endpoint::from_static("http://muster-collector")
        .http2_keep_alive_interval(ALIVE_EVERY)
        .keep_alive_timeout(ALIVE_WAIT_MAX)
        .keep_alive_while_idle(true)
        .connect_with_connector(connector)
        .await
}

#[derive(Clone)]
struct Connector {
    address: String,
    config: Arc<ClientConfig>,
}

type Connecting = dyn Future<Output = io::Result<TokioIo<TlsStream<TcpStream>>>> + Send;

impl tower_service::Service<http::Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<Connecting>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: http::Uri) -> Self::Future {
        let Self { address, config } = self.clone();
        Box::pin(async move {
            timeout(CONNECT_WAIT_MAX, connect(&address, config))
                .await
                .map_err(|_elapsed| io::Error::from(io::ErrorKind::TimedOut))?
                .map(TokioIo::new)
        })
    }
}

async fn connect(address: &str, config: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(SERVER_NAME).map_err(io::Error::other)?;
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    TlsConnector::from(config).connect(name, socket).await
}

/// Trusts one authority, of which only the digest is known beforehand.
#[derive(Debug)]
struct ByDigest {
    authority_digest: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ByDigest {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let authority = intermediates
            .iter()
            .find(|certificate| digest_hex(certificate) == self.authority_digest)
            .ok_or(rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer))?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken here".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
