use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use model::{CredentialKind, Fact, Maker, Placement, Readers, ScopeId, Use};

use super::*;
use crate::source::Report;

mod hostile;
mod markers;

/// Scans a root and gives back every report.
async fn scan(root: &Path) -> Vec<Report> {
    scan_with(HostConfig { root: root.to_owned(), ..HostConfig::default() }).await
}

async fn scan_with(config: HostConfig) -> Vec<Report> {
    let config = HostConfig { name: Some("web-1".to_owned()), ..config };
    let key = Arc::new(FingerprintKey::from_bytes(&[7; 32]).unwrap());
    let now: Now = Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap());
    let host = Host::new(config, key, now);
    let (out, mut reports) = Emitter::new(model::ScanId(1));
    let told = async {
        let mut all = Vec::new();
        while let Some(report) = reports.recv().await {
            all.push(report);
        }
        all
    };
    let scanned = async {
        host.scan(&out).await.unwrap();
        drop(out);
    };
    tokio::join!(told, scanned).0
}

/// What was seen, in order.
fn facts(reports: &[Report]) -> Vec<Fact> {
    let fact = |report: &Report| {
        if let Report::Saw(_, fact) = report { Some((**fact).clone()) } else { None }
    };
    reports.iter().filter_map(fact).collect()
}

fn placements(reports: &[Report]) -> Vec<Placement> {
    let placement = |fact| if let Fact::Placement(it) = fact { Some(it) } else { None };
    facts(reports).into_iter().filter_map(placement).collect()
}

/// Why scopes were given up, each with the end of its name.
fn abandoned(reports: &[Report]) -> Vec<String> {
    let mut all = Vec::new();
    for report in reports {
        let Report::Abandoned(scan, reason) = report else { continue };
        let began = |report: &Report| match report {
            Report::Began(other, scope, _) if other == scan => Some(scope.clone()),
            Report::Began(..) | Report::Saw(..) | Report::Completed(_) | Report::Abandoned(..) => {
                None
            }
        };
        let scope = reports.iter().find_map(began).unwrap();
        all.push(format!("{}: {reason}", scope.as_str().trim_start_matches("host/web-1/")));
    }
    all
}

/// A root with a table of accounts, one process, and these files.
fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let always = [
        ("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n"),
        ("proc/1/status", "Name:\tinit\nUid:\t0\t0\t0\t0\nVmSize:\t1 kB\n"),
    ];
    for (path, text) in always.iter().chain(files) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICjp7hquab/cOReCcn7JUtjxATjnPb4HIhBNprg8eC5G";
const TOKEN: &str = "mU5xZq81vRk0TjW3eYb7Lp2N";

#[tokio::test]
async fn every_scope_of_a_readable_root_is_complete() {
    let root = root(&[]);
    let reports = scan(root.path()).await;
    let began = reports.iter().filter(|r| matches!(r, Report::Began(..))).count();
    let completed = reports.iter().filter(|r| matches!(r, Report::Completed(_))).count();
    assert_eq!((began, abandoned(&reports)), (completed, Vec::<String>::new()));
}

#[tokio::test]
async fn folders_among_the_tables_of_a_folder_are_passed_over() {
    let root = root(&[
        ("etc/sudoers", "@includedir /etc/sudoers.d\n"),
        ("etc/sudoers.d/old/ada", "ada ALL=(ALL) ALL\n"),
        ("etc/cron.d/old/backup", "0 1 * * * ada /usr/bin/backup\n"),
        ("var/spool/cron/crontabs/ada", "@daily /bin/poll\n"),
        ("etc/systemd/system/app.service/x", ""),
    ]);
    assert_eq!(abandoned(&scan(root.path()).await), Vec::<String>::new());
}

#[tokio::test]
async fn a_folder_in_place_of_a_table_is_no_empty_table() {
    let root = root(&[("etc/crontab/backup", "0 1 * * * ada /usr/bin/backup\n")]);
    let why = abandoned(&scan(root.path()).await);
    assert_eq!(why.len(), 1, "{why:?}");
    assert!(why[0].contains("`/etc/crontab`"), "{why:?}");
}

#[tokio::test]
async fn what_accounts_may_do_is_told_by_the_table_of_sudo() {
    let root = root(&[]);
    let mut told = Vec::new();
    for report in scan(root.path()).await {
        if let Report::Began(_, scope, rights) = report
            && !rights.is_empty()
        {
            told.push((scope, rights));
        }
    }
    let sudoers = ScopeId::from("host/web-1/table:sudoers");
    assert_eq!(told, [("host/web-1/table:passwd".into(), vec![sudoers])]);
}

