use super::*;
use crate::secret::Secret;

/// Blob, fingerprint, digest and bits.
type Known = (&'static str, &'static str, &'static str, u32);

/// Public keys, what `ssh-keygen -l` prints of each, and the SHA-256 of what
/// `openssl pkey -pubin -outform DER` makes of it.
const KNOWN: &[Known] = &[
    (
        "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMNRfOkkyUzC2D3j+fYpvKKNL/P8f987TiKmZnPyC3THuRJKJAqSla5sCXXCZ1RRMC1s7e5LJXSY/3htOPMBDtk=",
        "SHA256:SCXLz5Gb9cT2JzU9PJjxr6U3FZ4UcuYYcXfun2TmoQM",
        "af6f64ed300c5754a11d2d4aedb3625d11e0e1d014438aae07e18786d28ece34",
        256,
    ),
    (
        "AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBEwdKZecfgACkgBzsnyM2exwE0a2B68xExmoR5o3N3rTJm/2Kegzt27Hjl25Kl5HEVtZ88iIMzI6IDUxmTMwH5h6vNls+2zcTFIqFn7OAWuKYgN440ldTNRGgSKVfcaBTA==",
        "SHA256:ElFj0kGD1Tk/kKqUTI4Aa0QmMpCAIrjToKNctCr5ZXY",
        "1dbbcb372bb416c20b7ef96fde2a5cd609b1280642b313fb33b79eb275e89f9a",
        384,
    ),
    (
        "AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAHo0mFVdvDPpb+61aPEYkgEcp2xWe0EWxWkvxUZWRJZ2XZV1uwRWw63IsODo1lAzTUhnjsT0IAm/V8HebHDcJm7kQBQjq5lE4MGfy1XjQnQqHjRi0tlvevqQV2egjQZFVjviMO589JqfGaoikFzmUIQNUlIHAzjaHtYKywt4CMvBHd+rg==",
        "SHA256:/58FNIZKPNr8j0r+Jvt9ZxcM8PPtTb8Z5oG8PMVQX1Y",
        "b44403ec3978983787df4e521f0961b5aa752d23b2f2d8a7da503ab45c6ea9f8",
        521,
    ),
    (
        "AAAAB3NzaC1yc2EAAAADAQABAAABAQC23WLrSvmiBLHIvgbVcsQgkOXXSyF6NudnVNarNd9Rf+InlIHnMJ4kMQuZXgVVaQ5vDy0Gba2uOSicJDb/XS9077exKU/bb90NRGYJqhuExoAbb6gADnLkhy/H7JI/USiea7Sl441TdzAwaM4E/XNY3LdIiMcQ2EBAs2BiKffVqdButGrdqr485shogCOHRvZbmBwje8uchjNLZcj8Yz+NYq5Qi4gaHZwDdHQELrOBbwV7qJtwJ+MPJzyds0sWRUQp/GjnoqEcze31RsafRqRAV6k5YoA4g/bXsvjzOqgIRcHd5y5W3tG2jr3cbTpc1ubyOJ1v8YkCKY2ZBEW8YzlF",
        "SHA256:kVFc8wxtH0742rqXhsNAUFaXuA+UpV1nCsPeowyEWfc",
        "1622009a529ed872690b46c4b8530628e122f35d98394b67e0fbae9f46ee9a5a",
        2048,
    ),
];

/// The public key of RFC 8410, section 10.1.
const RFC_8410: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

fn decoded(text: &str) -> Secret {
    Secret::from_base64(text.as_bytes()).unwrap()
}

#[test]
fn ssh_keys_have_the_id_of_their_x509_form() {
    for (blob, fingerprint, spki, bits) in KNOWN {
        let key = PublicKey::from_ssh(decoded(blob).as_bytes()).unwrap();
        assert_eq!(key.id.0, format!("key:{spki}"));
        assert_eq!(key.facts.spki.as_deref(), Some(*spki));
        assert_eq!(key.facts.bits, Some(*bits));
        assert_eq!(key.ssh_fingerprint.as_deref(), Some(*fingerprint));
    }
}

#[test]
fn one_key_in_both_forms_is_one() {
    let info = decoded(RFC_8410);
    let point = &info.as_bytes()[12..];
    let blob = ssh_blob(&[b"ssh-ed25519", point]);
    let (by_info, by_ssh) =
        (PublicKey::from_info(info.as_bytes()).unwrap(), PublicKey::from_ssh(&blob).unwrap());
    assert_eq!(by_info, by_ssh);
    assert_eq!(by_info.id.0, format!("key:{}", hex(digest(&SHA256, info.as_bytes()).as_ref())));
}

#[test]
fn keys_that_x509_does_not_know_are_known_by_their_blob() {
    let blob = ssh_blob(&[b"sk-ssh-ed25519@openssh.com", &[1; 32], b"ssh:"]);
    let key = PublicKey::from_ssh(&blob).unwrap();
    assert_eq!(key.id.0, format!("key:ssh-{}", hex(digest(&SHA256, &blob).as_ref())));
    assert_eq!((key.facts.algorithm.as_str(), key.facts.spki), ("ed25519-sk", None));
}

#[test]
fn a_cut_blob_is_no_key() {
    for (blob, ..) in KNOWN {
        let blob = decoded(blob);
        for len in 0..blob.as_bytes().len() {
            assert!(PublicKey::from_ssh(&blob.as_bytes()[..len]).is_none(), "{len}");
        }
    }
    let info = decoded(RFC_8410);
    for len in 0..info.as_bytes().len() {
        assert!(PublicKey::from_info(&info.as_bytes()[..len]).is_none(), "{len}");
    }
}

#[test]
fn object_identifiers_are_dotted_as_x660_says() {
    assert_eq!(dotted(RSA), "1.2.840.113549.1.1.1");
    assert_eq!(dotted(ED25519), "1.3.101.112");
    assert_eq!(dotted(&[0x88, 0x37, 0x03]), "2.999.3");
}

/// Vagrant's insecure public keys.
const VAGRANT: [&str; 2] = [
    "AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9HZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6kivAIhyfHilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVYCzRdK8jlqm8tehUc9c9WhQ==",
    "AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y",
];

#[test]
fn a_key_that_everyone_has_is_told_as_such_and_others_are_not() {
    for blob in VAGRANT {
        let key = PublicKey::from_ssh(decoded(blob).as_bytes()).unwrap();
        assert_eq!(key.facts.flaw, Some(KeyFlaw::Published));
    }
    for (blob, ..) in KNOWN {
        assert_eq!(PublicKey::from_ssh(decoded(blob).as_bytes()).unwrap().facts.flaw, None);
    }
}
