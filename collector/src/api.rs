//! What people and scripts may ask: the `Query` service over whatever store there is.
//!
//! Every answer is read when it is asked for; nothing is kept between two calls, so any number of
//! collectors over one store answer alike. Only operators are answered: see [`crate::peer::Peer`].
//! How the inventory is read and searched is in `inventory`, how somebody is let in and shut out in
//! `admission`.

mod access;
mod admission;
mod coverage;
mod feed;
mod inventory;
mod page;

use std::sync::Arc;

use futures_util::stream::BoxStream;
use model::{Cursor, FindingId, Severity};
use proto::v1;
use proto::v1::query_server::Query;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use crate::authority::Authority;
use crate::clock::Clock;
use crate::door::Refusals;
use crate::examiner::OwnersNow;
use crate::store::Store;

use access::failed;

/// The `Query` service.
#[derive(Clone)]
pub struct Api {
    /// What is asked.
    pub store: Arc<dyn Store>,
    /// The declarations in force.
    pub owners: OwnersNow,
    /// The limits in force.
    pub policy: Arc<analysis::Policy>,
    /// The collector's clock.
    pub clock: Clock,
    /// Says that the feed has grown. Feeds that are followed end when its sender is dropped, which
    /// is how the collector stops them.
    pub feed_grown: watch::Receiver<Cursor>,
    /// Whom enrolling agents are to believe; absent where nobody can enrol, as in an audit.
    pub authority: Option<Arc<Authority>>,
    /// Where to tell of those who were not answered; absent where nobody else can ask.
    pub refusals: Option<Refusals>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

#[tonic::async_trait]
impl Query for Api {
    async fn identities(
        &self,
        request: Request<v1::IdentitiesRequest>,
    ) -> Result<Response<v1::IdentitiesReply>, Status> {
        access::operator(self, &request)?;
        inventory::page(self, &request.into_inner()).await.map(Response::new)
    }

    async fn identity(
        &self,
        request: Request<v1::IdentityRequest>,
    ) -> Result<Response<v1::IdentityReply>, Status> {
        access::operator(self, &request)?;
        inventory::one(self, request.into_inner()).await.map(Response::new)
    }

    async fn findings(
        &self,
        request: Request<v1::FindingsRequest>,
    ) -> Result<Response<v1::FindingsReply>, Status> {
        access::operator(self, &request)?;
        let request = request.into_inner();
        let severity_min = match &request.severity_min {
            None => Severity::Info,
            Some(name) => Severity::from_name(name).ok_or_else(|| {
                Status::invalid_argument(format!("`{name}` is not the name of a severity"))
            })?,
        };
        page::findings(&*self.store, &request, severity_min).await.map(Response::new)
    }

    async fn finding_by_id(
        &self,
        request: Request<v1::FindingByIdRequest>,
    ) -> Result<Response<v1::FindingByIdReply>, Status> {
        access::operator(self, &request)?;
        let id = FindingId(request.into_inner().id);
        let finding = self.store.finding_load(&id).await.map_err(failed)?;
        let finding = finding.ok_or_else(|| Status::not_found(format!("no finding `{id}`")))?;
        Ok(Response::new(v1::FindingByIdReply { finding: Some((&finding).into()) }))
    }

    async fn coverage(
        &self,
        request: Request<v1::CoverageRequest>,
    ) -> Result<Response<v1::CoverageReply>, Status> {
        access::operator(self, &request)?;
        coverage::read(&*self.store).await.map(Response::new)
    }

    type FeedStream = BoxStream<'static, Result<v1::FeedEvent, Status>>;

    async fn feed(
        &self,
        request: Request<v1::FeedRequest>,
    ) -> Result<Response<Self::FeedStream>, Status> {
        access::operator(self, &request)?;
        Ok(Response::new(feed::stream(self, request.get_ref())))
    }

    async fn owners(
        &self,
        request: Request<v1::OwnersRequest>,
    ) -> Result<Response<v1::OwnersReply>, Status> {
        access::operator(self, &request)?;
        let state = self.store.owners_load().await.map_err(failed)?;
        Ok(Response::new(v1::OwnersReply {
            problems: state.problems.into_iter().map(|problem| (&problem).into()).collect(),
            declarations: state.owners.declarations.values().map(page::declaration).collect(),
            people: page::count(state.owners.people.len()),
            teams: page::count(state.owners.teams.len()),
        }))
    }

    async fn agents(
        &self,
        request: Request<v1::AgentsRequest>,
    ) -> Result<Response<v1::AgentsReply>, Status> {
        access::operator(self, &request)?;
        let mut agents = self.store.agents_list().await.map_err(failed)?;
        agents.retain(|agent| !agent.id.is_collector());
        Ok(Response::new(v1::AgentsReply { agents: agents.iter().map(page::agent).collect() }))
    }

    async fn status(
        &self,
        request: Request<v1::StatusRequest>,
    ) -> Result<Response<v1::StatusReply>, Status> {
        // BOUND: whether anything waits matters, and roughly how much; not the exact length.
        const DUE_MAX: usize = 1_000;
        access::operator(self, &request)?;
        let now = self.clock.now();
        let due = self.store.subjects_due(now, DUE_MAX).await.map_err(failed)?;
        let problems = self.store.owners_load().await.map_err(failed)?.problems;
        Ok(Response::new(v1::StatusReply {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: Some(now.into()),
            feed_end: self.store.feed_end().await.map_err(failed)?.0,
            due: page::count(due.len()),
            owners_problems: page::count(problems.len()),
        }))
    }

    async fn invite(
        &self,
        request: Request<v1::InviteRequest>,
    ) -> Result<Response<v1::InviteReply>, Status> {
        access::operator(self, &request)?;
        admission::invite(self, &request.into_inner()).await.map(Response::new)
    }

    async fn revoke(
        &self,
        request: Request<v1::RevokeRequest>,
    ) -> Result<Response<v1::RevokeReply>, Status> {
        access::operator(self, &request)?;
        admission::revoke(self, request.into_inner().agent.into()).await?;
        Ok(Response::new(v1::RevokeReply {}))
    }
}

#[cfg(test)]
mod tests;
