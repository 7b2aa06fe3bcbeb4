//! One event as one message of RFC 5424, in the frame of RFC 6587 (octet counting), which is also
//! that of RFC 5425.
//!
//! ```text
//! 312 <106>1 2026-11-22T10:00:00.123456Z collector.example.org muster - finding.opened
//! └┬┘  └┬┘ │ └───────────┬─────────────┘ └────────┬──────────┘ └─┬──┘ │ └─────┬──────┘
//!  │    │  └ version     └ when recorded          └ host          │    │      └ change
//!  │    └ facility x 8 + severity                         software┘    └ no process
//!  └ octets after the space
//!     [muster@32473 cursor="17" rule="orphaned.no_owner" ...][origin software="muster" ...] BOM text
//! ```
//!
//! `cursor` is the event's place in the feed: a receiver that sees it twice has one event. The
//! enterprise number 32473 is the one that RFC 5612 keeps for documentation; operators with a
//! number of their own set it.
//!
//! A message longer than the limit loses the end of its text, then the ends of its parameters. An
//! ellipsis marks each cut.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use model::{Change, FeedEvent, FindingChange, OwnerId, ScopeState, Severity};

use super::{MessageForm, SyslogOptions};

/// To what a parameter is cut if a message is longer than the limit. 13 of them, with their names
/// and the header, are below the 2,048 octets that every receiver should take.
const PARAMETER_BYTES_MAX: usize = 96;

/// Stands where something was cut.
const ELLIPSIS: &str = "…";

/// The frame of `event`: its length in octets, a space, the message.
pub(super) fn frame(event: &FeedEvent, options: &SyslogOptions) -> Vec<u8> {
    let message = message(event, options);
    let mut frame = message.len().to_string().into_bytes();
    frame.push(b' ');
    frame.extend_from_slice(&message);
    frame
}

fn message(event: &FeedEvent, options: &SyslogOptions) -> Vec<u8> {
    let header = header(event, options);
    let parameters = parameters(event);
    let bytes_max = options.message_bytes_max;
    if options.form == MessageForm::Json {
        let whole =
            format!("{header}{} {}", elements(&parameters, options, usize::MAX), json(event));
        if whole.len() <= bytes_max {
            return whole.into_bytes();
        }
    }
    let mut whole = format!("{header}{} \u{feff}", elements(&parameters, options, usize::MAX));
    if whole.len() > bytes_max {
        let elements = elements(&parameters, options, PARAMETER_BYTES_MAX);
        whole = format!("{header}{elements} \u{feff}");
    }
    whole.push_str(cut(&text(event), bytes_max.saturating_sub(whole.len())).as_ref());
    whole.into_bytes()
}

/// `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID `, with the space at its end.
fn header(event: &FeedEvent, options: &SyslogOptions) -> String {
    let priority =
        u16::from(options.facility).saturating_mul(8).saturating_add(u16::from(severity(event)));
    let recorded = moment(event.recorded_at);
    let (host, name) = (&options.host, event.change.name());
    format!("<{priority}>1 {recorded} {host} muster - {name} ")
}

/// RFC 5424 allows six digits of a second; RFC 3339 nine.
fn moment(at: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    PRINTER.timestamp_to_string(&at)
}

/// The severity of RFC 5424, 6.2.1: 2 critical, 3 error, 4 warning, 5 notice, 6 informational.
fn severity(event: &FeedEvent) -> u8 {
    const CRITICAL: u8 = 2;
    const ERROR: u8 = 3;
    const WARNING: u8 = 4;
    const NOTICE: u8 = 5;
    const INFORMATIONAL: u8 = 6;
    match &event.change {
        Change::Finding(change) => match &**change {
            FindingChange::Resolved(..) => INFORMATIONAL,
            FindingChange::Opened(finding) | FindingChange::Updated(finding) => {
                match finding.conclusion.severity {
                    Severity::Critical => CRITICAL,
                    Severity::High => ERROR,
                    Severity::Medium => WARNING,
                    Severity::Low => NOTICE,
                    Severity::Info => INFORMATIONAL,
                }
            }
        },
        Change::Existence(..) => INFORMATIONAL,
        Change::Coverage(status) => match status.state {
            ScopeState::Abandoned(_) | ScopeState::Differs => WARNING,
            ScopeState::Running | ScopeState::Complete => INFORMATIONAL,
        },
        Change::Owners(problems) if problems.is_empty() => INFORMATIONAL,
        Change::Owners(_) | Change::Refused(_) => WARNING,
    }
}

