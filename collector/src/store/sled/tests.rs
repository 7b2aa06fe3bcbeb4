use std::fs;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};

use model::{Cursor, Fact, ScanMode, Seq, Settlement, SubjectId};
use proptest::prelude::*;

use super::{SledOptions, SledStore, key};
use crate::store::conformance::estate::{
    self, Agent, due, facts_of, identity, settle, settle_all, status, t, user,
};
use crate::store::conformance::exchange::content;
use crate::store::conformance::settling::quiet;
use crate::store::{Record, Store, StoreError};

fn open(dir: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(dir, SledOptions::default())
}

/// The error with all its causes.
fn chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

fn users(len: usize) -> Vec<Fact> {
    (0..len).map(|no| user(&format!("user-{no:06}"), &[])).collect()
}

#[tokio::test]
async fn everything_is_there_after_the_store_was_closed() {
    let dir = tempfile::tempdir().unwrap();
    let before = {
        let store = open(dir.path()).unwrap();
        let mut agent = Agent::new(&store, "a");
        agent.whole("s", &[user("ada", &[]), estate::key("k", Some("ada"))]).await;
        settle_all(&store).await;
        content(&store).await
    };
    let store = open(dir.path()).unwrap();
    assert_eq!(content(&store).await, before);
    // Numbers go on where they ended.
    let mut agent = Agent::new(&store, "a");
    (agent.seq, agent.scan) = (Seq(1), model::ScanId(1));
    let end = store.feed_end().await.unwrap();
    agent.whole("other", &[user("bob", &[])]).await;
    assert_eq!(store.feed_end().await.unwrap(), Cursor(end.0 + 1));
    assert_eq!(status(&store, "s").await.digest.count, 2);
    assert_eq!(status(&store, "other").await.digest.count, 1);
    assert_eq!(facts_of(&store, &identity("bob")).await, [user("bob", &[])]);
}

#[tokio::test]
async fn an_unchanged_scan_costs_the_same_few_writes_however_large_the_scope() {
    let mut writes = vec![];
    for len in [1, 10_000] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).unwrap();
        let mut agent = Agent::new(&store, "a");
        let facts = users(len);
        let began = vec![agent.began("s", ScanMode::Whole)];
        agent.send(began).await;
        for some in facts.chunks(1000) {
            let entries = some.iter().map(|fact| agent.saw(fact.clone())).collect();
            agent.send(entries).await;
        }
        let end = vec![agent.completed(&facts)];
        agent.send(end).await;
        let before = store.writes_count();
        assert_eq!(agent.unchanged("s", &facts).await.resync, []);
        writes.push(store.writes_count() - before);
    }
    // The agent, the scope and the counters.
    assert_eq!(writes, [3, 3]);
}

#[tokio::test]
async fn a_new_fact_costs_at_most_three_writes_and_a_claimed_credential_two() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut agent = Agent::new(&store, "a");
    let facts: Vec<Fact> = (0..200)
        .flat_map(|no| {
            let name = format!("user-{no}");
            [user(&name, &[]), estate::key(&format!("key-{no}"), Some(&name))]
        })
        .collect();
    agent.whole("s", &facts).await;
    // 2.5 a fact, and a few for the batch.
    assert!(store.writes_count() <= 1010, "{}", store.writes_count());
}

#[tokio::test]
async fn a_folder_in_use_is_named_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let _store = open(dir.path()).unwrap();
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)));
    let text = chain(&error);
    assert!(text.contains(&dir.path().display().to_string()), "{text}");
    assert!(text.contains("in use by another process\nhint: "), "{text}");
}

#[tokio::test]
async fn a_folder_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let db = sled::open(dir.path()).unwrap();
    db.insert(b"\0format", &5_u32.to_be_bytes()).unwrap();
    db.insert(b"Zsomething new", b"\x02").unwrap();
    drop(db);
    let text = chain(&open(dir.path()).unwrap_err());
    assert!(text.contains("its format is 5, and this program reads 4\nhint: "), "{text}");
}

#[tokio::test]
async fn a_folder_of_an_older_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let db = sled::open(dir.path()).unwrap();
    db.insert(b"\0format", &1_u32.to_be_bytes()).unwrap();
    // As format 1 began the key of a sighting: with the number of its scope.
    db.insert(b"G\0\0\0\x01somebody else's key", b"\x01").unwrap();
    drop(db);
    let text = chain(&open(dir.path()).unwrap_err());
    assert!(text.contains("its format is 1, and this program reads 4\nhint: "), "{text}");
    let db = sled::open(dir.path()).unwrap();
    assert_eq!(db.len(), 2);
}

