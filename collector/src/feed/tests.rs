use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::sink::testing::{at, every_change, opened};
use crate::store::memory::MemoryStore;

/// A sink that remembers what it was given and answers as it is told.
#[derive(Default)]
struct Remembering {
    delivered: Mutex<Vec<u64>>,
    tries: Mutex<Vec<Vec<u64>>>,
    failures: AtomicUsize,
    refuses: Option<u64>,
}

impl Remembering {
    fn delivered(&self) -> Vec<u64> {
        self.delivered.lock().unwrap().clone()
    }
}

#[async_trait]
impl Sink for Remembering {
    fn name(&self) -> &'static str {
        "siem"
    }

    async fn deliver(&self, events: &[FeedEvent]) -> Result<(), DeliveryError> {
        let cursors: Vec<u64> = events.iter().map(|event| event.at.0).collect();
        self.tries.lock().unwrap().push(cursors.clone());
        let left = self.failures.load(Ordering::Relaxed);
        if left > 0 {
            self.failures.store(left.saturating_sub(1), Ordering::Relaxed);
            return Err(DeliveryError::retry("connection refused"));
        }
        if self.refuses.is_some_and(|refused| cursors.contains(&refused)) {
            return Err(DeliveryError::Refused("receiver answered 422".into()));
        }
        self.delivered.lock().unwrap().extend(cursors);
        Ok(())
    }
}

struct Fixture {
    store: Arc<MemoryStore>,
    end: watch::Sender<Cursor>,
}

impl Fixture {
    async fn with_events(count: u64) -> Self {
        let fixture =
            Self { store: Arc::new(MemoryStore::new()), end: watch::channel(Cursor(0)).0 };
        fixture.grow(count).await;
        fixture
    }

    async fn grow(&self, count: u64) {
        let change = opened(0, "nobody is declared").change;
        for _ in 0..count {
            let end = self.store.feed_append(&change, at("2026-11-22T10:00:00Z")).await.unwrap();
            self.end.send_replace(end);
        }
    }

    fn pump(&self, sink: &Arc<Remembering>) -> Pump {
        let sink: Arc<Remembering> = Arc::clone(sink);
        let store: Arc<MemoryStore> = Arc::clone(&self.store);
        Pump {
            sink,
            store,
            feed_end: self.end.subscribe(),
            clock: Clock::manual(at("2026-11-22T10:00:00Z")),
            health: SinkHealth::default(),
        }
    }

    /// Runs a pump until `is_done`, then stops it; returns how its sink did.
    async fn run_until(&self, sink: &Arc<Remembering>, is_done: impl Fn() -> bool) -> SinkStatus {
        let pump = self.pump(sink);
        let health = pump.health.clone();
        let stop = CancellationToken::new();
        let wait = async {
            while !is_done() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            stop.cancel();
        };
        tokio::join!(pump.run(stop.clone()), wait);
        health.status()
    }

    async fn cursor(&self) -> Cursor {
        self.store.cursor_load("siem").await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn delivers_everything_in_order_and_remembers_how_far() {
    let fixture = Fixture::with_events(450).await;
    let sink = Arc::new(Remembering::default());
    fixture.run_until(&sink, || sink.delivered().len() == 450).await;
    assert_eq!(sink.delivered(), (1..=450).collect::<Vec<u64>>());
    assert_eq!(sink.tries.lock().unwrap().len(), 3, "batches are bounded");
}

#[tokio::test(start_paused = true)]
async fn goes_on_after_a_restart_where_it_was() {
    let fixture = Fixture::with_events(3).await;
    let first = Arc::new(Remembering::default());
    let pump = fixture.pump(&first);
    let health = pump.health.clone();
    let stop = CancellationToken::new();
    let wait = async {
        while health.status().cursor < Cursor(3) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    };
    tokio::join!(pump.run(stop.clone()), wait);
    assert_eq!(fixture.cursor().await, Cursor(3));

    fixture.grow(2).await;
    let second = Arc::new(Remembering::default());
    fixture.run_until(&second, || second.delivered().len() == 2).await;
    assert_eq!(second.delivered(), [4, 5]);
}

#[tokio::test(start_paused = true)]
async fn tries_again_until_the_receiver_is_back_and_loses_nothing() {
    let fixture = Fixture::with_events(2).await;
    let sink = Arc::new(Remembering::default());
    sink.failures.store(5, Ordering::Relaxed);
    let status = fixture.run_until(&sink, || sink.delivered().len() == 2).await;
    assert_eq!(sink.delivered(), [1, 2]);
    assert_eq!(status.retries, 5);
    assert_eq!(status.error.as_deref(), Some("connection refused"));
}

#[tokio::test(start_paused = true)]
async fn does_not_move_its_cursor_while_the_receiver_is_away() {
    let fixture = Fixture::with_events(2).await;
    let sink = Arc::new(Remembering::default());
    sink.failures.store(usize::MAX, Ordering::Relaxed);
    let status = fixture.run_until(&sink, || sink.tries.lock().unwrap().len() == 8).await;
    assert_eq!(fixture.cursor().await, Cursor(0));
    assert_eq!(status.failing_since, Some(at("2026-11-22T10:00:00Z")));
}

#[tokio::test(start_paused = true)]
async fn leaves_out_the_refused_event_alone_and_counts_it_for_good() {
    let fixture = Fixture::with_events(5).await;
    let sink = Arc::new(Remembering { refuses: Some(3), ..Remembering::default() });
    let status = fixture.run_until(&sink, || sink.delivered().len() == 4).await;
    assert_eq!(sink.delivered(), [1, 2, 4, 5]);
    assert_eq!(status.refused, 1);
    assert_eq!(status.error.as_deref(), Some("receiver answered 422"));

    fixture.grow(1).await;
    let status = fixture.run_until(&sink, || sink.delivered().contains(&6)).await;
    assert_eq!(status.refused, 1, "kept across a restart");
}

#[tokio::test(start_paused = true)]
async fn hears_at_once_that_the_feed_grew() {
    let fixture = Fixture::with_events(1).await;
    let sink = Arc::new(Remembering::default());
    let pump = fixture.pump(&sink);
    let stop = CancellationToken::new();
    let wait = async {
        while sink.delivered().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let before = tokio::time::Instant::now();
        fixture.grow(1).await;
        while sink.delivered().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
        before.elapsed()
    };
    let ((), elapsed) = tokio::join!(pump.run(stop.clone()), wait);
    assert!(elapsed < Duration::from_millis(10), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn finds_what_another_collector_wrote_without_being_told() {
    let fixture = Fixture::with_events(0).await;
    let sink = Arc::new(Remembering::default());
    let change = opened(0, "x").change;
    let pump = fixture.pump(&sink);
    let stop = CancellationToken::new();
    let wait = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        fixture.store.feed_append(&change, at("2026-11-22T10:00:00Z")).await.unwrap();
        while sink.delivered().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    };
    tokio::join!(pump.run(stop.clone()), wait);
    assert_eq!(sink.delivered(), [1]);
}

#[tokio::test(start_paused = true)]
async fn carries_every_sort_of_change() {
    let fixture = Fixture::with_events(0).await;
    for event in every_change() {
        fixture.store.feed_append(&event.change, event.recorded_at).await.unwrap();
    }
    let sink = Arc::new(Remembering::default());
    fixture.run_until(&sink, || sink.delivered().len() == 9).await;
    assert_eq!(sink.delivered(), (1..=9).collect::<Vec<u64>>());
}
