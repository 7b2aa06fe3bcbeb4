use ring::hmac;

use super::*;

fn key() -> FingerprintKey {
    FingerprintKey::from_bytes(&[7; 32]).unwrap()
}

/// Random-looking, made up for these tests.
const STRONG: &[u8] = b"mU5x-Zq81_vRk0TjW3eYb7";

#[test]
fn same_material_and_key_give_the_same_fingerprint() {
    assert_eq!(key().fingerprint(STRONG), key().fingerprint(STRONG));
    assert!(key().fingerprint(STRONG).is_some());
}

#[test]
fn another_key_gives_another_fingerprint() {
    assert_ne!(FingerprintKey::generate().unwrap().fingerprint(STRONG), key().fingerprint(STRONG));
}

#[test]
fn fingerprint_is_the_hmac_with_its_domain_in_front() {
    let expected = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]),
        &[b"muster secret fingerprint v1\0", STRONG].concat(),
    );
    assert_eq!(key().fingerprint(STRONG).unwrap().0, expected.as_ref());
}

#[test]
fn guessable_material_gets_no_fingerprint() {
    for weak in [
        "",
        "hunter2",
        "shortbutX1!",
        "password123456",
        "changemechangeme",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "12345678901234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "Summer2024Summer2024",
        "correct horse battery",
        "2024-01-01T00:00",
        "Administrator!1",
    ] {
        assert_eq!(key().fingerprint(weak.as_bytes()), None, "{weak}");
    }
}

#[test]
fn random_material_of_every_usual_alphabet_gets_a_fingerprint() {
    for strong in [
        "d41a8c90f7b3e6250fa9b1c4e83d7265",
        "9f1c2b7e-4a6d-4c83-b5e0-71d2f8a3c694",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
        "kq7vhx2mzp4wtn9rbd3y",
        "X9$kP!2vLq#8Zw",
    ] {
        assert!(key().fingerprint(strong.as_bytes()).is_some(), "{strong}");
    }
}

#[test]
fn names_and_hosts_do_not_resemble_secrets() {
    for public in [
        "deploy",
        "registry.example.org",
        "build-runner-0042",
        "ada.lovelace@example.org",
        "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "backup_nightly_2024",
    ] {
        assert!(!resembles_secret(public.as_bytes()), "{public}");
    }
}

#[test]
fn tokens_resemble_secrets() {
    for token in ["ghp_k7Q2mX9vRt4LwZ8bN3cY6dJ1", "d41a8c90f7b3e6250fa9b1c4e83d7265"] {
        assert!(resembles_secret(token.as_bytes()), "{token}");
    }
}

#[test]
fn debug_shows_nothing() {
    let secret = Secret::read(STRONG, 0, 100).unwrap().unwrap();
    assert_eq!(format!("{secret:?} {:?}", key()), "Secret(..) FingerprintKey(..)");
}

#[test]
fn reading_ends_at_the_limit() {
    let bytes = [1_u8; 100];
    for hint in [0, 1, 50, 99, 100, 101, 5000] {
        let read = |max| Secret::read(&bytes[..], hint, max).unwrap();
        assert_eq!(read(100).unwrap().as_bytes(), bytes, "hint {hint}");
        assert!(read(99).is_none(), "hint {hint}");
    }
}

/// RFC 4648, section 10, and its URL alphabet.
#[test]
fn base64_reads_the_vectors_of_its_standard() {
    for (text, plain) in [
        ("", ""),
        ("Zg==", "f"),
        ("Zm8=", "fo"),
        ("Zm9v", "foo"),
        ("Zm9vYg==", "foob"),
        ("Zm9vYmE=", "fooba"),
        ("Zm9v\nYmFy", "foobar"),
        ("Zm8", "fo"),
    ] {
        assert_eq!(Secret::from_base64(text.as_bytes()).unwrap().as_bytes(), plain.as_bytes());
    }
    assert_eq!(Secret::from_base64(b"-_-_").unwrap().as_bytes(), [0xfb, 0xff, 0xbf]);
    for wrong in ["Z", "Zg=v", "Zm9vY", "Zm 9!", "Zg==="] {
        assert!(Secret::from_base64(wrong.as_bytes()).is_none(), "{wrong}");
    }
}

#[test]
fn keys_are_of_one_length() {
    assert!(FingerprintKey::from_bytes(&[0; 31]).is_none());
    assert!(FingerprintKey::from_bytes(&[0; 33]).is_none());
}
