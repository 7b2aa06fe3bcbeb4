use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData as _,
    SanType, date_time_ymd,
};

use super::*;
use crate::secret::Secret;

fn leaf_and_authority() -> (Vec<u8>, Vec<u8>, KeyPair) {
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "Example Authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(params, authority_key);

    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["www.example.org".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "www.example.org");
    params.subject_alt_names.push(SanType::IpAddress("192.0.2.7".parse().unwrap()));
    params.not_before = date_time_ymd(2025, 1, 2);
    params.not_after = date_time_ymd(2026, 3, 4);
    let leaf = params.signed_by(&key, &issuer).unwrap();
    (leaf.der().to_vec(), authority.der().to_vec(), key)
}

#[test]
fn a_leaf_tells_its_names_its_span_and_its_key() {
    let (leaf, _, key) = leaf_and_authority();
    let found = Certificate::from_der(&leaf).unwrap();
    let sha256 = hex(digest(&SHA256, &leaf).as_ref());
    assert_eq!(found.id.0, format!("certificate:{sha256}"));
    assert_eq!(found.created_at, Some("2025-01-02T00:00:00Z".parse().unwrap()));
    assert_eq!(found.ends, End::At("2026-03-04T00:00:00Z".parse().unwrap()));
    assert_eq!(found.details["names"], "www.example.org 192.0.2.7");
    assert_eq!(found.details["subject"], "CN=www.example.org");
    assert_eq!(found.details["issuer"], "CN=Example Authority");
    let facts = found.key;
    assert_eq!((facts.algorithm.as_str(), facts.bits), ("ecdsa", Some(256)));
    assert_eq!(facts.signature.as_deref(), Some("ecdsa-sha256"));
    assert_eq!(facts.spki, Some(hex(digest(&SHA256, &key.subject_public_key_info()).as_ref())));
    assert!(!facts.self_signed && !facts.authority);
}

#[test]
fn an_authority_is_one_and_signs_itself() {
    let (_, authority, _) = leaf_and_authority();
    let facts = Certificate::from_der(&authority).unwrap().key;
    assert!(facts.self_signed && facts.authority);
}

/// RFC 5280, 4.1.2.5.
#[test]
fn the_last_moment_there_is_means_no_end() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_after = date_time_ymd(9999, 12, 31) + std::time::Duration::from_secs(86_399);
    let certificate = params.self_signed(&key).unwrap();
    assert_eq!(Certificate::from_der(certificate.der()).unwrap().ends, End::Never);
}

#[test]
fn bytes_after_it_change_nothing() {
    let (leaf, ..) = leaf_and_authority();
    let longer = [&leaf[..], b"trust"].concat();
    assert_eq!(Certificate::from_der(&longer), Certificate::from_der(&leaf));
}

#[test]
fn cut_at_any_byte_it_is_none() {
    let (leaf, ..) = leaf_and_authority();
    for len in 0..leaf.len() {
        assert!(Certificate::from_der(&leaf[..len]).is_none(), "{len}");
    }
}

#[test]
fn changed_at_any_byte_it_never_panics() {
    let (leaf, ..) = leaf_and_authority();
    for at in 0..leaf.len() {
        let mut changed = leaf.clone();
        for bits in [1, 0x80, 0xff] {
            changed[at] = leaf[at] ^ bits;
            let _any = Certificate::from_der(&changed);
        }
    }
}

/// Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=example.org
/// -addext subjectAltName=DNS:example.org,DNS:www.example.org`; the digests below are `sha256sum`'s.
const BY_OPENSSL: &str = include_str!("example.pem");

#[test]
fn a_certificate_of_openssl_has_the_digests_that_sha256sum_gives() {
    let body: String = BY_OPENSSL.lines().filter(|line| !line.starts_with('-')).collect();
    let der = Secret::from_base64(body.as_bytes()).unwrap();
    let certificate = Certificate::from_der(der.as_bytes()).unwrap();
    assert_eq!(
        certificate.id.0,
        "certificate:c4a250c23f86c9b69fb36859999a8e9eca870d0c520e8a30cf43b544f10183a3"
    );
    assert_eq!(
        certificate.key.spki.as_deref(),
        Some("598dc0a8dcacfd4a1bf526d2033eb4bbb56d1fb1071bc33fbe9ccd61047df782")
    );
    assert_eq!((certificate.key.algorithm.as_str(), certificate.key.bits), ("ecdsa", Some(256)));
    assert_eq!(certificate.key.signature.as_deref(), Some("ecdsa-sha256"));
    assert!(certificate.key.self_signed && certificate.key.authority);
    assert_eq!(certificate.created_at, Some("2026-11-22T01:42:31Z".parse().unwrap()));
    assert_eq!(certificate.ends, End::At("2027-02-20T01:42:31Z".parse().unwrap()));
    assert_eq!(certificate.details["names"], "example.org www.example.org");
}
