//! Holds JSON against the schemas in `docs/schema`, for the tests of this crate and of the commands.
//!
//! Knows the part of JSON Schema that those use; a keyword that is not known here stops the test, as
//! does a key of an object that its schema does not describe.

#![expect(clippy::expect_used, clippy::panic, reason = "a wrong schema must stop its test")]

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

/// The schema in the file `name` of `docs/schema`.
///
/// # Panics
///
/// If there is none, or it is no JSON.
#[must_use]
pub fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema").join(name);
    let text = std::fs::read_to_string(&path).expect(name);
    serde_json::from_str(&text).expect(name)
}

/// Whether `value` is as the schema `name` says.
///
/// # Panics
///
/// If it is not: with all that is wrong.
#[track_caller]
pub fn assert_valid(value: &Value, name: &str) {
    let root = schema(name);
    let mut wrong = Vec::new();
    validate(value, &root, &root, "$", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}\n{value:#}");
}

fn validate(value: &Value, schema: &Value, root: &Value, at: &str, wrong: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => refer(value, text(rule), root, at, wrong),
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !types.iter().any(|name| is_of_type(value, text(name))) {
                    wrong.push(format!("{at} is not of type {rule}"));
                }
            }
            "enum" => {
                if !list(rule).contains(value) {
                    wrong.push(format!("{at} is not one of {rule}"));
                }
            }
            "format" | "minimum" | "maximum" => bounds(value, keyword, rule, at, wrong),
            "required" => {
                for key in list(rule) {
                    if value.is_object() && value.get(text(key)).is_none() {
                        wrong.push(format!("{at} lacks {key}"));
                    }
                }
            }
            "properties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    match rule.get(key) {
                        Some(rule) => validate(item, rule, root, &format!("{at}.{key}"), wrong),
                        None => wrong.push(format!("{at}.{key} is not described")),
                    }
                }
            }
            "additionalProperties" => {
                for (key, item) in value.as_object().into_iter().flatten() {
                    validate(item, rule, root, &format!("{at}.{key}"), wrong);
                }
            }
            "items" => {
                for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                    validate(item, rule, root, &format!("{at}[{place}]"), wrong);
                }
            }
            other => panic!("`{other}` is not known to this test"),
        }
    }
}

fn refer(value: &Value, name: &str, root: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(pointer) = name.strip_prefix('#') {
        validate(value, root.pointer(pointer).expect(name), root, at, wrong);
    } else {
        let other = schema(name);
        validate(value, &other, &other, at, wrong);
    }
}

fn bounds(value: &Value, keyword: &str, rule: &Value, at: &str, wrong: &mut Vec<String>) {
    let limit = || rule.as_f64().expect("a bound is a number");
    let is_within = match keyword {
        "minimum" => value.as_f64().is_none_or(|number| number >= limit()),
        "maximum" => value.as_f64().is_none_or(|number| number <= limit()),
        _ => {
            assert_eq!(rule, "date-time");
            value.as_str().is_none_or(|it| it.ends_with('Z') && it.parse::<Timestamp>().is_ok())
        }
    };
    if !is_within {
        wrong.push(format!("{at} breaks {keyword} {rule}"));
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("`{other}` is no type"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a schema names it by a text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a schema has a list here")
}
