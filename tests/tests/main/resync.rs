//! A collector or an agent that was set back finds its way to agreement with the other.

use std::fs;

use serde_json::Value;
use tests::line::{Agent, Line};
use tests::roots::{Root, copy, inventory, judged};

const SCOPES: &[&str] = &["host/web-1/*"];

/// A line with an agent that has reported one key.
fn begun() -> (Line, Root, Agent) {
    let line = Line::start("").unwrap();
    let root = Root::new().unwrap();
    root.put(0, 0).unwrap();
    let agent = line.enrol("web-1", SCOPES, &root.source("web-1")).unwrap();
    scan(&agent);
    (line, root, agent)
}

fn scan(agent: &Agent) -> String {
    let told = agent.scan("host", &[]).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    told.stderr
}

/// Scans as a collector that disagrees asks for it, and sees that both agree then.
fn agree(line: &Line, agent: &Agent) {
    scan(agent);
    scan(agent);
    let is_complete = |scope: &Value| scope["state"] == "complete";
    let all = |told: &Value| told["scopes"].as_array().unwrap().iter().all(is_complete);
    line.until(&["coverage"], all).unwrap();
}

/// The numbers of the keys that the collector knows.
async fn keys(line: &Line) -> Vec<u64> {
    judged(line).await.unwrap();
    let text = serde_json::to_string(&inventory(line).unwrap()).unwrap();
    (0..100).filter(|key| text.contains(&format!("AKIAEXAMPLE{key:09}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_was_set_back_is_told_everything_again() {
    let (mut line, root, agent) = begun();
    line.stop().unwrap();
    let old = line.folder().join("old");
    copy(&line.data_dir(), &old).unwrap();
    line.run().unwrap();
    // Several batches that the agent forgets, since they are acknowledged.
    for key in 1..5 {
        root.put(key, key).unwrap();
        scan(&agent);
    }
    root.remove(0).unwrap();
    scan(&agent);
    assert_eq!(keys(&line).await, [1, 2, 3, 4]);

    line.stop().unwrap();
    fs::remove_dir_all(line.data_dir()).unwrap();
    copy(&old, &line.data_dir()).unwrap();
    line.run().unwrap();
    assert_eq!(keys(&line).await, [0]);
    agree(&line, &agent);
    assert_eq!(keys(&line).await, [1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_was_set_back_gets_what_the_spool_still_holds() {
    let (mut line, root, agent) = begun();
    line.stop().unwrap();
    let old = line.folder().join("old");
    copy(&line.data_dir(), &old).unwrap();
    line.run().unwrap();
    root.put(1, 1).unwrap();
    scan(&agent);
    line.stop().unwrap();
    // Seen while the collector was away: it stays in the spool.
    root.put(2, 2).unwrap();
    assert_eq!(agent.scan("host", &[]).unwrap().code, 1);

    fs::remove_dir_all(line.data_dir()).unwrap();
    copy(&old, &line.data_dir()).unwrap();
    line.run().unwrap();
    agree(&line, &agent);
    assert_eq!(keys(&line).await, [0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_lost_its_memory_enrols_again_under_its_name() {
    let (line, root, agent) = begun();
    fs::remove_dir_all(&agent.state_dir).unwrap();
    root.put(1, 1).unwrap();
    root.remove(0).unwrap();
    let agent = line.enrol("web-1", SCOPES, &root.source("web-1")).unwrap();
    agree(&line, &agent);
    assert_eq!(keys(&line).await, [1]);
    assert_eq!(line.json(&["agents", "list"]).unwrap().as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_was_set_back_ends_in_agreement() {
    let (line, root, agent) = begun();
    let old = line.folder().join("old");
    copy(&agent.state_dir, &old).unwrap();
    root.put(1, 1).unwrap();
    scan(&agent);
    fs::remove_dir_all(&agent.state_dir).unwrap();
    copy(&old, &agent.state_dir).unwrap();
    root.put(2, 2).unwrap();
    root.remove(0).unwrap();
    agree(&line, &agent);
    assert_eq!(keys(&line).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spool_without_its_tail_loses_only_until_the_next_scan() {
    let (mut line, root, agent) = begun();
    line.stop().unwrap();
    for key in 1..4 {
        root.put(key, key).unwrap();
        assert_eq!(agent.scan("host", &[]).unwrap().code, 1);
    }
    let segments = fs::read_dir(agent.state_dir.join("spool")).unwrap();
    let segments = segments.map(|entry| entry.unwrap().path());
    let segment =
        segments.filter(|path| path.extension().is_some_and(|it| it == "segment")).max().unwrap();
    let bytes = fs::read(&segment).unwrap();
    fs::write(&segment, &bytes[..bytes.len() - 7]).unwrap();
    line.run().unwrap();
    agree(&line, &agent);
    assert_eq!(keys(&line).await, [0, 1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_agents_assert_is_gone_only_when_both_miss_it() {
    let line = Line::start("").unwrap();
    let (left, right) = (Root::new().unwrap(), Root::new().unwrap());
    for root in [&left, &right] {
        root.put(7, 7).unwrap();
    }
    let of = |name: &str, root: &Root| {
        let scope = format!("host/{name}/*");
        line.enrol(name, &[&scope], &root.source(name)).unwrap()
    };
    let (web_1, web_2) = (of("web-1", &left), of("web-2", &right));
    scan(&web_1);
    scan(&web_2);
    assert_eq!(keys(&line).await, [7]);
    left.remove(7).unwrap();
    scan(&web_1);
    assert_eq!(keys(&line).await, [7]);
    assert_eq!(gone(&line, 7), 0);
    right.remove(7).unwrap();
    scan(&web_2);
    assert!(keys(&line).await.is_empty());
    assert_eq!(gone(&line, 7), 1);
}

/// How often the feed says that this key has gone.
fn gone(line: &Line, key: u64) -> usize {
    let name = format!("AKIAEXAMPLE{key:09}");
    let feed = line.feed().unwrap();
    let is_it = |event: &&Value| {
        let id = event["identity"]["id"].as_str().unwrap_or_default();
        event["change"] == "identity.gone" && id.contains(&name)
    };
    feed.iter().filter(is_it).count()
}
