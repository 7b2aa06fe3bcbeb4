//! The manual.

use super::*;

#[test]
fn every_command_that_is_shown_has_a_page() {
    let text = command_line();
    for name in
        ["quickstart", "audit", "identities show", "findings list", "owners check", "doctor"]
    {
        assert!(text.contains(&format!("## `muster {name}`")), "{name}");
    }
}

#[test]
fn what_is_hidden_has_none() {
    let text = command_line();
    assert!(!text.contains("generate-docs`"));
    assert!(!text.contains("## `muster agent`"));
}

#[test]
fn the_exit_codes_are_told() {
    assert!(command_line().contains("10  it ran, and found something"));
}

#[test]
fn writes_every_page() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path()).unwrap();
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["cli.md", "deploy", "metrics.md", "owners.md", "rules.md", "sources.md"]);
    let policy = fs::read_to_string(dir.path().join("deploy/policies/aws.json")).unwrap();
    assert!(policy.contains("iam:GetAccountAuthorizationDetails"));
    assert!(dir.path().join("deploy/policies/aws-organisation.json").exists());
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nowhere");
    assert_eq!(write(&missing).unwrap_err().code(), 1);
    assert!(!missing.exists());
}
