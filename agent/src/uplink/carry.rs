//! Messages into events, and actions into deeds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::{Entry, ScopeId, Seq};
use prost::Message as _;
use proto::v1;
use proto::v1::to_agent::Kind;
use tokio::time::Instant;

use super::{Ended, Line, Uplink};
use crate::files;
use crate::index::IndexStore;
use crate::session::{Action, Event, Session};
use crate::spool::SpoolError;
use crate::telemetry::chain;

/// BOUND: how many rejected batches are kept for people. More are counted and told, not kept: they
/// are alike by then.
const QUARANTINE_FILES_MAX: usize = 100;

/// What a message of the collector means; nothing for one that this version does not know.
pub(super) fn event_of(message: v1::ToAgent) -> Option<Event> {
    Some(match message.kind? {
        Kind::Welcome(welcome) => {
            Event::Welcome { acked: Seq(welcome.acked_seq), window_max: welcome.window_max }
        }
        Kind::Ack(ack) => Event::Ack(Seq(ack.seq)),
        Kind::Reject(it) => Event::Reject { seq: Seq(it.seq), code: it.code, detail: it.detail },
        Kind::Pause(pause) => Event::Pause(Duration::from_millis(u64::from(pause.ms))),
        Kind::Resync(resync) => Event::Resync(ScopeId(resync.scope)),
    })
}

/// What the bytes of a message from the collector say, if it is one that this version knows.
#[must_use]
pub fn event_decode(bytes: &[u8]) -> Option<Event> {
    event_of(v1::ToAgent::decode(bytes).ok()?)
}

/// Whether the other side ended the handshake because it does not accept our certificate. In
/// TLS 1.3 that comes after our side thinks itself connected, so it may be in any error.
pub(super) fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return matches!(tls, rustls::Error::AlertReceived(_));
        }
        // An `io::Error` hides what it holds from `source`.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    false
}

impl Uplink {
    /// Puts the next batch on the wire, unless it is settled by now. A batch that reads back
    /// differently from what was written ends the epoch, which keeps all others.
    pub(super) async fn send_next(
        &self,
        session: &mut Session,
        line: &mut Line,
    ) -> Result<(), Ended> {
        let Some(seq) = line.outgoing.pop_front() else { return Ok(()) };
        let spool = Arc::clone(&self.spool);
        let entries = match tokio::task::spawn_blocking(move || spool.read(seq)).await? {
            Ok(Some(entries)) => entries,
            Ok(None) => return Ok(()),
            Err(error @ SpoolError::Damaged { .. }) => {
                tracing::error!(error = %chain(&error), "spool damaged");
                self.epoch_renew(session).await?;
                return Err(Ended::Renumbered);
            }
            Err(error) => return Err(error.into()),
        };
        let kind = Some(v1::from_agent::Kind::Batch(v1::Batch { seq: seq.0, entries }));
        if line.outbound.try_send(v1::FromAgent { kind }).is_err() {
            return Err(Ended::Closed);
        }
        self.metrics.batches_sent.add(1);
        Ok(())
    }

    /// Tells the session of `event`, and does what it says.
    pub(super) async fn carry_out(
        &self,
        session: &mut Session,
        line: &mut Line,
        event: Event,
    ) -> Result<(), Ended> {
        let was_open = session.is_open();
        for action in session.handle(event) {
            match action {
                Action::SendHello { .. } => {}
                Action::SendBatch(seq) => line.outgoing.push_back(seq),
                Action::TimerStart(wait) => line.timer = Instant::now().checked_add(wait),
                Action::Drop(seq) => self.drop_settled(seq).await?,
                Action::Quarantine { seq, code, detail } => {
                    self.quarantine(seq, &code, &detail).await?;
                }
                Action::Resync(scope) => self.resync(scope).await?,
                Action::EpochRenew => {
                    self.epoch_renew(session).await?;
                    return Err(Ended::Renumbered);
                }
                Action::Disconnect(reason) => return Err(Ended::Protocol(reason)),
            }
        }
        if session.is_open() && !was_open {
            line.timer = None;
            self.metrics.uplink_connected.set(1);
            self.metrics.uplink_barred.set(0);
            self.metrics.uplink_sessions.add(1);
            tracing::info!(collector = %self.collector, agent = %self.enrolment.agent, "welcomed");
        }
        Ok(())
    }

