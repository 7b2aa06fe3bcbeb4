//! What the tables of accounts say in the words of the model.

use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

use model::{
    Credential, CredentialId, CredentialKind, Details, End, Fact, Grant, GrantKind, Identity,
    IdentityId, IdentityKind, Maker, Policy, PolicyId, PolicyLanguage, Use,
};

use super::{Account, Accounts, Password, PasswordState};

/// What other tables tell about the accounts.
pub(crate) struct Beside<'a> {
    /// `host:<name>`.
    pub(crate) realm: &'a str,
    /// For accounts that end.
    pub(crate) as_of: Timestamp,
    /// Which accounts came with the system.
    pub(crate) built_in: &'a BTreeSet<String>,
    /// Last logins, where they are known.
    pub(crate) used: &'a BTreeMap<String, Use>,
}

/// The identity of the account of that name.
pub(crate) fn account_id(realm: &str, name: &str) -> IdentityId {
    IdentityId(format!("{realm}/account/{name}"))
}

/// The identity of the group of that name.
pub(crate) fn group_id(realm: &str, name: &str) -> IdentityId {
    IdentityId(format!("{realm}/group/{name}"))
}

/// The host itself.
pub(crate) fn machine(realm: &str) -> Fact {
    Fact::Identity(Identity {
        id: IdentityId(realm.to_owned()),
        kind: IdentityKind::Machine,
        name: realm.trim_start_matches("host:").to_owned(),
        realm: realm.to_owned(),
        path: String::new(),
        maker: Maker::Organisation,
        created_at: None,
        enabled: Some(true),
        used: Use::Unknown,
        groups: Vec::new(),
        credential_counts: BTreeMap::new(),
        labels: BTreeMap::new(),
        details: Details::new(),
    })
}

/// An account, its password, and what number 0 brings with it.
pub(crate) fn account(
    all: &Accounts,
    name: &str,
    account: &Account,
    beside: &Beside<'_>,
) -> Vec<Fact> {
    let id = account_id(beside.realm, name);
    let built_in = beside.built_in.contains(name);
    let maker = if built_in { Maker::System } else { Maker::Organisation };
    let identity = Identity {
        id: id.clone(),
        kind: IdentityKind::HostAccount,
        name: name.to_owned(),
        realm: beside.realm.to_owned(),
        path: String::new(),
        maker,
        created_at: None,
        enabled: enabled(account, beside.as_of),
        used: beside.used.get(name).copied().unwrap_or_default(),
        groups: all.groups_of(name).into_iter().map(|name| group_id(beside.realm, name)).collect(),
        credential_counts: BTreeMap::new(),
        labels: BTreeMap::new(),
        details: details(account),
    };
    let mut facts = vec![Fact::Identity(identity)];
    if let Some(password) = &account.password
        && matches!(
            password.state,
            PasswordState::Set | PasswordState::Locked | PasswordState::Empty
        )
    {
        facts.push(Fact::Credential(password_fact(&id, maker, password)));
    }
    if account.uid == 0 {
        facts.push(Fact::Grant(Grant {
            holder: id,
            kind: GrantKind::Permission,
            policy: superuser_id(beside.realm),
        }));
    }
    facts
}

/// What number 0 may do, once per host.
pub(crate) fn superuser(realm: &str) -> Fact {
    Fact::Policy(Policy {
        id: superuser_id(realm),
        language: PolicyLanguage::Superuser,
        document: "uid 0".to_owned(),
        maker: Maker::System,
    })
}

/// A group of the host.
pub(crate) fn group(realm: &str, name: &str, gid: u32, maker: Maker) -> Fact {
    Fact::Identity(Identity {
        id: group_id(realm, name),
        kind: IdentityKind::Group,
        name: name.to_owned(),
        realm: realm.to_owned(),
        path: String::new(),
        maker,
        created_at: None,
        enabled: None,
        used: Use::Unknown,
        groups: Vec::new(),
        credential_counts: BTreeMap::new(),
        labels: BTreeMap::new(),
        details: Details::from([("gid".to_owned(), gid.to_string())]),
    })
}

fn superuser_id(realm: &str) -> PolicyId {
    PolicyId(format!("{realm}/superuser"))
}

/// An account is out of use only if it has ended, or neither its password nor its shell lets anyone
/// in. A lock on the password alone is none: keys still open the account.
fn enabled(account: &Account, as_of: Timestamp) -> Option<bool> {
    let ended = account
        .password
        .is_some_and(|password| matches!(password.account_ends, End::At(at) if at <= as_of));
    let opens = account
        .password
        .map(|password| matches!(password.state, PasswordState::Set | PasswordState::Empty));
    match (ended, account.has_login_shell(), opens) {
        (true, _, _) | (false, false, Some(false)) => Some(false),
        (false, true, _) | (false, false, Some(true)) => Some(true),
        (false, false, None) => None,
    }
}

fn details(account: &Account) -> Details {
    let mut details = Details::from([
        ("gid".to_owned(), account.gid.to_string()),
        ("home".to_owned(), account.home.clone()),
        ("shell".to_owned(), account.shell.clone()),
        ("uid".to_owned(), account.uid.to_string()),
    ]);
    let Some(password) = &account.password else { return details };
    let state = match password.state {
        PasswordState::Set => "set",
        PasswordState::Locked => "locked",
        PasswordState::Impossible => "none, and none opens it",
        PasswordState::Empty => "none, and none is asked for",
    };
    details.insert("password".to_owned(), state.to_owned());
    if let End::At(at) = password.account_ends {
        details.insert("account_ends".to_owned(), at.to_string());
    }
    details
}

fn password_fact(identity: &IdentityId, maker: Maker, password: &Password) -> Credential {
    Credential {
        id: CredentialId(format!("{identity}/password")),
        kind: CredentialKind::Password,
        identity: Some(identity.clone()),
        maker,
        created_at: password.changed_at,
        ends: password.ends,
        used: Use::Unknown,
        enabled: Some(password.state != PasswordState::Locked),
        fingerprint: None,
        key: None,
        details: Details::new(),
    }
}
