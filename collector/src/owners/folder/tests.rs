use std::os::unix::fs::symlink;

use super::*;

fn names(folder: &Path) -> Vec<String> {
    list(folder).unwrap().into_iter().map(|stamp| stamp.name).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn finds_declarations_and_tables_in_subfolders_in_order_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["b.yml", "a.yaml", "team/c.YAML", "people.csv", "README.md", ".git/d.yaml", ".e.yaml"]
    {
        write(folder.path(), name, "");
    }
    assert_eq!(names(folder.path()), ["a.yaml", "b.yml", "people.csv", "team/c.YAML"]);
}

#[test]
fn follows_the_links_of_a_mounted_config_map() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "..2026_11_22/a.yaml", "declarations:\n");
    symlink("..2026_11_22", folder.path().join("..data")).unwrap();
    symlink("..data/a.yaml", folder.path().join("a.yaml")).unwrap();
    let stamps = list(folder.path()).unwrap();
    let files = load(&stamps).unwrap();
    assert_eq!(files, [("a.yaml".to_owned(), b"declarations:\n".to_vec())]);
}

#[test]
fn refuses_links_that_lead_out_of_the_folder_or_nowhere() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret.yaml", "");
    let folder = tempfile::tempdir().unwrap();
    symlink(outside.path().join("secret.yaml"), folder.path().join("a.yaml")).unwrap();
    symlink("missing.yaml", folder.path().join("b.yaml")).unwrap();
    symlink(outside.path(), folder.path().join("c.yaml")).unwrap();
    let told: Vec<String> = list(folder.path())
        .unwrap_err()
        .into_iter()
        .map(|p| format!("{}: {}", p.file, p.what))
        .collect();
    assert_eq!(
        told,
        [
            "a.yaml: a link that leads out of the folder",
            "b.yaml: the file cannot be read: entity not found",
            "c.yaml: a link that leads out of the folder",
        ]
    );
}

#[test]
fn refuses_a_pipe_without_waiting_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert_eq!(list(folder.path()).unwrap_err()[0].what, "not a regular file");
}

#[test]
fn says_what_is_wrong_with_a_folder_that_is_not_there() {
    let told = list(Path::new("/nonexistent/declarations")).unwrap_err();
    assert_eq!(told[0].what, "the folder of declarations cannot be read: entity not found");
}
