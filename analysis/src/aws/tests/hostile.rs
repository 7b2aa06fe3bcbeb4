//! Documents and accounts made to take too long or to be misread: what is answered, and what is told with
//! which place. That it ends is by what is counted, never by a clock; the measured times are in the notes
//! of the commits.

use super::super::document::Document;
use super::super::{Truth, Verdict};
use super::{ADMIN, CI, ci, estate_of, judged, verdict};

fn flaws(statements: &str) -> Vec<String> {
    let text = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{statements}]}}");
    Document::read(&text).flaws
}

fn statement(action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":{action},"Resource":{resource},"Condition":{condition}}}"#
    )
}

/// What `ci` is answered to `s3:GetObject` on `b/k` with that one document.
fn answer(document: &str) -> Truth {
    let estate = estate_of(&format!("{CI}  permission own {document}\n"), &[]);
    let user = "arn:aws:iam::111122223333:user/ci";
    estate.explain(user, "s3:GetObject", "arn:aws:s3:::b/k").unwrap().allowed
}

#[test]
fn a_document_of_ten_megabytes_is_told_and_not_read() {
    let sid = "a".repeat(10_000_000);
    let text = format!(
        r#"{{"Statement":{{"Sid":"{sid}","Effect":"Allow","Action":"*","Resource":"*"}}}}"#
    );
    assert_eq!(Document::read(&text).flaws, ["it is longer than 1048576 bytes"]);
    assert_eq!(answer(&text), Truth::Doubt);
}

