use super::super::tests::estate_of;
use super::{Cut, cuts};
use crate::aws::{Verdict, judge};

const ADMIN: &str = r#"
role arn:aws:iam::111122223333:role/admin
  permission everything {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
  trust door {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111122223333:root"}}}
"#;

fn user(name: &str, policies: &[(&str, &str)]) -> String {
    let line = |(policy, actions): &(&str, &str)| {
        format!(
            "  permission arn:aws:iam::111122223333:policy/{policy} {{\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"ec2:Describe*\",\"Resource\":\"*\"}},\
             {{\"Sid\":\"More\",\"Effect\":\"Allow\",\"Action\":[{actions}],\"Resource\":\"*\"}}]}}\n"
        )
    };
    format!(
        "user arn:aws:iam::111122223333:user/{name}\n{}",
        policies.iter().map(line).collect::<String>()
    )
}

/// Policy and place, and who is freed, by name.
fn told(cut: &Cut) -> String {
    let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let frees: Vec<String> = cut.frees.iter().map(|id| last(id)).collect();
    let place = cut.place.statement.as_deref().unwrap_or("whole");
    format!("{} {place}: {}", last(&cut.place.policy), frees.join(","))
}

fn found(text: &str) -> Vec<String> {
    let estate = estate_of(text, &[]);
    let judgements = judge(&estate);
    cuts(estate, &judgements).iter().map(told).collect()
}

const ASSUME: &str = r#""sts:AssumeRole""#;
const PUT: &str = r#""iam:PutUserPolicy""#;

#[test]
fn a_statement_that_many_go_by_comes_first() {
    let shared = [("shared", PUT)];
    let text =
        format!("{}{}{}", user("a", &shared), user("b", &shared), user("c", &[("own", PUT)]));
    assert_eq!(found(&text), ["shared More: a,b", "own More: c"]);
}

#[test]
fn a_trust_that_many_go_by_is_one_thing() {
    let each = |name: &str| user(name, &[(&format!("of-{name}"), ASSUME)]);
    assert_eq!(found(&format!("{}{}{ADMIN}", each("a"), each("b"))), ["door whole: a,b"]);
}

#[test]
fn a_path_that_goes_another_way_is_not_broken() {
    let both = [("first", PUT), ("second", PUT)];
    assert_eq!(found(&user("a", &both)), Vec::<String>::new(), "each alone frees nobody");
    let text = format!("{}{}", user("a", &both), user("b", &both[..1]));
    assert_eq!(found(&text), ["first More: b", "second More: a"]);
}

#[test]
fn who_is_said_to_be_freed_is_freed() {
    let shared = [("shared", PUT), ("doors", ASSUME)];
    let text = format!("{}{}{ADMIN}", user("a", &shared), user("b", &shared[..1]));
    let mut estate = estate_of(&text, &[]);
    let judgements = judge(&estate);
    let list = cuts(estate_of(&text, &[]), &judgements);
    assert!(!list.is_empty());
    let mut freed = 0;
    for cut in &list {
        estate.take_away(&cut.place);
        let after = judge(&estate);
        for id in &cut.frees {
            freed += 1;
            assert_eq!(after.iter().find(|it| it.id == *id).unwrap().verdict, Verdict::No);
        }
    }
    let escalate = judgements.iter().filter(|it| it.verdict == Verdict::Escalates).count();
    assert_eq!((freed, escalate), (2, 2), "{list:?}");
}

#[test]
fn nobody_to_free_is_no_list_and_many_to_free_end() {
    assert_eq!(found(&user("a", &[("own", r#""s3:GetObject""#)])), Vec::<String>::new());
    let many: String =
        (0..60).map(|no| user(&format!("u{no}"), &[(&format!("p{no}"), PUT)])).collect();
    assert_eq!(found(&many).len(), super::CUTS_MAX);
}
