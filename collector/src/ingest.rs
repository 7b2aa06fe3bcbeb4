//! The gRPC shell around [`Session`]: it moves messages, and decides nothing.
//!
//! Batches are handed to the store in the order in which they came, several at a time, so that one
//! flush serves many; answers leave in the same order.

use std::future::{poll_fn, ready};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use jiff::{SignedDuration, Timestamp};
use model::{Refusal, Seq};
use proto::v1;
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming};
use tracing::{debug, warn};

use crate::authority::Authority;
use crate::clock::Clock;
use crate::door::{Refusals, tell};
use crate::peer::{Peer, Shown};
use crate::session::{Action, Event, Session, WINDOW_MAX};
use crate::store::{AgentRecord, Store, StoreError};
use crate::tasks::Tasks;

/// BOUND: answers that wait for the network; the session waits when they are many.
const ANSWERS_MAX: usize = 32;
/// BOUND: certificates of one agent that hold at a time: the one in use and the one that follows.
const SERIALS_MAX: usize = 2;
/// How often a session that is silent is looked at, for whether its agent may still speak.
const STANDING_EVERY: Duration = Duration::from_secs(5);

/// The `Ingest` service.
pub struct Ingest {
    /// Where batches go.
    pub store: Arc<dyn Store>,
    /// Who signs new certificates.
    pub authority: Arc<Authority>,
    /// How long they hold.
    pub certificate_life: SignedDuration,
    /// What time it is.
    pub clock: Clock,
    /// Told whenever something was stored, so that it is judged at once.
    pub stored: Arc<Notify>,
    /// Where refusals go.
    pub refusals: Refusals,
    /// Owns the sessions.
    pub tasks: Tasks,
    /// Ends the sessions.
    pub stop: CancellationToken,
    /// Ends what a client keeps waiting that does not read its answers.
    pub cut: CancellationToken,
}

#[tonic::async_trait]
impl v1::ingest_server::Ingest for Ingest {
    type SessionStream = ReceiverStream<Result<v1::ToAgent, Status>>;

