//! What agents see.

use std::collections::BTreeMap;

use model::{
    Credential, CredentialKind, Door, End, Fact, Fingerprint, Grant, GrantKind, Identity,
    IdentityId, IdentityKind, KeyFacts, KeyFlaw, Maker, Placement, PlacementKind, Policy,
    PolicyLanguage, Readers, Usage, Use, Workload, WorkloadKind,
};

use crate::malformed::{Malformed, fixed, required, word};
use crate::moment::{at, at_maybe};
use crate::v1;

impl From<&Fact> for v1::Fact {
    fn from(it: &Fact) -> Self {
        use v1::fact::Kind;
        let kind = match it {
            Fact::Identity(it) => Kind::Identity(it.into()),
            Fact::Credential(it) => Kind::Credential(it.into()),
            Fact::Grant(it) => Kind::Grant(v1::Grant {
                holder: it.holder.0.clone(),
                kind: it.kind.name().into(),
                policy: it.policy.0.clone(),
            }),
            Fact::Placement(it) => Kind::Placement(it.into()),
            Fact::Policy(it) => Kind::Policy(v1::Policy {
                id: it.id.0.clone(),
                language: it.language.name().into(),
                document: it.document.clone(),
                maker: it.maker.name().into(),
            }),
            Fact::Workload(it) => Kind::Workload(v1::Workload {
                id: it.id.0.clone(),
                kind: it.kind.name().into(),
                identity: it.identity.0.clone(),
                details: it.details.clone(),
            }),
            Fact::Usage(it) => Kind::Usage(v1::Usage {
                identity: it.identity.0.clone(),
                services: it
                    .services
                    .iter()
                    // What is not known is told as such: a field that is not there.
                    .map(|(name, used)| (name.clone(), used_encode(*used).unwrap_or_default()))
                    .collect(),
            }),
            Fact::Privileges(it) => Kind::Privileges(it.as_ref().into()),
            Fact::Door(it) => {
                Kind::Door(v1::Door { outside: it.outside.0.clone(), role: it.role.0.clone() })
            }
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<v1::Fact> for Fact {
    type Error = Malformed;

    fn try_from(it: v1::Fact) -> Result<Self, Malformed> {
        use v1::fact::Kind;
        Ok(match required(it.kind, "fact.kind")? {
            Kind::Identity(it) => Self::Identity(it.try_into()?),
            Kind::Credential(it) => Self::Credential(it.try_into()?),
            Kind::Grant(it) => Self::Grant(Grant {
                holder: it.holder.into(),
                kind: word(GrantKind::from_name, &it.kind, "grant.kind")?,
                policy: it.policy.into(),
            }),
            Kind::Placement(it) => Self::Placement(it.try_into()?),
            Kind::Policy(it) => Self::Policy(Policy {
                id: it.id.into(),
                language: word(PolicyLanguage::from_name, &it.language, "policy.language")?,
                document: it.document,
                maker: word(Maker::from_name, &it.maker, "policy.maker")?,
            }),
            Kind::Workload(it) => Self::Workload(Workload {
                id: it.id.into(),
                kind: word(WorkloadKind::from_name, &it.kind, "workload.kind")?,
                identity: it.identity.into(),
                details: it.details,
            }),
            Kind::Usage(it) => Self::Usage(usage_decode(it)?),
            Kind::Privileges(it) => Self::Privileges(Box::new(it.try_into()?)),
            Kind::Door(it) => Self::Door(Door { outside: it.outside.into(), role: it.role.into() }),
        })
    }
}

impl From<&Identity> for v1::Identity {
    fn from(it: &Identity) -> Self {
        Self {
            id: it.id.0.clone(),
            kind: it.kind.name().into(),
            name: it.name.clone(),
            realm: it.realm.clone(),
            path: it.path.clone(),
            maker: it.maker.name().into(),
            created_at: it.created_at.map(v1::Moment::from),
            enabled: it.enabled,
            used: used_encode(it.used),
            groups: it.groups.iter().map(|group| group.0.clone()).collect(),
            labels: it.labels.clone(),
            details: it.details.clone(),
            credential_counts: it
                .credential_counts
                .iter()
                .map(|(kind, count)| (kind.name().to_owned(), *count))
                .collect(),
        }
    }
}

impl TryFrom<v1::Identity> for Identity {
    type Error = Malformed;

    fn try_from(it: v1::Identity) -> Result<Self, Malformed> {
        Ok(Self {
            id: it.id.into(),
            kind: word(IdentityKind::from_name, &it.kind, "identity.kind")?,
            name: it.name,
            realm: it.realm,
            path: it.path,
            maker: word(Maker::from_name, &it.maker, "identity.maker")?,
            created_at: at_maybe(it.created_at, "identity.created_at")?,
            enabled: it.enabled,
            used: used_decode(it.used, "identity.used")?,
            groups: it.groups.into_iter().map(IdentityId).collect(),
            credential_counts: counts_decode(it.credential_counts)?,
            labels: it.labels,
            details: it.details,
        })
    }
}

fn usage_decode(it: v1::Usage) -> Result<Usage, Malformed> {
    let mut services = BTreeMap::new();
    for (name, used) in it.services {
        services.insert(name, used_decode(Some(used), "usage.services")?);
    }
    Ok(Usage { identity: it.identity.into(), services })
}

fn counts_decode(
    counts: BTreeMap<String, u32>,
) -> Result<BTreeMap<CredentialKind, u32>, Malformed> {
    let mut read = BTreeMap::new();
    for (kind, count) in counts {
        read.insert(word(CredentialKind::from_name, &kind, "identity.credential_counts")?, count);
    }
    Ok(read)
}

impl From<&Credential> for v1::Credential {
    fn from(it: &Credential) -> Self {
        Self {
            id: it.id.0.clone(),
            kind: it.kind.name().into(),
            identity: it.identity.as_ref().map(|identity| identity.0.clone()),
            maker: it.maker.name().into(),
            created_at: it.created_at.map(v1::Moment::from),
            ends: end_encode(it.ends),
            used: used_encode(it.used),
            enabled: it.enabled,
            fingerprint: it.fingerprint.map(|fingerprint| fingerprint.0.to_vec()),
            key: it.key.as_ref().map(|key| v1::KeyFacts {
                algorithm: key.algorithm.clone(),
                bits: key.bits,
                signature: key.signature.clone(),
                spki: key.spki.clone(),
                self_signed: key.self_signed,
                authority: key.authority,
                flaw: key.flaw.map(|flaw| flaw.name().into()),
            }),
            details: it.details.clone(),
        }
    }
}

impl TryFrom<v1::Credential> for Credential {
    type Error = Malformed;

    fn try_from(it: v1::Credential) -> Result<Self, Malformed> {
        let fingerprint = match &it.fingerprint {
            Some(bytes) => Some(Fingerprint(fixed(bytes, "credential.fingerprint")?)),
            None => None,
        };
        Ok(Self {
            id: it.id.into(),
            kind: word(CredentialKind::from_name, &it.kind, "credential.kind")?,
            identity: it.identity.map(IdentityId),
            maker: word(Maker::from_name, &it.maker, "credential.maker")?,
            created_at: at_maybe(it.created_at, "credential.created_at")?,
            ends: end_decode(it.ends, "credential.ends")?,
            used: used_decode(it.used, "credential.used")?,
            enabled: it.enabled,
            fingerprint,
            key: it.key.map(KeyFacts::try_from).transpose()?,
            details: it.details,
        })
    }
}

impl TryFrom<v1::KeyFacts> for KeyFacts {
    type Error = Malformed;

    fn try_from(it: v1::KeyFacts) -> Result<Self, Malformed> {
        let flaw = it.flaw.map(|flaw| word(KeyFlaw::from_name, &flaw, "key.flaw")).transpose()?;
        Ok(Self {
            algorithm: it.algorithm,
            bits: it.bits,
            signature: it.signature,
            spki: it.spki,
            self_signed: it.self_signed,
            authority: it.authority,
            flaw,
        })
    }
}

impl From<&Placement> for v1::Placement {
    fn from(it: &Placement) -> Self {
        Self {
            id: it.id.0.clone(),
            credential: it.credential.0.clone(),
            kind: it.kind.name().into(),
            realm: it.realm.clone(),
            path: it.path.clone(),
            holder: it.holder.as_ref().map(|holder| holder.0.clone()),
            readers: it.readers.map(|readers| readers.name().into()),
            encrypted: it.encrypted,
            serves: it.serves.clone(),
            modified_at: it.modified_at.map(v1::Moment::from),
            details: it.details.clone(),
        }
    }
}

impl TryFrom<v1::Placement> for Placement {
    type Error = Malformed;

    fn try_from(it: v1::Placement) -> Result<Self, Malformed> {
        let readers = match &it.readers {
            Some(name) => Some(word(Readers::from_name, name, "placement.readers")?),
            None => None,
        };
        Ok(Self {
            id: it.id.into(),
            credential: it.credential.into(),
            kind: word(PlacementKind::from_name, &it.kind, "placement.kind")?,
            realm: it.realm,
            path: it.path,
            holder: it.holder.map(IdentityId),
            readers,
            encrypted: it.encrypted,
            serves: it.serves,
            modified_at: at_maybe(it.modified_at, "placement.modified_at")?,
            details: it.details,
        })
    }
}

fn used_encode(used: Use) -> Option<v1::Use> {
    use v1::r#use::Told;
    let told = match used {
        Use::Unknown => return None,
        Use::Never => Told::Never(true),
        Use::NotSince(moment) => Told::NotSince(moment.into()),
        Use::At(moment) => Told::At(moment.into()),
    };
    Some(v1::Use { told: Some(told) })
}

fn used_decode(used: Option<v1::Use>, field: &str) -> Result<Use, Malformed> {
    use v1::r#use::Told;
    Ok(match used.and_then(|used| used.told) {
        None => Use::Unknown,
        Some(Told::Never(_)) => Use::Never,
        Some(Told::NotSince(moment)) => Use::NotSince(at(Some(moment), field)?),
        Some(Told::At(moment)) => Use::At(at(Some(moment), field)?),
    })
}

fn end_encode(end: End) -> Option<v1::End> {
    use v1::end::Told;
    let told = match end {
        End::Unknown => return None,
        End::Never => Told::Never(true),
        End::At(moment) => Told::At(moment.into()),
    };
    Some(v1::End { told: Some(told) })
}

fn end_decode(end: Option<v1::End>, field: &str) -> Result<End, Malformed> {
    use v1::end::Told;
    Ok(match end.and_then(|end| end.told) {
        None => End::Unknown,
        Some(Told::Never(_)) => End::Never,
        Some(Told::At(moment)) => End::At(at(Some(moment), field)?),
    })
}
