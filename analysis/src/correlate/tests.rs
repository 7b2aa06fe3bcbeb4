use model::testing::{day, estate};
use model::{Body, CredentialKind, End, GrantKind, IdentityId, Maker, Subject, SubjectId, Use};

use crate::detector::testing::subjects;

fn first(text: &str) -> Subject {
    subjects(&estate(text), day("2026-03-01")).remove(0)
}

#[test]
fn the_key_in_a_file_is_the_key_of_the_user() {
    let subject = first(
        "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  created=2025-01-01 used=2025-06-01 enabled=true
access_key AKIAEXAMPLE1  seen=host/web-1/files
  at host:web-1/file:/root/.aws/credentials  kind=secret_file
",
    );
    let held = &subject.credentials[0];
    assert_eq!(held.claimed_by, ["arn:aws:iam::1:user/ci".into()]);
    assert_eq!(held.placements[0].path, "/root/.aws/credentials");
    assert_eq!(held.scopes, ["aws_iam/1/iam".into(), "host/web-1/files".into()]);
    assert_eq!(held.credential.created_at, Some(day("2025-01-01")));
}

#[test]
fn known_beats_unknown_whichever_scope_comes_first() {
    let merged = |one: &str, other: &str| {
        first(&format!(
            "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  {one} seen=aws_iam/1/a
  access_key AKIAEXAMPLE1  {other} seen=aws_iam/1/b
"
        ))
        .credentials
        .remove(0)
        .credential
    };
    for (one, other) in [("used=2025-06-01", "used=never"), ("used=unknown", "used=2025-06-01")] {
        assert_eq!(merged(one, other).used, Use::At(day("2025-06-01")));
        assert_eq!(merged(other, one).used, Use::At(day("2025-06-01")));
    }
    assert_eq!(merged("used=never", "").used, Use::Never);
    let not_since = Use::NotSince(day("2025-01-01"));
    for other in ["", "used=never", "used=before:2024-01-01"] {
        assert_eq!(merged("used=before:2025-01-01", other).used, not_since);
        assert_eq!(merged(other, "used=before:2025-01-01").used, not_since);
    }
    assert_eq!(
        merged("used=before:2025-01-01", "used=2024-06-01").used,
        Use::At(day("2024-06-01"))
    );
    assert_eq!(merged("ends=never", "").ends, End::Never);
    assert_eq!(
        merged("created=2025-02-01", "created=2025-01-01").created_at,
        Some(day("2025-01-01"))
    );
    assert_eq!(merged("enabled=false", "enabled=true").enabled, Some(true));
}

#[test]
fn of_two_counts_of_credentials_the_greater_holds() {
    let subject = first(
        "
user arn:aws:iam::1:user/ci  count.access_key=1 count.password=0 seen=aws_iam/1/a
user arn:aws:iam::1:user/ci  count.access_key=2 seen=aws_iam/1/b
",
    );
    let Body::Identity(identity) = &subject.body else { panic!("{subject:?}") };
    let counts = [(CredentialKind::AccessKey, 2), (CredentialKind::Password, 0)];
    assert_eq!(identity.credential_counts, counts.into());
}

#[test]
fn what_bounds_a_unit_bounds_the_accounts_in_it() {
    let subject = subjects(
        &estate(
            r#"
organisational_unit arn:aws:organizations::1:ou/o-a/ou-b
  service_control p {"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}
  boundary b {"Statement":[]}
account_root arn:aws:iam::1:root
  in arn:aws:organizations::1:ou/o-a/ou-b
"#,
        ),
        day("2026-03-01"),
    )
    .into_iter()
    .find(|it| it.id == SubjectId::Identity("arn:aws:iam::1:root".into()))
    .unwrap();
    let kinds: Vec<GrantKind> = subject.grants.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [GrantKind::ServiceControl]);
}

#[test]
fn the_provider_counts_before_a_place() {
    let subject = first(
        "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1  enabled=false ends=2027-01-01
access_key AKIAEXAMPLE1  enabled=true ends=2026-01-01 maker=system seen=a/web-1/files
",
    );
    let credential = &subject.credentials[0].credential;
    assert_eq!(credential.enabled, Some(false));
    assert_eq!(credential.ends, End::At(day("2027-01-01")));
    assert_eq!(credential.maker, Maker::Organisation);
}

#[test]
fn a_credential_that_two_identities_claim_stands_with_both() {
    let estate = estate(
        "
host_account host:web-1/account/a
  key_pair k1
host_account host:web-2/account/b
  key_pair k1
",
    );
    for subject in subjects(&estate, day("2026-03-01")) {
        assert_eq!(subject.credentials[0].claimed_by.len(), 2);
        assert_eq!(subject.credentials[0].credential.kind, CredentialKind::KeyPair);
    }
}

#[test]
fn the_grants_of_a_group_come_with_its_name_but_its_trust_does_not() {
    let subject = first(
        "
user arn:aws:iam::1:user/ci
  in arn:aws:iam::1:group/g
  permission own
group arn:aws:iam::1:group/g
  permission shared
  boundary not-for-members
",
    );
    let grants: Vec<(&str, Option<&str>)> = subject
        .grants
        .iter()
        .map(|it| (it.id.as_str(), it.via.as_ref().map(IdentityId::as_str)))
        .collect();
    assert_eq!(grants, [("own", None), ("shared", Some("arn:aws:iam::1:group/g"))]);
}

#[test]
fn an_identity_that_is_only_named_is_absent_and_keeps_its_credentials() {
    let estate = estate("user arn:aws:iam::1:user/ci\n  access_key AKIAEXAMPLE1");
    let mut dossier = estate.dossiers().remove(0);
    dossier.sightings.retain(|it| !matches!(it.fact, model::Fact::Identity(_)));
    let subject = crate::subject(&dossier, &estate.owners, day("2026-03-01"));
    assert_eq!((subject.body, subject.credentials.len()), (Body::Absent, 1));
}

#[test]
fn a_claimed_credential_is_no_subject_of_its_own() {
    let estate = estate("user arn:aws:iam::1:user/ci\n  access_key AKIAEXAMPLE1");
    let dossier = estate.dossier(&SubjectId::Unclaimed("aws_access_key:AKIAEXAMPLE1".into()));
    let subject = crate::subject(&dossier, &estate.owners, day("2026-03-01"));
    assert_eq!(subject.body, Body::Absent);
}

#[test]
fn the_source_is_that_of_the_scope_that_asserts_the_identity() {
    let subject = first(
        "
user arn:aws:iam::1:user/ci
  access_key AKIAEXAMPLE1
access_key AKIAEXAMPLE1  seen=a_source/first
",
    );
    assert_eq!(subject.source, "aws_iam");
}
