//! Puts the parts of a collector together, owns all their tasks, and ends them in order.
//!
//! Stopping: the door closes first, sessions finish what the store has begun, the examiner ends its
//! round, the sinks finish their delivery; then the store is closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::{Change, Cursor, Refusal, SubjectId};
use proto::v1::enrol_server::EnrolServer;
use proto::v1::ingest_server::IngestServer;
use proto::v1::query_server::QueryServer;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tracing::{error, info, warn};
use zeroize::Zeroizing;

use crate::api::Api;
use crate::authority::{Authority, AuthorityError};
use crate::clock::Clock;
use crate::config::Config;
use crate::deriver::{Deriver, TouchedNow};
use crate::door::{self, Refusals};
use crate::enrol::Enrol;
use crate::examiner::{Examiner, Judged, OwnersNow};
use crate::feed::{Pump, SinkHealth};
use crate::folder::{self, FolderError};
use crate::ingest::Ingest;
use crate::metrics::{self, Metrics};
use crate::owners::watch::Watch;
use crate::session::BATCH_BYTES_MAX;
use crate::sink::{self, SinkOptionsError};
use crate::store::{Store, StoreError};
use crate::tasks::Tasks;

/// BOUND: refusals that wait to be written to the feed; under a flood the log alone has them all.
const REFUSALS_MAX: usize = 64;
/// BOUND: streams of one connection: a session, a renewal, a few questions.
const STREAMS_MAX: u32 = 32;
/// How often a silent connection is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long stopping may take before what is left is dropped.
const STOP_MAX: Duration = Duration::from_secs(20);
/// BOUND: how long a client may take to read its last answers; one that does not read holds up nobody.
const ANSWERED_MAX: Duration = Duration::from_secs(3);
/// BOUND: subjects made due at a time when the policy has changed.
const TOUCH_MAX: usize = 1_000;

/// A collector that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its store, for whoever runs in the same process.
    pub store: Arc<dyn Store>,
    /// How far the feed reaches.
    pub feed_end: watch::Receiver<Cursor>,
    /// The declarations in force.
    pub owners: OwnersNow,
    /// Who signs certificates.
    pub authority: Arc<Authority>,
    tasks: Tasks,
    stop: CancellationToken,
    cut: CancellationToken,
    failed: CancellationToken,
}

/// Why a collector does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder is not as it should be.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The authority cannot do its work.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be listened on.
    #[error("listening on `{address}` failed")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A sink cannot be set up.
    #[error(transparent)]
    Sink(#[from] SinkOptionsError),
    /// The certificates cannot serve.
    #[error("the collector's certificate cannot be used")]
    Tls(#[from] rustls::Error),
}

/// Starts a collector over `store`.
///
/// # Errors
///
/// [`StartError`]: tell the operator; nothing is left running.
pub async fn start(
    config: Config,
    store: Arc<dyn Store>,
    clock: Clock,
) -> Result<Running, StartError> {
    let now = clock.now();
    let authority = Arc::new(Authority::open(&config.data_dir)?);
    let fingerprint_key = Arc::new(folder::fingerprint_key(&config.data_dir)?);
    let mut names = config.names.clone();
    names.push(config.listen.ip().to_string());
    let tls = door::server_config(&authority, authority.issue_server(&names, now)?)?;
    let address = config.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })?;
    let address = listener.local_addr().map_err(|source| StartError::Listen { address, source })?;

    policy_changed(&*store, &config).await?;
    let owners = OwnersNow::new(store.owners_load().await?.owners);
    let (feed_end_sender, feed_end) = watch::channel(store.feed_end().await?);
    let running = Running {
        address,
        store: Arc::clone(&store),
        feed_end,
        owners,
        authority,
        tasks: Tasks::default(),
        stop: CancellationToken::new(),
        cut: CancellationToken::new(),
        failed: CancellationToken::new(),
    };
    running.tasks.spawn(watch_store(
        Arc::clone(&running.store),
        running.failed.clone(),
        running.stop.clone(),
    ));
    let parts = Parts { config, store, clock, stored: Arc::new(Notify::new()) };
    parts.declarations(&running).await?;
    parts.door(&running, listener, tls, fingerprint_key);
    let judged = parts.examiner(&running, feed_end_sender);
    let sinks = parts.sinks(&running)?;
    parts.metrics(&running, judged, sinks).await?;
    info!(address = %running.address, "collector started");
    Ok(running)
}

