//! The few threads that read: each look has one of them to itself, and the others wait their turn.
//!
//! Threads of our own, and few: every thread that reads keeps memory for itself, and the runtime's
//! pool had some thirty of them after an estate of 100,000, which took 45 MiB.
//!
//! How many looks wait is their callers' to bound, as for the writer.

use std::num::NonZero;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::txn::Txn;
use super::writer::Shared;
use crate::store::StoreError;

/// BOUND: how many looks are under way at a time: one for each core, within these. Two cores were no
/// faster with four.
const THREADS_COUNTS: RangeInclusive<usize> = 2..=8;

/// Looks, and gives the answer to whoever waits for it.
type Job = Box<dyn FnOnce(&Shared) + Send>;

/// Where looks go.
#[derive(Debug)]
pub(super) struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts the threads over `shared`.
    pub(super) fn start(shared: &Shared) -> Result<Self, StoreError> {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let cores = std::thread::available_parallelism().map_or(0, NonZero::get);
        let count = cores.clamp(*THREADS_COUNTS.start(), *THREADS_COUNTS.end());
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let (shared, waiting) = (shared.clone(), Arc::clone(&waiting));
            let thread = std::thread::Builder::new()
                .name(format!("store-read-{number}"))
                .spawn(move || read_all(&shared, &waiting))
                .map_err(|error| StoreError::Unavailable(error.into()))?;
            threads.push(thread);
        }
        Ok(Self { jobs: Some(jobs), threads })
    }

    /// Runs `look` over a state that no write changes meanwhile. One that nobody waits for any more
    /// when its turn comes is left out.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Txn) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |shared| {
            if answer.is_closed() {
                return;
            }
            let gate = shared.gate.read().unwrap_or_else(PoisonError::into_inner);
            // A panic is one caller's error, and leaves the thread to the others.
            let looked = catch_unwind(AssertUnwindSafe(|| {
                look(&Txn::new((*shared.db).clone(), Arc::clone(&shared.due))?)
            }));
            drop(gate);
            let panicked =
                || Err(StoreError::Unavailable("a reading of the store panicked".into()));
            let _gone = answer.send(looked.unwrap_or_else(|_reported| panicked()));
        });
        let stopped = || StoreError::Unavailable("the store's readers have stopped".into());
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

impl Drop for Readers {
    /// Waits for the looks under way, so that the folder is free afterwards.
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // It does not panic: what runs in it is caught.
            let _ended = thread.join();
        }
    }
}

fn read_all(shared: &Shared, waiting: &Mutex<Receiver<Job>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(shared),
            Err(_) => return,
        }
    }
}
