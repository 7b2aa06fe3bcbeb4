//! Judges every subject that is due: load, examine, settle, and again.
//!
//! It decides nothing itself: what is claimed is `analysis::examine`, what is kept is
//! `Store::subject_settle`. A subject that changed while it was judged is simply judged again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use analysis::Policy;
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use model::{Cursor, Owners, SubjectId};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::clock::Clock;
use crate::deriver::{Realms, Touched, TouchedNow};
use crate::store::{Store, StoreError};

/// BOUND: subjects taken at a time, so that one list of the due is short.
const DUE_MAX: usize = 512;
/// BOUND: subjects under way at a time, so that one flush of the store serves many settlements; more
/// than that do not fit into one.
const SETTLING_MAX: usize = 64;
/// How often the time alone is looked at, for rechecks that have come due.
const TICK: Duration = Duration::from_secs(1);

/// The declarations in force, as everyone in this process sees them.
#[derive(Clone, Debug, Default)]
pub struct OwnersNow(Arc<RwLock<Arc<Owners>>>);

impl OwnersNow {
    /// These, until others are [set](Self::set).
    #[must_use]
    pub fn new(owners: Owners) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(owners))))
    }

    /// What is in force.
    #[must_use]
    pub fn get(&self) -> Arc<Owners> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `owners` in force.
    pub fn set(&self, owners: Owners) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(owners);
    }
}

/// How the examiner does, for whoever shows it.
#[derive(Debug, Default)]
pub struct Judged {
    subjects: AtomicU64,
    failures: AtomicU64,
}

impl Judged {
    /// Examinations since the start.
    pub fn subjects(&self) -> u64 {
        self.subjects.load(Ordering::Relaxed)
    }

    /// Rounds that broke off since the start.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}

/// What the examiner needs.
pub struct Examiner {
    /// Where subjects are.
    pub store: Arc<dyn Store>,
    /// The declarations in force.
    pub owners: OwnersNow,
    /// The limits in force.
    pub policy: Arc<Policy>,
    /// What time it is.
    pub clock: Clock,
    /// Told when something was stored.
    pub stored: Arc<Notify>,
    /// Tells how far the feed reaches.
    pub feed_end: watch::Sender<Cursor>,
    /// Where to tell how it goes.
    pub judged: Arc<Judged>,
    /// Whom the deriver is to look at.
    pub touched: TouchedNow,
}

impl Examiner {
    /// Judges what is due until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let Self { store, owners, policy, touched, .. } = &self;
            match settle_due(&**store, owners, policy, touched, self.clock.now()).await {
                Ok(0) => {}
                Ok(count) => {
                    let more = u64::try_from(count).unwrap_or(u64::MAX);
                    self.judged.subjects.fetch_add(more, Ordering::Relaxed);
                    debug!(count, "subjects judged");
                }
                Err(error) => {
                    self.judged.failures.fetch_add(1, Ordering::Relaxed);
                    error!(%error, "subjects not judged");
                }
            }
            if let Ok(end) = self.store.feed_end().await {
                self.feed_end.send_if_modified(|known| {
                    let grew = *known < end;
                    *known = end.max(*known);
                    grew
                });
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.stored.notified() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }
}

/// Judges everything that is due at `as_of`, each by what is known of it alone, notes in `touched` whom
/// that was, and returns how many. Declarations
/// wait for all others: what they match is known only when those are settled, and one that was judged
/// in their midst would be said to match nothing.
///
/// # Errors
///
/// As the store's; what was judged so far is settled.
pub async fn settle_due(
    store: &dyn Store,
    owners: &OwnersNow,
    policy: &Policy,
    touched: &TouchedNow,
    as_of: Timestamp,
) -> Result<usize, StoreError> {
    let mut count: usize = 0;
    loop {
        let due = store.subjects_due(as_of, DUE_MAX).await?;
        if due.is_empty() {
            return Ok(count);
        }
        let page = Touched::of(&due);
        let (waiting, first): (Vec<SubjectId>, Vec<SubjectId>) =
            due.into_iter().partition(|subject| matches!(subject, SubjectId::Declaration(_)));
        let now = if first.is_empty() { waiting } else { first };
        let settled = settle_all(store, now, owners, policy, as_of).await;
        // Once they are settled, since who is there is known only then; and if that broke off, too.
        touched.add(page);
        count = count.saturating_add(settled?);
    }
}

/// Judges each; gives for how many that held.
async fn settle_all(
    store: &dyn Store,
    subjects: Vec<SubjectId>,
    owners: &OwnersNow,
    policy: &Policy,
    as_of: Timestamp,
) -> Result<usize, StoreError> {
    let mut count: usize = 0;
    let settling = subjects.into_iter().map(|it| settle(store, it, owners, policy, as_of));
    let mut settling = stream::iter(settling).buffered(SETTLING_MAX);
    while let Some(settled) = settling.next().await {
        count = count.saturating_add(usize::from(settled?));
    }
    Ok(count)
}

/// Judges everything that is due at `as_of`, with what follows from several subjects together, until
/// nothing is left to be judged: what the examiner and the deriver of a collector do between them.
///
/// # Errors
///
/// As [`settle_due`].
pub async fn judge_due(
    store: &dyn Store,
    owners: &OwnersNow,
    policy: &Policy,
    realms: &mut Realms,
    as_of: Timestamp,
) -> Result<usize, StoreError> {
    let (mut count, touched): (usize, _) = (0, TouchedNow::default());
    loop {
        let settled = settle_due(store, owners, policy, &touched, as_of).await?;
        count = count.saturating_add(settled);
        if realms.derive(store, touched.take(), as_of).await? == 0 {
            return Ok(count);
        }
    }
}

/// Judges one subject. Whether that held: a subject that changed meanwhile is still due, and will be
/// loaded again.
async fn settle(
    store: &dyn Store,
    subject: SubjectId,
    owners: &OwnersNow,
    policy: &Policy,
    as_of: Timestamp,
) -> Result<bool, StoreError> {
    let dossier = store.subject_load(&subject).await?;
    // After the dossier: new declarations are in force before the subjects they affect are touched,
    // so a judgement by the old ones is stale.
    let settlement = analysis::examine(&dossier, &owners.get(), policy, as_of);
    match store.subject_settle(&settlement, as_of).await {
        Ok(()) => Ok(true),
        Err(StoreError::Stale) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests;
