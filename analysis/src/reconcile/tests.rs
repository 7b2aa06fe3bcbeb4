use jiff::Timestamp;
use model::testing::{day, estate};
use model::{Dossier, Finding, FindingChange, Owners, SubjectId};

use crate::{Change, Override, Policy, When, examine};

const USER: &str = "arn:aws:iam::1:user/ci";

/// What changes if the estate becomes `after` when it was `before`, each on its day.
fn changes(before: (&str, &str), after: (&str, &str)) -> Vec<FindingChange> {
    changes_of(&SubjectId::Identity(USER.into()), &Policy::default(), before, after)
}

fn changes_of(
    subject: &SubjectId,
    policy: &Policy,
    (date_before, before): (&str, &str),
    (date_after, after): (&str, &str),
) -> Vec<FindingChange> {
    let before = estate(before);
    let standing = opened(&before.dossier(subject), &before.owners, day(date_before));
    let after = estate(after);
    let dossier = Dossier { standing, existed: true, ..after.dossier(subject) };
    examine(&dossier, &after.owners, policy, day(date_after)).changes
}

fn opened(dossier: &Dossier, owners: &Owners, as_of: Timestamp) -> Vec<Finding> {
    let settlement = examine(dossier, owners, &Policy::default(), as_of);
    settlement.changes.iter().map(|change| change.finding().clone()).collect()
}

/// `resolved long_lived.age: why`, for what changes of that rule.
fn told(changes: &[FindingChange], rule: &str) -> Vec<String> {
    let mut told = Vec::new();
    for change in changes.iter().filter(|it| it.finding().conclusion.rule.as_str() == rule) {
        told.push(match change {
            FindingChange::Opened(_) => "opened".to_owned(),
            FindingChange::Updated(_) => "updated".to_owned(),
            FindingChange::Resolved(_, why) => format!("resolved: {why}"),
        });
    }
    told
}

const OLD_KEY: &str = "
user arn:aws:iam::1:user/ci  used=2026-03-01
  access_key AKIAEXAMPLE1  created=2025-01-01
scope agent-1 aws_iam/1/iam  completed=2026-03-02
";

#[test]
fn a_finding_resolves_with_the_scope_that_no_longer_shows_its_credential() {
    let without = "
user arn:aws:iam::1:user/ci  used=2026-03-01
scope agent-1 aws_iam/1/iam  completed=2026-03-02
";
    let changes = changes(("2026-03-01", OLD_KEY), ("2026-03-03", without));
    assert_eq!(
        told(&changes, "long_lived.age"),
        ["resolved: the credential `aws_access_key:AKIAEXAMPLE1` is no longer shown by \
          `aws_iam/1/iam`, listed to its end at 2026-03-02T00:00:00Z"]
    );
}

#[test]
fn a_finding_stays_if_its_facts_become_unknown() {
    let untold = "
user arn:aws:iam::1:user/ci  used=2026-03-01
  access_key AKIAEXAMPLE1
";
    let changes = changes(("2026-03-01", OLD_KEY), ("2026-03-03", untold));
    assert_eq!(told(&changes, "long_lived.age"), [""; 0]);
}

#[test]
fn a_finding_stays_if_a_policy_document_is_no_longer_seen() {
    let all = r#"
user arn:aws:iam::1:user/ci
  permission p {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let unseen = "
user arn:aws:iam::1:user/ci
  permission p";
    let changes = changes(("2026-03-01", all), ("2026-03-03", unseen));
    assert_eq!(told(&changes, "privilege.administrator"), [""; 0]);
}

#[test]
fn a_new_reading_keeps_the_day_on_which_it_was_opened() {
    // Twice the limit has passed: the factor of time grows.
    let changes = changes(("2025-04-01", OLD_KEY), ("2025-06-30", OLD_KEY));
    assert_eq!(told(&changes, "long_lived.age"), ["updated"]);
    let age = |it: &&FindingChange| it.finding().conclusion.rule.as_str() == "long_lived.age";
    let finding = changes.iter().find(age).unwrap().finding();
    assert_eq!(finding.opened_at, day("2025-04-01"));
    assert_eq!(finding.updated_at, day("2025-06-30"));
}

#[test]
fn a_finding_that_reads_the_same_is_left_alone() {
    let changes = changes(("2025-04-01", OLD_KEY), ("2025-06-29T23:59:59Z", OLD_KEY));
    assert_eq!(told(&changes, "long_lived.age"), [""; 0]);
}

#[test]
fn an_orphan_is_resolved_by_the_declaration_that_names_an_owner() {
    let owned = "
user arn:aws:iam::1:user/ci
declare a.yaml#ci  kind=user technical=person:ada lifecycle=person:ada
person ada
";
    let changes = changes(("2026-03-01", OLD_KEY), ("2026-03-02", owned));
    assert_eq!(
        told(&changes, "orphaned.no_owner"),
        ["resolved: the declarations in force, `a.yaml#ci`, no longer support it"]
    );
}

#[test]
fn a_new_owner_is_a_new_reading_of_every_finding() {
    let owned = |who: &str| {
        format!(
            "{OLD_KEY}declare a.yaml#ci  kind=user technical=person:{who} lifecycle=person:{who}\nperson ada\nperson bob"
        )
    };
    let (ada, bob) = (owned("ada"), owned("bob"));
    let changes = changes(("2026-03-01", &ada), ("2026-03-01", &bob));
    let age: Vec<_> = changes
        .iter()
        .filter(|it| it.finding().conclusion.rule.as_str() == "long_lived.age")
        .map(|it| it.finding().owners.clone())
        .collect();
    assert_eq!(age, [["person:bob".into()]]);
}

#[test]
fn a_rule_that_is_switched_off_says_so() {
    let when = When { rule: Some("long_lived".to_owned()), ..When::default() };
    let change = Change { off: Some(true), ..Change::default() };
    let policy = Policy { overrides: vec![Override { when, change }], ..Policy::default() };
    let subject = SubjectId::Identity(USER.into());
    let changes = changes_of(&subject, &policy, ("2026-03-01", OLD_KEY), ("2026-03-01", OLD_KEY));
    assert_eq!(
        told(&changes, "long_lived.age"),
        ["resolved: the policy switches `long_lived.age` off here"]
    );
}

#[test]
fn the_findings_of_an_unclaimed_credential_pass_to_the_identity_it_proves() {
    let loose = "access_key AKIAEXAMPLE1  created=2025-01-01";
    let subject = SubjectId::Unclaimed("aws_access_key:AKIAEXAMPLE1".into());
    let changes =
        changes_of(&subject, &Policy::default(), ("2026-03-01", loose), ("2026-03-01", OLD_KEY));
    assert_eq!(
        told(&changes, "long_lived.age"),
        ["resolved: `aws_access_key:AKIAEXAMPLE1` is now known to prove `arn:aws:iam::1:user/ci`"]
    );
}

#[test]
fn an_identity_that_is_gone_takes_its_findings_with_it() {
    let changes = changes(("2026-03-01", OLD_KEY), ("2026-03-03", "machine host:web-1"));
    assert!(changes.iter().all(|change| matches!(change, FindingChange::Resolved(..))));
    assert_eq!(
        told(&changes, "long_lived.age"),
        [
            "resolved: no scope shows `arn:aws:iam::1:user/ci` any more; last shown by `aws_iam/1/iam`"
        ]
    );
}
