//! How a line of the feed looks.

use model::{Change, FeedEvent, FindingChange, ScopeState};

use super::{column, counted, minute};
use crate::output::escape::plain;
use crate::output::style::{Style, Tone};
use crate::output::{Column, Place, Row};

/// What a sheet of events holds.
pub(crate) const COLUMNS: &[Column] = &[
    column("cursor", Place::Both),
    column("recorded", Place::Both),
    column("change", Place::Both),
    column("subject", Place::Both),
    column("severity", Place::Both),
    column("what", Place::Both),
];

/// An event for scripts and sheets.
pub(crate) fn row(event: &FeedEvent) -> Row {
    let (subject, severity, what) = told(&event.change);
    let cells = vec![
        event.at.0.to_string().into(),
        proto::json::moment(event.recorded_at).into(),
        event.change.name().into(),
        subject.into(),
        severity.map_or("", model::Severity::name).into(),
        what.into(),
    ];
    Row { cells, value: proto::json::feed_event(event) }
}

/// An event on one line, for people.
pub(crate) fn line(event: &FeedEvent, style: Style) -> String {
    let (subject, severity, what) = told(&event.change);
    let tone = severity.map_or(Tone::Dim, Tone::of);
    let tone = if event.change.name() == "finding.resolved" { Tone::Good } else { tone };
    let name = severity.map_or("", model::Severity::name);
    let change = format!("{:<18}", event.change.name());
    let mut line = format!(
        "{:>6}  {}  {}  {:<8}  {}",
        event.at.0,
        style.paint(Tone::Dim, &minute(event.recorded_at)),
        style.paint(tone, &change),
        name,
        plain(&subject),
    );
    if !what.is_empty() {
        line.push_str(": ");
        line.push_str(&plain(&what));
    }
    line
}

/// Whom it is about, how bad it is, and what happened.
fn told(change: &Change) -> (String, Option<model::Severity>, String) {
    match change {
        Change::Finding(change) => {
            let finding = change.finding();
            let claim = &finding.conclusion;
            let what = match &**change {
                FindingChange::Opened(_) | FindingChange::Updated(_) => &claim.because,
                FindingChange::Resolved(_, why) => why,
            };
            let what = format!("{}: {what}", claim.rule);
            (finding.subject.plain(), Some(claim.severity), what)
        }
        Change::Existence(subject, _) => (subject.plain(), None, String::new()),
        Change::Coverage(status) => {
            let what = match &status.state {
                ScopeState::Abandoned(why) => format!("abandoned: {why}"),
                ScopeState::Running | ScopeState::Complete | ScopeState::Differs => {
                    status.state.name().to_owned()
                }
            };
            (status.scope.0.clone(), None, what)
        }
        Change::Refused(it) => (it.peer.clone(), None, format!("{}: {}", it.code, it.detail)),
        Change::Owners(problems) if problems.is_empty() => {
            ("owners".to_owned(), None, "the declarations are in force".to_owned())
        }
        Change::Owners(problems) => {
            ("owners".to_owned(), None, counted(problems.len(), "mistake", "mistakes"))
        }
    }
}
