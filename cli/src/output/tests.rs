//! The same rows in every form.

use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use serde_json::json;

use super::*;

/// A place to write to that can be read afterwards.
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

fn shown(format: Format, width: Option<usize>, listing: &Listing) -> String {
    let paper = Paper::default();
    let mut screen = Screen::new(Box::new(paper.clone()), format, Style::default(), width);
    screen.list(listing).unwrap();
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn two() -> Listing {
    let columns = vec![
        Column { name: "id", place: Place::Yields },
        Column { name: "kind", place: Place::Both },
        Column { name: "count", place: Place::Sheet },
        Column { name: "short", place: Place::Table },
        Column { name: "because", place: Place::Under },
    ];
    let row = |id: &str, because: &str| Row {
        cells: vec![id.into(), "user".into(), "3".into(), "u".into(), because.into()],
        value: json!({ "id": id, "because": because }),
    };
    let rows = vec![
        row("arn:aws:iam::123456789012:user/deploy", "its key is old, and nobody answers for it"),
        row("=cmd|' /C calc'!A0", "says \u{1b}[2J \"hello\", twice"),
    ];
    Listing { columns, rows, empty: "Nothing." }
}

fn one_by_one(format: Format, extent: Extent, rows: &[Row]) -> String {
    let paper = Paper::default();
    let mut screen = Screen::new(Box::new(paper.clone()), format, Style::default(), None);
    screen.begin(&two().columns, extent).unwrap();
    for row in rows {
        screen.line(row, "told").unwrap();
    }
    screen.end().unwrap();
    let bytes = paper.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_comes_one_by_one_and_ends_is_one_document() {
    let rows = two().rows;
    for len in 0..=rows.len() {
        let text = one_by_one(Format::Json, Extent::Whole, &rows[..len]);
        let document: Value = serde_json::from_str(&text).unwrap();
        let values: Vec<Value> = rows[..len].iter().map(|row| row.value.clone()).collect();
        assert_eq!(document, Value::Array(values));
    }
}

#[test]
fn what_never_ends_is_one_object_a_line_in_either_form() {
    let rows = two().rows;
    let text = one_by_one(Format::Json, Extent::Endless, &rows);
    assert_eq!(text, one_by_one(Format::Ndjson, Extent::Endless, &rows));
    let values = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(values.eq(rows.iter().map(|row| row.value.clone())));
}

#[test]
fn a_table_is_for_people() {
    assert_snapshot!(shown(Format::Table, None, &two()), @r#"
    ID                                     KIND  SHORT
    arn:aws:iam::123456789012:user/deploy  user  u
              its key is old, and nobody answers for it
    =cmd|' /C calc'!A0                     user  u
              says \u{1b}[2J "hello", twice
    "#);
}

#[test]
fn a_table_fits_the_terminal() {
    let text = shown(Format::Table, Some(40), &two());
    assert!(text.lines().all(|line| escape::width(line) <= 40), "{text}");
    assert_snapshot!(text, @r#"
    ID                           KIND  SHORT
    arn:aws:…789012:user/deploy  user  u
              its key is old, and nobody
              answers for it
    =cmd|' /C calc'!A0           user  u
              says \u{1b}[2J "hello", twice
    "#);
}

#[test]
fn json_is_one_document() {
    assert_snapshot!(shown(Format::Json, None, &two()), @r#"
    [
      {
        "because": "its key is old, and nobody answers for it",
        "id": "arn:aws:iam::123456789012:user/deploy"
      },
      {
        "because": "says \u001b[2J \"hello\", twice",
        "id": "=cmd|' /C calc'!A0"
      }
    ]
    "#);
}

#[test]
fn ndjson_is_one_object_a_line() {
    assert_snapshot!(shown(Format::Ndjson, None, &two()), @r#"
    {"because":"its key is old, and nobody answers for it","id":"arn:aws:iam::123456789012:user/deploy"}
    {"because":"says \u001b[2J \"hello\", twice","id":"=cmd|' /C calc'!A0"}
    "#);
}

#[test]
fn a_sheet_has_a_head_and_no_formulas() {
    assert_snapshot!(shown(Format::Csv, None, &two()), @r#"
    id,kind,count,because
    arn:aws:iam::123456789012:user/deploy,user,3,"its key is old, and nobody answers for it"
    '=cmd|' /C calc'!A0,user,3,"says \u{1b}[2J ""hello"", twice"
    "#);
}

#[test]
fn an_empty_list_says_so_to_people_and_is_empty_for_scripts() {
    let none = Listing { rows: Vec::new(), ..two() };
    assert_eq!(shown(Format::Table, None, &none), "Nothing.\n");
    assert_eq!(shown(Format::Json, None, &none), "[]\n");
    assert_eq!(shown(Format::Ndjson, None, &none), "");
    assert_eq!(shown(Format::Csv, None, &none), "id,kind,count,because\n");
}

#[test]
fn a_reader_who_leaves_is_a_quiet_end() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Table, Format::Json, Format::Ndjson, Format::Csv] {
        let mut screen = Screen::new(Box::new(Gone), format, Style::default(), None);
        assert!(screen.list(&two()).unwrap_err().is_quiet(), "{format:?}");
    }
}

#[test]
fn colour_is_used_only_if_asked_for() {
    let style = Style { color: true };
    assert_eq!(style.paint(Tone::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
    assert_eq!(Style::default().paint(Tone::Bad, "x"), "x");
}
