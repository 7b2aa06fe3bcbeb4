//! Claims about scans: what counts at once, what goes and when, what the history keeps.

use model::{ContentDigest, Entry, FactKey, ScanId, ScanMode, ScopeDigest, ScopeState, Use};

use super::Claim;
use super::estate::{
    Agent, digest, facts_of, feed, identity, in_order, key, key_used, status, t, unclaimed, user,
    user_named,
};
use crate::store::Store;

pub(super) const CLAIMS: &[(&str, Claim)] = &[
    ("what is seen counts at once", |s| Box::pin(at_once(s))),
    ("a completed whole scan removes what it did not see", |s| Box::pin(whole_removes(s))),
    ("a whole scan may come in many batches", |s| Box::pin(whole_in_pieces(s))),
    ("an abandoned scan removes nothing", |s| Box::pin(abandoned(s))),
    ("what was missed goes when the scan completes", |s| Box::pin(missed(s))),
    ("what was missed stays until the scan completes", |s| Box::pin(missed_waits(s))),
    ("what was missed and then seen stays", |s| Box::pin(missed_then_seen(s))),
    ("what one scan missed does not go with the next", |s| Box::pin(missed_is_forgotten(s))),
    ("a fact seen twice counts once", |s| Box::pin(seen_twice(s))),
    ("of one node seen twice the last counts", |s| Box::pin(last_counts(s))),
    ("a digest that differs asks for the scope", |s| Box::pin(differs(s))),
    ("a scan that is not open is ignored", |s| Box::pin(not_open(s))),
    ("a new scan of a scope abandons the one before", |s| Box::pin(overtaken(s))),
    ("a scan number used again abandons the scan it had", |s| Box::pin(number_again(s))),
    ("scans of several scopes may mix", |s| Box::pin(mixed(s))),
    ("a fact stays while anyone asserts it", |s| Box::pin(others_assert(s))),
    ("a replaced fact is kept with both clocks", |s| Box::pin(history(s))),
    ("a fact seen unchanged keeps its beginning", |s| Box::pin(keeps_beginning(s))),
    ("the history of a credential tells who held it", |s| Box::pin(history_of_claims(s))),
    ("an unchanged scan tells nothing", |s| Box::pin(unchanged(s))),
    ("the feed tells of coverage when it turns", |s| Box::pin(coverage(s))),
    ("a scope tells of its last completion and its schedule", |s| Box::pin(times(s))),
];

async fn at_once(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let entries = vec![agent.began("s", ScanMode::Whole), agent.saw(user("ada", &[]))];
    agent.send(entries).await;
    assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
    assert_eq!(status(store, "s").await.state, ScopeState::Running);
}

async fn whole_removes(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[]), user("bob", &[])]).await;
    let committed = agent.whole("s", &[user("bob", &[])]).await;
    assert_eq!(committed.resync, []);
    assert_eq!(facts_of(store, &identity("ada")).await, []);
    assert_eq!(facts_of(store, &identity("bob")).await, [user("bob", &[])]);
    assert_eq!(status(store, "s").await.digest, digest(&[user("bob", &[])]));
}

async fn whole_in_pieces(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[]), user("bob", &[]), user("cyd", &[])]).await;
    let first = vec![agent.began("s", ScanMode::Whole), agent.saw(user("ada", &[]))];
    agent.send(first).await;
    let second = vec![agent.saw(user("bob", &[]))];
    agent.send(second).await;
    let third = vec![agent.completed(&[user("ada", &[]), user("bob", &[])])];
    agent.send(third).await;
    assert_eq!(status(store, "s").await.state, ScopeState::Complete);
    assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
    assert_eq!(facts_of(store, &identity("cyd")).await, []);
}

async fn abandoned(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    for mode in [ScanMode::Whole, ScanMode::Changes] {
        let began = agent.began("s", mode);
        let entries = vec![began, agent.missed(&user("ada", &[])), agent.abandoned("denied")];
        agent.send(entries).await;
        assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
    }
    let status = status(store, "s").await;
    assert_eq!(status.state, ScopeState::Abandoned("denied".to_owned()));
    assert_eq!(status.completed_at, Some(t(1000)));
}

async fn missed(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let before = [user("ada", &[]), user("bob", &[])];
    agent.whole("s", &before).await;
    let committed = agent.changes("s", &before, &[user("bob", &[])]).await;
    assert_eq!(committed.resync, []);
    assert_eq!(facts_of(store, &identity("ada")).await, []);
    assert_eq!(facts_of(store, &identity("bob")).await, [user("bob", &[])]);
}

