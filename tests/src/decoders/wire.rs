//! What crosses between agent, collector and operator.

use std::sync::{Arc, LazyLock};

use collector::api::Api;
use collector::clock::Clock;
use collector::examiner::OwnersNow;
use collector::peer::Peer;
use collector::session::{Action, Event, Session};
use collector::store::memory::MemoryStore;
use jiff::Timestamp;
use model::{Cursor, Epoch, FeedEvent, Finding, Pattern, ScopeDigest, ScopeStatus, Seq};
use prost::Message;
use proto::v1;
use proto::v1::query_server::Query;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tonic::Request;

/// What an agent sends and a spool holds.
pub(super) fn batch(bytes: &[u8]) {
    let _refused = proto::entries_decode(bytes);
}

/// What is sent before and after enrolment.
pub(super) fn enrol(bytes: &[u8]) {
    let _messages = (
        v1::RedeemRequest::decode(bytes),
        v1::RedeemReply::decode(bytes),
        v1::RenewRequest::decode(bytes),
        v1::RenewReply::decode(bytes),
    );
}

/// A session as the collector has it: messages of an agent, each with its length before it.
pub(super) fn from_agent(mut bytes: &[u8]) {
    let scopes = vec![Pattern("host/web-1/*".to_owned())];
    let mut session = Session::new("web-1".into(), scopes, (Epoch(1), Seq(0)), Vec::new());
    while let Ok(message) = v1::FromAgent::decode_length_delimited(&mut bytes) {
        let Some(kind) = message.kind else { continue };
        for action in session.handle(Event::Came(kind)) {
            match action {
                Action::Commit(batch) => {
                    let _acks = session.handle(Event::Committed(batch.id.seq, Vec::new()));
                }
                Action::Reject(id, _) => {
                    let _rejections = session.handle(Event::Rejected(id.seq));
                }
                Action::Send(_) => {}
                Action::Close(_) => return,
            }
        }
        if bytes.is_empty() {
            return;
        }
    }
}

/// A session as the agent has it: messages of the collector, each with its length before it.
pub(super) fn to_agent(mut bytes: &[u8]) {
    use agent::session::{Event, Session};
    let mut session = Session::new(Epoch(1), Seq(3), Seq(9));
    let _hello = session.handle(Event::Connected);
    while let Some((length, rest)) = bytes.split_first() {
        let Some((message, rest)) = rest.split_at_checked(usize::from(*length)) else { return };
        if let Some(event) = agent::decode::session_event(message) {
            let _actions = session.handle(event);
        }
        bytes = rest;
    }
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime on this thread"));

static API: LazyLock<Api> = LazyLock::new(|| Api {
    store: Arc::new(MemoryStore::new()),
    owners: OwnersNow::default(),
    policy: Arc::default(),
    clock: Clock::manual(Timestamp::UNIX_EPOCH),
    feed_grown: watch::channel(Cursor::default()).1,
    authority: None,
    refusals: None,
});

/// The questions of operators, answered by a collector that holds nothing.
pub(super) fn query(bytes: &[u8]) {
    RUNTIME.block_on(async {
        if let Some(request) = asked(bytes) {
            let _answer = API.identities(request).await;
        }
        if let Some(request) = asked(bytes) {
            let _answer = API.identity(request).await;
        }
        if let Some(request) = asked(bytes) {
            let _answer = API.findings(request).await;
        }
        if let Some(request) = asked(bytes) {
            let _answer = API.finding_by_id(request).await;
        }
        if let Some(request) = asked(bytes) {
            let _answer = API.feed(request).await;
        }
        if let Some(request) = asked(bytes) {
            let _answer = API.invite(request).await;
        }
        if let Some(request) = asked(bytes) {
            let _answer = API.revoke(request).await;
        }
    });
}

fn asked<M: Message + Default>(bytes: &[u8]) -> Option<Request<M>> {
    let mut request = Request::new(M::decode(bytes).ok()?);
    request.extensions_mut().insert(Peer::Operator("ada".to_owned()));
    Some(request)
}

/// The answers to operators.
pub(super) fn reply(bytes: &[u8]) {
    if let Ok(reply) = v1::FindingsReply::decode(bytes) {
        let _findings: Vec<_> = reply.findings.into_iter().map(Finding::try_from).collect();
    }
    if let Ok(reply) = v1::CoverageReply::decode(bytes) {
        let _scopes: Vec<_> = reply.scopes.into_iter().map(ScopeStatus::try_from).collect();
    }
    if let Ok(reply) = v1::IdentityReply::decode(bytes) {
        let _findings: Vec<_> = reply.findings.into_iter().map(Finding::try_from).collect();
    }
    let _event = v1::FeedEvent::decode(bytes).map(FeedEvent::try_from);
    let _digest = v1::ScopeKnown::decode(bytes).map(|it| it.digest.map(ScopeDigest::try_from));
    let _others = (
        v1::IdentitiesReply::decode(bytes),
        v1::OwnersReply::decode(bytes),
        v1::AgentsReply::decode(bytes),
        v1::StatusReply::decode(bytes),
        v1::InviteReply::decode(bytes),
    );
}
