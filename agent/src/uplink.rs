//! The line to the collector: carries out what [`Session`] says, over gRPC, and reconnects.
//!
//! The only place of the agent that tries again. It decides nothing about batches; it does decide
//! when to connect, when to renew the client certificate, and how long to wait after a failure:
//!
//! ```text
//! broke     1 s, 2 s, 4 s ... 1 min, each less a random part of up to half   until welcomed again
//! refused   5 min, likewise: a human is needed, and the log says so
//! renewed   at once, with the new certificate
//! ```

mod carry;
mod pace;
mod renew;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use model::{ScopeId, Seq};
use proto::v1;
use proto::v1::ingest_client::IngestClient;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;
use tonic::transport::Channel;

use crate::clock::Clock;
use crate::enrol::EnrolError;
use crate::enrolment::{Enrolment, EnrolmentError};
use crate::index::IndexStore;
use crate::metrics::Metrics;
use crate::session::{Action, Event, Session, WELCOME_WAIT_MAX};
use crate::spool::{Extent, SharedSpool, SpoolError};
use crate::telemetry::chain;
use crate::tls;

#[doc(hidden)]
pub use carry::event_decode;
use pace::Pace;

/// BOUND: on one message of the collector. Its largest, the greeting, names every scope it knows.
const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// BOUND: batches handed to the connection and not yet on the wire. More would only be memory.
const OUTGOING_MAX: usize = 2;

