use std::fs;
use std::path::Path;

use model::Fact;

use super::*;
use crate::source::Report;

/// Scans a root and gives back every report.
pub(super) async fn scan(root: &Path) -> Vec<Report> {
    let config = HostConfig {
        root: root.to_owned(),
        name: Some("web-1".to_owned()),
        ..HostConfig::default()
    };
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
pub(super) fn facts(reports: &[Report]) -> Vec<Fact> {
    let fact = |report: &Report| {
        if let Report::Saw(_, fact) = report { Some((**fact).clone()) } else { None }
    };
    reports.iter().filter_map(fact).collect()
}

pub(super) fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

const PASSWD: (&str, &str) =
    ("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n");

#[tokio::test]
async fn every_scope_of_a_readable_root_is_complete() {
    let root = root(&[PASSWD, ("proc/1/status", "Name:\tinit\nUid:\t0\t0\t0\t0\nVmSize:\t1 kB\n")]);
    let reports = scan(root.path()).await;
    let began = reports.iter().filter(|r| matches!(r, Report::Began(..))).count();
    let completed = reports.iter().filter(|r| matches!(r, Report::Completed(_))).count();
    assert_eq!(began, completed, "{reports:?}");
}

#[tokio::test]
async fn accounts_are_identities_of_the_host() {
    let root = root(&[PASSWD]);
    let ids: Vec<String> = facts(&scan(root.path()).await)
        .into_iter()
        .filter_map(|fact| if let Fact::Identity(it) = fact { Some(it.id.0) } else { None })
        .collect();
    assert_eq!(ids, ["host:web-1", "host:web-1/account/ada", "host:web-1/account/root"]);
}
