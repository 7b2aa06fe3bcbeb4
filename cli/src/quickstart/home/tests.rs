//! The folder of a quickstart.

use super::*;

fn at() -> Timestamp {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

#[test]
fn the_example_of_owners_declares_nothing_and_has_no_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::open(&dir.path().join("muster"), at()).unwrap();
    let owners = crate::audit::owners(&home.owners_dir(), at()).unwrap();
    assert!(owners.declarations.is_empty());
    assert!(owners.people.is_empty());
}

#[test]
fn the_example_of_owners_says_what_it_seems_to_once_its_signs_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let signs = OWNERS_EXAMPLE.split_once("own names.\n#\n").unwrap().1;
    let text: Vec<&str> = signs.lines().map(|line| line.trim_start_matches("# ")).collect();
    fs::write(dir.path().join("owners.yaml"), text.join("\n")).unwrap();
    let owners = crate::audit::owners(dir.path(), at()).unwrap();
    assert_eq!(owners.declarations.len(), 1);
    assert_eq!(owners.people.len(), 1);
    assert_eq!(owners.teams.len(), 1);
}

#[test]
fn a_folder_made_once_is_used_again() {
    let dir = tempfile::tempdir().unwrap();
    Home::open(dir.path(), at()).unwrap();
    let authority = fs::read(dir.path().join("authority.pem")).unwrap();
    Home::open(dir.path(), at()).unwrap();
    assert_eq!(fs::read(dir.path().join("authority.pem")).unwrap(), authority);
}

#[test]
fn a_folder_in_use_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::open(dir.path(), at()).unwrap();
    let _first = home.store().unwrap();
    let failure = home.store().err().unwrap().to_string();
    assert!(failure.contains("another quickstart or collector uses this folder"), "{failure}");
}
