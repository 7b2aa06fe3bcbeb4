//! A collector moved whole: what one exports another imports, and says the same.

use std::fs;

use serde_json::Value;
use tests::line::Line;

use crate::estate::{host, host_source, write};

const OWNERS: &str = "
declarations:
  - name: people-of-web
    match: { source: host, id: \"host:web-1/account/*\" }
    owners: { technical: person:grace, lifecycle: person:grace, business: person:grace }
people:
  - { id: grace, name: Grace }
";

/// Which of what is told is the feed.
const FEED: usize = 2;

/// All that an operator can ask for, as text.
fn told(line: &Line) -> Vec<String> {
    let all: [&[&str]; 6] = [
        &["findings", "list"],
        &["identities", "list"],
        &["feed", "--since", "0"],
        &["coverage"],
        &["owners", "list"],
        &["agents", "list"],
    ];
    all.iter()
        .map(|arguments| {
            let told = line.muster(&[arguments, &["--format", "ndjson"][..]].concat()).unwrap();
            assert_eq!(told.code, 0, "{}", told.stderr);
            told.stdout
        })
        .collect()
}

/// A collector that has seen a host change, stopped, and what it said before.
fn stopped() -> (Line, Vec<String>) {
    let root = host(&[
        ("etc/sudoers", "ada ALL=(ALL) NOPASSWD: ALL\n"),
        ("opt/app/.env", "API_TOKEN=mU5xZq81vRk0TjW3eYb7Lp2N\n"),
    ]);
    let mut line = Line::start("").unwrap();
    line.declare("owners.yaml", OWNERS).unwrap();
    line.until(&["owners", "list"], |answer| !answer.as_array().unwrap().is_empty()).unwrap();
    let source = host_source(root.path(), "web-1");
    let agent = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();
    assert_eq!(agent.scan("host", &[]).unwrap().code, 0);
    line.judged().unwrap();
    write(root.path(), "etc/sudoers", "");
    assert_eq!(agent.scan("host", &[]).unwrap().code, 0);
    line.judged().unwrap();
    let told = told(&line);
    line.stop().unwrap();
    (line, told)
}

#[test]
fn what_is_exported_and_imported_says_the_same() {
    let (line, before) = stopped();
    let file = line.folder().join("export");
    let file = file.to_str().unwrap();
    let exported = line.collector_told(&["export", file]).unwrap();
    assert_eq!(exported.code, 0, "{}", exported.stderr);

    let mut other = Line::start("").unwrap();
    other.stop().unwrap();
    // The files of declarations are the operator's, and so are not in the store.
    let from = line.data_dir().join("owners/owners.yaml");
    fs::copy(from, other.data_dir().join("owners/owners.yaml")).unwrap();
    fs::remove_dir_all(other.data_dir().join("store")).unwrap();
    let imported = other.collector_told(&["import", file]).unwrap();
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    other.run().unwrap();
    other.judged().unwrap();
    let after = told(&other);
    assert!(before.iter().all(|text| !text.is_empty()), "{before:#?}");
    // The feed goes on where it ended: this collector tells what it sees at its door and reads.
    assert!(after[FEED].starts_with(&before[FEED]), "{}", after[FEED]);
    for (at, (before, after)) in before.iter().zip(&after).enumerate() {
        assert!(at == FEED || before == after, "{before}\nis now\n{after}");
    }
    for event in after[FEED][before[FEED].len()..].lines() {
        let event: Value = serde_json::from_str(event).unwrap();
        let change = event["change"].as_str().unwrap();
        assert!(matches!(change, "agent.refused" | "owners.read"), "{event:#}");
    }
}

#[test]
fn a_cut_export_is_refused_whole() {
    let (line, _before) = stopped();
    let file = line.folder().join("export");
    assert_eq!(line.collector_told(&["export", file.to_str().unwrap()]).unwrap().code, 0);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let mut other = Line::start("").unwrap();
    other.stop().unwrap();
    fs::remove_dir_all(other.data_dir().join("store")).unwrap();
    let refused = other.collector_told(&["import", file.to_str().unwrap()]).unwrap();
    assert!(refused.code == 1 && refused.stderr.contains("hint:"), "{}", refused.stderr);
}

#[test]
fn an_import_into_a_store_that_holds_something_is_refused() {
    let (line, _before) = stopped();
    let file = line.folder().join("export");
    assert_eq!(line.collector_told(&["export", file.to_str().unwrap()]).unwrap().code, 0);
    let refused = line.collector_told(&["import", file.to_str().unwrap()]).unwrap();
    assert!(refused.code == 1 && refused.stderr.contains("not empty"), "{}", refused.stderr);
}
