//! How coverage looks: every scope, then what the rules could not judge.

use std::io;

use model::{ScopeState, ScopeStatus};
use proto::v1;
use serde_json::{Value, json};

use super::{column, counted, minute};
use crate::output::escape::plain;
use crate::output::style::Tone;
use crate::output::{Cell, Column, Listing, Page, Place, Row};

const COLUMNS: &[Column] = &[
    column("scope", Place::Yields),
    column("agent", Place::Yields),
    column("state", Place::Both),
    column("completed", Place::Both),
    column("facts", Place::Both),
    column("why", Place::Under),
];

/// Scopes as rows, in the order given.
pub(crate) fn listing(scopes: &[ScopeStatus]) -> Listing {
    Listing {
        columns: COLUMNS.to_vec(),
        rows: scopes.iter().map(row).collect(),
        empty: "No scope was scanned yet.",
    }
}

fn row(status: &ScopeStatus) -> Row {
    let (tone, why) = match &status.state {
        ScopeState::Complete => (Tone::Good, ""),
        ScopeState::Running => (Tone::Plain, ""),
        ScopeState::Differs => (Tone::Warning, "the agent was asked to send it whole"),
        ScopeState::Abandoned(why) => (Tone::Warning, why.as_str()),
    };
    let cells = vec![
        status.scope.as_str().into(),
        status.agent.as_str().into(),
        Cell::toned(status.state.name(), tone),
        status.completed_at.map_or_else(|| "never".to_owned(), minute).into(),
        status.digest.count.to_string().into(),
        why.into(),
    ];
    Row { cells, value: proto::json::scope_status(status) }
}

/// What could not be judged, for people.
pub(crate) fn unknown(page: &mut Page<'_>, unknown: &[v1::UnknownCount]) -> io::Result<()> {
    if unknown.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.head("Could not be judged")?;
    for it in unknown {
        let count = usize::try_from(it.count).unwrap_or(usize::MAX);
        let says = format!("{}: {}", counted(count, "time", "times"), it.why);
        page.hanging(&format!("  {:<28}", plain(&it.rule)), &says, Tone::Plain)?;
    }
    Ok(())
}

/// What could not be judged, for scripts.
pub(crate) fn unknown_values(unknown: &[v1::UnknownCount]) -> Vec<Value> {
    unknown.iter().map(|it| json!({ "rule": it.rule, "why": it.why, "count": it.count })).collect()
}