    async fn session(
        &self,
        request: Request<Streaming<v1::FromAgent>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let (agent, shown) = self.admitted(&request).await?;
        let known =
            self.store.scopes_list(Some(&agent.id)).await.map_err(|error| unavailable(&error))?;
        let known = known
            .into_iter()
            .map(|status| v1::ScopeKnown {
                scope: status.scope.0,
                digest: Some(status.digest.into()),
            })
            .collect();
        let position = (agent.epoch, agent.acked);
        let session = Session::new(agent.id, agent.scopes, position, known);
        let (answers, receiver) = mpsc::channel(ANSWERS_MAX);
        let shell = Shell {
            shown,
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            stored: Arc::clone(&self.stored),
            refusals: self.refusals.clone(),
            cut: self.cut.clone(),
            answers,
        };
        let stop = self.stop.clone();
        self.tasks.spawn(shell.run(session, request.into_inner(), stop));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn renew(
        &self,
        request: Request<v1::RenewRequest>,
    ) -> Result<Response<v1::RenewReply>, Status> {
        let (mut agent, _shown) = self.admitted(&request).await?;
        let asked = request.into_inner();
        let (certificate, serial) = self
            .authority
            .issue_agent(&agent.id, &asked.request, self.certificate_life, self.clock.now())
            .map_err(|_| Status::invalid_argument("not a certification request"))?;
        agent.serials.push(serial);
        let surplus = agent.serials.len().saturating_sub(SERIALS_MAX);
        agent.serials.drain(..surplus);
        self.store.agent_put(&agent).await.map_err(|error| unavailable(&error))?;
        Ok(Response::new(v1::RenewReply {
            certificate: certificate.to_vec(),
            authority: self.authority.anchor().to_vec(),
        }))
    }
}

impl Ingest {
    /// The agent behind a request and what it showed, if it may speak.
    async fn admitted<T>(&self, request: &Request<T>) -> Result<(AgentRecord, Shown), Status> {
        let peer = request.extensions().get::<Peer>();
        let Some(Peer::Agent(shown)) = peer else {
            if let Some(peer) = peer {
                let detail = "asked what only agents may, without an agent's certificate";
                tell(&self.refusals, peer.refused(detail));
            }
            return Err(Status::unauthenticated("an agent's certificate is needed"));
        };
        let agent = self.store.agent_load(&shown.agent).await;
        let agent = agent.map_err(|error| unavailable(&error))?;
        match standing(shown, agent, self.clock.now()) {
            Ok(agent) => Ok((agent, shown.clone())),
            Err(refusal) => {
                let status = Status::permission_denied(refusal.detail.clone());
                tell(&self.refusals, refusal);
                Err(status)
            }
        }
    }
}

/// The agent, if it may speak: enrolled, not revoked, and with a certificate that has neither ended
/// nor been replaced twice over.
fn standing(
    shown: &Shown,
    agent: Option<AgentRecord>,
    now: Timestamp,
) -> Result<AgentRecord, Refusal> {
    let (code, detail) = match agent {
        Some(agent) if agent.revoked_at.is_some() => ("revoked", "the agent is revoked"),
        Some(_) if shown.ends_at <= now => ("expired_certificate", "the certificate has ended"),
        Some(agent) if agent.serials.contains(&shown.serial) => return Ok(agent),
        Some(_) => ("replaced_certificate", "the certificate has been replaced"),
        None => ("unknown_agent", "no such agent is enrolled"),
    };
    let peer = shown.agent.0.clone();
    Err(Refusal { peer, code: code.to_owned(), detail: detail.to_owned() })
}

/// What one session needs of its surroundings.
struct Shell {
    shown: Shown,
    store: Arc<dyn Store>,
    clock: Clock,
    stored: Arc<Notify>,
    refusals: Refusals,
    cut: CancellationToken,
    answers: mpsc::Sender<Result<v1::ToAgent, Status>>,
}

/// What became of an action that the store carries out.
type Outcome = Result<Event, StoreError>;

/// The same, polled once: the store keeps to the order of first polls, and a queue of futures promises
/// no order for those.
async fn begun(mut outcome: BoxFuture<'_, Outcome>) -> BoxFuture<'_, Outcome> {
    let polled = poll_fn(|cx| Poll::Ready(outcome.as_mut().poll(cx))).await;
    match polled {
        Poll::Ready(outcome) => Box::pin(ready(outcome)),
        Poll::Pending => outcome,
    }
}

impl Shell {
    async fn run(
        self,
        mut session: Session,
        mut messages: Streaming<v1::FromAgent>,
        stop: CancellationToken,
    ) {
        let mut under_way: FuturesOrdered<BoxFuture<'_, Outcome>> = FuturesOrdered::new();
        let window = usize::try_from(WINDOW_MAX).unwrap_or(usize::MAX);
        let mut standing = tokio::time::interval(STANDING_EVERY);
        loop {
            let event = tokio::select! {
                () = stop.cancelled() => break,
                _ = standing.tick() => if self.is_barred().await { break } else { continue },
                Some(outcome) = under_way.next() => match outcome {
                    Ok(event) => event,
                    Err(error) => {
                        self.fail(&mut session, &error).await;
                        break;
                    }
                },
                // One more than the window, so that an agent that floods is seen to do so.
                message = messages.next(), if under_way.len() <= window => match message {
                    Some(Ok(v1::FromAgent { kind: Some(kind) })) => Event::Came(kind),
                    Some(Ok(v1::FromAgent { kind: None })) => continue,
                    Some(Err(status)) => {
                        debug!(agent = %self.shown.agent, %status, "session broke off");
                        self.told_unreadable(&status);
                        break;
                    }
                    None => break,
                },
            };
            if matches!(event, Event::Came(_)) && self.is_barred().await {
                break;
            }
            for action in session.handle(event) {
                match action {
                    Action::Send(kind) => {
                        if !self.say(Ok(v1::ToAgent { kind: Some(kind) })).await {
                            return;
                        }
                    }
                    Action::Commit(batch) => {
                        under_way.push_back(begun(Box::pin(self.commit(batch))).await);
                    }
                    Action::Reject(id, refusal) => {
                        warn!(agent = %self.shown.agent, code = refusal.code, "batch rejected");
                        under_way.push_back(begun(Box::pin(self.reject(id, refusal))).await);
                    }
                    Action::Close(refusal) => {
                        let status = Status::failed_precondition(refusal.detail.clone());
                        tell(&self.refusals, refusal);
                        let _gone = self.say(Err(status)).await;
                        return;
                    }
                }
            }
        }
        // What the store has begun is finished and answered, so that it is not sent again.
        while let Some(Ok(event)) = under_way.next().await {
            for action in session.handle(event) {
                if let Action::Send(kind) = action {
                    let _gone = self.say(Ok(v1::ToAgent { kind: Some(kind) })).await;
                }
            }
        }
    }

    /// Gives an answer to the network; waits for a client that reads slowly, and while the collector
    /// stops no longer for one that does not read. Whether it was taken.
    async fn say(&self, answer: Result<v1::ToAgent, Status>) -> bool {
        tokio::select! {
            biased;
            sent = self.answers.send(answer) => sent.is_ok(),
            () = self.cut.cancelled() => false,
        }
    }

    async fn commit(&self, batch: model::Batch) -> Outcome {
        let seq = batch.id.seq;
        let committed = self.store.batch_commit(&batch, self.clock.now()).await?;
        self.stored.notify_one();
        Ok(Event::Committed(seq, committed.resync))
    }

    async fn reject(&self, id: model::BatchId, refusal: Refusal) -> Outcome {
        let seq: Seq = id.seq;
        self.store.batch_reject(&id, &refusal, self.clock.now()).await?;
        Ok(Event::Rejected(seq))
    }

    /// A revocation holds for sessions that are open, too; so does the end of a certificate, by its
    /// date or because it was replaced.
    async fn is_barred(&self) -> bool {
        let Ok(agent) = self.store.agent_load(&self.shown.agent).await else { return false };
        let Err(refusal) = standing(&self.shown, agent, self.clock.now()) else { return false };
        let status = Status::permission_denied(refusal.detail.clone());
        tell(&self.refusals, refusal);
        let _gone = self.say(Err(status)).await;
        true
    }

    /// Tells the operator of a message that was too large to be read or no message; a connection
    /// that merely broke is nobody's fault.
    fn told_unreadable(&self, status: &Status) {
        if matches!(status.code(), Code::OutOfRange | Code::Internal) {
            let refusal = Refusal {
                peer: self.shown.agent.0.clone(),
                code: "protocol".to_owned(),
                detail: status.message().to_owned(),
            };
            tell(&self.refusals, refusal);
        }
    }

    async fn fail(&self, session: &mut Session, error: &StoreError) {
        warn!(agent = %self.shown.agent, %error, "batch not stored");
        for action in session.handle(Event::StoreBehind) {
            if let Action::Send(kind) = action {
                let _gone = self.say(Ok(v1::ToAgent { kind: Some(kind) })).await;
            }
        }
        let _gone = self.say(Err(Status::unavailable("the store is behind"))).await;
    }
}

fn unavailable(error: &StoreError) -> Status {
    warn!(%error, "store not available");
    Status::unavailable("the store is not available")
}
