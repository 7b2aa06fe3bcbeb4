use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData as _,
    SanType, date_time_ymd,
};

use super::*;

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
    let found = find(&leaf).unwrap();
    let sha256 = hex(digest(&SHA256, &leaf).as_ref());
    assert_eq!(found.name, Name::Public(format!("certificate:{sha256}").into()));
    assert_eq!(found.created_at, Some("2025-01-02T00:00:00Z".parse().unwrap()));
    assert_eq!(found.ends, End::At("2026-03-04T00:00:00Z".parse().unwrap()));
    assert_eq!(found.credential_details["names"], "www.example.org 192.0.2.7");
    assert_eq!(found.credential_details["subject"], "CN=www.example.org");
    assert_eq!(found.credential_details["issuer"], "CN=Example Authority");
    let facts = found.key.unwrap();
    assert_eq!((facts.algorithm.as_str(), facts.bits), ("ecdsa", Some(256)));
    assert_eq!(facts.signature.as_deref(), Some("ecdsa-sha256"));
    assert_eq!(facts.spki, Some(hex(digest(&SHA256, &key.subject_public_key_info()).as_ref())));
    assert!(!facts.self_signed && !facts.authority);
}

#[test]
fn an_authority_is_one_and_signs_itself() {
    let (_, authority, _) = leaf_and_authority();
    let facts = find(&authority).unwrap().key.unwrap();
    assert!(facts.self_signed && facts.authority);
}

/// RFC 5280, 4.1.2.5.
#[test]
fn the_last_moment_there_is_means_no_end() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.not_after = date_time_ymd(9999, 12, 31) + std::time::Duration::from_secs(86_399);
    assert_eq!(find(params.self_signed(&key).unwrap().der()).unwrap().ends, End::Never);
}

#[test]
fn bytes_after_it_change_nothing() {
    let (leaf, ..) = leaf_and_authority();
    assert_eq!(find(&[&leaf[..], b"trust"].concat()).unwrap().name, find(&leaf).unwrap().name);
}

#[test]
fn cut_at_any_byte_it_is_none() {
    let (leaf, ..) = leaf_and_authority();
    for len in 0..leaf.len() {
        assert!(find(&leaf[..len]).is_none(), "{len}");
    }
}

#[test]
fn changed_at_any_byte_it_never_panics() {
    let (leaf, ..) = leaf_and_authority();
    for at in 0..leaf.len() {
        let mut changed = leaf.clone();
        for bits in [1, 0x80, 0xff] {
            changed[at] = leaf[at] ^ bits;
            let _any = find(&changed);
        }
    }
}
