//! The parser here is written from the ABNF of RFC 5424, section 6, and takes nothing else.

use std::collections::BTreeMap;

use super::super::super::testing::{at, event, every_change, finding, opened};
use super::*;

/// A message taken apart.
#[derive(Debug)]
struct Parsed {
    priority: u16,
    timestamp: String,
    host: String,
    message_id: String,
    /// By element and parameter, unescaped.
    data: BTreeMap<(String, String), String>,
    text: String,
}

fn parse(frame: &[u8]) -> Parsed {
    let text = std::str::from_utf8(frame).unwrap();
    let (length, message) = text.split_once(' ').unwrap();
    assert!(
        length.starts_with(|c: char| ('1'..='9').contains(&c)),
        "MSG-LEN = NONZERO-DIGIT *DIGIT"
    );
    assert_eq!(length.parse::<usize>().unwrap(), message.len(), "MSG-LEN counts octets");

    let rest = message.strip_prefix('<').unwrap();
    let (priority, rest) = rest.split_once('>').unwrap();
    assert!((1..=3).contains(&priority.len()) && (priority == "0" || !priority.starts_with('0')));
    let mut fields = rest.splitn(7, ' ');
    let mut field = || fields.next().unwrap().to_owned();
    assert_eq!(field(), "1", "VERSION");
    let timestamp = field();
    let seconds = timestamp.strip_suffix('Z').unwrap();
    let fraction = seconds.split_once('.').map_or("0", |(_, fraction)| fraction);
    assert!((1..=6).contains(&fraction.len()), "TIME-SECFRAC = . 1*6DIGIT, not {fraction}");
    timestamp.parse::<Timestamp>().unwrap();
    let (host, app, process, message_id) = (field(), field(), field(), field());
    for (field, len_max) in [(&host, 255), (&app, 48), (&process, 128), (&message_id, 32)] {
        assert!((1..=len_max).contains(&field.len()), "{field} is too long");
        assert!(field.bytes().all(|byte| (33..=126).contains(&byte)), "{field} is no PRINTUSASCII");
    }
    assert_eq!((app.as_str(), process.as_str()), ("muster", "-"));

    let (data, text) = structured_data(&field());
    let text = text.strip_prefix(' ').expect("SP between STRUCTURED-DATA and MSG").to_owned();
    Parsed { priority: priority.parse().unwrap(), timestamp, host, message_id, data, text }
}

fn sd_name(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| !['=', ' ', ']', '"'].contains(c)) {
        assert!(c.is_ascii_graphic());
        name.push(c);
    }
    assert!((1..=32).contains(&name.len()), "SD-NAME = 1*32PRINTUSASCII, not `{name}`");
    name
}

type Data = BTreeMap<(String, String), String>;

fn structured_data(text: &str) -> (Data, String) {
    let mut chars = text.chars().peekable();
    let mut data = Data::new();
    while chars.next_if_eq(&'[').is_some() {
        let element = sd_name(&mut chars);
        while chars.next_if_eq(&' ').is_some() {
            let name = sd_name(&mut chars);
            assert_eq!((chars.next(), chars.next()), (Some('='), Some('"')));
            let mut value = String::new();
            loop {
                match chars.next().unwrap() {
                    '"' => break,
                    ']' => panic!("`]` must be escaped"),
                    '\\' => {
                        let escaped = chars.next().unwrap();
                        assert!(['"', '\\', ']'].contains(&escaped));
                        value.push(escaped);
                    }
                    c => value.push(c),
                }
            }
            assert!(data.insert((element.clone(), name), value).is_none(), "given twice");
        }
        assert_eq!(chars.next(), Some(']'));
    }
    (data, chars.collect())
}

fn options() -> SyslogOptions {
    SyslogOptions::new("siem", "127.0.0.1:601", "collector.example.org")
}

fn told(event: &FeedEvent) -> Parsed {
    parse(&frame(event, &options()))
}

fn parameter<'a>(parsed: &'a Parsed, name: &str) -> &'a str {
    &parsed.data[&("muster@32473".to_owned(), name.to_owned())]
}