async fn missed_waits(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let first = vec![agent.began("s", ScanMode::Changes), agent.missed(&user("ada", &[]))];
    agent.send(first).await;
    assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
    let second = vec![agent.completed(&[])];
    agent.send(second).await;
    assert_eq!(facts_of(store, &identity("ada")).await, []);
}

async fn missed_then_seen(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let ada = user("ada", &[]);
    agent.whole("s", std::slice::from_ref(&ada)).await;
    let began = agent.began("s", ScanMode::Changes);
    let seen = agent.saw(ada.clone());
    let end = agent.completed(std::slice::from_ref(&ada));
    let entries = vec![began, agent.missed(&ada), seen, end];
    assert_eq!(agent.send(entries).await.resync, []);
    assert_eq!(facts_of(store, &identity("ada")).await, [ada]);
}

async fn missed_is_forgotten(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let ada = user("ada", &[]);
    agent.whole("s", std::slice::from_ref(&ada)).await;
    let entries = vec![agent.began("s", ScanMode::Changes), agent.missed(&ada)];
    agent.send(entries).await;
    agent.unchanged("s", std::slice::from_ref(&ada)).await;
    assert_eq!(facts_of(store, &identity("ada")).await, [ada]);
}

async fn seen_twice(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let ada = user("ada", &[]);
    assert_eq!(agent.whole("s", &[ada.clone(), ada.clone()]).await.resync, []);
    assert_eq!(status(store, "s").await.digest, digest(std::slice::from_ref(&ada)));
    assert_eq!(store.subject_history(&identity("ada")).await.unwrap(), []);
}

async fn last_counts(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let (first, last) = (user_named("ada", "Ada", &[]), user_named("ada", "Ada L.", &[]));
    let began = agent.began("s", ScanMode::Whole);
    let end = agent.completed(std::slice::from_ref(&last));
    let entries = vec![began, agent.saw(first), agent.saw(last.clone()), end];
    assert_eq!(agent.send(entries).await.resync, []);
    assert_eq!(facts_of(store, &identity("ada")).await, [last]);
}

async fn differs(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    agent.now = 2000;
    let began = agent.began("s", ScanMode::Changes);
    let mut wrong = ScopeDigest::default();
    wrong.add(ContentDigest::of(FactKey([1; 20]), b"something else"));
    let at = agent.clock();
    let committed =
        agent.send(vec![began, Entry::Completed { scan: agent.scan, digest: wrong, at }]).await;
    assert_eq!(committed.resync, ["s".into()]);
    let differs = status(store, "s").await;
    assert_eq!((differs.state, differs.completed_at), (ScopeState::Differs, Some(t(1000))));

    assert_eq!(agent.whole("s", &[user("ada", &[])]).await.resync, []);
    let again = status(store, "s").await;
    assert_eq!((again.state, again.completed_at), (ScopeState::Complete, Some(t(2000))));
}

async fn not_open(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let late = vec![
        agent.saw(user("bob", &[])),
        agent.missed(&user("ada", &[])),
        agent.completed(&[]),
        agent.abandoned("late"),
    ];
    assert_eq!(agent.send(late).await.resync, []);
    assert_eq!(facts_of(store, &identity("bob")).await, []);
    assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
    assert_eq!(status(store, "s").await.state, ScopeState::Complete);
}

async fn overtaken(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let first = vec![agent.began("s", ScanMode::Changes), agent.missed(&user("ada", &[]))];
    agent.send(first).await;
    let late = agent.completed(&[]);
    let second = vec![agent.began("s", ScanMode::Changes), late];
    agent.send(second).await;
    assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
    assert_eq!(status(store, "s").await.state, ScopeState::Running);
}

async fn number_again(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let first = vec![agent.began("one", ScanMode::Whole)];
    agent.send(first).await;
    agent.scan = ScanId(0);
    let second = vec![agent.began("two", ScanMode::Whole), agent.completed(&[])];
    agent.send(second).await;
    assert_eq!(status(store, "one").await.state.name(), "abandoned");
    assert_eq!(status(store, "two").await.state, ScopeState::Complete);
}

async fn mixed(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let one = agent.began("one", ScanMode::Whole);
    let one_saw = agent.saw(user("ada", &[]));
    let one_end = agent.completed(&[user("ada", &[])]);
    let two = agent.began("two", ScanMode::Whole);
    let two_saw = agent.saw(user("bob", &[]));
    let two_end = agent.completed(&[user("bob", &[])]);
    agent.send(vec![one, two, two_saw, one_saw, one_end, two_end]).await;
    assert_eq!(status(store, "one").await.digest, digest(&[user("ada", &[])]));
    assert_eq!(status(store, "two").await.digest, digest(&[user("bob", &[])]));
}

