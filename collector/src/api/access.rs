//! Who is answered, and how a failure is told to them.

use tonic::{Request, Status};
use tracing::error;

use super::Api;
use crate::door::tell;
use crate::peer::Peer;
use crate::store::StoreError;

/// Refuses everyone but operators, and tells of it.
///
/// INVARIANT: a request without a [`Peer`] did not come through the TLS layer and is refused too.
pub(super) fn operator<T>(api: &Api, request: &Request<T>) -> Result<(), Status> {
    let peer = request.extensions().get::<Peer>();
    if let (Some(peer @ (Peer::Agent(_) | Peer::Anonymous(_))), Some(refusals)) =
        (peer, &api.refusals)
    {
        let detail = "asked what only operators may, without an operator's certificate";
        tell(refusals, peer.refused(detail));
    }
    match peer {
        Some(Peer::Operator(_)) => Ok(()),
        Some(Peer::Agent(shown)) => Err(Status::permission_denied(format!(
            "`{}` is an agent; this needs an operator's certificate",
            shown.agent
        ))),
        Some(Peer::Anonymous(_)) | None => {
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
