//! A small estate in which everything bears on something else, for random histories.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use analysis::{Change, Override, Policy, When};
use jiff::SignedDuration;
use model::testing::estate;
use model::{Fact, ScopeId, SubjectId};

pub(super) const AGENTS: [&str; 2] = ["a", "b"];

pub(super) const SCOPES: [&str; 4] = [
    "aws_iam/1/aws-global/iam:GetAccountAuthorizationDetails",
    "host/web-1/table:passwd",
    "host/web-1/table:sudoers",
    "host/web-1/files:/home",
];

/// Which of these tell what the identities in `scope` may do.
pub(super) fn rights_of(scope: &ScopeId) -> Vec<ScopeId> {
    let [details, passwd, sudoers, _home] = SCOPES;
    match scope.as_str() {
        it if it == details => vec![details.into()],
        it if it == passwd => vec![sudoers.into(), details.into()],
        _ => Vec::new(),
    }
}

/// What can be seen, each thing in several versions, in whatever scope.
const FACTS: &str = r#"
user arn:aws:iam::1:user/ci  created=2025-01-01 used=never label.team=payments
  in arn:aws:iam::1:group/builders
  access_key AKIAEXAMPLE1  created=2025-01-01 used=2025-12-01
    at host:web-1/file:/home/ada/.aws/credentials  kind=secret_file readers=everyone
    at host:web-2/file:/srv/.env  kind=secret_file readers=owner serves=one
  permission all {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
user arn:aws:iam::1:user/ci  created=2025-01-01 used=2025-12-15
user arn:aws:iam::1:user/ci  enabled=false
  in arn:aws:iam::1:group/admins
  access_key AKIAEXAMPLE1  created=2025-11-01 used=never enabled=true
  boundary least {"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}
user arn:aws:iam::1:user/bo  created=2025-12-01
  in arn:aws:iam::1:group/builders
  access_key AKIAEXAMPLE1  created=2025-01-01
  password p1  created=2024-06-01 ends=never
group arn:aws:iam::1:group/builders
  permission shared {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
group arn:aws:iam::1:group/builders
  permission shared {"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}
group arn:aws:iam::1:group/admins
  permission all
role arn:aws:iam::1:role/deploy  created=2025-06-01 used=2025-12-20 label.team=search
  permission least {"Statement":[]}
host_account host:web-1/account/ada  used=2025-12-01
  in host:web-1/group/sudo
  key_pair k1  algorithm=rsa bits=1024
    at host:web-1/file:/home/ada/.ssh/authorized_keys#k1  kind=authorized_key
  permission host:web-1/sudoers/ada ada ALL=(root) ALL
  runs host:web-1/unit/backup.service
host_account host:web-1/account/ada  enabled=false
group host:web-1/group/sudo
  permission host:web-1/sudoers/sudo %sudo ALL=(root) ALL
machine host:web-1
  certificate c1  created=2025-12-01 ends=2026-02-01 algorithm=rsa bits=2048
    at host:web-1/file:/etc/ssl/c1.pem  kind=certificate_file
access_key AKIAEXAMPLE1  created=2025-01-01
key_pair k1  algorithm=rsa bits=1024
  at host:web-1/file:/home/ada/.ssh/id_rsa  kind=private_key_file readers=owner encrypted=false modified=2024-01-01
  at host:web-2/file:/home/bo/.ssh/id_rsa  kind=private_key_file readers=everyone encrypted=false modified=2025-12-01
  at host:web-1/file:/home/ada/.ssh/id_rsa  kind=private_key_file readers=owner encrypted=true modified=2026-01-01
certificate c1  created=2025-12-01 ends=2026-06-01 algorithm=rsa bits=2048 signature=sha1-rsa
token t1  created=2025-10-01
  at host:web-1/file:/home/ada/.npmrc  kind=secret_file readers=group serves=registry
  at host:web-2/file:/home/ada/.npmrc  kind=secret_file readers=owner serves=registry
"#;

/// What is written down, one after another.
pub(super) const OWNERS: [&str; 6] = [
    "",
    "declarations:
  - name: ci
    match: {id: 'arn:aws:iam::1:user/*'}
    owners: {technical: team:ops, lifecycle: person:ada}
    environment: production
people:
  - {id: ada}
  - {id: bo, left: 2026-03-01}
teams:
  - {id: ops, members: [bo]}
",
    "declarations:
  - name: ci
    match: {id: 'arn:aws:iam::1:user/ci'}
    owners: {technical: person:bo, lifecycle: person:ada}
  - name: labels
    match: {labels: {team: '*'}}
    owners: {technical: person:nobody}
people:
  - {id: ada, standing: left}
  - {id: bo}
",
    "declarations:
  - name: one
    match: {kind: user}
    owners: {technical: person:ada}
  - name: two
    match: {kind: user}
    owners: {technical: person:bo}
  - name: keys
    match: {kind: unclaimed, path: /home/*}
    owners: {technical: person:ada}
people:
  - {id: ada}
  - {id: bo}
",
    "declarations:
  - name: nothing
    match: {id: 'arn:aws:iam::1:role/gone'}
    owners: {technical: person:ada}
  - name: host
    match: {realm: 'host:web-1'}
    owners: {technical: person:ada, lifecycle: person:ada}
    environment: production
people:
  - {id: ada, left: 2026-02-01}
",
    "declarations:
  - name: ci
    match: {source: aws_iam}
    owners: {technical: person:ada, lifecycle: person:ada}
  - name: keys
    match: {kind: unclaimed}
    owners: {technical: person:ada}
people:
  - {id: ada}
",
];

/// The facts of [`FACTS`], in its order.
pub(super) fn facts() -> &'static [Fact] {
    static READ: LazyLock<Vec<Fact>> =
        LazyLock::new(|| estate(FACTS).sightings.into_iter().map(|it| it.fact).collect());
    &READ
}

/// Every subject that a history can bring about.
pub(super) fn subjects() -> Vec<SubjectId> {
    let mut subjects = BTreeSet::new();
    for fact in facts() {
        match fact {
            Fact::Identity(it) => {
                subjects.insert(SubjectId::Identity(it.id.clone()));
                subjects.extend(it.groups.iter().cloned().map(SubjectId::Identity));
            }
            Fact::Credential(it) => {
                subjects.insert(SubjectId::Unclaimed(it.id.clone()));
            }
            Fact::Grant(_)
            | Fact::Placement(_)
            | Fact::Policy(_)
            | Fact::Workload(_)
            | Fact::Usage(_)
            | Fact::Privileges(_)
            | Fact::Door(_) => (),
        }
    }
    for name in ["ci", "labels", "one", "two", "keys", "nothing", "host"] {
        subjects.insert(SubjectId::Declaration(format!("a.yaml#{name}").into()));
    }
    for agent in AGENTS {
        subjects.extend(SCOPES.map(|scope| SubjectId::Scope(agent.into(), scope.into())));
    }
    subjects.into_iter().collect()
}

/// Stricter in production, so that owners bear on other rules, too.
pub(super) fn policy() -> Policy {
    let when = When { environment: Some("production".to_owned()), ..When::default() };
    let dormant_after = Some(SignedDuration::from_hours(24 * 10));
    let change = Change { dormant_after, ..Change::default() };
    Policy { overrides: vec![Override { when, change }], ..Policy::default() }
}
