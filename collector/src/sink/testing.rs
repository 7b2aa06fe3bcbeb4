//! Events for the tests of sinks.

use jiff::Timestamp;
use model::{
    About, AgentId, Change, Conclusion, Cursor, Evidence, Factor, FeedEvent, Finding,
    FindingChange, FindingState, OwnersProblem, Refusal, RuleId, ScopeDigest, ScopeId, ScopeState,
    ScopeStatus, Severity, SubjectId,
};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn finding(because: &str) -> Finding {
    let subject = SubjectId::Identity("arn:aws:iam::123456789012:user/ci".into());
    let rule = RuleId::of("orphaned.no_owner");
    Finding {
        id: Finding::id_of(&rule, &subject, &About::Subject),
        subject,
        subject_kind: "user".to_owned(),
        source: "aws_iam".to_owned(),
        owners: vec!["team:payments".into(), "person:ada".into()],
        conclusion: Conclusion {
            rule,
            about: About::Subject,
            severity: Severity::High,
            score: 72,
            factors: vec![Factor {
                name: "owner".to_owned(),
                percent: 100,
                why: "nobody".to_owned(),
            }],
            because: because.to_owned(),
            evidence: vec![Evidence {
                what: "created".to_owned(),
                says: "2025-01-01".to_owned(),
                seen_in: "aws_iam/123456789012".to_owned(),
            }],
            remedy: "declare an owner".to_owned(),
        },
        state: FindingState::Open,
        opened_at: at("2026-11-22T10:00:00Z"),
        updated_at: at("2026-11-22T10:00:00Z"),
    }
}

pub(crate) fn event(cursor: u64, change: Change) -> FeedEvent {
    FeedEvent { at: Cursor(cursor), recorded_at: at("2026-11-22T10:00:00.123456789Z"), change }
}

pub(crate) fn opened(cursor: u64, because: &str) -> FeedEvent {
    event(cursor, Change::Finding(Box::new(FindingChange::Opened(finding(because)))))
}

/// One event of every sort.
pub(crate) fn every_change() -> Vec<FeedEvent> {
    let subject = SubjectId::Identity("host:web-1/account/deploy".into());
    let scope = ScopeStatus {
        agent: AgentId::from("web-1"),
        scope: ScopeId::from("host/web-1/files:/home"),
        state: ScopeState::Abandoned("permission denied".to_owned()),
        first_at: at("2026-11-20T00:00:00Z"),
        completed_at: None,
        interval: None,
        digest: ScopeDigest::default(),
        rights: Vec::new(),
    };
    let refusal = Refusal {
        peer: "192.0.2.7:4711".to_owned(),
        code: "revoked".to_owned(),
        detail: "certificate of `web-1` was revoked".to_owned(),
    };
    let problem = OwnersProblem {
        file: "payments.yaml".to_owned(),
        line: 7,
        what: "unknown key `onwers`".to_owned(),
        hint: "did you mean `owners`?".to_owned(),
    };
    let why = "an owner was declared".to_owned();
    let mut credential = finding("a key is old");
    credential.conclusion.about = About::Credential("aws_access_key:AKIAEXAMPLE1".into());
    let mut placement = finding("anybody can read it");
    placement.conclusion.about = About::Placement("host:web-1/file:/root/.netrc".into());
    let changes = vec![
        Change::Finding(Box::new(FindingChange::Opened(finding("nobody is declared")))),
        Change::Finding(Box::new(FindingChange::Updated(credential))),
        Change::Finding(Box::new(FindingChange::Resolved(placement, why))),
        Change::Existence(subject.clone(), true),
        Change::Existence(subject, false),
        Change::Coverage(scope),
        Change::Refused(refusal),
        Change::Owners(vec![problem]),
        Change::Owners(Vec::new()),
    ];
    (1..).zip(changes).map(|(cursor, change)| event(cursor, change)).collect()
}
