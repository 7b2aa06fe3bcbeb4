//! What the rules say, and the log of what changed.

use std::borrow::Cow;

use model::{
    About, Change, Conclusion, Cursor, Evidence, Factor, FeedEvent, Finding, FindingChange,
    FindingId, FindingState, OwnerId, OwnersProblem, Refusal, RuleId, ScopeId, ScopeState,
    ScopeStatus, Severity, SubjectId, Unknown,
};

use crate::malformed::{Malformed, required, word};
use crate::moment::{at, at_maybe, interval, seconds};
use crate::v1;

fn subject(text: &str, field: &str) -> Result<SubjectId, Malformed> {
    text.parse().map_err(|_| Malformed::new(field, "the text of a subject"))
}

fn rule(name: String) -> RuleId {
    RuleId(Cow::Owned(name))
}

impl From<&Finding> for v1::Finding {
    fn from(it: &Finding) -> Self {
        use v1::about::Kind;
        let claim = &it.conclusion;
        let about = match &claim.about {
            About::Subject => None,
            About::Credential(id) => Some(Kind::Credential(id.0.clone())),
            About::Placement(id) => Some(Kind::Placement(id.0.clone())),
        };
        Self {
            id: it.id.0.clone(),
            subject: it.subject.to_string(),
            subject_kind: it.subject_kind.clone(),
            source: it.source.clone(),
            owners: it.owners.iter().map(|owner| owner.0.clone()).collect(),
            rule: claim.rule.to_string(),
            about: about.map(|kind| v1::About { kind: Some(kind) }),
            severity: claim.severity.name().into(),
            score: claim.score.into(),
            factors: claim.factors.iter().map(v1::Factor::from).collect(),
            because: claim.because.clone(),
            evidence: claim.evidence.iter().map(v1::Evidence::from).collect(),
            remedy: claim.remedy.clone(),
            state: it.state.name().into(),
            opened_at: Some(it.opened_at.into()),
            updated_at: Some(it.updated_at.into()),
        }
    }
}

impl TryFrom<v1::Finding> for Finding {
    type Error = Malformed;

    fn try_from(it: v1::Finding) -> Result<Self, Malformed> {
        use v1::about::Kind;
        let about = match it.about {
            None => About::Subject,
            Some(about) => match required(about.kind, "finding.about")? {
                Kind::Credential(id) => About::Credential(id.into()),
                Kind::Placement(id) => About::Placement(id.into()),
            },
        };
        Ok(Self {
            id: FindingId(it.id),
            subject: subject(&it.subject, "finding.subject")?,
            subject_kind: it.subject_kind,
            source: it.source,
            owners: it.owners.into_iter().map(OwnerId).collect(),
            conclusion: Conclusion {
                rule: rule(it.rule),
                about,
                severity: word(Severity::from_name, &it.severity, "finding.severity")?,
                score: percent(it.score, "finding.score")?,
                factors: it.factors.into_iter().map(Factor::try_from).collect::<Result<_, _>>()?,
                because: it.because,
                evidence: it.evidence.into_iter().map(Evidence::from).collect(),
                remedy: it.remedy,
            },
            state: word(FindingState::from_name, &it.state, "finding.state")?,
            opened_at: at(it.opened_at, "finding.opened_at")?,
            updated_at: at(it.updated_at, "finding.updated_at")?,
        })
    }
}

fn percent(value: u32, field: &str) -> Result<u8, Malformed> {
    u8::try_from(value)
        .ok()
        .filter(|value| *value <= 100)
        .ok_or_else(|| Malformed::new(field, "at most 100"))
}

impl From<&Factor> for v1::Factor {
    fn from(it: &Factor) -> Self {
        Self { name: it.name.clone(), percent: it.percent.into(), why: it.why.clone() }
    }
}

impl TryFrom<v1::Factor> for Factor {
    type Error = Malformed;

    fn try_from(it: v1::Factor) -> Result<Self, Malformed> {
        Ok(Self { name: it.name, percent: percent(it.percent, "factor.percent")?, why: it.why })
    }
}

impl From<&Evidence> for v1::Evidence {
    fn from(it: &Evidence) -> Self {
        Self { what: it.what.clone(), says: it.says.clone(), seen_in: it.seen_in.clone() }
    }
}

impl From<v1::Evidence> for Evidence {
    fn from(it: v1::Evidence) -> Self {
        Self { what: it.what, says: it.says, seen_in: it.seen_in }
    }
}

impl From<&Unknown> for v1::Unknown {
    fn from(it: &Unknown) -> Self {
        Self { rule: it.rule.to_string(), about: it.about.clone(), why: it.why.clone() }
    }
}

impl From<v1::Unknown> for Unknown {
    fn from(it: v1::Unknown) -> Self {
        Self { rule: rule(it.rule), about: it.about, why: it.why }
    }
}

