//! Claims about batches: counted once, in order, wholly or not at all.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::maybe_done;
use model::{BatchId, Cursor, Epoch, Refusal, ScanMode, ScopeState, Seq};

use super::Claim;
use super::estate::{Agent, facts_of, feed, identity, status, t, user};
use crate::store::{Store, StoreError};

pub(super) const CLAIMS: &[(&str, Claim)] = &[
    ("a batch sent twice counts once", |s| Box::pin(twice(s))),
    ("a batch that leaves a gap changes nothing", |s| Box::pin(gap(s))),
    ("a batch of number nought is a gap", |s| Box::pin(nought(s))),
    ("batches under way count in the order of first polls", |s| Box::pin(under_way(s))),
    ("agents count their batches apart", |s| Box::pin(apart(s))),
    ("a new spool starts at one", |s| Box::pin(new_spool(s))),
    ("a new spool abandons what was open", |s| Box::pin(new_spool_abandons(s))),
    ("a refused batch is passed and told once", |s| Box::pin(refused(s))),
    ("a scan with a refused batch lets nothing go", |s| Box::pin(refused_scan(s))),
    ("a refused batch leaves no gap either", |s| Box::pin(refused_gap(s))),
];

async fn twice(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let entries = vec![agent.began("s", ScanMode::Whole), agent.saw(user("ada", &[]))];
    assert!(!agent.send(entries.clone()).await.duplicate);
    let again = agent.send_as(Seq(1), entries).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(status(store, "s").await.digest.count, 1);
    assert_eq!(store.agent_load(&"a".into()).await.unwrap().unwrap().acked, Seq(1));
}

async fn gap(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let entries = vec![agent.began("s", ScanMode::Whole), agent.saw(user("bob", &[]))];
    let refused = agent.send_as(Seq(3), entries).await;
    assert!(matches!(refused, Err(StoreError::Gap { acked: Seq(1) })), "{refused:?}");
    assert_eq!(facts_of(store, &identity("bob")).await, []);
    assert_eq!(status(store, "s").await.state, ScopeState::Complete);
}

/// As in a task whose turn is over: the first that it asks for then must keep its place all the same.
async fn under_way(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let began = vec![agent.began("s", ScanMode::Whole), agent.saw(user("ada", &[]))];
    let completed = vec![agent.completed(&[user("ada", &[])])];
    let mut first = pin!(maybe_done(agent.send_as(Seq(1), began)));
    let mut second = pin!(maybe_done(agent.send_as(Seq(2), completed)));
    poll_fn(|cx| {
        while pin!(tokio::task::coop::consume_budget()).poll(cx).is_ready() {}
        let _asked = first.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
    tokio::task::yield_now().await;
    second.as_mut().await;
    first.as_mut().await;
    assert!(first.take_output().unwrap().is_ok());
    assert!(second.take_output().unwrap().is_ok());
    assert_eq!(status(store, "s").await.state, ScopeState::Complete);
}

async fn nought(store: &dyn Store) {
    let agent = Agent::new(store, "a");
    let refused = agent.send_as(Seq(0), vec![]).await;
    assert!(matches!(refused, Err(StoreError::Gap { acked: Seq(0) })), "{refused:?}");
}

async fn apart(store: &dyn Store) {
    Agent::new(store, "a").whole("s", &[]).await;
    assert!(!Agent::new(store, "b").whole("s", &[]).await.duplicate);
    let agents = store.agents_list().await.unwrap();
    let names: Vec<&str> = agents.iter().map(|agent| agent.id.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(agents[0].seen_at, Some(t(1000)));
}

async fn new_spool(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[]).await;
    agent.epoch = Epoch(8);
    let refused = agent.send_as(Seq(2), vec![]).await;
    assert!(matches!(refused, Err(StoreError::Gap { acked: Seq(0) })), "{refused:?}");
    assert!(!agent.send_as(Seq(1), vec![]).await.unwrap().duplicate);
    let record = store.agent_load(&"a".into()).await.unwrap().unwrap();
    assert_eq!((record.epoch, record.acked), (Epoch(8), Seq(1)));
}

async fn new_spool_abandons(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let open = vec![agent.began("s", ScanMode::Changes), agent.missed(&user("ada", &[]))];
    agent.send(open).await;
    let end = vec![agent.completed(&[])];
    agent.epoch = Epoch(8);
    agent.seq = Seq(0);
    agent.send(end).await;
    let state = status(store, "s").await.state;
    assert_eq!(state, ScopeState::Abandoned("the agent's spool began anew".to_owned()));
    assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
}

fn refusal() -> Refusal {
    Refusal { peer: "a".into(), code: "malformed".into(), detail: "no such field".into() }
}

async fn refused(store: &dyn Store) {
    let id = BatchId { agent: "a".into(), epoch: Epoch(7), seq: Seq(1) };
    store.batch_reject(&id, &refusal(), t(1)).await.unwrap();
    store.batch_reject(&id, &refusal(), t(2)).await.unwrap();
    assert_eq!(feed(store).await, ["agent.refused a malformed"]);
    let mut agent = Agent::new(store, "a");
    agent.seq = Seq(1);
    assert!(!agent.whole("s", &[]).await.duplicate);
}

async fn refused_scan(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let began = vec![agent.began("s", ScanMode::Whole)];
    agent.send(began).await;
    agent.seq = agent.seq.next();
    let id = BatchId { agent: "a".into(), epoch: agent.epoch, seq: agent.seq };
    store.batch_reject(&id, &refusal(), t(1)).await.unwrap();
    let completed = vec![agent.completed(&[])];
    agent.send(completed).await;
    assert_eq!(facts_of(store, &identity("ada")).await, [user("ada", &[])]);
    assert_eq!(status(store, "s").await.state.name(), "abandoned");
}

async fn refused_gap(store: &dyn Store) {
    let id = BatchId { agent: "a".into(), epoch: Epoch(7), seq: Seq(2) };
    let refused = store.batch_reject(&id, &refusal(), t(1)).await;
    assert!(matches!(refused, Err(StoreError::Gap { acked: Seq(0) })), "{refused:?}");
    assert_eq!(store.feed_end().await.unwrap(), Cursor(0));
}
