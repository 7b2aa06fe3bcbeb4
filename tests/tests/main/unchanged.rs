//! A scan that finds nothing new: little goes over the wire, nothing is told, both sides agree.

use std::fmt::Write as _;
use std::io::{Write as _, stderr};

use serde_json::Value;
use tempfile::TempDir;
use tests::binaries;
use tests::line::{Agent, Line};
use tests::wire::{Way, WireTap};

use crate::estate::{host, host_source, write};

/// What one constant scan of the host's scopes may cost up and down, TLS's own included: a
/// handshake with two certificates is some 4 KiB, and there are 15 scopes.
const UNCHANGED_BYTES_MAX: u64 = 16 * 1024;

/// A host with many accounts, seen once through a tap that has forgotten it.
fn seen(accounts: usize) -> (Line, Agent, WireTap, TempDir) {
    let mut passwd = "root:x:0:0:root:/root:/bin/bash\n".to_owned();
    for number in 0..accounts {
        writeln!(
            passwd,
            "user-{number}:x:{}:100::/home/u{number}:/bin/bash",
            number.saturating_add(2_000)
        )
        .unwrap();
    }
    let root = host(&[("opt/app/.env", "API_TOKEN=mU5xZq81vRk0TjW3eYb7Lp2N\n")]);
    write(root.path(), "etc/passwd", &passwd);
    let line = Line::start("").unwrap();
    let tap = WireTap::to(line.address()).unwrap();
    let source = host_source(root.path(), "web-1");
    let agent = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();
    scan(&agent, &tap);
    line.judged().unwrap();
    (line, agent, tap, root)
}

fn scan(agent: &Agent, tap: &WireTap) {
    let mut command = agent.command(&["scan", "host", "--config"]).unwrap();
    command.arg(agent.config()).args(["--collector", &tap.address().to_string()]);
    let told = binaries::run(&mut command).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
}

fn bytes_count(tap: &WireTap) -> u64 {
    tap.bytes_count(Way::Up).saturating_add(tap.bytes_count(Way::Down))
}

#[test]
fn what_is_unchanged_costs_the_same_however_much_it_is() {
    let (_line, agent, tap, _root) = seen(20);
    tap.forget();
    scan(&agent, &tap);
    let few = bytes_count(&tap);
    let (_line, agent, tap, _root) = seen(2_000);
    let first = bytes_count(&tap);
    tap.forget();
    scan(&agent, &tap);
    let many = bytes_count(&tap);
    let says = format!("unchanged scans: {few} bytes for 20 accounts, {many} for 2,000");
    writeln!(stderr(), "{says}; the first took {first}").unwrap();
    assert!(first > 10 * UNCHANGED_BYTES_MAX, "the first scan took {first} bytes");
    assert!(many < UNCHANGED_BYTES_MAX, "an unchanged scan took {many} bytes");
    assert!(many.abs_diff(few) < 1024, "20 accounts took {few} bytes, 2,000 took {many}");
}

#[test]
fn an_unchanged_scan_opens_nothing() {
    let (line, agent, tap, _root) = seen(20);
    let changes = |line: &Line| {
        let told = line.muster(&["feed", "--format", "ndjson"]).unwrap();
        let events = told.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let told = |event: &Value| event["change"] != "coverage.changed";
        events.filter(told).collect::<Vec<Value>>()
    };
    let before = changes(&line);
    assert!(!before.is_empty());
    scan(&agent, &tap);
    line.judged().unwrap();
    assert_eq!(changes(&line), before);
}

#[test]
fn after_an_unchanged_scan_every_scope_is_complete_and_agrees() {
    let (line, agent, tap, _root) = seen(20);
    scan(&agent, &tap);
    let coverage = line.json(&["coverage"]).unwrap();
    let scopes = coverage["scopes"].as_array().unwrap();
    let states: Vec<&Value> = scopes.iter().map(|scope| &scope["state"]).collect();
    assert!(states.len() > 10 && states.iter().all(|state| *state == "complete"), "{coverage:#}");
}

#[test]
fn what_changed_alone_is_sent() {
    let (line, agent, tap, root) = seen(2_000);
    write(root.path(), "opt/app/other.env", "API_TOKEN=Qk4vTz82wSm1UkX5fZc9Mq3P\n");
    tap.forget();
    scan(&agent, &tap);
    let sent = bytes_count(&tap);
    assert!(sent < 2 * UNCHANGED_BYTES_MAX, "one more file took {sent} bytes");
    line.judged().unwrap();
    let all = line.json(&["identities", "list", "--kind", "unclaimed"]).unwrap();
    assert!(all.to_string().contains("/opt/app/other.env"), "{all:#}");
}