impl From<&ScopeStatus> for v1::ScopeStatus {
    fn from(it: &ScopeStatus) -> Self {
        let reason = match &it.state {
            ScopeState::Abandoned(reason) => reason.clone(),
            ScopeState::Running | ScopeState::Complete | ScopeState::Differs => String::new(),
        };
        Self {
            agent: it.agent.0.clone(),
            scope: it.scope.0.clone(),
            state: it.state.name().into(),
            reason,
            first_at: Some(it.first_at.into()),
            completed_at: it.completed_at.map(v1::Moment::from),
            interval_s: it.interval.map(seconds),
            digest: Some(it.digest.into()),
            rights: it.rights.iter().map(|scope| scope.0.clone()).collect(),
        }
    }
}

impl TryFrom<v1::ScopeStatus> for ScopeStatus {
    type Error = Malformed;

    fn try_from(it: v1::ScopeStatus) -> Result<Self, Malformed> {
        let state = match it.state.as_str() {
            "running" => ScopeState::Running,
            "complete" => ScopeState::Complete,
            "abandoned" => ScopeState::Abandoned(it.reason),
            "differs" => ScopeState::Differs,
            _ => return Err(Malformed::new("scope.state", "a word that this version knows")),
        };
        let interval = match it.interval_s {
            Some(seconds) => Some(interval(seconds, "scope.interval_s")?),
            None => None,
        };
        Ok(Self {
            agent: it.agent.into(),
            scope: it.scope.into(),
            state,
            first_at: at(it.first_at, "scope.first_at")?,
            completed_at: at_maybe(it.completed_at, "scope.completed_at")?,
            interval,
            digest: required(it.digest, "scope.digest")?.try_into()?,
            rights: it.rights.into_iter().map(ScopeId).collect(),
        })
    }
}

impl From<&OwnersProblem> for v1::OwnersProblem {
    fn from(it: &OwnersProblem) -> Self {
        Self { file: it.file.clone(), line: it.line, what: it.what.clone(), hint: it.hint.clone() }
    }
}

impl From<v1::OwnersProblem> for OwnersProblem {
    fn from(it: v1::OwnersProblem) -> Self {
        Self { file: it.file, line: it.line, what: it.what, hint: it.hint }
    }
}

impl From<&Refusal> for v1::Refusal {
    fn from(it: &Refusal) -> Self {
        Self { peer: it.peer.clone(), code: it.code.clone(), detail: it.detail.clone() }
    }
}

impl From<v1::Refusal> for Refusal {
    fn from(it: v1::Refusal) -> Self {
        Self { peer: it.peer, code: it.code, detail: it.detail }
    }
}

impl From<&Change> for v1::feed_event::Change {
    fn from(it: &Change) -> Self {
        match it {
            Change::Finding(change) => {
                let (step, why) = match &**change {
                    FindingChange::Opened(_) => ("opened", ""),
                    FindingChange::Updated(_) => ("updated", ""),
                    FindingChange::Resolved(_, why) => ("resolved", why.as_str()),
                };
                Self::Finding(v1::FindingChange {
                    step: step.into(),
                    finding: Some(change.finding().into()),
                    why: why.into(),
                })
            }
            Change::Existence(subject, there) => {
                Self::Existence(v1::Existence { subject: subject.to_string(), there: *there })
            }
            Change::Coverage(status) => Self::Coverage(status.into()),
            Change::Refused(refusal) => Self::Refused(refusal.into()),
            Change::Owners(problems) => Self::Owners(v1::OwnersRead {
                problems: problems.iter().map(v1::OwnersProblem::from).collect(),
            }),
        }
    }
}

impl TryFrom<v1::feed_event::Change> for Change {
    type Error = Malformed;

    fn try_from(it: v1::feed_event::Change) -> Result<Self, Malformed> {
        use v1::feed_event::Change as Wire;
        Ok(match it {
            Wire::Finding(change) => {
                let finding = required(change.finding, "change.finding")?.try_into()?;
                Self::Finding(Box::new(match change.step.as_str() {
                    "opened" => FindingChange::Opened(finding),
                    "updated" => FindingChange::Updated(finding),
                    "resolved" => FindingChange::Resolved(finding, change.why),
                    _ => return Err(Malformed::new("change.step", "a word that is known")),
                }))
            }
            Wire::Existence(it) => {
                Self::Existence(subject(&it.subject, "existence.subject")?, it.there)
            }
            Wire::Coverage(status) => Self::Coverage(status.try_into()?),
            Wire::Refused(refusal) => Self::Refused(refusal.into()),
            Wire::Owners(read) => {
                Self::Owners(read.problems.into_iter().map(OwnersProblem::from).collect())
            }
        })
    }
}

impl From<&FeedEvent> for v1::FeedEvent {
    fn from(it: &FeedEvent) -> Self {
        Self {
            at: it.at.0,
            recorded_at: Some(it.recorded_at.into()),
            change: Some((&it.change).into()),
        }
    }
}

impl TryFrom<v1::FeedEvent> for FeedEvent {
    type Error = Malformed;

    fn try_from(it: v1::FeedEvent) -> Result<Self, Malformed> {
        Ok(Self {
            at: Cursor(it.at),
            recorded_at: at(it.recorded_at, "event.recorded_at")?,
            change: required(it.change, "event.change")?.try_into()?,
        })
    }
}