async fn others_assert(store: &dyn Store) {
    let ada = [user("ada", &[])];
    let (mut a, mut b) = (Agent::new(store, "a"), Agent::new(store, "b"));
    a.whole("s", &ada).await;
    b.whole("s", &ada).await;
    a.whole("other", &ada).await;
    a.whole("s", &[]).await;
    assert_eq!(facts_of(store, &identity("ada")).await.len(), 2);
    b.whole("s", &[]).await;
    a.whole("other", &[]).await;
    assert_eq!(facts_of(store, &identity("ada")).await, []);
}

async fn history(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let (first, second) = (user_named("ada", "Ada", &[]), user_named("ada", "Ada L.", &[]));
    agent.whole("s", std::slice::from_ref(&first)).await;
    agent.now = 2000;
    agent.changes("s", std::slice::from_ref(&first), std::slice::from_ref(&second)).await;
    agent.now = 3000;
    agent.changes("s", std::slice::from_ref(&second), &[]).await;
    let past = store.subject_history(&identity("ada")).await.unwrap();
    let spans: Vec<_> = past.iter().map(|past| (past.sighting.valid_from, past.valid_to)).collect();
    assert_eq!(spans, [(t(990), t(1990)), (t(1990), t(2990))]);
    let stored: Vec<_> =
        past.iter().map(|past| (past.sighting.recorded_at, past.superseded_at)).collect();
    assert_eq!(stored, [(t(1000), t(2000)), (t(2000), t(3000))]);
    let facts: Vec<_> = past.into_iter().map(|past| past.sighting.fact).collect();
    assert_eq!(facts, [first, second]);
}

async fn keeps_beginning(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    agent.now = 2000;
    agent.whole("s", &[user("ada", &[])]).await;
    let dossier = store.subject_load(&identity("ada")).await.unwrap();
    assert_eq!(dossier.sightings[0].valid_from, t(990));
    assert_eq!(dossier.sightings[0].recorded_at, t(1000));
    assert_eq!(store.subject_history(&identity("ada")).await.unwrap(), []);
}

async fn history_of_claims(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let adas = [user("ada", &[]), key("k", Some("ada"))];
    agent.whole("s", &adas).await;
    agent.changes("s", &adas, &[user("bob", &[]), key("k", Some("bob"))]).await;
    for subject in [unclaimed("k"), identity("bob"), identity("ada")] {
        let past = store.subject_history(&subject).await.unwrap();
        let facts: Vec<_> = past.into_iter().map(|past| past.sighting.fact).collect();
        assert!(facts.contains(&key("k", Some("ada"))), "{subject} {facts:?}");
    }
}

async fn unchanged(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let facts = [user("ada", &[]), key_used("k", Some("ada"), Use::Never)];
    agent.whole("s", &facts).await;
    super::estate::settle_all(store).await;
    let end = store.feed_end().await.unwrap();
    agent.now = 2000;
    assert_eq!(agent.unchanged("s", &facts).await.resync, []);
    assert_eq!(agent.whole("s", &facts).await.resync, []);
    assert_eq!(store.feed_end().await.unwrap(), end);
    assert_eq!(super::estate::due(store).await, []);
    assert_eq!(facts_of(store, &identity("ada")).await, in_order(&facts));
    assert_eq!(status(store, "s").await.completed_at, Some(t(2000)));
}

async fn coverage(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    for complete in [false, true, true, false, false, true] {
        let began = agent.began("s", ScanMode::Whole);
        let end = if complete { agent.completed(&[]) } else { agent.abandoned("denied") };
        agent.send(vec![began, end]).await;
    }
    assert_eq!(
        feed(store).await,
        [
            "coverage.changed s complete",
            "coverage.changed s abandoned",
            "coverage.changed s complete"
        ]
    );
}

async fn times(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[]).await;
    agent.now = 2000;
    let mut began = agent.began("s", ScanMode::Changes);
    if let Entry::Began(began) = &mut began {
        began.interval = Some(jiff::SignedDuration::from_hours(1));
    }
    agent.send(vec![began]).await;
    let status = status(store, "s").await;
    assert_eq!((status.first_at, status.completed_at), (t(1000), Some(t(1000))));
    assert_eq!(status.interval, Some(jiff::SignedDuration::from_hours(1)));
}
