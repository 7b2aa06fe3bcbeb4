use std::collections::BTreeSet;

use model::testing::{day, estate};
use model::{Fact, PrivilegeVerdict};

use super::{Derived, Realm};

fn realm(account: &str, text: &str) -> Realm {
    let facts: Vec<Fact> = estate(text).sightings.into_iter().map(|it| it.fact).collect();
    let ours = BTreeSet::from(["1".to_owned(), "2".to_owned()]);
    Realm::of(account, &facts, [], ours, day("2026-03-01"))
}

/// What is concluded, a line each: who, what, whom it becomes; who may come in by which door.
fn concluded(account: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for fact in realm(account, text).facts() {
        if let Fact::Privileges(it) = &fact {
            let becomes: Vec<&str> = it.becomes.iter().map(model::IdentityId::as_str).collect();
            lines.push(format!("{} {} {}", it.identity, it.verdict, becomes.join(" ")));
        } else if let Fact::Door(it) = &fact {
            lines.push(format!("{} enters {}", it.outside, it.role));
        } else {
            panic!("{fact:?}");
        }
    }
    lines.sort();
    lines
}

const ESTATE: &str = r#"
user arn:aws:iam::1:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}
role arn:aws:iam::1:role/reader
  trust t1 {"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::1:root","arn:aws:iam::3:root"]},"Action":"sts:AssumeRole"}}
  permission reads {"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}
role arn:aws:iam::2:role/theirs
  trust t2 {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:user/ci"},"Action":"sts:AssumeRole"}}
"#;

#[test]
fn each_user_and_role_of_the_account_is_told_of_with_whom_it_can_become() {
    assert_eq!(
        concluded("1", ESTATE),
        [
            "arn:aws:iam::1:role/reader no ",
            "arn:aws:iam::1:user/ci escalates arn:aws:iam::1:role/reader \
             arn:aws:iam::2:role/theirs",
            "arn:aws:iam::3:root enters arn:aws:iam::1:role/reader",
        ]
    );
}

#[test]
fn another_account_is_told_where_it_may_come_in() {
    assert_eq!(
        concluded("2", ESTATE),
        ["arn:aws:iam::1:root enters arn:aws:iam::2:role/theirs", "arn:aws:iam::2:role/theirs no "]
    );
}

#[test]
fn a_role_that_lets_in_anyone_is_a_door_for_all() {
    let text = r#"
role arn:aws:iam::1:role/open
  trust t {"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}
"#;
    assert_eq!(
        concluded("1", text),
        ["arn:aws:iam::*:root enters arn:aws:iam::1:role/open", "arn:aws:iam::1:role/open no "]
    );
}

#[test]
fn a_changed_policy_concerns_its_holders_and_whoever_can_become_one() {
    let mut realm = realm("1", ESTATE);
    let then = ESTATE.replace("s3:GetObject", "s3:ListBucket");
    let facts: Vec<Fact> = estate(&then).sightings.into_iter().map(|it| it.fact).collect();
    let Derived::Some(changed) = realm.replace(&BTreeSet::new(), &facts) else {
        panic!("a policy alone")
    };
    let who: Vec<(String, PrivilegeVerdict)> = changed
        .into_iter()
        .map(|fact| {
            let Fact::Privileges(it) = fact else { panic!("{fact:?}") };
            (it.identity.0, it.verdict)
        })
        .collect();
    // What the role may do now is nothing that matters; the other account's role may do nothing.
    assert_eq!(
        who,
        [
            ("arn:aws:iam::1:role/reader".to_owned(), PrivilegeVerdict::No),
            ("arn:aws:iam::1:user/ci".to_owned(), PrivilegeVerdict::No)
        ]
    );
}

#[test]
fn a_changed_trust_concerns_everybody() {
    let then = ESTATE.replace("arn:aws:iam::3:root", "arn:aws:iam::4:root");
    let facts: Vec<Fact> = estate(&then).sightings.into_iter().map(|it| it.fact).collect();
    assert_eq!(realm("1", ESTATE).replace(&BTreeSet::new(), &facts), Derived::Anew);
}

#[test]
fn a_moment_that_a_condition_names_is_one_to_look_again() {
    let text = r#"
user arn:aws:iam::1:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-05-01T00:00:00Z"}}}}
"#;
    assert_eq!(realm("1", text).changes_at(), Some(day("2026-05-01")));
    assert_eq!(realm("1", ESTATE).changes_at(), None);
}
