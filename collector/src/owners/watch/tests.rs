use std::fs;

use model::testing::{day, estate};
use model::{
    AgentId, Batch, BatchId, Began, Entry, Epoch, Observation, ScanId, ScanMode, ScopeId, Seq,
};

use super::*;
use crate::deriver::TouchedNow;
use crate::examiner::settle_due;
use crate::store::memory::MemoryStore;

const GOOD: &str = "declarations:
  - name: ci
    match: {id: 'arn:aws:iam::111122223333:user/ci'}
    owners: {technical: person:ada}
people:
  - id: ada
";

struct Fixture {
    folder: tempfile::TempDir,
    store: Arc<MemoryStore>,
    owners: OwnersNow,
}

impl Fixture {
    /// Two users, settled, and an empty folder.
    async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let seen = estate(
            "user arn:aws:iam::111122223333:user/ci\nuser arn:aws:iam::111122223333:user/web\n",
        );
        let scan = ScanId(1);
        let began = Began {
            scan,
            scope: ScopeId::from("aws_iam/111122223333/aws-global/iam"),
            mode: ScanMode::Whole,
            at: day("2026-01-01"),
            interval: None,
            rights: Vec::new(),
        };
        let mut entries = vec![Entry::Began(began)];
        for sighting in seen.sightings {
            let observation = Observation { scan, seen_at: day("2026-01-01"), fact: sighting.fact };
            entries.push(Entry::Saw(Box::new(observation)));
        }
        let id = BatchId { agent: AgentId::from("a"), epoch: Epoch(1), seq: Seq(1) };
        store.batch_commit(&Batch { id, entries }, day("2026-01-01")).await.unwrap();
        let fixture =
            Self { folder: tempfile::tempdir().unwrap(), store, owners: OwnersNow::default() };
        fixture.settle().await;
        fixture
    }

    fn watch(&self) -> Watch {
        let store: Arc<MemoryStore> = Arc::clone(&self.store);
        Watch {
            folder: self.folder.path().to_owned(),
            store,
            owners: self.owners.clone(),
            clock: Clock::manual(day("2026-01-02")),
            stored: Arc::new(Notify::new()),
        }
    }

    async fn settle(&self) -> usize {
        let policy = analysis::Policy::default();
        settle_due(&*self.store, &self.owners, &policy, &TouchedNow::default(), day("2026-01-02"))
            .await
            .unwrap()
    }

    async fn due(&self) -> Vec<String> {
        let due = self.store.subjects_due(day("2026-01-02"), 100).await.unwrap();
        due.iter().map(ToString::to_string).collect()
    }

    fn write(&self, text: &str) {
        fs::write(self.folder.path().join("a.yaml"), text).unwrap();
    }
}

#[tokio::test]
async fn puts_the_files_in_force_and_makes_due_those_whom_they_affect() {
    let fixture = Fixture::new().await;
    fixture.watch().read_now().await.unwrap();
    fixture.settle().await;

    fixture.write(GOOD);
    assert_eq!(fixture.watch().read_now().await.unwrap(), []);
    assert_eq!(fixture.owners.get().declarations.len(), 1);
    let state = fixture.store.owners_load().await.unwrap();
    assert!(state.swept && state.problems.is_empty() && state.owners == *fixture.owners.get());
    assert_eq!(
        fixture.due().await,
        ["identity|arn:aws:iam::111122223333:user/ci", "declaration|a.yaml#ci"]
    );
}

#[tokio::test]
async fn keeps_the_last_good_state_in_force_and_shows_what_is_wrong() {
    let fixture = Fixture::new().await;
    fixture.write(GOOD);
    fixture.watch().read_now().await.unwrap();
    fixture.settle().await;
    fixture.write(&GOOD.replace("owners:", "onwers:"));
    let problems = fixture.watch().read_now().await.unwrap();
    assert_eq!((problems[0].file.as_str(), problems[0].line), ("a.yaml", 4));

    let state = fixture.store.owners_load().await.unwrap();
    assert_eq!((state.owners.declarations.len(), &state.problems), (1, &problems));
    assert_eq!(fixture.owners.get().declarations.len(), 1);
    assert!(fixture.due().await.is_empty());
    let feed = fixture.store.feed_read(model::Cursor(0), 100).await.unwrap();
    assert_eq!(feed.last().unwrap().change, model::Change::Owners(problems));
}

