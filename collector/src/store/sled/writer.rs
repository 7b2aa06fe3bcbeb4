//! The one place that writes: takes all changes that wait, writes them as one, flushes once, and
//! answers all.
//!
//! ```text
//! callers ──► changes waiting ──► writer: apply to a Txn, write the group ──► flusher: flush, answer
//!                                 GROUP_CHANGES_MAX, GROUP_WRITES_MAX          FLUSHING_MAX groups
//! ```
//!
//! Batches wait in the order in which they were asked for, and so do all other changes; but a batch
//! goes before others, of which [`OTHERS_PER_BATCH`] have their turn with each: what agents saw is
//! acknowledged soon, and judged a little later. Asking never waits: what a caller has under way is
//! the caller's to bound, as each does, and a second queue would only change the order.
//!
//! Two threads, so that the next group is put together while the last one goes to the disk. An
//! answer is given after a flush that began after the change was written; nothing else makes a
//! change durable.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::due::Marks;
use super::txn::Txn;
use crate::store::StoreError;

/// How many changes share one flush, so that no caller waits for ever for the group to close.
const GROUP_CHANGES_MAX: usize = 64;
/// How many writes a group may have before it is closed: readers wait while it is written, and the
/// pages that it replaces are kept until then. One batch of a thousand facts has some two thousand, so
/// that each is flushed soon while the next is written.
const GROUP_WRITES_MAX: usize = 1024;
/// How many writes one entry into sled cleans up behind: it looks after 8 bags of 64 pages every 128
/// entries, and a write replaces about one page.
const WRITES_PER_COLLECT: usize = 4;
/// How many other changes have their turn with each batch: a judgement is some ten writes, a batch of
/// a thousand facts some two thousand.
const OTHERS_PER_BATCH: usize = 8;
/// How many groups may wait for their flush: one flush serves all groups written before it.
const FLUSHING_MAX: usize = 4;

/// Makes a change, and gives what is to be called when it is durable, or could not be made so.
type Job = Box<dyn FnOnce(&mut Txn) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// The answers that wait for one flush, and what went wrong before it.
type Group = Vec<(Answer, Option<StoreError>)>;

/// What a change is, for its turn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rank {
    /// A batch of an agent.
    Batch,
    /// Anything else.
    Other,
}

/// Where changes go.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::UnboundedSender<(Rank, Job)>>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads share with readers.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) db: sled::Db,
    /// Held for writing while a group is written, so that a reader sees all of it or nothing.
    pub(super) gate: Arc<RwLock<()>>,
    /// Who is due, by what is written.
    pub(super) due: Arc<RwLock<Marks>>,
    /// How many keys were written so far.
    pub(super) writes: Arc<std::sync::atomic::AtomicU64>,
}

impl Writer {
    /// Starts both threads over `shared`.
    pub(super) fn start(shared: &Shared) -> Result<Self, StoreError> {
        let txn = Txn::for_writer((*shared.db).clone(), Arc::clone(&shared.due))?;
        let (jobs, waiting) = mpsc::unbounded_channel();
        let (groups, flushing) = sync_channel(FLUSHING_MAX);
        let (write, flush) = (shared.clone(), shared.db.clone());
        let unavailable = |error: std::io::Error| StoreError::Unavailable(error.into());
        let flusher = std::thread::Builder::new()
            .name("store-flush".to_owned())
            .spawn(move || flush_all(&flush, &flushing))
            .map_err(unavailable)?;
        let writer = std::thread::Builder::new()
            .name("store-write".to_owned())
            .spawn(move || write_all(&write, txn, Waiting::of(waiting), &groups))
            .map_err(unavailable)?;
        Ok(Self { jobs: Some(jobs), threads: vec![writer, flusher] })
    }

    /// Makes `change`, and comes back when it is durable. If it fails, nothing of it remains. It has
    /// its place among all changes of its rank from the first poll on.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        rank: Rank,
        change: impl FnOnce(&mut Txn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |txn| {
            txn.begin();
            let result = change(txn);
            match &result {
                Ok(_) => txn.end(),
                Err(_) => txn.undo(),
            }
            // The caller may have gone away; the change stands.
            Box::new(move |durable| {
                let _gone = answer.send(durable.and(result));
            })
        });
        let stopped = || StoreError::Unavailable("the store's writer has stopped".into());
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send((rank, job)).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Comes back when nothing takes changes in any more: one of the threads has panicked.
    pub(super) async fn stopped(&self) {
        if let Some(jobs) = &self.jobs {
            jobs.closed().await;
        }
    }
}

