//! Keys that stand twice in one object: readers of JSON differ in which of them they keep, so that nobody
//! can say what such a document says.

use std::collections::BTreeSet;

/// The first key of `text` that its object has already, and where; `text` is JSON.
pub(super) fn key(text: &str) -> Option<String> {
    // For each object and list that is open, the keys so far; a list has none.
    let mut open: Vec<Option<BTreeSet<String>>> = Vec::new();
    let mut is_key = false;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let begun = at;
        at = at.saturating_add(1);
        match byte {
            b'{' => open.push(Some(BTreeSet::new())),
            b'[' => open.push(None),
            b'}' | b']' => drop(open.pop()),
            b'"' => {
                at = end_of_string(text, at);
                let string = text.get(begun..at).unwrap_or_default();
                if is_key
                    && let Some(Some(keys)) = open.last_mut()
                    && let Ok(key) = serde_json::from_str::<String>(string)
                    && let Some(twice) = keys.replace(key)
                {
                    let line = text.get(..begun)?.matches('\n').count().saturating_add(1);
                    return Some(format!("the key `{twice}` stands twice, again on line {line}"));
                }
            }
            _ => {}
        }
        is_key = match byte {
            b'{' => true,
            b',' => matches!(open.last(), Some(Some(_))),
            b' ' | b'\n' | b'\r' | b'\t' => is_key,
            _ => false,
        };
    }
    None
}

/// Behind the quote that ends the string which begins before `at`.
fn end_of_string(text: &str, mut at: usize) -> usize {
    while let Some(byte) = text.as_bytes().get(at) {
        at = at.saturating_add(if *byte == b'\\' { 2 } else { 1 });
        if *byte == b'"' {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn a_key_stands_twice_in_one_object_alone() {
        let told = |text: &str| {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
            key(text).unwrap_or_default()
        };
        for text in [
            r#"{"a":{"a":"a"},"b":["a","a",{"a":"b"}],"c":"a"}"#,
            r#"[{"a":1},{"a":1},"a","a"]"#,
            r#"{"a\"":1,"a":"\\","b":2}"#,
        ] {
            assert_eq!(told(text), "", "{text}");
        }
        assert_eq!(told("{\"a\":1,\n \"a\":2}"), "the key `a` stands twice, again on line 2");
        assert_eq!(
            told(r#"[{"x":{"b":[],"\u0062":1}}]"#),
            "the key `b` stands twice, again on line 1"
        );
    }
}
