//! Trees and files that somebody made to hurt.

use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;
use crate::source::host::decode;

#[tokio::test]
async fn links_are_never_followed_out_or_around() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join(".netrc"), "machine x password y").unwrap();
    let root = root(&[("srv/a/.netrc", "machine x password y")]);
    let at = |path: &str| root.path().join(path);
    symlink(outside.path(), at("srv/out")).unwrap();
    symlink(outside.path().join(".netrc"), at("srv/.netrc")).unwrap();
    symlink("..", at("srv/a/up")).unwrap();
    symlink("loop", at("srv/loop")).unwrap();
    symlink("/etc/hosts", at("etc/group")).unwrap();
    let reports = scan(root.path()).await;
    let paths: Vec<String> = placements(&reports).into_iter().map(|it| it.path).collect();
    assert_eq!((paths, abandoned(&reports)), (vec!["/srv/a/.netrc".to_owned()], Vec::new()));
}

#[tokio::test]
async fn a_table_may_be_a_link_within_the_root() {
    let root = root(&[("usr/share/passwd", "eve:x:7:7::/:/bin/sh\n")]);
    fs::remove_file(root.path().join("etc/passwd")).unwrap();
    symlink("/usr/share/passwd", root.path().join("etc/passwd")).unwrap();
    let all = facts(&scan(root.path()).await);
    assert!(all.iter().any(|fact| matches!(fact, Fact::Identity(it) if it.name == "eve")));
}

#[tokio::test]
async fn a_home_behind_a_link_is_searched_where_it_is() {
    let root = root(&[("data/home/ada/.ssh/authorized_keys", KEY)]);
    symlink("/data/home", root.path().join("home")).unwrap();
    let reports = scan(root.path()).await;
    let is_adas = |fact: &Fact| matches!(fact, Fact::Credential(it) if it.identity.as_ref().is_some_and(|id| id.0.ends_with("account/ada")));
    assert!(facts(&reports).iter().any(is_adas), "{reports:?}");
}

#[tokio::test]
async fn pipes_and_sockets_hold_nobody_up() {
    let root = root(&[]);
    fs::create_dir_all(root.path().join("srv")).unwrap();
    let pipe = |path: &str| {
        let mode = rustix::fs::Mode::from_raw_mode(0o644);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            root.path().join(path),
            rustix::fs::FileType::Fifo,
            mode,
            0,
        )
        .unwrap();
    };
    pipe("srv/.netrc");
    pipe("etc/group");
    pipe("etc/hostname");
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("srv/.env")).unwrap();
    let reports = scan(root.path()).await;
    assert_eq!(placements(&reports).len(), 0);
    // A pipe does not say that there are no groups; in a tree it is no file, and all that there is.
    let given_up = abandoned(&reports);
    assert!(
        given_up[0].starts_with(
            "table:passwd: `/etc/group` could not be read (it is no regular file); check what stands there"
        ),
        "{given_up:?}"
    );
    assert!(given_up.iter().all(|scope| !scope.starts_with("files:/srv")), "{given_up:?}");
}

#[tokio::test]
async fn a_tree_beyond_its_limits_is_given_up_and_says_what_to_do() {
    let root = root(&[
        ("srv/a/b/c/.netrc", "machine x password y"),
        ("opt/1.pem", "x"),
        ("opt/2.pem", "x"),
        ("opt/3.pem", "x"),
    ]);
    let config = HostConfig {
        root: root.path().to_owned(),
        depth_max: 2,
        files_max: 2,
        ..HostConfig::default()
    };
    assert_eq!(
        abandoned(&scan_with(config).await),
        [
            "files:/opt: `/opt` has more than 2 files; raise `files_max` or exclude parts of it",
            "files:/srv: `/srv/a/b/c` is more than 2 directories deep; raise `depth_max` or exclude it",
        ]
    );
}

#[tokio::test]
async fn a_credential_file_that_is_too_long_gives_its_tree_up() {
    let root = root(&[
        ("srv/.netrc", &"machine x password y\n".repeat(100)),
        ("opt/keys.pem", &format!("-----BEGIN CERTIFICATE-----\n{}", "A".repeat(2000))),
        ("opt/movie.key", &"A".repeat(2000)),
        ("opt/data.json", &format!("{{{}", "A".repeat(2000))),
    ]);
    let config =
        HostConfig { root: root.path().to_owned(), file_bytes_max: 1000, ..HostConfig::default() };
    let hint = "could not be read (longer than 1000 bytes); raise `file_bytes_max` or exclude it";
    assert_eq!(
        abandoned(&scan_with(config).await),
        [
            format!("files:/opt: `/opt/keys.pem` {hint}"),
            format!("files:/srv: `/srv/.netrc` {hint}"),
        ]
    );
}

#[tokio::test]
async fn what_is_excluded_is_no_trouble() {
    let root = root(&[
        ("srv/x/.netrc", &"a".repeat(2000)),
        ("srv/app/node_modules/m/key.pem", &"-----BEGIN ".repeat(200)),
        ("opt/.netrc", "machine x password y"),
    ]);
    let config = HostConfig {
        root: root.path().to_owned(),
        file_bytes_max: 1000,
        exclude: vec!["/srv/x".to_owned()],
        ..HostConfig::default()
    };
    let reports = scan_with(config).await;
    assert_eq!((placements(&reports).len(), abandoned(&reports)), (1, Vec::new()));
}

