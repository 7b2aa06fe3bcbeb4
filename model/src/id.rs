//! Identifiers: one type per kind of thing, so that two of them cannot be swapped.

use std::borrow::Cow;
use std::fmt;

/// Declares a text identifier with the few things that every identifier can do.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    };
}

text_id! {
    /// An agent, as named by its client certificate, never by a message body.
    AgentId
}
impl AgentId {
    /// In whose name the collector keeps what it works out itself. No agent can be called so.
    pub const COLLECTOR: &str = "(collector)";

    /// Whether it is the collector itself.
    #[must_use]
    pub fn is_collector(&self) -> bool {
        self.0 == Self::COLLECTOR
    }
}
text_id! {
    /// What can authenticate, in the provider's own spelling: `arn:aws:iam::123456789012:user/ci`,
    /// `host:web-1/account/deploy`.
    IdentityId
}
text_id! {
    /// A credential, unique in the whole estate, and the same wherever it is seen. What makes two
    /// sightings one is in the id:
    ///
    /// ```text
    /// aws_access_key:AKIAEXAMPLE1      the public half of an access key
    /// key:<hex>                        SHA-256 of a public key's SubjectPublicKeyInfo
    /// certificate:<hex>                SHA-256 of a certificate's DER
    /// secret:<hex>                     keyed fingerprint of secret material
    /// unread:<placement>               material known only by where it lies
    /// <provider's own id>              anything else that a provider names
    /// ```
    CredentialId
}
text_id! {
    /// A place where credential material lies: `host:web-1/file:/root/.netrc#example.org`.
    PlacementId
}
text_id! {
    /// A named document that grants refer to: the ARN of a managed policy, `<role>#trust`.
    PolicyId
}

impl PolicyId {
    /// The policy that this is a version of; itself if it is none: `<policy>#version/v2`.
    #[must_use]
    pub fn of_version(&self) -> Self {
        let (policy, _) = self.0.split_once("#version/").unwrap_or((&self.0, ""));
        Self(policy.to_owned())
    }
}

text_id! {
    /// What runs with an identity: `host:web-1/unit/nginx.service`.
    WorkloadId
}
text_id! {
    /// A declaration: the file it is in and its name there, `payments.yaml#ci-users`.
    DeclarationId
}
text_id! {
    /// A person or a team, as the directory spells it: `person:ada`, `team:payments`.
    OwnerId
}
text_id! {
    /// One finding for ever: drawn from its rule, its subject and what it is about.
    FindingId
}
text_id! {
    /// Part of a source that can be listed to its end on its own. Starts with the kind of the
    /// source: `aws_iam/123456789012/aws-global/iam:GetAccountAuthorizationDetails`,
    /// `host/web-1/files:/home`.
    ScopeId
}

impl ScopeId {
    /// The kind of the source, which is the part before the first `/`.
    pub fn source(&self) -> &str {
        self.0.split_once('/').map_or(self.0.as_str(), |(source, _)| source)
    }
}

/// One life of an agent's spool; a wiped or damaged disk starts a new one.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Epoch(pub u64);

/// Position of a batch within one [`Epoch`]; starts at 1 and has no gaps. 0 means "none yet".
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Seq(pub u64);

impl Seq {
    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One attempt to list one scope; unique within an [`Epoch`].
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct ScanId(pub u64);

/// Stable name of a rule: `long_lived.age`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RuleId(pub Cow<'static, str>);

impl RuleId {
    /// A rule that is known when the program is compiled.
    pub const fn of(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keyed digest (HMAC-SHA-256 under the deployment's key) by which two sightings of one secret are
/// recognised.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

/// What a finding or a settlement is about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SubjectId {
    /// An identity that a source named.
    Identity(IdentityId),
    /// A credential for which no identity is known.
    Unclaimed(CredentialId),
    /// A scope as one agent sees it.
    Scope(AgentId, ScopeId),
    /// A declaration.
    Declaration(DeclarationId),
}

impl SubjectId {
    /// The id without its kind, as people know it.
    pub fn plain(&self) -> String {
        match self {
            Self::Identity(id) => id.0.clone(),
            Self::Unclaimed(id) => id.0.clone(),
            Self::Scope(agent, scope) => format!("{agent}:{scope}"),
            Self::Declaration(id) => id.0.clone(),
        }
    }
}

/// One text per subject; [`std::str::FromStr`] reads it back.
impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(id) => write!(f, "identity|{id}"),
            Self::Unclaimed(id) => write!(f, "unclaimed|{id}"),
            Self::Scope(agent, scope) => write!(f, "scope|{agent}|{scope}"),
            Self::Declaration(id) => write!(f, "declaration|{id}"),
        }
    }
}

/// A text that names no subject.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not the text of a subject")]
pub struct SubjectIdError(pub String);

impl std::str::FromStr for SubjectId {
    type Err = SubjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || SubjectIdError(text.to_owned());
        let (kind, id) = text.split_once('|').ok_or_else(wrong)?;
        match kind {
            "identity" => Ok(Self::Identity(id.into())),
            "unclaimed" => Ok(Self::Unclaimed(id.into())),
            "scope" => {
                let (agent, scope) = id.split_once('|').ok_or_else(wrong)?;
                Ok(Self::Scope(agent.into(), scope.into()))
            }
            "declaration" => Ok(Self::Declaration(id.into())),
            _ => Err(wrong()),
        }
    }
}
