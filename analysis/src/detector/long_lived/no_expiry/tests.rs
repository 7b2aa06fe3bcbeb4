use super::NoExpiry;
use crate::detector::testing::verdict;

#[test]
fn fires_if_a_token_never_ends() {
    let text = "
user arn:aws:iam::1:user/ci
  token a1  ends=never
";
    assert_eq!(verdict(&NoExpiry, "2026-03-01", text), ["low secret:a1: token without an end"]);
}

#[test]
fn fires_on_a_certificate_that_ends_in_the_year_9999() {
    let text = "certificate a1  ends=9999-12-30";
    assert_eq!(
        verdict(&NoExpiry, "2026-03-01", text),
        ["medium certificate:a1: certificate without an end"]
    );
}

#[test]
fn stays_quiet_about_a_certificate_that_ends_the_year_before() {
    assert_eq!(verdict(&NoExpiry, "2026-03-01", "certificate a1  ends=9998-12-31"), [""; 0]);
}

#[test]
fn says_unknown_if_nobody_tells_the_end() {
    assert_eq!(
        verdict(&NoExpiry, "2026-03-01", "token a1"),
        ["unknown secret:a1: nobody tells when it ends"]
    );
}

#[test]
fn stays_quiet_about_access_keys_and_ssh_keys() {
    let text = "
access_key AKIAEXAMPLE1  ends=never
key_pair a1  ends=never
";
    assert_eq!(verdict(&NoExpiry, "2026-03-01", text), [""; 0]);
}
