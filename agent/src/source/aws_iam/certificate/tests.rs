use super::read;

/// Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=example.org
/// -addext subjectAltName=DNS:example.org,DNS:www.example.org`; the digest below is `sha256sum`'s.
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
fn what_is_no_certificate_is_refused() {
    for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\u{0}"] {
        assert!(read(text, None).is_err(), "{text}");
    }
}