/// How each sink does, by its name.
type Sinks = Vec<(String, SinkHealth)>;

/// What the tasks share while they are started.
struct Parts {
    config: Config,
    store: Arc<dyn Store>,
    clock: Clock,
    stored: Arc<Notify>,
}

impl Parts {
    /// The listener with its services.
    fn door(
        &self,
        running: &Running,
        listener: TcpListener,
        tls: Arc<rustls::ServerConfig>,
        fingerprint_key: Arc<Zeroizing<Vec<u8>>>,
    ) {
        let (refusals, refused) = mpsc::channel(REFUSALS_MAX);
        let (tasks, stop) = (&running.tasks, &running.stop);
        let cut = running.cut.clone();
        tasks.spawn(record(Arc::clone(&self.store), self.clock.clone(), refused, cut));
        let (visitors, accepted) = door::queue();
        tasks.spawn(door::open(listener, tls, refusals.clone(), visitors, stop.clone()));
        let ingest = Ingest {
            store: Arc::clone(&self.store),
            authority: Arc::clone(&running.authority),
            certificate_life: self.config.agent_certificate_life,
            clock: self.clock.clone(),
            stored: Arc::clone(&self.stored),
            refusals: refusals.clone(),
            tasks: tasks.clone(),
            stop: stop.clone(),
            cut: running.cut.clone(),
        };
        let enrol = Enrol {
            store: Arc::clone(&self.store),
            authority: Arc::clone(&running.authority),
            certificate_life: self.config.agent_certificate_life,
            clock: self.clock.clone(),
            fingerprint_key,
            refusals: refusals.clone(),
        };
        let message_bytes_max = BATCH_BYTES_MAX.saturating_mul(2);
        let router = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE))
            .max_concurrent_streams(STREAMS_MAX)
            .add_service(IngestServer::new(ingest).max_decoding_message_size(message_bytes_max))
            .add_service(EnrolServer::new(enrol))
            .add_service(QueryServer::new(self.api(running, refusals)));
        let (stop, cut) = (stop.clone(), running.cut.clone());
        tasks.spawn(async move {
            let stopped = async move { stop.cancelled().await };
            let visitors = ReceiverStream::new(accepted);
            tokio::select! {
                served = router.serve_with_incoming_shutdown(visitors, stopped) => {
                    if let Err(error) = served {
                        error!(%error, "server ended");
                    }
                }
                () = cut.cancelled() => warn!("clients that do not read their answers cut off"),
            }
        });
    }

    fn api(&self, running: &Running, refusals: Refusals) -> Api {
        Api {
            store: Arc::clone(&self.store),
            owners: running.owners.clone(),
            policy: Arc::new(self.config.policy.clone()),
            clock: self.clock.clone(),
            feed_grown: running.feed_end.clone(),
            authority: Some(Arc::clone(&running.authority)),
            refusals: Some(refusals),
        }
    }

    /// The folder of declarations: read before anything is judged, then followed.
    async fn declarations(&self, running: &Running) -> Result<(), StoreError> {
        let watch = Watch {
            folder: self.config.owners_dir.clone(),
            store: Arc::clone(&self.store),
            owners: running.owners.clone(),
            clock: self.clock.clone(),
            stored: Arc::clone(&self.stored),
        };
        for problem in watch.read_now().await? {
            warn!(
                file = problem.file,
                line = problem.line,
                what = problem.what,
                "declarations not read"
            );
        }
        running.tasks.spawn(watch.run(running.stop.clone()));
        Ok(())
    }

    fn examiner(&self, running: &Running, feed_end: watch::Sender<Cursor>) -> Arc<Judged> {
        let judged = Arc::new(Judged::default());
        let touched = TouchedNow::default();
        let deriver = Deriver {
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            touched: touched.clone(),
            stored: Arc::clone(&self.stored),
        };
        running.tasks.spawn(deriver.run(running.stop.clone()));
        let examiner = Examiner {
            store: Arc::clone(&self.store),
            owners: running.owners.clone(),
            policy: Arc::new(self.config.policy.clone()),
            clock: self.clock.clone(),
            stored: Arc::clone(&self.stored),
            feed_end,
            judged: Arc::clone(&judged),
            touched,
        };
        running.tasks.spawn(examiner.run(running.stop.clone()));
        judged
    }

    fn sinks(&self, running: &Running) -> Result<Sinks, SinkOptionsError> {
        let mut sinks = Vec::new();
        for config in &self.config.sinks {
            sinks.push(sink::open(config, &self.config.host_name(), &self.clock)?);
        }
        let mut healths = Vec::new();
        for sink in sinks {
            let health = SinkHealth::default();
            healths.push((sink.name().to_owned(), health.clone()));
            let pump = Pump {
                sink,
                store: Arc::clone(&self.store),
                feed_end: running.feed_end.clone(),
                clock: self.clock.clone(),
                health,
            };
            running.tasks.spawn(pump.run(running.stop.clone()));
        }
        Ok(healths)
    }

    async fn metrics(
        &self,
        running: &Running,
        judged: Arc<Judged>,
        sinks: Sinks,
    ) -> Result<(), StartError> {
        let Some(address) = self.config.metrics_listen else { return Ok(()) };
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| StartError::Listen { address, source })?;
        let metrics = Metrics { store: Arc::clone(&self.store), judged, sinks };
        running.tasks.spawn(metrics::serve(listener, metrics, running.stop.clone()));
        Ok(())
    }
}

