//! Carries the feed to the sinks: each has a pump of its own, which reads on from its cursor.
//!
//! ```text
//! cursor ──► feed_read ──► deliver ──► cursor_advance ──► again, at once if there was more
//!               ▲             │ busy: wait, longer each time or as long as it asks, and again
//!               │             │ refused: one by one; the refused one is counted and left out
//!               └── nothing: until the feed grows, a second at most
//! ```
//!
//! The cursor moves only after delivery, so nothing is left out by a crash and some may come twice;
//! a slow or broken sink holds up nobody else. All waiting between tries is here, none in the sinks.

mod backoff;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use model::{Cursor, FeedEvent};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::clock::Clock;
use crate::sink::{DeliveryError, Sink};
use crate::store::{BoxError, Store, StoreError};
use backoff::Backoff;

/// BOUND: events read and delivered at once; a few hundred KiB.
pub const BATCH_EVENTS_MAX: usize = 200;

/// How often the feed is looked at without being told, since another collector may write to it.
pub const POLL_EVERY: Duration = Duration::from_secs(1);

/// BOUND: how long a delivery that is under way may hold up a stop.
const STOP_MAX: Duration = Duration::from_secs(2);

/// One sink and what it needs to follow the feed.
pub struct Pump {
    /// Where events go.
    pub sink: Arc<dyn Sink>,
    /// Where they come from.
    pub store: Arc<dyn Store>,
    /// Tells when the feed grew.
    pub feed_end: watch::Receiver<Cursor>,
    /// What time it is, for [`SinkHealth`].
    pub clock: Clock,
    /// Where to tell how it goes.
    pub health: SinkHealth,
}

/// How a sink is doing, for operators; shared with whoever shows it.
#[derive(Clone, Debug, Default)]
pub struct SinkHealth(Arc<Mutex<SinkStatus>>);

/// How a sink is doing at one moment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SinkStatus {
    /// Up to where it has the feed.
    pub cursor: Cursor,
    /// Events delivered since this process began.
    pub delivered: u64,
    /// Tries that failed since this process began.
    pub retries: u64,
    /// Events that the receiver refused and will never have, since the sink first ran.
    pub refused: u64,
    /// Since when nothing could be delivered, if so.
    pub failing_since: Option<Timestamp>,
    /// What was wrong at the last try that failed.
    pub error: Option<String>,
}

