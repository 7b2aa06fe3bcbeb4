//! What operators are told, and who is told nothing.

use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use model::testing::{day, estate};
use model::{
    AgentId, Batch, BatchId, Began, Entry, Epoch, FactKey, Observation, ScanId, ScanMode, Seq,
};
use tonic::Code;

use super::*;
use crate::deriver::Realms;
use crate::examiner::judge_due;
use crate::peer::Peer;
use crate::store::memory::MemoryStore;

/// An operator's question.
fn by_operator<T>(message: T) -> Request<T> {
    by(Peer::Operator("ada".to_owned()), message)
}

fn by<T>(peer: Peer, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(peer);
    request
}

/// A service over a store that saw an estate in one whole scan on a day, and has judged it.
struct Desk {
    api: Api,
    grown: watch::Sender<Cursor>,
    seq: Seq,
}

impl Desk {
    async fn of(text: &str, seen_on: &str) -> Self {
        let (grown, feed_grown) = watch::channel(Cursor::default());
        let api = Api {
            store: Arc::new(MemoryStore::new()),
            owners: OwnersNow::default(),
            policy: Arc::new(analysis::Policy::default()),
            clock: Clock::manual(day("2026-06-01")),
            feed_grown,
            authority: None,
            refusals: None,
        };
        let mut desk = Self { api, grown, seq: Seq(0) };
        desk.saw(text, seen_on).await;
        desk
    }

    /// Another whole scan.
    async fn saw(&mut self, text: &str, seen_on: &str) {
        let at = day(seen_on);
        self.seq = self.seq.next();
        let scan = ScanId(self.seq.0);
        let scope = "host/web-1/table:passwd".into();
        let mode = ScanMode::Whole;
        let interval = Some(SignedDuration::from_hours(24));
        let mut entries =
            vec![Entry::Began(Began { scan, scope, mode, at, interval, rights: Vec::new() })];
        let mut digest = model::ScopeDigest::default();
        for sighting in estate(text).sightings {
            let key = FactKey::of(&sighting.fact);
            digest.add(proto::content_digest(key, &sighting.fact));
            let seen = Observation { scan, seen_at: at, fact: sighting.fact };
            entries.push(Entry::Saw(Box::new(seen)));
        }
        entries.push(Entry::Completed { scan, digest, at });
        let id = BatchId { agent: AgentId::from("web-1"), epoch: Epoch(1), seq: self.seq };
        self.api.store.batch_commit(&Batch { id, entries }, at).await.unwrap();
        let Api { store, owners, policy, .. } = &self.api;
        judge_due(&**store, owners, policy, &mut Realms::default(), at).await.unwrap();
        let end = self.api.store.feed_end().await.unwrap();
        self.grown.send_replace(end);
    }

    async fn names(&self, request: v1::IdentitiesRequest) -> (Vec<String>, String) {
        let reply = self.api.identities(by_operator(request)).await.unwrap().into_inner();
        (reply.identities.into_iter().map(|view| view.subject).collect(), reply.next)
    }

    async fn show(&self, id: &str, as_of: Option<Timestamp>) -> Result<v1::IdentityReply, Status> {
        let request = v1::IdentityRequest { id: id.to_owned(), as_of: as_of.map(Into::into) };
        self.api.identity(by_operator(request)).await.map(Response::into_inner)
    }
}

const THREE: &str = "
host_account host:web-1/account/ada
host_account host:web-1/account/bob
host_account host:web-1/account/cyd
";

#[tokio::test]
async fn only_operators_are_answered() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let ask = |peer| desk.api.status(by(peer, v1::StatusRequest {}));
    let agent = Peer::Agent(crate::peer::Shown {
        agent: "web-1".into(),
        serial: "01".to_owned(),
        ends_at: day("2027-01-01"),
    });
    assert_eq!(ask(agent).await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(
        ask(Peer::Anonymous([192, 0, 2, 7].into())).await.unwrap_err().code(),
        Code::Unauthenticated
    );
    assert!(ask(Peer::Operator("ada".to_owned())).await.is_ok());
}

#[tokio::test]
async fn a_request_that_came_past_the_door_is_refused() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let answer = desk.api.agents(Request::new(v1::AgentsRequest {})).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn pages_hold_everyone_once() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let mut all = Vec::new();
    let mut request = v1::IdentitiesRequest { limit: 2, ..Default::default() };
    loop {
        let (names, next) = desk.names(request.clone()).await;
        all.extend(names);
        if next.is_empty() {
            break;
        }
        request.after = next;
    }
    assert_eq!(
        all,
        [
            "identity|host:web-1/account/ada",
            "identity|host:web-1/account/bob",
            "identity|host:web-1/account/cyd",
        ]
    );
}

#[tokio::test]
async fn a_filter_leaves_out_other_kinds() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let kind = Some("role".to_owned());
    let (names, _) = desk.names(v1::IdentitiesRequest { kind, ..Default::default() }).await;
    assert!(names.is_empty());
}

#[tokio::test]
async fn a_place_to_go_on_from_must_be_one() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let request = v1::IdentitiesRequest { after: "x".to_owned(), ..Default::default() };
    let answer = desk.api.identities(by_operator(request)).await;
    assert_eq!(answer.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_part_of_an_id_that_only_one_has_names_it() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let view = desk.show("/bob", None).await.unwrap().identity.unwrap();
    assert_eq!(view.subject, "identity|host:web-1/account/bob");
}

#[tokio::test]
async fn a_part_that_several_have_is_refused_with_their_names() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let status = desk.show("account", None).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("`host:web-1/account/ada`"), "{}", status.message());
}

