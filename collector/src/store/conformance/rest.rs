//! Claims about agents, invitations, owners, the feed, cursors and settings.

use model::{
    Change, Cursor, Declaration, Epoch, Owners, OwnersProblem, Pattern, Person, Refusal, Selector,
    Seq, Standing, Team,
};

use super::Claim;
use super::estate::{Agent, feed, t};
use crate::store::{AgentRecord, Invitation, OwnersState, Store};

pub(super) const CLAIMS: &[(&str, Claim)] = &[
    ("what an operator decides leaves the position alone", |s| Box::pin(agent_position(s))),
    ("a revocation stands until the agent enrols anew", |s| Box::pin(agent_revoked(s))),
    ("an agent that is put begins at nothing", |s| Box::pin(agent_new(s))),
    ("scopes are listed by agent", |s| Box::pin(scopes(s))),
    ("an invitation serves once", |s| Box::pin(invitation(s))),
    ("owners read back as they were put", |s| Box::pin(owners(s))),
    ("the feed tells when the problems of owners change", |s| Box::pin(problems(s))),
    ("the feed is read in order, without gaps, in pages", |s| Box::pin(pages(s))),
    ("a cursor never moves back", |s| Box::pin(cursor(s))),
    ("a setting is replaced", |s| Box::pin(setting(s))),
];

fn record(serial: &str) -> AgentRecord {
    AgentRecord {
        id: "a".into(),
        scopes: vec![Pattern("host/*".into())],
        serials: vec![serial.into()],
        enrolled_at: t(1),
        revoked_at: None,
        seen_at: Some(t(5)),
        epoch: Epoch(99),
        acked: Seq(99),
    }
}

async fn agent_position(store: &dyn Store) {
    store.agent_put(&record("01")).await.unwrap();
    Agent::new(store, "a").whole("s", &[]).await;
    store.agent_put(&AgentRecord { revoked_at: Some(t(9)), ..record("02") }).await.unwrap();
    let stored = store.agent_load(&"a".into()).await.unwrap().unwrap();
    let expected = AgentRecord {
        revoked_at: Some(t(9)),
        seen_at: Some(t(1000)),
        epoch: Epoch(7),
        acked: Seq(1),
        ..record("02")
    };
    assert_eq!(stored, expected);
}

async fn agent_revoked(store: &dyn Store) {
    let revoked_at = async || store.agent_load(&"a".into()).await.unwrap().unwrap().revoked_at;
    store.agent_put(&record("01")).await.unwrap();
    store.agent_put(&AgentRecord { revoked_at: Some(t(9)), ..record("01") }).await.unwrap();
    // As a renewal would that was under way.
    store.agent_put(&record("02")).await.unwrap();
    assert_eq!(revoked_at().await, Some(t(9)));
    store.agent_put(&AgentRecord { enrolled_at: t(20), ..record("03") }).await.unwrap();
    assert_eq!(revoked_at().await, None);
}

async fn agent_new(store: &dyn Store) {
    store.agent_put(&record("01")).await.unwrap();
    let stored = store.agent_load(&"a".into()).await.unwrap().unwrap();
    assert_eq!((stored.epoch, stored.acked, stored.seen_at), (Epoch(0), Seq(0), None));
    assert_eq!(store.agent_load(&"b".into()).await.unwrap(), None);
}

async fn scopes(store: &dyn Store) {
    Agent::new(store, "a").whole("s", &[]).await;
    Agent::new(store, "ab").whole("r", &[]).await;
    let all = store.scopes_list(None).await.unwrap();
    let names: Vec<_> = all.iter().map(|it| (it.agent.as_str(), it.scope.as_str())).collect();
    assert_eq!(names, [("a", "s"), ("ab", "r")]);
    assert_eq!(store.scopes_list(Some(&"a".into())).await.unwrap(), all[..1]);
    assert_eq!(store.scopes_list(Some(&"b".into())).await.unwrap(), []);
}

async fn invitation(store: &dyn Store) {
    let invitation = Invitation {
        secret_digest: [3; 32],
        agent: "a".into(),
        scopes: vec![Pattern("host/*".into())],
        ends_at: t(9),
    };
    store.invitation_put(&invitation).await.unwrap();
    assert_eq!(store.invitation_take([4; 32]).await.unwrap(), None);
    let all_at_once = [(); 4].map(|()| store.invitation_take([3; 32]));
    let answers = futures_util::future::join_all(all_at_once).await;
    let taken: Vec<_> = answers.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(taken, [invitation]);
}