#[test]
fn a_text_longer_than_any_document_may_be_is_told_at_its_statement() {
    let long = format!("\"{}b\"", "*a".repeat(100_000));
    let read = r#"{"Effect":"Allow","Action":"a:b","Resource":"*"}"#;
    let told = |place: &str| {
        [format!("Statement[1]: `{place}` holds a text of 200001 bytes, and 20480 are the most")]
    };
    let in_second = |it: String| flaws(&format!("{read},{it}"));
    assert_eq!(in_second(statement(&long, "\"*\"", "{}")), told("Action"));
    assert_eq!(in_second(statement("\"*\"", &long, "{}")), told("Resource"));
    let condition = format!(r#"{{"StringLike":{{"a:k":["b",{long}]}}}}"#);
    assert_eq!(in_second(statement("\"*\"", "\"*\"", &condition)), told("a:k"));
}

#[test]
fn what_was_not_understood_of_a_list_may_be_what_is_asked_for() {
    let of = |action: &str, resource: &str| {
        answer(&format!("{{\"Statement\":{}}}", statement(action, resource, "{}")))
    };
    assert_eq!(of("\"*\"", "[7]"), Truth::Doubt);
    assert_eq!(of("[\"iam:*\",7]", "\"*\""), Truth::Doubt);
    assert_eq!(of("\"iam:*\"", "[7]"), Truth::No);
}

#[test]
fn a_pattern_made_to_explode_is_matched_in_the_product_of_the_lengths() {
    let pattern = format!("\"arn:aws:s3:::{}b\"", "*k".repeat(10_000));
    let text = format!("{{\"Statement\":{}}}", statement("\"*\"", &pattern, "{}"));
    assert_eq!(answer(&text), Truth::No);
    let stars = format!("\"arn:aws:s3:::{}k\"", "*".repeat(20_000));
    let text = format!("{{\"Statement\":{}}}", statement("\"*\"", &stars, "{}"));
    assert_eq!(answer(&text), Truth::Yes);
    assert_eq!(verdict(&format!("{CI}  permission own {text}\n{ADMIN}")), "no");
}

#[test]
fn ten_thousand_statements_are_judged_whatever_they_ask_for() {
    let statements = |effect: &str| -> String {
        let one = |no: usize| {
            let condition = format!(r#"{{"StringLike":{{"a:k{}":"v{no}*"}}}}"#, no % 9);
            statement("\"*\"", "\"*\"", &condition).replace("Allow", effect)
        };
        (0..10_000).map(one).collect::<Vec<_>>().join(",")
    };
    assert_eq!(answer(&format!("{{\"Statement\":[{}]}}", statements("Allow"))), Truth::Maybe);
    let allow = statement("\"*\"", "\"*\"", "{}");
    let denied = format!("{{\"Statement\":[{allow},{}]}}", statements("Deny"));
    assert_eq!(verdict(&format!("{CI}  permission own {denied}\n")), "administrator");
}

#[test]
fn a_hundred_thousand_actions_stand_in_one_statement() {
    let actions: Vec<String> = (0..100_000).map(|no| format!("\"s:{no}\"")).collect();
    let with = |last: &str| {
        let actions = format!("[{},\"{last}\"]", actions.join(","));
        answer(&format!("{{\"Statement\":{}}}", statement(&actions, "\"*\"", "{}")))
    };
    assert_eq!(with("s3:GetObject"), Truth::Yes);
    assert_eq!(with("s3:PutObject"), Truth::No);
}

#[test]
fn an_unknown_operator_is_told_with_its_statement() {
    let odd = statement("\"*\"", "\"*\"", r#"{"StringResembles":{"a:k":"v"}}"#);
    assert_eq!(flaws(&odd), ["Statement[0]: the operator `StringResembles` is not known"]);
    assert_eq!(answer(&format!("{{\"Statement\":{odd}}}")), Truth::Doubt);
}

#[test]
fn deep_nesting_is_told_with_its_place() {
    let deep = format!("{{\"Statement\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let told = ["it is not JSON: recursion limit exceeded at line 1 column 140"];
    assert_eq!(Document::read(&deep).flaws, told);
}

#[test]
fn a_key_that_stands_twice_leaves_the_document_in_doubt() {
    let twice =
        r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Action":"iam:*","Resource":"*"}}"#;
    assert_eq!(Document::read(twice).flaws, ["the key `Action` stands twice, again on line 1"]);
    assert_eq!(answer(twice), Truth::Doubt);
    let in_two_cases = twice.replacen("Action", "action", 1);
    assert_eq!(Document::read(&in_two_cases).flaws, ["Statement[0]: `action` stands twice"]);
    assert_eq!(answer(&in_two_cases), Truth::Doubt);
}

#[test]
fn a_user_of_ten_thousand_groups_has_what_each_allows() {
    let arn = |no: usize| format!("arn:aws:iam::111122223333:group/g{no}");
    let group = |no: usize| {
        let policy = allow("\"s3:GetObject\"", &format!("\"arn:aws:s3:::b/{no}\""));
        format!("group {}\n  permission g{no} {policy}\n", arn(no))
    };
    let groups: Vec<String> = (0..10_000).map(arn).collect();
    let user = CI.replace('\n', &format!("  groups={}\n", groups.join(",")));
    let text = (0..10_000).map(group).collect::<String>() + &user;
    let estate = estate_of(&text, &[]);
    let user = "arn:aws:iam::111122223333:user/ci";
    let asked = |no: &str| {
        estate.explain(user, "s3:GetObject", &format!("arn:aws:s3:::b/{no}")).unwrap().allowed
    };
    assert_eq!((asked("9999"), asked("10000")), (Truth::Yes, Truth::No));
}

/// Roles of which each may take on some others.
fn roles(count: usize, of: impl Fn(usize) -> (String, String)) -> String {
    let one = |no: usize| {
        let (trusted, policy) = of(no);
        format!(
            "role arn:aws:iam::111122223333:role/r{no}\n  permission p{no} {policy}\n  trust t{no} \
             {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{{\"AWS\":[{trusted}]}}}}}}\n"
        )
    };
    (0..count).map(one).collect()
}

fn role(no: usize) -> String {
    format!("\"arn:aws:iam::111122223333:role/r{no}\"")
}

fn allow(action: &str, resource: &str) -> String {
    format!(
        "{{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":{action},\"Resource\":{resource}}}}}"
    )
}

#[test]
fn in_a_chain_of_a_thousand_roles_each_reaches_the_next() {
    let text = roles(1_000, |no| {
        let policy = if no == 999 {
            allow("\"*\"", "\"*\"")
        } else {
            allow("\"sts:AssumeRole\"", &role(no + 1))
        };
        (role(no.saturating_sub(1)), policy)
    });
    let judgements = judged(&text);
    let count = |verdict| judgements.iter().filter(|it| it.verdict == verdict).count();
    assert_eq!((count(Verdict::Escalates), count(Verdict::Administrator)), (999, 1));
}

#[test]
fn in_a_mesh_of_roles_each_reaches_the_administrator_in_one_step() {
    let all = (0..200).map(role).collect::<Vec<_>>().join(",");
    let text = roles(200, |no| {
        let actions = if no == 0 { "\"*\"" } else { "\"sts:AssumeRole\"" };
        (all.clone(), allow(actions, "\"*\""))
    });
    let judgements = judged(&text);
    let steps = judgements.iter().filter(|it| it.verdict == Verdict::Escalates);
    assert!(steps.clone().all(|it| it.because.len() == 1));
    assert_eq!(steps.count(), 199);
    assert_eq!(verdict(&ci("\"s3:*\"")), "no");
}
