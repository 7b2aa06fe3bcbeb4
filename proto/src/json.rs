//! What scripts and other systems read: the one JSON form of findings, identities, coverage and the
//! feed. It is a promise; `docs/schema/*.json` states it, and the tests hold every value against it.
//!
//! Every key named there is always present: what is not known is `null`, or the word `"unknown"`
//! where "never" is possible too. Times are RFC 3339 in UTC. Keys may be added, none goes or changes.

mod change;
mod identity;

use jiff::Timestamp;
use model::{About, Finding, OwnersProblem, ScopeState, ScopeStatus, SubjectId, Unknown};
use serde_json::{Map, Value, json};

pub use change::feed_event;
pub use identity::identity;

/// A finding, as `docs/schema/finding.json` says.
#[must_use]
pub fn finding(finding: &Finding) -> Value {
    let claim = &finding.conclusion;
    let (credential, placement) = match &claim.about {
        About::Subject => (None, None),
        About::Credential(id) => (Some(id.as_str()), None),
        About::Placement(id) => (None, Some(id.as_str())),
    };
    let factors: Vec<Value> = claim
        .factors
        .iter()
        .map(|it| json!({ "name": it.name, "percent": it.percent, "why": it.why }))
        .collect();
    let evidence: Vec<Value> = claim
        .evidence
        .iter()
        .map(|it| json!({ "what": it.what, "says": it.says, "seen_in": it.seen_in }))
        .collect();
    let owner: Vec<&str> = finding.owners.iter().map(model::OwnerId::as_str).collect();
    json!({
        "id": finding.id.as_str(),
        "rule": claim.rule.as_str(),
        "identity": {
            "id": finding.subject.plain(),
            "kind": finding.subject_kind,
            "source": finding.source,
        },
        "subject": finding.subject.to_string(),
        "credential": credential,
        "placement": placement,
        "severity": claim.severity.name(),
        "score": claim.score,
        "factors": factors,
        "state": finding.state.name(),
        "since": moment(finding.opened_at),
        "updated": moment(finding.updated_at),
        "because": claim.because,
        "evidence": evidence,
        "remedy": claim.remedy,
        "owner": owner,
    })
}

/// One line of coverage, as `docs/schema/coverage.json` says.
#[must_use]
pub fn scope_status(status: &ScopeStatus) -> Value {
    let why = match &status.state {
        ScopeState::Abandoned(why) => Some(why.as_str()),
        ScopeState::Running | ScopeState::Complete | ScopeState::Differs => None,
    };
    json!({
        "agent": status.agent.as_str(),
        "scope": status.scope.as_str(),
        "source": status.scope.source(),
        "state": status.state.name(),
        "why": why,
        "first": moment(status.first_at),
        "completed": status.completed_at.map(moment),
        "interval_s": status.interval.map(|interval| interval.as_secs()),
        "facts": status.digest.count,
    })
}

/// What a rule could not judge of one subject.
#[must_use]
pub fn unknown(subject: &SubjectId, unknown: &Unknown) -> Value {
    json!({
        "rule": unknown.rule.as_str(),
        "subject": subject.to_string(),
        "about": (!unknown.about.is_empty()).then_some(&unknown.about),
        "why": unknown.why,
    })
}

/// A mistake in the files of the operator.
#[must_use]
pub fn owners_problem(problem: &OwnersProblem) -> Value {
    json!({
        "file": problem.file,
        "line": (problem.line > 0).then_some(problem.line),
        "what": problem.what,
        "hint": problem.hint,
    })
}

/// RFC 3339 in UTC: whole seconds without a fraction, else as many digits as there are.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.to_string()
}

fn texts<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Value {
    Value::Object(
        pairs.map(|(key, text)| (key.clone(), text.clone().into())).collect::<Map<_, _>>(),
    )
}

#[cfg(test)]
mod tests;
