use std::net::{IpAddr, Ipv4Addr};

use jiff::Timestamp;

use super::{AGENT_VALIDITY, Authority, is_name, peer_of};
use crate::peer::{Peer, Shown};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

fn authority() -> (tempfile::TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::create(folder.path(), now()).unwrap();
    (folder, authority)
}

fn request(name: &str) -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.serialize_request(&key).unwrap().der().to_vec()
}

#[test]
fn the_name_in_a_request_is_ignored() {
    let (_folder, authority) = authority();
    let request = request("muster://operator/root");
    let (certificate, serial) =
        authority.issue_agent(&"web-1".into(), &request, AGENT_VALIDITY, now()).unwrap();
    let ends_at = now().checked_add(AGENT_VALIDITY).unwrap();
    let shown = Shown { agent: "web-1".into(), serial, ends_at };
    assert_eq!(peer_of(Some(&certificate), HERE), Peer::Agent(shown));
}

#[test]
fn an_operator_is_no_agent() {
    let (_folder, authority) = authority();
    let issued = authority.issue_operator("ada", now()).unwrap();
    assert_eq!(peer_of(Some(&issued.certificate), HERE), Peer::Operator("ada".into()));
}

#[test]
fn the_collectors_own_certificate_speaks_for_nobody() {
    let (_folder, authority) = authority();
    let issued = authority.issue_server(&["127.0.0.1".into()], now()).unwrap();
    assert_eq!(peer_of(Some(&issued.certificate), HERE), Peer::Anonymous(HERE));
}

#[test]
fn an_authority_is_never_replaced() {
    let (folder, _authority) = authority();
    assert!(Authority::create(folder.path(), now()).is_err());
    assert!(Authority::open(folder.path()).is_ok());
}

#[test]
fn a_name_cannot_smuggle_in_another_one() {
    for name in ["", "a/b", "a b", "ä", "a\n", &"x".repeat(65)] {
        assert!(!is_name(name), "{name:?}");
    }
    assert!(is_name("web-1.example_2"));
}

#[test]
fn only_the_owner_can_read_the_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, _authority) = authority();
    let mode = folder.path().join("authority.key").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    let (_folder, authority) = authority();
    assert!(authority.issue_agent(&"web-1".into(), b"hello", AGENT_VALIDITY, now()).is_err());
}
