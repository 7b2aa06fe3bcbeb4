//! Tells a syslog server: RFC 5424 messages over TCP (RFC 6587) or TLS (RFC 5425).
//!
//! Syslog has no acknowledgement, so "delivered" means "handed to the operating system on a
//! connection that the receiver had not closed". What was handed over in the last minute is kept; if
//! the connection then breaks, it is sent again on the next one, before anything new. So a receiver
//! that restarts loses nothing and may see events twice: `cursor` tells. What remains are two gaps:
//! the collector and the receiver die within the same minute, or more than [`KEPT_BYTES_MAX`] were
//! on their way. Whoever needs more than that uses the webhook, which is answered.

mod connection;
mod message;

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use model::FeedEvent;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::tls::TlsOptions;
use super::{DeliveryError, Sink, SinkOptionsError};
use connection::{Connection, Receiver};

/// BOUND: what is kept to be sent again; more than the buffers of two operating systems hold.
pub const KEPT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// BOUND: after that long without an error, what was sent has arrived or never will.
pub const KEPT_FOR: Duration = Duration::from_mins(1);

/// How long a new connection must last before what was sent on it counts as delivered.
const FRESH_FOR: Duration = Duration::from_millis(250);

/// Every receiver should take this much (RFC 5424, 6.1).
pub const MESSAGE_BYTES_MIN: usize = 2_048;

/// BOUND: the largest that a receiver can usually be set to take.
pub const MESSAGE_BYTES_MAX: usize = 65_536;

/// Where to, and in what form.
#[derive(Clone, Debug)]
pub struct SyslogOptions {
    /// Name of the sink and of its cursor.
    pub name: String,
    /// `host:port`. TLS is usually on 6514.
    pub address: String,
    /// TLS, unless absent.
    pub tls: Option<TlsOptions>,
    /// The name that the receiver's certificate must be for; that in the address if absent.
    pub server_name: Option<String>,
    /// The collector's own name, as the receiver is to show it.
    pub host: String,
    /// 0 to 23; 13 is the audit log.
    pub facility: u8,
    /// The id of the structured data, with an enterprise number: `muster@32473`.
    pub element_id: String,
    /// How long a message may be, between [`MESSAGE_BYTES_MIN`] and [`MESSAGE_BYTES_MAX`].
    pub message_bytes_max: usize,
    /// What stands after the structured data.
    pub form: MessageForm,
}

impl SyslogOptions {
    /// The options that suit most receivers.
    pub fn new(name: &str, address: &str, host: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: address.to_owned(),
            tls: None,
            server_name: None,
            host: host.to_owned(),
            facility: 13,
            element_id: "muster@32473".to_owned(),
            message_bytes_max: 8_192,
            form: MessageForm::Text,
        }
    }
}

/// What stands after the structured data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MessageForm {
    /// A sentence for people.
    Text,
    /// The event as JSON in ASCII; a sentence if that would be too long.
    Json,
}

/// A syslog server.
pub struct SyslogSink {
    options: SyslogOptions,
    receiver: Receiver,
    line: Mutex<Line>,
}

/// The connection, and what may not have arrived.
#[derive(Default)]
struct Line {
    connection: Option<Connection>,
    kept: VecDeque<(Instant, Vec<u8>)>,
    kept_bytes: usize,
}

impl SyslogSink {
    /// A sink as configured; connects when there is something to deliver.
    ///
    /// # Errors
    ///
    /// [`SinkOptionsError`] naming what cannot be used.
    pub fn new(options: SyslogOptions) -> Result<Self, SinkOptionsError> {
        check(&options)?;
        let receiver = Receiver::new(&options)?;
        Ok(Self { options, receiver, line: Mutex::default() })
    }
}

#[async_trait]
impl Sink for SyslogSink {
    fn name(&self) -> &str {
        &self.options.name
    }

