//! One connection to a syslog server, with or without TLS, which knows when the other side hung up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::super::{SinkOptionsError, tls};
use super::SyslogOptions;

/// BOUND: a receiver that needs longer is as good as unreachable.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// BOUND: a receiver that takes nothing for so long has stopped.
const WRITE_TIME_MAX: Duration = Duration::from_secs(30);

/// BOUND: what a receiver says is ignored, but not for ever.
const READS_MAX: usize = 16;

/// Where to connect.
pub(super) struct Receiver {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Receiver {
    pub(super) fn new(options: &SyslogOptions) -> Result<Self, SinkOptionsError> {
        let address = options.address.clone();
        let wrong =
            |key, value: &str, hint| SinkOptionsError::Value { key, value: value.to_owned(), hint };
        let (host, port) = address
            .rsplit_once(':')
            .ok_or_else(|| wrong("address", &address, "write `host:port`"))?;
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(wrong("address", &address, "write `host:port`"));
        }
        let Some(tls_options) = &options.tls else { return Ok(Self { address, tls: None }) };
        let name = options.server_name.as_deref().unwrap_or(host);
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let server = ServerName::try_from(name.to_owned())
            .map_err(|_not_a_name| wrong("server_name", name, "write a host name or an address"))?;
        let config = tls::client_config(tls_options)?;
        Ok(Self { address, tls: Some((TlsConnector::from(Arc::new(config)), server)) })
    }

    /// A new connection, through the handshake.
    pub(super) async fn connect(&self) -> io::Result<Connection> {
        match timeout(CONNECT_TIME_MAX, self.connect_slowly()).await {
            Ok(connected) => connected,
            Err(_elapsed) => {
                Err(io::Error::new(io::ErrorKind::TimedOut, "connecting took too long"))
            }
        }
    }

    async fn connect_slowly(&self) -> io::Result<Connection> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some((connector, server)) => Box::new(connector.connect(server.clone(), stream).await?),
        };
        Ok(Connection { stream })
    }
}

/// The receiver hung up.
pub(super) fn closed() -> io::Error {
    let what = "receiver closed the connection: its log says why";
    io::Error::new(io::ErrorKind::ConnectionAborted, what)
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that was open once.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
}

impl Connection {
    /// Whether the receiver has neither closed nor reset it, as far as is known by now.
    pub(super) fn is_open(&mut self) -> bool {
        let mut ignored = [0; 1024];
        for _ in 0..READS_MAX {
            match self.stream.read(&mut ignored).now_or_never() {
                None => return true,
                Some(Ok(0) | Err(_)) => return false,
                Some(Ok(_)) => {}
            }
        }
        true
    }

    /// Waits for `span`; an error if the receiver closes meanwhile.
    pub(super) async fn stays_open(&mut self, span: Duration) -> io::Result<()> {
        let watched = async {
            let mut ignored = [0; 1024];
            loop {
                match self.stream.read(&mut ignored).await {
                    Ok(0) => return closed(),
                    Ok(_) => {}
                    // TLS cut off without a farewell: an older rsyslog does so when it refuses.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return closed(),
                    Err(error) => return error,
                }
            }
        };
        match timeout(span, watched).await {
            Ok(error) => Err(error),
            Err(_elapsed) => Ok(()),
        }
    }

    /// Hands `frames` to the operating system.
    pub(super) async fn write(&mut self, frames: &[u8]) -> io::Result<()> {
        let written = async {
            self.stream.write_all(frames).await?;
            self.stream.flush().await
        };
        match timeout(WRITE_TIME_MAX, written).await {
            Ok(written) => written,
            Err(_elapsed) => Err(io::Error::new(io::ErrorKind::TimedOut, "receiver takes nothing")),
        }
    }
}
