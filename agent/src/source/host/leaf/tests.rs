use super::*;

fn told(text: &str) -> Option<Vec<String>> {
    let leaves = leaves(text.as_bytes())?;
    let line = |leaf: &Leaf<'_>| {
        let path: Vec<String> = leaf.above(0).iter().map(|step| step.public()).collect();
        let value =
            leaf.decode().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        format!("{} = {}", path.join("/"), value.unwrap_or_else(|| "?".to_owned()))
    };
    Some(leaves.iter().map(line).collect())
}

/// RFC 8259.
#[test]
fn json_gives_every_value_with_its_path() {
    assert_eq!(
        told(" { \"a\" : [1, {\"b\": \"x\\n\\\"y\\u00e9\\/\"}], \"c\":{}, \"d\":null } ").unwrap(),
        ["a/0 = 1", "a/1/b = x\n\"y\u{e9}/", "d = null"]
    );
}

#[test]
fn json_that_is_cut_is_none() {
    let text = r#"{"a":[1,{"b":"x"}],"c":true}"#;
    for len in 1..text.len() {
        assert!(told(&text[..len]).is_none(), "{}", &text[..len]);
    }
    assert!(told("[1,]").is_none() && told("{\"a\"}").is_none() && told("[1]]").is_none());
}

#[test]
fn escapes_that_make_no_sense_have_no_value() {
    assert_eq!(told(r#"["\x", "\u12", "\ud800"]"#).unwrap(), ["0 = ?", "1 = ?", "2 = \u{fffd}"]);
}

#[test]
fn yaml_gives_every_value_with_its_path() {
    let text = "---\n# comment\na: 1\nlist:\n- name: x\n  deep:\n    t: \"q\\n\"\n- name: 'y' \nother:\n    - k: v # end\nempty: {}\n";
    assert_eq!(
        told(text).unwrap(),
        ["a = 1", "list/0/name = x", "list/0/deep/t = q\n", "list/1/name = y", "other/0/k = v"]
    );
}

#[test]
fn yaml_that_is_not_plain_is_none() {
    for text in ["a: |\n  text", "a: &x 1", "a: {b: c}", "- x", "a:\n  just words", "a: 'it''s'"] {
        assert!(told(text).is_none(), "{text}");
    }
}

#[test]
fn what_is_too_deep_or_too_much_is_none() {
    assert!(told(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))).is_none());
    assert!(told(&format!("[{}1]", "1,".repeat(LEAVES_MAX))).is_none());
}

#[test]
fn debug_shows_no_value_and_no_name() {
    let leaves = leaves(b"{\"name\": \"value\"}").unwrap();
    assert_eq!(format!("{leaves:?}"), "[Leaf { path: [Step(..)], value: Value(..) }]");
}

/// Looking at every step for every `-` took time in proportion to the square.
#[test]
fn a_line_of_dashes_is_too_deep() {
    assert!(told(&format!("{}a: b", "- ".repeat(200_000))).is_none());
}
