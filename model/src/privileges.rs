//! What was worked out about one identity from all that is known of its account.
//!
//! The collector tells these facts, and no agent: they are as true as what they were drawn from. They
//! are kept like all others, so that they have a history and reach whom they are about.

use std::collections::BTreeMap;

use crate::IdentityId;
use crate::fact::named;

named! {
    /// What an identity may do, or could come to.
    PrivilegeVerdict {
        /// Everything in its account.
        Administrator = "administrator",
        /// It can make itself able to do more than it may.
        Escalates = "escalates",
        /// A fact that decides is missing.
        Unknown = "unknown",
        /// Neither.
        No = "no",
    }
}

/// What one identity may do and could come to, as its provider would decide it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Privileges {
    /// Whose they are.
    pub identity: IdentityId,
    /// What is said of it.
    pub verdict: PrivilegeVerdict,
    /// The shortest path, step by step; for an administrator what makes it one; for what is unknown
    /// what is missing.
    pub because: Vec<PathStep>,
    /// Whom it can become in one step, in order; the first [`Self::BECOMES_MAX`].
    pub becomes: Vec<IdentityId>,
    /// The services of which it may do something, by the prefix of their actions; `*` is all.
    pub services: Vec<String>,
    /// Those of which it may do everything on everything.
    pub services_whole: Vec<String>,
    /// Actions that do harm and that it may do on all resources, by what they expose.
    pub sensitive: BTreeMap<String, Vec<String>>,
    /// The secrets in stores that it may read, by their ARNs; `*` for all of a store.
    pub secrets: Vec<String>,
    /// Whom it lets in from outside the accounts that are known to belong together.
    pub outsiders: Vec<Outsider>,
}

impl Privileges {
    /// BOUND: an administrator becomes everyone, and nobody reads that list to its end.
    pub const BECOMES_MAX: usize = 64;
}

/// One step of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathStep {
    /// What is done, in words.
    pub what: String,
    /// The sets of actions that it is, by their number in the list of the manual.
    pub sets: Vec<u32>,
    /// The statements that allow it, with what they ask for.
    pub by: Vec<String>,
}

named! {
    /// What sort of stranger a role lets in.
    OutsiderKind {
        /// Whoever asks.
        Anyone = "anyone",
        /// A whole account, or somebody in it.
        Account = "account",
        /// Whoever an `OpenID` Connect issuer vouches for.
        Oidc = "oidc",
        /// Whoever a SAML issuer vouches for.
        Saml = "saml",
    }
}

named! {
    /// What binds a trust to one party.
    Bond {
        /// A word agreed with that party, so that others cannot have it act for them.
        ExternalId = "external_id",
        /// Whom the issuer vouches for.
        Subject = "subject",
        /// For whom the issuer vouches for it.
        Audience = "audience",
    }
}

/// Somebody from outside whom a role lets in.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Outsider {
    /// What sort of stranger.
    pub kind: OutsiderKind,
    /// Who: an account, a principal of one, an issuer; empty for anyone.
    pub who: String,
    /// What would bind it to one party and is not asked for.
    pub lacks: Vec<Bond>,
    /// The statement that lets it in.
    pub by: String,
}

/// A role lets in somebody of another account: kept with that account, so that whoever judges it knows
/// where its principals may go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Door {
    /// The root of the account that is let in; [`Self::ANYONE`] for all of them.
    pub outside: IdentityId,
    /// The role.
    pub role: IdentityId,
}

impl Door {
    /// In place of the root of an account.
    pub const ANYONE: &str = "arn:aws:iam::*:root";
}
