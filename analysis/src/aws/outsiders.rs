//! Whom a role lets in from outside, and what would bind that to one party.
//!
//! It is found out by having strangers ask: somebody of an account that nobody knows, somebody of the
//! account that is named without the word agreed upon, somebody else's workload with a token of the
//! same issuer.

use std::collections::BTreeSet;

use model::{Bond, Door, Fact, IdentityKind, Outsider, OutsiderKind};

use super::action::Name;
use super::context::{Keys, Known};
use super::decide::{Asker, Piece, Request};
use super::document::{Effect, Principals, Statement};
use super::estate::{Estate, Policy, Principal};
use super::trust::ASSUME;
use super::truth::Truth;

/// An account that is nobody's.
const STRANGER: &str = "000000000000";

/// What somebody else's token may say of its subject, in the ways of the issuers that are used most.
const SUBJECTS: &[&str] = &[
    "zq7x9",
    "repo:zq7x9/zq7x9:ref:refs/heads/zq7x9",
    "project_path:zq7x9/zq7x9:ref_type:branch:ref:zq7x9",
    "system:serviceaccount:zq7x9:zq7x9",
    "organization:zq7x9:project:zq7x9:workspace:zq7x9:run_phase:apply",
];

/// Other claims that name a party, as issuers spell them.
const PARTIES: &[&str] = &[
    "actor",
    "actor_id",
    "amr",
    "enterprise",
    "enterprise_id",
    "google",
    "job_workflow_ref",
    "namespace_id",
    "namespace_path",
    "oaud",
    "organization_id",
    "project_id",
    "project_path",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "user_id",
    "user_login",
];

const WEB: &str = "sts:assumerolewithwebidentity";
const SAML: &str = "sts:assumerolewithsaml";

impl Estate {
    /// Whom the role of that ARN lets in from outside. `ours` are the accounts that belong together.
    pub(super) fn outsiders(&self, role: &Principal, ours: &BTreeSet<String>) -> Vec<Outsider> {
        let Some(policy) = self.trust_of(role) else { return Vec::new() };
        let mut outsiders = BTreeSet::new();
        for statement in &policy.document.statements {
            let Some(principals) = &statement.principals else { continue };
            if statement.effect != Effect::Allow {
                continue;
            }
            let trust = Trust { estate: self, role, policy };
            let by = format!("`{}` {}", policy.id, statement.place);
            for (kind, who) in strangers(principals, ours) {
                let lacks = match kind {
                    OutsiderKind::Anyone | OutsiderKind::Account => trust.lacks_of_account(&who),
                    OutsiderKind::Oidc => trust.lacks_of_issuer(statement, &who, WEB),
                    OutsiderKind::Saml => trust.lacks_of_issuer(statement, &who, SAML),
                };
                if let Some(lacks) = lacks {
                    outsiders.insert(Outsider { kind, who, lacks, by: by.clone() });
                }
            }
        }
        outsiders.into_iter().collect()
    }

    /// The roles of `account` that let in somebody of another account, each with that account.
    #[must_use]
    pub fn doors(&self, account: &str) -> Vec<Fact> {
        let doors = self.trusting();
        let mut found = BTreeSet::new();
        let by_name = doors.by_name.iter().filter_map(|(arn, roles)| {
            Some((arn.split(':').nth(4)?, arn.split(':').nth(1)?, roles))
        });
        let by_account =
            doors.by_account.iter().map(|(account, roles)| (account.as_str(), "aws", roles));
        for (outside, partition, roles) in by_name.chain(by_account) {
            for role in roles.iter().filter_map(|no| self.principals.get(*no)) {
                if role.account == account && outside != account && !outside.is_empty() {
                    let partition = role.id.split(':').nth(1).unwrap_or(partition);
                    found.insert((format!("arn:{partition}:iam::{outside}:root"), &role.id));
                }
            }
        }
        for role in doors.open.iter().filter_map(|no| self.principals.get(*no)) {
            if role.account == account {
                found.insert((Door::ANYONE.to_owned(), &role.id));
            }
        }
        let door = |(outside, role): (String, &String)| {
            Fact::Door(Door { outside: outside.into(), role: role.as_str().into() })
        };
        found.into_iter().map(door).collect()
    }

