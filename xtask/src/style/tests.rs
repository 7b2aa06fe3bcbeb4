//! Each rule of the style check, on a small file that breaks it.

use std::path::Path;

use super::complaints_about;

fn complaints(name: &str, text: &str) -> String {
    complaints_about(name, text, Path::new("/home/somebody/muster")).join("\n")
}

#[test]
fn a_file_with_a_head_is_fine() {
    assert_eq!(complaints("model/src/id.rs", "//! Ids.\nuse std::fmt::Display;\n"), "");
}

#[test]
fn a_file_without_a_head_is_told() {
    let told = complaints("model/src/id.rs", "use std::fmt;\n");
    assert_eq!(told, "model/src/id.rs:1: the first line is `//!` and says what the file is for");
}

#[test]
fn a_file_of_tests_needs_no_head() {
    assert_eq!(complaints("model/src/id/tests.rs", "use super::*;\n"), "");
}

#[test]
fn a_long_file_is_told_with_its_length() {
    let told = complaints("a.rs", &format!("//! Long.\n{}", "\n".repeat(600)));
    assert_eq!(told, "a.rs:601: more than 600 lines: split it by subject");
}

#[test]
fn an_empty_name_is_told() {
    let told = complaints("a/utils.rs", "//! Things.\n");
    assert_eq!(told, "a/utils.rs:1: the name says nothing about what is inside");
}

#[test]
fn mod_rs_is_told() {
    let told = complaints("a/mod.rs", "//! Things.\n");
    assert_eq!(told, "a/mod.rs:1: a module's file bears its name, not `mod.rs`");
}

#[test]
fn a_glob_import_is_told() {
    let told = complaints("a.rs", "//! A.\nuse model::*;\n");
    assert_eq!(told, "a.rs:2: name what you import");
}

#[test]
fn a_path_of_the_machine_is_told() {
    let told = complaints("a.rs", "//! A.\n// see /home/somebody/muster/notes\n");
    assert_eq!(told, "a.rs:2: a path of this machine");
}

#[test]
fn a_task_without_an_issue_is_told() {
    let word = concat!("TO", "DO");
    let told = complaints("a.rs", &format!("//! A.\n// {word} later\n// {word}(#7) later\n"));
    assert_eq!(told, "a.rs:2: a task left for later names its issue");
}