fn problem(what: &str) -> OwnersProblem {
    OwnersProblem { file: "f".into(), line: 3, what: what.into(), hint: "mend it".into() }
}

async fn owners(store: &dyn Store) {
    assert_eq!(store.owners_load().await.unwrap(), OwnersState::default());
    let declaration = Declaration {
        id: "d".into(),
        file: "file.yaml".into(),
        line: 7,
        first_read_at: t(-3),
        selector: Selector {
            id: Some(Pattern("arn:*".into())),
            source: Some("aws_iam".into()),
            kind: Some("role".into()),
            realm: Some(Pattern("1*".into())),
            labels: [("team".to_owned(), Pattern("pay*".into()))].into(),
            path: Some(Pattern("/ci/*".into())),
            namespace: Some(Pattern("prod".into())),
        },
        business: vec!["person:ada".into()],
        technical: vec!["team:payments".into(), "person:bob".into()],
        lifecycle: vec!["person:cyd".into()],
        purpose: Some("deploys".into()),
        service: Some(String::new()),
        environment: Some("production".into()),
        expires_at: Some(t(99)),
        revocation: Some("delete the key".into()),
    };
    let person = |standing| Person { name: "A".into(), standing };
    let members = ["person:ada".into(), "person:bob".into()].into();
    let owners = Owners {
        declarations: [(declaration.id.clone(), declaration)].into_iter().collect(),
        people: [
            ("person:ada".into(), person(Standing::Active)),
            ("person:bob".into(), person(Standing::Left(None))),
            ("person:cyd".into(), person(Standing::Left(Some(t(4))))),
        ]
        .into(),
        teams: [("team:payments".into(), Team { name: "Payments".into(), members })].into(),
    };
    let state = OwnersState { owners, problems: vec![problem("x")], swept: true };
    store.owners_replace(&state, t(1)).await.unwrap();
    assert_eq!(store.owners_load().await.unwrap(), state);
    store.owners_replace(&OwnersState::default(), t(1)).await.unwrap();
    assert_eq!(store.owners_load().await.unwrap(), OwnersState::default());
}

async fn problems(store: &dyn Store) {
    for problems in [vec![], vec![problem("x")], vec![problem("x")], vec![]] {
        let state = OwnersState { problems, ..OwnersState::default() };
        store.owners_replace(&state, t(1)).await.unwrap();
    }
    assert_eq!(feed(store).await, ["owners.read", "owners.read"]);
}

async fn pages(store: &dyn Store) {
    for no in 1..=5 {
        let refusal = Refusal { peer: no.to_string(), code: "tls".into(), detail: String::new() };
        let at = store.feed_append(&Change::Refused(refusal), t(no)).await.unwrap();
        assert_eq!(at, Cursor(no.unsigned_abs()));
    }
    assert_eq!(store.feed_end().await.unwrap(), Cursor(5));
    let page = store.feed_read(Cursor(2), 2).await.unwrap();
    let told: Vec<_> = page.iter().map(|event| (event.at, event.recorded_at)).collect();
    assert_eq!(told, [(Cursor(3), t(3)), (Cursor(4), t(4))]);
    assert_eq!(store.feed_read(Cursor(5), 2).await.unwrap(), []);
    assert_eq!(store.feed_read(Cursor(u64::MAX), 2).await.unwrap(), []);
}

async fn cursor(store: &dyn Store) {
    assert_eq!(store.cursor_load("siem").await.unwrap(), Cursor(0));
    store.cursor_advance("siem", Cursor(5)).await.unwrap();
    store.cursor_advance("siem", Cursor(3)).await.unwrap();
    assert_eq!(store.cursor_load("siem").await.unwrap(), Cursor(5));
    assert_eq!(store.cursor_load("sie").await.unwrap(), Cursor(0));
}

async fn setting(store: &dyn Store) {
    assert_eq!(store.setting_load("policy").await.unwrap(), None);
    store.setting_put("policy", b"one").await.unwrap();
    store.setting_put("policy", b"").await.unwrap();
    assert_eq!(store.setting_load("policy").await.unwrap(), Some(vec![]));
}
