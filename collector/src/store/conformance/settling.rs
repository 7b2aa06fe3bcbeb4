//! Claims about settlements: what they write, and when they come too late.

use model::{
    About, Conclusion, Dossier, Existence, Finding, FindingChange, FindingState, RuleId,
    Settlement, Severity, SubjectId, Unknown,
};

use super::Claim;
use super::estate::{Agent, due, feed, identity, scope_subject, settle, t, user, user_named};
use crate::store::{Store, StoreError};

pub(super) const CLAIMS: &[(&str, Claim)] = &[
    ("what was settled is no longer due", |s| Box::pin(settled(s))),
    ("a settlement drawn before a change is stale", |s| Box::pin(stale(s))),
    ("a settlement drawn before another one is stale", |s| Box::pin(stale_by_other(s))),
    ("a stale settlement changes nothing", |s| Box::pin(stale_nothing(s))),
    ("a finding stands until it is resolved", |s| Box::pin(finding_stands(s))),
    ("a resolved finding may open again", |s| Box::pin(finding_again(s))),
    ("open findings come in pages, in order", |s| Box::pin(findings_pages(s))),
    ("the feed tells who appeared and who went", |s| Box::pin(existence(s))),
    ("the feed does not tell that a scope appeared", |s| Box::pin(existence_of_scopes(s))),
    ("a subject is due again at its time", |s| Box::pin(recheck(s))),
    ("a subject about nothing leaves no trace", |s| Box::pin(no_trace(s))),
    ("a declaration is due with its first and without its last match", |s| Box::pin(matches(s))),
    ("what is unknown is told by subject, as last settled", |s| Box::pin(unknowns(s))),
    ("subjects that exist or have findings come in pages", |s| Box::pin(subjects(s))),
];

/// A settlement of `dossier` in which no rule has anything to say.
pub(crate) fn quiet(dossier: &Dossier) -> Settlement {
    let there = match &dossier.subject {
        SubjectId::Scope(..) => !dossier.scopes.is_empty(),
        SubjectId::Identity(_) | SubjectId::Unclaimed(_) => !dossier.sightings.is_empty(),
        SubjectId::Declaration(_) => true,
    };
    let existence = match (dossier.existed, there) {
        (false, true) => Existence::Appeared,
        (true, true) => Existence::Stays,
        (true, false) => Existence::Gone,
        (false, false) => Existence::Absent,
    };
    Settlement {
        subject: dossier.subject.clone(),
        version: dossier.version,
        changes: vec![],
        unknown: vec![],
        existence,
        declarations: vec![],
        recheck_at: None,
    }
}

/// The same, and these declarations match it.
pub(crate) fn matching(dossier: &Dossier, declarations: &[&str]) -> Settlement {
    let declarations = declarations.iter().map(|id| (*id).into()).collect();
    Settlement { declarations, ..quiet(dossier) }
}

/// A finding about `subject`.
pub(crate) fn finding(subject: &SubjectId, rule: &'static str) -> Finding {
    Finding {
        id: Finding::id_of(&RuleId::of(rule), subject, &About::Subject),
        subject: subject.clone(),
        subject_kind: "user".into(),
        source: "host".into(),
        owners: vec![],
        conclusion: Conclusion {
            rule: RuleId::of(rule),
            about: About::Subject,
            severity: Severity::High,
            score: 70,
            factors: vec![],
            because: "so it is".into(),
            evidence: vec![],
            remedy: "mend it".into(),
        },
        state: FindingState::Open,
        opened_at: t(1),
        updated_at: t(1),
    }
}

/// Settles `id` with these changes.
pub(crate) async fn change(store: &dyn Store, id: &SubjectId, changes: Vec<FindingChange>) {
    let dossier = store.subject_load(id).await.unwrap();
    let settlement = Settlement { changes, ..quiet(&dossier) };
    store.subject_settle(&settlement, t(3000)).await.unwrap();
}

async fn settled(store: &dyn Store) {
    Agent::new(store, "a").whole("s", &[user("ada", &[])]).await;
    settle(store, &identity("ada")).await;
    assert_eq!(due(store).await, [scope_subject("a", "s")]);
}

async fn stale(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    let dossier = store.subject_load(&identity("ada")).await.unwrap();
    agent.whole("s", &[user_named("ada", "Ada", &[])]).await;
    let late = store.subject_settle(&quiet(&dossier), t(1)).await;
    assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
    assert!(due(store).await.contains(&identity("ada")));
}

