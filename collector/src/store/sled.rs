//! The embedded store: one folder, one process, all in one sled tree.
//!
//! Reads run side by side on a few threads, the [`readers`], each over a state that no write changes
//! meanwhile; writes go through one [`writer`], which shares a flush among all that wait.
//! `sled/key.rs` shows what lies where. Every byte of sled is behind this module.

mod commit;
mod dossier;
mod due;
mod filter;
mod key;
mod open;
mod prepared;
mod readers;
mod records;
mod rows;
mod settle;
mod txn;
mod writer;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use jiff::Timestamp;
use model::{
    AgentId, Batch, BatchId, Change, Cursor, Dossier, FeedEvent, Finding, FindingId, PastSighting,
    Refusal, ScopeStatus, Settlement, SubjectId, Unknown,
};
use proto::v1;

use self::prepared::Prepared;
use self::readers::Readers;
use self::rows::{load, odd, parse};
use self::txn::Txn;
use self::writer::{Rank, Shared, Writer};
use super::{AgentRecord, Committed, Invitation, OwnersState, Record, Store, StoreError, codec};

/// How much of the machine a store may take.
#[derive(Clone, Copy, Debug)]
pub struct SledOptions {
    /// Size of the cache of pages, in bytes. The process takes two to three times as much.
    pub cache_bytes_max: u64,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self { cache_bytes_max: 16 * 1024 * 1024 }
    }
}

/// Everything in one folder.
#[derive(Debug)]
pub struct SledStore {
    // The writer goes first, so that all is written when the rest is dropped.
    writer: Writer,
    readers: Readers,
    shared: Shared,
}

impl SledStore {
    /// Opens the store in `dir`, or makes one there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the folder cannot be used: another process has it, or this
    /// program is older than what is in it. [`StoreError::Corrupt`] if it is damaged.
    pub fn open(dir: &Path, options: SledOptions) -> Result<Self, StoreError> {
        let shared = open::open(dir, options)?;
        let writer = Writer::start(&shared)?;
        let readers = Readers::start(&shared)?;
        Ok(Self { writer, readers, shared })
    }

    /// Ends the writer as a panic in it would.
    #[cfg(test)]
    pub(crate) async fn writer_break(&self) {
        let broken = self.writer.submit::<()>(Rank::Other, |_txn| panic!("broken by a test")).await;
        assert!(broken.is_err());
    }

    /// How many keys were written since the store was opened.
    #[must_use]
    pub fn writes_count(&self) -> u64 {
        self.shared.writes.load(Ordering::Relaxed)
    }

    /// How many bytes the store takes on disk.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the disk does not tell.
    pub fn disk_bytes_len(&self) -> Result<u64, StoreError> {
        Ok(self.shared.db.size_on_disk()?)
    }
}

