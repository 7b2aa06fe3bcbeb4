//! `muster quickstart` as a new user meets it: that it looks into the account whose credentials are in
//! the environment, and that without `--once` it stays up and shows what changes.

use std::time::Duration;

use proto::testing::assert_valid;
use serde_json::{Value, json};
use tests::binaries;
use tests::process::Process;
use tests::servers::Moto;

use crate::estate::account;

const EVERYBODY: &str = "
declarations:
  - name: everything
    match: { id: \"*\" }
    owners: { technical: person:grace, lifecycle: person:grace, business: person:grace }
people:
  - { id: grace, name: Grace }
";

/// Every line of the log that is an event of the feed.
fn events(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line.get("cursor").is_some()).collect()
}

#[test]
fn without_once_it_stays_up_and_shows_what_changes() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("muster");
    let owners = dir.join("owners");
    let words = ["quickstart", "--format", "ndjson", "--dir", dir.to_str().unwrap()];
    let mut command = binaries::command("muster", home.path()).unwrap();
    command.args(words);
    let mut quickstart = Process::start("quickstart", &command, home).unwrap();
    quickstart.wait_for(|| owners.is_dir().then_some(())).unwrap();
    // The report has been told once there is a finding about an account without an owner.
    let told = |process: &Process| process.log().contains("orphaned.no_owner");
    while !told(&quickstart) {
        assert!(quickstart.is_running().unwrap(), "{}", quickstart.log());
        tests::process::pause(Duration::from_millis(50));
    }
    std::fs::write(owners.join("everybody.yaml"), EVERYBODY).unwrap();
    let is_shown = |event: &Value| {
        event["change"] == "finding.resolved" && event["finding"]["rule"] == "orphaned.no_owner"
    };
    while !events(&quickstart.log()).iter().any(is_shown) {
        assert!(quickstart.is_running().unwrap(), "{}", quickstart.log());
        tests::process::pause(Duration::from_millis(50));
    }
    for event in events(&quickstart.log()) {
        assert_valid(&event, "feed_event.json");
    }
    let ended = quickstart.stop(Duration::from_secs(20)).unwrap();
    assert!(ended.success(), "{ended}: {}", quickstart.log());
}

#[test]
#[ignore = "needs moto"]
fn the_account_of_the_credentials_in_the_environment_is_looked_into() {
    let moto = Moto::start(&json!({ "users": [{ "name": "ci-deploy" }] })).unwrap();
    let proxy = moto.behind_proxy().unwrap();
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("muster");
    let words = ["quickstart", "--once", "--format", "json", "--fail-on", "none", "--dir"];
    let mut command = binaries::command("muster", home.path()).unwrap();
    command.args(words).arg(dir).envs(account(&proxy.endpoint()));
    let told = binaries::run(&mut command).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    let identities = report["identities"].as_array().unwrap();
    let of = |source: &str| identities.iter().filter(|it| it["source"] == source).count();
    assert!(of("aws_iam") >= 2 && of("host") >= 2, "{}", report["counts"]);
    let user = "arn:aws:iam::123456789012:user/ci-deploy";
    assert!(identities.iter().any(|it| it["id"] == user));
}
