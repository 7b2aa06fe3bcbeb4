//! Asks a collector, wherever it is, and gives the answers in the words of the domain.

use std::cmp::Ordering;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use collector::api::Api;
use collector::peer::Peer;
use jiff::Timestamp;
use model::{Finding, ScopeStatus, Unknown};
use proto::v1::query_client::QueryClient;
use proto::v1::query_server::QueryServer;
use proto::{Malformed, v1};
use serde_json::Value;
use tonic::body::Body;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tower_service::Service;

use crate::failure::Failure;

/// Items asked for at once.
const PAGE_LEN: u32 = 500;
// BOUND: a page is 2 MiB and one item; an identity with ten thousand placements is 8 MiB.
const MESSAGE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The way to a collector's `Query` service.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// In another process.
    Remote(Channel),
    /// In this one, without a connection: for `audit`, where nobody else is.
    Local(QueryServer<Api>),
}

impl Service<http::Request<Body>> for Line {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self {
            Self::Remote(channel) => channel.poll_ready(cx),
            Self::Local(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        match self {
            Self::Remote(channel) => Box::pin(channel.call(request)),
            Self::Local(server) => {
                request.extensions_mut().insert(Peer::Operator("local".to_owned()));
                let answer = server.call(request);
                Box::pin(async move {
                    match answer.await {
                        Ok(response) => Ok(response),
                        Err(never) => {
                            let never: Infallible = never;
                            match never {}
                        }
                    }
                })
            }
        }
    }
}

/// Asks a collector.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    query: QueryClient<Line>,
}

impl Client {
    /// A client over a line.
    pub(crate) fn new(line: Line) -> Self {
        let query = QueryClient::new(line).max_decoding_message_size(MESSAGE_BYTES_MAX);
        Self { query }
    }

    /// Identities and unclaimed credentials that meet the filters, in the order of their ids, as
    /// `docs/schema/identity.json` says; `each` is told how many there are so far. With a limit, there
    /// may be more.
    pub(crate) async fn identities(
        &mut self,
        filter: &v1::IdentitiesRequest,
        limit: Option<u32>,
        mut each: impl FnMut(usize),
    ) -> Result<(Vec<Value>, bool), Failure> {
        let max = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut request = filter.clone();
        loop {
            request.limit = PAGE_LEN;
            let reply =
                self.query.identities(request.clone()).await.map_err(|status| refused(&status))?;
            let reply = reply.into_inner();
            for view in reply.identities {
                found.push(json(&view.json)?);
            }
            each(found.len());
            if found.len() > max {
                found.truncate(max);
                return Ok((found, true));
            }
            if reply.next.is_empty() {
                return Ok((found, false));
            }
            request.after = reply.next;
        }
    }

    /// Everything about one of them.
    pub(crate) async fn identity(
        &mut self,
        id: &str,
        as_of: Option<Timestamp>,
    ) -> Result<(Value, Vec<Finding>, Vec<Unknown>), Failure> {
        let request = v1::IdentityRequest { id: id.to_owned(), as_of: as_of.map(Into::into) };
        let reply =
            self.query.identity(request).await.map_err(|status| refused(&status))?.into_inner();
        let view = json(&reply.identity.unwrap_or_default().json)?;
        let findings = findings(reply.findings)?;
        Ok((view, findings, reply.unknown.into_iter().map(Into::into).collect()))
    }

    /// Open findings that meet the filters, the most severe first, then by rule and identity.
    pub(crate) async fn findings(
        &mut self,
        filter: &v1::FindingsRequest,
    ) -> Result<Vec<Finding>, Failure> {
        let mut found: Vec<Finding> = Vec::new();
        let mut request = filter.clone();
        loop {
            request.limit = PAGE_LEN;
            let reply =
                self.query.findings(request.clone()).await.map_err(|status| refused(&status))?;
            let reply = reply.into_inner();
            found.extend(findings(reply.findings)?);
            if reply.next.is_empty() {
                break;
            }
            request.after = reply.next;
        }
        found.sort_by(order);
        Ok(found)
    }

    /// The finding of that id, or the only one whose id begins so.
    pub(crate) async fn finding(&mut self, id: &str) -> Result<Finding, Failure> {
        let request = v1::FindingByIdRequest { id: id.to_owned() };
        match self.query.finding_by_id(request).await {
            Ok(reply) => {
                let finding = reply.into_inner().finding.unwrap_or_default();
                return finding.try_into().map_err(|error| malformed(&error));
            }
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(refused(&status)),
        }
        // Ids are served in order, so whatever begins with `id` follows it.
        let request = v1::FindingsRequest { after: id.to_owned(), limit: 2, ..Default::default() };
        let reply =
            self.query.findings(request).await.map_err(|status| refused(&status))?.into_inner();
        let mut fitting = findings(reply.findings)?;
        fitting.retain(|finding| finding.id.as_str().starts_with(id));
        match (fitting.len(), fitting.pop()) {
            (1, Some(finding)) => Ok(finding),
            (0, _) | (_, None) => Err(Failure::new(
                format!("no finding `{id}`"),
                "`muster findings list` shows the open ones",
            )),
            (_, Some(_)) => {
                Err(Failure::new(format!("several findings begin with `{id}`"), "give more of it"))
            }
        }
    }

