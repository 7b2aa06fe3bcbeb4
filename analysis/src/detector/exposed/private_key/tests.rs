use super::PrivateKey;
use crate::detector::testing::verdict;

/// What the rule says of a private key in that place.
fn key(place: &str) -> Vec<String> {
    verdict(&PrivateKey, "2026-03-01", &format!("key_pair a1\n  at host:web-1/file:{place}"))
}

#[test]
fn fires_without_a_passphrase() {
    assert_eq!(
        key("/home/ci/.ssh/id_rsa  kind=private_key_file readers=owner encrypted=false"),
        ["medium host:web-1/file:/home/ci/.ssh/id_rsa: private key without a passphrase"]
    );
}

#[test]
fn fires_if_a_group_can_read_it_even_with_a_passphrase() {
    assert_eq!(
        key("/home/ci/.ssh/id_rsa  kind=private_key_file readers=group encrypted=true"),
        ["high host:web-1/file:/home/ci/.ssh/id_rsa: private key readable by a group, with a \
          passphrase"]
    );
}

#[test]
fn is_critical_if_everyone_can_read_it() {
    assert_eq!(
        key("/home/ci/.ssh/id_rsa  kind=private_key_file readers=everyone encrypted=false"),
        [
            "critical host:web-1/file:/home/ci/.ssh/id_rsa: private key readable by everyone on the host"
        ]
    );
}

#[test]
fn stays_quiet_with_a_passphrase_and_for_its_owner_alone() {
    let place = "/home/ci/.ssh/id_rsa  kind=private_key_file readers=owner encrypted=true";
    assert_eq!(key(place), [""; 0]);
}

#[test]
fn says_unknown_if_the_passphrase_cannot_be_told() {
    assert_eq!(
        key("/home/ci/.ssh/id_rsa  kind=private_key_file readers=owner"),
        ["unknown host:web-1/file:/home/ci/.ssh/id_rsa: whether it has a passphrase is not told"]
    );
}

#[test]
fn a_servers_own_key_is_only_worth_knowing() {
    assert_eq!(
        key("/etc/ssl/private/tls.key  kind=private_key_file readers=owner encrypted=false"),
        ["info host:web-1/file:/etc/ssl/private/tls.key: private key without a passphrase"]
    );
}

#[test]
fn a_host_key_needs_no_passphrase_but_may_be_read_by_nobody_else() {
    let place = "/etc/ssh/ssh_host_rsa_key  kind=host_key_file encrypted=false";
    assert_eq!(key(&format!("{place} readers=owner")), [""; 0]);
    assert_eq!(key(&format!("{place} readers=group")).len(), 1);
}

#[test]
fn a_key_that_came_with_the_system_may_be_read_by_a_group() {
    let text = "
key_pair a1  maker=system
  at host:web-1/file:/etc/ssl/private/x.key  kind=private_key_file readers=group encrypted=false
";
    assert_eq!(verdict(&PrivateKey, "2026-03-01", text), [""; 0]);
}

#[test]
fn a_public_key_is_no_secret() {
    let place = "/home/ci/.ssh/authorized_keys  kind=authorized_key readers=everyone";
    assert_eq!(key(place), [""; 0]);
}
