use model::{Details, Entry, Fact, Observation, ScanId, Workload, WorkloadKind};

use super::*;

fn seen(bytes: usize) -> Entry {
    let fact = Fact::Workload(Workload {
        id: "x".repeat(bytes).into(),
        kind: WorkloadKind::Unit,
        identity: "i".into(),
        details: Details::new(),
    });
    let seen_at = jiff::Timestamp::UNIX_EPOCH;
    Entry::Saw(Box::new(Observation { scan: ScanId(1), seen_at, fact }))
}

fn batches(entries: impl Iterator<Item = Entry>) -> Vec<Vec<Entry>> {
    let mut batcher = Batcher::default();
    let mut full: Vec<_> = entries.filter_map(|entry| batcher.push(entry)).collect();
    full.extend(batcher.take());
    full
}

#[test]
fn a_batch_holds_at_most_a_thousand_entries() {
    let counts: Vec<usize> = batches((0..2_500).map(|_| seen(1))).iter().map(Vec::len).collect();
    assert_eq!(counts, [1_000, 1_000, 500]);
}

#[test]
fn a_batch_of_several_entries_holds_at_most_256_kib() {
    for batch in batches((0..100).map(|_| seen(20_000))) {
        assert!(batch.len() > 1);
        assert!(proto::entries_encode(&batch).len() <= 256 * 1024);
    }
}

#[test]
fn the_largest_fact_travels_alone_and_fits_the_collector() {
    let batches = batches([seen(10), seen(FACT_BYTES_MAX - 100), seen(10)].into_iter());
    assert_eq!(batches.len(), 3);
    assert!(batches.iter().all(|batch| proto::entries_encode(batch).len() <= PAYLOAD_BYTES_MAX));
    const { assert!(PAYLOAD_BYTES_MAX <= 1024 * 1024, "what a collector takes") };
}
