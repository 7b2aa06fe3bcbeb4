use super::WeakKey;
use crate::detector::testing::{claims, limits, subjects, verdict};
use crate::detector::{Cx, Detector};
use crate::power::Power;
use model::KeyFlaw;
use model::testing::{day, estate};

fn pair(facts: &str) -> Vec<String> {
    claims(&WeakKey, "2026-03-01", &format!("key_pair a1  {facts}"))
}

fn certificate(facts: &str) -> Vec<String> {
    claims(&WeakKey, "2026-03-01", &format!("certificate a1  {facts}"))
}

#[test]
fn fires_below_112_bits() {
    assert_eq!(
        pair("algorithm=rsa bits=2047"),
        ["medium key:a1: rsa of 2047 bits has 80 bits of strength"]
    );
    assert_eq!(pair("algorithm=ecdsa bits=192").len(), 1);
}

#[test]
fn stays_quiet_at_112_bits_until_2031() {
    let text = "key_pair a1  algorithm=rsa bits=2048";
    assert_eq!(verdict(&WeakKey, "2030-12-31", text), ["recheck 2031-01-01"]);
    assert_eq!(
        verdict(&WeakKey, "2031-01-01", text),
        ["medium key:a1: rsa of 2048 bits has 112 bits of strength, too few beyond 2030"]
    );
}

#[test]
fn stays_quiet_at_128_bits() {
    for facts in ["algorithm=rsa bits=3072", "algorithm=ecdsa bits=256", "algorithm=ed25519"] {
        assert_eq!(verdict(&WeakKey, "2035-01-01", &format!("key_pair a1  {facts}")), [""; 0]);
    }
}

#[test]
fn shows_where_the_key_lies() {
    let text = "
key_pair a1  algorithm=rsa bits=1024
  at host:web-1/file:/home/ada/.ssh/authorized_keys#a1  kind=authorized_key
";
    let subject = subjects(&estate(text), day("2026-03-01")).remove(0);
    let (limits, power) = (limits(), Power::of(&subject));
    let cx = Cx { as_of: day("2026-03-01"), limits: &limits, power: &power };
    let said = WeakKey.examine(&subject, &cx).conclusions.remove(0);
    let places: Vec<_> = said.evidence.iter().filter(|it| it.what == "placement").collect();
    assert_eq!(places.len(), 1);
    assert!(places[0].says.contains("host:web-1/file:/home/ada/.ssh/authorized_keys#a1"));
}

#[test]
fn fires_on_a_key_whose_private_half_is_no_secret() {
    for flaw in KeyFlaw::ALL {
        let said = pair(&format!("algorithm=rsa bits=4096 flaw={flaw}"));
        assert_eq!(said.len(), 1, "{flaw}");
    }
    assert_eq!(
        pair("algorithm=ed25519 bits=256 flaw=published"),
        ["medium key:a1: its private half comes with a program that everyone has"]
    );
}

#[test]
fn fires_on_dsa_of_any_size() {
    assert_eq!(pair("algorithm=dsa bits=3072"), ["medium key:a1: DSA is withdrawn (FIPS 186-5)"]);
}

#[test]
fn a_certificate_that_ends_after_2030_needs_128_bits_today() {
    let facts = "algorithm=rsa bits=2048 signature=sha256-rsa";
    assert_eq!(
        certificate(&format!("{facts} ends=2031-01-01")),
        ["low certificate:a1: rsa of 2048 bits has 112 bits of strength, too few beyond 2030"]
    );
    assert_eq!(certificate(&format!("{facts} ends=2030-12-31")), [""; 0]);
}

#[test]
fn fires_on_signatures_with_sha1_and_md5() {
    for signature in ["sha1-rsa", "md5-rsa", "ecdsa-sha1"] {
        let said = certificate(&format!("algorithm=rsa bits=4096 signature={signature}"));
        assert!(said[0].contains("for which collisions can be made"), "{said:?}");
    }
    assert_eq!(certificate("algorithm=rsa bits=4096 signature=sha512-rsa"), [""; 0]);
}

#[test]
fn nobody_checks_the_signature_of_a_certificate_that_signs_itself() {
    assert_eq!(certificate("algorithm=rsa bits=4096 signature=sha1-rsa self_signed"), [""; 0]);
}

#[test]
fn stays_quiet_about_trust_anchors_of_the_distribution_and_what_has_ended() {
    assert_eq!(certificate("algorithm=rsa bits=1024 maker=system"), [""; 0]);
    assert_eq!(certificate("algorithm=rsa bits=1024 ends=2026-02-01"), [""; 0]);
}

#[test]
fn says_unknown_about_what_it_does_not_know() {
    assert_eq!(
        verdict(&WeakKey, "2026-03-01", "key_pair a1  algorithm=1.2.3.4"),
        ["unknown key:a1: the strength of `1.2.3.4` is not known"]
    );
    assert_eq!(
        verdict(&WeakKey, "2026-03-01", "key_pair a1  algorithm=rsa"),
        ["unknown key:a1: the size of its rsa key is not told"]
    );
}
