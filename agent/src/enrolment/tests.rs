use super::*;

/// An enrolment in a folder, with a key and certificate of its own.
fn enrolled(folder: &Path) -> Enrolment {
    let enrolment =
        Enrolment::new(folder, "web-1".into(), "c:1".to_owned(), vec!["host/*".to_owned()]);
    let (key_pem, certificate) = pair();
    enrolment
        .save(&Issued {
            key_pem: &key_pem,
            certificate: &certificate,
            authority: &certificate,
            fingerprint_key: &FingerprintKey::from_bytes(&[7; 32]).unwrap(),
        })
        .unwrap();
    enrolment
}

fn pair() -> (String, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    (key.serialize_pem(), certificate.der().to_vec())
}

/// Whether key and certificate on disk belong together.
fn is_a_pair(folder: &Path) -> bool {
    let credentials = Enrolment::load(folder).unwrap().credentials().unwrap();
    crate::tls::session_config(&credentials).is_ok()
}

#[test]
fn what_was_kept_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    enrolled(folder.path());
    let read = Enrolment::load(folder.path()).unwrap();
    assert_eq!((read.agent.as_str(), read.collector.as_str()), ("web-1", "c:1"));
    assert_eq!(read.scopes, ["host/*"]);
    assert!(read.fingerprint_key().is_ok() && is_a_pair(folder.path()));
}

#[test]
fn every_file_belongs_to_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    enrolled(folder.path());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
}

#[test]
fn an_empty_folder_is_told_apart_from_a_damaged_one() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Enrolment::load(folder.path()), Err(EnrolmentError::None { .. })));
    std::fs::write(folder.path().join("enrolment.toml"), "nonsense").unwrap();
    assert!(matches!(Enrolment::load(folder.path()), Err(EnrolmentError::Malformed { .. })));
}

#[test]
fn a_crash_at_any_step_of_a_renewal_leaves_a_pair() {
    for steps in 0..=4 {
        let folder = tempfile::tempdir().unwrap();
        let enrolment = enrolled(folder.path());
        let (key_pem, certificate) = pair();
        if steps >= 1 {
            enrolment.write("agent.key.next", key_pem.as_bytes()).unwrap();
        }
        if steps >= 2 {
            enrolment.write("agent.pem.next", pem(&certificate).as_bytes()).unwrap();
        }
        if steps >= 3 {
            enrolment.rename("agent.key.next", "agent.key").unwrap();
        }
        if steps >= 4 {
            enrolment.rename("agent.pem.next", "agent.pem").unwrap();
        }
        assert!(is_a_pair(folder.path()), "after {steps} steps");
    }
}

#[test]
fn pem_is_as_others_write_it() {
    let folder = tempfile::tempdir().unwrap();
    for len in 0..200_u8 {
        let bytes: Vec<u8> = (0..len).collect();
        let path = folder.path().join("x");
        std::fs::write(&path, pem(&bytes)).unwrap();
        let read = CertificateDer::from_pem_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read.as_ref(), bytes, "{len} bytes");
    }
    let lines = pem(&[0; 100]);
    assert!(lines.lines().all(|line| line.len() <= 64));
}
