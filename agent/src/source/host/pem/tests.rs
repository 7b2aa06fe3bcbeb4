use rcgen::{CertificateParams, KeyPair};

use super::*;

fn names(text: &str) -> Vec<String> {
    find(text.as_bytes()).iter().map(|found| format!("{} {:?}", found.item, found.name)).collect()
}

#[test]
fn a_file_may_hold_a_chain_and_its_key() {
    let pair = KeyPair::generate().unwrap();
    let certificate =
        || CertificateParams::new(["example.org".to_owned()]).unwrap().self_signed(&pair).unwrap();
    let (one, two) = (certificate().pem(), certificate().pem());
    let text = format!("subject=/CN=x\n{one}\n\n{two}{}", pair.serialize_pem());
    let all = find(text.as_bytes());
    assert_eq!(all.len(), 3);
    let spki = all[0].key.as_ref().unwrap().spki.clone().unwrap();
    assert_eq!(all[2].name, Name::Public(format!("key:{spki}").into()));
    assert_eq!(all[2].item, "private_key");
}

#[test]
fn line_ends_of_another_system_change_nothing() {
    let pem = KeyPair::generate().unwrap().serialize_pem();
    assert_eq!(names(&pem), names(&pem.replace('\n', "\r\n")));
    assert!(names(&pem)[0].contains("key:"));
}

#[test]
fn headers_of_the_old_form_tell_of_a_passphrase() {
    let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    let all = find(text.as_bytes());
    assert_eq!((all.len(), all[0].encrypted, &all[0].name), (1, Some(true), &Name::Unread));
}

#[test]
fn malformed_material_is_told_as_unread() {
    for (label, what) in
        [("CERTIFICATE", "malformed certificate"), ("PRIVATE KEY", "malformed private key")]
    {
        for body in ["AAAA", "!!!!", ""] {
            let all =
                find(format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----").as_bytes());
            assert_eq!((all.len(), &all[0].name), (1, &Name::Unread), "{label} {body}");
            assert_eq!(all[0].placement_details["error"], what);
        }
    }
}

#[test]
fn what_is_no_whole_block_is_passed_over() {
    for text in [
        "-----BEGIN PRIVATE KEY-----\nAAAA\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN ",
        "-----BEGIN -----",
        "-----BEGIN A-----\n-----BEGIN B-----\n-----END B-----",
    ] {
        assert!(find(text.as_bytes()).is_empty(), "{text}");
    }
}

#[test]
fn a_broken_block_hides_no_other() {
    let pem = KeyPair::generate().unwrap().serialize_pem();
    assert_eq!(names(&format!("-----BEGIN PRIVATE KEY-----\nAAAA\n{pem}")).len(), 1);
}
