//! Certificates and handshakes that are not accepted.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use proto::v1;
use proto::v1::enrol_client::EnrolClient;
use proto::v1::ingest_client::IngestClient;
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use tests::line::Line;
use tests::raw::{PREFACE, Raw, Shown, Signer};
use tests::wire::contains;
use tonic::Code;

use super::{a_line, refused, status, web_1};

/// Where the tests' own connections come from.
const HERE: &str = "127.0.0.1";
/// As long as any certificate holds.
const LONG: std::ops::Range<i32> = 2020..2040;

/// A certification request for this name, and one who looks like an operator on top.
fn request_for(name: &str) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let uri = |text: &str| SanType::URI(text.try_into().unwrap());
    params.subject_alt_names =
        vec![uri(&format!("muster://agent/{name}")), uri("muster://operator/operator")];
    params.serialize_request(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

#[tokio::test]
async fn whoever_asks_for_anothers_name_gets_that_of_the_invitation() {
    let line = a_line();
    let invited = line.json(&["agents", "invite", "web-2", "--scopes", "host/web-2/*"]).unwrap();
    let token = invited["token"].as_str().unwrap();
    let secret = (0..32).map(|at| u8::from_str_radix(&token[8 + 2 * at..10 + 2 * at], 16).unwrap());
    let request = v1::RedeemRequest { secret: secret.collect(), request: request_for("web-1") };
    let channel = Raw::to(&line, None).unwrap().channel().await.unwrap();
    let reply = EnrolClient::new(channel).redeem(request).await.unwrap().into_inner();
    assert_eq!(reply.agent, "web-2");
    assert!(contains(&reply.certificate, b"muster://agent/web-2"));
    assert!(!contains(&reply.certificate, b"web-1"));
    assert!(!contains(&reply.certificate, b"operator"));
}

#[tokio::test]
async fn whoever_renews_for_anothers_name_gets_their_own() {
    let line = a_line();
    let shown = Shown::agent(&web_1(&line)).unwrap();
    let channel = Raw::to(&line, Some(shown)).unwrap().channel().await.unwrap();
    let request = v1::RenewRequest { request: request_for("web-2") };
    let reply = IngestClient::new(channel).renew(request).await.unwrap().into_inner();
    assert!(contains(&reply.certificate, b"muster://agent/web-1"));
    assert!(!contains(&reply.certificate, b"web-2"));
    assert!(!contains(&reply.certificate, b"operator"));
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused_as_unknown() {
    let line = a_line();
    let shown = Signer::unknown().unwrap().sign("muster://agent/web-1", LONG).unwrap();
    let reached = Raw::to(&line, Some(shown)).unwrap().reach().await;
    assert!(reached.is_err());
    refused(&line, HERE, "unknown_certificate");
}

#[tokio::test]
async fn a_certificate_that_has_ended_is_refused_as_expired() {
    let line = a_line();
    let shown = Signer::of(&line).unwrap().sign("muster://agent/web-1", 2020..2021).unwrap();
    let reached = Raw::to(&line, Some(shown)).unwrap().reach().await;
    assert!(reached.is_err());
    refused(&line, HERE, "expired_certificate");
}

#[tokio::test]
async fn a_certificate_of_an_agent_that_never_enrolled_is_refused() {
    let line = a_line();
    let shown = Signer::of(&line).unwrap().sign("muster://agent/ghost", LONG).unwrap();
    let error = Raw::to(&line, Some(shown)).unwrap().session(1).await.unwrap_err();
    assert_eq!(status(&error), Code::PermissionDenied);
    refused(&line, "ghost", "unknown_agent");
}

#[tokio::test]
async fn a_second_certificate_for_an_agents_name_is_refused() {
    let line = a_line();
    let _agent = web_1(&line);
    let shown = Signer::of(&line).unwrap().sign("muster://agent/web-1", LONG).unwrap();
    let error = Raw::to(&line, Some(shown)).unwrap().session(1).await.unwrap_err();
    assert_eq!(status(&error), Code::PermissionDenied);
    refused(&line, "web-1", "replaced_certificate");
}

#[tokio::test]
async fn a_certificate_that_was_replaced_twice_is_refused() {
    let line = a_line();
    let agent = web_1(&line);
    let raw = Raw::to(&line, Some(Shown::agent(&agent).unwrap())).unwrap();
    let mut client = IngestClient::new(raw.channel().await.unwrap());
    for _ in 0..2 {
        client.renew(v1::RenewRequest { request: request_for("web-1") }).await.unwrap();
    }
    let error = raw.session(1).await.unwrap_err();
    assert_eq!(status(&error), Code::PermissionDenied);
    refused(&line, "web-1", "replaced_certificate");
}

#[tokio::test]
async fn an_open_session_ends_when_its_certificate_was_replaced_twice() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    let mut client = IngestClient::new(raw.channel().await.unwrap());
    for _ in 0..2 {
        client.renew(v1::RenewRequest { request: request_for("web-1") }).await.unwrap();
    }
    assert_eq!(status(&session.answer().await.unwrap_err()), Code::PermissionDenied);
    refused(&line, "web-1", "replaced_certificate");
}

#[tokio::test]
async fn an_open_session_ends_with_its_certificate() {
    let line = Line::start("agent_certificate_life = \"10s\"").unwrap();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    // It says nothing more, and does not renew.
    assert_eq!(status(&session.answer().await.unwrap_err()), Code::PermissionDenied);
    refused(&line, "web-1", "expired_certificate");
}

#[tokio::test]
async fn a_revoked_agent_loses_its_open_session_and_gets_no_other() {
    let line = a_line();
    let raw = Raw::to(&line, Some(Shown::agent(&web_1(&line)).unwrap())).unwrap();
    let mut session = raw.session(1).await.unwrap();
    line.json(&["agents", "revoke", "web-1"]).unwrap();
    // It says nothing more, and is shown the door all the same.
    assert_eq!(status(&session.answer().await.unwrap_err()), Code::PermissionDenied);
    refused(&line, "web-1", "revoked");
    let error = raw.session(1).await.unwrap_err();
    assert_eq!(status(&error), Code::PermissionDenied);
    let agents = line.json(&["agents", "list"]).unwrap();
    assert_eq!(agents[0]["state"], "revoked");
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let line = a_line();
    let shown = Shown::agent(&web_1(&line)).unwrap();
    let raw = Raw::with(&line, Some(shown), &rustls::version::TLS12).unwrap();
    assert!(raw.reach().await.is_err());
    refused(&line, HERE, "tls_version");
}

#[test]
fn plain_http_2_is_refused() {
    let line = a_line();
    let mut stream = TcpStream::connect(line.address()).unwrap();
    stream.write_all(PREFACE).unwrap();
    let mut answer = Vec::new();
    // Reset or closed: either way there is an end, and no HTTP/2 before it.
    let _reset = stream.read_to_end(&mut answer);
    assert!(!contains(&answer, b"\0\0\x04\0"), "{answer:?}");
    refused(&line, HERE, "tls");
}

#[tokio::test]
async fn clients_that_stall_in_the_handshake_are_cut_off_and_hinder_nobody() {
    let line = a_line();
    let begun = Instant::now();
    let mut stalled: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(line.address()).unwrap()).collect();
    // The beginning of a handshake, and no more.
    for stream in &mut stalled {
        stream.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
    }
    let _agent = web_1(&line);
    assert!(begun.elapsed() < Duration::from_secs(9), "others had to wait: {:?}", begun.elapsed());
    for stream in &mut stalled {
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let _end = stream.read_to_end(&mut Vec::new()).or_else(|error| {
            // Reset is an end, too; a timeout is none.
            if error.kind() == std::io::ErrorKind::WouldBlock { Err(error) } else { Ok(0) }
        });
    }
    refused(&line, HERE, "slow");
}