    async fn drop_settled(&self, seq: Seq) -> Result<(), Ended> {
        let spool = Arc::clone(&self.spool);
        let acked = tokio::task::spawn_blocking(move || spool.acked(seq)).await?;
        match acked {
            Ok(batches) => self.metrics.batches_acked.add(batches),
            // Sent again after a restart, and known there by its number.
            Err(error) => tracing::warn!(seq = seq.0, error = %chain(&error), "not forgotten"),
        }
        Ok(())
    }

    async fn quarantine(&self, seq: Seq, code: &str, detail: &str) -> Result<(), Ended> {
        self.metrics.batches_rejected.add(1);
        let spool = Arc::clone(&self.spool);
        let folder = self.quarantine.clone();
        let note = format!("code: {code}\ndetail: {detail}\n");
        let index = Arc::clone(&self.index);
        let kept = tokio::task::spawn_blocking(move || {
            let Some(entries) = spool.read(seq)? else { return Ok(None) };
            index_forget(&index, &entries);
            let name = format!("{:016x}-{:016x}", spool.epoch().0, seq.0);
            quarantine_write(&folder, &name, &entries, &note)
                .map(Some)
                .map_err(|source| SpoolError::Io { action: "writing", path: folder, source })
        });
        match kept.await? {
            Ok(_) => tracing::error!(
                seq = seq.0, code, detail, path = %self.quarantine.display(),
                "batch rejected by the collector"
            ),
            Err(error) => tracing::error!(
                seq = seq.0, code, detail, error = %chain(&error),
                "batch rejected by the collector and not kept"
            ),
        }
        Ok(())
    }

    async fn resync(&self, scope: ScopeId) -> Result<(), Ended> {
        self.metrics.scopes_resync.add(1);
        tracing::warn!(%scope, "collector asks for the whole scope");
        let (index, forgotten) = (Arc::clone(&self.index), scope.clone());
        let done = tokio::task::spawn_blocking(move || index.forget(&forgotten)).await?;
        if let Err(error) = done {
            tracing::warn!(%scope, error = %chain(&error), "index not removed");
        }
        // Full means that the schedule is behind with hurrying, which it does for all alike.
        let _full = self.resync.try_send(scope);
        Ok(())
    }

    async fn epoch_renew(&self, session: &mut Session) -> Result<(), Ended> {
        tracing::error!(
            collector = %self.collector,
            "collector and spool disagree on what was sent, everything will be sent whole"
        );
        let (index, spool) = (Arc::clone(&self.index), Arc::clone(&self.spool));
        let extent = tokio::task::spawn_blocking(move || {
            if let Err(error) = index.forget_all() {
                tracing::warn!(error = %chain(&error), "index not removed");
            }
            spool.epoch_renew().map(|_recovery| *spool.extent().borrow())
        });
        let extent = extent.await??;
        self.metrics.spool_epochs.add(1);
        let began = Event::EpochBegan { epoch: extent.epoch, seq_next: extent.seq_next };
        let _disconnect = session.handle(began);
        Ok(())
    }
}

/// The collector lacks what these entries say, so the scopes that begin in them are sent whole. Those
/// that began earlier are healed by their digest.
fn index_forget(index: &IndexStore, entries: &[u8]) {
    for entry in proto::entries_decode(entries).unwrap_or_default() {
        if let Entry::Began(began) = entry
            && let Err(error) = index.forget(&began.scope)
        {
            tracing::warn!(scope = %began.scope, error = %chain(&error), "index not removed");
        }
    }
}

fn quarantine_write(folder: &Path, name: &str, entries: &[u8], note: &str) -> std::io::Result<()> {
    files::folder_create(folder)?;
    // Two files for each batch.
    if std::fs::read_dir(folder)?.count() >= QUARANTINE_FILES_MAX.saturating_mul(2) {
        return Err(std::io::Error::other("the quarantine is full"));
    }
    files::replace_bytes(&folder.join(format!("{name}.entries")), entries)?;
    files::replace_bytes(&folder.join(format!("{name}.reason")), note.as_bytes())
}
