use super::ReusedKeyPair;
use crate::detector::testing::claims;

#[test]
fn fires_if_a_private_key_lies_on_two_hosts() {
    let text = "
key_pair a1
  at host:web-1/file:/home/ci/.ssh/id_rsa  kind=private_key_file
  at host:web-2/file:/home/ci/.ssh/id_rsa  kind=private_key_file
";
    assert_eq!(
        claims(&ReusedKeyPair, "2026-03-01", text),
        ["high key:a1: the same private key on `host:web-1`, `host:web-2`"]
    );
}

#[test]
fn stays_quiet_about_two_copies_on_one_host() {
    let text = "
key_pair a1
  at host:web-1/file:/home/ci/.ssh/id_rsa  kind=private_key_file
  at host:web-1/file:/root/.ssh/id_rsa  kind=private_key_file
";
    assert_eq!(claims(&ReusedKeyPair, "2026-03-01", text), [""; 0]);
}

#[test]
fn fires_for_each_machine_with_the_same_host_key() {
    let text = "
machine host:web-1
  key_pair h1
    at host:web-1/file:/etc/ssh/ssh_host_rsa_key  kind=host_key_file
machine host:web-2
  key_pair h1
";
    let said = claims(&ReusedKeyPair, "2026-03-01", text);
    assert_eq!(said.len(), 2);
    assert!(
        said[0].ends_with("key:h1: the same host key on `host:web-1`, `host:web-2`"),
        "{said:?}"
    );
}

#[test]
fn stays_quiet_about_a_public_key_that_many_hosts_accept() {
    let text = "
host_account host:web-1/account/ci
  key_pair a1
    at host:web-1/file:/home/ci/.ssh/authorized_keys  kind=authorized_key
    at host:web-2/file:/home/ci/.ssh/authorized_keys  kind=authorized_key
    at host:web-3/file:/home/ci/.ssh/id_rsa  kind=private_key_file
";
    assert_eq!(claims(&ReusedKeyPair, "2026-03-01", text), [""; 0]);
}
