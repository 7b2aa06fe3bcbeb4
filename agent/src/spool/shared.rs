//! One spool, written by scans and read by the uplink.
//!
//! A full spool lets the writer wait, and so the source: nothing is dropped. All of it blocks on the
//! disk; call it where blocking is allowed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use model::{Epoch, Seq};
use tokio::sync::watch;

use super::{Recovery, Spool, SpoolError};
use crate::metrics::Metrics;

/// A spool for one uplink and any number of writers.
#[derive(Debug)]
pub struct SharedSpool {
    spool: Mutex<Inner>,
    freed: Condvar,
    extent: watch::Sender<Extent>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Inner {
    spool: Spool,
    is_closed: bool,
}

/// What there is to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Extent {
    pub(crate) epoch: Epoch,
    pub(crate) acked: Seq,
    pub(crate) seq_next: Seq,
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The agent stops; the next run scans again.
    #[error("the agent stops while the spool is full")]
    Closed,
    /// The spool failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

impl SharedSpool {
    /// Shares `spool`.
    pub fn new(spool: Spool, metrics: Arc<Metrics>) -> Self {
        let (extent, _) = watch::channel(Extent::of(&spool));
        let shared = Self {
            spool: Mutex::new(Inner { spool, is_closed: false }),
            freed: Condvar::new(),
            extent,
            metrics,
        };
        shared.changed(&shared.lock());
        shared
    }

    /// Writes `payload` durably. Waits while the spool is full.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; the batch is then not in the spool.
    pub fn append(&self, payload: &[u8]) -> Result<Seq, AppendError> {
        let mut inner = self.lock();
        let mut waited = false;
        loop {
            match inner.spool.append(payload) {
                Err(SpoolError::Full) if inner.is_closed => return Err(AppendError::Closed),
                Err(SpoolError::Full) => {
                    if !waited {
                        self.metrics.spool_full.add(1);
                        tracing::warn!("spool full, scans wait for the collector");
                    }
                    waited = true;
                    inner = self.freed.wait(inner).unwrap_or_else(PoisonError::into_inner);
                }
                Err(error) => {
                    self.metrics.spool_errors.add(1);
                    self.metrics.spool_failing.set(1);
                    return Err(error.into());
                }
                Ok(seq) => {
                    self.metrics.spool_failing.set(0);
                    self.changed(&inner);
                    return Ok(seq);
                }
            }
        }
    }

    /// Writers no longer wait for room.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.freed.notify_all();
    }

    /// See [`Spool::read`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn read(&self, seq: Seq) -> Result<Option<Vec<u8>>, SpoolError> {
        self.lock().spool.read(seq)
    }

    /// See [`Spool::acked`]; says how many batches that were.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn acked(&self, seq: Seq) -> Result<u64, SpoolError> {
        let mut inner = self.lock();
        let before = inner.spool.seq_acked();
        let acked = inner.spool.acked(seq);
        let batches = inner.spool.seq_acked().0.saturating_sub(before.0);
        self.changed(&inner);
        self.freed.notify_all();
        acked.map(|()| batches)
    }

    /// See [`Spool::epoch`].
    pub fn epoch(&self) -> Epoch {
        self.lock().spool.epoch()
    }

    /// See [`Spool::epoch_renew`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn epoch_renew(&self) -> Result<Recovery, SpoolError> {
        let mut inner = self.lock();
        let renewed = inner.spool.epoch_renew();
        self.changed(&inner);
        renewed
    }

    /// What there is to send, now and whenever it changes.
    pub(crate) fn extent(&self) -> watch::Receiver<Extent> {
        self.extent.subscribe()
    }

    fn changed(&self, inner: &Inner) {
        self.metrics.spool_bytes.set(inner.spool.bytes_len());
        self.metrics.spool_bytes_max.set(inner.spool.bytes_max());
        let extent = Extent::of(&inner.spool);
        let waiting = extent.seq_next.0.saturating_sub(extent.acked.0).saturating_sub(1);
        self.metrics.spool_batches.set(waiting);
        self.extent.send_replace(extent);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Extent {
    fn of(spool: &Spool) -> Self {
        Self { epoch: spool.epoch(), acked: spool.seq_acked(), seq_next: spool.seq_next() }
    }
}