#[tokio::test]
async fn a_folder_of_this_layout_with_other_segments_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let db = sled::open(dir.path()).unwrap();
    db.insert(b"\0format", &2_u32.to_be_bytes()).unwrap();
    drop(db);
    let text = chain(&open(dir.path()).unwrap_err());
    assert!(text.contains("its format is 2, and this program reads 4\nhint: "), "{text}");
}

#[tokio::test]
async fn a_folder_of_something_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let db = sled::open(dir.path()).unwrap();
    db.insert(b"theirs", b"precious").unwrap();
    drop(db);
    let text = chain(&open(dir.path()).unwrap_err());
    assert!(text.contains("holds something that is not a store\nhint: "), "{text}");
    let db = sled::open(dir.path()).unwrap();
    assert_eq!(db.len(), 1);
}

#[tokio::test]
async fn a_damaged_record_is_named_and_never_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = open(dir.path()).unwrap();
        let mut agent = Agent::new(&store, "a");
        agent.whole("s", &[user("ada", &["team"]), estate::key("k", Some("ada"))]).await;
        agent.whole("s", &[user("ada", &[]), estate::key("k", Some("ada"))]).await;
        settle_all(&store).await;
    }
    let store = open(dir.path()).unwrap();
    let db = store.shared.db.clone();
    let keys: Vec<sled::IVec> = db.iter().keys().map(Result::unwrap).collect();
    let values = [&b""[..], b"\x07", b"\x01\xff\xff\xff"];
    for key in keys.iter().filter(|key| key.as_ref() != b"\0format") {
        for damaged in values {
            let whole = db.insert(key, damaged).unwrap().unwrap();
            let named = look_everywhere(&store).await;
            let name = key.escape_ascii().to_string();
            assert!(named.iter().all(|text| text.contains(&name)), "{name}: {named:?}");
            // A mark says all that it says by being there: nobody reads its value.
            let is_mark = whole.as_ref() == b"\x01";
            assert!(!named.is_empty() || is_mark, "{name} {}", damaged.escape_ascii());
            db.insert(key, whole).unwrap();
        }
    }
    assert_eq!(look_everywhere(&store).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_look_that_panics_is_its_callers_error_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut agent = Agent::new(&store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    // More than there are threads.
    for _ in 0..20 {
        let broken = store.readers.submit::<()>(|_txn| panic!("broken by a test")).await;
        let text = chain(&broken.unwrap_err());
        assert!(text.contains("a reading of the store panicked"), "{text}");
    }
    agent.whole("t", &[user("bob", &[])]).await;
    assert_eq!(facts_of(&store, &identity("bob")).await, [user("bob", &[])]);
}

#[test]
fn a_look_that_nobody_waits_for_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let gate = store.shared.gate.write().unwrap();
    let looked = Arc::new(AtomicU64::new(0));
    for _ in 0..20 {
        let looked = Arc::clone(&looked);
        let mut look = pin!(store.readers.submit(move |_txn| {
            looked.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }));
        let asked = look.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(asked.is_pending());
    }
    // As many as there are threads may be under way; the others have not had their turn.
    drop(gate);
    drop(store);
    assert!(looked.load(Ordering::Relaxed) <= 8);
}

/// What each way of looking says is corrupt.
async fn look_everywhere(store: &SledStore) -> Vec<String> {
    let mut errors = vec![];
    let ada = identity("ada");
    errors.extend(store.subject_load(&ada).await.err());
    errors.extend(store.subject_load(&SubjectId::Unclaimed("k".into())).await.err());
    errors.extend(store.subject_history(&ada).await.err());
    errors.extend(store.subjects_due(t(9), 9).await.err());
    errors.extend(store.subjects_page(None, 9).await.err());
    errors.extend(store.feed_read(Cursor(0), 9).await.err());
    errors.extend(store.agents_list().await.err());
    errors.extend(store.scopes_list(None).await.err());
    errors.extend(store.records_export(None, 99).await.err());
    errors.iter().map(chain).collect()
}

