//! What people are told when something cannot be done.

use std::io::{Error, ErrorKind};

use super::*;

#[test]
fn tells_what_why_and_what_to_do() {
    let error = Error::new(ErrorKind::NotFound, "no such file");
    let failure = Failure::new("reading `operator.pem` failed", "name its folder with --identity");
    insta::assert_snapshot!(failure.because(&error), @"
    error: reading `operator.pem` failed
      cause: no such file
      hint: name its folder with --identity
    ");
}

#[test]
fn a_reader_who_has_enough_is_no_failure() {
    let failure = Failure::output(&Error::from(ErrorKind::BrokenPipe));
    assert!(failure.is_quiet());
    assert_eq!(failure.code(), 0);
}

#[test]
fn a_full_disk_is_a_failure() {
    let failure = Failure::output(&Error::from(ErrorKind::StorageFull));
    assert!(!failure.is_quiet());
    assert_eq!(failure.code(), 1);
}

#[test]
fn wrong_usage_has_a_code_of_its_own() {
    assert_eq!(Failure::usage("`x` is no time", "write 2026-01-31").code(), 2);
}

#[test]
fn names_from_outside_cannot_move_the_cursor_in_an_error() {
    let failure = Failure::new("no identity `a\u{1b}[2Jb`", "list them");
    assert!(!failure.to_string().contains('\u{1b}'));
}
