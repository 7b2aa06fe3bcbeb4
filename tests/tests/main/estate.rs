//! A small made-up estate that several areas look at: a host in a folder, an account in moto, and
//! what the operator is told about them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;
use tests::line::Line;

/// A host with one account for a person and one running program, and these files.
pub(crate) fn host(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/bash\n",
    );
    write(root.path(), "proc/1/status", "Name:\tinit\nUid:\t0\t0\t0\t0\nVmSize:\t1 kB\n");
    for (path, text) in files {
        write(root.path(), path, text);
    }
    root
}

/// Puts a file there, with the folders above it.
pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Dates a file of the host to the first of January 2024.
pub(crate) fn make_old(root: &Path, path: &str) {
    let then = UNIX_EPOCH.checked_add(Duration::from_hours(24 * 19_723)).unwrap();
    fs::File::options().write(true).open(root.join(path)).unwrap().set_modified(then).unwrap();
}

/// The configuration of a source that looks at that root.
pub(crate) fn host_source(root: &Path, name: &str) -> String {
    format!("[[source]]\nkind = \"host\"\nroot = \"{}\"\nname = \"{name}\"\n", root.display())
}

/// The configuration of a source that looks at the account of the environment.
pub(crate) const ACCOUNT_SOURCE: &str = "[[source]]\nkind = \"aws_iam\"\n";

/// What leads an agent to the account behind `endpoint`.
pub(crate) fn account(endpoint: &str) -> [(&str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE000000000"),
        ("AWS_SECRET_ACCESS_KEY", "made-up"),
    ]
}

/// Of what `rule` is claimed once all is judged: credentials, else placements, else identities.
pub(crate) fn claims(line: &Line, rule: &str) -> BTreeSet<String> {
    line.judged().unwrap();
    let findings = line.json(&["findings", "list", "--rule", rule]).unwrap();
    let about = |finding: &Value| {
        let texts = [&finding["credential"], &finding["placement"], &finding["identity"]["id"]];
        texts.into_iter().find_map(Value::as_str).unwrap().to_owned()
    };
    findings.as_array().unwrap().iter().map(about).collect()
}

/// Those texts as a set.
pub(crate) fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