    fn trust_of<'e>(&'e self, role: &'e Principal) -> Option<&'e Policy> {
        match self.piece(role.trust.as_deref().filter(|_| !role.is_linked)?) {
            Piece::Policy(policy) => Some(policy),
            Piece::Everything | Piece::Missing(_) => None,
        }
    }
}

/// Who is named and not ours: an account by its number, an issuer by its name.
fn strangers(principals: &Principals, ours: &BTreeSet<String>) -> BTreeSet<(OutsiderKind, String)> {
    let mut strangers = BTreeSet::new();
    if principals.all_but {
        strangers.insert((OutsiderKind::Anyone, String::new()));
        return strangers;
    }
    for (kind, name) in &principals.named {
        match (kind.as_str(), name.as_str()) {
            ("*", _) | ("aws", "*") => {
                strangers.insert((OutsiderKind::Anyone, String::new()));
            }
            ("aws", name) => {
                let account = name.split(':').nth(4).unwrap_or(name);
                let is_account =
                    account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit());
                if is_account && !ours.contains(account) {
                    strangers.insert((OutsiderKind::Account, account.to_owned()));
                }
            }
            ("federated", name) => {
                if let Some((_, issuer)) = name.split_once(":oidc-provider/") {
                    strangers.insert((OutsiderKind::Oidc, issuer.to_owned()));
                } else if let Some((_, issuer)) = name.split_once(":saml-provider/") {
                    strangers.insert((OutsiderKind::Saml, issuer.to_owned()));
                } else {
                    strangers.insert((OutsiderKind::Oidc, name.to_owned()));
                }
            }
            _ => {}
        }
    }
    strangers
}

/// The trust of a role.
#[derive(Clone, Copy)]
struct Trust<'e> {
    estate: &'e Estate,
    role: &'e Principal,
    policy: &'e Policy,
}

impl<'e> Trust<'e> {
    /// What is missing to bind the role to the account of that number, or to anyone; none if nobody of
    /// it gets in.
    fn lacks_of_account(&self, account: &str) -> Option<Vec<Bond>> {
        let account = if account.is_empty() { STRANGER } else { account };
        let id = format!("arn:aws:iam::{account}:role/zq7x9");
        let ask = |word: Known| {
            let mut keys = self.keys();
            keys.set("aws:PrincipalAccount", Known::is(account));
            keys.set("aws:PrincipalArn", Known::is(id.as_str()));
            keys.set("aws:PrincipalOrgID", Known::Absent);
            keys.set("aws:PrincipalOrgPaths", Known::Absent);
            keys.set("aws:PrincipalIsAWSService", Known::is("false"));
            keys.set("sts:ExternalId", word);
            // They may be anybody there: whoever is named by name gets in as themselves.
            let named = |principals: &Principals| principals.name_account(account);
            self.admits(keys, ASSUME, &named)
        };
        if ask(Known::Free) < Truth::Maybe {
            return None;
        }
        let is_unbound = ask(Known::Absent) >= Truth::Maybe;
        Some(if is_unbound { vec![Bond::ExternalId] } else { Vec::new() })
    }

