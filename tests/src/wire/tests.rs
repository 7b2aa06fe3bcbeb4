//! The proxy before a server that says everything back.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::{Way, WireTap};

/// A server that answers each connection with what it got.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut reading = connection.unwrap();
            let mut writing = reading.try_clone().unwrap();
            thread::spawn(move || std::io::copy(&mut reading, &mut writing));
        }
    });
    address
}

fn say(tap: &WireTap, words: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(tap.address()).unwrap();
    let mut answer = Vec::new();
    // A cut shows as an error on one side or the other, and what came before it counts.
    let _cut = stream.write_all(words);
    let _cut = stream.shutdown(std::net::Shutdown::Write);
    let _cut = stream.read_to_end(&mut answer);
    answer
}

#[test]
fn passes_and_records_both_ways() {
    let tap = WireTap::to(echo()).unwrap();
    assert_eq!(say(&tap, b"hello"), b"hello");
    assert_eq!(tap.recorded(Way::Up), b"hello");
    assert_eq!(tap.recorded(Way::Down), b"hello");
    assert!(tap.has_seen(b"ell"));
    assert!(!tap.has_seen(b"secret"));
}

#[test]
fn cuts_after_as_many_bytes_as_were_allowed() {
    let tap = WireTap::to(echo()).unwrap();
    tap.cut_after(3);
    assert_eq!(say(&tap, b"hello"), b"");
    assert_eq!(tap.recorded(Way::Up), b"hel");
}

#[test]
fn passes_again_once_mended() {
    let tap = WireTap::to(echo()).unwrap();
    tap.cut_after(0);
    assert_eq!(say(&tap, b"lost"), b"");
    tap.mend();
    assert_eq!(say(&tap, b"found"), b"found");
    assert!(!tap.has_seen(b"lost"));
}

#[test]
fn counts_connections_and_bytes_until_told_to_forget() {
    let tap = WireTap::to(echo()).unwrap();
    say(&tap, b"one");
    say(&tap, b"two");
    assert_eq!((tap.connections_count(), tap.bytes_count(Way::Up)), (2, 6));
    tap.forget();
    assert_eq!((tap.connections_count(), tap.bytes_count(Way::Up)), (0, 0));
}
