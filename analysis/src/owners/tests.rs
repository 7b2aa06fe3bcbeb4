use std::collections::BTreeSet;

use jiff::Timestamp;
use model::testing::{Estate, day, estate};
use model::{
    Body, Declaration, DeclarationId, Ownership, Pattern, Placement, Presence, Selector, Subject,
};

use proptest::prelude::*;
use proptest::sample::select;

use super::{affected, declarations_changed, matches, resolve};
use crate::detector::testing::subjects;

fn now() -> Timestamp {
    day("2026-03-01")
}

fn first(estate: &Estate) -> Subject {
    subjects(estate, now()).remove(0)
}

/// Who answers for the first subject of the estate.
fn ownership(text: &str) -> Ownership {
    first(&estate(text)).ownership
}

/// The declarations that match a user, the most specific first.
fn ranking(declarations: &str) -> Vec<String> {
    let user = "user arn:aws:iam::1:user/ci  path=/build/ label.team=payments label.tier=gold";
    let ownership = ownership(&format!("{user}\n{declarations}"));
    ownership.matching.iter().map(|id| id.0.replace("f#", "")).collect()
}

#[test]
fn the_more_specific_declaration_stands_first() {
    let ranking = ranking(
        "
declare f#source  source=aws_iam
declare f#kind  kind=user
declare f#realm  realm=1
declare f#path  path=/build/*
declare f#label  label.team=payments
declare f#labels  label.team=* label.tier=*
declare f#id-short  id=arn:aws:iam::*
declare f#id-long  id=arn:aws:iam::1:user/*
declare f#id-exact  id=arn:aws:iam::1:user/ci
",
    );
    let order =
        ["id-exact", "id-long", "id-short", "labels", "label", "path", "realm", "kind", "source"];
    assert_eq!(ranking, order);
}

#[test]
fn a_condition_more_is_more_specific() {
    let ranking = ranking("declare f#a  kind=user\ndeclare f#b  kind=user source=aws_iam");
    assert_eq!(ranking, ["b", "a"]);
}

#[test]
fn an_exact_realm_beats_a_pattern() {
    assert_eq!(ranking("declare f#a  realm=1*\ndeclare f#b  realm=1"), ["b", "a"]);
}

#[test]
fn every_condition_must_hold() {
    assert_eq!(ranking("declare f#a  kind=user label.team=search"), [""; 0]);
    assert_eq!(ranking("declare f#a  kind=user label.missing=*"), [""; 0]);
    assert_eq!(ranking("declare f#a  namespace=/build/*"), [""; 0]);
}

#[test]
fn only_the_most_specific_are_in_force_and_as_a_whole() {
    let ownership = ownership(
        "
user arn:aws:iam::1:user/ci
declare f#a  kind=user technical=person:ada
declare f#b  source=aws_iam lifecycle=person:bob purpose=builds
person ada
person bob
",
    );
    assert_eq!(ownership.declarations, ["f#a".into()]);
    assert_eq!((ownership.lifecycle.len(), ownership.purpose), (0, None));
}

#[test]
fn a_tie_names_all_owners_and_the_dispute() {
    let ownership = ownership(
        "
user arn:aws:iam::1:user/ci
declare f#a  kind=user technical=person:ada purpose=builds
declare f#b  kind=user technical=person:bob purpose=tests
person ada
person bob
",
    );
    let owners: Vec<&str> = ownership.technical.iter().map(|it| it.owner.as_str()).collect();
    assert_eq!(owners, ["person:ada", "person:bob"]);
    assert_eq!(ownership.disputed, ["f#a".into(), "f#b".into()]);
    assert_eq!(ownership.purpose.as_deref(), Some("builds"), "the first in order");
}

#[test]
fn an_unclaimed_credential_is_matched_by_its_id_and_places() {
    let text = "
key_pair a1
  at host:web-1/file:/etc/backup/key  kind=private_key_file
declare f#a  kind=unclaimed path=/etc/backup/* technical=person:ada
declare f#b  id=key:a1 realm=host:web-* technical=person:ada
declare f#c  kind=unclaimed path=/srv/* technical=person:ada
person ada
";
    assert_eq!(ownership(text).matching, ["f#b".into(), "f#a".into()]);
}

#[test]
fn a_person_who_will_leave_is_there_until_then() {
    let estate = estate(
        "
user arn:aws:iam::1:user/ci
declare f#a  kind=user technical=person:ada
person ada  left=2026-03-01
",
    );
    let subject = first(&estate);
    let presence =
        |date: &str| resolve(&subject, &estate.owners, day(date)).technical[0].presence.clone();
    assert_eq!(presence("2026-02-28"), Presence::Active);
    assert!(matches!(presence("2026-03-01"), Presence::Gone(_)));
}

