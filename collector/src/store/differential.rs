//! The memory store and the sled store are put through the same random histories, and must stay
//! equal in all that anyone can see.

use std::collections::BTreeMap;

use model::{
    Batch, BatchId, Began, Dossier, Entry, Epoch, Existence, Fact, FactKey, FindingChange,
    FindingState, Observation, RuleId, ScanId, ScanMode, ScopeDigest, Seq, Settlement, SubjectId,
    Unknown, Use,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::conformance::estate::{
    digest, grant, identity, key, key_used, placement, policy, scope_subject, t, unclaimed, user,
    user_named,
};
use super::conformance::exchange::assert_same;
use super::conformance::settling::{finding, quiet};
use super::memory::MemoryStore;
use super::sled::{SledOptions, SledStore};
use super::{OwnersState, Store, StoreError};

const AGENTS: [&str; 2] = ["a", "b"];
const SCOPES: [&str; 2] = ["r", "s"];
/// Which scopes tell of the rights of those in a scope: none, the other or itself, both, or one that
/// nobody looks at.
const RIGHTS: [&[&str]; 4] = [&[], &["s"], &["r", "s"], &["t"]];

/// Facts that bear on one another in every way there is.
fn facts() -> Vec<Fact> {
    vec![
        user("ada", &["team"]),
        user_named("ada", "Ada", &["team", "crew"]),
        user("ada", &[]),
        user("bob", &["team"]),
        user("team", &[]),
        grant("ada", "p"),
        grant("team", "p"),
        grant("team", "q"),
        policy("p", "one"),
        policy("p", "two"),
        policy("q", "one"),
        key("k", Some("ada")),
        key_used("k", Some("ada"), Use::Never),
        key("k", Some("bob")),
        key("k", None),
        key_used("k", None, Use::Never),
        placement("file", "k"),
        placement("other", "l"),
        key("l", Some("team")),
    ]
}

fn subjects() -> Vec<SubjectId> {
    let mut subjects: Vec<_> = ["ada", "bob", "team", "crew", "nobody"].map(identity).to_vec();
    subjects.extend(["k", "l"].map(unclaimed));
    subjects.extend(["d", "e"].map(|id| SubjectId::Declaration(id.into())));
    for agent in AGENTS {
        subjects.extend(SCOPES.map(|scope| scope_subject(agent, scope)));
    }
    subjects
}

/// What an agent knows of a scope.
type Known = BTreeMap<FactKey, Fact>;

/// One agent as the test plays it: mostly honest.
#[derive(Default)]
struct Player {
    epoch: Epoch,
    seq: Seq,
    scan: ScanId,
    entries: Vec<Entry>,
    last: Option<Batch>,
    /// By scope: the scan that runs, and what it saw.
    open: BTreeMap<usize, (ScanId, ScanMode, Known)>,
    held: BTreeMap<usize, Known>,
}

struct Game {
    memory: MemoryStore,
    sled: Option<SledStore>,
    dir: tempfile::TempDir,
    players: [Player; 2],
    now: i64,
    kept: Option<(Dossier, Dossier)>,
}

impl Game {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sled = Some(SledStore::open(dir.path(), SledOptions::default()).unwrap());
        let players = [Player::default(), Player::default()];
        Self { memory: MemoryStore::new(), sled, dir, players, now: 1000, kept: None }
    }

    fn sled(&self) -> &SledStore {
        self.sled.as_ref().unwrap()
    }

    /// One step; what it is and with whom is drawn from three bytes.
    async fn step(&mut self, (what, who, which): (u8, u8, u8)) {
        self.now += i64::from(which % 3) * 10;
        let agent = usize::from(who) % 2;
        let scope = usize::from(who / 2) % 2;
        match what % 20 {
            0..=2 => self.began(agent, scope, usize::from(which)),
            3..=8 => self.saw(agent, scope, usize::from(which)),
            9 => self.missed(agent, scope, usize::from(which)),
            10..=12 => {
                self.end(agent, scope, which);
                self.send(agent).await;
            }
            13 => self.send(agent).await,
            14 => self.oddity(agent, which).await,
            15 => self.settle(usize::from(who), which).await,
            16..=17 => self.settle_due(which).await,
            18 => self.collector(which).await,
            _ => self.reopen(),
        }
    }

    fn began(&mut self, agent: usize, scope: usize, which: usize) {
        let at = t(self.now - 5);
        let player = &mut self.players[agent];
        player.scan = ScanId(player.scan.0 + 1);
        let whole = which.is_multiple_of(2);
        let mode = if whole { ScanMode::Whole } else { ScanMode::Changes };
        player.open.insert(scope, (player.scan, mode, BTreeMap::new()));
        let (scan, scope) = (player.scan, SCOPES[scope].into());
        let rights = RIGHTS[which / 2 % RIGHTS.len()];
        let rights = rights.iter().map(|scope| (*scope).into()).collect();
        player.entries.push(Entry::Began(Began { scan, scope, mode, at, interval: None, rights }));
    }

    fn saw(&mut self, agent: usize, scope: usize, which: usize) {
        let seen_at = t(self.now - 5);
        if !self.players[agent].open.contains_key(&scope) {
            self.began(agent, scope, which / 2);
        }
        let player = &mut self.players[agent];
        let Some((scan, _, seen)) = player.open.get_mut(&scope) else { return };
        let all = facts();
        let fact = all[which % all.len()].clone();
        seen.insert(FactKey::of(&fact), fact.clone());
        player.held.entry(scope).or_default().insert(FactKey::of(&fact), fact.clone());
        let scan = *scan;
        player.entries.push(Entry::Saw(Box::new(Observation { scan, seen_at, fact })));
    }

    fn missed(&mut self, agent: usize, scope: usize, which: usize) {
        let player = &mut self.players[agent];
        let Some((scan, ..)) = player.open.get(&scope) else { return };
        let all = facts();
        let key = FactKey::of(&all[which % all.len()]);
        player.entries.push(Entry::Missed(*scan, key));
    }

    /// Ends a scan: now and then given up, or with a digest that nobody agrees with.
    fn end(&mut self, agent: usize, scope: usize, which: u8) {
        let at = t(self.now - 5);
        let player = &mut self.players[agent];
        let Some((scan, mode, seen)) = player.open.remove(&scope) else { return };
        if which.is_multiple_of(5) {
            let reason = ["denied", "throttled"][usize::from(which / 5) % 2].to_owned();
            player.entries.push(Entry::Abandoned { scan, reason, at });
            return;
        }
        let held = player.held.entry(scope).or_default();
        if mode == ScanMode::Whole {
            *held = seen;
        }
        let honest: Vec<Fact> = held.values().cloned().collect();
        let digest = if which.is_multiple_of(7) { ScopeDigest::default() } else { digest(&honest) };
        player.entries.push(Entry::Completed { scan, digest, at });
    }

    async fn send(&mut self, agent: usize) {
        let player = &mut self.players[agent];
        player.seq = player.seq.next();
        let id = BatchId { agent: AGENTS[agent].into(), epoch: player.epoch, seq: player.seq };
        let batch = Batch { id, entries: std::mem::take(&mut player.entries) };
        player.last = Some(batch.clone());
        self.commit(&batch).await;
    }

    async fn commit(&self, batch: &Batch) {
        let memory = self.memory.batch_commit(batch, t(self.now)).await;
        let sled = self.sled().batch_commit(batch, t(self.now)).await;
        assert_eq!(described(&memory), described(&sled));
    }

    /// What happens once in a while: the same again, a gap, a refusal, a new spool.
    async fn oddity(&mut self, agent: usize, which: u8) {
        let player = &mut self.players[agent];
        match which % 4 {
            0 => {
                if let Some(last) = player.last.clone() {
                    self.commit(&last).await;
                }
            }
            1 => {
                let seq = Seq(player.seq.0 + 2);
                let id = BatchId { agent: AGENTS[agent].into(), epoch: player.epoch, seq };
                self.commit(&Batch { id, entries: vec![] }).await;
            }
            2 => {
                player.seq = player.seq.next();
                player.entries.clear();
                let (epoch, seq) = (player.epoch, player.seq);
                let id = BatchId { agent: AGENTS[agent].into(), epoch, seq };
                let refusal = model::Refusal {
                    peer: AGENTS[agent].into(),
                    code: "malformed".into(),
                    detail: String::new(),
                };
                let memory = self.memory.batch_reject(&id, &refusal, t(self.now)).await;
                let sled = self.sled().batch_reject(&id, &refusal, t(self.now)).await;
                assert_eq!(described(&memory), described(&sled));
            }
            _ => {
                let epoch = Epoch(player.epoch.0 + 1);
                *player = Player { epoch, ..Player::default() };
            }
        }
    }

    /// Settles one of the subjects; now and then with a dossier from before.
    async fn settle(&mut self, who: usize, which: u8) {
        let all = subjects();
        let id = &all[who % all.len()];
        let memory = self.memory.subject_load(id).await.unwrap();
        let sled = self.sled().subject_load(id).await.unwrap();
        let now = (memory, sled);
        let (memory, sled) = match self.kept.take() {
            Some(kept) if which.is_multiple_of(4) => kept,
            _ => now.clone(),
        };
        self.kept = Some(now);
        let of_memory = self.memory.subject_settle(&drawn(&memory, which), t(self.now)).await;
        let of_sled = self.sled().subject_settle(&drawn(&sled, which), t(self.now)).await;
        assert_eq!(described(&of_memory), described(&of_sled));
    }

    /// Settles everything that is due, so that what becomes due by the next change shows.
    async fn settle_due(&mut self, which: u8) {
        let mut due = self.memory.subjects_due(t(self.now), usize::MAX).await.unwrap();
        let mut due_of_sled = self.sled().subjects_due(t(self.now), usize::MAX).await.unwrap();
        due.sort();
        due_of_sled.sort();
        assert_eq!(due_of_sled, due);
        for id in &due {
            let stores: [&dyn Store; 2] = [&self.memory, self.sled()];
            for store in stores {
                let dossier = store.subject_load(id).await.unwrap();
                store.subject_settle(&drawn(&dossier, which), t(self.now)).await.unwrap();
            }
        }
    }

    async fn collector(&mut self, which: u8) {
        let problems = match which % 3 {
            0 => vec![],
            _ => vec![model::OwnersProblem {
                file: "f".into(),
                line: u32::from(which % 2),
                what: "w".into(),
                hint: "h".into(),
            }],
        };
        let state =
            OwnersState { problems, swept: which.is_multiple_of(2), ..OwnersState::default() };
        let touched = [identity("nobody"), SubjectId::Declaration("e".into())];
        let stores: [&dyn Store; 2] = [&self.memory, self.sled()];
        for store in stores {
            store.owners_replace(&state, t(self.now)).await.unwrap();
            store.subjects_touch(&touched[..usize::from(which % 3)]).await.unwrap();
            store.cursor_advance("siem", model::Cursor(which.into())).await.unwrap();
        }
    }

    fn reopen(&mut self) {
        self.sled = None;
        self.sled = Some(SledStore::open(self.dir.path(), SledOptions::default()).unwrap());
    }
}

