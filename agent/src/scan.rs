//! One round of one source: from what it reports to batches, kept or not.
//!
//! The source runs in the caller's task, its reports are taken on a thread that may block on the
//! disk; between them a short queue lets the source wait. Whatever ends the round, what the source
//! left open is abandoned before the round counts as over.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::{Entry, Pattern, ScanId, ScopeId};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::batch::Batcher;
use crate::clock::Clock;
use crate::index::IndexStore;
use crate::report::{Reporter, Tally};
use crate::source::{Emitter, Report, ScanError, Source};
use crate::spool::{AppendError, SharedSpool};
use crate::telemetry::chain;

/// How a round ended.
#[derive(Debug)]
pub struct Round {
    /// What came of its scopes.
    pub tally: Tally,
    /// Why the source could list nothing, if so.
    pub failed: Option<ScanError>,
}

/// Why a round could not be kept. The next one starts from what was kept before.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The spool did not take a batch.
    #[error("keeping what was seen failed")]
    Spool(#[from] AppendError),
    /// The thread that takes the reports died: our own mistake.
    #[error("taking what was seen failed")]
    Taker(#[source] tokio::task::JoinError),
}

/// Scans `source` once, and gives every batch of entries to `on_entries`, in order. Compares with
/// nothing and keeps nothing: every scope is whole. All times are `now`.
pub async fn scan_once(
    source: &dyn Source,
    now: Timestamp,
    mut on_entries: impl FnMut(Vec<Entry>),
) -> Round {
    let (emitter, mut reports) = Emitter::new(ScanId(1));
    let mut reporter = Reporter::new(Arc::new(IndexStore::none()), None);
    let mut batcher = Batcher::default();
    let scan = scan_whole(source, emitter);
    let take = async {
        while let Some(report) = reports.recv().await {
            for entry in reporter.take(report, now) {
                batcher.push(entry).map(&mut on_entries);
            }
        }
    };
    let (scanned, ()) = tokio::join!(scan, take);
    for entry in reporter.round_end(now) {
        batcher.push(entry).map(&mut on_entries);
    }
    batcher.take().map(&mut on_entries);
    Round { tally: reporter.tally().clone(), failed: scanned.err() }
}

/// Scans `source`, and beside its own scopes reports on the source as a whole, so that one that
/// answers nobody is seen as a gap and not as nothing.
async fn scan_whole(source: &dyn Source, emitter: Emitter) -> Result<(), ScanError> {
    let whole = emitter.open(ScopeId::of_source(source.kind())).await;
    let scanned = source.scan(&emitter).await;
    match &scanned {
        Ok(()) => whole.complete().await,
        Err(error) => whole.abandon(chain(error)).await,
    }
    scanned
}

/// What a round that is kept needs.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// Where batches go.
    pub spool: Arc<SharedSpool>,
    /// What the collector knows.
    pub index: Arc<IndexStore>,
    /// The time of what is seen.
    pub clock: Clock,
    /// Until the next round, by the schedule; none for a single scan.
    pub interval: Option<SignedDuration>,
    /// The scopes that the agent is enrolled for.
    pub scopes: Vec<Pattern>,
    /// Cancelled when the agent stops.
    pub stop: CancellationToken,
}

/// Scans `source` once into the spool. Stopped half way, what it saw so far is kept and its open
/// scopes are abandoned.
///
/// # Errors
///
/// [`RoundError`] if the spool failed; the source is then stopped.
pub async fn scan_kept(source: &dyn Source, keeping: Keeping) -> Result<Round, RoundError> {
    let (emitter, reports) = Emitter::new(scan_first());
    let stop = keeping.stop.clone();
    let mut taking = tokio::task::spawn_blocking(move || take_all(reports, &keeping));
    // Whatever ends the scan drops the emitter with it, and so ends the taker.
    let scan = scan_whole(source, emitter);
    let scanned = tokio::select! {
        // The taker ends first only if it failed: the emitter is still there.
        taken = &mut taking => {
            let tally = taken.map_err(RoundError::Taker)??;
            return Ok(Round { tally, failed: None });
        }
        scanned = scan => scanned,
        () = stop.cancelled() => Ok(()),
    };
    let tally = taking.await.map_err(RoundError::Taker)??;
    Ok(Round { tally, failed: scanned.err() })
}

fn take_all(mut reports: mpsc::Receiver<Report>, keeping: &Keeping) -> Result<Tally, AppendError> {
    let mut keeper = Keeper {
        keeping,
        reporter: Reporter::new(Arc::clone(&keeping.index), keeping.interval)
            .permitted(keeping.scopes.clone()),
        batcher: Batcher::default(),
    };
    while let Some(report) = reports.blocking_recv() {
        let ends = matches!(report, Report::Completed(_) | Report::Abandoned(..));
        let entries = keeper.reporter.take(report, keeping.clock.now());
        keeper.keep(entries, ends)?;
    }
    let entries = keeper.reporter.round_end(keeping.clock.now());
    keeper.keep(entries, true)?;
    Ok(keeper.reporter.tally().clone())
}

struct Keeper<'a> {
    keeping: &'a Keeping,
    reporter: Reporter,
    batcher: Batcher,
}

impl Keeper<'_> {
    /// Puts `entries` into the spool as batches fill, or all of them if a scope ends.
    fn keep(&mut self, entries: Vec<Entry>, ends: bool) -> Result<(), AppendError> {
        for entry in entries {
            if let Some(batch) = self.batcher.push(entry) {
                self.append(&batch)?;
            }
        }
        if !ends {
            return Ok(());
        }
        if let Some(batch) = self.batcher.take() {
            self.append(&batch)?;
        }
        if let Err(error) = self.reporter.persist() {
            // The digest at the end of the next scan heals it, at the cost of a whole scan.
            tracing::warn!(error = %chain(&error), "index not kept");
        }
        Ok(())
    }

    fn append(&self, batch: &[Entry]) -> Result<(), AppendError> {
        self.keeping.spool.append(&proto::entries_encode(batch)).map(|_seq: model::Seq| ())
    }
}

/// Where the numbers of a round's scans begin. Scan numbers are unique within an epoch, which
/// outlives the process, so each round draws its own million at random.
fn scan_first() -> ScanId {
    let mut bytes = [0; 8];
    let drawn = SystemRandom::new().fill(&mut bytes);
    debug_assert!(drawn.is_ok(), "the system has no randomness");
    // 43 bits of chance, 20 for the scopes of one round; one bit free, so that none overflows.
    ScanId((u64::from_le_bytes(bytes) >> 21) << 20)
}

#[cfg(test)]
mod tests;
