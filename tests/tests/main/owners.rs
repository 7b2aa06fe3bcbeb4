//! Declarations in a running collector: mistakes are shown and change nothing, and who leaves leaves
//! orphans at once.

use serde_json::Value;
use tempfile::TempDir;
use tests::line::Line;

use crate::estate::{claims, host, host_source, set};

const ADA: &str = "host:web-1/account/ada";

const GOOD: &str = "
declarations:
  - name: people-of-web
    match: { source: host, id: \"host:web-1/account/*\" }
    owners: { technical: person:grace, lifecycle: person:grace, business: person:grace }
  - name: tokens-of-app
    match: { kind: unclaimed, path: \"/opt/app/*\" }
    owners: { technical: person:grace, lifecycle: person:grace, business: person:grace }
";
const PEOPLE: &str = "people:\n  - { id: grace, name: Grace }\n";
const LEFT: &str = "people:\n  - { id: grace, name: Grace, standing: left }\n";

/// A collector with these files of declarations in force, and a host that was seen.
fn seen(files: &[(&str, &str)]) -> (Line, TempDir) {
    let root = host(&[("opt/app/.env", "API_TOKEN=mU5xZq81vRk0TjW3eYb7Lp2N\n")]);
    let line = Line::start("").unwrap();
    for (file, text) in files {
        line.declare(file, text).unwrap();
    }
    if !files.is_empty() {
        let in_force = |answer: &Value| !answer.as_array().unwrap().is_empty();
        line.until(&["owners", "list"], in_force).unwrap();
    }
    let source = host_source(root.path(), "web-1");
    let agent = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();
    let told = agent.scan("host", &[]).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    line.judged().unwrap();
    (line, root)
}

/// Waits until the findings of that rule are about these and no others.
fn until_claimed(line: &Line, rule: &str, wanted: &[&str]) {
    let is_so = |answer: &Value| {
        let about = answer.as_array().unwrap().iter();
        let about: Vec<&Value> = about.map(|it| &it["identity"]["id"]).collect();
        about.len() == wanted.len() && wanted.iter().all(|id| about.iter().any(|it| *it == id))
    };
    line.until(&["findings", "list", "--rule", rule], is_so).unwrap();
}

/// Waits until `doctor` says that the declarations are in this state.
fn until_doctor_says(line: &Line, state: &str) -> Value {
    for _ in 0..300 {
        let told = line.muster(&["doctor", "--format", "json"]).unwrap();
        let checks: Value = serde_json::from_str(&told.stdout).unwrap();
        let owners = checks.as_array().unwrap().iter().find(|it| it["check"] == "owners");
        if let Some(owners) = owners.filter(|it| it["state"] == state) {
            return owners.clone();
        }
        tests::process::pause(std::time::Duration::from_millis(100));
    }
    panic!("doctor never said `{state}` of the declarations");
}

#[test]
fn a_mistake_is_shown_with_its_file_its_line_and_a_hint() {
    let (line, _root) = seen(&[("a.yaml", GOOD), ("people.yaml", PEOPLE)]);
    line.declare("b.yaml", "declarations:\n  - name: x\n    mach: { source: host }\n").unwrap();
    until_doctor_says(&line, "fail");
    let told = line.muster(&["owners", "list"]).unwrap();
    for part in ["b.yaml:3", "mach", "hint:", "what was read before"] {
        assert!(told.stdout.contains(part), "`{part}` is not in:\n{}", told.stdout);
    }
}

#[test]
fn a_mistake_is_an_event_of_the_feed_and_so_is_its_end() {
    let (line, _root) = seen(&[("a.yaml", GOOD), ("people.yaml", PEOPLE)]);
    line.declare("b.yaml", "declarations: 7\n").unwrap();
    until_doctor_says(&line, "fail");
    line.declare("b.yaml", "declarations: []\n").unwrap();
    until_doctor_says(&line, "ok");
    let told = line.muster(&["feed", "--format", "ndjson"]).unwrap();
    let events = told.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let read: Vec<usize> = events
        .filter(|event| event["change"] == "owners.read")
        .map(|event| event["problems"].as_array().unwrap().len())
        .collect();
    assert_eq!(read.last(), Some(&0), "{read:?}");
    assert!(read.iter().any(|count| *count > 0), "{read:?}");
}

#[test]
fn while_there_is_a_mistake_the_last_good_declarations_hold() {
    let (line, _root) = seen(&[("a.yaml", GOOD), ("people.yaml", PEOPLE)]);
    let before = (line.json(&["owners", "list"]).unwrap(), claims(&line, "orphaned"));
    line.declare("a.yaml", "declarations: 7\n").unwrap();
    until_doctor_says(&line, "fail");
    let after = (line.json(&["owners", "list"]).unwrap(), claims(&line, "orphaned"));
    assert_eq!(before, after);
}

#[test]
fn a_check_before_they_are_in_force_tells_all_mistakes_at_once() {
    let line = Line::start("").unwrap();
    let folder = tempfile::tempdir().unwrap();
    crate::estate::write(folder.path(), "a.yaml", "declarations:\n  - { name: x, mach: 1 }\n");
    crate::estate::write(folder.path(), "b.yaml", "declarations: 7\n");
    let told = line.muster(&["owners", "check", folder.path().to_str().unwrap()]).unwrap();
    let all = format!("{}{}", told.stdout, told.stderr);
    assert!(told.code != 0 && all.contains("a.yaml:2") && all.contains("b.yaml:1"), "{all}");
}

#[test]
fn whoever_leaves_leaves_all_they_owned_at_once() {
    let (line, _root) = seen(&[("a.yaml", GOOD), ("people.yaml", PEOPLE)]);
    let gone = ["findings", "list", "--rule", "orphaned.owner_gone"];
    assert_eq!(line.json(&gone).unwrap().as_array().unwrap().len(), 0);
    line.declare("people.yaml", LEFT).unwrap();
    let both = |answer: &Value| {
        let text = answer.to_string();
        text.contains(ADA) && text.contains("/opt/app/.env")
    };
    line.until(&gone, both).unwrap();
}

#[test]
fn whoever_comes_back_owns_again() {
    let (line, _root) = seen(&[("a.yaml", GOOD), ("people.yaml", LEFT)]);
    assert!(claims(&line, "orphaned.owner_gone").contains(ADA));
    line.declare("people.yaml", PEOPLE).unwrap();
    until_claimed(&line, "orphaned.owner_gone", &[]);
}

#[test]
fn an_owner_whom_nobody_knows_is_told() {
    let (line, _root) = seen(&[("a.yaml", GOOD)]);
    assert!(claims(&line, "orphaned.owner_unknown").contains(ADA));
}

#[test]
fn two_declarations_of_equal_weight_that_disagree_are_a_dispute() {
    let other = GOOD.replace("person:grace", "person:linus");
    let people = "people:\n  - { id: grace, name: Grace }\n  - { id: linus, name: Linus }\n";
    let (line, _root) = seen(&[("a.yaml", GOOD), ("b.yaml", &other), ("people.yaml", people)]);
    assert!(claims(&line, "orphaned.disputed").contains(ADA));
}

#[test]
fn the_more_specific_declaration_wins_without_a_dispute() {
    let other = "
declarations:
  - name: ada
    match: { id: \"host:web-1/account/ada\" }
    owners: { technical: person:linus, lifecycle: person:linus, business: person:linus }
";
    let people = "people:\n  - { id: grace, name: Grace }\n  - { id: linus, name: Linus }\n";
    let (line, _root) = seen(&[("a.yaml", GOOD), ("b.yaml", other), ("people.yaml", people)]);
    assert_eq!(claims(&line, "orphaned.disputed"), set(&[]));
    let ada = line.json(&["identities", "show", ADA]).unwrap();
    assert_eq!(ada["owners"]["technical"][0]["owner"], "person:linus");
}

/// The good declarations, and one more for that id.
fn with_a_declaration_for(id: &str) -> (Line, TempDir) {
    let more = format!(
        "declarations:\n  - name: nobody\n    match: {{ source: host, id: \"{id}\" }}\n    \
         owners: {{ technical: person:grace }}\n"
    );
    seen(&[("a.yaml", GOOD), ("b.yaml", &more), ("people.yaml", PEOPLE)])
}

#[test]
fn a_declaration_that_matches_nothing_on_a_host_that_was_seen_dangles() {
    let (line, _root) = with_a_declaration_for("host:web-1/account/nobody");
    assert_eq!(claims(&line, "declared.dangling"), set(&["b.yaml#nobody"]));
}

#[test]
fn a_declaration_for_a_host_that_nobody_has_seen_does_not_dangle() {
    let (line, _root) = with_a_declaration_for("host:elsewhere/account/ada");
    assert_eq!(claims(&line, "declared.dangling"), set(&[]));
}
