//! Planted secrets, one in each kind of place that is looked into: no part of them, plain or encoded,
//! leaves the host or is kept by the product, and yet every place is told of.

mod leak;

use std::fs;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;
use tests::binaries;
use tests::line::{Agent, Line};
use tests::process::free_port;
use tests::servers::Moto;
use tests::wire::{Way, WireTap};

use crate::estate::{ACCOUNT_SOURCE, account, claims, host, host_source, write};
use leak::Leaks;

/// Every kind of place, with `MARKER` where the secret is and `BASE64` where `ci:MARKER` is encoded.
const PLACES: &[(&str, &str)] = &[
    (
        "home/ada/.aws/credentials",
        "[default]\naws_access_key_id=AKIAEXAMPLE000000001\naws_secret_access_key=MARKER\n\
         aws_session_token=MARKER\n",
    ),
    ("home/ada/.aws/config", "[profile x]\naws_secret_access_key=MARKER\n"),
    (
        "home/ada/.aws/sso/cache/0a.json",
        r#"{"accessToken":"MARKER","refreshToken":"MARKER","expiresAt":"2027-01-01T00:00:00Z"}"#,
    ),
    (
        "home/ada/.azure/accessTokens.json",
        r#"[{"accessToken":"MARKER","refreshToken":"MARKER","userId":"x"}]"#,
    ),
    ("home/ada/.azure/msal_token_cache.json", r#"{"RefreshToken":{"MARKER":{"secret":"MARKER"}}}"#),
    (
        "home/ada/.azure/service_principal_entries.json",
        r#"[{"client_id":"x","client_secret":"MARKER"}]"#,
    ),
    (
        "home/ada/.config/gcloud/application_default_credentials.json",
        r#"{"refresh_token":"MARKER","client_secret":"MARKER"}"#,
    ),
    (
        "home/ada/.kube/config",
        "users:\n- name: a\n  user:\n    token: MARKER\n    password: MARKER\n",
    ),
    ("etc/kubernetes/admin.conf", "users: [{name: a, user: {token: MARKER}}]\n"),
    (
        "home/ada/.docker/config.json",
        r#"{"auths":{"r.example.org":{"auth":"BASE64","identitytoken":"MARKER"}}}"#,
    ),
    ("home/ada/.netrc", "machine h login l password MARKER\nmacdef x\nMARKER\n\n"),
    ("home/ada/.npmrc", "//r.example.org/:_authToken=MARKER\n//r.example.org/:_auth=BASE64\n"),
    ("home/ada/.pypirc", "[pypi]\nusername = ci\npassword = MARKER\n"),
    (
        "home/ada/.git-credentials",
        "https://ci:MARKER@git.example.org\nhttps://MARKER@git.example.org\n",
    ),
    ("home/ada/.vault-token", "MARKER"),
    (
        "home/ada/.ssh/authorized_keys",
        "command=\"/bin/x --token MARKER\" ssh-ed25519 \
         AAAAC3NzaC1lZDI1NTE5AAAAICjp7hquab/cOReCcn7JUtjxATjnPb4HIhBNprg8eC5G MARKER\n",
    ),
    ("opt/app/.env", "A_TOKEN=MARKER\nB_PASSWORD='MARKER'\nU=postgres://ci:MARKER@db/x\n"),
    ("opt/app/key.pem", "-----BEGIN RSA PRIVATE KEY-----\nMARKER\n-----END RSA PRIVATE KEY-----\n"),
    (
        "opt/app/locked.pem",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: MARKER\n\nMARKER\n\
         -----END RSA PRIVATE KEY-----\n",
    ),
    (
        "opt/app/account.json",
        r#"{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\nMARKER\n-----END PRIVATE KEY-----","private_key_id":"MARKER","client_email":"ci@example.org"}"#,
    ),
    ("etc/crontab", "API_KEY=MARKER\n0 1 * * * ada T=MARKER /bin/x MARKER\n"),
    ("var/spool/cron/crontabs/ada", "B_TOKEN = \"MARKER\"\n@daily X_TOKEN='MARKER' /bin/x\n"),
    (
        "etc/systemd/system/a.service",
        "[Service]\nUser=ada\nEnvironment=T=MARKER \"A_TOKEN=MARKER\" \\\n  B_SECRET='MARKER'\n\
         ExecStart=/bin/x --token MARKER\n",
    ),
    ("etc/systemd/system/a.service.d/b.conf", "[Service]\nEnvironment=C_PASSWORD=MARKER\n"),
];

/// Places that are read as tables, or must not be read: nothing tells of them as a place.
const TABLES: &[(&str, &str)] = &[
    ("etc/shadow", "ada:$y$j9T$MARKER:19000:0:90:7:::\n"),
    ("etc/sudoers", "ada ALL=(ALL) /bin/mysql -pMARKER, /bin/x --key MARKER # MARKER\n"),
    ("proc/7/status", "Name:\tworker\nUid:\t1000\t1000\t1000\t1000\nVmSize:\t1 kB\n"),
    ("proc/7/cmdline", "worker\0--token\0MARKER\0"),
    ("proc/7/environ", "TOKEN=MARKER\0"),
];

/// A host with a secret of its own in every place, and a real private key.
fn planted() -> (TempDir, Leaks) {
    let root = host(&[]);
    let mut leaks = Leaks::default();
    for (number, (path, text)) in PLACES.iter().chain(TABLES).enumerate() {
        let marker = format!("mU5x{number:02}Zq81vRk0TjW3eYb7Lp2NcHd");
        write(root.path(), path, &leak::planted(text, &marker));
        leaks.watch(path, marker.as_bytes());
    }
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    write(root.path(), "home/ada/.ssh/id_ecdsa", &pem);
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    // Only what is private of it: the public half follows, and may be told in other forms.
    leaks.watch("home/ada/.ssh/id_ecdsa", &body.as_bytes()[48..92]);
    (root, leaks)
}

/// An agent at that host whose collector is not there, after its scan: all it saw is in its spool.
fn with_a_full_spool(root: &Path) -> (Line, Agent, String) {
    let line = Line::start("").unwrap();
    let agent = line.enrol("web-1", &["host/web-1/*"], &host_source(root, "web-1")).unwrap();
    let nobody = format!("127.0.0.1:{}", free_port().unwrap());
    let mut command = agent.command(&["scan", "host", "--config"]).unwrap();
    command.arg(agent.config()).args(["--collector", &nobody]).env("MUSTER_LOG", "trace");
    let told = binaries::run(&mut command).unwrap();
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stderr.contains(" TRACE "), "it logs all that it can: {}", told.stderr);
    (line, agent, format!("{}{}", told.stdout, told.stderr))
}

