//! The JSON form of a subject with everything known about it.

use std::collections::BTreeMap;

use model::{
    Answer, Applied, Body, Credential, End, Finding, Held, IdentityId, KeyFacts, KeyFlaw, Outsider,
    Ownership, PathStep, Placement, Presence, Privileges, Subject, Use, Workload,
};
use serde_json::{Map, Value, json};

use super::{finding, moment, texts};

/// An identity or unclaimed credential, as `docs/schema/identity.json` says.
///
/// `last_used` is the latest use of the identity itself or of any of its credentials. Without one it
/// is `"never"`, or `"before "` and a time, only if the provider tells of all of them, and else
/// `"unknown"`.
#[must_use]
pub fn identity(subject: &Subject, findings: &[Finding]) -> Value {
    let credentials: Vec<Value> = subject.credentials.iter().map(held).collect();
    let placements: Vec<Value> =
        subject.credentials.iter().flat_map(|held| &held.placements).map(placement).collect();
    let grants: Vec<Value> = subject.grants.iter().map(grant).collect();
    let workloads: Vec<Value> = subject.workloads.iter().map(workload).collect();
    let findings: Vec<Value> = findings.iter().map(finding).collect();
    let scopes: Vec<&str> = subject.scopes.iter().map(model::ScopeId::as_str).collect();
    let mut view = Map::new();
    let mut put = |key: &str, value: Value| {
        view.insert(key.to_owned(), value);
    };
    put("id", subject.id.plain().into());
    put("subject", subject.id.to_string().into());
    put("kind", subject.body.kind_name().into());
    put("source", subject.source.as_str().into());
    put("last_used", last_used(subject));
    put("owners", owners(&subject.ownership));
    put(
        "declarations",
        ids(subject.ownership.declarations.iter().map(model::DeclarationId::as_str)),
    );
    put("disputed", ids(subject.ownership.disputed.iter().map(model::DeclarationId::as_str)));
    put("purpose", subject.ownership.purpose.as_deref().into());
    put("service", subject.ownership.service.as_deref().into());
    put("environment", subject.ownership.environment.as_deref().into());
    put("expires", subject.ownership.expires_at.map(moment).into());
    put("revocation", subject.ownership.revocation.as_deref().into());
    put("credentials", credentials.into());
    put("placements", placements.into());
    put("grants", grants.into());
    put("workloads", workloads.into());
    put("usage", subject.usage.as_ref().map(usage).into());
    put("privileges", subject.privileges.as_ref().map(privileges).into());
    put("findings", findings.into());
    put("scopes", scopes.into());
    if let Body::Identity(it) = &subject.body {
        put("name", it.name.as_str().into());
        put("realm", it.realm.as_str().into());
        put("path", it.path.as_str().into());
        put("maker", it.maker.name().into());
        put("created", it.created_at.map(moment).into());
        put("enabled", it.enabled.into());
        put("groups", ids(it.groups.iter().map(IdentityId::as_str)));
        let counts = it.credential_counts.iter();
        let counts = counts.map(|(kind, count)| (kind.name().to_owned(), Value::from(*count)));
        put("credential_counts", Value::Object(counts.collect()));
        put("labels", texts(it.labels.iter()));
        put("details", texts(it.details.iter()));
    }
    Value::Object(view)
}

fn usage(services: &BTreeMap<String, Use>) -> Value {
    services.iter().map(|(name, it)| (name.clone(), Value::from(use_text(*it)))).collect()
}

fn privileges(it: &Privileges) -> Value {
    let step = |it: &PathStep| json!({ "what": it.what, "sets": it.sets, "by": it.by });
    let outsider = |it: &Outsider| {
        let lacks: Vec<&str> = it.lacks.iter().map(|bond| bond.name()).collect();
        json!({ "kind": it.kind.name(), "who": it.who, "lacks": lacks, "by": it.by })
    };
    json!({
        "verdict": it.verdict.name(),
        "because": it.because.iter().map(step).collect::<Vec<_>>(),
        "becomes": ids(it.becomes.iter().map(IdentityId::as_str)),
        "services": it.services,
        "services_whole": it.services_whole,
        "sensitive": it.sensitive,
        "secrets": it.secrets,
        "outsiders": it.outsiders.iter().map(outsider).collect::<Vec<_>>(),
    })
}

