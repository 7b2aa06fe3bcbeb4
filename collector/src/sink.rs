//! Where news goes.

use async_trait::async_trait;
use std::time::Duration;

use model::FeedEvent;

use crate::store::BoxError;

/// A place that wants to hear of changes.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Name in configuration and metrics; also the name of its cursor.
    fn name(&self) -> &str;

    /// Delivers `events` in order. May be called again with events already delivered.
    async fn deliver(&self, events: &[FeedEvent]) -> Result<(), DeliveryError>;
}

/// Why a delivery did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Worth another try.
    #[error("receiver busy or unreachable")]
    Retry {
        /// What the receiver asked for, if it did.
        after: Option<Duration>,
        /// What happened.
        #[source]
        source: BoxError,
    },
    /// Will never work: skip these events and tell the operator.
    #[error("receiver refused the events")]
    Refused(#[source] BoxError),
}
