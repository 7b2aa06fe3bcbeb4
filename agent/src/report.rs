//! From what a source reports to the entries of a batch: only what the collector does not know yet.
//!
//! ```text
//! Report::Began      ->  Began{Whole}     nothing is known of what the collector has
//!                        Began{Changes}   the index of the scope is there
//! Report::Saw        ->  Saw              new, or different from the index; else nothing
//! Report::Completed  ->  Missed ...       in the index and not seen
//!                        Completed        with the digest of all that was seen
//! Report::Abandoned  ->  Abandoned        the index keeps what was seen and what was not
//! ```
//!
//! INVARIANT: an index is saved only after the entries drawn from it are safe (in the spool), so it
//! never says more than the collector will know. If it says less, after a crash, the digests differ
//! at the end of the next scan and the collector asks for the whole. A sum of what was seen ends
//! every complete scan, so both sides prove their agreement each time.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::{
    Began, ContentDigest, Entry, Fact, FactKey, Observation, Pattern, ScanId, ScanMode,
    ScopeDigest, ScopeId,
};

use crate::index::{Generation, IndexError, IndexStore};
use crate::source::Report;

/// The largest encoded fact that is sent. A policy document is at most some 100 KiB; what is larger
/// is no identity's fact, and must not fill a batch or a store. With a batch around it, it stays
/// below the 1 MiB that a collector takes.
pub const FACT_BYTES_MAX: usize = 960 * 1024;

/// The most facts of one scope: 60 MB of index, and ten times the largest account known.
pub const SCOPE_FACTS_MAX: usize = 1_000_000;

/// The longest reason that is passed on; longer ones are cut. Reasons hold texts of others.
const REASON_BYTES_MAX: usize = 1024;

/// Turns reports into entries, and remembers per scope what it has told.
#[derive(Debug)]
pub struct Reporter {
    index: Arc<IndexStore>,
    interval: Option<SignedDuration>,
    permitted: Option<Vec<Pattern>>,
    open: BTreeMap<ScanId, Scan>,
    ended: Vec<Scan>,
    tally: Tally,
}

/// What a round of scans came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Scopes listed to their end.
    pub complete: u64,
    /// Scopes given up, and why, in the order of their ids.
    pub abandoned: BTreeMap<ScopeId, String>,
    /// Facts seen, repeats included.
    pub seen: u64,
    /// Facts that were new or different.
    pub sent: u64,
    /// Facts that were not there any more.
    pub missed: u64,
}

/// A scan in progress, or ended and not yet saved.
#[derive(Debug)]
struct Scan {
    id: ScanId,
    scope: ScopeId,
    generation: Generation,
    rows: BTreeMap<FactKey, Row>,
    /// Whether `rows` differ from what is on disk.
    changed: bool,
}

/// What the collector will know of a fact, and whether this scan saw it: 37 bytes, about 50 with
/// the tree around it.
#[derive(Clone, Copy, Debug)]
struct Row {
    content: ContentDigest,
    seen: bool,
}

