use async_trait::async_trait;
use model::{Details, Fact, ScanMode, Seq, Workload, WorkloadKind};

use super::*;
use crate::index::IndexStore;
use crate::metrics::Metrics;
use crate::source::BoxError;
use crate::spool::{Limits, Spool};

/// A source that does as it is told.
struct Told {
    facts: u32,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Complete,
    /// Errors out with the scope open, like a `?` in the middle.
    Fail,
    /// Never comes to an end.
    Hang,
}

fn fact(number: u32) -> Fact {
    Fact::Workload(Workload {
        id: format!("unit-{number}").into(),
        kind: WorkloadKind::Unit,
        identity: "root".into(),
        details: Details::new(),
    })
}

#[async_trait]
impl Source for Told {
    fn kind(&self) -> &'static str {
        "told"
    }

    async fn scan(&self, out: &Emitter) -> Result<(), ScanError> {
        let scope = out.open("told/a".into()).await;
        for number in 0..self.facts {
            scope.saw(fact(number)).await;
        }
        match self.end {
            End::Complete => scope.complete().await,
            End::Fail => {
                let source: BoxError = "503".into();
                return Err(ScanError::Unreachable { endpoint: "told".into(), source });
            }
            End::Hang => std::future::pending().await,
        }
        Ok(())
    }
}

/// A spool and an index in a folder, as a running agent has them.
fn keeping(folder: &std::path::Path) -> Keeping {
    let (spool, _) = Spool::open(&folder.join("spool"), Limits::of(0)).unwrap();
    Keeping {
        spool: Arc::new(SharedSpool::new(spool, Arc::new(Metrics::default()))),
        index: Arc::new(IndexStore::in_folder(&folder.join("index")).unwrap()),
        clock: Clock::System,
        interval: None,
        scopes: vec![Pattern("*".into())],
        stop: CancellationToken::new(),
    }
}

/// All entries in the spool, in order.
fn spooled(keeping: &Keeping) -> Vec<Entry> {
    let extent = *keeping.spool.extent().borrow();
    let mut entries = Vec::new();
    let mut seq = extent.acked.next();
    while seq < extent.seq_next {
        let bytes = keeping.spool.read(seq).unwrap().unwrap();
        entries.extend(proto::entries_decode(&bytes).unwrap());
        seq = seq.next();
    }
    entries
}

#[tokio::test]
async fn all_that_a_source_saw_is_in_the_spool_when_its_round_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = keeping(folder.path());
    let round =
        scan_kept(&Told { facts: 2_500, end: End::Complete }, keeping.clone()).await.unwrap();
    // The source as a whole is a scope, too: it begins first and ends last.
    assert_eq!((round.tally.complete, round.tally.sent), (2, 2_500));
    let entries = spooled(&keeping);
    assert_eq!(entries.len(), 2_504);
    let is_whole =
        |entry: &Entry| matches!(entry, Entry::Completed { digest, .. } if digest.count == 2_500);
    assert!(is_whole(&entries[2_502]), "{:?}", entries[2_502]);
}

#[tokio::test]
async fn a_second_round_of_an_unchanged_source_spools_a_small_batch_for_each_scope() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = keeping(folder.path());
    let source = Told { facts: 2_500, end: End::Complete };
    scan_kept(&source, keeping.clone()).await.unwrap();
    let before = *keeping.spool.extent().borrow();
    scan_kept(&source, keeping.clone()).await.unwrap();
    let after = *keeping.spool.extent().borrow();
    assert_eq!(after.seq_next, before.seq_next.next().next());
    for seq in [before.seq_next, before.seq_next.next()] {
        let batch = keeping.spool.read(seq).unwrap().unwrap();
        assert!(batch.len() < 200, "{} bytes", batch.len());
    }
}

#[tokio::test]
async fn a_source_that_fails_half_way_never_completes_its_scope() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = keeping(folder.path());
    let round = scan_kept(&Told { facts: 3, end: End::Fail }, keeping.clone()).await.unwrap();
    assert!(round.failed.is_some());
    assert!(matches!(spooled(&keeping).last(), Some(Entry::Abandoned { .. })));
}

#[tokio::test]
async fn a_stop_abandons_what_is_open_and_keeps_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = keeping(folder.path());
    let stop = keeping.stop.clone();
    let source = Told { facts: 3, end: End::Hang };
    let scan = scan_kept(&source, keeping.clone());
    let ((), round) = tokio::join!(
        async {
            tokio::task::yield_now().await;
            stop.cancel();
        },
        scan
    );
    assert_eq!(round.unwrap().tally.abandoned.len(), 2);
    assert!(matches!(spooled(&keeping).last(), Some(Entry::Abandoned { .. })));
}

#[tokio::test]
async fn a_full_spool_lets_the_source_wait_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let keeping = keeping(folder.path());
    let filler = vec![0; 900 * 1024];
    let mut last = Seq(0);
    for _ in 0..18 {
        last = keeping.spool.append(&filler).unwrap();
    }
    let (spool, done) = (Arc::clone(&keeping.spool), CancellationToken::new());
    let waiter = done.clone();
    let make_room = tokio::task::spawn_blocking(move || {
        // Confirms a batch at a time, as a slow collector would, until the round is over.
        let mut seq = Seq(0);
        while !waiter.is_cancelled() && seq < last {
            seq = seq.next();
            spool.acked(seq).unwrap();
            std::thread::yield_now();
        }
    });
    let round = scan_kept(&Told { facts: 40_000, end: End::Complete }, keeping.clone()).await;
    done.cancel();
    make_room.await.unwrap();
    assert_eq!(round.unwrap().tally.sent, 40_000);
    keeping.spool.acked(last).unwrap();
    let saw = spooled(&keeping).iter().filter(|entry| matches!(entry, Entry::Saw(_))).count();
    assert_eq!(saw, 40_000);
}

#[tokio::test]
async fn a_round_that_keeps_nothing_gives_whole_scopes() {
    let mut entries = Vec::new();
    let now = Timestamp::UNIX_EPOCH;
    let round =
        scan_once(&Told { facts: 3, end: End::Complete }, now, |batch| entries.extend(batch)).await;
    assert_eq!(round.tally.complete, 2);
    for entry in &entries[..2] {
        assert!(matches!(entry, Entry::Began(began) if began.mode == ScanMode::Whole));
    }
    assert_eq!(entries.len(), 7);
}
