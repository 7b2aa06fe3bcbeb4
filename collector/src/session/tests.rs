use jiff::Timestamp;
use model::{Began, Door, Entry, Epoch, Fact, Observation, Pattern, ScanId, ScanMode, Seq};
use proto::v1;
use proto::v1::{from_agent, to_agent};

use super::{Action, BATCH_BYTES_MAX, Event, Session, WINDOW_MAX};

fn session() -> Session {
    let scopes = vec![Pattern("host/web-1/*".into())];
    Session::new("web-1".into(), scopes, (Epoch(7), Seq(2)), Vec::new())
}

fn hello(epoch: u64) -> Event {
    Event::Came(from_agent::Kind::Hello(v1::Hello { epoch, ..v1::Hello::default() }))
}

fn batch(seq: u64, scope: &str) -> Event {
    let entry = Entry::Began(Began {
        scan: ScanId(1),
        scope: scope.into(),
        mode: ScanMode::Whole,
        at: Timestamp::UNIX_EPOCH,
        interval: None,
        rights: Vec::new(),
    });
    bytes(seq, proto::entries_encode(&[entry]))
}

fn bytes(seq: u64, entries: Vec<u8>) -> Event {
    Event::Came(from_agent::Kind::Batch(v1::Batch { seq, entries }))
}

/// What the actions come to, in a word each.
fn told(actions: &[Action]) -> Vec<String> {
    let word = |action: &Action| match action {
        Action::Send(to_agent::Kind::Welcome(it)) => format!("welcome {}", it.acked_seq),
        Action::Send(to_agent::Kind::Ack(it)) => format!("ack {}", it.seq),
        Action::Send(to_agent::Kind::Reject(it)) => format!("reject {} {}", it.seq, it.code),
        Action::Send(to_agent::Kind::Pause(_)) => "pause".into(),
        Action::Send(to_agent::Kind::Resync(it)) => format!("resync {}", it.scope),
        Action::Commit(batch) => format!("commit {}", batch.id.seq.0),
        Action::Reject(id, refusal) => format!("refuse {} {}", id.seq.0, refusal.code),
        Action::Close(refusal) => format!("close {}", refusal.code),
    };
    actions.iter().map(word).collect()
}

#[test]
fn a_known_epoch_goes_on_where_it_stood() {
    let mut session = session();
    assert_eq!(told(&session.handle(hello(7))), ["welcome 2"]);
    assert_eq!(told(&session.handle(batch(3, "host/web-1/files:/etc"))), ["commit 3"]);
}

#[test]
fn a_new_epoch_begins_at_the_beginning() {
    let mut session = session();
    assert_eq!(told(&session.handle(hello(8))), ["welcome 0"]);
    assert_eq!(told(&session.handle(batch(1, "host/web-1/files:/etc"))), ["commit 1"]);
}

#[test]
fn an_ack_waits_until_the_store_has_it() {
    let mut session = session();
    session.handle(hello(7));
    assert_eq!(told(&session.handle(batch(3, "host/web-1/x"))), ["commit 3"]);
    assert_eq!(told(&session.handle(Event::Committed(Seq(3), Vec::new()))), ["ack 3"]);
}

#[test]
fn a_batch_sent_again_is_acknowledged_and_not_stored_again() {
    let mut session = session();
    session.handle(hello(7));
    assert_eq!(told(&session.handle(batch(2, "host/web-1/x"))), ["ack 2"]);
}

#[test]
fn a_batch_sent_again_while_under_way_is_answered_once() {
    let mut session = session();
    session.handle(hello(7));
    session.handle(batch(3, "host/web-1/x"));
    assert_eq!(told(&session.handle(batch(3, "host/web-1/x"))), Vec::<String>::new());
}

#[test]
fn a_missing_batch_ends_the_session() {
    let mut session = session();
    session.handle(hello(7));
    assert_eq!(told(&session.handle(batch(4, "host/web-1/x"))), ["close protocol"]);
}

#[test]
fn a_batch_before_the_hello_ends_the_session() {
    assert_eq!(told(&session().handle(batch(1, "host/web-1/x"))), ["close protocol"]);
}

#[test]
fn a_scope_that_the_agent_is_not_enrolled_for_is_rejected_and_the_session_goes_on() {
    let mut session = session();
    session.handle(hello(7));
    assert_eq!(told(&session.handle(batch(3, "host/web-2/x"))), ["refuse 3 scope"]);
    assert_eq!(told(&session.handle(Event::Rejected(Seq(3)))), ["reject 3 scope"]);
    assert_eq!(told(&session.handle(batch(4, "host/web-1/x"))), ["commit 4"]);
}

#[test]
fn what_the_collector_alone_concludes_is_not_taken_from_an_agent() {
    let mut session = session();
    session.handle(hello(7));
    let door = Door { outside: Door::ANYONE.into(), role: "arn:aws:iam::1:role/r".into() };
    let (scan, seen_at) = (ScanId(1), Timestamp::UNIX_EPOCH);
    let seen = Observation { scan, seen_at, fact: Fact::Door(door) };
    let entries = proto::entries_encode(&[Entry::Saw(Box::new(seen))]);
    assert_eq!(told(&session.handle(bytes(3, entries))), ["refuse 3 derived"]);
}

#[test]
fn bytes_that_are_no_batch_are_rejected() {
    let mut session = session();
    session.handle(hello(7));
    assert_eq!(told(&session.handle(bytes(3, vec![0xff; 9]))), ["refuse 3 malformed"]);
}

#[test]
fn a_batch_beyond_the_limit_is_rejected_and_one_at_the_limit_is_read() {
    let mut session = session();
    session.handle(hello(7));
    let over = bytes(3, vec![0xff; BATCH_BYTES_MAX + 1]);
    assert_eq!(told(&session.handle(over)), ["refuse 3 too_large"]);
    let at = bytes(4, vec![0xff; BATCH_BYTES_MAX]);
    assert_eq!(told(&session.handle(at)), ["refuse 4 malformed"]);
}

#[test]
fn more_than_the_window_is_a_flood() {
    let mut session = session();
    session.handle(hello(7));
    for seq in 3..3 + u64::from(WINDOW_MAX) {
        assert_eq!(told(&session.handle(batch(seq, "host/web-1/x"))), [format!("commit {seq}")]);
    }
    let next = 3 + u64::from(WINDOW_MAX);
    assert_eq!(told(&session.handle(batch(next, "host/web-1/x"))), ["close flood"]);
}

#[test]
fn a_difference_is_told_before_the_ack() {
    let mut session = session();
    session.handle(hello(7));
    session.handle(batch(3, "host/web-1/x"));
    let differs = Event::Committed(Seq(3), vec!["host/web-1/x".into()]);
    assert_eq!(told(&session.handle(differs)), ["resync host/web-1/x", "ack 3"]);
}
