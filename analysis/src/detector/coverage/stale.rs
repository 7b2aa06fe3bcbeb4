//! `coverage.stale`: a scope has not been seen whole for longer than its schedule allows.

use jiff::SignedDuration;
use model::{About, Body, RuleId, ScopeState, Subject};

use crate::detector::claim::{Scored, evidence};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::{self, Part, Parts};
use crate::time;

pub(in crate::detector) struct Stale;

static RULE: Rule = Rule {
    id: RuleId::of("coverage.stale"),
    claim: "A scope has not been seen whole for longer than its schedule allows.",
    rationale: "What is not looked at changes unseen: nothing appears in it, and nothing in it is \
                known to be gone.",
    default: "2 intervals of its schedule after it was last listed to its end, or after its first scan \
              began if it never was. Scopes of single scans have no schedule and are left alone.",
    remedy: "See why the scan does not come to its end, and whether the agent still runs.",
    clauses: &[clause::ID_AM_02, clause::NHI1],
    examples: &[
        Example {
            shows: "two intervals without a whole scan",
            as_of: "2026-03-03",
            estate: "scope agent-1 host/web-1/files:/home  interval=24h completed=2026-03-01 abandoned=denied",
            fires: true,
        },
        Example {
            shows: "a scan that was missed once",
            as_of: "2026-03-02",
            estate: "scope agent-1 host/web-1/files:/home  interval=24h completed=2026-03-01",
            fires: false,
        },
    ],
};

impl Detector for Stale {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let Body::Scope(status) = &subject.body else { return verdict };
        let Some(interval) = status.interval.filter(SignedDuration::is_positive) else {
            return verdict;
        };
        let allowed = time::times(interval, cx.limits.stale_intervals.max(1));
        let since = status.completed_at.unwrap_or(status.first_at);
        let (time, next) = severity::overdue(since, allowed, cx.as_of);
        verdict.recheck(next);
        if cx.as_of < time::after(since, allowed) {
            return verdict;
        }
        let last = match status.completed_at {
            Some(at) => format!("last listed to its end at {at}"),
            None => format!("never listed to its end since {since}"),
        };
        let state = match &status.state {
            ScopeState::Abandoned(why) => format!("the latest scan was given up: {why}"),
            ScopeState::Running => "the latest scan has not ended".to_owned(),
            ScopeState::Differs => "agent and collector disagree on what it holds".to_owned(),
            ScopeState::Complete => "no scan since".to_owned(),
        };
        verdict.conclude(
            &RULE,
            Scored {
                about: About::Subject,
                because: format!("{last}, scheduled every {}; {state}", time::spell(interval)),
                evidence: vec![
                    evidence("coverage", last, &subject.scopes),
                    evidence("latest scan", state, &subject.scopes),
                ],
                remedy: format!(
                    "see on the host of agent `{}`: muster-agent scan {} --dry-run",
                    status.agent,
                    status.scope.source()
                ),
                parts: Parts {
                    privilege: Part::new(70, "what is in it cannot be judged"),
                    exposure: Part::new(60, "what is in it cannot be judged"),
                    time,
                    owner: Part::new(80, "whoever runs the agent"),
                },
            },
        );
        verdict
    }
}

#[cfg(test)]
mod tests;
