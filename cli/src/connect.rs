//! The way to a collector: TLS 1.3, the operator's certificate, and the collector's own authority.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};
use tower_service::Service;

use crate::config::Target;
use crate::failure::Failure;

/// The name in the certificate of every collector: whom to believe is settled by the authority, and a
/// deployment has one.
const COLLECTOR_NAME: &str = "muster-collector";
// BOUND: a person waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Connects, with what is in the identity folder.
pub(crate) async fn channel(target: &Target) -> Result<Channel, Failure> {
    let config = tls(&target.identity)?;
    let connector = Connector {
        address: target.address.clone().into(),
        tls: TlsConnector::from(Arc::new(config)),
    };
    // The connector knows the address; this is what requests name.
    let endpoint = Endpoint::from_static("https://muster-collector");
    let channel = endpoint.connect_with_connector(connector);
    let failed = || {
        let what = format!("connecting to the collector at `{}` failed", target.address);
        Failure::new(
            what,
            "start one with `muster quickstart` or `muster-collector run`, or name another with \
             --collector and --identity",
        )
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, channel).await {
        Ok(Ok(channel)) => Ok(channel),
        Ok(Err(error)) => Err(failed().because(&error)),
        Err(error) => Err(failed().because(&error)),
    }
}

/// The configuration of this end, from the three files of an operator.
fn tls(identity: &Path) -> Result<rustls::ClientConfig, Failure> {
    let file = |name: &str| identity.join(name);
    let failed = |name: &str, error: &(dyn std::error::Error + 'static)| {
        let hint = if identity.is_dir() {
            "copy the folder `operator` of the collector's data folder anew, and let this account read it"
        } else {
            "start with `muster quickstart`, or name the operator's folder with --identity"
        };
        Failure::new(format!("reading `{}` failed", file(name).display()), hint).because(error)
    };
    let certificates = |name: &str| {
        CertificateDer::pem_file_iter(file(name))
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| failed(name, &error))
    };
    let authority = certificates("authority.pem")?;
    let chain = certificates("operator.pem")?;
    if authority.is_empty() || chain.is_empty() {
        let name = if chain.is_empty() { "operator.pem" } else { "authority.pem" };
        return Err(failed(name, &io::Error::other("it holds no certificate")));
    }
    let key = PrivateKeyDer::from_pem_file(file("operator.key"))
        .map_err(|error| failed("operator.key", &error))?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in authority {
        roots.add(certificate).map_err(|error| failed("authority.pem", &error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| failed("operator.pem", &error))?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key);
    let mut config = config.map_err(|error| failed("operator.pem", &error))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Opens connections to one address, whatever is asked for.
#[derive(Clone)]
struct Connector {
    address: Arc<str>,
    tls: TlsConnector,
}

impl Service<http::Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let Self { address, tls } = self.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(&*address).await?;
            stream.set_nodelay(true)?;
            let name = ServerName::try_from(COLLECTOR_NAME).map_err(io::Error::other)?;
            tls.connect(name, stream).await.map(TokioIo::new)
        })
    }
}
