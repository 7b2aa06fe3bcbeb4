use super::read;

/// See where it is: the digest below is `sha256sum`'s.
const PEM: &str = include_str!("../../certificate/example.pem");

#[test]
fn a_certificate_is_known_by_the_digest_of_its_der() {
    assert_eq!(
        read(PEM, None).unwrap().id.0,
        "certificate:c4a250c23f86c9b69fb36859999a8e9eca870d0c520e8a30cf43b544f10183a3"
    );
}

#[test]
fn what_is_no_certificate_is_refused() {
    for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\u{0}"] {
        assert!(read(text, None).is_err(), "{text}");
    }
}
