//! Claims about what is put into a dossier.

use model::{FactKey, SubjectId};

use super::Claim;
use super::estate::{
    Agent, facts_of, grant, identity, in_order, key, placement, policy, scope_subject, settle, t,
    unclaimed, user,
};
use super::settling::matching;
use crate::store::{DOSSIER_KIN_MAX, Store};

pub(super) const CLAIMS: &[(&str, Claim)] = &[
    ("a subject never seen has an empty dossier", |s| Box::pin(empty(s))),
    ("an identity comes with its credentials and their places", |s| Box::pin(credentials(s))),
    ("an identity comes with others that claim its credentials", |s| Box::pin(others(s))),
    ("an identity comes with its groups and all policies", |s| Box::pin(groups(s))),
    ("an unclaimed credential comes with its places and claims", |s| Box::pin(unclaimed_one(s))),
    ("sightings come in order and with their scopes", |s| Box::pin(ordered(s))),
    ("a scope comes with itself", |s| Box::pin(scope(s))),
    ("a declaration comes with all scopes and whether it matches", |s| Box::pin(declaration(s))),
    ("a version changes with every due mark", |s| Box::pin(versions(s))),
    ("a dossier and a history are bounded", |s| Box::pin(bounded(s))),
];

async fn empty(store: &dyn Store) {
    let dossier = store.subject_load(&identity("nobody")).await.unwrap();
    assert_eq!(dossier.sightings, []);
    assert_eq!((dossier.existed, dossier.version), (false, 0));
}

async fn credentials(store: &dyn Store) {
    let here = [user("ada", &[]), key("k", Some("ada"))];
    let elsewhere = [placement("p", "k"), key("k", None)];
    let noise = [user("bob", &[]), key("other", Some("bob")), placement("q", "other")];
    let mut agent = Agent::new(store, "a");
    agent.whole("cloud", &[&here[..], &noise[..]].concat()).await;
    Agent::new(store, "b").whole("host", &elsewhere).await;
    let expected = in_order(&[&here[..], &elsewhere[..]].concat());
    assert_eq!(facts_of(store, &identity("ada")).await, expected);
}

async fn others(store: &dyn Store) {
    let facts = [key("k", Some("ada")), key("k", Some("bob")), user("bob", &[])];
    Agent::new(store, "a").whole("s", &facts).await;
    let expected = in_order(&[key("k", Some("ada")), key("k", Some("bob"))]);
    assert_eq!(facts_of(store, &identity("ada")).await, expected);
}

async fn groups(store: &dyn Store) {
    let told = [
        user("ada", &["team"]),
        grant("ada", "own"),
        policy("own", "one"),
        user("team", &[]),
        grant("team", "shared"),
        policy("shared", "two"),
    ];
    let noise = [key("k", Some("team")), user("bob", &["team"]), policy("other", "three")];
    Agent::new(store, "a").whole("s", &[&told[..], &noise[..]].concat()).await;
    assert_eq!(facts_of(store, &identity("ada")).await, in_order(&told));
}

async fn unclaimed_one(store: &dyn Store) {
    let told = [placement("p", "k"), key("k", None), key("k", Some("ada"))];
    let noise = [user("ada", &[]), placement("q", "other")];
    Agent::new(store, "a").whole("s", &[&told[..], &noise[..]].concat()).await;
    assert_eq!(facts_of(store, &unclaimed("k")).await, in_order(&told));
}

async fn ordered(store: &dyn Store) {
    let facts = [user("ada", &[]), key("k", Some("ada")), key("l", Some("ada"))];
    // Against the order of names, so that a store's own numbers do not show.
    for (agent, scope) in [("b", "two"), ("b", "one"), ("a", "two"), ("a", "one")] {
        let mut agent = Agent::new(store, agent);
        agent.seq =
            store.agent_load(&agent.id).await.unwrap().map_or(model::Seq(0), |record| record.acked);
        agent.whole(scope, &facts).await;
    }
    let dossier = store.subject_load(&identity("ada")).await.unwrap();
    let places: Vec<_> = dossier
        .sightings
        .iter()
        .map(|it| (FactKey::of(&it.fact), it.agent.clone(), it.scope.clone()))
        .collect();
    assert_eq!(places.len(), 12);
    assert!(places.is_sorted());
    let scopes: Vec<_> =
        dossier.scopes.iter().map(|it| (it.agent.as_str(), it.scope.as_str())).collect();
    assert_eq!(scopes, [("a", "one"), ("a", "two"), ("b", "one"), ("b", "two")]);
}

async fn scope(store: &dyn Store) {
    Agent::new(store, "a").whole("s", &[user("ada", &[])]).await;
    let dossier = store.subject_load(&scope_subject("a", "s")).await.unwrap();
    assert_eq!(dossier.scopes, store.scopes_list(None).await.unwrap());
    assert_eq!(dossier.sightings, []);
    assert_eq!(store.subject_load(&scope_subject("a", "other")).await.unwrap().scopes, []);
}

async fn declaration(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("one", &[user("ada", &[])]).await;
    agent.whole("two", &[]).await;
    let id = SubjectId::Declaration("d".into());
    let before = store.subject_load(&id).await.unwrap();
    assert_eq!(before.scopes, store.scopes_list(None).await.unwrap());
    assert!(!before.matched);
    let ada = store.subject_load(&identity("ada")).await.unwrap();
    store.subject_settle(&matching(&ada, &["d"]), t(1)).await.unwrap();
    assert!(store.subject_load(&id).await.unwrap().matched);
    // A declaration whose name begins so is another one.
    assert!(!store.subject_load(&SubjectId::Declaration("".into())).await.unwrap().matched);
}

async fn versions(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let first = store.subject_load(&identity("ada")).await.unwrap().version;
    agent.whole("s", &[user("ada", &["team"])]).await;
    let second = store.subject_load(&identity("ada")).await.unwrap().version;
    settle(store, &identity("ada")).await;
    let third = store.subject_load(&identity("ada")).await.unwrap().version;
    assert!(first != second && second != third && third != first, "{first} {second} {third}");
    agent.whole("s", &[user("ada", &["team"])]).await;
    assert_eq!(store.subject_load(&identity("ada")).await.unwrap().version, third);
}

async fn bounded(store: &dyn Store) {
    let placements: Vec<_> =
        (0..DOSSIER_KIN_MAX + 10).map(|no| placement(&format!("p{no}"), "k")).collect();
    Agent::new(store, "a").whole("s", &placements).await;
    let mut first = in_order(&placements);
    first.truncate(DOSSIER_KIN_MAX);
    assert_eq!(facts_of(store, &unclaimed("k")).await, first);
}
