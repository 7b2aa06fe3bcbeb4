//! What would leave the host, as JSON that people can read: one object per entry.
//!
//! Says everything that the wire would carry, and nothing else: the names are those of
//! `proto/muster/v1/fact.proto`, moments are RFC 3339, digests and keys hexadecimal.

use jiff::Timestamp;
use model::{
    Credential, End, Entry, Fact, Identity, KeyFacts, KeyFlaw, Placement, ScanMode, ScopeDigest,
    ScopeId, Use, hex,
};
use serde_json::{Map, Value, json};

/// One entry.
#[must_use]
pub fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Began(began) => json!({
            "entry": "began",
            "scan": began.scan.0,
            "scope": began.scope.as_str(),
            "whole": began.mode == ScanMode::Whole,
            "at": moment(began.at),
            "interval_seconds": began.interval.map(|interval| interval.as_secs()),
            "rights": began.rights.iter().map(ScopeId::as_str).collect::<Vec<_>>(),
        }),
        Entry::Saw(observation) => json!({
            "entry": "saw",
            "scan": observation.scan.0,
            "seen_at": moment(observation.seen_at),
            "fact": fact(&observation.fact),
        }),
        Entry::Missed(scan, key) => json!({
            "entry": "missed",
            "scan": scan.0,
            "key": hex(&key.0),
        }),
        Entry::Completed { scan, digest, at } => json!({
            "entry": "completed",
            "scan": scan.0,
            "digest": scope_digest(*digest),
            "at": moment(*at),
        }),
        Entry::Abandoned { scan, reason, at } => json!({
            "entry": "abandoned",
            "scan": scan.0,
            "reason": reason,
            "at": moment(*at),
        }),
    }
}

/// One fact.
#[must_use]
pub fn fact(fact: &Fact) -> Value {
    match fact {
        Fact::Identity(it) => identity(it),
        Fact::Credential(it) => credential(it),
        Fact::Placement(it) => placement(it),
        Fact::Grant(it) => json!({
            "fact": "grant",
            "holder": it.holder.as_str(),
            "kind": it.kind.name(),
            "policy": it.policy.as_str(),
        }),
        Fact::Policy(it) => json!({
            "fact": "policy",
            "id": it.id.as_str(),
            "language": it.language.name(),
            "document": it.document,
            "maker": it.maker.name(),
        }),
        Fact::Workload(it) => json!({
            "fact": "workload",
            "id": it.id.as_str(),
            "kind": it.kind.name(),
            "identity": it.identity.as_str(),
            "details": it.details,
        }),
        Fact::Usage(it) => json!({
            "fact": "usage",
            "identity": it.identity.as_str(),
            "services": it.services.iter().map(|(name, it)| (name.clone(), used(*it))).collect::<Map<_, _>>(),
        }),
        // No agent tells these.
        Fact::Privileges(it) => json!({ "fact": "privileges", "identity": it.identity.as_str() }),
        Fact::Door(it) => json!({ "fact": "door", "role": it.role.as_str() }),
    }
}

fn identity(it: &Identity) -> Value {
    object([
        ("fact", json!("identity")),
        ("id", json!(it.id.as_str())),
        ("kind", json!(it.kind.name())),
        ("name", json!(it.name)),
        ("realm", json!(it.realm)),
        ("path", json!(it.path)),
        ("maker", json!(it.maker.name())),
        ("created_at", json!(it.created_at.map(moment))),
        ("enabled", json!(it.enabled)),
        ("used", used(it.used)),
        ("groups", json!(it.groups.iter().map(model::IdentityId::as_str).collect::<Vec<_>>())),
        ("credential_counts", counts(it)),
        ("labels", json!(it.labels)),
        ("details", json!(it.details)),
    ])
}

/// How many credentials of each kind it has, where that is told.
fn counts(it: &Identity) -> Value {
    if it.credential_counts.is_empty() {
        return Value::Null;
    }
    let counts = it.credential_counts.iter();
    counts.map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect()
}

fn credential(it: &Credential) -> Value {
    object([
        ("fact", json!("credential")),
        ("id", json!(it.id.as_str())),
        ("kind", json!(it.kind.name())),
        ("identity", json!(it.identity.as_ref().map(model::IdentityId::as_str))),
        ("maker", json!(it.maker.name())),
        ("created_at", json!(it.created_at.map(moment))),
        ("ends", ends(it.ends)),
        ("used", used(it.used)),
        ("enabled", json!(it.enabled)),
        ("fingerprint", json!(it.fingerprint.map(|fingerprint| hex(&fingerprint.0)))),
        ("key", it.key.as_ref().map_or(Value::Null, key)),
        ("details", json!(it.details)),
    ])
}

fn key(it: &KeyFacts) -> Value {
    json!({
        "algorithm": it.algorithm,
        "bits": it.bits,
        "signature": it.signature,
        "spki": it.spki,
        "self_signed": it.self_signed,
        "authority": it.authority,
        "flaw": it.flaw.map(KeyFlaw::name),
    })
}

fn placement(it: &Placement) -> Value {
    object([
        ("fact", json!("placement")),
        ("id", json!(it.id.as_str())),
        ("credential", json!(it.credential.as_str())),
        ("kind", json!(it.kind.name())),
        ("realm", json!(it.realm)),
        ("path", json!(it.path)),
        ("holder", json!(it.holder.as_ref().map(model::IdentityId::as_str))),
        ("readers", json!(it.readers.map(model::Readers::name))),
        ("encrypted", json!(it.encrypted)),
        ("serves", json!(it.serves)),
        ("modified_at", json!(it.modified_at.map(moment))),
        ("details", json!(it.details)),
    ])
}

/// In the order of the list, without what is not told.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let told = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(told.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn used(it: Use) -> Value {
    match it {
        Use::Unknown => Value::Null,
        Use::Never => json!("never"),
        Use::NotSince(at) => json!(format!("before {at}")),
        Use::At(at) => moment(at),
    }
}

fn ends(it: End) -> Value {
    match it {
        End::Unknown => Value::Null,
        End::Never => json!("never"),
        End::At(at) => moment(at),
    }
}

fn moment(at: Timestamp) -> Value {
    Value::String(at.to_string())
}

fn scope_digest(it: ScopeDigest) -> Value {
    json!({ "count": it.count, "sum": format!("{:032x}", it.sum) })
}

#[cfg(test)]
mod tests;