#[tokio::test]
async fn clears_the_problems_when_the_files_are_repaired() {
    let fixture = Fixture::new().await;
    fixture.write("declarations: [");
    assert_eq!(fixture.watch().read_now().await.unwrap().len(), 1);
    fixture.write(GOOD);
    fixture.watch().read_now().await.unwrap();
    assert_eq!(fixture.store.owners_load().await.unwrap().problems, []);
    let feed = fixture.store.feed_read(model::Cursor(0), 100).await.unwrap();
    assert!(feed.iter().any(|event| event.change == model::Change::Owners(Vec::new())));
}

#[tokio::test]
async fn keeps_the_moment_of_the_first_reading_when_a_declaration_changes() {
    let fixture = Fixture::new().await;
    fixture.write(GOOD);
    fixture.watch().read_now().await.unwrap();
    let mut watch = fixture.watch();
    watch.clock = Clock::manual(day("2026-02-01"));
    fixture.write(&GOOD.replace("person:ada", "person:bob"));
    watch.read_now().await.unwrap();
    let owners = fixture.owners.get();
    let declaration = owners.declarations.get(&"a.yaml#ci".into()).unwrap();
    assert_eq!(declaration.first_read_at, day("2026-01-02"));
    assert_eq!(declaration.technical, ["person:bob".into()]);
}

#[tokio::test]
async fn makes_everyone_due_if_an_earlier_sweep_was_cut_off() {
    let fixture = Fixture::new().await;
    fixture.write(GOOD);
    fixture.watch().read_now().await.unwrap();
    fixture.settle().await;
    let mut state = fixture.store.owners_load().await.unwrap();
    state.swept = false;
    fixture.store.owners_replace(&state, day("2026-01-02")).await.unwrap();

    fixture.watch().read_now().await.unwrap();
    let due = fixture.due().await;
    assert!(due.iter().any(|id| id.ends_with("user/web")), "{due:?}");
    assert!(fixture.store.owners_load().await.unwrap().swept);
}

#[tokio::test]
async fn changes_nothing_if_nothing_changed() {
    let fixture = Fixture::new().await;
    fixture.write(GOOD);
    fixture.watch().read_now().await.unwrap();
    fixture.settle().await;
    let end = fixture.store.feed_end().await.unwrap();
    fixture.watch().read_now().await.unwrap();
    assert_eq!(fixture.store.feed_end().await.unwrap(), end);
    assert!(fixture.due().await.is_empty());
}

#[tokio::test]
async fn reports_a_folder_that_is_not_there_and_keeps_what_was_in_force() {
    let fixture = Fixture::new().await;
    fixture.write(GOOD);
    fixture.watch().read_now().await.unwrap();
    let mut watch = fixture.watch();
    watch.folder = fixture.folder.path().join("missing");
    let problems = watch.read_now().await.unwrap();
    assert!(problems[0].what.contains("cannot be read"), "{problems:?}");
    assert_eq!(fixture.owners.get().declarations.len(), 1);
}

#[test]
fn reads_at_the_first_look_and_then_only_after_a_quiet_change() {
    let stamp = |n: usize| vec![problem_named(n)];
    let listing = |n: usize| -> Listing { Err(stamp(n)) };
    let mut look = Look::default();
    let mut step = |n: usize| {
        let due = look.is_due(&listing(n));
        if due {
            look.was_read(listing(n), None);
        }
        due
    };
    assert!(step(1), "first look");
    assert!(!step(1), "unchanged");
    assert!(!step(2), "changed a moment ago");
    assert!(!step(3), "still changing");
    assert!(step(3), "quiet");
    assert!(!step(3));
}

#[test]
fn reads_a_folder_that_never_rests_and_one_that_always_does() {
    let mut look = Look::default();
    look.was_read(Err(vec![problem_named(0)]), None);
    let looks = (1..100).find(|n| look.is_due(&Err(vec![problem_named(*n)])));
    assert_eq!(looks, Some(11));
    look.was_read(Err(vec![problem_named(0)]), None);
    let looks = (1..100).find(|_| look.is_due(&Err(vec![problem_named(0)])));
    assert_eq!(looks, Some(61));
}

fn problem_named(n: usize) -> OwnersProblem {
    OwnersProblem { file: n.to_string(), line: 0, what: String::new(), hint: String::new() }
}
