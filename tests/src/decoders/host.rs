//! What the host source reads: tables, keys and files of credentials.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::LazyLock;

use agent::secret::FingerprintKey;
use agent::source::host::decode::{self, Format};

/// Made up; what it digests leaves nothing behind.
static KEY: LazyLock<FingerprintKey> =
    LazyLock::new(|| FingerprintKey::from_bytes(&[7; 32]).expect("a key has 32 bytes"));

/// The labels of PEM blocks that hold private keys.
const LABELS: &[&[u8]] = &[
    b"DSA PRIVATE KEY",
    b"EC PRIVATE KEY",
    b"ENCRYPTED PRIVATE KEY",
    b"OPENSSH PRIVATE KEY",
    b"PRIVATE KEY",
    b"RSA PRIVATE KEY",
];

pub(super) fn accounts(bytes: &[u8]) {
    // The three tables differ by their fields; one text can hold lines of all.
    let _read = decode::Accounts::parse(bytes, Some(bytes), bytes);
}

pub(super) fn authorized_keys(bytes: &[u8]) {
    let _found = decode::authorized_keys(bytes);
}

pub(super) fn certificate(bytes: &[u8]) {
    let _found = decode::certificate(bytes);
}

pub(super) fn cron(bytes: &[u8]) {
    let _jobs = (decode::jobs(bytes, true), decode::jobs(bytes, false));
}

pub(super) fn guess(bytes: &[u8]) {
    let _guess = decode::guess(Path::new(OsStr::from_bytes(bytes)));
}

pub(super) fn guess_head(bytes: &[u8]) {
    let _guess = decode::guess_head(bytes);
}

pub(super) fn lastlog(bytes: &[u8]) {
    let mut logins = decode::Logins::default();
    logins.lastlog(bytes).expect("reading from memory");
    let _used = logins.of("ada", 0);
}

pub(super) fn leaves(bytes: &[u8]) {
    let _leaves = decode::leaves(bytes);
}

pub(super) fn pem(bytes: &[u8]) {
    let _found = decode::pem(bytes);
}

pub(super) fn private_key(bytes: &[u8]) {
    let _key = decode::PrivateKey::from_der(bytes);
    for label in LABELS {
        let _key = decode::PrivateKey::from_pem(label, false, bytes);
    }
}

pub(super) fn process_status(bytes: &[u8]) {
    let _status = decode::Status::parse(bytes);
}

pub(super) fn public_key_info(bytes: &[u8]) {
    let _key = decode::PublicKey::from_info(bytes);
}

pub(super) fn public_key_ssh(bytes: &[u8]) {
    let _key = decode::PublicKey::from_ssh(bytes);
}

pub(super) fn putty(bytes: &[u8]) {
    let _key = decode::PrivateKey::from_putty(bytes);
}

pub(super) fn service_account(bytes: &[u8]) {
    let _found = decode::service_account(bytes);
}

pub(super) fn sudoers(bytes: &[u8]) {
    let accounts = decode::Accounts::parse(
        b"root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n",
        None,
        b"wheel:x:10:ada\nadmins:x:11:\n",
    );
    let mut sudoers = decode::Sudoers::default();
    for line in decode::logical_lines(bytes) {
        sudoers.read(&line);
    }
    let _rights = sudoers.rights("web-1.example.org", &accounts);
}

pub(super) fn unit(bytes: &[u8]) {
    decode::Unit::default().read(bytes);
}

pub(super) fn wtmp(bytes: &[u8]) {
    let mut logins = decode::Logins::default();
    logins.wtmp(bytes).expect("reading from memory");
    let _used = logins.of("ada", 0);
}

fn format(format: Format, bytes: &[u8]) {
    let _found = decode::format(format, bytes, &KEY);
}

pub(super) fn aws(bytes: &[u8]) {
    format(Format::Aws, bytes);
}

pub(super) fn docker(bytes: &[u8]) {
    format(Format::Docker, bytes);
}

pub(super) fn env(bytes: &[u8]) {
    format(Format::Env, bytes);
}

pub(super) fn git_credentials(bytes: &[u8]) {
    format(Format::GitCredentials, bytes);
}

pub(super) fn google(bytes: &[u8]) {
    format(Format::Google, bytes);
}

pub(super) fn kubeconfig(bytes: &[u8]) {
    format(Format::Kubeconfig, bytes);
}

pub(super) fn netrc(bytes: &[u8]) {
    format(Format::Netrc, bytes);
}

pub(super) fn npmrc(bytes: &[u8]) {
    format(Format::Npmrc, bytes);
}

pub(super) fn pypirc(bytes: &[u8]) {
    format(Format::Pypirc, bytes);
}

pub(super) fn token(bytes: &[u8]) {
    format(Format::Token, bytes);
}

pub(super) fn tokens(bytes: &[u8]) {
    format(Format::Tokens, bytes);
}
