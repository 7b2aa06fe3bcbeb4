//! What a decoder found in one file: the credential, and how it lies there.

use jiff::Timestamp;
use model::{
    CredentialId, CredentialKind, Details, End, Fingerprint, KeyFacts, PlacementKind, hex,
};

/// One credential in a file. Which file, who owns it and who can read it is added by whoever read it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its name within the file; empty if the file holds nothing else.
    pub item: String,
    /// By what it is known.
    pub name: Name,
    /// What sort.
    pub kind: CredentialKind,
    /// In what form it lies there.
    pub form: PlacementKind,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it ends.
    pub ends: End,
    /// Digest of the secret part.
    pub fingerprint: Option<Fingerprint>,
    /// For key pairs and certificates.
    pub key: Option<KeyFacts>,
    /// Whether it is encrypted where it lies.
    pub encrypted: Option<bool>,
    /// What it opens.
    pub serves: Option<String>,
    /// About the credential, wherever it lies.
    pub credential_details: Details,
    /// About this place.
    pub placement_details: Details,
}

/// By what a credential is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Name {
    /// By a public part.
    Public(CredentialId),
    /// By its digest, if it has one, else by where it lies.
    Secret,
    /// By where it lies alone.
    Unread,
}

impl Found {
    /// Something of which no more than this is known yet.
    pub(super) fn new(item: impl Into<String>, kind: CredentialKind, form: PlacementKind) -> Self {
        Self {
            item: item.into(),
            name: Name::Unread,
            kind,
            form,
            created_at: None,
            ends: End::Unknown,
            fingerprint: None,
            key: None,
            encrypted: None,
            serves: None,
            credential_details: Details::new(),
            placement_details: Details::new(),
        }
    }

    /// A secret in the clear.
    pub(super) fn secret(
        item: impl Into<String>,
        kind: CredentialKind,
        fingerprint: Option<Fingerprint>,
    ) -> Self {
        let mut found = Self::new(item, kind, PlacementKind::SecretFile);
        found.name = Name::Secret;
        found.fingerprint = fingerprint;
        found.encrypted = Some(false);
        if fingerprint.is_none() {
            found.say("strength", "guessable, so not fingerprinted");
        }
        found
    }

    /// Adds a detail about this place.
    pub(super) fn say(&mut self, what: &str, text: impl Into<String>) {
        self.placement_details.insert(what.to_owned(), text.into());
    }

    /// The id, once it is known where it lies.
    pub(super) fn id(&self, placement: &str) -> CredentialId {
        match (&self.name, &self.fingerprint) {
            (Name::Public(id), _) => id.clone(),
            (Name::Secret, Some(fingerprint)) => {
                CredentialId(format!("secret:{}", hex(&fingerprint.0)))
            }
            (Name::Secret | Name::Unread, _) => CredentialId(format!("unread:{placement}")),
        }
    }
}