#[test]
fn the_search_for_a_secret_finds_it_in_every_form() {
    let mut leaks = Leaks::default();
    leaks.watch("a", b"mU5x00Zq81vRk0TjW3eYb7Lp2NcHd");
    for text in [
        "x mU5x00Zq81vRk0TjW3eYb7Lp2NcHd x",
        "x only a part: Zq81vRk0TjW3eYb7 x",
        // As `printf mU5x00Zq81vRk0TjW3eYb7Lp2NcHd | base64` and `| xxd -p` have it.
        "x bVU1eDAwWnE4MXZSazBUalczZVliN0xwMk5jSGQ= x",
        "x 6d553578 x 6d55357830305a713831 x",
    ] {
        assert!(leaks.find("text", text.as_bytes()).is_some(), "{text}");
    }
    assert_eq!(leaks.find("text", b"Zq81vRk0 and Yb7Lp2N alone are too short to tell"), None);
}

#[test]
fn no_secret_is_in_what_an_agent_keeps_and_every_place_is() {
    let (root, leaks) = planted();
    let (_line, agent, log) = with_a_full_spool(root.path());
    let kept = leak::folder(&agent.state_dir);
    for (path, _) in PLACES {
        assert!(leak::contains(&kept, path.as_bytes()), "`{path}` is not in the spool");
    }
    assert_eq!(leaks.find("state of the agent", &kept), None);
    assert_eq!(leaks.find("log of the agent", log.as_bytes()), None);
}

#[test]
fn a_secret_that_a_unit_or_a_crontab_sets_is_exposed_there() {
    let (root, _leaks) = planted();
    let line = Line::start("").unwrap();
    let agent = line.enrol("web-1", &["host/web-1/*"], &host_source(root.path(), "web-1")).unwrap();
    assert_eq!(agent.scan("host", &[]).unwrap().code, 0);
    let exposed = claims(&line, "exposed.plaintext");
    for place in [
        "/etc/systemd/system/a.service#A_TOKEN",
        "/etc/systemd/system/a.service#B_SECRET",
        "/etc/systemd/system/a.service.d/b.conf#C_PASSWORD",
        "/etc/crontab#API_KEY",
        "/var/spool/cron/crontabs/ada#B_TOKEN",
        "/var/spool/cron/crontabs/ada#X_TOKEN",
    ] {
        assert!(exposed.contains(&format!("host:web-1/file:{place}")), "{place}: {exposed:#?}");
    }
}

#[test]
fn no_secret_is_in_a_dry_run_and_every_place_is() {
    let (root, leaks) = planted();
    let (_line, agent, _) = with_a_full_spool(root.path());
    let mut command = agent.command(&["scan", "host", "--dry-run", "--config"]).unwrap();
    let told = binaries::run(command.arg(agent.config()).env("MUSTER_LOG", "trace")).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    for (path, _) in PLACES {
        assert!(told.stdout.contains(path), "`{path}` is not told");
    }
    assert_eq!(leaks.find("dry run", told.stdout.as_bytes()), None);
    assert_eq!(leaks.find("log of the dry run", told.stderr.as_bytes()), None);
}

