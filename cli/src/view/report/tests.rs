//! The screen of a report, as people see it.

use std::io::Write;
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use jiff::Timestamp;
use model::{About, Conclusion, FindingState, RuleId, ScopeDigest, Severity, SubjectId};
use proto::v1;

use super::*;
use crate::output::style::Style;
use crate::output::{Format, Screen};
use crate::report::Counts;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(format: Format, width: usize, report: &Report) -> String {
    let paper = Paper::default();
    let mut screen = Screen::new(Box::new(paper.clone()), format, Style::default(), Some(width));
    let steps = vec![("muster coverage".to_owned(), "what was seen, and what was not".to_owned())];
    let title = "audit of host".to_owned();
    let next = Next { title, rest: "muster findings list".to_owned(), steps };
    show(&mut screen, report, &next).unwrap();
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn finding(rule: &'static str, severity: Severity, id: &str, because: &str) -> Finding {
    let subject = SubjectId::Identity(id.into());
    let rule = RuleId::of(rule);
    Finding {
        id: Finding::id_of(&rule, &subject, &About::Subject),
        subject,
        subject_kind: "host_account".to_owned(),
        source: "host".to_owned(),
        owners: Vec::new(),
        conclusion: Conclusion {
            rule,
            about: About::Subject,
            severity,
            score: 50,
            factors: Vec::new(),
            because: because.to_owned(),
            evidence: Vec::new(),
            remedy: "rotate it:\n  one\n  two\n  three".to_owned(),
        },
        state: FindingState::Open,
        opened_at: at("2026-03-01T12:00:00Z"),
        updated_at: at("2026-03-01T12:00:00Z"),
    }
}

fn scope(name: &str, state: ScopeState) -> ScopeStatus {
    ScopeStatus {
        agent: "audit".into(),
        scope: name.into(),
        state,
        first_at: at("2026-03-01T12:00:00Z"),
        completed_at: None,
        interval: None,
        digest: ScopeDigest::default(),
        rights: Vec::new(),
    }
}

fn report() -> Report {
    Report {
        as_of: at("2026-03-01T12:00:00Z"),
        counts: Counts { identities: 3, credentials: 2, placements: 4 },
        identities: Vec::new(),
        findings: vec![
            finding(
                "privilege.administrator",
                Severity::Critical,
                "arn:aws:iam::123456789012:user/deploy",
                "may do everything in its account",
            ),
            finding("orphaned.no_owner", Severity::High, "host:web-1/account/ci", "nobody answers"),
        ],
        scopes: vec![
            scope("host/web-1/table:passwd", ScopeState::Complete),
            scope(
                "host/web-1/files:/root",
                ScopeState::Abandoned("/root: Permission denied".to_owned()),
            ),
        ],
        privileges: Vec::new(),
        unknown: vec![v1::UnknownCount {
            rule: "dormant.identity".to_owned(),
            why: "nobody tells of its use".to_owned(),
            count: 2,
        }],
    }
}

#[test]
fn people_see_numbers_then_findings_then_what_was_not_seen() {
    assert_snapshot!(shown(Format::Table, 80, &report()), @"
    muster audit of host                                        2026-03-01 12:00 UTC

      3 identities   2 credentials   4 placements   1 of 2 scopes seen

      Orphaned             1   nobody who is still there answers for them
      Over-privileged      1   may do more than they should
      Long-lived           0   proved by what is too old, or never ends
      Exposed              0   readable by others, or one secret for several
      Other                0   nothing else

    Orphaned  (1)

      high      host:web-1/account/ci
                nobody answers
                fix: rotate it:
                       one
                       two
                     … muster findings show f-1e4ac253

    Over-privileged  (1)

      critical  arn:aws:iam::123456789012:user/deploy
                may do everything in its account
                fix: rotate it:
                       one
                       two
                     … muster findings show f-5dd6e6b3

    Not seen  (1)

      host/web-1/files:/root
                /root: Permission denied
                hint: run it as root, or give the agent CAP_DAC_READ_SEARCH

    Not judged, for want of a fact  (2)

         2    dormant.identity: nobody tells of its use

    Read on

      muster coverage                 what was seen, and what was not
    ");
}

#[test]
fn the_screen_fits_from_sixty_columns_on() {
    let mut report = report();
    let id = format!("arn:aws:iam::123456789012:role/{}", "very-long-name/".repeat(20));
    report.findings.push(finding("weak.key", Severity::Low, &id, "its key is weak"));
    for columns in [60, 80, 100] {
        let text = shown(Format::Table, columns, &report);
        let widest = text.lines().map(width).max().unwrap();
        assert!(widest <= columns, "{widest} of {columns}:\n{text}");
    }
}

#[test]
fn a_name_from_outside_cannot_write_on_the_screen() {
    let mut report = report();
    report.findings.push(finding(
        "weak.key",
        Severity::Low,
        "evil\u{1b}[2J\nerror: none",
        "says \u{202e}this\r\n",
    ));
    let text = shown(Format::Table, 80, &report);
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']));
    assert!(!text.lines().any(|line| line.starts_with("error:")));
}

#[test]
fn a_long_list_says_how_much_it_leaves_out() {
    let mut report = report();
    for index in 0..9 {
        let id = format!("host:web-1/account/u{index}");
        report.findings.push(finding("orphaned.no_owner", Severity::Low, &id, "nobody answers"));
    }
    let text = shown(Format::Table, 80, &report);
    assert!(text.contains("and 7 more: muster findings list"), "{text}");
}

#[test]
fn scripts_get_one_document() {
    let text = shown(Format::Json, 80, &report());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    proto::testing::assert_valid(&value, "report.json");
    assert_eq!(value["headlines"]["orphaned"], 1);
    assert_eq!(value["counts"]["placements"], 4);
    assert_eq!(value["coverage"][1]["why"], "/root: Permission denied");
}

#[test]
fn lines_hold_one_finding_each() {
    assert_eq!(shown(Format::Ndjson, 80, &report()).lines().count(), 2);
}