#[tokio::test]
async fn nobody_of_that_name_is_not_found() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    assert_eq!(desk.show("nobody", None).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn who_has_gone_is_told_as_of_when_they_were_there() {
    let mut desk = Desk::of(THREE, "2026-01-01").await;
    desk.saw("host_account host:web-1/account/ada", "2026-03-01").await;
    let bob = "host:web-1/account/bob";
    assert_eq!(desk.show(bob, None).await.unwrap_err().code(), Code::NotFound);
    assert!(desk.show(bob, Some(day("2026-02-01"))).await.is_ok());
}

#[tokio::test]
async fn who_has_gone_is_gone_from_the_moment_it_was_seen() {
    let mut desk = Desk::of(THREE, "2026-01-01").await;
    desk.saw("host_account host:web-1/account/ada", "2026-03-01").await;
    let answer = desk.show("host:web-1/account/bob", Some(day("2026-03-01"))).await;
    assert_eq!(answer.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn nobody_is_told_before_they_were_seen() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let answer = desk.show("host:web-1/account/bob", Some(day("2025-12-31"))).await;
    assert_eq!(answer.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn findings_can_be_asked_by_family_and_not_by_part_of_a_word() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let ask = async |rule: &str| {
        let rule = Some(rule.to_owned());
        let request = v1::FindingsRequest { rule, ..Default::default() };
        desk.api.findings(by_operator(request)).await.unwrap().into_inner().findings.len()
    };
    assert_eq!(ask("orphaned").await, 3);
    assert_eq!(ask("orphaned.no_owner").await, 3);
    assert_eq!(ask("orph").await, 0);
}

#[tokio::test]
async fn a_severity_that_is_none_is_refused() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let severity_min = Some("urgent".to_owned());
    let request = v1::FindingsRequest { severity_min, ..Default::default() };
    let answer = desk.api.findings(by_operator(request)).await;
    assert_eq!(answer.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_finding_on_a_page_is_found_by_its_id() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let page = desk.api.findings(by_operator(v1::FindingsRequest::default())).await.unwrap();
    let first = page.into_inner().findings.remove(0);
    let request = v1::FindingByIdRequest { id: first.id.clone() };
    let found = desk.api.finding_by_id(by_operator(request)).await.unwrap().into_inner();
    assert_eq!(found.finding.unwrap(), first);
}

#[tokio::test]
async fn a_feed_without_follow_ends_at_its_end() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let request = v1::FeedRequest { after: 0, follow: false };
    let events = desk.api.feed(by_operator(request)).await.unwrap().into_inner();
    let places: Vec<u64> = events.map(|event| event.unwrap().at).collect().await;
    let end = desk.api.store.feed_end().await.unwrap().0;
    assert_eq!(places, (1..=end).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_feed_that_is_followed_hears_what_comes_and_ends_with_the_collector() {
    let mut desk = Desk::of(THREE, "2026-01-01").await;
    let end = desk.api.store.feed_end().await.unwrap().0;
    let request = v1::FeedRequest { after: end, follow: true };
    let mut events = desk.api.feed(by_operator(request)).await.unwrap().into_inner();
    desk.saw(&format!("{THREE}host_account host:web-1/account/dan"), "2026-03-01").await;
    assert_eq!(events.next().await.unwrap().unwrap().at, end + 1);
    drop(desk);
    // What is left comes, and then the end.
    while let Some(event) = events.next().await {
        assert!(event.is_ok());
    }
}

#[tokio::test]
async fn coverage_counts_what_could_not_be_judged() {
    let desk = Desk::of("user arn:aws:iam::111122223333:user/ci", "2026-01-01").await;
    let reply = desk.api.coverage(by_operator(v1::CoverageRequest {})).await.unwrap().into_inner();
    assert_eq!(reply.scopes.len(), 1);
    assert!(!reply.unknown.is_empty());
    assert!(reply.unknown.iter().all(|unknown| unknown.count > 0));
}

#[tokio::test]
async fn nobody_can_be_invited_where_there_is_no_authority() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let request = v1::InviteRequest {
        agent: "web-2".to_owned(),
        scopes: vec!["host/*".to_owned()],
        ttl_s: 60,
    };
    let answer = desk.api.invite(by_operator(request)).await;
    assert_eq!(answer.unwrap_err().code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn a_revoked_agent_stays_revoked_since_the_first_time() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let put = crate::store::AgentRecord {
        id: "web-1".into(),
        scopes: Vec::new(),
        serials: Vec::new(),
        enrolled_at: day("2026-01-01"),
        revoked_at: None,
        seen_at: None,
        epoch: Epoch(1),
        acked: Seq(1),
    };
    desk.api.store.agent_put(&put).await.unwrap();
    let revoke = || by_operator(v1::RevokeRequest { agent: "web-1".to_owned() });
    desk.api.revoke(revoke()).await.unwrap();
    let first = desk.api.store.agent_load(&"web-1".into()).await.unwrap().unwrap().revoked_at;
    assert_eq!(first, Some(day("2026-06-01")));
    desk.api.revoke(revoke()).await.unwrap();
    let second = desk.api.store.agent_load(&"web-1".into()).await.unwrap().unwrap().revoked_at;
    assert_eq!(second, first);
}

#[tokio::test]
async fn an_agent_that_is_not_there_cannot_be_revoked() {
    let desk = Desk::of(THREE, "2026-01-01").await;
    let request = v1::RevokeRequest { agent: "nobody".to_owned() };
    assert_eq!(desk.api.revoke(by_operator(request)).await.unwrap_err().code(), Code::NotFound);
}
