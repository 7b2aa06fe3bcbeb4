//! Judging what changed gives the same findings as judging everything anew (invariant 7).
//!
//! ```text
//! history ──┬──► store ──► judged: what the store says is due ─────────────┐
//!           └──► store ──► judged: every subject there is or ever was ─────┴──► equal, whenever judged
//! ```

mod estate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicI64;

use jiff::{SignedDuration, Timestamp};
use model::testing::day;
use model::{
    Batch, BatchId, Began, Change, Entry, Epoch, Fact, FactKey, FeedEvent, Finding, FindingChange,
    FindingId, Observation, Refusal, ScanId, ScanMode, ScopeDigest, ScopeId, Seq, Unknown,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::owners::watch::Watch;
use crate::store::memory::MemoryStore;
use crate::store::sled::{SledOptions, SledStore};
use estate::{AGENTS, OWNERS, SCOPES, facts, policy, rights_of, subjects};

/// What can happen to an estate. Numbers stand for entries of the tables in `estate`.
#[derive(Clone, Debug)]
enum Step {
    /// An agent begins to list a scope and sees these facts.
    Scan { agent: usize, scope: usize, whole: bool, facts: Vec<usize> },
    /// It sees more.
    See { agent: usize, scope: usize, facts: Vec<usize> },
    /// It lists all of a scope and finds one thing more, or different, or one thing less.
    Change { agent: usize, scope: usize, fact: usize, gone: bool },
    /// It ends the listing.
    End { agent: usize, scope: usize, how: How },
    /// A batch of it is refused.
    Refuse { agent: usize },
    /// It loses its spool.
    Lose { agent: usize },
    /// Somebody writes other declarations.
    Declare { owners: usize },
    /// So many hours go by.
    Wait { hours: i64 },
    /// The examiner runs.
    Judge,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Complete,
    Cut,
    Differs,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let agent = || 0..AGENTS.len();
    let scope = || 0..SCOPES.len();
    let fact = || 0..facts().len();
    let seen = || vec(fact(), 0..20);
    let end = || select(vec![How::Complete, How::Complete, How::Complete, How::Cut, How::Differs]);
    let hours = select(vec![1, 12, 24, 24 * 4, 24 * 20, 24 * 80, 24 * 200]);
    let step = prop_oneof![
        6 => (agent(), scope(), any::<bool>(), seen())
            .prop_map(|(agent, scope, whole, facts)| Step::Scan { agent, scope, whole, facts }),
        2 => (agent(), scope(), seen())
            .prop_map(|(agent, scope, facts)| Step::See { agent, scope, facts }),
        8 => (agent(), scope(), end())
            .prop_map(|(agent, scope, how)| Step::End { agent, scope, how }),
        12 => (agent(), scope(), fact(), any::<bool>())
            .prop_map(|(agent, scope, fact, gone)| Step::Change { agent, scope, fact, gone }),
        1 => agent().prop_map(|agent| Step::Refuse { agent }),
        1 => agent().prop_map(|agent| Step::Lose { agent }),
        3 => (0..OWNERS.len()).prop_map(|owners| Step::Declare { owners }),
        4 => hours.prop_map(|hours| Step::Wait { hours }),
        16 => Just(Step::Judge),
    ];
    vec(step, 1..50)
}

fn of_table(which: &[usize]) -> Vec<Fact> {
    which.iter().map(|which| facts()[*which].clone()).collect()
}

/// By fact key: what an agent saw, or holds for reported.
type Known = BTreeMap<FactKey, Fact>;

/// One agent as the test plays it.
#[derive(Default)]
struct Player {
    epoch: Epoch,
    seq: Seq,
    scan: ScanId,
    /// By scope: the scan that runs, and what it saw.
    open: BTreeMap<usize, (ScanId, Known)>,
    held: BTreeMap<usize, Known>,
}

/// A collector without its doors.
struct Collector {
    store: Arc<dyn Store>,
    owners: OwnersNow,
    realms: Realms,
}

impl Collector {
    fn new(store: Arc<dyn Store>) -> Self {
        Self { store, owners: OwnersNow::default(), realms: Realms::default() }
    }

    async fn judge(&mut self, as_of: Timestamp) {
        let Self { store, owners, realms } = self;
        judge_due(&**store, owners, &policy(), realms, as_of).await.unwrap();
    }

    /// Judges everything, by nothing that was kept.
    async fn judge_anew(&mut self, as_of: Timestamp) {
        self.store.subjects_touch(&subjects()).await.unwrap();
        self.realms = Realms::default();
        self.judge(as_of).await;
    }

    /// Every open finding.
    async fn findings(&self) -> BTreeMap<FindingId, Finding> {
        let page = self.store.findings_page(None, usize::MAX).await.unwrap();
        page.into_iter().map(|finding| (finding.id.clone(), finding)).collect()
    }

    async fn unknowns(&self) -> BTreeMap<SubjectId, Vec<Unknown>> {
        self.store.unknowns_page(None, usize::MAX).await.unwrap().into_iter().collect()
    }

    /// Who is there.
    async fn existing(&self) -> BTreeSet<SubjectId> {
        let mut existing = BTreeSet::new();
        for id in subjects() {
            if self.store.subject_load(&id).await.unwrap().existed {
                existing.insert(id);
            }
        }
        existing
    }

    /// What the feed told of findings and of who is there, by subject.
    async fn told(&self) -> BTreeMap<SubjectId, Vec<FeedEvent>> {
        let mut told: BTreeMap<SubjectId, Vec<FeedEvent>> = BTreeMap::new();
        for event in self.store.feed_read(Cursor(0), usize::MAX).await.unwrap() {
            let subject = match &event.change {
                Change::Finding(change) => change.finding().subject.clone(),
                Change::Existence(subject, _) => subject.clone(),
                Change::Coverage(_) | Change::Refused(_) | Change::Owners(_) => continue,
            };
            told.entry(subject).or_default().push(FeedEvent { at: Cursor(0), ..event });
        }
        told
    }
}

/// The same history in two collectors.
struct Game {
    /// Judges what is due.
    due: Collector,
    /// Judges everything.
    all: Collector,
    folder: tempfile::TempDir,
    players: Vec<Player>,
    clock: Clock,
}

impl Game {
    fn new(due: Arc<dyn Store>) -> Self {
        Self {
            due: Collector::new(due),
            all: Collector::new(Arc::new(MemoryStore::new())),
            folder: tempfile::tempdir().unwrap(),
            players: AGENTS.iter().map(|_| Player::default()).collect(),
            clock: Clock::manual(day("2026-01-01")),
        }
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Scan { agent, scope, whole, facts } => {
                let mode = if *whole { ScanMode::Whole } else { ScanMode::Changes };
                self.begin(*agent, *scope, mode).await;
                self.see(*agent, *scope, &of_table(facts)).await;
            }
            Step::See { agent, scope, facts } => self.see(*agent, *scope, &of_table(facts)).await,
            Step::Change { agent, scope, fact, gone } => {
                let held = self.players[*agent].held.get(scope).cloned().unwrap_or_default();
                let mut seen: Vec<Fact> = held.into_values().collect();
                if *gone && !seen.is_empty() {
                    seen.remove(fact % seen.len());
                } else {
                    seen.push(facts()[*fact].clone());
                }
                self.begin(*agent, *scope, ScanMode::Changes).await;
                self.see(*agent, *scope, &seen).await;
                self.end(*agent, *scope, How::Complete).await;
            }
            Step::End { agent, scope, how } => self.end(*agent, *scope, *how).await,
            Step::Refuse { agent } => self.refuse(*agent).await,
            Step::Lose { agent } => {
                let player = &mut self.players[*agent];
                player.epoch = Epoch(player.epoch.0 + 1);
                player.seq = Seq(0);
                player.open.clear();
                self.send(*agent, vec![]).await;
            }
            Step::Declare { owners } => self.declare(OWNERS[*owners]).await,
            Step::Wait { hours } => self.wait(SignedDuration::from_hours(*hours)),
            Step::Judge => self.judge().await,
        }
    }

    async fn begin(&mut self, agent: usize, scope: usize, mode: ScanMode) {
        let at = self.clock.now();
        let player = &mut self.players[agent];
        player.scan = ScanId(player.scan.0 + 1);
        player.open.insert(scope, (player.scan, Known::new()));
        let (scan, scope) = (player.scan, ScopeId::from(SCOPES[scope]));
        // One of the agents runs by a schedule.
        let interval = (agent == 0).then(|| SignedDuration::from_hours(24));
        // Now and then another list, as a new version of a source may have it.
        let is_odd = player.scan.0.is_multiple_of(7);
        let rights = if is_odd { Vec::new() } else { rights_of(&scope) };
        let began = Began { scan, scope, mode, at, interval, rights };
        self.send(agent, vec![Entry::Began(began)]).await;
    }

    async fn see(&mut self, agent: usize, scope: usize, facts: &[Fact]) {
        let seen_at = self.clock.now();
        let player = &mut self.players[agent];
        let Some((scan, seen)) = player.open.get_mut(&scope) else { return };
        let held = player.held.entry(scope).or_default();
        let mut entries = Vec::new();
        for fact in facts.iter().cloned() {
            seen.insert(FactKey::of(&fact), fact.clone());
            held.insert(FactKey::of(&fact), fact.clone());
            entries.push(Entry::Saw(Box::new(Observation { scan: *scan, seen_at, fact })));
        }
        self.send(agent, entries).await;
    }

    async fn end(&mut self, agent: usize, scope: usize, how: How) {
        let at = self.clock.now();
        let player = &mut self.players[agent];
        let Some((scan, seen)) = player.open.remove(&scope) else { return };
        if matches!(how, How::Cut) {
            let reason = "permission denied".to_owned();
            self.send(agent, vec![Entry::Abandoned { scan, reason, at }]).await;
            return;
        }
        let held = player.held.entry(scope).or_default();
        let missed = held.keys().filter(|key| !seen.contains_key(*key));
        let mut entries: Vec<Entry> = missed.map(|key| Entry::Missed(scan, *key)).collect();
        let mut digest = ScopeDigest::default();
        for (key, fact) in &seen {
            digest.add(proto::content_digest(*key, fact));
        }
        if matches!(how, How::Differs) {
            digest.count += 1;
        }
        *held = seen;
        entries.push(Entry::Completed { scan, digest, at });
        self.send(agent, entries).await;
    }

    async fn send(&mut self, agent: usize, entries: Vec<Entry>) {
        let id = self.next_batch(agent);
        let batch = Batch { id, entries };
        for collector in [&self.due, &self.all] {
            collector.store.batch_commit(&batch, self.clock.now()).await.unwrap();
        }
    }

    async fn refuse(&mut self, agent: usize) {
        let id = self.next_batch(agent);
        self.players[agent].open.clear();
        let (peer, code) = (AGENTS[agent].to_owned(), "malformed".to_owned());
        let refusal = Refusal { peer, code, detail: String::new() };
        for collector in [&self.due, &self.all] {
            collector.store.batch_reject(&id, &refusal, self.clock.now()).await.unwrap();
        }
    }

    fn next_batch(&mut self, agent: usize) -> BatchId {
        let player = &mut self.players[agent];
        player.seq = player.seq.next();
        BatchId { agent: AGENTS[agent].into(), epoch: player.epoch, seq: player.seq }
    }

    /// Puts the text where people put it, and has it read.
    async fn declare(&self, text: &str) {
        std::fs::write(self.folder.path().join("a.yaml"), text).unwrap();
        for Collector { store, owners, .. } in [&self.due, &self.all] {
            let watch = Watch {
                folder: self.folder.path().to_owned(),
                store: Arc::clone(store),
                owners: owners.clone(),
                clock: self.clock.clone(),
                stored: Arc::new(Notify::new()),
            };
            assert_eq!(watch.read_now().await.unwrap(), []);
        }
    }

    fn wait(&mut self, span: SignedDuration) {
        let later = self.clock.now().checked_add(span).unwrap();
        self.clock = Clock::Manual(Arc::new(AtomicI64::new(later.as_second())));
    }

    async fn judge(&mut self) {
        self.due.judge(self.clock.now()).await;
        self.all.judge_anew(self.clock.now()).await;
        assert_alike(&self.due.findings().await, &self.all.findings().await);
        assert_alike(&self.due.unknowns().await, &self.all.unknowns().await);
        assert_eq!(self.due.existing().await, self.all.existing().await);
    }

    async fn end_of_history(&mut self) {
        self.judge().await;
        assert_alike(&self.due.told().await, &self.all.told().await);
        self.assert_findings_are_those_of_a_stranger().await;
    }

    /// Whoever judges the facts alone, knowing no finding of before, finds the same: but for those
    /// of which it cannot tell, which stay as they were.
    async fn assert_findings_are_those_of_a_stranger(&self) {
        let mut open = self.due.findings().await;
        for subject in subjects() {
            let mut dossier = self.due.store.subject_load(&subject).await.unwrap();
            dossier.standing.clear();
            let now = self.clock.now();
            let fresh = analysis::examine(&dossier, &self.due.owners.get(), &policy(), now);
            for change in fresh.changes {
                let FindingChange::Opened(found) = change else { panic!("{change:?}") };
                let mut held = open.remove(&found.id).expect("a finding that a stranger finds");
                (held.opened_at, held.updated_at) = (now, now);
                assert_eq!(held, found);
            }
            let untold = |finding: &Finding| {
                finding.subject == subject
                    && fresh.unknown.iter().any(|unknown| {
                        unknown.rule == finding.conclusion.rule
                            && unknown.about == finding.conclusion.about.plain()
                    })
            };
            open.retain(|_, finding| !untold(finding));
        }
        assert_eq!(open, BTreeMap::new(), "findings that a stranger does not find");
    }
}

/// Shows what differs, and nothing else.
fn assert_alike<K, V>(due: &BTreeMap<K, V>, all: &BTreeMap<K, V>)
where
    K: Ord + std::fmt::Debug,
    V: PartialEq + std::fmt::Debug,
{
    for key in due.keys().chain(all.keys()) {
        assert_eq!(due.get(key), all.get(key), "of {key:?}");
    }
}

fn play(store: Arc<dyn Store>, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut game = Game::new(store);
        for step in steps {
            game.step(step).await;
        }
        game.end_of_history().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn judging_what_changed_equals_judging_everything_anew(steps in steps()) {
        play(Arc::new(MemoryStore::new()), &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn judging_what_changed_on_disk_equals_judging_everything_anew(steps in steps()) {
        let dir = tempfile::tempdir().unwrap();
        let store = SledStore::open(dir.path(), SledOptions::default()).unwrap();
        play(Arc::new(store), &steps);
    }
}
