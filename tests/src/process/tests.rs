//! Children and ports.

use std::net::TcpListener;
use std::process::Command;

use tempfile::TempDir;

use super::{Process, free_port, is_listening};

#[test]
fn a_listener_is_seen_without_a_connection() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    assert!(is_listening(listener.local_addr().unwrap().port()));
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
fn a_free_port_has_no_listener() {
    assert!(!is_listening(free_port().unwrap()));
}

#[test]
fn a_child_that_ends_at_once_is_told_with_its_last_words() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo no such thing; exit 2"]);
    let mut process = Process::start("made-up", &command, TempDir::new().unwrap()).unwrap();
    let told = process.wait_for(|| None::<()>).unwrap_err().to_string();
    assert!(told.contains("no such thing"), "{told}");
}

#[test]
fn a_dropped_child_is_gone() {
    let mut command = Command::new("sleep");
    command.arg("60");
    let process = Process::start("made-up", &command, TempDir::new().unwrap()).unwrap();
    let folder = format!("/proc/{}", process.id());
    drop(process);
    assert!(!std::fs::exists(folder).unwrap());
}
