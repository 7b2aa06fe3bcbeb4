//! The agent as a whole: owns every task, and ends them in order.
//!
//! ```text
//! start   spool, index, enrolment, listener        whatever is wrong is told before a task runs
//! run     one task per source · uplink · listener  one that dies ends the agent, with an error
//! stop    1. sources: cancelled, their scopes abandoned, what they saw is in the spool
//!         2. uplink: until the collector has settled the spool, at most DRAIN_WAIT_MAX
//!         3. listener
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use model::{Pattern, ScopeId};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Config, SourceConfig};
use crate::enrolment::{Enrolment, EnrolmentError};
use crate::health::{self, HealthError};
use crate::index::{IndexError, IndexStore};
use crate::metrics::Metrics;
use crate::scan::{Keeping, Round, RoundError, scan_kept};
use crate::schedule::Schedule;
use crate::source::Source;
use crate::source::registry::{self, Context};
use crate::spool::{Limits, Recovery, SharedSpool, Spool, SpoolError};
use crate::telemetry::chain;
use crate::uplink::Uplink;

/// How long the collector may take to settle what is left when the agent stops. Service managers
/// kill after 90 seconds, containers after 30 or 10.
pub const DRAIN_WAIT_MAX: Duration = Duration::from_secs(8);

/// BOUND: scopes that the collector asks for and the schedule has not heard of. One is enough to
/// bring a source forward.
const RESYNC_WAITING_MAX: usize = 64;

