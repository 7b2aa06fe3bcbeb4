//! The feed as a stream: what there is, and then what comes.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use model::{Cursor, FeedEvent};
use proto::v1;
use tokio::sync::watch;
use tonic::Status;

use super::{Api, failed};
use crate::store::Store;

// BOUND: events in memory for one reader; gRPC stops asking for more while the reader is behind.
const READ_LEN: usize = 256;

struct Reader {
    store: Arc<dyn Store>,
    grown: watch::Receiver<Cursor>,
    at: Cursor,
    waiting: VecDeque<FeedEvent>,
    follow: bool,
}

/// The events after the cursor asked for, oldest first; with `follow` it goes on until the caller
/// hangs up or the collector stops. After an error it ends.
pub(super) fn stream(
    api: &Api,
    request: &v1::FeedRequest,
) -> BoxStream<'static, Result<v1::FeedEvent, Status>> {
    let reader = Reader {
        store: Arc::clone(&api.store),
        grown: api.feed_grown.clone(),
        at: Cursor(request.after),
        waiting: VecDeque::new(),
        follow: request.follow,
    };
    stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        match reader.next().await {
            Ok(event) => Some((Ok((&event?).into()), Some(reader))),
            Err(status) => Some((Err(status), None)),
        }
    })
    .boxed()
}

impl Reader {
    async fn next(&mut self) -> Result<Option<FeedEvent>, Status> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.at = event.at;
                return Ok(Some(event));
            }
            // Marked as seen before reading, so that what is appended meanwhile wakes us.
            self.grown.mark_unchanged();
            self.waiting = self.store.feed_read(self.at, READ_LEN).await.map_err(failed)?.into();
            let stopped =
                self.waiting.is_empty() && (!self.follow || self.grown.changed().await.is_err());
            if stopped {
                return Ok(None);
            }
        }
    }
}