impl Drop for Writer {
    /// Waits until all that was taken in is written, so that the folder is free afterwards.
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic there has been reported when it happened.
            let _reported = thread.join();
        }
    }
}

/// The changes that wait, in the order of their turns.
struct Waiting<J> {
    jobs: mpsc::UnboundedReceiver<(Rank, J)>,
    batches: VecDeque<J>,
    others: VecDeque<J>,
    /// How many others have had their turn since the last batch.
    others_count: usize,
}

impl<J> Waiting<J> {
    fn of(jobs: mpsc::UnboundedReceiver<(Rank, J)>) -> Self {
        Self { jobs, batches: VecDeque::new(), others: VecDeque::new(), others_count: 0 }
    }

    /// The next one, once there is one; none if nobody can ask any more.
    fn next(&mut self) -> Option<J> {
        if let Some(job) = self.next_if_any() {
            return Some(job);
        }
        let (_, job) = self.jobs.blocking_recv()?;
        Some(job)
    }

    /// The next one, if one waits.
    fn next_if_any(&mut self) -> Option<J> {
        while let Ok((rank, job)) = self.jobs.try_recv() {
            match rank {
                Rank::Batch => self.batches.push_back(job),
                Rank::Other => self.others.push_back(job),
            }
        }
        if (self.others_count < OTHERS_PER_BATCH || self.batches.is_empty())
            && let Some(other) = self.others.pop_front()
        {
            self.others_count = self.others_count.saturating_add(1);
            return Some(other);
        }
        self.others_count = 0;
        self.batches.pop_front()
    }
}

fn write_all(shared: &Shared, mut txn: Txn, mut waiting: Waiting<Job>, groups: &SyncSender<Group>) {
    while let Some(first) = waiting.next() {
        let mut answers = vec![first(&mut txn)];
        while answers.len() < GROUP_CHANGES_MAX && txn.pending_len() < GROUP_WRITES_MAX {
            match waiting.next_if_any() {
                Some(job) => answers.push(job(&mut txn)),
                None => break,
            }
        }
        let (batch, writes) = txn.take();
        let gate = shared.gate.write().unwrap_or_else(PoisonError::into_inner);
        let written = shared.db.apply_batch(batch);
        match &written {
            Ok(()) => txn.publish(),
            Err(_) => txn.forget(&shared.due),
        }
        drop(gate);
        garbage_collect(&shared.db, writes);
        let writes = u64::try_from(writes).unwrap_or(u64::MAX);
        shared.writes.fetch_add(writes, std::sync::atomic::Ordering::Relaxed);
        let failed = |_: &Answer| written.clone().err().map(StoreError::from);
        let group = answers.into_iter().map(|answer| (failed(&answer), answer));
        if groups.send(group.map(|(error, answer)| (answer, error)).collect()).is_err() {
            return;
        }
    }
}

/// Lets sled free the pages that were replaced by so many writes.
///
/// It frees a few each time that it is entered for some reading, so with many writes and few
/// readings its memory would grow without bound: measured, 200 MiB for 100,000 facts.
fn garbage_collect(db: &sled::Db, writes: usize) {
    for _ in 0..writes.div_ceil(WRITES_PER_COLLECT) {
        // What it says does not matter, and an error will come again where it does.
        let _either = db.contains_key([]);
    }
}

fn flush_all(db: &sled::Db, groups: &Receiver<Group>) {
    while let Ok(mut group) = groups.recv() {
        // One flush serves every group that has been written by now.
        while let Ok(more) = groups.try_recv() {
            group.extend(more);
        }
        let flushed = db.flush();
        for (answer, failed) in group {
            answer(match failed {
                Some(error) => Err(error),
                None => flushed.clone().map(drop).map_err(StoreError::from),
            });
        }
    }
}

#[cfg(test)]
mod tests;
