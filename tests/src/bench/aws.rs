//! A whole account of Amazon Web Services: how often we ask, and what it takes here.
//!
//! Judged by calls, processor and memory; how fast moto answers says nothing of us.

use std::fs;
use std::process::Stdio;

use anyhow::{Context, bail};
use serde_json::json;
use tempfile::TempDir;

use super::Line;
use crate::servers::Moto;
use crate::{binaries, measure};

const USERS_COUNT: u64 = 5_000;
const ROLES_COUNT: u64 = 500;

/// Scans the account once, as a child, and counts at a proxy in between.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let many = json!({"users": USERS_COUNT, "keys_per_user": 1, "roles": ROLES_COUNT});
    let moto = Moto::start(&json!({ "many": many }))?;
    let proxy = moto.behind_proxy()?;
    let folder = TempDir::new().context("making a folder for the agent")?;
    let config = folder.path().join("agent.toml");
    let text = format!(
        "[agent]\nstate_dir = \"{}\"\n\n[[source]]\nkind = \"aws_iam\"\nregions = [\"us-east-1\"]\n\
         calls_per_second_max = 100000\n",
        folder.path().join("state").display()
    );
    fs::write(&config, text)?;
    let mut command = binaries::command("muster-agent", folder.path())?;
    command
        .args(["scan", "aws_iam", "--dry-run", "--config"])
        .arg(&config)
        .env("AWS_ENDPOINT_URL", proxy.endpoint())
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLENOBODY000")
        .env("AWS_SECRET_ACCESS_KEY", "made-up")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let cost = measure::run(&mut command)?;
    if !cost.status.success() {
        bail!("the scan ended with {}; the calls were {:?}", cost.status, proxy.calls());
    }
    let calls = proxy.calls_count();
    let keys = proxy.calls_of("ListAccessKeys");
    // What is left is listings, page by page, and what makes and fetches the report.
    let others = calls.saturating_sub(keys);
    let identities = USERS_COUNT.saturating_add(ROLES_COUNT);
    let per_thousand = calls.saturating_mul(1_000).checked_div(identities).unwrap_or_default();
    let listings = proxy.calls().into_iter().filter(|(action, _)| action != "ListAccessKeys");
    let listed: Vec<String> = listings.map(|(action, count)| format!("{action} {count}")).collect();
    Ok(vec![
        Line::held(
            "aws scan of 5,000 users, 5,000 keys, 500 roles: calls",
            format!("{calls}, {per_thousand} per 1,000 identities"),
            "one ListAccessKeys a user with a key, one report, the listings' pages",
            keys <= USERS_COUNT && proxy.calls_of("GetCredentialReport") <= 2,
        ),
        Line::plain(format!("of these not ListAccessKeys: {others}"), listed.join(", ")),
        Line::memory("its peak memory", cost.memory_peak_kib, 64),
        Line::plain(
            "its time, most of it moto's",
            format!("{:.1} s, CPU {:.2} s", cost.elapsed.as_secs_f64(), cost.processor_seconds),
        ),
    ])
}