/// Reads up to `limit` things, whose keys begin with `prefix` and lie beyond `after`; `pick` gives
/// those that count.
fn page<T>(
    txn: &Txn,
    prefix: &[u8],
    (after, limit): (Option<&[u8]>, usize),
    mut pick: impl FnMut(&[u8], &[u8]) -> Result<Option<T>, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut things = Vec::new();
    txn.walk(prefix, after, |key, value| {
        if things.len() >= limit {
            return Ok(ControlFlow::Break(()));
        }
        things.extend(pick(key, value)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(things)
}

/// The subjects that are due; see [`Store::subjects_due`].
fn subjects_due(txn: &Txn, as_of: Timestamp, limit: usize) -> Result<Vec<SubjectId>, StoreError> {
    let mut due = Vec::new();
    txn.due_walk(None, |_, _, id| {
        if due.len() >= limit {
            return Ok(ControlFlow::Break(()));
        }
        due.push(id);
        Ok(ControlFlow::Continue(()))
    })?;
    let last = key::moment_part(as_of);
    txn.walk(&[key::RECHECK], None, |key, _| {
        let at: [u8; 12] = key::part(key, 1).ok_or_else(|| odd(key))?;
        if at > last || due.len() >= limit {
            return Ok(ControlFlow::Break(()));
        }
        let id = key.get(13..).and_then(key::subject_of).ok_or_else(|| odd(key))?;
        if txn.due_mark(&id).is_none() {
            due.push(id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(due)
}

#[async_trait]
impl Store for SledStore {
    async fn dead(&self) {
        self.writer.stopped().await;
    }

    async fn batch_commit(
        &self,
        batch: &Batch,
        received_at: Timestamp,
    ) -> Result<Committed, StoreError> {
        let batch = Prepared::of(batch);
        self.writer
            .submit(Rank::Batch, move |txn| commit::batch_commit(txn, batch, received_at))
            .await
    }

    async fn batch_reject(
        &self,
        id: &BatchId,
        refusal: &Refusal,
        received_at: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, refusal) = (id.clone(), refusal.clone());
        self.writer
            .submit(Rank::Batch, move |txn| commit::batch_reject(txn, &id, &refusal, received_at))
            .await
    }

    async fn scopes_list(&self, agent: Option<&AgentId>) -> Result<Vec<ScopeStatus>, StoreError> {
        let agent = agent.cloned();
        self.readers.submit(move |txn| dossier::scopes_list(txn, agent.as_ref())).await
    }

    async fn agent_load(&self, id: &AgentId) -> Result<Option<AgentRecord>, StoreError> {
        let id = id.clone();
        self.readers.submit(move |txn| txn.agent(&id)).await
    }

    async fn agents_list(&self) -> Result<Vec<AgentRecord>, StoreError> {
        self.readers
            .submit(|txn| {
                page(txn, &[key::AGENT], (None, usize::MAX), |key, value| {
                    parse(key, value, codec::agent).map(Some)
                })
            })
            .await
    }

    async fn agent_put(&self, agent: &AgentRecord) -> Result<(), StoreError> {
        let agent = agent.clone();
        let change = move |txn: &mut Txn| {
            let stored = txn.agent(&agent.id)?;
            let record = stored.map(|stored| agent.with_position_of(&stored));
            txn.agent_put(&record.unwrap_or_else(|| agent.without_position()));
            Ok(())
        };
        self.writer.submit(Rank::Other, change).await
    }

    async fn invitation_put(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let key = key::invitation(&invitation.secret_digest);
        let message = codec::invitation_message(invitation);
        let change = move |txn: &mut Txn| {
            txn.put_message(key, &message);
            Ok(())
        };
        self.writer.submit(Rank::Other, change).await
    }

    async fn invitation_take(
        &self,
        secret_digest: [u8; 32],
    ) -> Result<Option<Invitation>, StoreError> {
        let change = move |txn: &mut Txn| {
            let key = key::invitation(&secret_digest);
            let invitation = load(txn, &key, codec::invitation)?;
            txn.delete(key)?;
            Ok(invitation)
        };
        self.writer.submit(Rank::Other, change).await
    }

    async fn owners_load(&self) -> Result<OwnersState, StoreError> {
        self.readers.submit(Txn::owners).await
    }

    async fn owners_replace(
        &self,
        owners: &OwnersState,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        let owners = owners.clone();
        let change = move |txn: &mut Txn| {
            if txn.owners()?.problems != owners.problems {
                txn.event_push(Change::Owners(owners.problems.clone()), recorded_at);
            }
            txn.owners_put(&owners)
        };
        self.writer.submit(Rank::Other, change).await
    }

    async fn subjects_touch(&self, subjects: &[SubjectId]) -> Result<(), StoreError> {
        let subjects = subjects.to_vec();
        let change = move |txn: &mut Txn| {
            for id in &subjects {
                txn.touch(id);
            }
            Ok(())
        };
        self.writer.submit(Rank::Other, change).await
    }

    async fn subjects_due(
        &self,
        as_of: Timestamp,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError> {
        self.readers.submit(move |txn| subjects_due(txn, as_of, limit)).await
    }

    async fn subjects_page(
        &self,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<SubjectId>, StoreError> {
        let after = after.map(key::subject);
        self.readers
            .submit(move |txn| {
                page(txn, &[key::SUBJECT], (after.as_deref(), limit), |key, value| {
                    let (id, book) = parse(key, value, codec::subject)?;
                    Ok((book.existed || !book.standing.is_empty()).then_some(id))
                })
            })
            .await
    }

    async fn subject_load(&self, id: &SubjectId) -> Result<Dossier, StoreError> {
        let id = id.clone();
        self.readers.submit(move |txn| dossier::subject_load(txn, &id)).await
    }

    async fn subject_history(&self, id: &SubjectId) -> Result<Vec<PastSighting>, StoreError> {
        let id = id.clone();
        self.readers.submit(move |txn| dossier::subject_history(txn, &id)).await
    }

    async fn subject_settle(
        &self,
        settlement: &Settlement,
        recorded_at: Timestamp,
    ) -> Result<(), StoreError> {
        let settlement = settlement.clone();
        self.writer
            .submit(Rank::Other, move |txn| settle::subject_settle(txn, &settlement, recorded_at))
            .await
    }

    async fn unknowns_page(
        &self,
        after: Option<&SubjectId>,
        limit: usize,
    ) -> Result<Vec<(SubjectId, Vec<Unknown>)>, StoreError> {
        let after = after.map(key::subject);
        self.readers
            .submit(move |txn| {
                page(txn, &[key::SUBJECT], (after.as_deref(), limit), |key, value| {
                    let (id, book) = parse(key, value, codec::subject)?;
                    Ok((!book.unknown.is_empty()).then_some((id, book.unknown)))
                })
            })
            .await
    }

    async fn findings_page(
        &self,
        after: Option<&FindingId>,
        limit: usize,
    ) -> Result<Vec<Finding>, StoreError> {
        let after = after.map(key::finding_open);
        self.readers
            .submit(move |txn| {
                page(txn, &[key::FINDING_OPEN], (after.as_deref(), limit), |key, value| {
                    parse(key, value, |it: v1::Finding| it.try_into()).map(Some)
                })
            })
            .await
    }

    async fn finding_load(&self, id: &FindingId) -> Result<Option<Finding>, StoreError> {
        let id = id.clone();
        self.readers.submit(move |txn| txn.finding(&id)).await
    }

    async fn feed_append(
        &self,
        change: &Change,
        recorded_at: Timestamp,
    ) -> Result<Cursor, StoreError> {
        let change = change.clone();
        self.writer.submit(Rank::Other, move |txn| Ok(txn.event_push(change, recorded_at))).await
    }

    async fn feed_read(&self, after: Cursor, limit: usize) -> Result<Vec<FeedEvent>, StoreError> {
        let after = key::event(after);
        self.readers
            .submit(move |txn| {
                page(txn, &[key::EVENT], (Some(&after), limit), |key, value| {
                    parse(key, value, |it: v1::FeedEvent| it.try_into()).map(Some)
                })
            })
            .await
    }

    async fn feed_end(&self) -> Result<Cursor, StoreError> {
        self.readers.submit(|txn| Ok(txn.event_last())).await
    }

    async fn cursor_load(&self, consumer: &str) -> Result<Cursor, StoreError> {
        let consumer = consumer.to_owned();
        self.readers.submit(move |txn| txn.cursor(&consumer)).await
    }

    async fn cursor_advance(&self, consumer: &str, to: Cursor) -> Result<(), StoreError> {
        let consumer = consumer.to_owned();
        let change = move |txn: &mut Txn| {
            // A consumer that never moved is put down at 0, too: it is known from then on.
            let at = txn.cursor(&consumer)?.max(to);
            txn.cursor_put(&consumer, at);
            Ok(())
        };
        self.writer.submit(Rank::Other, change).await
    }

    async fn setting_load(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let key = key::setting(name);
        self.readers
            .submit(move |txn| {
                load(txn, &key, |it: v1::SettingRecord| Ok::<_, proto::Malformed>(it.value))
            })
            .await
    }

    async fn setting_put(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let (name, value) = (name.to_owned(), value.to_vec());
        let change = move |txn: &mut Txn| {
            txn.setting_put(&name, &value);
            Ok(())
        };
        self.writer.submit(Rank::Other, change).await
    }

    async fn records_export(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let after = after.map(<[u8]>::to_vec);
        self.readers.submit(move |txn| records::records_export(txn, after.as_deref(), limit)).await
    }

    async fn records_import(&self, records: &[Record]) -> Result<(), StoreError> {
        let records = records.to_vec();
        self.writer.submit(Rank::Other, move |txn| records::records_import(txn, &records)).await
    }
}

#[cfg(test)]
mod tests;
