//! Claims about which subjects a change makes due.

use jiff::SignedDuration;
use model::{Began, Declaration, Entry, Fact, Owners, ScanMode, Selector, SubjectId};

use super::Claim;
use super::estate::{
    Agent, due, grant, identity, key, placement, policy, scope_subject, settle, settle_all, t,
    unclaimed, user, user_named,
};
use super::settling::{matching, quiet};
use crate::store::{OwnersState, Store};

pub(super) const CLAIMS: &[(&str, Claim)] = &[
    ("a new identity is due", |s| Box::pin(new_identity(s))),
    ("a fact that goes makes its subject due", |s| Box::pin(gone(s))),
    ("a placement makes its credential and whoever claims it due", |s| Box::pin(placed(s))),
    ("a claim makes others that claim it due", |s| Box::pin(claims(s))),
    ("a claimed credential that lies nowhere is no subject", |s| Box::pin(nowhere(s))),
    ("a claim makes a credential that lies somewhere due", |s| Box::pin(somewhere(s))),
    ("a claim that goes makes the credential due", |s| Box::pin(claim_gone(s))),
    ("a policy makes its holders due", |s| Box::pin(holders(s))),
    ("a policy of a group makes the members due", |s| Box::pin(members_by_policy(s))),
    ("a grant of a group makes the members due", |s| Box::pin(members_by_grant(s))),
    ("a member that changes makes nobody else due", |s| Box::pin(member_alone(s))),
    ("who left a group is not due by its grants", |s| Box::pin(former_member(s))),
    ("a scope is due when it begins and when its coverage turns", |s| Box::pin(scope(s))),
    ("the first completion makes unmatched declarations due", |s| Box::pin(declarations(s))),
    ("a scope whose coverage turns makes unmatched declarations due", |s| Box::pin(turned(s))),
    ("rights that were not told make accounts due", |s| Box::pin(untold(s))),
    ("rights that others tell make accounts due", |s| Box::pin(untold_otherwise(s))),
    ("a scan later than scheduled makes its scope due", |s| Box::pin(late(s))),
    ("a touched subject is due", |s| Box::pin(touched(s))),
    ("who is due longest comes first, and no more than asked", |s| Box::pin(limited(s))),
    ("many that one change makes due are due", |s| Box::pin(many(s))),
];

/// Whoever is due after an estate of `before`, all settled, became one of `after`; scopes aside.
async fn due_after(store: &dyn Store, before: &[Fact], after: &[Fact]) -> Vec<SubjectId> {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", before).await;
    settle_all(store).await;
    assert_eq!(due(store).await, []);
    agent.changes("s", before, after).await;
    due(store).await
}

async fn new_identity(store: &dyn Store) {
    assert_eq!(due_after(store, &[], &[user("ada", &[])]).await, [identity("ada")]);
}

async fn gone(store: &dyn Store) {
    let before = [user("ada", &[]), user("bob", &[])];
    assert_eq!(due_after(store, &before, &[user("bob", &[])]).await, [identity("ada")]);
}

async fn placed(store: &dyn Store) {
    let before = [user("ada", &[]), key("k", Some("ada")), user("bob", &[])];
    let mut after = before.to_vec();
    after.push(placement("p", "k"));
    assert_eq!(due_after(store, &before, &after).await, [identity("ada"), unclaimed("k")]);
}

async fn claims(store: &dyn Store) {
    let before = [key("k", Some("ada")), key("other", Some("cyd"))];
    let after = [key("k", Some("ada")), key("other", Some("cyd")), key("k", Some("bob"))];
    assert_eq!(due_after(store, &before, &after).await, [identity("ada"), identity("bob")]);
}

async fn nowhere(store: &dyn Store) {
    assert_eq!(due_after(store, &[], &[key("k", Some("ada"))]).await, [identity("ada")]);
}

async fn somewhere(store: &dyn Store) {
    let before = [placement("p", "k")];
    let after = [placement("p", "k"), key("k", Some("ada"))];
    assert_eq!(due_after(store, &before, &after).await, [identity("ada"), unclaimed("k")]);
}

async fn claim_gone(store: &dyn Store) {
    let before = [placement("p", "k"), key("k", Some("ada"))];
    let after = [placement("p", "k")];
    assert_eq!(due_after(store, &before, &after).await, [identity("ada"), unclaimed("k")]);
}

async fn holders(store: &dyn Store) {
    let before = [grant("ada", "p"), grant("bob", "q"), policy("p", "one"), policy("q", "one")];
    let after = [grant("ada", "p"), grant("bob", "q"), policy("p", "two"), policy("q", "one")];
    assert_eq!(due_after(store, &before, &after).await, [identity("ada")]);
}

async fn members_by_policy(store: &dyn Store) {
    let common = [user("ada", &["team"]), user("bob", &[]), user("team", &[]), grant("team", "p")];
    let before = [&common[..], &[policy("p", "one")]].concat();
    let after = [&common[..], &[policy("p", "two")]].concat();
    assert_eq!(due_after(store, &before, &after).await, [identity("ada"), identity("team")]);
}

