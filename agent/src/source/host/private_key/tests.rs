use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData as _,
};
use x509_parser::pem::Pem;

use super::super::der;
use super::*;

/// What `ssh-keygen` writes, with made-up bytes for all that is private.
pub(crate) fn openssh(cipher: &str, public: &[u8]) -> Vec<u8> {
    let string =
        |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    [
        OPENSSH_MAGIC.to_vec(),
        string(cipher.as_bytes()),
        string(b"bcrypt"),
        string(b"options"),
        vec![0, 0, 0, 1],
        string(public),
        string(&[0xee; 100]),
    ]
    .concat()
}

fn ed25519_blob() -> Vec<u8> {
    [&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32], &[3; 32]].concat()
}

/// An RSA key of 2,048 bits that never was: nine numbers in their places.
pub(crate) fn rsa_der() -> (Vec<u8>, PublicKey) {
    let (modulus, exponent) = ([0xd1; 256], [1, 0, 1]);
    let numbers: Vec<Vec<u8>> = [&[0][..], &modulus, &exponent]
        .into_iter()
        .chain([&[5; 128][..]; 6])
        .map(der::unsigned)
        .collect();
    let parts: Vec<&[u8]> = numbers.iter().map(Vec::as_slice).collect();
    (der::element(SEQUENCE, &parts), PublicKey::rsa(&modulus, &exponent))
}

#[test]
fn public_half_of_a_generated_key_is_that_of_its_certificate() {
    for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let pair = KeyPair::generate_for(algorithm).unwrap();
        let key = PrivateKey::from_pem(b"PRIVATE KEY", false, &pair.serialize_der()).unwrap();
        assert!(!key.encrypted);
        assert_eq!(key.public, PublicKey::from_info(&pair.subject_public_key_info()));
        assert!(key.public.is_some());
    }
}

#[test]
fn sec1_and_pkcs1_give_the_same_as_pkcs8() {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let der = pair.serialize_der();
    let mut whole = Reader(Reader(&der).take(SEQUENCE).unwrap());
    whole.take(INTEGER).unwrap();
    let mut algorithm = Reader(whole.take(SEQUENCE).unwrap());
    algorithm.take(OBJECT_ID).unwrap();
    let inner = Reader(whole.take(OCTET_STRING).unwrap()).take(SEQUENCE).unwrap();
    // SEC1 names the curve itself; PKCS#8 leaves that to what is around it.
    let (version_and_key, point) = inner.split_at(3 + 34);
    let sec1 =
        der::element(SEQUENCE, &[version_and_key, &der::element(CONTEXT_0, &[algorithm.0]), point]);
    let expected = PublicKey::from_info(&pair.subject_public_key_info());
    assert_eq!(PrivateKey::from_pem(b"EC PRIVATE KEY", false, &sec1).unwrap().public, expected);
    assert_eq!(PrivateKey::from_der(&sec1).unwrap().public, expected);
    let (rsa, public) = rsa_der();
    assert_eq!(
        PrivateKey::from_pem(b"RSA PRIVATE KEY", false, &rsa).unwrap().public,
        Some(public.clone())
    );
    assert_eq!(PrivateKey::from_der(&rsa).unwrap().public, Some(public));
}

#[test]
fn encrypted_openssh_key_shows_its_public_half() {
    for (cipher, encrypted) in [("none", false), ("aes256-ctr", true)] {
        let bytes = openssh(cipher, &ed25519_blob());
        let key = PrivateKey::from_pem(b"OPENSSH PRIVATE KEY", false, &bytes).unwrap();
        assert_eq!(key, PrivateKey { public: Some(PublicKey::ed25519(&[3; 32])), encrypted });
    }
}

#[test]
fn encrypted_pem_shows_nothing_but_that() {
    let hidden = Some(PrivateKey { public: None, encrypted: true });
    assert_eq!(PrivateKey::from_pem(b"ENCRYPTED PRIVATE KEY", false, b"any"), hidden);
    assert_eq!(PrivateKey::from_pem(b"RSA PRIVATE KEY", true, b"any"), hidden);
}

#[test]
fn ec_key_without_its_point_is_a_key_all_the_same() {
    let bytes =
        der::element(SEQUENCE, &[&der::unsigned(&[1]), &der::element(OCTET_STRING, &[&[9; 32]])]);
    assert_eq!(
        PrivateKey::from_pem(b"EC PRIVATE KEY", false, &bytes),
        Some(PrivateKey { public: None, encrypted: false })
    );
}

#[test]
fn putty_key_shows_its_public_lines() {
    let text = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: x\nPublic-Lines: 2\n\
        AAAAC3NzaC1lZDI1NTE5AAAAICjp7hquab/cOReCcn7JUtjxATjnPb4HIhBN\nprg8eC5G\nPrivate-Lines: 1\nAAAA\n";
    let key = PrivateKey::from_putty(text.as_bytes()).unwrap();
    assert!(key.encrypted);
    let fingerprint = key.public.unwrap().ssh_fingerprint.unwrap();
    assert_eq!(fingerprint, "SHA256:Rt/+ij5N/UOpcLPRPCca9XPBWi+8PPecS91hCWq6Lng");
}

#[test]
fn cut_and_changed_keys_never_panic() {
    let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    for bytes in [pair.serialize_der(), rsa_der().0, openssh("none", &ed25519_blob())] {
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            for bytes in [&bytes[..at], &changed] {
                for label in [
                    &b"PRIVATE KEY"[..],
                    b"RSA PRIVATE KEY",
                    b"EC PRIVATE KEY",
                    b"DSA PRIVATE KEY",
                    b"OPENSSH PRIVATE KEY",
                ] {
                    let _any = PrivateKey::from_pem(label, false, bytes);
                }
                let _any = PrivateKey::from_der(bytes);
            }
        }
    }
}

#[test]
fn pem_of_the_certificate_library_is_read_alike() {
    let pair = KeyPair::generate().unwrap();
    let text = pair.serialize_pem();
    let theirs = Pem::iter_from_buffer(text.as_bytes()).next().unwrap().unwrap();
    let ours = super::super::pem::blocks(text.as_bytes()).next().unwrap();
    assert_eq!(ours.label, theirs.label.as_bytes());
    assert_eq!(Secret::from_base64(ours.body).unwrap().as_bytes(), theirs.contents);
}