/// Root can read everything, so this shows something only to others.
#[tokio::test]
async fn a_directory_that_may_not_be_read_gives_its_tree_up() {
    let root = root(&[
        ("srv/closed/.netrc", "machine x password y"),
        ("srv/open/.netrc", "machine x password y"),
    ]);
    let closed = root.path().join("srv/closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let reports = scan(root.path()).await;
    let may_read = fs::read_dir(&closed).is_ok();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    if !may_read {
        assert_eq!(
            abandoned(&reports),
            [
                "files:/srv: `/srv/closed` could not be read (permission denied); run the agent as root or exclude it",
            ]
        );
        assert_eq!(placements(&reports).len(), 1);
    }
}

#[tokio::test]
async fn a_tree_of_garbage_is_searched_to_its_end() {
    let garbage = [
        "",
        "\0",
        "\u{0}\u{1}\u{2}",
        "[",
        "{",
        "-----BEGIN PRIVATE KEY-----",
        "a: b: c",
        "=",
        "machine",
    ];
    let names = [
        ".netrc",
        ".env",
        ".npmrc",
        ".pypirc",
        ".git-credentials",
        ".aws/credentials",
        ".kube/config",
        ".docker/config.json",
        ".ssh/authorized_keys",
        ".ssh/id_rsa",
        "a.pem",
        "a.der",
        "a.json",
        ".vault-token",
        ".azure/accessTokens.json",
        "adc.json",
    ];
    let mut files = Vec::new();
    for (number, text) in garbage.iter().enumerate() {
        files.extend(names.iter().map(|name| (format!("srv/{number}/{name}"), (*text).to_owned())));
    }
    files.push(("srv/long/.env".to_owned(), "A".repeat(500_000)));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let root = root(&files);
    assert_eq!(abandoned(&scan(root.path()).await), Vec::<String>::new());
}

const FORMATS: [decode::Format; 11] = [
    decode::Format::Aws,
    decode::Format::Docker,
    decode::Format::Env,
    decode::Format::GitCredentials,
    decode::Format::Google,
    decode::Format::Kubeconfig,
    decode::Format::Netrc,
    decode::Format::Npmrc,
    decode::Format::Pypirc,
    decode::Format::Token,
    decode::Format::Tokens,
];

/// Everything that reads bytes from outside.
fn decode_all(bytes: &[u8]) {
    let key = FingerprintKey::from_bytes(&[7; 32]).unwrap();
    for format in FORMATS {
        let _found = decode::format(format, bytes, &key);
    }
    let _found = (decode::pem(bytes), decode::certificate(bytes), decode::authorized_keys(bytes));
    let _found =
        (decode::service_account(bytes), decode::guess_head(bytes), decode::jobs(bytes, true));
    let _keys = (decode::PrivateKey::from_der(bytes), decode::PrivateKey::from_putty(bytes));
    for label in [
        &b"OPENSSH PRIVATE KEY"[..],
        b"RSA PRIVATE KEY",
        b"DSA PRIVATE KEY",
        b"EC PRIVATE KEY",
        b"PRIVATE KEY",
    ] {
        let _key = decode::PrivateKey::from_pem(label, false, bytes);
    }
    let _keys = (decode::PublicKey::from_ssh(bytes), decode::PublicKey::from_info(bytes));
    let accounts = decode::Accounts::parse(bytes, Some(bytes), bytes);
    let mut sudoers = decode::Sudoers::default();
    for line in decode::logical_lines(bytes) {
        sudoers.read(&line);
    }
    let _rights = sudoers.rights("web-1", &accounts);
    decode::Unit::default().read(bytes);
    let _status = decode::Status::parse(bytes);
    let mut logins = decode::Logins::default();
    logins.lastlog(bytes).unwrap();
    logins.wtmp(bytes).unwrap();
}

const SEEDS: &[&str] = &[
    "[default]\naws_access_key_id=AKIAEXAMPLE1\naws_secret_access_key=x\n",
    "{\"auths\":{\"r\":{\"auth\":\"Y2k6eA==\"}},\"users\":[{\"name\":\"a\",\"user\":{\"token\":\"\\u00e9\"}}],\"private_key\":\"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\"}",
    "machine h login l password p macdef m\n\ndefault password q",
    "export A_KEY=\"x\ny\" # c\nURL=a://u:p%41@h/p\n",
    "ada,%w ALL,!x=(a:b) NOPASSWD: /x, !/y : z = TIMEOUT=1 ALL\nUser_Alias A = B, !C\n#include /x\n",
    "root:x:0:0::/:/bin/sh\nroot:!$y$abcdefghijklm:19000:0:90:7:30:19365:\n",
    "users:\n- name: a\n  user:\n    token: \"x\"\n",
    "from=\"x\",expiry-time=\"20260101\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICjp7hquab/cOReCcn7JUtjxATjnPb4HIhBNprg8eC5G c\n",
    "*/5 * * * * root A=b /bin/x\n@daily ada y",
    "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 99999999999\nAAAA\n",
];

#[test]
fn seeds_cut_at_any_byte_never_panic() {
    for seed in SEEDS {
        for len in 0..=seed.len() {
            decode_all(&seed.as_bytes()[..len]);
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        decode_all(&bytes);
    }

    #[test]
    fn changed_seeds_never_panic(
        seed in proptest::sample::select(SEEDS),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = seed.as_bytes().to_vec();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        decode_all(&bytes);
    }
}
