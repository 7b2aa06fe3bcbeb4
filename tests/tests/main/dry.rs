//! Scans of an account without a collector, as `muster-agent scan --dry-run` tells them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use tests::binaries;

/// What one scan came to.
#[derive(Debug)]
pub(crate) struct Dry {
    /// The exit code.
    pub(crate) code: i32,
    /// What it said on standard output and on standard error.
    pub(crate) said: [String; 2],
    /// The facts of each scope that was seen to its end.
    pub(crate) facts: BTreeMap<String, BTreeSet<String>>,
    /// Why each of the others was not.
    pub(crate) gaps: BTreeMap<String, String>,
}

/// Where an account listens, and the key to ask it with: its id and its secret.
pub(crate) type Asked<'a> = (&'a str, (&'a str, &'a str));

/// Scans with the source that `setting` describes. With an `endpoint` the account is the one there,
/// asked with a key, its id and its secret.
pub(crate) fn scan(
    home: &Path,
    setting: &str,
    endpoint: Option<Asked<'_>>,
    arguments: &[&str],
) -> Dry {
    let config = home.join("agent.toml");
    let text = format!(
        "[agent]\nstate_dir = \"{}\"\n\n[[source]]\nkind = \"aws_iam\"\n{setting}",
        home.join("state").display()
    );
    fs::write(&config, text).unwrap();
    let mut command = binaries::command("muster-agent", home).unwrap();
    command.args(["scan", "aws_iam", "--dry-run", "--config"]).arg(&config).args(arguments);
    if let Some((endpoint, (id, secret))) = endpoint {
        command
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret);
    }
    let told = binaries::run(&mut command).unwrap();
    let mut names = BTreeMap::new();
    let (mut facts, mut gaps) = (BTreeMap::new(), BTreeMap::new());
    for line in told.stdout.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let scan = entry["scan"].to_string();
        match entry["entry"].as_str().unwrap() {
            "began" => {
                let scope = entry["scope"].as_str().unwrap().to_owned();
                names.insert(scan, scope.clone());
                facts.insert(scope, BTreeSet::new());
            }
            "saw" => {
                facts.get_mut(&names[&scan]).unwrap().insert(entry["fact"].to_string());
            }
            "abandoned" => {
                facts.remove(&names[&scan]);
                let reason = entry["reason"].as_str().unwrap().to_owned();
                gaps.insert(names[&scan].clone(), reason);
            }
            _ => {}
        }
    }
    Dry { code: told.code, said: [told.stdout, told.stderr], facts, gaps }
}
