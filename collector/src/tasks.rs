//! Tasks that are owned: shutdown waits for them, and a panic in one is told.

use std::future::Future;
use std::time::Duration;

use tokio_util::task::TaskTracker;

/// Where tasks are spawned.
#[derive(Clone, Debug, Default)]
pub struct Tasks(TaskTracker);

impl Tasks {
    /// Runs `task` until it ends by itself.
    #[expect(clippy::disallowed_methods, reason = "this is where tasks are spawned and counted")]
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let watched = tokio::spawn(self.0.track_future(task));
        // The second task only waits, so that a panic is told at once and not at shutdown.
        tokio::spawn(async move {
            if let Err(error) = watched.await
                && error.is_panic()
            {
                tracing::error!(%error, "task panicked");
            }
        });
    }

    /// Waits until all have ended, `deadline` at most. Whether they have.
    pub async fn wait(&self, deadline: Duration) -> bool {
        self.0.close();
        tokio::time::timeout(deadline, self.0.wait()).await.is_ok()
    }
}
