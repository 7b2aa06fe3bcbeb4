//! What is worked out of several subjects is kept like what agents saw, and follows it.

use analysis::Policy;
use model::testing::{day, estate};
use model::{IdentityId, PrivilegeVerdict, Privileges, SubjectId};

use super::*;
use crate::examiner::{OwnersNow, judge_due};
use crate::store::memory::MemoryStore;

/// A store that agents report to, and whoever judges it.
struct Collector {
    store: MemoryStore,
    realms: Realms,
    seq: Seq,
}

impl Collector {
    fn new() -> Self {
        Self { store: MemoryStore::new(), realms: Realms::default(), seq: Seq(0) }
    }

    /// An agent lists an account whole, and everything is judged.
    async fn saw(&mut self, account: &str, text: &str) {
        self.began(account, text).await;
        self.ended(account, text).await;
        self.judge().await;
    }

    async fn began(&mut self, account: &str, text: &str) {
        let scope =
            ScopeId(format!("aws_iam/{account}/aws-global/iam:GetAccountAuthorizationDetails"));
        let scan = ScanId(self.seq.0.saturating_add(1));
        let (mode, at, rights) = (ScanMode::Whole, day("2026-01-01"), Vec::new());
        let mut entries =
            vec![Entry::Began(Began { scan, scope, mode, at, interval: None, rights })];
        let saw = |fact| Entry::Saw(Box::new(Observation { scan, seen_at: at, fact }));
        entries.extend(facts(text).into_iter().map(saw));
        self.send(entries).await;
    }

    async fn ended(&mut self, _account: &str, text: &str) {
        let mut digest = ScopeDigest::default();
        for fact in facts(text) {
            digest.add(proto::content_digest(FactKey::of(&fact), &fact));
        }
        let (scan, at) = (ScanId(self.seq.0), day("2026-01-01"));
        self.send(vec![Entry::Completed { scan, digest, at }]).await;
    }

    async fn send(&mut self, entries: Vec<Entry>) {
        self.seq = self.seq.next();
        let id = BatchId { agent: "prober".into(), epoch: Epoch(1), seq: self.seq };
        self.store.batch_commit(&Batch { id, entries }, day("2026-01-01")).await.unwrap();
    }

    async fn judge(&mut self) {
        let Self { store, realms, .. } = self;
        let (owners, policy) = (OwnersNow::default(), Policy::default());
        judge_due(store, &owners, &policy, realms, day("2026-01-01")).await.unwrap();
    }

    async fn privileges(&self, id: &str) -> Option<Privileges> {
        let subject = SubjectId::Identity(IdentityId::from(id));
        let dossier = self.store.subject_load(&subject).await.unwrap();
        let told = |fact| if let Fact::Privileges(it) = fact { Some(*it) } else { None };
        dossier.sightings.into_iter().find_map(|it| told(it.fact))
    }

    async fn verdict(&self, id: &str) -> Option<PrivilegeVerdict> {
        self.privileges(id).await.map(|it| it.verdict)
    }

    /// How many batches the collector itself wrote.
    async fn writes(&self) -> u64 {
        let own = self.store.agent_load(&AgentId::COLLECTOR.into()).await.unwrap();
        own.map_or(0, |own| own.acked.0)
    }
}

fn facts(text: &str) -> Vec<Fact> {
    estate(text).sightings.into_iter().map(|it| it.fact).collect()
}

const CI: &str = "arn:aws:iam::1:user/ci";
const ESTATE: &str = r#"
user arn:aws:iam::1:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}
role arn:aws:iam::1:role/reader
  trust t1 {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sts:AssumeRole"}}
  permission reads {"Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}
"#;
/// The same, and the role may read what it could only list.
fn stronger() -> String {
    ESTATE.replace("s3:ListBucket", "s3:GetObject")
}

#[tokio::test]
async fn what_follows_from_several_is_kept_with_each() {
    let mut collector = Collector::new();
    collector.saw("1", ESTATE).await;
    assert_eq!(collector.verdict(CI).await, Some(PrivilegeVerdict::No));
    collector.saw("1", &stronger()).await;
    assert_eq!(collector.verdict(CI).await, Some(PrivilegeVerdict::Escalates));
    let path = collector.privileges(CI).await.unwrap().because;
    assert_eq!(path[0].what, "takes on role `arn:aws:iam::1:role/reader`");
}

#[tokio::test]
async fn the_finding_opens_and_closes_with_what_another_may_do() {
    let mut collector = Collector::new();
    let open = async |collector: &Collector| {
        let page = collector.store.findings_page(None, 100).await.unwrap();
        page.iter().any(|it| it.conclusion.rule.as_str() == "privilege.escalation")
    };
    collector.saw("1", &stronger()).await;
    assert!(open(&collector).await);
    collector.saw("1", ESTATE).await;
    assert!(!open(&collector).await);
}

#[tokio::test]
async fn nothing_is_written_if_nothing_follows_that_was_not_known() {
    let mut collector = Collector::new();
    collector.saw("1", ESTATE).await;
    let writes = collector.writes().await;
    assert!(writes > 0);
    collector.saw("1", ESTATE).await;
    collector.realms = Realms::default();
    collector
        .realms
        .derive(&collector.store, Touched::everything(), day("2026-01-03"))
        .await
        .unwrap();
    assert_eq!(collector.writes().await, writes);
}

#[tokio::test]
async fn what_is_gone_has_no_privileges() {
    let mut collector = Collector::new();
    collector.saw("1", ESTATE).await;
    let (left, _) = ESTATE.split_once("role ").unwrap();
    collector.saw("1", left).await;
    assert_eq!(collector.verdict("arn:aws:iam::1:role/reader").await, None);
    assert_eq!(collector.verdict(CI).await, Some(PrivilegeVerdict::No));
}

#[tokio::test]
async fn a_role_of_another_account_is_found_whichever_account_is_seen_first() {
    let theirs = r#"
role arn:aws:iam::2:role/theirs
  trust t2 {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sts:AssumeRole"}}
  permission all {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
"#;
    for order in [[("1", ESTATE), ("2", theirs)], [("2", theirs), ("1", ESTATE)]] {
        let mut collector = Collector::new();
        for (account, text) in order {
            collector.saw(account, text).await;
        }
        assert_eq!(collector.verdict(CI).await, Some(PrivilegeVerdict::Escalates), "{order:?}");
    }
}

#[tokio::test]
async fn an_account_is_not_judged_before_its_first_listing_ended() {
    let mut collector = Collector::new();
    collector.began("1", ESTATE).await;
    collector.judge().await;
    assert_eq!(collector.verdict(CI).await, None);
    collector.ended("1", ESTATE).await;
    // Nothing changed since, but what waits is not forgotten.
    collector.judge().await;
    assert_eq!(collector.verdict(CI).await, Some(PrivilegeVerdict::No));
}

#[tokio::test]
async fn time_alone_can_change_what_follows() {
    let mut collector = Collector::new();
    let until = r#"
user arn:aws:iam::1:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-02-01T00:00:00Z"}}}}
"#;
    collector.saw("1", until).await;
    assert_eq!(collector.verdict(CI).await, Some(PrivilegeVerdict::Administrator));
    let Collector { store, realms, .. } = &mut collector;
    realms.derive(store, Touched::default(), day("2026-02-02")).await.unwrap();
    assert_eq!(collector.verdict(CI).await, Some(PrivilegeVerdict::No));
}