#[tokio::test]
async fn accounts_are_identities_of_the_host() {
    let root = root(&[("etc/group", "ada:x:1000:\n")]);
    let ids: Vec<String> = facts(&scan(root.path()).await)
        .into_iter()
        .filter_map(|fact| if let Fact::Identity(it) = fact { Some(it.id.0) } else { None })
        .collect();
    assert_eq!(
        ids,
        ["host:web-1", "host:web-1/account/ada", "host:web-1/account/root", "host:web-1/group/ada"]
    );
}

#[tokio::test]
async fn a_root_without_accounts_is_no_root() {
    let root = tempfile::tempdir().unwrap();
    let why = abandoned(&scan(root.path()).await);
    assert!(
        why[0].starts_with("table:passwd: `/etc/passwd` could not be read (not there)"),
        "{why:?}"
    );
}

#[tokio::test]
async fn what_hangs_on_accounts_is_not_seen_to_its_end_without_them() {
    let root = root(&[("etc/sudoers", "ALL ALL=(ALL) NOPASSWD: ALL\n")]);
    fs::remove_file(root.path().join("etc/passwd")).unwrap();
    let why = abandoned(&scan(root.path()).await);
    for scope in ["table:sudoers: ", "table:system_homes: ", "files:/home: "] {
        assert!(why.iter().any(|it| it.starts_with(scope)), "{scope} is not in {why:?}");
    }
}

#[tokio::test]
async fn an_unchanged_root_gives_the_same_report() {
    let root = root(&[
        ("home/ada/.netrc", "machine x password y"),
        ("opt/b/.env", "A_KEY=x"),
        ("opt/a/.env", "A_KEY=x"),
    ]);
    assert_eq!(scan(root.path()).await, scan(root.path()).await);
}

#[tokio::test]
async fn a_key_of_an_account_is_its_credential() {
    let root = root(&[("home/ada/.ssh/authorized_keys", KEY), ("opt/.ssh/authorized_keys", KEY)]);
    let mut whom = Vec::new();
    for fact in facts(&scan(root.path()).await) {
        if let Fact::Credential(it) = fact {
            assert_eq!(it.kind, CredentialKind::KeyPair);
            whom.push(it.identity.map(|id| id.0));
        }
    }
    assert_eq!(whom, [Some("host:web-1/account/ada".to_owned()), None]);
}

#[tokio::test]
async fn a_host_key_is_the_machines() {
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let root = root(&[("etc/ssh/ssh_host_ecdsa_key", &pem), ("etc/ssh/other", &pem)]);
    let reports = scan(root.path()).await;
    let kinds: Vec<&str> = placements(&reports).iter().map(|it| it.kind.name()).collect();
    assert_eq!(kinds, ["private_key_file", "host_key_file"]);
    let is_machines = |fact: &Fact| matches!(fact, Fact::Credential(it) if it.identity.as_ref().is_some_and(|id| id.0 == "host:web-1"));
    assert!(facts(&reports).iter().any(is_machines));
}

#[tokio::test]
async fn a_file_that_many_may_read_behind_a_closed_door_is_read_by_few() {
    let root =
        root(&[("srv/a/.netrc", "machine x password y"), ("srv/b/.netrc", "machine x password y")]);
    let mode = |path: &str, mode| {
        fs::set_permissions(root.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("srv/a/.netrc", 0o644);
    mode("srv/a", 0o750);
    mode("srv/b/.netrc", 0o644);
    mode("srv/b", 0o755);
    let readers: Vec<Option<Readers>> =
        placements(&scan(root.path()).await).iter().map(|it| it.readers).collect();
    assert_eq!(readers, [Some(Readers::Group), Some(Readers::Everyone)]);
}

#[tokio::test]
async fn the_same_token_in_two_places_is_one_credential() {
    let root =
        root(&[("home/ada/.vault-token", TOKEN), ("opt/app/.env", &format!("A_TOKEN={TOKEN}"))]);
    let all = placements(&scan(root.path()).await);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].credential, all[1].credential);
    assert!(all[0].credential.as_str().starts_with("secret:"));
    assert_eq!(all[0].id.0, "host:web-1/file:/home/ada/.vault-token");
    assert_eq!(all[1].id.0, "host:web-1/file:/opt/app/.env#A_TOKEN");
}

#[tokio::test]
async fn a_guessable_secret_is_known_by_its_place() {
    let root = root(&[("home/ada/.vault-token", "hunter2")]);
    let all = placements(&scan(root.path()).await);
    assert_eq!(all[0].credential.0, "unread:host:web-1/file:/home/ada/.vault-token");
}

