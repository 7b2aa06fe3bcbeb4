//! Stores read one another's exports, and are then equal in all that anyone can see.

use model::{Cursor, FindingChange, FindingState, ScanMode, SubjectId};

use super::estate::{
    Agent, due, grant, identity, key, placement, policy, settle_all, t, unclaimed, user, user_named,
};
use super::settling::{change, finding, matching};
use crate::store::memory::MemoryStore;
use crate::store::sled::{SledOptions, SledStore};
use crate::store::{Invitation, OwnersState, Record, Store};

/// Everything in `store`, asked for in pages of `limit`.
pub(crate) async fn export(store: &dyn Store, limit: usize) -> Vec<Record> {
    let mut all: Vec<Record> = vec![];
    loop {
        let after = all.last().map(|record| record.key.clone());
        let page = store.records_export(after.as_deref(), limit).await.unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// What an export says, whatever the order and the keys of the store that made it.
pub(crate) async fn content(store: &dyn Store) -> Vec<Vec<u8>> {
    let records = export(store, 1000).await;
    let mut content: Vec<_> = records.into_iter().map(|record| record.value).collect();
    content.sort();
    content
}

/// Holds two stores against each other in all that anyone can see of `subjects`.
pub(crate) async fn assert_same(one: &dyn Store, other: &dyn Store, subjects: &[SubjectId]) {
    assert_eq!(content(one).await, content(other).await);
    for id in subjects {
        let mut dossier = one.subject_load(id).await.unwrap();
        let of_other = other.subject_load(id).await.unwrap();
        dossier.version = of_other.version;
        assert_eq!(dossier, of_other);
        let history = one.subject_history(id).await.unwrap();
        assert_eq!(history, other.subject_history(id).await.unwrap());
    }
    for as_of in [-1000, 0, 1000, 1_000_000] {
        let mut due = one.subjects_due(t(as_of), 1000).await.unwrap();
        let mut due_of_other = other.subjects_due(t(as_of), 1000).await.unwrap();
        // In the order in which they became due, which an import does not keep.
        due.sort();
        due_of_other.sort();
        assert_eq!(due, due_of_other);
    }
    let (a, b) = (one.subjects_page(None, 1000).await, other.subjects_page(None, 1000).await);
    assert_eq!(a.unwrap(), b.unwrap());
    let (a, b) = (one.findings_page(None, 1000).await, other.findings_page(None, 1000).await);
    assert_eq!(a.unwrap(), b.unwrap());
    let (a, b) = (one.unknowns_page(None, 1000).await, other.unknowns_page(None, 1000).await);
    assert_eq!(a.unwrap(), b.unwrap());
    let (a, b) = (one.feed_read(Cursor(0), 9999).await, other.feed_read(Cursor(0), 9999).await);
    assert_eq!(a.unwrap(), b.unwrap());
    assert_eq!(one.feed_end().await.unwrap(), other.feed_end().await.unwrap());
    assert_eq!(one.scopes_list(None).await.unwrap(), other.scopes_list(None).await.unwrap());
    assert_eq!(one.agents_list().await.unwrap(), other.agents_list().await.unwrap());
    assert_eq!(one.owners_load().await.unwrap(), other.owners_load().await.unwrap());
}

/// An estate with something of everything, some of it under way.
async fn fill(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    let facts = [
        user("ada", &["team"]),
        user("team", &[]),
        grant("team", "p"),
        policy("p", "one"),
        key("k", Some("ada")),
        placement("file", "k"),
    ];
    agent.whole("s", &facts).await;
    let mut after = facts.to_vec();
    after[0] = user_named("ada", "Ada", &["team"]);
    agent.changes("s", &facts, &after).await;
    settle_all(store).await;
    let ada = identity("ada");
    change(store, &ada, vec![FindingChange::Opened(finding(&ada, "one"))]).await;
    let mut gone = finding(&ada, "two");
    change(store, &ada, vec![FindingChange::Opened(gone.clone())]).await;
    gone.state = FindingState::Resolved;
    change(store, &ada, vec![FindingChange::Resolved(gone, "mended".into())]).await;
    let mut settlement = matching(&store.subject_load(&ada).await.unwrap(), &["d"]);
    settlement.recheck_at = Some(t(500));
    store.subject_settle(&settlement, t(5)).await.unwrap();
    store.owners_replace(&OwnersState { swept: true, ..Default::default() }, t(5)).await.unwrap();
    store.cursor_advance("siem", Cursor(3)).await.unwrap();
    store.setting_put("policy", b"digest").await.unwrap();
    let invitation =
        Invitation { secret_digest: [1; 32], agent: "b".into(), scopes: vec![], ends_at: t(9) };
    store.invitation_put(&invitation).await.unwrap();
    // A scan under way, with something held back and something seen.
    let open = vec![
        agent.began("s", ScanMode::Changes),
        agent.missed(&after[5]),
        agent.saw(user("bob", &[])),
    ];
    agent.send(open).await;
}

/// Goes on where [`fill`] left off.
async fn go_on(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    (agent.seq, agent.scan) = (model::Seq(3), model::ScanId(3));
    let mut held = vec![
        user_named("ada", "Ada", &["team"]),
        user("team", &[]),
        grant("team", "p"),
        policy("p", "one"),
        key("k", Some("ada")),
        user("bob", &[]),
    ];
    let end = vec![agent.completed(&held)];
    assert_eq!(agent.send(end).await.resync, []);
    held.remove(3);
    held.push(policy("p", "two"));
    agent.whole("s", &held).await;
    assert!(due(store).await.contains(&identity("ada")));
    settle_all(store).await;
}

fn subjects() -> Vec<SubjectId> {
    let declaration = SubjectId::Declaration("d".into());
    vec![identity("ada"), identity("bob"), identity("team"), unclaimed("k"), declaration]
}

async fn exchange(from: &dyn Store, to: &dyn Store) {
    fill(from).await;
    let records = export(from, 3).await;
    for page in records.chunks(5) {
        to.records_import(page).await.unwrap();
    }
    assert_same(from, to, &subjects()).await;
    // Read once more, it changes nothing.
    to.records_import(&records).await.unwrap();
    assert_same(from, to, &subjects()).await;
    go_on(from).await;
    go_on(to).await;
    assert_same(from, to, &subjects()).await;
}

fn sled() -> (tempfile::TempDir, SledStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), SledOptions::default()).unwrap();
    (dir, store)
}

#[tokio::test]
async fn the_sled_store_reads_what_the_memory_store_wrote() {
    let (_dir, store) = sled();
    exchange(&MemoryStore::new(), &store).await;
}

#[tokio::test]
async fn the_memory_store_reads_what_the_sled_store_wrote() {
    let (_dir, store) = sled();
    exchange(&store, &MemoryStore::new()).await;
}

#[tokio::test]
async fn a_record_of_a_newer_format_is_refused_with_its_key() {
    use prost::Message as _;
    let value = proto::v1::Record { format: 2, kind: None }.encode_to_vec();
    let records = [Record { key: b"some key".to_vec(), value }];
    let (_dir, store) = sled();
    let stores: [&dyn Store; 2] = [&MemoryStore::new(), &store];
    for store in stores {
        let refused = store.records_import(&records).await.unwrap_err();
        assert_eq!(refused.to_string(), "stored record `some key` is corrupt");
    }
}
