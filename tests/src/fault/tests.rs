//! The proxy before a server that says `fine` to everything.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::{Fault, FaultProxy, Request};

fn fine() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            Request::read(&mut connection).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";
            connection.write_all(answer).unwrap();
        }
    });
    address
}

/// The proxy's answer to `action`, as status code and body.
fn ask(proxy: &FaultProxy, action: &str) -> (String, String) {
    let body = format!("Action={action}&Version=2010-05-08");
    let mut stream = TcpStream::connect(proxy.address).unwrap();
    let length = body.len();
    write!(stream, "POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    (head.split(' ').nth(1).unwrap_or_default().to_owned(), body.to_owned())
}

#[test]
fn passes_what_it_has_no_orders_about() {
    let proxy = FaultProxy::before(fine()).unwrap();
    proxy.always("ListRoles", Fault::Html);
    assert_eq!(ask(&proxy, "ListUsers"), ("200".to_owned(), "fine".to_owned()));
}

#[test]
fn denies_one_action_in_the_form_of_its_api() {
    let proxy = FaultProxy::before(fine()).unwrap();
    proxy.always("ListUsers", Fault::Denied("AccessDenied"));
    let (status, body) = ask(&proxy, "ListUsers");
    assert_eq!(status, "403");
    assert!(body.contains("<Code>AccessDenied</Code>"), "{body}");
}

#[test]
fn throttles_as_often_as_it_was_told() {
    let proxy = FaultProxy::before(fine()).unwrap();
    proxy.next("ListUsers", 2, Fault::TooMany { retry_after_seconds: Some(1) });
    let statuses = [(); 3].map(|()| ask(&proxy, "ListUsers").0);
    assert_eq!(statuses, ["429", "429", "200"]);
}

#[test]
fn cuts_in_the_middle_of_the_body() {
    let proxy = FaultProxy::before(fine()).unwrap();
    proxy.nth("ListUsers", 1, Fault::Cut);
    assert_eq!(ask(&proxy, "ListUsers"), ("200".to_owned(), String::new()));
}

#[test]
fn counts_calls_by_action_failed_ones_too() {
    let proxy = FaultProxy::before(fine()).unwrap();
    proxy.always("ListRoles", Fault::Hangup);
    ask(&proxy, "ListUsers");
    ask(&proxy, "ListUsers");
    ask(&proxy, "ListRoles");
    assert_eq!((proxy.calls_of("ListUsers"), proxy.calls_of("ListRoles")), (2, 1));
    assert_eq!(proxy.calls_count(), 3);
}

#[test]
fn reads_the_action_of_a_json_api_from_its_header() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let head = "POST / HTTP/1.1\r\nX-Amz-Target: secretsmanager.ListSecrets\r\n";
    write!(client, "{head}Content-Length: 2\r\n\r\n{{}}").unwrap();
    assert_eq!(Request::read(&mut server).unwrap().action(), "ListSecrets");
}
