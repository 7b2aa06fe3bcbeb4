//! An agent at rest, and how large the programs are.

use std::fs;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use tempfile::TempDir;

use super::tree::plant;
use super::{Line, mib};
use crate::process::pause;
use crate::{binaries, line, measure};

/// A usual server.
const FILES_COUNT: usize = 20_000;

/// Runs an agent on schedule, and looks at it after its first scan.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let folder = TempDir::new().context("making a folder for the tree")?;
    plant(folder.path(), FILES_COUNT)?;
    let line = line::Line::start("")?;
    let sources = format!(
        "[[source]]\nkind = \"host\"\nroot = \"{}\"\nname = \"bench\"\ntrees = [\"/srv\"]\n",
        folder.path().display()
    );
    let agent = line.enrol("bench", &["host/*"], &sources)?;
    let running = agent.run(&[])?;
    line.until(&["coverage"], |answer| is_complete(answer, "host/bench/files:/srv"))?;
    // Whatever is still being put away.
    pause(Duration::from_secs(5));
    let now = measure::memory_now(running.id()).context("the agent's memory")?;
    let peak = measure::memory_peak(running.id()).context("the agent's memory")?;
    let mut lines = vec![
        Line::memory("agent at rest, after a scan of 20,000 files", now, 24),
        Line::plain("its peak during the scan", mib(peak.saturating_mul(1024))),
    ];
    for name in ["muster-agent", "muster-collector", "muster"] {
        let bytes = fs::metadata(binaries::binary(name)?)?.len();
        lines.push(Line::plain(format!("`{name}`, stripped"), mib(bytes)));
    }
    Ok(lines)
}

fn is_complete(answer: &Value, scope: &str) -> bool {
    let scopes = answer.get("scopes").and_then(Value::as_array);
    scopes.is_some_and(|scopes| {
        scopes.iter().any(|it| {
            it.get("scope").and_then(Value::as_str) == Some(scope)
                && it.get("state").and_then(Value::as_str) == Some("complete")
        })
    })
}