type Parameter = (&'static str, String);

/// What a receiver filters by, in a fixed order; what does not apply is left out.
fn parameters(event: &FeedEvent) -> Vec<Parameter> {
    let mut list: Vec<Parameter> = vec![("cursor", event.at.0.to_string())];
    match &event.change {
        Change::Finding(change) => {
            let finding = change.finding();
            let claim = &finding.conclusion;
            let owners: Vec<&str> = finding.owners.iter().map(OwnerId::as_str).collect();
            list.extend([
                ("rule", claim.rule.as_str().to_owned()),
                ("severity", claim.severity.name().to_owned()),
                ("score", claim.score.to_string()),
                ("state", finding.state.name().to_owned()),
                ("finding", finding.id.0.clone()),
                ("identity", finding.subject.plain()),
                ("kind", finding.subject_kind.clone()),
                ("source", finding.source.clone()),
                ("since", moment(finding.opened_at)),
                ("owner", owners.join(" ")),
            ]);
            match &claim.about {
                model::About::Subject => {}
                model::About::Credential(id) => list.push(("credential", id.0.clone())),
                model::About::Placement(id) => list.push(("placement", id.0.clone())),
            }
        }
        Change::Existence(subject, _) => list.push(("identity", subject.plain())),
        Change::Coverage(status) => list.extend([
            ("scope", status.scope.0.clone()),
            ("source", status.scope.source().to_owned()),
            ("agent", status.agent.0.clone()),
            ("state", status.state.name().to_owned()),
        ]),
        Change::Refused(refusal) => {
            list.extend([("peer", refusal.peer.clone()), ("code", refusal.code.clone())]);
        }
        Change::Owners(problems) => list.push(("problems", problems.len().to_string())),
    }
    list.retain(|(_, value)| !value.is_empty());
    list
}

/// The structured data; each value takes `bytes_max` at most.
fn elements(parameters: &[Parameter], options: &SyslogOptions, bytes_max: usize) -> String {
    let mut text = format!("[{}", options.element_id);
    for (name, value) in parameters {
        text.push(' ');
        text.push_str(name);
        text.push_str("=\"");
        text.push_str(&escaped(value, bytes_max));
        text.push('"');
    }
    text.push_str("][origin software=\"muster\" swVersion=\"");
    text.push_str(env!("CARGO_PKG_VERSION"));
    text.push_str("\"]");
    text
}

/// RFC 5424, 6.3.3: `"`, `\` and `]` are escaped; control characters should not be there at all.
/// What does not fit into `bytes_max` is left out, with an ellipsis in its place.
fn escaped(value: &str, bytes_max: usize) -> String {
    let mut text = String::new();
    // Where to cut if the rest turns out too long.
    let mut end: usize = 0;
    for c in value.chars() {
        match c {
            '"' | '\\' | ']' => text.extend(['\\', c]),
            c if c.is_control() => text.push(' '),
            c => text.push(c),
        }
        if text.len() > bytes_max {
            text.truncate(end);
            text.push_str(ELLIPSIS);
            return text;
        }
        if text.len().saturating_add(ELLIPSIS.len()) <= bytes_max {
            end = text.len();
        }
    }
    text
}

/// One sentence for a human, on one line.
fn text(event: &FeedEvent) -> String {
    let text = match &event.change {
        Change::Finding(change) => {
            let finding = change.finding();
            let claim = &finding.conclusion;
            let subject = finding.subject.plain();
            let (severity, rule, because) = (claim.severity, &claim.rule, &claim.because);
            match &**change {
                FindingChange::Opened(_) | FindingChange::Updated(_) => {
                    format!("{severity} {rule} {subject}: {because}")
                }
                FindingChange::Resolved(_, why) => {
                    format!("resolved {rule} {subject}: {why}")
                }
            }
        }
        Change::Existence(subject, true) => format!("appeared: {}", subject.plain()),
        Change::Existence(subject, false) => format!("gone: {}", subject.plain()),
        Change::Coverage(status) => match &status.state {
            ScopeState::Abandoned(why) => format!("{} not seen to its end: {why}", status.scope),
            state @ (ScopeState::Running | ScopeState::Complete | ScopeState::Differs) => {
                format!("{}: {}", status.scope, state.name())
            }
        },
        Change::Refused(refusal) => {
            format!("refused {}: {}: {}", refusal.peer, refusal.code, refusal.detail)
        }
        Change::Owners(problems) => match problems.first() {
            None => "declarations are in force as written".to_owned(),
            Some(first) => format!(
                "{} problems in the declarations, first {}:{}: {}",
                problems.len(),
                first.file,
                first.line,
                first.what
            ),
        },
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The event as JSON in ASCII, so that it needs no byte order mark.
fn json(event: &FeedEvent) -> String {
    let whole = proto::json::feed_event(event).to_string();
    let mut ascii = String::with_capacity(whole.len());
    for c in whole.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            ascii.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                ascii.push_str(&format_args!("\\u{unit:04x}").to_string());
            }
        }
    }
    ascii
}

/// `text`, or its beginning and an ellipsis, in at most `bytes_max` bytes.
fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let Some(room) = bytes_max.checked_sub(ELLIPSIS.len()) else { return String::new() };
    let end = text.floor_char_boundary(room);
    format!("{}{ELLIPSIS}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests;
