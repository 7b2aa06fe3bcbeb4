use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::store::sled::{SledOptions, SledStore};

/// BOUND: against a hang; it takes milliseconds.
const SOON: Duration = Duration::from_secs(30);

async fn started() -> (tempfile::TempDir, Arc<SledStore>, Running) {
    let dir = tempfile::tempdir().unwrap();
    let now = "2026-03-01T00:00:00Z".parse().unwrap();
    folder::make(&dir.path().join("c"), "", now).unwrap();
    let mut config = Config::of(&dir.path().join("c"));
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let store = SledStore::open(&folder::store_dir(&config.data_dir), SledOptions::default());
    let store = Arc::new(store.unwrap());
    let shared: Arc<dyn Store> = Arc::<SledStore>::clone(&store);
    let running = start(config, shared, Clock::manual(now)).await.unwrap();
    (dir, store, running)
}

#[tokio::test]
async fn a_collector_whose_store_has_died_says_so_and_stops() {
    let (_dir, store, running) = started().await;
    store.writer_break().await;
    timeout(SOON, running.failed()).await.expect("it would have gone on without a store");
    assert!(running.stop().await);
}

#[tokio::test]
async fn a_collector_whose_store_lives_has_not_failed() {
    let (_dir, store, running) = started().await;
    store.setting_put("a", b"b").await.unwrap();
    assert!(!running.failed.is_cancelled());
    assert!(running.stop().await);
}
