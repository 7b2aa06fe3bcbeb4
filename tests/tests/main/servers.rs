//! The servers that other tests lean on: each starts, answers, and does what a test expects of it.

use std::io::Write;
use std::net::TcpStream;

use serde_json::json;
use tests::fault::{Fault, FaultProxy};
use tests::servers::{Ministack, Moto, Rsyslog, Transport};

#[test]
#[ignore = "needs moto"]
fn moto_serves_what_it_was_seeded_with_at_its_date() {
    let moto = Moto::start(&json!({ "users": [{
        "name": "ci-deploy",
        "keys": [{ "id": "AKIAEXAMPLE000000001", "created": "2024-01-02T00:00:00Z" }],
    }]}))
    .unwrap();
    let answer = moto.call("iam", "list_access_keys", &json!({ "UserName": "ci-deploy" })).unwrap();
    let key = &answer["AccessKeyMetadata"][0];
    assert_eq!(key["AccessKeyId"], "AKIAEXAMPLE000000001");
    assert_eq!(key["CreateDate"], "2024-01-02 00:00:00+00:00");
}

#[test]
#[ignore = "needs moto"]
fn moto_carries_out_the_calls_of_its_seed() {
    let moto = Moto::start(&json!({ "calls": [{
        "service": "secretsmanager",
        "call": "create_secret",
        "arguments": { "Name": "made-up", "SecretString": "made-up" },
    }]}))
    .unwrap();
    let answer = moto.call("secretsmanager", "list_secrets", &json!({})).unwrap();
    assert_eq!(answer["SecretList"][0]["Name"], "made-up");
}

#[test]
#[ignore = "needs moto"]
fn a_fault_proxy_stands_before_moto() {
    let moto = Moto::start(&json!({ "many": { "users": 2 } })).unwrap();
    let proxy = FaultProxy::before(moto.address()).unwrap();
    proxy.always("ListRoles", Fault::Denied("AccessDenied"));
    let answers = tests::servers::aws_calls(
        &proxy.endpoint(),
        &[],
        &json!([{ "service": "iam", "call": "list_users" }, { "service": "iam", "call": "list_roles" }]),
    )
    .unwrap();
    assert_eq!(answers[0]["Users"].as_array().unwrap().len(), 2);
    assert_eq!(answers[1]["error"], "AccessDenied");
    assert_eq!((proxy.calls_of("ListUsers"), proxy.calls_of("ListRoles")), (1, 1));
}

#[test]
#[ignore = "needs ministack"]
fn ministack_refuses_what_no_policy_allows() {
    let ministack = Ministack::start().unwrap();
    ministack.call("iam", "create_user", &json!({ "UserName": "reader" })).unwrap();
    let made =
        ministack.call("iam", "create_access_key", &json!({ "UserName": "reader" })).unwrap();
    let key = &made["AccessKey"];
    let (id, secret) = (key["AccessKeyId"].as_str(), key["SecretAccessKey"].as_str());
    let key = (id.unwrap(), secret.unwrap());
    let refused = ministack.call_with_key(key, "iam", "list_users", &json!({})).unwrap();
    assert_eq!(refused["error"], "AccessDenied");
}

#[test]
#[ignore = "needs rsyslog"]
fn rsyslog_writes_what_came_over_tcp() {
    let mut rsyslog = Rsyslog::start(Transport::Tcp).unwrap();
    let message = "<13>1 2026-01-02T03:04:05Z host muster - made-up - hello";
    let mut stream = TcpStream::connect(rsyslog.address()).unwrap();
    write!(stream, "{} {message}", message.len()).unwrap();
    drop(stream);
    assert_eq!(rsyslog.wait_for_message("hello").unwrap(), message);
}

#[test]
#[ignore = "needs rsyslog"]
fn rsyslog_shows_a_certificate_of_its_authority_over_its_newest_tls() {
    let rsyslog = Rsyslog::start(Transport::Tls).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    let pem = rsyslog.authority_pem().as_bytes();
    let certificate = rustls::pki_types::pem::PemObject::from_pem_slice(pem).unwrap();
    roots.add(certificate).unwrap();
    let configuration =
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let mut client = rustls::ClientConnection::new(configuration.into(), name).unwrap();
    let mut stream = TcpStream::connect(rsyslog.address()).unwrap();
    while client.is_handshaking() {
        client.complete_io(&mut stream).unwrap();
    }
    assert_eq!(client.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
}
