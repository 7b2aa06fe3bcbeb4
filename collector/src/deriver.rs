//! Works out what follows from several subjects together, and keeps it as facts of each of them.
//!
//! ```text
//! examiner ──► touched ──► load the realm ──► analysis::derive ──► batch_commit ──► due ──► examiner
//! ```
//!
//! It decides nothing itself. What it keeps it keeps the way agents do: as scans of a scope of its own,
//! by its own name, so that facts have a history, go when they are no longer concluded, and make due
//! whom they are about. There is no other way into the store.

mod load;
mod touched;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use analysis::derive::{Derived, Realm};
use jiff::{SignedDuration, Timestamp};
use model::{
    AgentId, Batch, BatchId, Began, ContentDigest, Entry, Epoch, Fact, FactKey, Observation,
    ScanId, ScanMode, ScopeDigest, ScopeId, ScopeState, ScopeStatus, Seq,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::clock::Clock;
use crate::store::{AgentRecord, Store, StoreError};

use touched::Part;
pub use touched::{Touched, TouchedNow};

/// The source whose accounts are worked out.
const SOURCE: &str = "aws_iam";
/// BOUND: principals of all realms that are kept at hand: the largest account has 5,000 users and as
/// many roles.
const KEPT_MAX: usize = 12_000;
/// How long the first listing of a scope is waited for: what it has not seen yet may be what matters.
const SCAN_MAX: SignedDuration = SignedDuration::from_mins(15);
/// BOUND: facts of one batch.
const BATCH_LEN: usize = 1_000;
/// How often the time alone is looked at.
const TICK: Duration = Duration::from_secs(1);

/// What the deriver needs.
pub struct Deriver {
    /// Where facts are.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Clock,
    /// Whom the examiner saw change.
    pub touched: TouchedNow,
    /// Told when something was stored.
    pub stored: Arc<Notify>,
}

impl Deriver {
    /// Works out what was touched until `stop`; at first everything.
    pub async fn run(self, stop: CancellationToken) {
        let mut realms = Realms::default();
        self.touched.add(Touched::everything());
        loop {
            let touched = self.touched.take();
            match realms.derive(&*self.store, touched, self.clock.now()).await {
                Ok(0) => {}
                Ok(count) => {
                    debug!(count, "facts derived");
                    self.stored.notify_one();
                }
                Err(error) => error!(%error, "facts not derived"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.touched.noted() => {}
                () = tokio::time::sleep(TICK) => {}
            }
        }
    }
}

/// What is worked out.
#[derive(Debug, Default)]
pub struct Realms {
    kept: BTreeMap<String, Kept>,
    /// What is still to be worked out.
    waiting: Touched,
    /// When time alone may change what is concluded of an account.
    recheck_at: BTreeMap<String, Timestamp>,
    /// The accounts that belong together.
    ours: BTreeSet<String>,
    uses: u64,
}

/// A realm at hand, and what is stored of it.
#[derive(Debug)]
struct Kept {
    realm: Realm,
    stored: BTreeMap<FactKey, ContentDigest>,
    used: u64,
}

impl Realms {
    /// Works out what `touched` names and what waits, and stores it. Gives how many facts are other
    /// than they were.
    ///
    /// # Errors
    ///
    /// As the store's; what was not worked out waits for the next time.
    pub async fn derive(
        &mut self,
        store: &dyn Store,
        touched: Touched,
        as_of: Timestamp,
    ) -> Result<usize, StoreError> {
        self.waiting.add(touched);
        let due = self.recheck_at.iter().filter(|(_, at)| **at <= as_of);
        for account in due.map(|(account, _)| account.clone()).collect::<Vec<_>>() {
            self.recheck_at.remove(&account);
            self.waiting.whole(account);
        }
        if self.waiting.is_empty() {
            return Ok(0);
        }
        if self.waiting.everything || self.waiting.accounts.keys().any(|it| !self.ours.contains(it))
        {
            let ours = load::accounts(store).await?;
            // Who is a stranger depends on who is not.
            if self.waiting.everything || ours != self.ours {
                for account in &ours {
                    self.waiting.whole(account.clone());
                }
            }
            self.ours = ours;
            self.waiting.everything = false;
        }
        let mut count: usize = 0;
        for (account, part) in self.waiting.accounts.clone() {
            if let Some(changed) = self.account(store, &account, part, as_of).await? {
                self.waiting.accounts.remove(&account);
                count = count.saturating_add(changed);
            }
        }
        self.forget_surplus();
        Ok(count)
    }

    /// Whatever is due of one account; none if it is to wait.
    async fn account(
        &mut self,
        store: &dyn Store,
        account: &str,
        part: Part,
        as_of: Timestamp,
    ) -> Result<Option<usize>, StoreError> {
        let scopes = store.scopes_list(None).await?;
        if is_first_listed(&scopes, account, as_of) {
            return Ok(None);
        }
        self.uses = self.uses.saturating_add(1);
        if let Part::Principals(ids) = part
            && let Some(mut kept) = self.kept.remove(account)
        {
            let facts = load::principals(store, ids.iter().cloned()).await?.all;
            let replaced = blocking(move || {
                let derived = kept.realm.replace(&ids, &facts);
                (kept, derived)
            });
            if let Some((mut kept, Derived::Some(facts))) = replaced.await {
                let changed = kept.changed(facts);
                let count = changed.len();
                if count > 0 {
                    let scan = Scan { account, mode: ScanMode::Changes, digest: kept.digest() };
                    scan.store(store, changed, as_of).await?;
                }
                kept.used = self.uses;
                self.kept.insert(account.to_owned(), kept);
                return Ok(Some(count));
            }
        }
        self.whole(store, account, scopes, as_of).await.map(Some)
    }

    async fn whole(
        &mut self,
        store: &dyn Store,
        account: &str,
        scopes: Vec<ScopeStatus>,
        as_of: Timestamp,
    ) -> Result<usize, StoreError> {
        self.kept.remove(account);
        let facts = load::account(store, account).await?.all;
        let (listed, ours, of) = (load::listed(&scopes), self.ours.clone(), account.to_owned());
        let judged = blocking(move || {
            let listed = listed.iter().map(|(account, call)| (account.as_str(), call.as_str()));
            let realm = Realm::of(&of, &facts, listed, ours, as_of);
            let facts = realm.facts();
            (realm, facts)
        });
        let Some((realm, facts)) = judged.await else { return Ok(0) };
        if let Some(at) = realm.changes_at() {
            self.recheck_at.insert(account.to_owned(), at);
        }
        let mut kept = Kept { realm, stored: BTreeMap::new(), used: self.uses };
        let all = kept.changed(facts);
        let own = scope_of(account);
        let before = scopes.iter().find(|it| it.agent.is_collector() && it.scope == own);
        let is_same = match before {
            Some(status) => status.digest == kept.digest() && status.state == ScopeState::Complete,
            None => all.is_empty(),
        };
        let count = if is_same { 0 } else { all.len().max(1) };
        if !is_same {
            let scan = Scan { account, mode: ScanMode::Whole, digest: kept.digest() };
            scan.store(store, all, as_of).await?;
        }
        self.kept.insert(account.to_owned(), kept);
        Ok(count)
    }

    /// Lets go of realms that were not needed for longest.
    fn forget_surplus(&mut self) {
        let mut by_use: Vec<(u64, String)> =
            self.kept.iter().map(|(account, kept)| (kept.used, account.clone())).collect();
        by_use.sort();
        let mut len: usize = self.kept.values().map(|kept| kept.realm.len()).sum();
        for (_, account) in by_use {
            if len <= KEPT_MAX {
                return;
            }
            let gone = self.kept.remove(&account).map_or(0, |kept| kept.realm.len());
            len = len.saturating_sub(gone);
        }
    }
}

impl Kept {
    /// Those of `facts` that are other than what is stored; from here on they are stored.
    fn changed(&mut self, facts: Vec<Fact>) -> Vec<Fact> {
        let mut changed = Vec::new();
        for fact in facts {
            let key = FactKey::of(&fact);
            let content = proto::content_digest(key, &fact);
            if self.stored.insert(key, content) != Some(content) {
                changed.push(fact);
            }
        }
        changed
    }

    fn digest(&self) -> ScopeDigest {
        let mut digest = ScopeDigest::default();
        for content in self.stored.values() {
            digest.add(*content);
        }
        digest
    }
}

/// A scan as the collector itself makes it.
struct Scan<'a> {
    account: &'a str,
    mode: ScanMode,
    digest: ScopeDigest,
}

impl Scan<'_> {
    async fn store(
        self,
        store: &dyn Store,
        facts: Vec<Fact>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let agent = AgentId::from(AgentId::COLLECTOR);
        let (epoch, acked) = match store.agent_load(&agent).await? {
            Some(AgentRecord { epoch, acked, .. }) => (epoch, acked),
            None => (Epoch(1), Seq(0)),
        };
        let scan = ScanId(acked.0.saturating_add(1));
        let began = Began {
            scan,
            scope: scope_of(self.account),
            mode: self.mode,
            at,
            interval: None,
            rights: Vec::new(),
        };
        let mut entries = vec![Entry::Began(began)];
        let saw = |fact| Entry::Saw(Box::new(Observation { scan, seen_at: at, fact }));
        entries.extend(facts.into_iter().map(saw));
        entries.push(Entry::Completed { scan, digest: self.digest, at });
        let mut seq = acked;
        while !entries.is_empty() {
            let rest = entries.split_off(entries.len().min(BATCH_LEN));
            seq = seq.next();
            let id = BatchId { agent: agent.clone(), epoch, seq };
            store.batch_commit(&Batch { id, entries }, at).await?;
            entries = rest;
        }
        Ok(())
    }
}

/// Where the conclusions about an account are kept.
fn scope_of(account: &str) -> ScopeId {
    ScopeId(format!("derived/{SOURCE}/{account}"))
}

/// Whether a part of the account is being listed for the first time.
fn is_first_listed(scopes: &[ScopeStatus], account: &str, as_of: Timestamp) -> bool {
    let prefix = format!("{SOURCE}/{account}/");
    let mut own = scopes.iter().filter(|it| it.scope.as_str().starts_with(&prefix));
    own.any(|it| {
        let is_first = it.state == ScopeState::Running && it.completed_at.is_none();
        is_first && as_of.duration_since(it.first_at) < SCAN_MAX
    })
}

/// Does what takes long where it holds up nobody; none if it panics, which is told.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Some(done),
        Err(error) => {
            error!(%error, "an account could not be judged, through a fault of this program");
            None
        }
    }
}

#[cfg(test)]
mod tests;
