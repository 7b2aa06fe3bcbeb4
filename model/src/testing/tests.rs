use super::{day, estate};
use crate::{Fact, SubjectId, Use};

#[test]
fn a_dossier_holds_the_places_of_a_credential_wherever_they_are_written() {
    let estate = estate(
        "
user arn:aws:iam::111122223333:user/ci
  access_key AKIAEXAMPLE1  used=never
access_key AKIAEXAMPLE1
  at host:web-1/file:/root/.aws/credentials  kind=secret_file
",
    );
    assert_eq!(estate.subjects, [SubjectId::Identity("arn:aws:iam::111122223333:user/ci".into())]);
    let facts: Vec<Fact> =
        estate.dossiers()[0].sightings.iter().map(|it| it.fact.clone()).collect();
    let places = facts.iter().filter(|fact| matches!(fact, Fact::Placement(_))).count();
    let uses =
        facts.iter().filter(|it| matches!(it, Fact::Credential(it) if it.used == Use::Never));
    assert_eq!((places, uses.count()), (1, 1));
}

#[test]
fn a_dossier_holds_the_policies_of_the_groups() {
    let estate = estate(
        r#"
user arn:aws:iam::1:user/ci
  in arn:aws:iam::1:group/builders
group arn:aws:iam::1:group/builders
  permission build {"Statement":[]}
"#,
    );
    let dossier = &estate.dossiers()[0];
    let says = |it: &Fact| matches!(it, Fact::Policy(it) if it.document == r#"{"Statement":[]}"#);
    assert!(dossier.sightings.iter().any(|it| says(&it.fact)));
}

#[test]
fn a_date_is_midnight() {
    assert_eq!(day("2025-01-31").to_string(), "2025-01-31T00:00:00Z");
}

#[test]
#[should_panic(expected = "left over")]
fn a_misspelt_attribute_stops_the_test() {
    let _estate = estate("user arn:aws:iam::1:user/ci  creatde=2025-01-01");
}
