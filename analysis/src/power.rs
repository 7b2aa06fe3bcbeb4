//! What an identity may do, by what its policies say, never by their names.
//!
//! ```text
//! Administrator   everything in its account or on its host, perhaps under conditions
//! Escalates       it can make itself able to do more than it may
//! Broad           every action of at least one service, on everything
//! Limited         something
//! Nothing         no policy applies
//! Unknown         a policy that applies could not be read, or the scope that tells of policies was given
//!                 up, and the others prove nothing more
//! ```
//!
//! In a cloud that is what was concluded of the account as a whole ([`crate::derive`]).

mod cloud;
mod sudoers;

use std::collections::BTreeSet;

use model::{
    Applied, Body, Evidence, GrantKind, Identity, IdentityKind, PolicyId, PolicyLanguage, ScopeId,
    Subject,
};

/// What the policies of a subject come to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Power {
    /// Everything.
    Administrator(Proof),
    /// Something, from which it can come to more: in how many steps.
    Escalates(usize),
    /// Every action of at least one service, on everything; which, in a few words.
    Broad(String),
    /// Something; how many policies allow it.
    Limited(usize),
    /// No policy applies that allows anything.
    Nothing,
    /// It cannot be told, for this reason.
    Unknown(String),
}

/// Why somebody may do everything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Proof {
    /// Where: `account 111122223333`, `host:web-1`.
    pub realm: String,
    /// The policies that allow it, in order, with the group that brings each.
    pub policies: Vec<(PolicyId, Option<model::IdentityId>)>,
    /// What holds it back at times, as short sentences: conditions, and denials of parts.
    pub provisos: Vec<String>,
    /// The statements.
    pub evidence: Vec<Evidence>,
}

impl Power {
    /// Reads the policies that apply to `subject`.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        let Body::Identity(identity) = &subject.body else {
            return Self::Unknown("whom it proves is not known".to_owned());
        };
        if identity.kind == IdentityKind::AccountRoot {
            return Self::Administrator(Proof {
                realm: format!("account {}", identity.realm),
                ..Proof::default()
            });
        }
        let known = Self::of_grants(subject, identity);
        let is_proven = matches!(known, Self::Administrator(_));
        match &subject.rights_untold {
            Some(why) if !is_proven && identity.kind != IdentityKind::Machine => {
                Self::Unknown(why.clone())
            }
            Some(_) | None => known,
        }
    }

    /// What the policies that were seen come to.
    fn of_grants(subject: &Subject, identity: &Identity) -> Self {
        let is_aws = |grant: &Applied| {
            grant.policy.as_ref().is_some_and(|it| it.language == PolicyLanguage::AwsIam)
        };
        let is_cloud = subject.source.starts_with("aws") || subject.grants.iter().any(is_aws);
        if !is_cloud && subject.privileges.is_none() {
            return host(&subject.grants, &identity.realm);
        }
        let is_told = !is_cloud || subject.scopes.iter().any(lists_policies);
        if subject.grants.is_empty() && !is_told {
            return Self::Unknown("the scope that lists its policies was not seen".to_owned());
        }
        match (&subject.privileges, identity.kind) {
            (Some(privileges), _) => cloud::power(subject, privileges, &identity.realm),
            (None, IdentityKind::User | IdentityKind::Role) => {
                Self::Unknown("its account was not judged yet".to_owned())
            }
            (None, _) => Self::of_count(&subject.grants),
        }
    }

    fn of_count(grants: &[Applied]) -> Self {
        match grants.iter().filter(|grant| grant.kind == GrantKind::Permission).count() {
            0 => Self::Nothing,
            count => Self::Limited(count),
        }
    }
}

/// Whether a scope of a cloud would tell of policies: listings of credentials do not.
fn lists_policies(scope: &ScopeId) -> bool {
    let listing = scope.as_str().rsplit('/').next().unwrap_or_default();
    let lists_credentials = listing.contains("CredentialReport") || listing.contains(":List");
    scope.source().starts_with("aws") && !lists_credentials
}

fn host(grants: &[Applied], realm: &str) -> Power {
    let mut proof = Proof { realm: realm.to_owned(), ..Proof::default() };
    let mut allowed: BTreeSet<&PolicyId> = BTreeSet::new();
    let mut unread = None;
    for grant in grants.iter().filter(|grant| grant.kind == GrantKind::Permission) {
        let Some(policy) = &grant.policy else {
            unread.get_or_insert_with(|| format!("what `{}` allows was not seen", grant.id));
            continue;
        };
        let everything = match policy.language {
            PolicyLanguage::Superuser => Some("superuser of the host".to_owned()),
            PolicyLanguage::Sudoers => sudoers::everything(&policy.document),
            PolicyLanguage::AwsIam => None,
        };
        if let Some(says) = everything {
            proof.policies.push((grant.id.clone(), grant.via.clone()));
            proof.evidence.push(evidence(grant, &says));
        } else {
            allowed.insert(&grant.id);
        }
    }
    match (proof.policies.is_empty(), unread) {
        (false, _) => Power::Administrator(proof),
        (true, Some(why)) => Power::Unknown(why),
        (true, None) if allowed.is_empty() => Power::Nothing,
        (true, None) => Power::Limited(allowed.len()),
    }
}

/// What a policy says, with the group that brings it.
fn evidence(grant: &Applied, says: &str) -> Evidence {
    let via = grant.via.as_ref().map(|group| format!(" (through `{group}`)")).unwrap_or_default();
    Evidence {
        what: "policy".to_owned(),
        says: format!("`{}`{via}: {says}", grant.id),
        seen_in: grant.scope.to_string(),
    }
}

#[cfg(test)]
mod tests;