impl SinkHealth {
    /// How it is doing now.
    #[must_use]
    pub fn status(&self) -> SinkStatus {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn update(&self, change: impl FnOnce(&mut SinkStatus)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Pump {
    /// Follows the feed until `stop`. A delivery that is under way at that moment has two seconds to
    /// end; given up, its cursor has not moved, so its events come again after the next start.
    pub async fn run(mut self, stop: CancellationToken) {
        let name = self.sink.name().to_owned();
        info!(sink = name, "sink follows the feed");
        self.follow(&stop).await;
        info!(sink = name, "sink stopped");
    }

    async fn follow(&mut self, stop: &CancellationToken) {
        let mut backoff = Backoff::default();
        let mut place = None;
        while !stop.is_cancelled() {
            let too_late = async {
                stop.cancelled().await;
                tokio::time::sleep(STOP_MAX).await;
            };
            let stepped = tokio::select! {
                stepped = self.step(&mut place) => stepped,
                () = too_late => return,
            };
            match stepped {
                Ok(Step::More) => backoff.reset(),
                Ok(Step::Idle) => {
                    backoff.reset();
                    // Woken at once when the feed grows; if nobody can tell, by the poll.
                    let grew = async {
                        if self.feed_end.changed().await.is_err() {
                            std::future::pending::<()>().await;
                        }
                    };
                    tokio::select! {
                        () = stop.cancelled() => return,
                        _elapsed = tokio::time::timeout(POLL_EVERY, grew) => {}
                    }
                }
                Err(trouble) => {
                    let delay = backoff.next(trouble.after);
                    self.tell(&trouble.source, delay);
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(delay) => {}
                    }
                }
            }
        }
    }

    /// Reads and delivers once.
    async fn step(&mut self, place: &mut Option<Place>) -> Result<Step, Trouble> {
        let at = match place {
            Some(place) => place,
            None => place.insert(self.place_load().await?),
        };
        self.feed_end.mark_unchanged();
        let limit = if at.cursor < at.single_until { 1 } else { BATCH_EVENTS_MAX };
        let events = self.store.feed_read(at.cursor, limit).await?;
        let Some(last) = events.last().map(|event| event.at) else {
            self.sink.idle().await?;
            self.well(at.cursor, 0);
            return Ok(Step::Idle);
        };
        match self.sink.deliver(&events).await {
            Ok(()) => {
                self.store.cursor_advance(self.sink.name(), last).await?;
                at.cursor = last;
                self.well(last, events.len());
            }
            // Not all of them may be to blame: deliver them one by one.
            Err(DeliveryError::Refused(_)) if events.len() > 1 => at.single_until = last,
            Err(DeliveryError::Refused(source)) => {
                self.leave_out(&events, &source).await?;
                at.cursor = last;
            }
            Err(error @ DeliveryError::Retry { .. }) => return Err(error.into()),
        }
        Ok(Step::More)
    }

    async fn place_load(&self) -> Result<Place, Trouble> {
        let cursor = self.store.cursor_load(self.sink.name()).await?;
        let refused = self.store.setting_load(&self.refused_setting()).await?;
        let refused = refused.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        self.health.update(|status| {
            status.cursor = cursor;
            status.refused = refused;
        });
        Ok(Place { cursor, single_until: Cursor(0) })
    }

    /// Moves past an event that the receiver will never take, and leaves a trace of it.
    async fn leave_out(&self, events: &[FeedEvent], source: &BoxError) -> Result<(), Trouble> {
        let refused = self.health.status().refused.saturating_add(1);
        for event in events {
            error!(
                sink = self.sink.name(),
                cursor = event.at.0,
                change = event.change.name(),
                error = chain(&**source),
                refused,
                "event refused by its receiver and left out"
            );
            self.store.setting_put(&self.refused_setting(), &refused.to_be_bytes()).await?;
            self.store.cursor_advance(self.sink.name(), event.at).await?;
            self.health.update(|status| {
                status.cursor = event.at;
                status.refused = refused;
                status.error = Some(chain(&**source));
            });
        }
        Ok(())
    }

    fn refused_setting(&self) -> String {
        format!("sink_refused/{}", self.sink.name())
    }

    fn well(&self, cursor: Cursor, delivered: usize) {
        let was = self.health.status();
        if let Some(since) = was.failing_since {
            info!(sink = self.sink.name(), %since, "sink delivers again");
        }
        self.health.update(|status| {
            status.cursor = cursor;
            status.delivered =
                status.delivered.saturating_add(u64::try_from(delivered).unwrap_or(u64::MAX));
            status.failing_since = None;
        });
    }

    fn tell(&self, source: &BoxError, delay: Duration) {
        let error = chain(&**source);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        warn!(sink = self.sink.name(), error, delay_ms, "delivery failed and will be tried again");
        let now = self.clock.now();
        self.health.update(|status| {
            status.retries = status.retries.saturating_add(1);
            status.failing_since.get_or_insert(now);
            status.error = Some(error);
        });
    }
}

/// Where a pump is.
struct Place {
    cursor: Cursor,
    /// Up to here events go one by one, since the receiver refused one of them.
    single_until: Cursor,
}

/// What a step left to do.
enum Step {
    /// There may be more.
    More,
    /// There was nothing.
    Idle,
}

/// A step that has to be tried again.
struct Trouble {
    after: Option<Duration>,
    source: BoxError,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self { after: None, source: error.into() }
    }
}

impl From<DeliveryError> for Trouble {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Retry { after, source } => Self { after, source },
            DeliveryError::Refused(source) => Self { after: None, source },
        }
    }
}

/// The error and its causes, on one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