impl Running {
    /// Comes back when the store can take nothing any more, so that it makes no sense to go on.
    pub async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Ends everything in order. Whether all ended within the deadline.
    pub async fn stop(self) -> bool {
        self.stop.cancel();
        if self.tasks.wait(ANSWERED_MAX).await {
            return true;
        }
        self.cut.cancel();
        let ended = self.tasks.wait(STOP_MAX.saturating_sub(ANSWERED_MAX)).await;
        if !ended {
            warn!("collector stopped before all its tasks had ended");
        }
        ended
    }
}

/// Says so when the store's own threads have died: what is asked of it would fail for ever.
async fn watch_store(store: Arc<dyn Store>, failed: CancellationToken, stop: CancellationToken) {
    tokio::select! {
        () = store.dead() => {
            error!("store failed for good");
            failed.cancel();
        }
        () = stop.cancelled() => {}
    }
}

/// Makes every subject due if other limits are in force than when the collector last ran.
async fn policy_changed(store: &dyn Store, config: &Config) -> Result<(), StoreError> {
    const SETTING: &str = "policy";
    let digest = config.policy.digest();
    if store.setting_load(SETTING).await?.as_deref() == Some(digest.as_slice()) {
        return Ok(());
    }
    let mut after: Option<SubjectId> = None;
    loop {
        let subjects = store.subjects_page(after.as_ref(), TOUCH_MAX).await?;
        let Some(last) = subjects.last() else { break };
        store.subjects_touch(&subjects).await?;
        after = Some(last.clone());
    }
    // Last, so that a stop in between only means that it is done again.
    store.setting_put(SETTING, &digest).await
}

/// Writes refusals to the feed, each peer and reason once a minute at most.
async fn record(
    store: Arc<dyn Store>,
    clock: Clock,
    mut refused: mpsc::Receiver<Refusal>,
    cut: CancellationToken,
) {
    const AGAIN_AFTER: Duration = Duration::from_mins(1);
    /// BOUND: peers remembered; beyond them all are forgotten and told once more.
    const REMEMBERED_MAX: usize = 10_000;
    let mut told = std::collections::BTreeMap::new();
    loop {
        // Whoever is cut off may have a way here still, and shall not hold up the stop by it.
        let refusal = tokio::select! {
            refusal = refused.recv() => refusal,
            () = cut.cancelled() => None,
        };
        let Some(refusal) = refusal else { return };
        let now = clock.now();
        let key = (refusal.peer.clone(), refusal.code.clone());
        let again = told.get(&key).is_none_or(|last: &Timestamp| {
            Duration::try_from(now.duration_since(*last)).is_ok_and(|span| span >= AGAIN_AFTER)
        });
        if !again {
            continue;
        }
        if told.len() >= REMEMBERED_MAX {
            told.clear();
        }
        told.insert(key, now);
        if let Err(error) = store.feed_append(&Change::Refused(refusal), now).await {
            warn!(%error, "refusal not recorded");
        }
    }
}

#[cfg(test)]
mod tests;