#[tokio::test]
async fn a_change_that_fails_leaves_nothing_of_itself() {
    let dir = tempfile::tempdir().unwrap();
    let ada = [user("ada", &[])];
    let store = open(dir.path()).unwrap();
    let mut agent = Agent::new(&store, "a");
    agent.whole("s", &ada).await;
    let db = store.shared.db.clone();
    let (place, whole) = db.scan_prefix([key::SIGHTING]).next().unwrap().unwrap();
    db.insert(&place, b"\x07").unwrap();
    let entries = vec![
        agent.began("s", ScanMode::Whole),
        agent.saw(user("bob", &[])),
        agent.saw(user("ada", &[])),
    ];
    let refused = agent.send_as(Seq(2), entries.clone()).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    assert_eq!(facts_of(&store, &identity("bob")).await, []);
    assert!(!due(&store).await.contains(&identity("bob")));
    assert_eq!(store.agents_list().await.unwrap()[0].acked, Seq(1));
    db.insert(&place, whole).unwrap();
    agent.send_as(Seq(2), entries).await.unwrap();
    assert_eq!(facts_of(&store, &identity("bob")).await, [user("bob", &[])]);
}

#[tokio::test]
async fn changes_made_at_once_all_come_through() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let touched: Vec<_> = (0..300).map(|no| identity(&format!("user-{no:03}"))).collect();
    let changes = touched.iter().map(|id| store.subjects_touch(std::slice::from_ref(id)));
    for done in futures_util::future::join_all(changes).await {
        done.unwrap();
    }
    assert_eq!(due(&store).await, touched);
}

/// Of two hundred made due at once, by several lists: some settled so that nothing is kept of them,
/// some so that something is, some settled and made due again.
#[tokio::test]
async fn who_is_due_is_known_when_the_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let subjects: Vec<_> = (0..200).map(|no| identity(&format!("user-{no:03}"))).collect();
    store.subjects_touch(&subjects).await.unwrap();
    for (no, id) in subjects.iter().enumerate() {
        let dossier = store.subject_load(id).await.unwrap();
        let settlement = match no % 5 {
            0 => quiet(&dossier),
            1 | 2 => Settlement { recheck_at: Some(t(500)), ..quiet(&dossier) },
            _ => continue,
        };
        store.subject_settle(&settlement, t(1)).await.unwrap();
    }
    let again: Vec<_> = subjects.iter().skip(2).step_by(5).cloned().collect();
    store.subjects_touch(&again).await.unwrap();
    let left = subjects.iter().enumerate().filter(|(no, _)| !matches!(no % 5, 0 | 1));
    let left: Vec<_> = left.map(|(_, id)| id.clone()).collect();
    assert_eq!(due(&store).await, left);
    let whole = content(&store).await;
    for limit in [1, 7, 64] {
        let mut pages: Vec<Record> = Vec::new();
        loop {
            let last = pages.last().map(|record| record.key.clone());
            let page = store.records_export(last.as_deref(), limit).await.unwrap();
            if page.is_empty() {
                break;
            }
            pages.extend(page);
        }
        assert_eq!(pages, store.records_export(None, usize::MAX).await.unwrap(), "by {limit}");
    }
    drop(store);

    let store = open(dir.path()).unwrap();
    assert_eq!(due(&store).await, left);
    assert_eq!(content(&store).await, whole);
    for id in &left {
        settle(&store, id).await;
    }
    drop(store);
    let store = open(dir.path()).unwrap();
    assert_eq!(due(&store).await, []);
    assert!(store.shared.db.scan_prefix([key::DUE]).next().is_none(), "no list is left behind");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// What a pulled plug or a bad disk leaves: the tail of a file is missing, or noise.
    #[test]
    fn a_torn_folder_opens_or_says_that_it_is_corrupt(
        cut in any::<prop::sample::Index>(),
        noise in proptest::option::of(any::<u8>()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let store = open(dir.path()).unwrap();
            let mut agent = Agent::new(&store, "a");
            for len in [20, 40, 60] {
                agent.whole("s", &users(len)).await;
            }
        });
        let path = dir.path().join("db");
        let mut bytes = fs::read(&path).unwrap();
        let cut = cut.index(bytes.len());
        match noise {
            None => bytes.truncate(cut),
            Some(noise) => bytes[cut] ^= noise | 1,
        }
        fs::write(&path, bytes).unwrap();
        runtime.block_on(async {
            let Ok(store) = open(dir.path()) else { return };
            let exported = store.records_export(None, 9999).await;
            let _either = exported.map(|records| records.len());
        });
    }
}