fn held(held: &Held) -> Value {
    let Credential {
        id,
        kind,
        identity: _,
        maker,
        created_at,
        ends,
        used,
        enabled,
        // The digest recognises a secret across the estate; nobody outside needs it.
        fingerprint: _,
        key,
        details,
    } = &held.credential;
    json!({
        "id": id.as_str(),
        "kind": kind.name(),
        "maker": maker.name(),
        "created": created_at.map(moment),
        "ends": match ends {
            End::Unknown => "unknown".to_owned(),
            End::Never => "never".to_owned(),
            End::At(at) => moment(*at),
        },
        "last_used": use_text(*used),
        "enabled": enabled,
        "key": key.as_ref().map(key_facts),
        "identities": ids(held.claimed_by.iter().map(IdentityId::as_str)),
        "placements": ids(held.placements.iter().map(|it| it.id.as_str())),
        "details": texts(details.iter()),
    })
}

fn key_facts(key: &KeyFacts) -> Value {
    json!({
        "algorithm": key.algorithm,
        "bits": key.bits,
        "signature": key.signature,
        "spki_sha256": key.spki,
        "self_signed": key.self_signed,
        "authority": key.authority,
        "flaw": key.flaw.map(KeyFlaw::name),
    })
}

fn placement(placement: &Placement) -> Value {
    json!({
        "id": placement.id.as_str(),
        "credential": placement.credential.as_str(),
        "kind": placement.kind.name(),
        "realm": placement.realm,
        "path": placement.path,
        "holder": placement.holder.as_ref().map(IdentityId::as_str),
        "readers": placement.readers.map(model::Readers::name),
        "encrypted": placement.encrypted,
        "serves": placement.serves,
        "modified": placement.modified_at.map(moment),
        "details": texts(placement.details.iter()),
    })
}

fn grant(applied: &Applied) -> Value {
    json!({
        "kind": applied.kind.name(),
        "policy": applied.id.as_str(),
        "via": applied.via.as_ref().map(IdentityId::as_str),
        "document_seen": applied.policy.is_some(),
    })
}

fn workload(workload: &Workload) -> Value {
    json!({
        "id": workload.id.as_str(),
        "kind": workload.kind.name(),
        "details": texts(workload.details.iter()),
    })
}

fn owners(ownership: &Ownership) -> Value {
    let list = |answers: &[Answer]| -> Vec<Value> { answers.iter().map(answer).collect() };
    json!({
        "business": list(&ownership.business),
        "technical": list(&ownership.technical),
        "lifecycle": list(&ownership.lifecycle),
    })
}

fn answer(answer: &Answer) -> Value {
    let (presence, why) = match &answer.presence {
        Presence::Active => ("active", None),
        Presence::Gone(why) => ("gone", Some(why.as_str())),
        Presence::Unlisted => ("unlisted", None),
    };
    json!({
        "owner": answer.owner.as_str(),
        "presence": presence,
        "why": why,
        "declaration": answer.declaration.as_str(),
    })
}

fn last_used(subject: &Subject) -> Value {
    let own = match &subject.body {
        Body::Identity(identity) => Some(identity.used),
        Body::Unclaimed | Body::Scope(_) | Body::Declaration { .. } | Body::Absent => None,
    };
    let uses = || own.into_iter().chain(subject.credentials.iter().map(|it| it.credential.used));
    let most = uses().max().unwrap_or_default();
    let is_told = matches!(most, Use::At(_)) || uses().all(|used| used != Use::Unknown);
    use_text(if is_told { most } else { Use::Unknown }).into()
}

fn use_text(used: Use) -> String {
    match used {
        Use::Unknown => "unknown".to_owned(),
        Use::Never => "never".to_owned(),
        Use::NotSince(at) => format!("before {}", moment(at)),
        Use::At(at) => moment(at),
    }
}

fn ids<'a>(ids: impl Iterator<Item = &'a str>) -> Value {
    ids.collect::<Vec<_>>().into()
}
