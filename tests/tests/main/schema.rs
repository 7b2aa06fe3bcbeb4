//! Every command that speaks JSON says what its schema promises: the table in `docs/schema/README.md`
//! is read here, and what each command really prints is held against it.

use std::collections::BTreeSet;

use proto::testing::assert_valid;
use serde_json::Value;
use tests::binaries;
use tests::line::Line;

use crate::estate::{host, host_source, make_old};

const TABLE: &str = include_str!("../../../docs/schema/README.md");

/// What the table says of a command: whether it prints a list, and of what.
fn promised(command: &str) -> (bool, String) {
    let row = TABLE.lines().find(|line| line.contains(&format!("`muster {command}`")));
    let cells: Vec<&str> = row.unwrap().split('|').map(str::trim).collect();
    let schema = cells[3].split_once('[').unwrap().1.split_once(']').unwrap().0;
    (cells[2] == "list", schema.to_owned())
}

/// Holds a document against the promise for `command`; a list must hold something.
#[track_caller]
fn assert_promised(command: &str, document: &Value) {
    let (is_list, schema) = promised(command);
    if !is_list {
        assert_valid(document, &schema);
        return;
    }
    let items = document.as_array().unwrap();
    assert!(!items.is_empty(), "`{command}` says nothing: the fixture lacks it");
    for item in items {
        assert_valid(item, &schema);
    }
}

/// A host with an account that may do everything, a token in the clear, and a key.
fn a_host() -> tempfile::TempDir {
    let root = host(&[
        ("etc/sudoers", "ada ALL=(ALL) NOPASSWD: ALL\n"),
        ("opt/app/.env", "API_TOKEN=mU5xZq81vRk0TjW3eYb7Lp2N\n"),
    ]);
    make_old(root.path(), "opt/app/.env");
    root
}

#[test]
fn whatever_a_collector_is_asked_is_answered_as_promised() {
    let root = a_host();
    let line = Line::start("").unwrap();
    let declared = "declarations:\n  - name: people\n    match: { id: \"host:web-1/account/*\" }\n    \
                    owners: { technical: person:grace }\npeople:\n  - { id: grace, name: Grace }\n";
    line.declare("owners.yaml", declared).unwrap();
    line.until(&["owners", "list"], |answer| !answer.as_array().unwrap().is_empty()).unwrap();
    let source = host_source(root.path(), "web-1");
    let agent = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();
    assert_eq!(agent.scan("host", &[]).unwrap().code, 0);
    line.judged().unwrap();

    let identities = line.json(&["identities", "list"]).unwrap();
    assert_promised("identities list", &identities);
    let id = identities[0]["id"].as_str().unwrap();
    assert_promised("identities show", &line.json(&["identities", "show", id]).unwrap());
    let findings = line.json(&["findings", "list"]).unwrap();
    assert_promised("findings list", &findings);
    let id = findings[0]["id"].as_str().unwrap();
    assert_promised("findings show", &line.json(&["findings", "show", id]).unwrap());
    for command in ["owners list", "coverage", "feed", "agents list", "doctor"] {
        let words: Vec<&str> = command.split(' ').collect();
        assert_promised(command, &line.json(&words).unwrap());
    }
    let invited = line.json(&["agents", "invite", "web-2", "--scopes", "host/web-2/*"]).unwrap();
    assert_promised("agents invite", &invited);
    assert_promised("agents revoke", &line.json(&["agents", "revoke", "web-1"]).unwrap());
    assert_promised("agents list", &line.json(&["agents", "list"]).unwrap());
}

#[test]
fn what_is_wrong_with_declarations_is_told_as_promised() {
    let home = tempfile::tempdir().unwrap();
    let owners = home.path().join("owners");
    std::fs::create_dir(&owners).unwrap();
    std::fs::write(owners.join("a.yaml"), "declarations:\n  - name: x\n    colour: red\n").unwrap();
    std::fs::write(owners.join("b.yaml"), b"\xff").unwrap();
    let arguments = ["owners", "check", owners.to_str().unwrap(), "--format", "json"];
    let told = binaries::muster(home.path(), &arguments).unwrap();
    assert_eq!(told.code, 10, "{}", told.stderr);
    assert_promised("owners check", &serde_json::from_str(&told.stdout).unwrap());
}

#[test]
fn a_quickstart_tells_what_it_found_as_promised() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("muster");
    let words = ["quickstart", "--once", "--format", "json", "--fail-on", "none", "--dir"];
    let mut command = binaries::command("muster", home.path()).unwrap();
    let told = binaries::run(command.args(words).arg(dir)).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    let document: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_promised("quickstart --once", &document);
    assert!(!document["identities"].as_array().unwrap().is_empty());
}

#[test]
fn every_schema_is_the_promise_of_a_command_or_part_of_one() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        files.insert(entry.unwrap().file_name().into_string().unwrap());
    }
    files.remove("README.md");
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut texts = vec![TABLE.to_owned()];
    while let Some(text) = texts.pop() {
        for file in &files {
            if text.contains(file.as_str()) && reached.insert(file.clone()) {
                texts.push(std::fs::read_to_string(folder.join(file)).unwrap());
            }
        }
    }
    assert_eq!(reached, files);
}
