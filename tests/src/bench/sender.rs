//! An agent within this process: the real round, spool and uplink, with a source of ours.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent::clock::Clock;
use agent::enrolment::Enrolment;
use agent::index::IndexStore;
use agent::metrics::Metrics;
use agent::scan::{Keeping, scan_kept};
use agent::source::Source;
use agent::spool::{Limits, SPOOL_BYTES_DEFAULT, SharedSpool, Spool};
use agent::uplink::Uplink;
use anyhow::bail;
use model::{Pattern, ScopeId, Seq};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::line::Agent;

/// What an agent that enrolled as a process has, opened here.
#[derive(Debug)]
pub(super) struct Sender {
    enrolment: Enrolment,
    spool: Arc<SharedSpool>,
    index: Arc<IndexStore>,
    metrics: Arc<Metrics>,
    quarantine: PathBuf,
}

/// A session that stays open.
#[derive(Debug)]
pub(super) struct Session {
    /// Cancelled, the session ends when all is settled.
    pub(super) drain: CancellationToken,
    /// Scopes that the collector wants whole, which would spoil a measurement.
    pub(super) resync: mpsc::Receiver<ScopeId>,
    /// The session itself.
    pub(super) uplink: Uplink,
}

impl Sender {
    pub(super) fn open(agent: &Agent) -> anyhow::Result<Self> {
        let enrolment = Enrolment::load(&agent.state_dir)?;
        let limits = Limits::of(SPOOL_BYTES_DEFAULT);
        let (spool, _recovery) = Spool::open(&agent.state_dir.join("spool"), limits)?;
        let metrics = Arc::new(Metrics::default());
        Ok(Self {
            enrolment,
            spool: Arc::new(SharedSpool::new(spool, Arc::clone(&metrics))),
            index: Arc::new(IndexStore::in_folder(&agent.state_dir.join("index"))?),
            metrics,
            quarantine: agent.state_dir.join("quarantine"),
        })
    }

    /// Scans into the spool.
    pub(super) async fn scan(&self, source: &dyn Source) -> anyhow::Result<()> {
        let keeping = Keeping {
            spool: Arc::clone(&self.spool),
            index: Arc::clone(&self.index),
            clock: Clock::System,
            interval: None,
            scopes: self.enrolment.scopes.iter().cloned().map(Pattern).collect(),
            stop: CancellationToken::new(),
        };
        let round = scan_kept(source, keeping).await?;
        if !round.tally.abandoned.is_empty() {
            bail!("scopes were given up: {:?}", round.tally.abandoned);
        }
        Ok(())
    }

    /// What waits in the spool, batch by batch.
    pub(super) fn batches(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut batches = Vec::new();
        let mut seq = Seq(1);
        while let Some(batch) = self.spool.read(seq)? {
            batches.push(batch);
            seq = seq.next();
        }
        Ok(batches)
    }

    /// A session with the collector at `address`, to be run by the caller.
    pub(super) fn session(&self, address: SocketAddr) -> Session {
        let (resync, wanted) = mpsc::channel(16);
        let drain = CancellationToken::new();
        let uplink = Uplink {
            collector: address.to_string(),
            enrolment: self.enrolment.clone(),
            spool: Arc::clone(&self.spool),
            index: Arc::clone(&self.index),
            metrics: Arc::clone(&self.metrics),
            clock: Clock::System,
            quarantine: self.quarantine.clone(),
            resync,
            drain: drain.clone(),
        };
        Session { drain, resync: wanted, uplink }
    }

    /// Connects, sends everything, and waits until the last batch is settled; how long that took.
    pub(super) async fn drain(&self, address: SocketAddr) -> anyhow::Result<Duration> {
        let Session { drain, mut resync, uplink } = self.session(address);
        drain.cancel();
        let begun = Instant::now();
        uplink.run().await;
        let elapsed = begun.elapsed();
        if !self.is_settled() {
            bail!("the collector did not take everything");
        }
        if let Ok(scope) = resync.try_recv() {
            bail!("the collector asked for `{scope}` once more");
        }
        Ok(elapsed)
    }

    /// Whether everything was stored, and nothing refused.
    pub(super) fn is_settled(&self) -> bool {
        self.metrics.spool_batches.get() == 0 && self.metrics.batches_rejected.get() == 0
    }

    /// Whether the collector has welcomed us.
    pub(super) fn is_connected(&self) -> bool {
        self.metrics.uplink_connected.get() == 1
    }
}