    async fn deliver(&self, events: &[FeedEvent]) -> Result<(), DeliveryError> {
        let mut frames = Vec::new();
        for event in events {
            frames.extend_from_slice(&message::frame(event, &self.options));
        }
        let mut line = self.line.lock().await;
        line.send(&self.receiver, frames).await.map_err(DeliveryError::retry)
    }

    async fn idle(&self) -> Result<(), DeliveryError> {
        self.line.lock().await.mend(&self.receiver).await.map_err(DeliveryError::retry)
    }
}

impl Line {
    async fn send(&mut self, receiver: &Receiver, frames: Vec<u8>) -> std::io::Result<()> {
        self.forget_arrived();
        let fresh = !self.is_open();
        let connection = self.connected(receiver).await?;
        let sent = match connection.write(&frames).await {
            // A receiver that does not want us, such as one that misses a certificate, closes after
            // the handshake: too late for `connect` to notice, and it takes nothing.
            Ok(()) if fresh => connection.stays_open(FRESH_FOR).await,
            Ok(()) => connection.is_open().then_some(()).ok_or_else(connection::closed),
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            self.connection = None;
            return Err(error);
        }
        self.kept_bytes = self.kept_bytes.saturating_add(frames.len());
        self.kept.push_back((Instant::now(), frames));
        Ok(())
    }

    /// Connects again, and sends what was kept again, if the receiver closed after the last delivery.
    async fn mend(&mut self, receiver: &Receiver) -> std::io::Result<()> {
        self.forget_arrived();
        if self.is_open() || self.kept.is_empty() {
            return Ok(());
        }
        let stays = self.connected(receiver).await?.stays_open(FRESH_FOR).await;
        if stays.is_err() {
            self.connection = None;
        }
        stays
    }

    fn is_open(&mut self) -> bool {
        self.connection.as_mut().is_some_and(Connection::is_open)
    }

    /// A connection that the receiver had not closed a moment ago; on a new one, what was kept has
    /// been sent again.
    async fn connected(&mut self, receiver: &Receiver) -> std::io::Result<&mut Connection> {
        if let Some(connection) = self.connection.take_if(Connection::is_open) {
            return Ok(self.connection.insert(connection));
        }
        self.connection = None;
        let mut connection = receiver.connect().await?;
        for (at, frames) in &mut self.kept {
            connection.write(frames).await?;
            *at = Instant::now();
        }
        Ok(self.connection.insert(connection))
    }

    /// Lets go of what was sent long ago, or is beyond what is kept.
    fn forget_arrived(&mut self) {
        while let Some((at, frames)) = self.kept.front() {
            let arrived = at.elapsed() > KEPT_FOR && self.connection.is_some();
            if !arrived && self.kept_bytes <= KEPT_BYTES_MAX {
                return;
            }
            self.kept_bytes = self.kept_bytes.saturating_sub(frames.len());
            self.kept.pop_front();
        }
    }
}

fn check(options: &SyslogOptions) -> Result<(), SinkOptionsError> {
    let value = |key, value: &str, hint| {
        Err(SinkOptionsError::Value { key, value: value.to_owned(), hint })
    };
    // RFC 5424: PRINTUSASCII, 1*255 for a host, 1*32 for an SD-ID without `=`, `]` and `"`.
    let printable = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
    if !printable(&options.host) || options.host.len() > 255 {
        return value("host", &options.host, "use 1 to 255 printable ASCII characters");
    }
    if options.facility > 23 {
        return value("facility", &options.facility.to_string(), "use 0 to 23");
    }
    let id = &options.element_id;
    let private = id.split_once('@').is_some_and(|(name, number)| {
        !name.is_empty() && number.split('.').all(|part| part.parse::<u32>().is_ok())
    });
    if !printable(id) || id.len() > 32 || id.contains(['=', ']', '"']) || !private {
        return value("element_id", id, "use a name, `@` and your enterprise number");
    }
    let bytes = options.message_bytes_max;
    if !(MESSAGE_BYTES_MIN..=MESSAGE_BYTES_MAX).contains(&bytes) {
        return value("message_bytes_max", &bytes.to_string(), "use 2048 to 65536");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
