use super::ReusedSecret;
use crate::detector::testing::claims;

#[test]
fn fires_if_it_opens_two_services() {
    let text = "
password a1
  at host:web-1/file:/root/.netrc#a  kind=secret_file serves=a.example.org
  at host:web-1/file:/root/.netrc#b  kind=secret_file serves=b.example.org
";
    assert_eq!(
        claims(&ReusedSecret, "2026-03-01", text),
        ["medium secret:a1: the same password opens `a.example.org`, `b.example.org`"]
    );
}

#[test]
fn fires_for_each_identity_that_it_proves() {
    let text = "
user arn:aws:iam::1:user/a
  token t1
user arn:aws:iam::1:user/b
  token t1
";
    let said = claims(&ReusedSecret, "2026-03-01", text);
    assert_eq!(said.len(), 2);
    assert!(said[0].ends_with(
        "secret:t1: the same token proves `arn:aws:iam::1:user/a`, `arn:aws:iam::1:user/b`"
    ));
}

#[test]
fn fires_if_it_lies_in_files_of_two_accounts() {
    let text = "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1
    at host:web-1/file:/root/.aws/credentials  kind=secret_file holder=host:web-1/account/root
    at host:web-2/file:/home/ci/.aws/credentials  kind=secret_file holder=host:web-2/account/ci
";
    assert_eq!(
        claims(&ReusedSecret, "2026-03-01", text),
        ["low aws_access_key:AKIAEXAMPLE1: the same access_key lies in files of \
          `host:web-1/account/root`, `host:web-2/account/ci`"]
    );
}

#[test]
fn stays_quiet_about_two_files_of_one_account_for_one_service() {
    let text = "
token a1
  at host:web-1/file:/root/a  kind=secret_file serves=a.example.org holder=host:web-1/account/root
  at host:web-1/file:/root/b  kind=secret_file serves=a.example.org holder=host:web-1/account/root
";
    assert_eq!(claims(&ReusedSecret, "2026-03-01", text), [""; 0]);
}

#[test]
fn stays_quiet_about_two_profiles_with_one_access_key() {
    let text = "
access_key AKIAEXAMPLE1
  at host:web-1/file:/root/.aws/credentials#a  kind=secret_file serves=a
  at host:web-1/file:/root/.aws/credentials#b  kind=secret_file serves=b
";
    assert_eq!(claims(&ReusedSecret, "2026-03-01", text), [""; 0]);
}

#[test]
fn stays_quiet_about_a_public_key_that_two_accounts_accept() {
    let text = "
host_account host:web-1/account/a
  key_pair k1
host_account host:web-1/account/b
  key_pair k1
";
    assert_eq!(claims(&ReusedSecret, "2026-03-01", text), [""; 0]);
}
