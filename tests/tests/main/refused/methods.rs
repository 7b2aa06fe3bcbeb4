//! Who may call what.

use proto::v1;
use proto::v1::ingest_client::IngestClient;
use proto::v1::query_client::QueryClient;
use tests::line::Line;
use tests::raw::{Raw, Shown};
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::{a_line, refused, status, web_1};

async fn channel(line: &Line, shown: Option<Shown>) -> Channel {
    Raw::to(line, shown).unwrap().channel().await.unwrap()
}

/// What each method of `Query` answers.
async fn asked_everything(channel: Channel) -> Vec<(&'static str, Result<(), Status>)> {
    let mut it = QueryClient::new(channel);
    let invite = v1::InviteRequest { agent: "mole".into(), scopes: vec!["*".into()], ttl_s: 60 };
    let revoke = v1::RevokeRequest { agent: "web-1".into() };
    vec![
        ("identities", it.identities(v1::IdentitiesRequest::default()).await.map(drop)),
        ("identity", it.identity(v1::IdentityRequest::default()).await.map(drop)),
        ("findings", it.findings(v1::FindingsRequest::default()).await.map(drop)),
        ("finding", it.finding_by_id(v1::FindingByIdRequest::default()).await.map(drop)),
        ("coverage", it.coverage(v1::CoverageRequest {}).await.map(drop)),
        ("feed", it.feed(v1::FeedRequest::default()).await.map(drop)),
        ("owners", it.owners(v1::OwnersRequest {}).await.map(drop)),
        ("agents", it.agents(v1::AgentsRequest {}).await.map(drop)),
        ("status", it.status(v1::StatusRequest {}).await.map(drop)),
        ("invite", it.invite(invite).await.map(drop)),
        ("revoke", it.revoke(revoke).await.map(drop)),
    ]
}

#[tokio::test]
async fn an_agent_is_answered_no_question() {
    let line = a_line();
    let shown = Shown::agent(&web_1(&line)).unwrap();
    for (method, answer) in asked_everything(channel(&line, Some(shown)).await).await {
        assert_eq!(answer.unwrap_err().code(), Code::PermissionDenied, "{method}");
    }
    let agents = line.json(&["agents", "list"]).unwrap();
    assert!(agents[0]["revoked"].is_null(), "an agent revoked another");
    told_once(&line, "web-1");
}

#[tokio::test]
async fn nobody_in_particular_is_answered_no_question() {
    let line = a_line();
    let _agent = web_1(&line);
    for (method, answer) in asked_everything(channel(&line, None).await).await {
        assert_eq!(answer.unwrap_err().code(), Code::Unauthenticated, "{method}");
    }
    let agents = line.json(&["agents", "list"]).unwrap();
    assert!(agents[0]["revoked"].is_null(), "anybody can revoke an agent");
    told_once(&line, "127.0.0.1");
}

#[tokio::test]
async fn nobody_in_particular_can_report() {
    let line = a_line();
    assert_no_report(&line, None).await;
    told_once(&line, "127.0.0.1");
}

#[tokio::test]
async fn an_operator_can_not_report() {
    let line = a_line();
    let shown = Shown::operator(&line).unwrap();
    assert_no_report(&line, Some(shown)).await;
    told_once(&line, "operator");
}

/// The operator sees that this peer asked for what is not theirs, once for all that it asked.
fn told_once(line: &Line, peer: &str) {
    refused(line, peer, "not_permitted");
    let feed = line.feed().unwrap();
    let of_them = |event: &&serde_json::Value| event["refusal"]["peer"] == peer;
    assert_eq!(feed.iter().filter(of_them).count(), 1);
}

async fn assert_no_report(line: &Line, shown: Option<Shown>) {
    let raw = Raw::to(line, shown).unwrap();
    assert_eq!(status(&raw.session(1).await.unwrap_err()), Code::Unauthenticated);
    let mut client = IngestClient::new(raw.channel().await.unwrap());
    let renewed = client.renew(v1::RenewRequest::default()).await;
    assert_eq!(renewed.unwrap_err().code(), Code::Unauthenticated);
}
