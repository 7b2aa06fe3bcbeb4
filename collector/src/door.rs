//! The one listener: TLS 1.3, client certificates of our own authority, and a record of everyone
//! who was turned away.
//!
//! A connection without a certificate is let in, since that is how an agent enrols; every service
//! looks at [`Peer`] before it answers. A connection with a certificate that does not verify never
//! gets past the handshake.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use model::Refusal;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;
use tracing::{debug, warn};

use crate::authority::{Authority, Issued, peer_of};
use crate::peer::Peer;

/// BOUND: connections at a time. Each costs some 50 KiB; beyond them the kernel's queue waits.
const CONNECTIONS_MAX: usize = 4096;
/// BOUND: connections at a time from one address, so that one flooding host leaves room for others.
const CONNECTIONS_FROM_ONE_MAX: usize = 1024;
/// BOUND: how long a peer may take over its handshake.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// BOUND: connections that wait for the server to take them.
const ACCEPTED_MAX: usize = 64;

/// A connection whose peer is known.
pub struct Visitor {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    _place: Places,
}

/// The places that a connection takes; free again when it ends.
struct Places {
    _all: OwnedSemaphorePermit,
    _address: AddressPlace,
}

/// Where refusals go: to the examiner of refusals, which writes them to the feed.
pub type Refusals = mpsc::Sender<Refusal>;

/// Where accepted connections go in.
pub type VisitorSender = mpsc::Sender<std::io::Result<Visitor>>;
/// Where the server takes them out.
pub type VisitorReceiver = mpsc::Receiver<std::io::Result<Visitor>>;

/// The TLS configuration of the listener.
///
/// # Errors
///
/// If the authority's certificate cannot serve as an anchor.
pub fn server_config(
    authority: &Authority,
    server: Issued,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut anchors = RootCertStore::empty();
    anchors.add(authority.anchor().clone())?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(anchors), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        // The anchor goes along, so that an agent that knows only its digest can pin it.
        .with_single_cert(vec![server.certificate, authority.anchor().clone()], server.key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session would skip the check of the certificate's end.
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Accepts connections until `stop`, and hands them to the receiver.
pub async fn open(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    refusals: Refusals,
    visitors: VisitorSender,
    stop: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(config);
    let all = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let addresses = Arc::new(Addresses::default());
    let mut handshakes = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_ended) = handshakes.join_next(), if !handshakes.is_empty() => continue,
            accepted = accept(&listener, &all) => accepted,
        };
        let Some((stream, address, place)) = accepted else { continue };
        let Some(address_place) = addresses.enter(address.ip()) else {
            refuse(&refusals, address, "flood", "too many connections from one address");
            continue;
        };
        let places = Places { _all: place, _address: address_place };
        let (acceptor, refusals, visitors) = (acceptor.clone(), refusals.clone(), visitors.clone());
        handshakes.spawn(async move {
            if let Some(visitor) = shake(acceptor, stream, address, places, &refusals).await {
                // Closed only while the collector stops.
                let _closed = visitors.send(Ok(visitor)).await;
            }
        });
    }
}

/// The queue between the listener and the server.
#[must_use]
pub fn queue() -> (VisitorSender, VisitorReceiver) {
    mpsc::channel(ACCEPTED_MAX)
}

async fn accept(
    listener: &TcpListener,
    all: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(all).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, place)),
        Err(error) => {
            warn!(%error, "connection not accepted");
            // Out of file descriptors, as a rule: a moment later some will be free again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn shake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    address: SocketAddr,
    places: Places,
    refusals: &Refusals,
) -> Option<Visitor> {
    // Small messages such as acknowledgements must not wait for more.
    let _unsupported = stream.set_nodelay(true);
    match tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
        Err(_elapsed) => {
            refuse(refusals, address, "slow", "no TLS handshake within 10 s");
            None
        }
        // Somebody looked whether the port is open, as load balancers do.
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            debug!(peer = %address.ip(), "connection ended before its handshake");
            None
        }
        Ok(Err(error)) => {
            refuse(refusals, address, code_of(&error), &error.to_string());
            None
        }
        Ok(Ok(stream)) => {
            let (_, session) = stream.get_ref();
            let shown = session.peer_certificates().and_then(<[_]>::first);
            let peer = peer_of(shown.map(|certificate| &**certificate), address.ip());
            Some(Visitor { stream, peer, _place: places })
        }
    }
}

/// A stable word for why a handshake failed.
fn code_of(error: &std::io::Error) -> &'static str {
    use rustls::{CertificateError, Error};
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return "connection";
    };
    if let Error::InvalidCertificate(
        CertificateError::Expired | CertificateError::ExpiredContext { .. },
    ) = error
    {
        return "expired_certificate";
    }
    if matches!(error, Error::InvalidCertificate(_) | Error::NoCertificatesPresented) {
        return "unknown_certificate";
    }
    if matches!(error, Error::PeerIncompatible(_)) { "tls_version" } else { "tls" }
}

fn refuse(refusals: &Refusals, address: SocketAddr, code: &str, detail: &str) {
    let refusal = Refusal {
        peer: address.ip().to_string(),
        code: code.to_owned(),
        detail: detail.to_owned(),
    };
    tell(refusals, refusal);
}

/// Tells the operator of somebody who was turned away.
pub fn tell(refusals: &Refusals, refusal: Refusal) {
    // BOUND: under a flood of refusals the record is thinned; the log has them all.
    warn!(peer = refusal.peer, code = refusal.code, detail = refusal.detail, "refused");
    let _full = refusals.try_send(refusal);
}

/// How many connections each address has.
#[derive(Default)]
struct Addresses(std::sync::Mutex<std::collections::BTreeMap<IpAddr, usize>>);

struct AddressPlace {
    address: IpAddr,
    addresses: Arc<Addresses>,
}

impl Addresses {
    fn enter(self: &Arc<Self>, address: IpAddr) -> Option<AddressPlace> {
        let mut counts = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= CONNECTIONS_FROM_ONE_MAX {
            return None;
        }
        *count = count.saturating_add(1);
        Some(AddressPlace { address, addresses: Arc::clone(self) })
    }
}

impl Drop for AddressPlace {
    fn drop(&mut self) {
        let mut counts = self.addresses.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

impl Connected for Visitor {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Visitor {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Visitor {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
