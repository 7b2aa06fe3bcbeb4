//! The bare embedded store: records put durably, a thousand at a time, with nothing of ours around it.

use std::time::{Duration, Instant};

use anyhow::Context;
use model::{Entry, FactKey};
use tempfile::TempDir;

use super::{Line, rate};

/// Enough to leave the first tree levels and a cache of 64 MiB behind.
const RECORDS_COUNT: usize = 300_000;

/// About what a fact takes at rest.
const RECORD_BYTES_LEN: usize = 300;

/// BOUND: as many records as one batch of an agent has.
const BATCH_RECORDS_COUNT: usize = 1_000;

/// What a collector gives its store.
const CACHE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Puts in the order of the keys, and out of order.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let in_order = put(|number| number)?;
    // The bits backwards: neighbours in time are far apart in the tree.
    let out_of_order = put(u64::reverse_bits)?;
    Ok(vec![
        Line::plain("bare sled, durable puts of 300 bytes, keys in order", in_order),
        Line::plain("bare sled, durable puts of 300 bytes, keys out of order", out_of_order),
    ])
}

/// Puts the facts of encoded `batches`, each batch durably, under the keys that ours has for them.
pub(super) fn put_facts(batches: &[Vec<u8>]) -> anyhow::Result<Duration> {
    let mut puts = Vec::with_capacity(batches.len());
    for batch in batches {
        let mut put = sled::Batch::default();
        for entry in proto::entries_decode(batch)? {
            if let Entry::Saw(seen) = entry {
                put.insert(&FactKey::of(&seen.fact).0, proto::fact_encode(&seen.fact));
            }
        }
        puts.push(put);
    }
    let folder = TempDir::new().context("making a folder for sled")?;
    let database = open(&folder)?;
    let begun = Instant::now();
    for put in puts {
        database.apply_batch(put)?;
        database.flush()?;
    }
    Ok(begun.elapsed())
}

fn put(key: fn(u64) -> u64) -> anyhow::Result<String> {
    let folder = TempDir::new().context("making a folder for sled")?;
    let database = open(&folder)?;
    let begun = Instant::now();
    let mut batch = sled::Batch::default();
    let mut value = [0x5a; RECORD_BYTES_LEN];
    for number in 0..RECORDS_COUNT {
        let key = key(u64::try_from(number)?);
        // No two values alike, else compression or a cache would flatter the store.
        value.iter_mut().zip(key.to_le_bytes()).for_each(|(to, from)| *to = from);
        batch.insert(&key.to_be_bytes(), value.as_slice());
        let is_full = number.checked_rem(BATCH_RECORDS_COUNT) == Some(BATCH_RECORDS_COUNT - 1);
        if is_full {
            database.apply_batch(std::mem::take(&mut batch))?;
            database.flush()?;
        }
    }
    Ok(rate(RECORDS_COUNT, begun.elapsed(), "records"))
}

/// As a collector opens it.
fn open(folder: &TempDir) -> anyhow::Result<sled::Db> {
    let config = sled::Config::new()
        .path(folder.path())
        .cache_capacity(CACHE_BYTES_MAX)
        .mode(sled::Mode::HighThroughput)
        .segment_size(256 * 1024)
        .flush_every_ms(None);
    Ok(config.open()?)
}
