//! Digests by which both ends of the line agree on what a scope holds.
//!
//! ```text
//! FactKey        kin (8 bytes: whose record it is kept with)  +  node (12 bytes: what it is)
//! ContentDigest  16 bytes over the key and the encoded fact
//! ScopeDigest    how many facts, and the sum of their content digests modulo 2^128
//! ```
//!
//! A sum does not depend on the order, so it can be kept while facts come and go. It guards against
//! mistakes and lost updates; an agent that wants to lie about its own scopes needs no collision.

use std::fmt;

use ring::digest::{Context, SHA256};

use crate::{CredentialId, DeclarationId, Fact, IdentityId, PolicyId, SubjectId};

/// Where the record of a fact is kept: the first 8 bytes are shared by all that belongs to one
/// identity, credential or policy.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FactKey(pub [u8; 20]);

/// The part of a [`FactKey`] that kin share.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kin(pub [u8; 8]);

/// Digest of a fact with its key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ContentDigest(pub [u8; 16]);

/// What a scope holds, in constant space and without regard to order.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ScopeDigest {
    /// Number of facts.
    pub count: u64,
    /// Sum of their content digests, modulo 2^128.
    pub sum: u128,
}

impl FactKey {
    /// The key under which `fact` is kept, the same on every machine.
    #[must_use]
    pub fn of(fact: &Fact) -> Self {
        let kin = Kin::of(fact);
        let (kind, id) = fact.node();
        let node = sha256(&[b"node", kind.as_bytes(), id.as_bytes()]);
        let mut key = [0; 20];
        for (to, from) in key.iter_mut().zip(kin.0.iter().chain(node.iter())) {
            *to = *from;
        }
        Self(key)
    }

    /// The part that kin share.
    #[must_use]
    pub fn kin(&self) -> Kin {
        let mut kin = [0; 8];
        for (to, from) in kin.iter_mut().zip(&self.0) {
            *to = *from;
        }
        Kin(kin)
    }
}

impl fmt::Debug for FactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FactKey({})", hex(&self.0))
    }
}

impl Kin {
    /// With whom `fact` is kept: a credential with the identity that it proves, if that is known;
    /// a placement with its credential; a grant or workload with its identity.
    #[must_use]
    pub fn of(fact: &Fact) -> Self {
        match fact {
            Fact::Identity(identity) => Self::identity(&identity.id),
            Fact::Credential(credential) => match &credential.identity {
                Some(identity) => Self::identity(identity),
                None => Self::credential(&credential.id),
            },
            Fact::Grant(grant) => Self::identity(&grant.holder),
            Fact::Placement(placement) => Self::credential(&placement.credential),
            Fact::Policy(policy) => Self::policy(&policy.id.of_version()),
            Fact::Workload(workload) => Self::identity(&workload.identity),
            Fact::Usage(usage) => Self::identity(&usage.identity),
            Fact::Privileges(privileges) => Self::identity(&privileges.identity),
            Fact::Door(door) => Self::identity(&door.outside),
        }
    }

    /// All that is kept with an identity.
    #[must_use]
    pub fn identity(id: &IdentityId) -> Self {
        Self::named("identity", id.as_str())
    }

    /// All that is kept with a credential.
    #[must_use]
    pub fn credential(id: &CredentialId) -> Self {
        Self::named("credential", id.as_str())
    }

    /// All that is kept with a policy.
    #[must_use]
    pub fn policy(id: &PolicyId) -> Self {
        Self::named("policy", id.as_str())
    }

    /// All that is kept with a declaration.
    #[must_use]
    pub fn declaration(id: &DeclarationId) -> Self {
        Self::named("declaration", id.as_str())
    }

    /// What is kept with a subject.
    #[must_use]
    pub fn subject(id: &SubjectId) -> Self {
        match id {
            SubjectId::Identity(id) => Self::identity(id),
            SubjectId::Unclaimed(id) => Self::credential(id),
            SubjectId::Scope(agent, scope) => {
                Self::named("scope", &format!("{}\0{}", agent.as_str(), scope.as_str()))
            }
            SubjectId::Declaration(id) => Self::declaration(id),
        }
    }

    fn named(kind: &str, id: &str) -> Self {
        let digest = sha256(&[b"kin", kind.as_bytes(), id.as_bytes()]);
        let mut kin = [0; 8];
        for (to, from) in kin.iter_mut().zip(digest) {
            *to = from;
        }
        Self(kin)
    }
}

impl ContentDigest {
    /// Digest of `encoded`, the canonical bytes of the fact that is kept under `key`.
    #[must_use]
    pub fn of(key: FactKey, encoded: &[u8]) -> Self {
        let digest = sha256(&[b"content", &key.0, encoded]);
        let mut content = [0; 16];
        for (to, from) in content.iter_mut().zip(digest) {
            *to = from;
        }
        Self(content)
    }
}

impl ScopeDigest {
    /// One fact more.
    pub fn add(&mut self, content: ContentDigest) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(content.0));
    }

    /// One fact less.
    pub fn remove(&mut self, content: ContentDigest) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(u128::from_be_bytes(content.0));
    }
}

/// SHA-256 over the parts, each preceded by its length, so that no two lists of parts agree.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
        context.update(&len.to_be_bytes());
        context.update(part);
    }
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    digest
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing into a `String` cannot fail.
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}