    /// The same of an issuer: whether a token of it that was made out for somebody else gets in.
    fn lacks_of_issuer(
        &self,
        statement: &'e Statement,
        issuer: &str,
        action: &str,
    ) -> Option<Vec<Bond>> {
        let named = |principals: &Principals| principals.name_issuer(issuer);
        let host = if action == SAML { "saml" } else { issuer };
        let ask = |subject: Known, audience: Known| {
            let mut keys = self.keys();
            let is_stranger = matches!(&subject, Known::Is(_));
            keys.set(&format!("{host}:sub"), subject);
            keys.set(&format!("{host}:aud"), audience);
            if is_stranger {
                for claim in PARTIES {
                    keys.set(&format!("{host}:{claim}"), Known::is("zq7x9"));
                }
            }
            self.admits(keys, action, &named)
        };
        if ask(Known::Free, Known::Free) < Truth::Maybe {
            return None;
        }
        let mut lacks = Vec::new();
        // A SAML issuer is one's own, and so is a pool of Cognito: whom they vouch for is for them to
        // say, for whom is not.
        let vouches_for_anyone = action == WEB && issuer != "cognito-identity.amazonaws.com";
        let mut subjects: Vec<String> = SUBJECTS.iter().map(|it| (*it).to_owned()).collect();
        subjects.extend(neighbours(statement, &format!("{host}:sub")));
        let lets_in =
            |subject: &String| ask(Known::is(subject.as_str()), Known::Free) >= Truth::Maybe;
        if vouches_for_anyone && subjects.iter().any(lets_in) {
            lacks.push(Bond::Subject);
        }
        if ask(Known::Free, Known::is("zq7x9")) >= Truth::Maybe {
            lacks.push(Bond::Audience);
        }
        Some(lacks)
    }

    fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        keys.set("aws:CurrentTime", Known::is(self.estate.as_of.to_string()));
        keys
    }

    /// Whether somebody of whom that is known, and whom `named` says to be named, gets in.
    fn admits(&self, keys: Keys, action: &str, named: &dyn Fn(&Principals) -> bool) -> Truth {
        let asker = Asker::stranger(self.estate, &self.role.account, keys);
        let cx = asker.about(&self.role.id);
        let request = Request { action: Name::of(action), resource: &self.role.id, cx: &cx };
        let (mut allows, mut denies) = (Truth::No, Truth::No);
        for statement in &self.policy.document.statements {
            let Some(principals) = &statement.principals else { continue };
            if named(principals) == principals.all_but {
                continue;
            }
            let applies = statement.applies(&request);
            match statement.effect {
                Effect::Allow => allows = allows.or(applies),
                Effect::Deny => denies = denies.or(applies),
                Effect::Unknown => {}
            }
        }
        let is_refused = denies.or(self.estate.resource_denied(&request)) == Truth::Yes;
        // A denial that some requests escape stops only those that do not.
        if is_refused { Truth::No } else { allows }
    }
}

impl Principals {
    fn name_account(&self, account: &str) -> bool {
        let of = |(kind, name): &(String, String)| match kind.as_str() {
            "*" => true,
            "aws" => name == "*" || name == account || name.split(':').nth(4) == Some(account),
            _ => false,
        };
        self.named.iter().any(of)
    }

    fn name_issuer(&self, issuer: &str) -> bool {
        let of = |(kind, name): &(String, String)| match kind.as_str() {
            "*" => true,
            "federated" => {
                name == "*" || name == issuer || name.ends_with(&format!("-provider/{issuer}"))
            }
            _ => false,
        };
        self.named.iter().any(of)
    }
}

/// Subjects of others that patterns for `key` let in, because they leave open where the name of the
/// party ends: `repo:acme*` is `repo:acme-evil/x`, too.
fn neighbours(statement: &Statement, key: &str) -> Vec<String> {
    let tests = statement.condition.iter().filter(|test| test.key.eq_ignore_ascii_case(key));
    let is_open = |pattern: &&String| {
        let rest = pattern.strip_prefix("repo:").or_else(|| pattern.strip_prefix("project_path:"));
        let party = rest.map(|rest| rest.split('/').next().unwrap_or_default());
        party.is_some_and(|party| party.contains(['*', '?']))
    };
    let open = tests.flat_map(|test| &test.values).filter(is_open);
    open.map(|pattern| pattern.replace(['*', '?'], "zq7x9/zq7x9")).collect()
}

impl<'e> Asker<'e> {
    /// Somebody of whom no more is known than `keys`.
    fn stranger(estate: &'e Estate, account: &'e str, keys: Keys) -> Self {
        Self {
            estate,
            id: String::new(),
            account,
            kind: IdentityKind::Machine,
            keys,
            identity: Vec::new(),
            boundary: None,
            levels: Vec::new(),
        }
    }
}
