//! How each kind of thing looks: its columns, its rows, and its page for people.

pub(crate) mod agents;
pub(crate) mod coverage;
pub(crate) mod feed;
pub(crate) mod findings;
pub(crate) mod identities;
pub(crate) mod owners;
pub(crate) mod report;

use jiff::Timestamp;
use serde_json::Value;

use crate::output::{Column, Place};

/// A column.
pub(crate) const fn column(name: &'static str, place: Place) -> Column {
    Column { name, place }
}

/// A moment as people read it: to the minute, in UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment in JSON, or a word such as `never`, as people read it.
pub(crate) fn minute_of(value: &Value) -> String {
    let text = value.as_str().unwrap_or("-");
    text.parse().map_or_else(|_| text.to_owned(), minute)
}

/// A count with the word for what is counted.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// The text under `key`, or nothing.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

/// The list under `key`, or an empty one.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A wire moment as people read it, or a dash.
pub(crate) fn minute_sent(moment: Option<proto::v1::Moment>) -> String {
    sent(moment).map_or_else(|| "-".to_owned(), minute)
}

/// A wire moment for scripts.
pub(crate) fn moment_sent(moment: Option<proto::v1::Moment>) -> Value {
    sent(moment).map_or(Value::Null, |at| proto::json::moment(at).into())
}

/// A wire moment, if there is one that can be read.
pub(crate) fn sent(moment: Option<proto::v1::Moment>) -> Option<Timestamp> {
    moment.and_then(|moment| moment.try_into().ok())
}
