use super::Plaintext;
use crate::detector::testing::verdict;

/// What the rule says of a secret in that place.
fn secret(place: &str) -> Vec<String> {
    verdict(&Plaintext, "2026-03-01", &format!("secret a1\n  at host:web-1/file:{place}"))
}

#[test]
fn fires_more_severely_the_more_can_read_it() {
    let severity = |readers: &str| {
        let said =
            secret(&format!("/srv/.env  kind=secret_file encrypted=false readers={readers}"));
        said[0].split(' ').next().unwrap_or_default().to_owned()
    };
    assert_eq!(severity("owner"), "medium");
    assert_eq!(severity("group"), "high");
    assert_eq!(severity("everyone"), "critical");
}

#[test]
fn says_what_it_opens() {
    assert_eq!(
        secret("/root/.netrc  kind=secret_file readers=owner serves=a.example.org"),
        [
            "medium host:web-1/file:/root/.netrc: secret in the clear, for `a.example.org`, readable by \
          its owner"
        ]
    );
}

#[test]
fn stays_quiet_if_the_material_is_encrypted() {
    assert_eq!(secret("/srv/vault  kind=secret_file readers=everyone encrypted=true"), [""; 0]);
}

#[test]
fn stays_quiet_about_a_store_made_for_secrets() {
    assert_eq!(secret("/srv/x  kind=cloud_store readers=service"), [""; 0]);
}

#[test]
fn stays_quiet_about_a_temporary_key_that_is_too_old_to_work() {
    // 36 hours is the longest that a session of AWS can last.
    let text = "
access_key ASIAEXAMPLE1
  at host:web-1/file:/root/.aws/credentials  kind=secret_file modified=2026-03-01 readers=owner
";
    let place = "medium host:web-1/file:/root/.aws/credentials";
    let said = verdict(&Plaintext, "2026-03-02T11:59:59Z", text);
    assert_eq!(
        said,
        [
            format!("{place}: access_key in the clear, readable by its owner"),
            "recheck 2026-03-02T12:00:00Z".into()
        ]
    );
    assert_eq!(verdict(&Plaintext, "2026-03-02T12:00:00Z", text), [""; 0]);
}

#[test]
fn stays_quiet_once_the_secret_has_ended() {
    let text = "
token a1  ends=2026-03-01
  at host:web-1/file:/root/token  kind=secret_file readers=everyone
";
    assert_eq!(verdict(&Plaintext, "2026-03-01", text), [""; 0]);
    assert_eq!(verdict(&Plaintext, "2026-02-28T23:59:59Z", text).len(), 2);
}
