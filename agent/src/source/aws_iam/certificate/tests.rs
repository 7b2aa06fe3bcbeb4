use model::End;
use proptest::proptest;

use super::read;

/// Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=example.org
/// -addext subjectAltName=DNS:example.org,DNS:www.example.org`; the digests below are `sha256sum`'s.
const PEM: &str = "\
-----BEGIN CERTIFICATE-----
MIIBqTCCAVCgAwIBAgIUfGzgMG7gZAAEZCtD06Ih0WWXXKYwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZXhhbXBsZS5vcmcwHhcNMjYxMTIyMDE0MjMxWhcNMjcwMjIw
MDE0MjMxWjAWMRQwEgYDVQQDDAtleGFtcGxlLm9yZzBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABLTbB2iaEKkzImnPW+fUJAU6FA7bDzlEVb/gjI+feECTFKqX7Qz8
QQv7kX2LzuXSrNhQAXoqcN34mm00aRaPwvqjfDB6MB0GA1UdDgQWBBT2xs52zpPY
bXg05g81vJaUqCOcXjAfBgNVHSMEGDAWgBT2xs52zpPYbXg05g81vJaUqCOcXjAP
BgNVHRMBAf8EBTADAQH/MCcGA1UdEQQgMB6CC2V4YW1wbGUub3Jngg93d3cuZXhh
bXBsZS5vcmcwCgYIKoZIzj0EAwIDRwAwRAIgDxCLIX2Lg7klqswIO+qIFUGLr77i
OehokZ33oybSxAkCIHQD9G/vVM0kUtXbQQAHMigthMgnp7JbAUzJQxsA+cx9
-----END CERTIFICATE-----
";

#[test]
fn a_certificate_is_known_by_the_digest_of_its_der() {
    assert_eq!(
        read(PEM, None).unwrap().id.0,
        "certificate:c4a250c23f86c9b69fb36859999a8e9eca870d0c520e8a30cf43b544f10183a3"
    );
}

#[test]
fn its_key_is_known_by_the_digest_of_its_public_key_info() {
    let key = read(PEM, None).unwrap().key.unwrap();
    assert_eq!(
        key.spki.as_deref(),
        Some("598dc0a8dcacfd4a1bf526d2033eb4bbb56d1fb1071bc33fbe9ccd61047df782")
    );
    assert_eq!((key.algorithm.as_str(), key.bits), ("ecdsa", Some(256)));
    assert_eq!(key.signature.as_deref(), Some("ecdsa-sha256"));
    assert_eq!((key.self_signed, key.authority), (true, true));
}

#[test]
fn it_tells_its_validity_and_names() {
    let certificate = read(PEM, None).unwrap();
    assert_eq!(certificate.created_at, Some("2026-11-22T01:42:31Z".parse().unwrap()));
    assert_eq!(certificate.ends, End::At("2027-02-20T01:42:31Z".parse().unwrap()));
    assert_eq!(certificate.details["names"], "example.org www.example.org");
}

#[test]
fn what_is_no_certificate_is_refused() {
    for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\u{0}"] {
        assert!(read(text, None).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_bytes_in_the_envelope_are_read_or_refused(bytes: Vec<u8>) {
        let body = aws_smithy_types::base64::encode(bytes);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        let _either = read(&pem, None);
    }

    #[test]
    fn a_certificate_with_one_byte_changed_is_read_or_refused(at in 0_usize..429, to: u8) {
        let body: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let mut der = aws_smithy_types::base64::decode(body).unwrap();
        if let Some(byte) = der.get_mut(at) {
            *byte = to;
        }
        let body = aws_smithy_types::base64::encode(der);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        let _either = read(&pem, None);
    }
}
