//! Every view is held against its schema in `docs/schema`.

use std::collections::BTreeMap;

use model::testing::{day, estate};
use model::{
    About, AgentId, Applied, Body, Bond, Change, Conclusion, CredentialId, Cursor, Evidence, Fact,
    Factor, FeedEvent, FindingChange, FindingState, GrantKind, Held, Outsider, OutsiderKind,
    PathStep, PrivilegeVerdict, Privileges, Refusal, RuleId, ScopeDigest, ScopeId, Severity,
    Sighting, Subject, Use,
};

use super::*;
use crate::testing::{assert_valid, schema};

fn a_finding(about: About) -> Finding {
    let subject = SubjectId::Identity("arn:aws:iam::111122223333:user/ci".into());
    let rule = RuleId::of("long_lived.age");
    Finding {
        id: Finding::id_of(&rule, &subject, &about),
        subject,
        subject_kind: "user".to_owned(),
        source: "aws_iam".to_owned(),
        owners: vec!["team:payments".into()],
        conclusion: Conclusion {
            rule,
            about,
            severity: Severity::High,
            score: 72,
            factors: vec![Factor { name: "time".to_owned(), percent: 80, why: "old".to_owned() }],
            because: "the key is 400 days old".to_owned(),
            evidence: vec![Evidence {
                what: "created".to_owned(),
                says: "2025-01-01".to_owned(),
                seen_in: "aws_iam/111122223333".to_owned(),
            }],
            remedy: "rotate it".to_owned(),
        },
        state: FindingState::Open,
        opened_at: day("2026-02-05"),
        updated_at: day("2026-02-06"),
    }
}

fn a_scope(state: ScopeState) -> ScopeStatus {
    ScopeStatus {
        agent: AgentId::from("web-1"),
        scope: ScopeId::from("host/web-1/files:/home"),
        state,
        first_at: day("2026-01-01"),
        completed_at: Some(day("2026-01-02")),
        interval: Some(jiff::SignedDuration::from_hours(24)),
        digest: ScopeDigest::default(),
        rights: Vec::new(),
    }
}