#[test]
fn a_subject_is_affected_by_what_changes_its_owners_and_by_nothing_else() {
    let base = "
user arn:aws:iam::1:user/ci
declare f#a  kind=user technical=person:ada
declare f#other  kind=role technical=person:ada
person ada
person bob
";
    let before = estate(base);
    let subject = first(&before);
    let is_affected = |from: &str, to: &str| {
        affected(&before.owners, &estate(&base.replace(from, to)).owners, &subject)
    };
    assert!(is_affected("kind=user technical=person:ada", "kind=user technical=person:bob"));
    assert!(is_affected("person ada\n", "person ada left\n"));
    assert!(is_affected("person ada\n", "person ada left=2030-01-01\n"), "a date to come counts");
    assert!(is_affected("kind=user", "kind=user source=host"));
    assert!(!is_affected("kind=role technical=person:ada", "kind=role technical=person:bob"));
    assert!(!is_affected("person bob\n", "person bob left\n"));
}

/// Patterns over few texts, so that many begin, end and overlap alike, and some match nothing.
fn pattern() -> impl Strategy<Value = String> {
    let part = || select(vec!["", "a", "ab", "aba", "b", "arn:", "arn:a:", ":a", "/a/", "é", "*"]);
    prop::collection::vec(part(), 0..5).prop_map(|parts| parts.concat())
}

fn selector() -> impl Strategy<Value = Selector> {
    let some = || prop::option::weighted(0.4, pattern().prop_map(Pattern));
    let word = |words: [&'static str; 3]| prop::option::weighted(0.3, select(words.to_vec()));
    let labels = prop::collection::btree_map(select(vec!["a", "ab"]), pattern(), 0..3);
    (
        some(),
        some(),
        some(),
        some(),
        labels,
        word(["aws_iam", "host", "vault"]),
        word(["user", "us", "unclaimed"]),
    )
        .prop_map(|(id, realm, path, namespace, labels, source, kind)| Selector {
            id,
            source: source.map(str::to_owned),
            kind: kind.map(str::to_owned),
            realm,
            labels: labels.into_iter().map(|(name, it)| (name.to_owned(), Pattern(it))).collect(),
            path,
            namespace,
        })
}

/// An identity or an unclaimed credential whose texts are such as the patterns ask for.
fn subject() -> impl Strategy<Value = Subject> {
    let text = || pattern().prop_map(|text| text.replace('*', "ab"));
    let labels = prop::collection::btree_map(select(vec!["a", "ab"]), text(), 0..3);
    let source = select(vec!["aws_iam", "host", "vault"]);
    let places = prop::collection::vec((text(), text()), 0..3);
    (text(), text(), text(), labels, source, places, any::<bool>()).prop_map(
        |(id, realm, path, labels, source, places, is_identity)| {
            let text = if is_identity {
                "user arn:aws:iam::1:user/ci"
            } else {
                "key_pair k
  at host:web-1/file:/a  kind=private_key_file"
            };
            let mut subject = first(&estate(text));
            subject.source = source.to_owned();
            if let Body::Identity(identity) = &mut subject.body {
                identity.id = id.clone().into();
                identity.realm = realm;
                identity.path = path;
                identity.labels =
                    labels.into_iter().map(|(name, it)| (name.to_owned(), it)).collect();
            }
            for held in &mut subject.credentials {
                held.credential.id = id.clone().into();
                let first = held.placements.remove(0);
                held.placements.extend(places.iter().map(|(realm, path)| Placement {
                    realm: realm.clone(),
                    path: path.clone(),
                    ..first.clone()
                }));
            }
            subject
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_subject_meets_the_same_declarations_as_if_each_were_tried(
        selectors in prop::collection::vec(selector(), 0..40),
        subject in subject(),
    ) {
        let mut owners = estate("declare f#a  kind=user").owners;
        let blank = owners.declarations.get(&"f#a".into()).unwrap().clone();
        owners.declarations = selectors
            .into_iter()
            .enumerate()
            .map(|(no, selector)| {
                let id = DeclarationId(format!("f#{no:02}"));
                (id.clone(), Declaration { id, selector, ..blank.clone() })
            })
            .collect();
        let met: BTreeSet<DeclarationId> =
            resolve(&subject, &owners, now()).matching.into_iter().collect();
        let tried = owners.declarations.values().filter(|it| matches(&it.selector, &subject));
        prop_assert_eq!(met, tried.map(|it| it.id.clone()).collect::<BTreeSet<_>>());
    }
}

#[test]
fn a_declaration_that_comes_later_is_met_too() {
    let mut estate = estate("user arn:aws:iam::1:user/ci\ndeclare f#a  kind=user");
    let subject = first(&estate);
    let mut later = estate.owners.declarations.get(&"f#a".into()).unwrap().clone();
    later.id = "f#b".into();
    estate.owners.declarations.insert(later.id.clone(), later);
    let matching = resolve(&subject, &estate.owners, now()).matching;
    assert_eq!(matching, ["f#a".into(), "f#b".into()]);
}

#[test]
fn declarations_that_came_went_or_changed_are_told() {
    let old =
        estate("declare f#a  kind=user\ndeclare f#b  kind=user\ndeclare f#c  kind=user").owners;
    let new =
        estate("declare f#b  kind=user\ndeclare f#c  kind=role\ndeclare f#d  kind=user").owners;
    let changed: Vec<DeclarationId> = declarations_changed(&old, &new);
    assert_eq!(changed, ["f#a".into(), "f#c".into(), "f#d".into()]);
    assert_eq!(declarations_changed(&new, &new), []);
}
