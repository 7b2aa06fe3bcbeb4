use std::path::Path;

use anyhow::{Context as _, anyhow};

use super::*;

fn missing() -> std::io::Error {
    std::io::Error::from(std::io::ErrorKind::NotFound)
}

#[test]
fn what_says_what_to_do_itself_is_told_once_and_last() {
    let error = anyhow!("the key is damaged\nhint: restore it").context("starting failed");
    assert_eq!(told(&error), "error: starting failed: the key is damaged\nhint: restore it");
}

#[test]
fn a_hint_in_the_middle_is_told_after_the_cause() {
    let error = Err::<(), _>(missing()).context("opening failed\nhint: stop the other");
    let told = told(&error.unwrap_err());
    assert_eq!(told, "error: opening failed: entity not found\nhint: stop the other");
}

#[test]
fn whatever_says_nothing_gets_a_hint() {
    let file = || FolderError::File { path: "/nope".into(), source: missing() };
    let authority = || AuthorityError::File { path: "/nope".into(), source: missing() };
    let config = |text| crate::config::Config::parse(text, Path::new("/"), Path::new("/c.toml"));
    let address = ([192, 0, 2, 1], 5).into();
    let errors: Vec<anyhow::Error> = vec![
        file().into(),
        StartError::Folder(file()).into(),
        StartError::Authority(authority()).into(),
        StartError::Listen { address, source: missing() }.into(),
        StartError::Store(StoreError::Stale).into(),
        config("listen = 5").unwrap_err().into(),
        config("[").unwrap_err().into(),
        ArchiveError::File { path: "/nope".into(), source: missing() }.into(),
    ];
    for error in errors {
        let told = told(&error);
        let last = told.lines().last().unwrap();
        assert!(last.starts_with("hint: ") && !last.contains(BUG), "{told}");
    }
}