/// Why the agent cannot start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Enrol first.
    #[error(transparent)]
    Enrolment(#[from] EnrolmentError),
    /// The spool cannot be used.
    #[error("opening the spool failed")]
    Spool(#[from] SpoolError),
    /// The index cannot be used.
    #[error("opening the index failed")]
    Index(#[from] IndexError),
    /// The listener cannot be had.
    #[error("showing health failed")]
    Health(#[from] HealthError),
    /// A source does not take its configuration.
    #[error("setting up the source `{kind}` failed")]
    Source {
        /// Which kind.
        kind: &'static str,
        /// What is wrong.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A task died: our own mistake.
    #[error("a task of the agent died")]
    Task(#[source] tokio::task::JoinError),
    /// A round of a single scan could not be kept.
    #[error(transparent)]
    Round(#[from] RoundError),
}

/// An agent that is ready to run.
#[derive(Debug)]
pub struct Agent {
    parts: Parts,
    enrolment: Enrolment,
    collector: String,
    sources: Vec<Planned>,
    health: Option<tokio::net::TcpListener>,
    quarantine: PathBuf,
}

/// What several tasks share.
#[derive(Clone, Debug)]
struct Parts {
    spool: Arc<SharedSpool>,
    index: Arc<IndexStore>,
    metrics: Arc<Metrics>,
    clock: Clock,
    /// What the agent is enrolled for.
    scopes: Vec<Pattern>,
    stop: CancellationToken,
}

struct Planned {
    source: Box<dyn Source>,
    config: SourceConfig,
    /// Its place in the configuration, which keeps two sources of a kind apart.
    name: String,
    hurry: Arc<Notify>,
}

impl std::fmt::Debug for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Planned").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Runs the agent that `config` describes until `stop` is cancelled.
///
/// # Errors
///
/// [`RunError`] if it cannot start, or a task died.
pub async fn run(config: Config, clock: Clock, stop: CancellationToken) -> Result<(), RunError> {
    let agent = Agent::new(config, clock, stop).await?;
    agent.run().await
}

/// Scans each source of `config` once, sends what is new, and waits until the collector settled it
/// or is out of reach. Gives what came of each source, and whether everything was settled.
///
/// # Errors
///
/// [`RunError`] if the agent cannot start, or a round could not be kept.
pub async fn scan_and_send(
    config: Config,
    clock: Clock,
    stop: CancellationToken,
) -> Result<(Vec<Round>, bool), RunError> {
    let agent = Agent::new(config, clock, stop).await?;
    agent.scan_and_send().await
}

impl Agent {
    /// Opens all that the agent needs.
    ///
    /// # Errors
    ///
    /// [`RunError`] with the first thing that is wrong.
    async fn new(config: Config, clock: Clock, stop: CancellationToken) -> Result<Self, RunError> {
        let enrolment = Enrolment::load(&config.state_folder)?;
        let metrics = Arc::new(Metrics::default());
        let fingerprint_key = Arc::new(enrolment.fingerprint_key()?);
        let cx = Context { fingerprint_key, clock: clock.clone(), budgets: Arc::default() };
        let mut sources = Vec::new();
        for (index, source) in config.sources.into_iter().enumerate() {
            sources.extend(Planned::new(index, source, &cx)?);
        }
        let health = match config.health {
            Some(address) => Some(health::bind(address).await?),
            None => None,
        };
        let (spool, index) = {
            let (folder, metrics) = (config.state_folder.clone(), Arc::clone(&metrics));
            let limits = Limits::of(config.spool_bytes_max);
            let opening = move || open(&folder, limits, metrics);
            tokio::task::spawn_blocking(opening).await.map_err(RunError::Task)??
        };
        let collector = config.collector.unwrap_or_else(|| enrolment.collector.clone());
        let quarantine = config.state_folder.join("quarantine");
        let scopes = enrolment.scopes.iter().cloned().map(Pattern).collect();
        let parts = Parts { spool, index, metrics, clock, scopes, stop };
        Ok(Self { parts, enrolment, collector, sources, health, quarantine })
    }

    async fn run(mut self) -> Result<(), RunError> {
        tracing::info!(
            agent = %self.enrolment.agent, collector = %self.collector,
            sources = self.sources.len(), "agent started"
        );
        let (resync, wanted) = mpsc::channel(RESYNC_WAITING_MAX);
        let (drain, stop) = (CancellationToken::new(), self.parts.stop.clone());
        // Dropping a set ends its tasks, so the first error ends them all.
        let mut line = JoinSet::new();
        line.spawn(self.uplink(resync, drain.clone()).run());
        let mut helpers = JoinSet::new();
        if let Some(listener) = self.health.take() {
            let (metrics, clock) = (Arc::clone(&self.parts.metrics), self.parts.clock.clone());
            helpers.spawn(health::serve(listener, metrics, clock));
        }
        let hurries = self.sources.iter().map(Planned::hurry).collect();
        helpers.spawn(hurry(wanted, hurries));
        let mut looking = JoinSet::new();
        for planned in std::mem::take(&mut self.sources) {
            let agent = self.enrolment.agent.clone();
            looking.spawn(look(planned, self.parts.clone(), agent));
        }
        let died = tokio::select! {
            () = stop.cancelled() => Ok(()),
            died = first_death(&mut line, &mut helpers, &mut looking) => Err(RunError::Task(died)),
        };
        self.parts.stop.cancel();
        self.parts.spool.close();
        while let Some(ended) = looking.join_next().await {
            if let Err(error) = ended {
                tracing::error!(error = %chain(&error), "a source died");
            }
        }
        drain.cancel();
        if timeout(DRAIN_WAIT_MAX, line.join_next()).await.is_err() {
            tracing::warn!(
                batches = self.parts.metrics.spool_batches.get(),
                "collector did not settle the spool in time, the rest is sent by the next run"
            );
        }
        tracing::info!("agent stopped");
        died
    }

    async fn scan_and_send(self) -> Result<(Vec<Round>, bool), RunError> {
        let (resync, _wanted) = mpsc::channel(1);
        let drain = CancellationToken::new();
        let mut line = JoinSet::new();
        line.spawn(self.uplink(resync, drain.clone()).run());
        let mut rounds = Vec::new();
        for planned in &self.sources {
            let round = self.parts.round(planned, None).await;
            rounds.push(round?);
        }
        drain.cancel();
        // Ends when all is settled, when the collector is out of reach, or when it is told to.
        tokio::select! {
            _ended = line.join_next() => {}
            () = self.parts.stop.cancelled() => {
                let _in_time = timeout(DRAIN_WAIT_MAX, line.join_next()).await;
            }
        }
        let is_settled = self.parts.metrics.spool_batches.get() == 0;
        Ok((rounds, is_settled))
    }

    fn uplink(&self, resync: mpsc::Sender<ScopeId>, drain: CancellationToken) -> Uplink {
        Uplink {
            collector: self.collector.clone(),
            enrolment: self.enrolment.clone(),
            spool: Arc::clone(&self.parts.spool),
            index: Arc::clone(&self.parts.index),
            metrics: Arc::clone(&self.parts.metrics),
            clock: self.parts.clock.clone(),
            quarantine: self.quarantine.clone(),
            resync,
            drain,
        }
    }
}

impl Planned {
    fn new(index: usize, config: SourceConfig, cx: &Context) -> Result<Option<Self>, RunError> {
        // The configuration knows only kinds of the registry.
        let Some(kind) = registry::kind(config.kind) else { return Ok(None) };
        let source = (kind.build)(config.table.clone(), cx)
            .map_err(|source| RunError::Source { kind: kind.name, source: Box::new(source) })?;
        let name = format!("{}[{index}]", kind.name);
        Ok(Some(Self { source, config, name, hurry: Arc::new(Notify::new()) }))
    }

    fn hurry(&self) -> (&'static str, Arc<Notify>) {
        (self.config.kind, Arc::clone(&self.hurry))
    }
}

impl Parts {
    /// Scans once into the spool, and counts what came of it.
    async fn round(
        &self,
        planned: &Planned,
        interval: Option<SignedDuration>,
    ) -> Result<Round, RoundError> {
        let keeping = Keeping {
            spool: Arc::clone(&self.spool),
            index: Arc::clone(&self.index),
            clock: self.clock.clone(),
            interval,
            scopes: self.scopes.clone(),
            stop: self.stop.clone(),
        };
        let round = scan_kept(planned.source.as_ref(), keeping).await;
        self.metrics.rounds.add(1);
        match &round {
            Ok(round) => {
                let tally = &round.tally;
                let abandoned = u64::try_from(tally.abandoned.len()).unwrap_or(u64::MAX);
                self.metrics.scopes_complete.add(tally.complete);
                self.metrics.scopes_abandoned.add(abandoned);
                self.metrics.facts_seen.add(tally.seen);
                self.metrics.facts_sent.add(tally.sent);
                for (scope, reason) in &tally.abandoned {
                    tracing::warn!(%scope, reason, "scope abandoned");
                }
                if let Some(error) = &round.failed {
                    self.metrics.rounds_failed.add(1);
                    tracing::error!(source = planned.name, error = %chain(error), "scan failed");
                }
                tracing::info!(
                    source = planned.name,
                    complete = tally.complete,
                    abandoned,
                    seen = tally.seen,
                    sent = tally.sent,
                    missed = tally.missed,
                    "scan ended"
                );
            }
            Err(error) => {
                self.metrics.rounds_failed.add(1);
                tracing::error!(source = planned.name, error = %chain(error), "scan not kept");
            }
        }
        round
    }
}

/// Scans one source by its plan until the agent stops.
async fn look(planned: Planned, parts: Parts, agent: model::AgentId) {
    let SourceConfig { interval, jitter, .. } = planned.config;
    let mut schedule = Schedule::new(agent, planned.name.clone(), interval, jitter);
    let told = SignedDuration::try_from(interval.saturating_add(jitter)).ok();
    loop {
        let started = Instant::now();
        // What went wrong is told and counted; the next round is another chance.
        let _told = parts.round(&planned, told).await;
        let mut wait = schedule.wait(started.elapsed());
        let waiting = Instant::now();
        loop {
            tokio::select! {
                () = parts.stop.cancelled() => return,
                () = sleep(wait.saturating_sub(waiting.elapsed())) => schedule.on_time(),
                () = planned.hurry.notified() => {
                    if !schedule.may_be_early() {
                        continue;
                    }
                    wait = Duration::ZERO;
                }
            }
            break;
        }
        tracing::debug!(source = planned.name, early = wait.is_zero(), "scan begins");
    }
}

/// Brings a source forward when the collector asks for one of its scopes.
async fn hurry(mut wanted: mpsc::Receiver<ScopeId>, hurries: Vec<(&'static str, Arc<Notify>)>) {
    while let Some(scope) = wanted.recv().await {
        for (kind, hurry) in &hurries {
            if *kind == scope.source() {
                hurry.notify_one();
            }
        }
    }
    // The line is gone; whoever waits for the tasks sees that.
    std::future::pending::<()>().await;
}

/// The first task that ends by itself, which none should: they run until they are told to stop.
async fn first_death(
    line: &mut JoinSet<()>,
    helpers: &mut JoinSet<()>,
    looking: &mut JoinSet<()>,
) -> tokio::task::JoinError {
    loop {
        let ended = tokio::select! {
            Some(ended) = line.join_next() => ended,
            Some(ended) = helpers.join_next() => ended,
            Some(ended) = looking.join_next() => ended,
            else => std::future::pending().await,
        };
        if let Err(died) = ended {
            return died;
        }
    }
}

/// What the agent remembers.
type Memory = (Arc<SharedSpool>, Arc<IndexStore>);

/// Opens spool and index. If the spool lost anything, the collector may lack what the index says,
/// so the index is forgotten before anything else happens.
fn open(
    state_folder: &std::path::Path,
    limits: Limits,
    metrics: Arc<Metrics>,
) -> Result<Memory, RunError> {
    let (spool, recovery) = Spool::open(&state_folder.join("spool"), limits)?;
    let index = IndexStore::in_folder(&state_folder.join("index"))?;
    if recovery.is_renumbered {
        index.forget_all()?;
        tell(&recovery, &metrics);
    }
    Ok((Arc::new(SharedSpool::new(spool, metrics)), Arc::new(index)))
}

fn tell(recovery: &Recovery, metrics: &Metrics) {
    metrics.spool_cut_bytes.add(recovery.cut_bytes_len);
    metrics.spool_lost_bytes.add(recovery.lost_bytes_len);
    metrics.spool_lost_batches.add(recovery.lost_batches);
    metrics.spool_epochs.add(1);
    let aside = recovery.aside.as_ref().map(|path| path.display().to_string());
    tracing::error!(
        cut_bytes = recovery.cut_bytes_len,
        lost_bytes = recovery.lost_bytes_len,
        lost_batches = recovery.lost_batches,
        aside,
        "spool damaged, what could be read is kept and every scope will be sent whole"
    );
}
