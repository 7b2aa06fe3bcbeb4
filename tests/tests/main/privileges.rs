//! What `muster privileges` says of accounts whose principals are labelled, and that it says the same
//! whichever way it is asked.
//!
//! The labels are written from the provider's documentation; `tests/labelled/aws/README.md` says how.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proto::testing::assert_valid;
use serde_json::Value;
use tests::binaries;

fn labelled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("labelled/aws")
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Every folder with labels, in order.
fn cases() -> Vec<PathBuf> {
    let folders = |dir: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    };
    let mut cases: Vec<PathBuf> = folders(&labelled()).iter().flat_map(|it| folders(it)).collect();
    cases.retain(|case| case.join("expected.json").exists());
    cases.sort();
    cases
}

/// What is said of each principal of a case, by its ARN.
fn judged(case: &Path) -> BTreeMap<String, Value> {
    let home = tempfile::tempdir().unwrap();
    // The labels are no print of the provider's.
    let prints = home.path().join("prints");
    std::fs::create_dir(&prints).unwrap();
    for entry in std::fs::read_dir(case).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("expected.json") {
            std::fs::copy(&path, prints.join(path.file_name().unwrap())).unwrap();
        }
    }
    let from = prints.to_str().unwrap();
    let arguments = ["privileges", "--from", from, "--as-of", "2026-07-01", "--format", "ndjson"];
    let told = binaries::muster(home.path(), &arguments).unwrap();
    assert_eq!(told.code, 0, "{}: {}", case.display(), told.stderr);
    let lines = told.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect()
}

#[test]
fn no_labelled_principal_gets_a_wrong_verdict() {
    // Where the labels leave room for two readings, the one that we chose, with its reason.
    let decided = read(&labelled().join("decided.json"));
    let (mut count, mut wrong) = (0, Vec::new());
    for case in cases() {
        let name = case.strip_prefix(labelled()).unwrap().to_str().unwrap().to_owned();
        let judged = judged(&case);
        for (id, label) in read(&case.join("expected.json")).as_object().unwrap() {
            count += 1;
            let chosen = &decided[&name][id]["verdict"];
            let expected = if chosen.is_null() { &label["verdict"] } else { chosen };
            let Some(found) = judged.get(id) else {
                wrong.push(format!("{name} {id}: not told"));
                continue;
            };
            if found["verdict"] != *expected {
                wrong.push(format!("{name} {id}: expected {expected}, {}: {found}", label["why"]));
            }
        }
    }
    assert!(count >= 1600, "only {count} labels are there");
    assert_eq!(wrong, Vec::<String>::new(), "of {count}");
}

#[test]
fn every_choice_between_readings_is_of_a_label_that_is_called_doubtful() {
    let doubtful = read(&labelled().join("doubtful.json"));
    for (case, choices) in read(&labelled().join("decided.json")).as_object().unwrap() {
        for (id, choice) in choices.as_object().unwrap() {
            assert!(!doubtful[case][id].is_null(), "{case} {id}");
            assert!(!choice["why"].as_str().unwrap().is_empty());
        }
    }
}

#[test]
fn a_path_is_told_step_by_step_with_the_statements_that_allow_it() {
    let judged = judged(&labelled().join("split/halves"));
    let mut paths = 0;
    for line in judged.values() {
        assert_valid(line, "privilege.json");
        if line["verdict"] == "escalates" {
            paths += 1;
            for step in line["because"].as_array().unwrap() {
                assert!(!step["by"].as_array().unwrap().is_empty(), "{line}");
            }
        }
    }
    assert!(paths > 5);
}

#[test]
fn what_to_take_away_first_is_told_with_whom_it_frees() {
    let home = tempfile::tempdir().unwrap();
    let file = labelled().join("split/halves/account-authorization-details.json");
    let from = file.to_str().unwrap();
    let as_of = ["--as-of", "2026-07-01", "--format", "json"];
    let arguments = [&["privileges", "cuts", "--from", from][..], &as_of].concat();
    let told = binaries::muster(home.path(), &arguments).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    let cuts: Value = serde_json::from_str(&told.stdout).unwrap();
    let cuts = cuts.as_array().unwrap();
    let judged = judged(&labelled().join("split/halves"));
    assert!(cuts.len() > 2);
    for cut in cuts {
        assert_valid(cut, "cut.json");
        let freed = cut["frees"].as_array().unwrap();
        assert_eq!(cut["frees_count"], freed.len());
        for id in freed {
            assert_eq!(judged[id.as_str().unwrap()]["verdict"], "escalates");
        }
    }
}

#[test]
fn an_audit_of_the_same_print_says_the_same() {
    let home = tempfile::tempdir().unwrap();
    let file = labelled().join("split/halves/account-authorization-details.json");
    let from = file.to_str().unwrap();
    let as_of = ["--as-of", "2026-07-01", "--format", "json"];
    let mut arguments = vec!["privileges", "--from", from];
    arguments.extend(as_of);
    let alone = binaries::muster(home.path(), &arguments).unwrap();
    let mut arguments = vec!["audit", "aws_iam", "--from", from, "--fail-on", "none"];
    arguments.extend(as_of);
    let audit = binaries::muster(home.path(), &arguments).unwrap();
    assert_eq!((alone.code, audit.code), (0, 0), "{} {}", alone.stderr, audit.stderr);
    let by_id = |list: &Value| -> BTreeMap<String, Value> {
        let items = list.as_array().unwrap().iter();
        items.map(|it| (it["id"].as_str().unwrap().to_owned(), it.clone())).collect()
    };
    let audit: Value = serde_json::from_str(&audit.stdout).unwrap();
    let alone = by_id(&serde_json::from_str(&alone.stdout).unwrap());
    assert!(alone.len() > 20);
    assert_eq!(by_id(&audit["privileges"]), alone);
}

#[test]
fn one_decision_is_explained_layer_by_layer() {
    let home = tempfile::tempdir().unwrap();
    let folder = labelled().join("boundary/boundaries");
    let expected = read(&folder.join("expected.json"));
    let denied = expected.as_object().unwrap().iter().find(|(_, it)| it["verdict"] == "no");
    let user = denied.unwrap().0.as_str();
    let ask = |words: &[&str]| {
        let mut arguments = vec!["privileges", "--from", folder.to_str().unwrap(), "explain"];
        arguments.extend(words);
        binaries::muster(home.path(), &arguments).unwrap()
    };
    let told = ask(&[user, "iam:PutUserPolicy", user, "--format", "json"]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    let decision: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_valid(&decision, "decision.json");
    assert_eq!(decision["layers"][0]["layer"], "identity policies");
    let nobody = ask(&["arn:aws:iam::121212120002:user/nobody", "s3:GetObject"]);
    assert_eq!(nobody.code, 2, "{}", nobody.stderr);
    assert!(nobody.stderr.contains("hint: "), "{}", nobody.stderr);
}