#[test]
fn says_an_opened_finding_as_the_standard_wants_it() {
    let frame = frame(&opened(17, "nobody is declared to answer for it"), &options());
    let (_, message) = std::str::from_utf8(&frame).unwrap().split_once(' ').unwrap();
    let id = finding("").id;
    assert_eq!(
        message,
        format!(
            "<107>1 2026-11-22T10:00:00.123456Z collector.example.org muster - finding.opened \
             [muster@32473 cursor=\"17\" rule=\"orphaned.no_owner\" severity=\"high\" score=\"72\" \
             state=\"open\" finding=\"{id}\" identity=\"arn:aws:iam::123456789012:user/ci\" \
             kind=\"user\" source=\"aws_iam\" since=\"2026-11-22T10:00:00.000000Z\" \
             owner=\"team:payments person:ada\"][origin software=\"muster\" swVersion=\"{}\"] \
             \u{feff}high orphaned.no_owner arn:aws:iam::123456789012:user/ci: \
             nobody is declared to answer for it",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn every_change_follows_the_grammar_and_is_named() {
    for event in every_change() {
        let parsed = told(&event);
        assert_eq!(parsed.message_id, event.change.name());
        assert_eq!(parsed.host, "collector.example.org");
        assert_eq!(parsed.timestamp, "2026-11-22T10:00:00.123456Z");
        assert_eq!(parameter(&parsed, "cursor"), event.at.0.to_string());
        assert!(parsed.text.starts_with('\u{feff}'), "MSG-UTF8 = BOM UTF-8-STRING");
    }
}

#[test]
fn maps_severities_as_the_manual_says() {
    let expected = [
        (Severity::Critical, 106),
        (Severity::High, 107),
        (Severity::Medium, 108),
        (Severity::Low, 109),
        (Severity::Info, 110),
    ];
    for (severity, priority) in expected {
        let mut finding = finding("x");
        finding.conclusion.severity = severity;
        let change = Change::Finding(Box::new(FindingChange::Opened(finding)));
        assert_eq!(told(&event(1, change)).priority, priority, "{severity}");
    }
    let others: Vec<u16> = every_change().iter().map(|event| told(event).priority).collect();
    assert_eq!(others, [107, 107, 110, 110, 110, 108, 108, 108, 110]);
}

#[test]
fn escapes_what_would_end_a_parameter() {
    let hostile = r#"x"] [evil@1 a="b\"#;
    let subject = model::SubjectId::Identity(hostile.into());
    let parsed = told(&event(1, Change::Existence(subject, true)));
    assert_eq!(parameter(&parsed, "identity"), hostile);
    assert!(!parsed.data.keys().any(|(element, _)| element == "evil@1"));
}

#[test]
fn lets_no_line_end_into_a_message() {
    let subject = model::SubjectId::Identity("a\nb\r\0c".into());
    for change in [Change::Existence(subject, true), opened(1, "two\nlines").change] {
        let frame = frame(&event(1, change), &options());
        assert!(!frame.iter().any(u8::is_ascii_control), "{frame:?}");
    }
}

#[test]
fn a_long_text_loses_its_end_and_no_parameter() {
    let event = opened(1, &"äöü ".repeat(10_000));
    let frame = frame(&event, &options());
    let parsed = parse(&frame);
    let message_len = frame.len() - "8192 ".len();
    assert!((8_188..=8_192).contains(&message_len), "{message_len}");
    assert!(parsed.text.ends_with('…'));
    assert_eq!(parameter(&parsed, "owner"), "team:payments person:ada");
}

#[test]
fn long_parameters_lose_their_ends_and_the_message_still_fits_what_every_receiver_takes() {
    let mut long = finding(&"x".repeat(5_000));
    long.subject = model::SubjectId::Identity("\"".repeat(5_000).into());
    long.subject_kind = "]".repeat(5_000);
    long.source = "]".repeat(5_000);
    long.owners = vec!["]".repeat(5_000).into()];
    long.conclusion.rule = model::RuleId("]".repeat(5_000).into());
    long.conclusion.about = model::About::Placement("]".repeat(5_000).into());
    let change = Change::Finding(Box::new(FindingChange::Opened(long)));
    let mut options = options();
    options.message_bytes_max = super::super::MESSAGE_BYTES_MIN;
    options.host = "h".repeat(255);
    let frame = frame(&event(u64::MAX, change), &options);
    assert!(frame.len() <= "2048 ".len() + 2_048, "{} bytes", frame.len());
    let parsed = parse(&frame);
    assert_eq!(parameter(&parsed, "cursor"), u64::MAX.to_string());
    assert!(parameter(&parsed, "identity").ends_with('…'));
}

#[test]
fn the_json_form_is_ascii_without_a_mark_and_reads_back() {
    let mut options = options();
    options.form = MessageForm::Json;
    let event = opened(17, "nobody answers: \u{1F511} ä\n");
    let parsed = parse(&frame(&event, &options));
    assert!(parsed.text.is_ascii());
    let read: serde_json::Value = serde_json::from_str(&parsed.text).unwrap();
    assert_eq!(read, proto::json::feed_event(&event));
}

#[test]
fn json_that_is_too_long_is_said_as_text() {
    let mut options = options();
    options.form = MessageForm::Json;
    let parsed = parse(&frame(&opened(17, &"x".repeat(9_000)), &options));
    assert!(parsed.text.starts_with("\u{feff}high orphaned.no_owner"));
}

#[test]
fn writes_a_time_with_six_digits_even_at_a_whole_second() {
    assert_eq!(moment(at("2026-11-22T10:00:00Z")), "2026-11-22T10:00:00.000000Z");
}