#[tokio::test]
async fn an_authority_that_came_with_the_system_is_told_apart_everywhere() {
    let pair = rcgen::KeyPair::generate().unwrap();
    let pem = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&pair).unwrap().pem();
    let other = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&other).unwrap().pem();
    let root = root(&[
        ("usr/share/ca-certificates/x.crt", &pem),
        ("opt/copy.pem", &format!("{pem}{own}")),
    ]);
    let makers: Vec<Maker> = facts(&scan(root.path()).await)
        .into_iter()
        .filter_map(|fact| if let Fact::Credential(it) = fact { Some(it.maker) } else { None })
        .collect();
    assert_eq!(makers, [Maker::System, Maker::Organisation, Maker::System]);
}

#[tokio::test]
async fn an_account_that_runs_something_was_not_never_used() {
    let root = root(&[
        ("var/log/lastlog", &"\0".repeat(600)),
        ("proc/2/status", "Name:\tapp\nUid:\t1000\t1000\t1000\t1000\nVmSize:\t1 kB\n"),
    ]);
    let used: Vec<(String, Use)> = facts(&scan(root.path()).await)
        .into_iter()
        .filter_map(
            |fact| if let Fact::Identity(it) = fact { Some((it.name, it.used)) } else { None },
        )
        .collect();
    assert!(used.contains(&("ada".to_owned(), Use::Unknown)), "{used:?}");
}

#[tokio::test]
async fn accounts_that_packages_make_are_the_systems() {
    let root = root(&[
        (
            "etc/passwd",
            "root:x:0:0::/root:/bin/sh\npostgres:x:112:112::/var/lib/postgresql:/bin/bash\nmyapp:x:998:998::/opt/myapp:/usr/sbin/nologin\n",
        ),
        (
            "var/lib/dpkg/info/postgresql-common.postinst",
            "adduser --system --home /var/lib/postgresql postgres\n",
        ),
    ]);
    let makers: Vec<(String, Maker)> = facts(&scan(root.path()).await)
        .into_iter()
        .filter_map(
            |fact| if let Fact::Identity(it) = fact { Some((it.name, it.maker)) } else { None },
        )
        .collect();
    let expected = [
        ("web-1", Maker::Organisation),
        ("myapp", Maker::Organisation),
        ("postgres", Maker::System),
        ("root", Maker::System),
    ];
    assert_eq!(makers, expected.map(|(name, maker)| (name.to_owned(), maker)));
}

#[tokio::test]
async fn units_jobs_and_processes_are_workloads() {
    let root = root(&[
        (
            "usr/lib/systemd/system/app.service",
            "[Service]\nUser=ada\nExecStart=/usr/bin/app --token=x\n",
        ),
        ("usr/lib/systemd/system/off.service", "[Service]\nExecStart=/usr/bin/off\n"),
        ("etc/systemd/system/app.service.d/x.conf", "[Service]\nUser=bob\n"),
        ("etc/cron.d/backup", "0 1 * * * ada /usr/bin/backup x\n"),
        ("var/spool/cron/crontabs/ada", "@daily /bin/poll\n"),
        ("etc/cron.daily/rotate", "#!/bin/sh\n"),
    ]);
    symlink("/dev/null", root.path().join("etc/systemd/system/off.service")).unwrap();
    symlink("app.service", root.path().join("usr/lib/systemd/system/alias.service")).unwrap();
    let all: Vec<String> = facts(&scan(root.path()).await)
        .into_iter()
        .filter_map(|fact| {
            if let Fact::Workload(it) = fact {
                Some(format!("{} {}", it.id, it.identity))
            } else {
                None
            }
        })
        .collect();
    let expected = [
        "process/root/init account/root",
        "unit/app.service account/bob",
        "cron/etc/cron.d/backup#/usr/bin/backup account/ada",
        "cron/etc/cron.daily/rotate account/root",
        "cron/var/spool/cron/crontabs/ada#/bin/poll account/ada",
    ];
    let expected = expected.map(|line| format!("host:web-1/{}", line.replace(' ', " host:web-1/")));
    assert_eq!(all, expected);
}

#[tokio::test]
async fn sudo_rights_are_policies_of_account_and_group() {
    let root = root(&[
        ("etc/sudoers", "ada ALL=(ALL) NOPASSWD: ALL\n@includedir /etc/sudoers.d\n"),
        ("etc/sudoers.d/ops", "%ops ALL=/bin/x\n"),
        ("etc/sudoers.d/ignored~", "%bad ALL=ALL\n"),
    ]);
    let all: Vec<String> = facts(&scan(root.path()).await)
        .into_iter()
        .filter_map(|fact| {
            if let Fact::Policy(it) = fact {
                Some(format!("{} {}", it.id, it.document))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        all,
        [
            "host:web-1/superuser uid 0",
            "host:web-1/sudoers/account/ada ada ALL=(ALL) NOPASSWD: ALL",
            "host:web-1/sudoers/group/ops %ops ALL=(root) /bin/x",
        ]
    );
}