async fn members_by_grant(store: &dyn Store) {
    let before = [user("ada", &["team"]), user("bob", &[]), user("team", &[])];
    let after = [&before[..], &[grant("team", "p")]].concat();
    assert_eq!(due_after(store, &before, &after).await, [identity("ada"), identity("team")]);
}

async fn member_alone(store: &dyn Store) {
    let common = [user("bob", &["team"]), user("team", &[]), grant("team", "p")];
    let before = [&common[..], &[user("ada", &["team"])]].concat();
    let after = [&common[..], &[user_named("ada", "Ada", &["team"])]].concat();
    assert_eq!(due_after(store, &before, &after).await, [identity("ada")]);
}

async fn former_member(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let with = [user("ada", &["team", "crew"]), user("team", &[])];
    agent.whole("s", &with).await;
    let before = [user("ada", &["crew"]), user("team", &[])];
    agent.changes("s", &with, &before).await;
    settle_all(store).await;
    let after = [&before[..], &[grant("team", "p")]].concat();
    agent.changes("s", &before, &after).await;
    assert_eq!(due(store).await, [identity("team")]);
}

async fn scope(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let scope = [scope_subject("a", "s")];
    let began = vec![agent.began("s", ScanMode::Whole)];
    agent.send(began).await;
    assert_eq!(due(store).await, scope, "it began");
    // Whether it becomes due by the next scan: complete, complete, given up, given up for the same
    // reason, given up for another, complete.
    let scans: [(Option<&str>, bool); 6] = [
        (None, true),
        (None, false),
        (Some("denied"), true),
        (Some("denied"), false),
        (Some("throttled"), true),
        (None, true),
    ];
    let completed = vec![agent.completed(&[])];
    settle_all(store).await;
    agent.send(completed).await;
    for (no, (reason, expected)) in scans.into_iter().enumerate().skip(1) {
        settle_all(store).await;
        let began = agent.began("s", ScanMode::Whole);
        let end = reason.map_or_else(|| agent.completed(&[]), |reason| agent.abandoned(reason));
        agent.send(vec![began, end]).await;
        assert_eq!(due(store).await == scope, expected, "scan {no}");
    }
}

fn declared(id: &str, first_read_at: i64) -> Declaration {
    Declaration {
        id: id.into(),
        file: "file.yaml".into(),
        line: 1,
        first_read_at: t(first_read_at),
        selector: Selector { source: Some("host".into()), ..Selector::default() },
        business: vec![],
        technical: vec!["person:ada".into()],
        lifecycle: vec![],
        purpose: None,
        service: None,
        environment: None,
        expires_at: None,
        revocation: None,
    }
}

async fn declarations(store: &dyn Store) {
    let declared = [declared("old", 500), declared("new", 1500), declared("matched", 1500)];
    let declarations = declared.into_iter().map(|it| (it.id.clone(), it)).collect();
    let owners = Owners { declarations, ..Owners::default() };
    let state = OwnersState { owners, ..OwnersState::default() };

    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let ada = store.subject_load(&identity("ada")).await.unwrap();
    store.subject_settle(&matching(&ada, &["matched"]), t(1000)).await.unwrap();
    store.owners_replace(&state, t(1500)).await.unwrap();
    settle_all(store).await;

    agent.now = 2000;
    agent.unchanged("s", &[user("ada", &[])]).await;
    assert_eq!(due(store).await, [SubjectId::Declaration("new".into())], "read since");
    settle_all(store).await;
    agent.now = 2100;
    agent.unchanged("s", &[user("ada", &[])]).await;
    assert_eq!(due(store).await, [], "seen since");
    agent.whole("fresh", &[]).await;
    let fresh = [
        scope_subject("a", "fresh"),
        SubjectId::Declaration("new".into()),
        SubjectId::Declaration("old".into()),
    ];
    assert_eq!(due(store).await, fresh, "never seen before");
}

async fn turned(store: &dyn Store) {
    let declarations = [declared("old", 500)].into_iter().map(|it| (it.id.clone(), it)).collect();
    let owners = Owners { declarations, ..Owners::default() };
    store.owners_replace(&OwnersState { owners, ..OwnersState::default() }, t(500)).await.unwrap();
    let old = SubjectId::Declaration("old".into());
    let mut agent = Agent::new(store, "a");

    let began = agent.began("s", ScanMode::Whole);
    agent.send(vec![began]).await;
    assert!(due(store).await.contains(&old), "a scope more that could show a match");
    settle_all(store).await;
    // Whether it becomes due: complete for the first time, complete, cut, cut again, complete.
    for (cut, expected) in
        [(false, true), (false, false), (true, true), (true, false), (false, true)]
    {
        let began = agent.began("s", ScanMode::Whole);
        let end = if cut { agent.abandoned("denied") } else { agent.completed(&[]) };
        agent.send(vec![began, end]).await;
        assert_eq!(due(store).await.contains(&old), expected);
        settle_all(store).await;
    }
}

