use std::os::unix::fs::symlink;

use super::*;

fn told(disk: &Disk, path: &str) -> Result<Option<String>, String> {
    let text = |bytes: Secret| String::from_utf8(bytes.as_bytes().to_vec()).unwrap();
    let table = disk.table(Path::new(path)).map_err(|error| error.to_string())?;
    Ok(table.map(text))
}

#[test]
fn a_table_is_read_through_links_and_may_be_absent() {
    let root = tempfile::tempdir().unwrap();
    let disk = Disk::new(root.path());
    fs::create_dir(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/passwd.real"), "root").unwrap();
    symlink("/etc/passwd.real", root.path().join("etc/passwd")).unwrap();
    symlink("/etc/nowhere", root.path().join("etc/dangling")).unwrap();
    assert_eq!(told(&disk, "/etc/passwd"), Ok(Some("root".to_owned())));
    assert_eq!(told(&disk, "/etc/dangling"), Ok(None));
    assert_eq!(told(&disk, "/etc/shadow"), Ok(None));
}

#[test]
fn what_is_no_file_does_not_say_that_the_table_is_empty() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("sudoers")).unwrap();
    assert_eq!(
        told(&Disk::new(root.path()), "/sudoers"),
        Err("`/sudoers` could not be read (it is no regular file); check what stands there"
            .to_owned())
    );
}

#[test]
fn dev_null_says_that_there_is_none() {
    assert_eq!(told(&Disk::new(Path::new("/")), "/dev/null"), Ok(None));
}