async fn stale_by_other(store: &dyn Store) {
    Agent::new(store, "a").whole("s", &[user("ada", &[])]).await;
    // Due, and then settled without being due.
    for _ in 0..2 {
        let dossier = store.subject_load(&identity("ada")).await.unwrap();
        store.subject_settle(&quiet(&dossier), t(1)).await.unwrap();
        let late = store.subject_settle(&quiet(&dossier), t(1)).await;
        assert!(matches!(late, Err(StoreError::Stale)), "{late:?}");
    }
}

async fn stale_nothing(store: &dyn Store) {
    let ada = identity("ada");
    Agent::new(store, "a").whole("s", &[user("ada", &[])]).await;
    let dossier = store.subject_load(&ada).await.unwrap();
    settle(store, &ada).await;
    let end = store.feed_end().await.unwrap();
    let changes = vec![FindingChange::Opened(finding(&ada, "r"))];
    let late = Settlement { changes, ..quiet(&dossier) };
    store.subject_settle(&late, t(1)).await.unwrap_err();
    assert_eq!(store.findings_page(None, 10).await.unwrap(), []);
    assert_eq!(store.feed_end().await.unwrap(), end);
}

async fn finding_stands(store: &dyn Store) {
    let ada = identity("ada");
    let open = finding(&ada, "r");
    change(store, &ada, vec![FindingChange::Opened(open.clone())]).await;
    assert_eq!(store.subject_load(&ada).await.unwrap().standing, std::slice::from_ref(&open));
    assert_eq!(store.findings_page(None, 10).await.unwrap(), std::slice::from_ref(&open));

    let resolved = Finding { state: FindingState::Resolved, ..open.clone() };
    let why = "it was mended".to_owned();
    change(store, &ada, vec![FindingChange::Resolved(resolved.clone(), why)]).await;
    assert_eq!(store.subject_load(&ada).await.unwrap().standing, []);
    assert_eq!(store.findings_page(None, 10).await.unwrap(), []);
    assert_eq!(store.finding_load(&open.id).await.unwrap(), Some(resolved));
    assert_eq!(feed(store).await, ["finding.opened", "finding.resolved"]);
}

async fn finding_again(store: &dyn Store) {
    let ada = identity("ada");
    let open = finding(&ada, "r");
    let resolved = Finding { state: FindingState::Resolved, ..open.clone() };
    change(store, &ada, vec![FindingChange::Opened(open.clone())]).await;
    change(store, &ada, vec![FindingChange::Resolved(resolved, "mended".into())]).await;
    change(store, &ada, vec![FindingChange::Opened(open.clone())]).await;
    assert_eq!(store.finding_load(&open.id).await.unwrap(), Some(open.clone()));
    assert_eq!(store.findings_page(None, 10).await.unwrap(), [open]);
}

async fn findings_pages(store: &dyn Store) {
    let ada = identity("ada");
    let rules = ["one", "two", "three", "four", "five"];
    let opened = rules.iter().map(|rule| FindingChange::Opened(finding(&ada, rule))).collect();
    change(store, &ada, opened).await;
    let mut pages = vec![];
    let mut after = None;
    loop {
        let page = store.findings_page(after.as_ref(), 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last.id.clone());
        pages.extend(page.into_iter().map(|finding| finding.id));
    }
    assert_eq!(pages.len(), 5);
    assert!(pages.is_sorted());
}

async fn existence(store: &dyn Store) {
    let mut agent = Agent::new(store, "a");
    agent.whole("s", &[user("ada", &[])]).await;
    settle(store, &identity("ada")).await;
    assert!(store.subject_load(&identity("ada")).await.unwrap().existed);
    agent.whole("s", &[user_named("ada", "Ada", &[])]).await;
    settle(store, &identity("ada")).await;
    agent.whole("s", &[]).await;
    settle(store, &identity("ada")).await;
    assert!(!store.subject_load(&identity("ada")).await.unwrap().existed);
    assert_eq!(
        feed(store).await,
        [
            "coverage.changed s complete",
            "identity.appeared identity|ada",
            "identity.gone identity|ada"
        ]
    );
}

async fn existence_of_scopes(store: &dyn Store) {
    Agent::new(store, "a").whole("s", &[]).await;
    settle(store, &scope_subject("a", "s")).await;
    assert!(store.subject_load(&scope_subject("a", "s")).await.unwrap().existed);
    assert_eq!(feed(store).await, ["coverage.changed s complete"]);
}