impl Reporter {
    /// A reporter that compares with `index`. `interval` is how long until the next round by the
    /// schedule; none for a single scan.
    #[must_use]
    pub fn new(index: Arc<IndexStore>, interval: Option<SignedDuration>) -> Self {
        Self {
            index,
            interval,
            permitted: None,
            open: BTreeMap::new(),
            ended: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Keeps to the scopes that the agent is enrolled for. Others count as abandoned, and nothing of
    /// them is sent: the collector would refuse the whole batch that they are in.
    #[must_use]
    pub fn permitted(self, scopes: Vec<Pattern>) -> Self {
        Self { permitted: Some(scopes), ..self }
    }

    /// The entries that `report` gives rise to, in order. Loads the index of a scope that begins,
    /// so it may block on the disk.
    pub fn take(&mut self, report: Report, now: Timestamp) -> Vec<Entry> {
        match report {
            Report::Began(scan, scope, rights) => self.began(scan, scope, rights, now),
            Report::Saw(scan, fact) => self.saw(scan, *fact, now),
            Report::Completed(scan) => self.completed(scan, now),
            Report::Abandoned(scan, reason) => self.abandoned(scan, &reason, now),
        }
    }

    /// Abandons what the source left open.
    pub fn round_end(&mut self, now: Timestamp) -> Vec<Entry> {
        let open: Vec<ScanId> = self.open.keys().copied().collect();
        let mut entries = Vec::new();
        for scan in open {
            entries.append(&mut self.abandoned(scan, "the source stopped before the end", now));
        }
        entries
    }

    /// Keeps the indexes of the scans that ended. Call it when every entry that [`Self::take`] gave
    /// so far is safe. Blocks until they are on disk.
    ///
    /// # Errors
    ///
    /// The first [`IndexError`]; the other indexes are kept all the same.
    pub fn persist(&mut self) -> Result<(), IndexError> {
        let mut result = Ok(());
        for scan in std::mem::take(&mut self.ended) {
            let saved = scan.save(&self.index);
            if result.is_ok() {
                result = saved;
            }
        }
        result
    }

    /// What came of it so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn began(
        &mut self,
        id: ScanId,
        scope: ScopeId,
        rights: Vec<ScopeId>,
        now: Timestamp,
    ) -> Vec<Entry> {
        if self.permitted.as_ref().is_some_and(|patterns| !scope.is_permitted(patterns)) {
            self.tally.abandoned.insert(scope, "the agent is not enrolled for it".to_owned());
            return Vec::new();
        }
        // A scope that a source opens again has its first scan abandoned, as the collector would.
        let again = self.open.values().find(|open| open.scope == scope).map(|open| open.id);
        let mut entries = match again {
            Some(earlier) => self.abandoned(earlier, "the scope was opened again", now),
            None => Vec::new(),
        };
        // What that scan told is not saved yet, and must count.
        let unsaved = self.ended.iter().position(|ended| ended.scope == scope);
        let (generation, known) = match unsaved {
            Some(position) => {
                let ended = self.ended.remove(position);
                let known = ended.rows.iter().map(|(key, row)| (*key, row.content)).collect();
                (ended.generation, Some(known))
            }
            None => self.index.load(&scope),
        };
        let changed = known.is_none() || unsaved.is_some();
        let mode = if known.is_some() { ScanMode::Changes } else { ScanMode::Whole };
        let rows = known
            .unwrap_or_default()
            .into_iter()
            .map(|(key, content)| (key, Row { content, seen: false }))
            .collect();
        let interval = self.interval;
        entries.push(Entry::Began(Began {
            scan: id,
            scope: scope.clone(),
            mode,
            at: now,
            interval,
            rights,
        }));
        self.open.insert(id, Scan { id, scope, generation, rows, changed });
        entries
    }

    fn saw(&mut self, id: ScanId, fact: Fact, now: Timestamp) -> Vec<Entry> {
        // What follows an end, such as our own for a fact too large, is not listened to.
        let Some(scan) = self.open.get_mut(&id) else { return Vec::new() };
        self.tally.seen = self.tally.seen.saturating_add(1);
        let encoded = proto::fact_encode(&fact);
        if encoded.len() > FACT_BYTES_MAX {
            let (kind, node) = fact.node();
            let bytes = encoded.len();
            let reason = format!("{kind} `{node}` is too large to be sent: {bytes} bytes");
            return self.abandoned(id, &reason, now);
        }
        let key = FactKey::of(&fact);
        let content = ContentDigest::of(key, &encoded);
        let known = scan.rows.get_mut(&key);
        if known.is_none() && scan.rows.len() >= SCOPE_FACTS_MAX {
            let reason = format!("more than {SCOPE_FACTS_MAX} facts in one scope");
            return self.abandoned(id, &reason, now);
        }
        // No early return above holds the row, so look it up once more only to insert.
        match scan.rows.get_mut(&key) {
            Some(row) if row.content == content => {
                row.seen = true;
                return Vec::new();
            }
            Some(row) => *row = Row { content, seen: true },
            None => {
                scan.rows.insert(key, Row { content, seen: true });
            }
        }
        scan.changed = true;
        self.tally.sent = self.tally.sent.saturating_add(1);
        vec![Entry::Saw(Box::new(Observation { scan: id, seen_at: now, fact }))]
    }

    fn completed(&mut self, id: ScanId, now: Timestamp) -> Vec<Entry> {
        let Some(mut scan) = self.open.remove(&id) else { return Vec::new() };
        let mut entries = Vec::new();
        let mut digest = ScopeDigest::default();
        scan.rows.retain(|key, row| {
            if row.seen {
                digest.add(row.content);
            } else {
                entries.push(Entry::Missed(id, *key));
            }
            row.seen
        });
        scan.changed |= !entries.is_empty();
        let missed = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        self.tally.missed = self.tally.missed.saturating_add(missed);
        self.tally.complete = self.tally.complete.saturating_add(1);
        entries.push(Entry::Completed { scan: id, digest, at: now });
        self.ended.push(scan);
        entries
    }

    fn abandoned(&mut self, id: ScanId, reason: &str, now: Timestamp) -> Vec<Entry> {
        let Some(scan) = self.open.remove(&id) else { return Vec::new() };
        let reason = cut(reason, REASON_BYTES_MAX).to_owned();
        self.tally.abandoned.insert(scan.scope.clone(), reason.clone());
        self.ended.push(scan);
        vec![Entry::Abandoned { scan: id, reason, at: now }]
    }
}

impl Scan {
    fn save(&self, index: &IndexStore) -> Result<(), IndexError> {
        if !self.changed {
            return Ok(());
        }
        let count = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        let rows = self.rows.iter().map(|(key, row)| (key, row.content));
        index.save(&self.scope, self.generation, count, rows)
    }
}

/// The longest beginning of `text` of at most `bytes_max` bytes that ends between characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