fn described<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> String {
    format!("{result:?}")
}

/// A settlement that depends on the dossier and `which` alone.
fn drawn(dossier: &Dossier, which: u8) -> Settlement {
    let mut settlement = quiet(dossier);
    let claim = finding(&dossier.subject, ["one", "two"][usize::from(which) % 2]);
    let open = dossier.standing.iter().find(|standing| standing.id == claim.id);
    settlement.changes.push(match open {
        Some(open) => {
            let resolved = model::Finding { state: FindingState::Resolved, ..open.clone() };
            FindingChange::Resolved(resolved, "mended".into())
        }
        None => FindingChange::Opened(claim),
    });
    if which.is_multiple_of(3) {
        settlement.changes.clear();
    }
    if settlement.existence != Existence::Absent {
        let declarations = ["d", "e"].into_iter().take(usize::from(which) % 3);
        settlement.declarations = declarations.map(Into::into).collect();
        settlement.recheck_at = (which % 4 == 1).then(|| t(i64::from(which) * 20));
        let rule = RuleId::of("dormant.identity");
        let unknown = Unknown { rule, about: String::new(), why: "who knows".into() };
        settlement.unknown = vec![unknown; usize::from(which % 2)];
    }
    settlement
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn both_stores_tell_the_same_after_any_history(
        steps in vec(any::<(u8, u8, u8)>(), 1..160)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut game = Game::new();
            for (no, step) in steps.into_iter().enumerate() {
                game.step(step).await;
                if no % 30 == 29 {
                    assert_same(&game.memory, game.sled(), &subjects()).await;
                }
            }
            assert_same(&game.memory, game.sled(), &subjects()).await;
        });
    }
}