async fn recheck(store: &dyn Store) {
    for (name, at) in [("ada", 300), ("bob", 100), ("cyd", -100)] {
        let dossier = store.subject_load(&identity(name)).await.unwrap();
        let settlement = Settlement { recheck_at: Some(t(at)), ..quiet(&dossier) };
        store.subject_settle(&settlement, t(1)).await.unwrap();
    }
    store.subjects_touch(&[identity("zoe")]).await.unwrap();
    let at = async |seconds| store.subjects_due(t(seconds), 10).await.unwrap();
    assert_eq!(at(-101).await, [identity("zoe")]);
    assert_eq!(at(99).await, [identity("zoe"), identity("cyd")]);
    assert_eq!(at(300).await, ["zoe", "cyd", "bob", "ada"].map(identity));
    assert_eq!(store.subjects_due(t(300), 2).await.unwrap(), ["zoe", "cyd"].map(identity));

    // One that is due for another reason comes once; a later settlement moves the time.
    store.subjects_touch(&[identity("bob")]).await.unwrap();
    assert_eq!(at(300).await, ["zoe", "bob", "cyd", "ada"].map(identity));
    settle(store, &identity("cyd")).await;
    assert_eq!(at(300).await, ["zoe", "bob", "ada"].map(identity));
}

async fn no_trace(store: &dyn Store) {
    let before = store.records_export(None, usize::MAX).await.unwrap();
    store.subjects_touch(&[identity("nobody")]).await.unwrap();
    settle(store, &identity("nobody")).await;
    settle(store, &identity("never seen")).await;
    assert_eq!(store.records_export(None, usize::MAX).await.unwrap(), before);
}

async fn matches(store: &dyn Store) {
    let declaration = SubjectId::Declaration("d".into());
    let settle_with = async |name: &str, declarations: &[&str]| {
        let dossier = store.subject_load(&identity(name)).await.unwrap();
        store.subject_settle(&matching(&dossier, declarations), t(1)).await.unwrap();
        let due = due(store).await;
        if due.contains(&declaration) {
            settle(store, &declaration).await;
        }
        !due.is_empty()
    };
    assert!(settle_with("ada", &["d"]).await, "the first match");
    assert!(!settle_with("bob", &["d"]).await, "one more");
    assert!(!settle_with("ada", &["d"]).await, "the same again");
    assert!(!settle_with("ada", &[]).await, "one less");
    assert!(settle_with("bob", &[]).await, "the last match");
}

async fn unknowns(store: &dyn Store) {
    let unknown = |why: &str| Unknown {
        rule: RuleId::of("dormant.identity"),
        about: String::new(),
        why: why.into(),
    };
    for (name, why) in [("bob", "b"), ("ada", "a"), ("cyd", "c")] {
        let dossier = store.subject_load(&identity(name)).await.unwrap();
        let settlement = Settlement { unknown: vec![unknown(why)], ..quiet(&dossier) };
        store.subject_settle(&settlement, t(1)).await.unwrap();
    }
    settle(store, &identity("cyd")).await;
    let first = store.unknowns_page(None, 1).await.unwrap();
    assert_eq!(first, [(identity("ada"), vec![unknown("a")])]);
    let rest = store.unknowns_page(Some(&identity("ada")), 10).await.unwrap();
    assert_eq!(rest, [(identity("bob"), vec![unknown("b")])]);
}

async fn subjects(store: &dyn Store) {
    Agent::new(store, "a").whole("s", &[user("ada", &[]), user("bob", &[])]).await;
    for id in due(store).await {
        settle(store, &id).await;
    }
    change(store, &identity("zoe"), vec![FindingChange::Opened(finding(&identity("zoe"), "r"))])
        .await;
    store.subjects_touch(&[identity("nobody")]).await.unwrap();
    let all = store.subjects_page(None, 10).await.unwrap();
    let scope = scope_subject("a", "s");
    assert_eq!(all, [identity("ada"), identity("bob"), identity("zoe"), scope]);
    assert_eq!(store.subjects_page(None, 1).await.unwrap(), all[..1]);
    assert_eq!(store.subjects_page(Some(&all[0]), 2).await.unwrap(), all[1..3]);
    assert_eq!(store.subjects_page(Some(&all[3]), 2).await.unwrap(), []);
}
