//! How an agent is let in, and shut out.

use jiff::{SignedDuration, Timestamp};
use model::{AgentId, Pattern};
use proto::v1;
use tonic::Status;

use super::{Api, failed};
use crate::authority::is_name;
use crate::enrol::{TOKEN_VALIDITY_MAX, invite as invite_store};

// BOUND: every entry of every batch is held against all of them.
const SCOPES_MAX: usize = 64;
const SCOPE_BYTES_MAX: usize = 512;
/// How long a token holds if the operator does not say.
const VALIDITY_DEFAULT: SignedDuration = SignedDuration::from_hours(1);

/// Makes a token with which one agent can enrol, once. Repeated, it makes another one.
pub(super) async fn invite(
    api: &Api,
    request: &v1::InviteRequest,
) -> Result<v1::InviteReply, Status> {
    let Some(authority) = &api.authority else {
        return Err(Status::failed_precondition("nobody can enrol here: there is no authority"));
    };
    if !is_name(&request.agent) {
        return Err(Status::invalid_argument(format!(
            "`{}` is no name of an agent: use 1 to 64 letters, digits, `.`, `-` and `_`",
            request.agent
        )));
    }
    let scopes = checked_scopes(&request.scopes)?;
    let ends_at = ends_at(api.clock.now(), request.ttl_s)?;
    let agent = AgentId(request.agent.clone());
    let token = invite_store(&*api.store, authority, agent, scopes, ends_at).await;
    let token = token.map_err(failed)?;
    Ok(v1::InviteReply { token, ends_at: Some(ends_at.into()) })
}

/// Refuses an agent from now on. Repeated, it changes nothing.
pub(super) async fn revoke(api: &Api, id: AgentId) -> Result<(), Status> {
    let Some(mut agent) = api.store.agent_load(&id).await.map_err(failed)? else {
        return Err(Status::not_found(format!("no agent `{id}`")));
    };
    if agent.revoked_at.is_none() {
        agent.revoked_at = Some(api.clock.now());
        api.store.agent_put(&agent).await.map_err(failed)?;
    }
    Ok(())
}

fn checked_scopes(scopes: &[String]) -> Result<Vec<Pattern>, Status> {
    let each_is_fine =
        scopes.iter().all(|scope| !scope.is_empty() && scope.len() <= SCOPE_BYTES_MAX);
    if scopes.is_empty() || scopes.len() > SCOPES_MAX || !each_is_fine {
        return Err(Status::invalid_argument(format!(
            "an agent needs 1 to {SCOPES_MAX} patterns of scopes, each of 1 to {SCOPE_BYTES_MAX} \
             bytes, such as `host/*`"
        )));
    }
    Ok(scopes.iter().cloned().map(Pattern).collect())
}

fn ends_at(now: Timestamp, ttl_s: u64) -> Result<Timestamp, Status> {
    let validity = match i64::try_from(ttl_s) {
        Ok(0) => VALIDITY_DEFAULT,
        Ok(seconds) if seconds <= TOKEN_VALIDITY_MAX.as_secs() => {
            SignedDuration::from_secs(seconds)
        }
        _ => return Err(Status::invalid_argument("a token holds for at most 7 days")),
    };
    now.checked_add(validity).map_err(|_| Status::internal("the collector's clock is far off"))
}
