//! What the measurements are made with: users of a cloud account, each with an access key.

use std::fmt::Write;

use anyhow::Context;
use model::testing::{day, estate};
use model::{Entry, Observation, ScanId};

/// BOUND: as many entries as an agent puts into one batch.
pub(super) const BATCH_ENTRIES_COUNT: usize = 1_000;

/// Encoded batches of [`BATCH_ENTRIES_COUNT`] observations each, no two facts alike.
pub(super) fn batches(count: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let users = BATCH_ENTRIES_COUNT.checked_div(2).context("two facts a user")?;
    let mut batches = Vec::with_capacity(count);
    for batch in 0..count {
        let mut text = String::new();
        for user in 0..users {
            let name = format!("user-{batch:04}-{user:04}");
            writeln!(text, "user arn:aws:iam::111122223333:user/{name}  created=2025-01-01")?;
            writeln!(
                text,
                "  access_key AKIAEXAMPLE{batch:04}{user:05}  created=2025-01-01 used=never"
            )?;
        }
        let seen = estate(&text).sightings.into_iter().map(|sighting| {
            let (scan, seen_at) = (ScanId(1), day("2025-02-01"));
            Entry::Saw(Box::new(Observation { scan, seen_at, fact: sighting.fact }))
        });
        batches.push(proto::entries_encode(&seen.collect::<Vec<Entry>>()));
    }
    Ok(batches)
}