/// A user with all that a subject can have.
fn a_subject() -> Subject {
    let text = "
user arn:aws:iam::111122223333:user/ci  created=2025-01-01 label.team=payments
  in arn:aws:iam::111122223333:group/builders
  access_key AKIAEXAMPLE1  created=2025-01-01 used=2026-01-01
    at host:web-1/file:/root/.aws/credentials  kind=secret_file readers=owner
  key_pair a1  algorithm=ed25519
  permission build {\"Statement\":[]}
  runs host:web-1/unit/nginx.service
  uses s3  used=2026-01-01
";
    let facts: Vec<Fact> =
        estate(text).sightings.into_iter().map(|Sighting { fact, .. }| fact).collect();
    let placements: Vec<model::Placement> = facts.iter().filter_map(placement_of).collect();
    let mut subject = Subject {
        id: SubjectId::Identity("arn:aws:iam::111122223333:user/ci".into()),
        body: Body::Absent,
        source: "aws_iam".to_owned(),
        credentials: Vec::new(),
        grants: Vec::new(),
        rights_untold: None,
        workloads: Vec::new(),
        usage: None,
        privileges: None,
        ownership: model::Ownership::default(),
        scopes: vec![ScopeId::from("aws_iam/111122223333")],
    };
    for fact in facts {
        take(&mut subject, fact, &placements);
    }
    subject.privileges = Some(what_follows());
    let answer = |owner: &str, presence| model::Answer {
        owner: owner.into(),
        presence,
        declaration: "payments.yaml#ci".into(),
    };
    subject.ownership.technical = vec![
        answer("team:payments", model::Presence::Active),
        answer("person:bob", model::Presence::Gone("left on 2026-01-01".to_owned())),
        answer("person:eve", model::Presence::Unlisted),
    ];
    subject
}

fn take(subject: &mut Subject, fact: Fact, placements: &[model::Placement]) {
    match fact {
        Fact::Identity(it) if it.kind == model::IdentityKind::User => {
            subject.body = Body::Identity(Box::new(it));
        }
        Fact::Credential(credential) => {
            let here = placements.iter().filter(|it| it.credential == credential.id).cloned();
            subject.credentials.push(Held {
                claimed_by: credential.identity.iter().cloned().collect(),
                placements: here.collect(),
                scopes: Vec::new(),
                credential,
            });
        }
        Fact::Grant(grant) => subject.grants.push(Applied {
            kind: GrantKind::Permission,
            id: grant.policy,
            policy: None,
            via: None,
            scope: ScopeId::from("aws_iam/111122223333"),
        }),
        Fact::Workload(workload) => subject.workloads.push(workload),
        Fact::Usage(usage) => subject.usage = Some(usage.services),
        Fact::Identity(_)
        | Fact::Placement(_)
        | Fact::Policy(_)
        | Fact::Privileges(_)
        | Fact::Door(_) => {}
    }
}

/// What the collector would have worked out, with something in each list.
fn what_follows() -> Privileges {
    let role = "arn:aws:iam::111122223333:role/boss";
    let words = |word: &str| vec![word.to_owned()];
    Privileges {
        identity: "arn:aws:iam::111122223333:user/ci".into(),
        verdict: PrivilegeVerdict::Escalates,
        because: vec![PathStep {
            what: format!("takes on role `{role}`"),
            sets: vec![110],
            by: words("`build` Statement[0]"),
        }],
        becomes: vec![role.into()],
        services: words("sts"),
        services_whole: Vec::new(),
        sensitive: BTreeMap::from([("data_access".to_owned(), words("s3:GetObject"))]),
        secrets: words("ssm:*"),
        outsiders: vec![Outsider {
            kind: OutsiderKind::Oidc,
            who: "issuer.example.org".to_owned(),
            lacks: vec![Bond::Subject],
            by: "`t` Statement[0]".to_owned(),
        }],
    }
}

fn placement_of(fact: &Fact) -> Option<model::Placement> {
    match fact {
        Fact::Placement(placement) => Some(placement.clone()),
        Fact::Identity(_)
        | Fact::Credential(_)
        | Fact::Grant(_)
        | Fact::Policy(_)
        | Fact::Workload(_)
        | Fact::Usage(_)
        | Fact::Privileges(_)
        | Fact::Door(_) => None,
    }
}

fn with_uses(own: Use, of_credentials: &[Use]) -> Value {
    let mut subject = a_subject();
    let Body::Identity(it) = &mut subject.body else { panic!("a user") };
    it.used = own;
    for (held, used) in subject.credentials.iter_mut().zip(of_credentials) {
        held.credential.used = *used;
    }
    subject.credentials.truncate(of_credentials.len());
    identity(&subject, &[])["last_used"].clone()
}

#[test]
fn a_finding_is_as_its_schema_says_and_names_what_it_is_about() {
    let key = CredentialId::from("aws_access_key:AKIAEXAMPLE1");
    let about =
        [About::Subject, About::Credential(key), About::Placement("host:web-1/file:/a".into())];
    let views: Vec<Value> = about.into_iter().map(|about| finding(&a_finding(about))).collect();
    for view in &views {
        assert_valid(view, "finding.json");
    }
    let named = |view: &Value| (view["credential"].clone(), view["placement"].clone());
    assert_eq!(named(&views[0]), (Value::Null, Value::Null));
    assert_eq!(named(&views[1]), ("aws_access_key:AKIAEXAMPLE1".into(), Value::Null));
    assert_eq!(named(&views[2]), (Value::Null, "host:web-1/file:/a".into()));
    assert_eq!(views[0]["since"], "2026-02-05T00:00:00Z");
    assert_eq!(views[0]["identity"]["id"], "arn:aws:iam::111122223333:user/ci");
}

#[test]
fn coverage_is_as_its_schema_says() {
    let states = [
        ScopeState::Running,
        ScopeState::Complete,
        ScopeState::Differs,
        ScopeState::Abandoned("permission denied".to_owned()),
    ];
    for state in states {
        assert_valid(&scope_status(&a_scope(state)), "coverage.json");
    }
    let mut single = a_scope(ScopeState::Abandoned("permission denied".to_owned()));
    single.completed_at = None;
    single.interval = None;
    let view = scope_status(&single);
    assert_valid(&view, "coverage.json");
    assert_eq!((&view["why"], &view["completed"]), (&"permission denied".into(), &Value::Null));
}

#[test]
fn every_line_of_the_feed_is_as_its_schema_says() {
    let subject = SubjectId::Identity("host:web-1/account/deploy".into());
    let refusal =
        Refusal { peer: "192.0.2.7".to_owned(), code: "tls".to_owned(), detail: "1.2".to_owned() };
    let problem = OwnersProblem {
        file: "a.yaml".to_owned(),
        line: 0,
        what: "not UTF-8".to_owned(),
        hint: "save it as UTF-8".to_owned(),
    };
    let finding = || a_finding(About::Subject);
    let changes = [
        Change::Finding(Box::new(FindingChange::Opened(finding()))),
        Change::Finding(Box::new(FindingChange::Updated(finding()))),
        Change::Finding(Box::new(FindingChange::Resolved(finding(), "rotated".to_owned()))),
        Change::Existence(subject.clone(), true),
        Change::Existence(subject, false),
        Change::Coverage(a_scope(ScopeState::Complete)),
        Change::Refused(refusal),
        Change::Owners(vec![problem]),
    ];
    let mut names = Vec::new();
    for change in changes {
        let event = FeedEvent { at: Cursor(7), recorded_at: day("2026-02-05"), change };
        let view = feed_event(&event);
        assert_valid(&view, "feed_event.json");
        names.push(view["change"].clone());
    }
    assert_eq!(
        &names,
        schema("feed_event.json")["properties"]["change"]["enum"].as_array().unwrap()
    );
}

#[test]
fn an_identity_is_as_its_schema_says_with_all_that_it_can_have() {
    let view = identity(&a_subject(), &[a_finding(About::Subject)]);
    assert_valid(&view, "identity.json");
    for key in ["credentials", "placements", "grants", "workloads", "findings", "groups"] {
        assert!(!view[key].as_array().unwrap().is_empty(), "{key} is empty: the fixture lacks it");
    }
    assert_eq!(view["owners"]["technical"][1]["why"], "left on 2026-01-01");
}

#[test]
fn an_unclaimed_credential_is_as_its_schema_says() {
    let mut subject = a_subject();
    subject.id = SubjectId::Unclaimed("key:a1".into());
    subject.body = Body::Unclaimed;
    assert_valid(&identity(&subject, &[]), "identity.json");
}

#[test]
fn never_used_is_said_only_if_the_provider_says_so_of_all() {
    let at = Use::At(day("2026-01-01"));
    assert_eq!(with_uses(Use::Never, &[Use::Never, Use::Never]), "never");
    assert_eq!(with_uses(Use::Never, &[Use::Never, Use::Unknown]), "unknown");
    assert_eq!(with_uses(Use::Unknown, &[]), "unknown");
    let since = Use::NotSince(day("2025-02-01"));
    assert_eq!(with_uses(since, &[Use::Never]), "before 2025-02-01T00:00:00Z");
    assert_eq!(with_uses(since, &[Use::Unknown]), "unknown");
    assert_eq!(with_uses(since, &[at]), "2026-01-01T00:00:00Z");
    assert_eq!(with_uses(Use::Unknown, &[Use::Never, at]), "2026-01-01T00:00:00Z");
}

#[test]
fn shows_no_fingerprint_of_a_secret() {
    let mut subject = a_subject();
    for held in &mut subject.credentials {
        held.credential.fingerprint = Some(model::Fingerprint([0xab; 32]));
    }
    let text = identity(&subject, &[]).to_string();
    assert!(!text.contains("abab") && !text.contains("fingerprint") && !text.contains("171,171"));
}
