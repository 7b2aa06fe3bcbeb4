//! `muster audit`: the line once, as a consultant or a pipeline runs it, with nothing kept.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proto::testing::assert_valid;
use serde_json::Value;
use tempfile::TempDir;
use tests::binaries::{self, Told};

use crate::estate::{host, host_source, make_old};

/// A host with an old token in the clear, and a folder for files of settings.
fn old_token() -> (TempDir, TempDir) {
    let root = host(&[("opt/app/.env", "API_TOKEN=mU5xZq81vRk0TjW3eYb7Lp2N\n")]);
    make_old(root.path(), "opt/app/.env");
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("agent.toml"), host_source(root.path(), "web-1")).unwrap();
    (root, home)
}

fn audit(home: &Path, arguments: &[&str]) -> Told {
    let mut all = vec!["audit", "--format", "json"];
    all.extend(arguments);
    binaries::muster(home, &all).unwrap()
}

fn document(told: &Told) -> Value {
    assert!(matches!(told.code, 0 | 10), "{}", told.stderr);
    serde_json::from_str(&told.stdout).unwrap()
}

fn rules(document: &Value) -> BTreeSet<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn tells_the_inventory_and_the_findings_in_one_document() {
    let (_root, home) = old_token();
    let document = document(&audit(home.path(), &["--sources", "agent.toml"]));
    assert_valid(&document, "report.json");
    let identities = document["identities"].as_array().unwrap();
    let ids: BTreeSet<&str> = identities.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert!(ids.contains("host:web-1/account/ada"), "{ids:?}");
    let is_placed = |it: &&Value| !it["placements"].as_array().unwrap().is_empty();
    let placed = identities.iter().find(is_placed).expect("the token lies somewhere");
    assert!(placed["placements"].to_string().contains("/opt/app/.env"), "{placed:#}");
    assert!(!placed["findings"].as_array().unwrap().is_empty());
}

#[test]
fn looks_as_the_file_says_and_only_where_it_is_asked_to() {
    let (_root, home) = old_token();
    let named = document(&audit(home.path(), &["host", "--sources", "agent.toml"]));
    let coverage = named["coverage"].as_array().unwrap();
    assert!(coverage.iter().any(|it| it["scope"] == "host/web-1/table:passwd"), "{coverage:#?}");
    assert!(coverage.iter().all(|it| it["source"] == "host"), "{coverage:#?}");
}

#[test]
fn says_unknown_of_accounts_whose_rights_could_not_be_read() {
    let (root, home) = old_token();
    let unknown = |document: &Value| -> Vec<String> {
        let all = document["unknown"].as_array().unwrap();
        let of_rule = all.iter().filter(|it| it["rule"] == "privilege.administrator");
        of_rule.map(ToString::to_string).collect()
    };
    let read = document(&audit(home.path(), &["--sources", "agent.toml"]));
    assert_eq!(unknown(&read), Vec::<String>::new());
    // Nobody can read a folder as a file, whoever they are.
    let sudoers = root.path().join("etc/sudoers");
    if sudoers.exists() {
        fs::remove_file(&sudoers).unwrap();
    }
    fs::create_dir(&sudoers).unwrap();
    let unread = document(&audit(home.path(), &["--sources", "agent.toml"]));
    let told = unknown(&unread);
    // The superuser may do everything whatever the table says; ada is the other account.
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`host/web-1/table:sudoers`, which tells of its rights"), "{told:?}");
    assert!(told[0].contains("\"count\":1"), "{told:?}");
}

#[test]
fn judges_by_the_limits_of_a_collectors_file() {
    let (_root, home) = old_token();
    let strict = document(&audit(home.path(), &["--sources", "agent.toml"]));
    assert!(rules(&strict).contains("long_lived.age"), "{:?}", rules(&strict));
    let policy = "listen = \"127.0.0.1:1\"\n[policy]\ntoken_age_max = \"36500d\"\n";
    fs::write(home.path().join("collector.toml"), policy).unwrap();
    let arguments = ["--sources", "agent.toml", "--policy", "collector.toml"];
    let lenient = document(&audit(home.path(), &arguments));
    assert!(!rules(&lenient).contains("long_lived.age"), "{:?}", rules(&lenient));
}

#[test]
fn ends_with_10_if_something_is_as_severe_as_the_limit_and_with_0_else() {
    let (_root, home) = old_token();
    let found = audit(home.path(), &["--sources", "agent.toml", "--fail-on", "info"]);
    assert_eq!(found.code, 10, "{}", found.stderr);
    let off = "[policy]\noff = true\n";
    fs::write(home.path().join("policy.toml"), off).unwrap();
    let arguments = ["--sources", "agent.toml", "--policy", "policy.toml", "--fail-on", "info"];
    let quiet = audit(home.path(), &arguments);
    assert_eq!(quiet.code, 0, "{} {}", quiet.stdout, quiet.stderr);
}

