//! A subject with everything known about it, put together from what single scopes told.

use std::collections::BTreeMap;

use crate::{
    Credential, Declaration, DeclarationId, GrantKind, Identity, IdentityId, OwnerId, Placement,
    Policy, PolicyId, Privileges, ScopeId, ScopeStatus, SubjectId, Use, Workload,
};

/// What correlation knows of one subject at one moment. Detectors see this and nothing else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    /// Which one.
    pub id: SubjectId,
    /// What sort of thing it is, and what only that sort has.
    pub body: Body,
    /// The kind of source that knows it best, such as `aws_iam`.
    pub source: String,
    /// Every credential that proves it, in the order of their ids; for an unclaimed one, itself.
    pub credentials: Vec<Held>,
    /// Every policy that applies to it, in the order of kind, policy, group.
    pub grants: Vec<Applied>,
    /// Why the scope that would tell of such policies was never listed to its end, if it was tried and
    /// was not.
    pub rights_untold: Option<String>,
    /// What runs with it, in the order of their ids.
    pub workloads: Vec<Workload>,
    /// Which services it made use of, by the prefix of their actions; none if nobody tells.
    pub usage: Option<BTreeMap<String, Use>>,
    /// What was worked out of its account; none until that was done.
    pub privileges: Option<Privileges>,
    /// Who answers for it.
    pub ownership: Ownership,
    /// The scopes that told of it, in order.
    pub scopes: Vec<ScopeId>,
}

/// What sort of thing a subject is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body {
    /// An identity, with what all scopes tell of it put together.
    Identity(Box<Identity>),
    /// A credential for which no identity is known: the one in [`Subject::credentials`].
    Unclaimed,
    /// A scope.
    Scope(ScopeStatus),
    /// A declaration, with what must be known to say that it dangles.
    Declaration {
        /// What was written down.
        declaration: Box<Declaration>,
        /// Whether it matches anything at present.
        matched: bool,
        /// Every scope that could show a match.
        scopes: Vec<ScopeStatus>,
    },
    /// Nothing: no agent asserts it at present.
    Absent,
}

impl Body {
    /// The kind of identity, or `unclaimed`, `scope`, `declaration`, `absent`.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Identity(identity) => identity.kind.name(),
            Self::Unclaimed => "unclaimed",
            Self::Scope(_) => "scope",
            Self::Declaration { .. } => "declaration",
            Self::Absent => "absent",
        }
    }
}

/// A credential with all its places.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// What all scopes tell of it, put together.
    pub credential: Credential,
    /// Everyone whom it proves, in order: the subject, and perhaps others.
    pub claimed_by: Vec<IdentityId>,
    /// Every place where it lies, in the order of their ids.
    pub placements: Vec<Placement>,
    /// The scopes that told of the credential, in order.
    pub scopes: Vec<ScopeId>,
}

/// A policy that applies to a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Applied {
    /// How it applies.
    pub kind: GrantKind,
    /// Its name.
    pub id: PolicyId,
    /// What it says; absent if no scope showed the document.
    pub policy: Option<Policy>,
    /// The group that brings it, unless it is the subject's own.
    pub via: Option<IdentityId>,
    /// The scope that told of the grant.
    pub scope: ScopeId,
}

/// Who answers for a subject.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ownership {
    /// The declarations in force: the most specific that match, all of one weight.
    pub declarations: Vec<DeclarationId>,
    /// Everything that matches, the most specific first.
    pub matching: Vec<DeclarationId>,
    /// Who answers for the purpose.
    pub business: Vec<Answer>,
    /// Who answers for operation.
    pub technical: Vec<Answer>,
    /// Who answers for rotation and retirement.
    pub lifecycle: Vec<Answer>,
    /// Declarations of equal weight that name different owners for one role, if any.
    pub disputed: Vec<DeclarationId>,
    /// From the declarations in force.
    pub purpose: Option<String>,
    /// From the declarations in force.
    pub service: Option<String>,
    /// From the declarations in force.
    pub environment: Option<String>,
    /// From the declarations in force.
    pub expires_at: Option<jiff::Timestamp>,
    /// From the declarations in force.
    pub revocation: Option<String>,
}

/// A declared owner, held against the directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// Who was declared.
    pub owner: OwnerId,
    /// Whether they can answer.
    pub presence: Presence,
    /// Who says so.
    pub declaration: DeclarationId,
}

/// Whether a declared owner can answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Presence {
    /// A person who is there, or a team with at least one such person.
    Active,
    /// A person who left, or a team without anyone who is there; the sentence says which.
    Gone(String),
    /// Nobody of that name is in the directory.
    Unlisted,
}