/// What the line needs.
#[derive(Clone, Debug)]
pub struct Uplink {
    /// Where the collector listens: `host:port`.
    pub collector: String,
    /// Who we are.
    pub enrolment: Enrolment,
    /// What is to be sent.
    pub spool: Arc<SharedSpool>,
    /// What the collector knows.
    pub index: Arc<IndexStore>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// For the end of the certificate.
    pub clock: Clock,
    /// Where rejected batches go.
    pub quarantine: PathBuf,
    /// Scopes that the collector wants whole: the schedule may hurry.
    pub resync: mpsc::Sender<ScopeId>,
    /// Cancelled when there will be nothing more to send.
    pub drain: CancellationToken,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("everything is settled and the agent stops")]
    Drained,
    #[error("the certificate was renewed")]
    Renewed,
    #[error("the spool was renumbered")]
    Renumbered,
    #[error("the collector closed the session")]
    Closed,
    #[error("the session was ended: {0}")]
    Protocol(&'static str),
    #[error("the collector did not answer in time")]
    Silent,
    #[error("connecting to the collector failed")]
    Connect(#[source] tonic::transport::Error),
    #[error("the session broke")]
    Status(#[source] Box<tonic::Status>),
    #[error("the collector does not accept this agent")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("using the enrolment failed")]
    Enrolment(#[from] EnrolmentError),
    #[error("setting up TLS failed")]
    Tls(#[source] rustls::Error),
    #[error("reading the spool failed")]
    Spool(#[from] SpoolError),
    #[error("making a key failed")]
    Key(#[source] EnrolError),
    #[error("a thread of the agent died")]
    Thread(#[from] tokio::task::JoinError),
}

/// One connection.
struct Line {
    client: IngestClient<Channel>,
    outbound: mpsc::Sender<v1::FromAgent>,
    inbound: Streaming<v1::ToAgent>,
    /// Batches to be sent, in order.
    outgoing: VecDeque<Seq>,
    timer: Option<Instant>,
    renew_at: Instant,
}

impl Uplink {
    /// Keeps a session with the collector until [`Self::drain`] is cancelled and everything is
    /// settled, or the collector is out of reach then.
    pub async fn run(self) {
        let mut extent = self.spool.extent();
        let first = *extent.borrow_and_update();
        let mut session = Session::new(first.epoch, first.acked, first.seq_next);
        let mut pace = Pace::default();
        loop {
            let sessions_before = self.metrics.uplink_sessions.get();
            let ended = self.connection(&mut session, &mut extent).await;
            let _none = session.handle(Event::Disconnected);
            self.metrics.uplink_connected.set(0);
            if self.metrics.uplink_sessions.get() > sessions_before {
                pace.welcomed();
            }
            let wait = match ended {
                Ended::Drained => return,
                Ended::Renewed | Ended::Renumbered => continue,
                Ended::Refused(_) => {
                    self.metrics.uplink_refused.add(1);
                    self.metrics.uplink_barred.set(1);
                    tracing::error!(
                        collector = %self.collector, error = %chain(&ended),
                        "collector refuses this agent: see its list of agents, enrol again if need be"
                    );
                    Pace::refused()
                }
                Ended::Closed
                | Ended::Protocol(_)
                | Ended::Silent
                | Ended::Connect(_)
                | Ended::Status(_)
                | Ended::Enrolment(_)
                | Ended::Tls(_)
                | Ended::Spool(_)
                | Ended::Key(_)
                | Ended::Thread(_) => {
                    self.metrics.uplink_failures.add(1);
                    tracing::warn!(collector = %self.collector, error = %chain(&ended), "line broke");
                    pace.broke()
                }
            };
            // What is not settled is in the spool for the next run.
            if self.drain.is_cancelled() {
                return;
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = self.drain.cancelled() => {}
            }
        }
    }

    async fn connection(
        &self,
        session: &mut Session,
        extent: &mut watch::Receiver<Extent>,
    ) -> Ended {
        let mut line = match self.connect(session).await {
            Ok(line) => line,
            Err(ended) => return ended,
        };
        loop {
            // What was kept just before the end may not have been told to the session yet.
            let is_told = !extent.has_changed().unwrap_or(false);
            if self.drain.is_cancelled() && is_told && session.is_drained() {
                return Ended::Drained;
            }
            if let Err(ended) = self.step(session, &mut line, extent).await {
                return ended;
            }
        }
    }

    /// Opens a stream and says hello. The greeting is in the stream before it is opened, since the
    /// collector may wait for it before it answers.
    async fn connect(&self, session: &mut Session) -> Result<Line, Ended> {
        let credentials = self.enrolment.credentials()?;
        self.metrics
            .certificate_expires_seconds
            .set(u64::try_from(credentials.not_after.as_second()).unwrap_or(0));
        let renew_at = renew::renew_at(&credentials, self.clock.now());
        let config = tls::session_config(&credentials).map_err(Ended::Tls)?;
        let channel = tls::channel(&self.collector, config).await.map_err(connect_ended)?;
        let mut client = IngestClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX);
        let (outbound, outgoing) = mpsc::channel(OUTGOING_MAX);
        let actions = session.handle(Event::Connected);
        let mut timer = None;
        for action in actions {
            if let Action::SendHello { epoch, seq_next } = action {
                let hello = v1::Hello {
                    epoch: epoch.0,
                    seq_next: seq_next.0,
                    agent_version: env!("CARGO_PKG_VERSION").to_owned(),
                };
                let kind = Some(v1::from_agent::Kind::Hello(hello));
                // There is room for it: the channel is new.
                let _sent = outbound.try_send(v1::FromAgent { kind });
            } else if let Action::TimerStart(wait) = action {
                timer = Instant::now().checked_add(wait);
            }
        }
        let opened = timeout(WELCOME_WAIT_MAX, client.session(ReceiverStream::new(outgoing)));
        let inbound =
            opened.await.map_err(|_elapsed| Ended::Silent)?.map_err(status_ended)?.into_inner();
        Ok(Line { client, outbound, inbound, outgoing: VecDeque::new(), timer, renew_at })
    }

    /// Waits for one thing to happen, and does what follows from it.
    async fn step(
        &self,
        session: &mut Session,
        line: &mut Line,
        extent: &mut watch::Receiver<Extent>,
    ) -> Result<(), Ended> {
        let may_send = session.may_send() && !line.outgoing.is_empty();
        let timer = line.timer;
        let woke = tokio::select! {
            message = line.inbound.message() => Woke::Message(message.map_err(status_ended)?),
            // We are the only sender, so the room that is there stays.
            _room = line.outbound.reserve(), if may_send => Woke::Room,
            changed = extent.changed() => {
                if changed.is_err() {
                    return Err(Ended::Closed);
                }
                Woke::Grew(extent.borrow_and_update().seq_next)
            }
            () = sleep_until(timer.unwrap_or(line.renew_at)), if timer.is_some() => Woke::Timer,
            () = sleep_until(line.renew_at) => Woke::Renew,
            () = self.drain.cancelled(), if !self.drain.is_cancelled() => return Ok(()),
        };
        let event = match woke {
            Woke::Message(None) => return Err(Ended::Closed),
            Woke::Message(Some(message)) => match carry::event_of(message) {
                Some(event) => event,
                None => return Ok(()),
            },
            Woke::Room => return self.send_next(session, line).await,
            Woke::Grew(seq_next) => Event::SpoolGrew { seq_next },
            Woke::Timer => {
                line.timer = None;
                Event::TimerFired
            }
            Woke::Renew => return self.certificate_renew(line).await,
        };
        self.carry_out(session, line, event).await
    }
}

/// What [`Uplink::step`] waited for.
enum Woke {
    Message(Option<v1::ToAgent>),
    Room,
    Grew(Seq),
    Timer,
    Renew,
}

fn connect_ended(error: tonic::transport::Error) -> Ended {
    if carry::is_refusal(&error) { Ended::Refused(error.into()) } else { Ended::Connect(error) }
}

fn status_ended(status: tonic::Status) -> Ended {
    let is_refused =
        matches!(status.code(), tonic::Code::Unauthenticated | tonic::Code::PermissionDenied);
    if is_refused || carry::is_refusal(&status) {
        Ended::Refused(status.into())
    } else {
        Ended::Status(Box::new(status))
    }
}