#[test]
fn every_mistake_in_its_files_is_told_with_its_key() {
    let (_root, home) = old_token();
    fs::write(home.path().join("policy.toml"), "[policy]\ndormant = 1\noff = 3\n").unwrap();
    let policy = audit(home.path(), &["host", "--policy", "policy.toml"]);
    assert_eq!((policy.code, policy.stdout.as_str()), (1, ""));
    for part in ["policy.toml", "policy.dormant", "policy.off", "hint:"] {
        assert!(policy.stderr.contains(part), "{part}: {}", policy.stderr);
    }
    fs::write(home.path().join("bad.toml"), "[[source]]\nkind = \"host\"\nrooot = \"/\"\n")
        .unwrap();
    let sources = audit(home.path(), &["--sources", "bad.toml"]);
    assert_eq!((sources.code, sources.stdout.as_str()), (1, ""));
    for part in ["bad.toml", "source[0]", "rooot", "hint:"] {
        assert!(sources.stderr.contains(part), "{part}: {}", sources.stderr);
    }
}

/// What the provider's command line prints of an account with one user, who may do everything.
const PRINTED: &str = r#"{
    "UserDetailList": [{
        "Path": "/", "UserName": "ada", "UserId": "AIDAEXAMPLE1",
        "Arn": "arn:aws:iam::123456789012:user/ada", "CreateDate": "2024-01-01T00:00:00+00:00",
        "GroupList": [], "AttachedManagedPolicies": [
            {"PolicyName": "all", "PolicyArn": "arn:aws:iam::123456789012:policy/all"}
        ]
    }],
    "GroupDetailList": [], "RoleDetailList": [],
    "Policies": [{
        "PolicyName": "all", "Arn": "arn:aws:iam::123456789012:policy/all", "Path": "/",
        "DefaultVersionId": "v1", "PolicyVersionList": [{
            "VersionId": "v1", "IsDefaultVersion": true,
            "Document": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        }]
    }]
}"#;

#[test]
fn reads_what_the_providers_command_line_printed_and_asks_nobody() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("prints")).unwrap();
    fs::write(home.path().join("prints/details.json"), PRINTED).unwrap();
    let document = document(&audit(home.path(), &["aws_iam", "--from", "prints"]));
    assert_valid(&document, "report.json");
    let findings = document["findings"].as_array().unwrap();
    let found = findings.iter().find(|it| it["rule"] == "privilege.administrator");
    let found = found.expect("the user may do everything").to_string();
    assert!(found.contains("arn:aws:iam::123456789012:user/ada"), "{found}");
    assert!(found.contains("arn:aws:iam::123456789012:policy/all"), "{found}");
    let coverage = document["coverage"].as_array().unwrap();
    let scope = "aws_iam/123456789012/aws-global/iam:GetCredentialReport";
    let gap = coverage.iter().find(|it| it["scope"] == scope).expect("a gap").to_string();
    assert!(gap.contains("no file holds what `aws iam get-credential-report` prints"), "{gap}");
}

#[test]
fn a_broken_print_is_told_by_its_name_and_leaves_rights_unknown() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("prints")).unwrap();
    let cut = &PRINTED[..PRINTED.len() - 2];
    fs::write(home.path().join("prints/123456789012.json"), cut).unwrap();
    fs::write(home.path().join("prints/who.json"), CALLER).unwrap();
    let told = audit(home.path(), &["aws_iam", "--from", "prints"]);
    assert!(told.stderr.contains("123456789012.json"), "{}", told.stderr);
    let document = document(&told);
    assert!(
        document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| { it["rule"] != "privilege.administrator" })
    );
    let coverage = document["coverage"].to_string();
    assert!(coverage.contains("`123456789012.json`: it cannot be understood"), "{coverage}");
}

const CALLER: &str = r#"{"UserId": "AIDAEXAMPLE2", "Account": "123456789012",
    "Arn": "arn:aws:iam::123456789012:user/muster"}"#;

#[test]
fn only_one_source_can_read_what_was_printed() {
    let (_root, home) = old_token();
    for arguments in [
        &["host", "--from", "x"][..],
        &["host", "aws_iam", "--from", "x"],
        &["--sources", "agent.toml", "--from", "x"],
    ] {
        let told = audit(home.path(), arguments);
        assert_eq!(told.code, 2, "{}", told.stderr);
        assert!(told.stderr.contains("--from") && told.stderr.contains("hint:"), "{}", told.stderr);
    }
    let told = audit(home.path(), &["aws_iam", "--from", "nowhere"]);
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stderr.contains("reading `nowhere` failed"), "{}", told.stderr);
}
