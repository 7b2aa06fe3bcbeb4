//! What lies on the disks of agents and collectors: configurations, declarations, keys, state.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::LazyLock;

use agent::decode as agent_decode;
use analysis::power::Power;
use collector::authority::{AGENT_VALIDITY, Authority, peer_of};
use collector::decode as collector_decode;
use collector::owners;
use jiff::Timestamp;
use model::testing::estate;
use model::{Epoch, Owners, ScopeId};

/// When everything here happens.
const AS_OF: Timestamp = Timestamp::constant(1_780_000_000, 0);

/// One that no other run knows; its folder is gone once it is read.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for keys");
    Authority::create(folder.path(), AS_OF).expect("an empty folder takes an authority")
});

/// Text is what most decoders take; what is none ends at the edge.
pub(super) fn with_text(bytes: &[u8], decode: impl Fn(&str)) {
    if let Ok(text) = str::from_utf8(bytes) {
        decode(text);
    }
}

/// What the identity of `notation` may do if each of its policies says `document`.
pub(super) fn judged(notation: &str, document: &str) {
    for dossier in estate(notation).dossiers() {
        let mut subject = analysis::subject(&dossier, &Owners::default(), AS_OF);
        for policy in subject.grants.iter_mut().filter_map(|grant| grant.policy.as_mut()) {
            document.clone_into(&mut policy.document);
        }
        let _power = Power::of(&subject);
    }
}

pub(super) fn agent_config(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _config = agent::config::Config::parse(text, None);
    });
}

pub(super) fn archive(bytes: &[u8]) {
    let _whole = collector_decode::archive(bytes);
}

pub(super) fn collector_config(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _config = collector::config::Config::parse(text, Path::new("/data"), Path::new("file"));
    });
}

pub(super) fn credentials(bytes: &[u8]) {
    let _whole = agent_decode::credentials(bytes);
}

pub(super) fn declarations(bytes: &[u8]) {
    owners_file("file.yaml", bytes);
}

pub(super) fn enrolment(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _whole = agent_decode::enrolment(text);
    });
}

pub(super) fn index(bytes: &[u8]) {
    let _whole = agent_decode::index(bytes, &ScopeId::from("host/web-1/table:passwd"));
}

pub(super) fn manifest(bytes: &[u8]) {
    let _whole = agent_decode::manifest(bytes);
}

pub(super) fn peer(bytes: &[u8]) {
    let _peer = peer_of(Some(bytes), IpAddr::V4(Ipv4Addr::LOCALHOST));
}

pub(super) fn people(bytes: &[u8]) {
    owners_file("people.csv", bytes);
}

pub(super) fn record(bytes: &[u8]) {
    let _known = collector_decode::record(bytes);
}

pub(super) fn request(bytes: &[u8]) {
    let _issued = AUTHORITY.issue_agent(&"web-1".into(), bytes, AGENT_VALIDITY, AS_OF);
}

pub(super) fn segment(bytes: &[u8]) {
    let _whole = agent_decode::segment(bytes, Epoch(1));
}

pub(super) fn sudoers_policy(bytes: &[u8]) {
    with_text(bytes, |text| {
        judged("host_account host:web-1/account/ci\n  permission p ALL", text);
    });
}

pub(super) fn teams(bytes: &[u8]) {
    owners_file("teams.csv", bytes);
}

pub(super) fn token(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _token = agent::enrol::Token::parse(text);
    });
}

fn owners_file(name: &str, bytes: &[u8]) {
    let _owners = owners::read(&[(name.to_owned(), bytes.to_vec())], &|_| None, AS_OF);
}