    /// Every scope, and what the rules could not judge.
    pub(crate) async fn coverage(
        &mut self,
    ) -> Result<(Vec<ScopeStatus>, Vec<v1::UnknownCount>), Failure> {
        let reply =
            self.query.coverage(v1::CoverageRequest {}).await.map_err(|status| refused(&status))?;
        let reply = reply.into_inner();
        let scopes: Result<_, _> = reply.scopes.into_iter().map(TryInto::try_into).collect();
        Ok((scopes.map_err(|error| malformed(&error))?, reply.unknown))
    }

    /// The feed after a cursor, oldest first; with `follow` it goes on.
    pub(crate) async fn feed(
        &mut self,
        after: u64,
        follow: bool,
    ) -> Result<Streaming<v1::FeedEvent>, Failure> {
        let reply = self.query.feed(v1::FeedRequest { after, follow }).await;
        Ok(reply.map_err(|status| refused(&status))?.into_inner())
    }

    /// The declarations in force, and what is wrong with the files.
    pub(crate) async fn owners(&mut self) -> Result<v1::OwnersReply, Failure> {
        let reply = self.query.owners(v1::OwnersRequest {}).await;
        Ok(reply.map_err(|status| refused(&status))?.into_inner())
    }

    /// The enrolled agents.
    pub(crate) async fn agents(&mut self) -> Result<Vec<v1::AgentView>, Failure> {
        let reply = self.query.agents(v1::AgentsRequest {}).await;
        Ok(reply.map_err(|status| refused(&status))?.into_inner().agents)
    }

    /// How the collector is.
    pub(crate) async fn status(&mut self) -> Result<v1::StatusReply, Failure> {
        let reply = self.query.status(v1::StatusRequest {}).await;
        Ok(reply.map_err(|status| refused(&status))?.into_inner())
    }

    /// A token with which one agent can enrol, once.
    pub(crate) async fn invite(
        &mut self,
        request: v1::InviteRequest,
    ) -> Result<v1::InviteReply, Failure> {
        Ok(self.query.invite(request).await.map_err(|status| refused(&status))?.into_inner())
    }

    /// Refuses an agent from now on.
    pub(crate) async fn revoke(&mut self, agent: &str) -> Result<(), Failure> {
        let request = v1::RevokeRequest { agent: agent.to_owned() };
        self.query.revoke(request).await.map_err(|status| refused(&status)).map(|_| ())
    }
}

/// The most severe first; equals by rule and identity.
fn order(a: &Finding, b: &Finding) -> Ordering {
    let (left, right) = (&a.conclusion, &b.conclusion);
    right
        .severity
        .cmp(&left.severity)
        .then(right.score.cmp(&left.score))
        .then_with(|| left.rule.cmp(&right.rule))
        .then_with(|| a.subject.cmp(&b.subject))
        .then_with(|| a.id.cmp(&b.id))
}

fn findings(messages: Vec<v1::Finding>) -> Result<Vec<Finding>, Failure> {
    messages.into_iter().map(|it| it.try_into().map_err(|error| malformed(&error))).collect()
}

fn json(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| strange().because(&error))
}

/// A message that this version cannot read.
pub(crate) fn malformed(error: &Malformed) -> Failure {
    strange().because(error)
}

fn strange() -> Failure {
    Failure::new(
        "the collector's answer cannot be read",
        "`muster doctor` compares the versions of both ends",
    )
}

/// What the collector had to say instead of an answer.
pub(crate) fn refused(status: &Status) -> Failure {
    let said = status.message().to_owned();
    match status.code() {
        Code::NotFound => Failure::new(said, "list what there is, and check the spelling"),
        Code::InvalidArgument => Failure::usage(said, "`--help` says what is expected"),
        Code::FailedPrecondition => Failure::new(said, "give more of it"),
        Code::PermissionDenied | Code::Unauthenticated => Failure::new(
            "the collector refused us",
            "name the folder of an operator's identity with --identity",
        )
        .saying(&said),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::AlreadyExists
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Failure::new(
            "the collector did not answer",
            "`muster doctor` tells what is wrong; the collector's log has more",
        )
        .saying(&said),
    }
}
