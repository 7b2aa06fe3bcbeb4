use std::fmt::Write as _;

use super::*;

fn told(text: &str) -> String {
    let mut problems = Problems::default();
    assert!(document("a.yaml", text, &mut problems).is_none(), "`{text}` was read");
    let problems = problems.none().unwrap_err();
    assert_eq!(problems.len(), 1);
    format!("{}: {}", problems[0].line, problems[0].what)
}

#[test]
fn refuses_an_alias_bomb_at_its_first_anchor() {
    let mut text = String::from("a0: &a0 [x, x]\n");
    for level in 1..40 {
        let below = level - 1;
        writeln!(text, "a{level}: &a{level} [*a{below}, *a{below}]").unwrap();
    }
    assert_eq!(told(&text), "1: an anchor (`&name`) is not allowed");
}

#[test]
fn refuses_tags_and_a_second_document() {
    assert_eq!(told("a: !!str x\n"), "1: a tag (`!name`) is not allowed");
    assert_eq!(told("a: x\n---\nb: y\n"), "2: a second document (`---`) in one file");
}

#[test]
fn refuses_nesting_of_any_depth_beyond_the_limit() {
    for depth in [17, 100, 100_000] {
        for open in ["[", "{a: ", "- "] {
            let text = open.repeat(depth);
            let mut problems = Problems::default();
            assert!(document("a.yaml", &text, &mut problems).is_none(), "{open} {depth}");
        }
    }
}

#[test]
fn tells_the_line_of_a_syntax_error() {
    assert!(told("a: x\nb: [1,\nc: }\n").starts_with("3: not valid YAML: "));
}

#[test]
fn refuses_more_keys_than_anyone_has() {
    let mut text = String::new();
    for n in 0..2_000 {
        writeln!(text, "k{n}: v").unwrap();
    }
    assert_eq!(told(&text), "1001: more than 1000 keys in one mapping");
}

#[test]
fn tells_of_a_key_given_twice_and_goes_on() {
    let mut problems = Problems::default();
    let node = document("a.yaml", "a: x\na: y\nb: z\n", &mut problems).unwrap();
    let Value::Mapping(pairs) = node.value else { panic!("no mapping") };
    assert_eq!(pairs.len(), 2);
    let problems = problems.none().unwrap_err();
    assert_eq!((problems[0].line, problems[0].what.as_str()), (2, "`a` is given twice"));
}

#[test]
fn knows_the_line_of_every_key_and_value() {
    let mut problems = Problems::default();
    let node = document("a.yaml", "# about\na:\n  - x\n  -\n    b: |\n      text\n", &mut problems);
    assert_eq!(
        format!("{:?}", node.unwrap()),
        "Node { line: 2, value: Mapping([Pair { key: \"a\", line: 2, value: Node { line: 3, value: List([\
         Node { line: 3, value: Text(\"x\") }, \
         Node { line: 5, value: Mapping([Pair { key: \"b\", line: 5, value: Node { line: 6, value: Text(\"text\\n\") } }]) }\
         ]) } }]) }"
    );
}