#[test]
fn no_secret_is_on_the_wire_in_the_store_or_in_any_answer_and_every_place_is() {
    let (root, leaks) = planted();
    let mut line = Line::start("").unwrap();
    let tap = WireTap::to(line.address()).unwrap();
    let source = host_source(root.path(), "web-1");
    let agent = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();
    let mut command = agent.command(&["scan", "host", "--config"]).unwrap();
    command.arg(agent.config()).args(["--collector", &tap.address().to_string()]);
    let told = binaries::run(command.env("MUSTER_LOG", "trace")).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    line.judged().unwrap();

    let places = line.json(&["identities", "list"]).unwrap().to_string();
    for (path, _) in PLACES {
        assert!(places.contains(path), "`{path}` is not told");
    }
    assert_eq!(leaks.find("log of the agent", told.stderr.as_bytes()), None);
    assert_eq!(leaks.find("wire", &tap.recorded(Way::Up)), None);
    assert_eq!(leaks.find("wire", &tap.recorded(Way::Down)), None);
    nothing_is_told(&line, &leaks);
    let log = line.collector().unwrap().log();
    assert_eq!(leaks.find("log of the collector", log.as_bytes()), None);
    line.stop().unwrap();
    assert_eq!(leaks.find("data of the collector", &leak::folder(&line.data_dir())), None);
    let export = line.folder().join("export");
    line.collector_told(&["export", export.to_str().unwrap()]).unwrap();
    assert_eq!(leaks.find("export", &fs::read(export).unwrap()), None);
}

#[test]
#[ignore = "needs moto"]
fn no_secret_of_an_account_is_kept_or_told_and_its_stores_are() {
    let mut leaks = Leaks::default();
    let marker = |leaks: &mut Leaks, number: usize, place: &str| {
        let marker = format!("mU5x{number:02}Zq81vRk0TjW3eYb7Lp2NcHd");
        leaks.watch(place, marker.as_bytes());
        marker
    };
    let moto = Moto::start(&json!({
        "users": [{ "name": "ci", "keys": [
            { "id": "AKIAEXAMPLE000000001", "secret": marker(&mut leaks, 0, "access key") },
        ]}],
        "calls": [
            { "service": "secretsmanager", "call": "create_secret", "arguments": {
                "Name": "db-login", "SecretString": marker(&mut leaks, 1, "secret") }},
            { "service": "ssm", "call": "put_parameter", "arguments": {
                "Name": "/app/login", "Type": "SecureString",
                "Value": marker(&mut leaks, 2, "parameter") }},
        ],
    }));
    let moto = moto.unwrap();
    let mut line = Line::start("").unwrap();
    let agent = line.enrol("cloud", &["aws_iam/*"], ACCOUNT_SOURCE).unwrap();
    let proxy = moto.behind_proxy().unwrap();
    let own = marker(&mut leaks, 3, "the agent's own key");
    let mut environment = account_with(&proxy.endpoint(), &own);
    environment.push(("MUSTER_LOG".to_owned(), "trace".to_owned()));
    let pairs: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let told = agent.scan("aws_iam", &pairs).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    line.judged().unwrap();
    let all = line.json(&["identities", "list"]).unwrap().to_string();
    for name in ["AKIAEXAMPLE000000001", "db-login", "/app/login"] {
        assert!(all.contains(name), "`{name}` is not told");
    }
    assert_eq!(leaks.find("log of the agent", told.stderr.as_bytes()), None);
    assert_eq!(leaks.find("state of the agent", &leak::folder(&agent.state_dir)), None);
    nothing_is_told(&line, &leaks);
    line.stop().unwrap();
    assert_eq!(leaks.find("data of the collector", &leak::folder(&line.data_dir())), None);
}

fn account_with(endpoint: &str, secret: &str) -> Vec<(String, String)> {
    let own = |(name, value): (&str, &str)| {
        let value = if name == "AWS_SECRET_ACCESS_KEY" { secret } else { value };
        (name.to_owned(), value.to_owned())
    };
    account(endpoint).into_iter().map(own).collect()
}

/// Asks for everything in every format.
fn nothing_is_told(line: &Line, leaks: &Leaks) {
    let questions: [&[&str]; 5] =
        [&["feed"], &["findings", "list"], &["identities", "list"], &["coverage"], &["doctor"]];
    for question in questions {
        for format in ["table", "json", "ndjson", "csv"] {
            let told = line.muster(&[question, &["--format", format][..]].concat()).unwrap();
            assert!(!told.stdout.is_empty(), "{question:?} {format}: {}", told.stderr);
            let from = format!("{question:?} as {format}");
            assert_eq!(leaks.find(&from, told.stdout.as_bytes()), None);
            assert_eq!(leaks.find(&from, told.stderr.as_bytes()), None);
        }
    }
}
