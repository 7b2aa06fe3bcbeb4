//! Agent and collector killed at random moments, again and again: nothing that was acknowledged is
//! lost, nothing is counted twice, and the two end in agreement.
//!
//! `MUSTER_TEST_SEED` repeats a run, `MUSTER_TEST_ROUNDS` makes it longer.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::Value;
use tests::chance::{Chance, rounds};
use tests::line::{Agent, Line};
use tests::process::{Process, pause};
use tests::roots::{Root, digests, inventory, judged};

/// How long both may live before one of them is killed.
const LIFE_MAX: Duration = Duration::from_millis(300);

/// Scans after the last kill: one that sends what was left and may be asked for the whole, one that
/// sends it, one that shows that nothing is left.
const SCANS_MAX: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_lose_nothing_and_count_nothing_twice() {
    let mut chance = Chance::seeded().unwrap();
    let mut line = Line::start("").unwrap();
    let root = Root::new().unwrap();
    let agent = line.enrol("web-1", &["host/web-1/*"], &root.source("web-1")).unwrap();

    let mut agent_running: Option<Process> = None;
    for _ in 0..rounds(110).unwrap() {
        root.change(&mut chance).unwrap();
        let living = agent_running.take();
        let mut process = living.unwrap_or_else(|| begin(&agent, chance.below(2) == 0));
        if !process.is_running().unwrap() {
            process = begin(&agent, chance.below(2) == 0);
        }
        pause(chance.moment_below(LIFE_MAX));
        let kills = 1 + chance.below(3);
        if kills & 1 == 1 {
            assert_sane(&line.collector().unwrap().log());
            line.kill().unwrap();
        }
        if kills & 2 == 2 {
            process.kill().unwrap();
        }
        if kills & 1 == 1 {
            line.run().unwrap();
        }
        assert_sane(&process.log());
        agent_running = Some(process);
    }
    drop(agent_running);
    // Most of it came through between the kills, not afterwards.
    let changes = line.feed().unwrap().len();
    assert!(changes > 100, "only {changes} changes: nobody lived long enough to be killed at work");

    settle(&line, &agent).await;
    let mut fresh = Line::start("").unwrap();
    fresh.stop().unwrap();
    // With the same key for fingerprints, the same files are the same facts.
    fs::copy(line.data_dir().join("fingerprint.key"), fresh.data_dir().join("fingerprint.key"))
        .unwrap();
    fresh.run().unwrap();
    let again = fresh.enrol("web-1", &["host/web-1/*"], &root.source("web-1")).unwrap();
    settle(&fresh, &again).await;
    assert_eq!(digests(&line).await.unwrap(), digests(&fresh).await.unwrap());
    assert_eq!(inventory(&line).unwrap(), inventory(&fresh).unwrap());
    assert_feed_whole(&line.feed().unwrap());
    assert_sane(&line.collector().unwrap().log());
}

fn begin(agent: &Agent, scheduled: bool) -> Process {
    if scheduled { agent.run(&[]).unwrap() } else { agent.scan_begin("host").unwrap() }
}

/// What no log may say, however often the other side was killed: the collector never acknowledged
/// what it then did not have.
fn assert_sane(log: &str) {
    for word in ["panicked", "disagree on what was sent"] {
        assert!(!log.contains(word), "a log says `{word}`:\n{log}");
    }
}

/// Scans until the collector has everything.
async fn settle(line: &Line, agent: &Agent) {
    for _ in 0..SCANS_MAX {
        let told = agent.scan("host", &[]).unwrap();
        assert_eq!(told.code, 0, "{}", told.stderr);
        assert_sane(&told.stderr);
    }
    let is_complete = |scope: &Value| scope["state"] == "complete";
    line.until(&["coverage"], |told| told["scopes"].as_array().unwrap().iter().all(is_complete))
        .unwrap();
    judged(line).await.unwrap();
}

/// Cursors follow each other, and what opened resolves before it opens again.
fn assert_feed_whole(feed: &[Value]) {
    let mut open: BTreeMap<String, bool> = BTreeMap::new();
    for (event, cursor) in feed.iter().zip(1_u64..) {
        assert_eq!(event["cursor"], cursor, "{event}");
        let change = event["change"].as_str().unwrap();
        // Whoever is cut off in the middle has done nothing wrong.
        let is_blamed = change == "agent.refused" && event["refusal"]["code"] != "connection";
        assert!(!is_blamed, "{event}");
        let (id, opens) = match change {
            "finding.opened" | "finding.resolved" => {
                (event["finding"]["id"].to_string(), change == "finding.opened")
            }
            "identity.appeared" | "identity.gone" => {
                (event["identity"]["subject"].to_string(), change == "identity.appeared")
            }
            _ => continue,
        };
        let was_open = open.insert(id, opens).unwrap_or(false);
        assert_ne!(was_open, opens, "twice in a row: {event}");
    }
    assert!(open.len() > 10, "the feed tells of too little: {open:?}");
}
