//! Who is answered, and how a failure is told to them.

use model::AgentId;
use tonic::{Request, Status};
use tracing::error;

use crate::peer::Peer;
use crate::store::StoreError;

/// Refuses everyone but operators.
///
/// INVARIANT: a request without a [`Peer`] did not come through the TLS layer and is refused too.
pub(super) fn operator<T>(request: &Request<T>) -> Result<(), Status> {
    match request.extensions().get::<Peer>() {
        Some(Peer::Operator(_)) => Ok(()),
        Some(Peer::Agent(AgentId(name), _)) => Err(Status::permission_denied(format!(
            "`{name}` is an agent; this needs an operator's certificate"
        ))),
        Some(Peer::Anonymous) | None => {
            Err(Status::unauthenticated("this needs an operator's certificate"))
        }
    }
}

/// What a caller hears of a store that failed: the log has the cause, they have what to do.
pub(super) fn failed(error: StoreError) -> Status {
    let cause: &dyn std::error::Error = &error;
    error!(error = cause, "store failed while answering");
    match error {
        StoreError::Unavailable(_) => Status::unavailable("the store is unavailable"),
        StoreError::Stale | StoreError::Gap { .. } => {
            Status::aborted("the store changed meanwhile; ask again")
        }
        StoreError::Corrupt { what, .. } => {
            Status::data_loss(format!("stored {what} is corrupt; see the collector's log"))
        }
    }
}
