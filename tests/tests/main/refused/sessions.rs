//! What no agent of ours would send, over an open session.

use std::fs;
use std::time::{Duration, Instant};

use model::{Began, Entry, ScanId, ScanMode, ScopeDigest, ScopeId};
use proto::v1;
use proto::v1::query_client::QueryClient;
use proto::v1::to_agent::Kind;
use tests::raw::{Raw, RawSession, Shown};
use tests::roots::Root;
use tonic::Code;

use super::{a_line, refused, status, web_1};

/// A whole scan of this scope that saw nothing.
fn empty_scan(scope: &str) -> Vec<u8> {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let (scan, scope) = (ScanId(1), ScopeId::from(scope));
    proto::entries_encode(&[
        Entry::Began(Began {
            scan,
            scope,
            mode: ScanMode::Whole,
            at,
            interval: None,
            rights: Vec::new(),
        }),
        Entry::Completed { scan, digest: ScopeDigest::default(), at },
    ])
}

fn own_scan() -> Vec<u8> {
    empty_scan("host/web-1/accounts")
}

/// The number and code of the rejection that comes next.
async fn rejection(session: &mut RawSession) -> (u64, String) {
    let answer = session.answer().await.unwrap();
    let Kind::Reject(reject) = answer else { panic!("{answer:?} instead of a rejection") };
    (reject.seq, reject.code)
}

/// Sends a good batch and sees that it is taken.
async fn assert_goes_on(session: &mut RawSession, seq: u64) {
    session.send(seq, own_scan()).await.unwrap();
    let answer = session.answer().await.unwrap();
    assert!(matches!(&answer, Kind::Ack(ack) if ack.seq == seq), "{answer:?}");
}

#[tokio::test]
async fn a_scope_of_another_is_rejected_and_the_session_goes_on() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    session.send(1, empty_scan("host/web-2/accounts")).await.unwrap();
    assert_eq!(rejection(&mut session).await, (1, "scope".to_owned()));
    assert_goes_on(&mut session, 2).await;
    let detail = refused(&line, "web-1", "scope");
    assert!(detail.contains("host/web-2/accounts"), "{detail}");
}

#[test]
fn an_agent_quarantines_what_is_rejected_and_says_so() {
    let line = a_line();
    let root = Root::new().unwrap();
    root.put(1, 1).unwrap();
    let agent = line.enrol("web-1", &["host/web-1/*"], &root.source("web-2")).unwrap();
    // As if its scopes had been narrowed since it enrolled.
    let enrolment = agent.state_dir.join("enrolment.toml");
    let text = fs::read_to_string(&enrolment).unwrap().replace("host/web-1/*", "host/*");
    fs::write(&enrolment, text).unwrap();
    let told = agent.scan("host", &[]).unwrap();
    assert!(told.stderr.contains("batch rejected by the collector"), "{}", told.stderr);
    refused(&line, "web-1", "scope");
    assert!(fs::read_dir(agent.state_dir.join("quarantine")).unwrap().count() > 0);
    assert_eq!(line.json(&["identities", "list"]).unwrap().as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_rejected_and_the_session_goes_on() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    session.send(1, vec![0; (1 << 20) + 1]).await.unwrap();
    assert_eq!(rejection(&mut session).await, (1, "too_large".to_owned()));
    assert_goes_on(&mut session, 2).await;
    refused(&line, "web-1", "too_large");
}

#[tokio::test]
async fn a_message_without_bounds_ends_the_session() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    session.send(1, vec![0; 5 << 20]).await.unwrap();
    session.answer().await.unwrap_err();
    refused(&line, "web-1", "protocol");
}

#[tokio::test]
async fn a_batch_that_is_none_is_rejected_and_the_session_goes_on() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    session.send(1, b"\xff\xff\xff\xff no entries".to_vec()).await.unwrap();
    assert_eq!(rejection(&mut session).await, (1, "malformed".to_owned()));
    assert_goes_on(&mut session, 2).await;
    refused(&line, "web-1", "malformed");
}

#[tokio::test]
async fn a_batch_that_skips_a_number_ends_the_session() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    session.send(2, own_scan()).await.unwrap();
    assert_eq!(status(&session.answer().await.unwrap_err()), Code::FailedPrecondition);
    refused(&line, "web-1", "protocol");
}

#[tokio::test]
async fn an_agent_that_does_not_wait_for_the_window_is_cut_off() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    for seq in 1..=64 {
        session.send(seq, own_scan()).await.unwrap();
    }
    let mut acked = 0;
    let end = loop {
        match session.answer().await {
            Ok(Kind::Ack(ack)) => {
                acked += 1;
                assert_eq!(ack.seq, acked);
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert_eq!(status(&end), Code::FailedPrecondition);
    assert!(acked < 64);
    refused(&line, "web-1", "flood");
}

/// A feed that is longer than what any buffer on the way takes.
fn a_long_feed(line: &tests::line::Line) {
    let root = Root::new().unwrap();
    for number in 0..120 {
        root.put(number, number).unwrap();
    }
    let agent = line.enrol("web-1", &["host/web-1/*"], &root.source("web-1")).unwrap();
    assert_eq!(agent.scan("host", &[]).unwrap().code, 0);
    line.judged().unwrap();
    let bytes = line.muster(&["feed", "--format", "ndjson"]).unwrap().stdout.len();
    assert!(bytes > 100_000, "{bytes} bytes of feed");
}

#[tokio::test]
async fn whoever_does_not_read_its_answers_does_not_hold_up_a_stop() {
    let mut line = a_line();
    a_long_feed(&line);
    let raw = Raw::to(&line, Some(Shown::operator(&line).unwrap())).unwrap();
    let mut client = QueryClient::new(raw.channel_narrow().await.unwrap());
    let unread = client.feed(v1::FeedRequest { after: 0, follow: true }).await.unwrap();
    let begun = Instant::now();
    line.stop().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
    drop(unread);
}
