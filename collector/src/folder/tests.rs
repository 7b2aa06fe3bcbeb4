use std::os::unix::fs::PermissionsExt as _;

use jiff::Timestamp;

use super::{FolderError, fingerprint_key, make};

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

#[test]
fn a_collector_is_never_made_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    make(&data_dir, "", now()).unwrap();
    assert!(matches!(make(&data_dir, "", now()), Err(FolderError::Taken(_))));
}

#[test]
fn nothing_secret_is_readable_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    make(&data_dir, "", now()).unwrap();
    let mode = |path: &str| data_dir.join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("."), 0o700);
    assert_eq!(mode("fingerprint.key"), 0o600);
    assert_eq!(mode("operator/operator.key"), 0o600);
}

#[test]
fn a_folder_without_a_collector_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let error = fingerprint_key(folder.path()).unwrap_err().to_string();
    assert!(error.contains("hint: make one with `muster-collector init"), "{error}");
}

#[test]
fn a_cut_key_is_told() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "", now()).unwrap();
    std::fs::write(folder.path().join("fingerprint.key"), [1; 31]).unwrap();
    assert!(matches!(fingerprint_key(folder.path()), Err(FolderError::FingerprintKey(_))));
}