async fn untold(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.rights = &["one/sudoers", "one/policies"];
    agent.whole("one/passwd", &[user("ada", &[]), user("bob", &[])]).await;
    agent.rights = &["two/sudoers"];
    agent.whole("two/passwd", &[user("cyd", &[])]).await;
    agent.rights = &[];
    settle_all(store).await;
    // Whether accounts become due: given up, again, for another reason, complete, given up.
    let scans = [
        (Some("denied"), true),
        (Some("denied"), false),
        (Some("busy"), true),
        (None, true),
        (Some("denied"), false),
    ];
    for (reason, expected) in scans {
        let began = agent.began("one/sudoers", ScanMode::Whole);
        let end = reason.map_or_else(|| agent.completed(&[]), |reason| agent.abandoned(reason));
        agent.send(vec![began, end]).await;
        let accounts: Vec<_> =
            ["ada", "bob"].map(identity).into_iter().take(2 * usize::from(expected)).collect();
        let due: Vec<_> = due(store)
            .await
            .into_iter()
            .filter(|id| matches!(id, SubjectId::Identity(_)))
            .collect();
        assert_eq!(due, accounts, "{reason:?}");
        let dossier = store.subject_load(&identity("ada")).await.unwrap();
        assert!(dossier.scopes.iter().any(|it| it.scope == "one/sudoers".into()));
        settle_all(store).await;
    }
}

async fn untold_otherwise(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.rights = &["sudoers"];
    agent.whole("passwd", &[user("ada", &[])]).await;
    Agent::new(store, "b").whole("passwd", &[user("bob", &[])]).await;
    settle_all(store).await;
    // Whether the accounts become due when a scan begins, by who is said to tell of their rights.
    let lists: [(&'static [&'static str], bool); 3] =
        [(&["sudoers"], false), (&["sudoers", "policies"], true), (&[], true)];
    for (rights, expected) in lists {
        agent.rights = rights;
        let began = agent.began("passwd", ScanMode::Changes);
        agent.send(vec![began]).await;
        assert_eq!(due(store).await.contains(&identity("ada")), expected, "{rights:?}");
        assert!(!due(store).await.contains(&identity("bob")));
        settle_all(store).await;
    }
}

async fn late(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    for (now, expected) in [(1000, true), (4000, false), (7600, true), (8000, false)] {
        agent.now = now;
        let Entry::Began(began) = agent.began("s", ScanMode::Whole) else { unreachable!() };
        let interval = Some(SignedDuration::from_hours(1));
        let began = Entry::Began(Began { interval, ..began });
        let completed = agent.completed(&[]);
        agent.send(vec![began, completed]).await;
        assert_eq!(due(store).await == [scope_subject("a", "s")], expected, "at {now}");
        settle_all(store).await;
    }
}

async fn touched(store: &dyn Store) {
    store.subjects_touch(&[identity("nobody")]).await.unwrap();
    assert_eq!(due(store).await, [identity("nobody")]);
    let dossier = store.subject_load(&identity("nobody")).await.unwrap();
    store.subject_settle(&quiet(&dossier), t(1)).await.unwrap();
    assert_eq!(due(store).await, []);
}

async fn limited(store: &dyn Store) {
    let declaration = SubjectId::Declaration("d".into());
    for subject in [declaration.clone(), identity("zoe"), unclaimed("k"), identity("ada")] {
        store.subjects_touch(&[subject]).await.unwrap();
    }
    // Once more, which does not put it last.
    store.subjects_touch(&[identity("zoe")]).await.unwrap();
    let first = async |limit| store.subjects_due(t(0), limit).await.unwrap();
    let in_order = [identity("zoe"), unclaimed("k"), identity("ada"), declaration];
    for limit in 0..=4 {
        assert_eq!(first(limit).await, in_order[..limit]);
    }
    assert_eq!(first(5).await, in_order);
    settle(store, &unclaimed("k")).await;
    assert_eq!(first(2).await, [identity("zoe"), identity("ada")]);
    store.subjects_touch(&[unclaimed("k")]).await.unwrap();
    assert_eq!(first(3).await, [identity("zoe"), identity("ada"), unclaimed("k")]);
}

async fn many(store: &dyn Store) {
    let mut subjects: Vec<_> = (0..300).map(|no| identity(&format!("user-{no:03}"))).collect();
    subjects.push(SubjectId::Declaration("d".into()));
    store.subjects_touch(&subjects).await.unwrap();
    assert_eq!(due(store).await, subjects);
    for id in subjects.iter().step_by(3) {
        settle(store, id).await;
    }
    let left = subjects.iter().enumerate().filter(|(no, _)| no % 3 != 0).map(|(_, id)| id);
    let left: Vec<_> = left.cloned().collect();
    assert_eq!(due(store).await, left);
    store.subjects_touch(&subjects).await.unwrap();
    assert_eq!(due(store).await, subjects);
    for id in &subjects {
        settle(store, id).await;
    }
    assert_eq!(due(store).await, []);
}
