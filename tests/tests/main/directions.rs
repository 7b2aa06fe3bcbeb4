//! Who may depend on whom, as drawn in ARCHITECTURE.md: held by what cargo says of the packages, and
//! by what the sources name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each package of ours, with those of ours that it may name.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("proto", &["model"]),
    ("analysis", &["model"]),
    ("agent", &["model", "proto"]),
    ("collector", &["analysis", "model", "proto"]),
    ("cli", &["agent", "analysis", "collector", "model", "proto"]),
    ("tests", &["agent", "analysis", "cli", "collector", "model", "proto"]),
    ("xtask", &[]),
];

/// A crate of others, and the packages of ours that may name it. `tests` may measure a bare store.
const FOREIGN: &[(&str, &[&str])] = &[
    ("sled", &["collector", "tests"]),
    ("aws-sdk-iam", &["agent"]),
    ("aws-sdk-sts", &["agent"]),
    ("aws-config", &["agent"]),
    ("protox", &["xtask"]),
    ("tonic-prost-build", &["xtask"]),
];

/// What pure packages must not reach, however far away.
const IMPURE: &[&str] = &["tokio", "tonic", "hyper", "sled", "rustls", "async-trait", "tracing"];

/// The files that may name generated types.
const GENERATED: &[&str] = &[
    "proto/src",
    // The gRPC adapters: sessions, enrolment, queries.
    "agent/src/batch",
    "agent/src/uplink",
    "agent/src/enrol",
    "agent/src/session",
    "collector/src/enrol",
    "collector/src/ingest",
    "collector/src/query",
    "collector/src/api",
    "collector/src/run",
    "collector/src/session",
    // All of it is a client of the collector's API.
    "cli/src",
    // What is at rest is a message too.
    "agent/src/spool",
    "collector/src/store",
    "tests/",
];

/// A word in the sources, and the files (by the start of their path) that may hold it.
const WORDS: &[(&str, &[&str])] = &[
    ("sled::", &["collector/src/store/sled", "tests/src/bench"]),
    ("aws_sdk_", &["agent/src/source/aws"]),
    ("aws_config::", &["agent/src/source/aws"]),
    ("v1::", GENERATED),
    ("proto::v1", GENERATED),
];

#[test]
fn dependency_directions_hold() {
    let graph = Graph::read();
    for (package, allowed) in DIRECTIONS {
        let ours = DIRECTIONS.iter().map(|(name, _)| *name);
        let named: BTreeSet<&str> = ours.filter(|other| graph.names(package, other)).collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let wrong: Vec<&&str> = named.difference(&allowed).collect();
        assert!(wrong.is_empty(), "`{package}` must not depend on {wrong:?}");
    }
}

#[test]
fn every_package_of_the_workspace_has_its_directions() {
    let drawn: BTreeSet<String> = DIRECTIONS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(Graph::read().ours, drawn);
}

#[test]
fn stores_and_clouds_are_named_by_their_own_package_alone() {
    let graph = Graph::read();
    for (foreign, allowed) in FOREIGN {
        for (package, _) in DIRECTIONS {
            let is_fine = allowed.contains(package) || !graph.names(package, foreign);
            assert!(is_fine, "`{package}` must not depend on `{foreign}`");
        }
    }
}

#[test]
fn model_and_analysis_reach_no_runtime_however_far() {
    let graph = Graph::read();
    for package in ["model", "analysis"] {
        let reached = graph.reached(package);
        for impure in IMPURE {
            assert!(!reached.contains(*impure), "`{package}` reaches `{impure}`");
        }
    }
}

#[test]
fn stores_clouds_and_generated_types_are_named_in_their_own_files_alone() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        for (word, allowed) in WORDS {
            let is_allowed = allowed.iter().any(|start| name.starts_with(start));
            if !is_allowed && is_named(&text, word) && !name.ends_with("main/directions.rs") {
                wrong.push(format!("{name} names `{word}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_longer_word_is_not_taken_for_the_word() {
    assert!(is_named("let x: v1::Batch", "v1::"));
    assert!(!is_named("use crate::store::sled::SledStore", "sled::"));
    assert!(!is_named("use hmac_v1::Digest;\n// v1::Batch is told here", "v1::"));
}

/// Whether `word` stands in the code, not in a comment and not as the end of a longer word or path.
fn is_named(text: &str, word: &str) -> bool {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|letter| letter.is_alphanumeric() || "_:".contains(letter))
        })
    })
}

/// Each Rust file of the workspace by its name from the root, generated code excepted.
fn sources() -> BTreeMap<String, String> {
    let root = root();
    let mut folders: Vec<PathBuf> =
        DIRECTIONS.iter().map(|(package, _)| root.join(package)).collect();
    let mut sources = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_built = path.ends_with("target") || path.ends_with("src/gen");
            if path.is_dir() && !is_built {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                sources.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    sources
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// What cargo says of the packages, tests' own dependencies excepted.
struct Graph {
    ours: BTreeSet<String>,
    /// Package id to the ids of what it is built from.
    edges: BTreeMap<String, Vec<String>>,
    names: BTreeMap<String, String>,
}

impl Graph {
    fn read() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let arguments = ["metadata", "--offline", "--locked", "--format-version", "1"];
        let output =
            Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();

        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let packages = metadata["packages"].as_array().unwrap();
        let names: BTreeMap<String, String> =
            packages.iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let members = metadata["workspace_members"].as_array().unwrap();
        let ours = members.iter().map(|id| names[&text(id)].clone()).collect();
        let mut edges = BTreeMap::new();
        for node in metadata["resolve"]["nodes"].as_array().unwrap() {
            let needed = node["deps"].as_array().unwrap().iter().filter(|needed| {
                let kinds = needed["dep_kinds"].as_array().unwrap();
                kinds.iter().any(|kind| kind["kind"] != "dev")
            });
            edges.insert(text(&node["id"]), needed.map(|needed| text(&needed["pkg"])).collect());
        }
        Self { ours, edges, names }
    }

    /// Whether `package` of ours is built from `other` directly.
    fn names(&self, package: &str, other: &str) -> bool {
        self.edges[self.id(package)].iter().any(|id| self.names[id] == other)
    }

    /// Everything that `package` of ours is built from, directly or not.
    fn reached(&self, package: &str) -> BTreeSet<String> {
        let mut waiting = vec![self.id(package).to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            if seen.insert(id.clone()) {
                waiting.extend(self.edges[&id].iter().cloned());
            }
        }
        seen.iter().map(|id| self.names[id].clone()).collect()
    }

    /// The id of a package of ours; another crate may bear the same name.
    fn id(&self, package: &str) -> &str {
        let is_it = |id: &&String| self.names[*id] == package && id.contains("path+file");
        self.names.keys().find(is_it).expect("a package of the workspace")
    }
}
