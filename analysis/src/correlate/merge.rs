//! One value from what several scopes tell of one thing.
//!
//! Known beats unknown. Of two known values, the provider's counts (the scope that says whom a
//! credential proves); else the earliest creation and end, the latest use, the greatest count, and
//! "enabled" before "disabled", because what still works anywhere works.

use jiff::Timestamp;
use model::{Credential, End, Identity, KeyFacts, Maker, Placement};

/// What all `facts`, of one identity, tell together; `None` if there is no fact.
pub(super) fn identities<'a>(mut facts: impl Iterator<Item = &'a Identity>) -> Option<Identity> {
    let mut merged = facts.next()?.clone();
    for fact in facts {
        if merged.name.is_empty() {
            merged.name.clone_from(&fact.name);
        }
        if merged.path.is_empty() {
            merged.path.clone_from(&fact.path);
        }
        if merged.maker == Maker::Organisation {
            merged.maker = fact.maker;
        }
        merged.created_at = earliest(merged.created_at, fact.created_at);
        merged.enabled = enabled(merged.enabled, fact.enabled);
        merged.used = merged.used.max(fact.used);
        merged.groups.extend(fact.groups.iter().cloned());
        for (kind, count) in &fact.credential_counts {
            let known = merged.credential_counts.entry(*kind).or_default();
            *known = (*known).max(*count);
        }
        for (name, text) in &fact.labels {
            merged.labels.entry(name.clone()).or_insert_with(|| text.clone());
        }
        for (name, text) in &fact.details {
            merged.details.entry(name.clone()).or_insert_with(|| text.clone());
        }
    }
    merged.groups.sort();
    merged.groups.dedup();
    Some(merged)
}

/// What all `facts`, of one credential, tell together; `None` if there is no fact.
pub(super) fn credentials(facts: &[&Credential]) -> Option<Credential> {
    let by_provider = facts.iter().filter(|fact| fact.identity.is_some());
    let by_others = facts.iter().filter(|fact| fact.identity.is_none());
    let mut ordered = by_provider.chain(by_others);
    let mut merged = (*ordered.next()?).clone();
    for fact in ordered {
        // A place tells whether material came with the system only where no provider knows better.
        if fact.identity.is_none() && merged.identity.is_none() && merged.maker != Maker::System {
            merged.maker = fact.maker;
        }
        let equals = fact.identity.is_some() == merged.identity.is_some();
        merged.created_at = earliest(merged.created_at, fact.created_at);
        merged.ends = match merged.ends {
            End::Unknown => fact.ends,
            known @ (End::Never | End::At(_)) if equals => ends(known, fact.ends),
            known @ (End::Never | End::At(_)) => known,
        };
        merged.enabled = match merged.enabled {
            None => fact.enabled,
            known if equals => enabled(known, fact.enabled),
            known => known,
        };
        merged.used = merged.used.max(fact.used);
        merged.fingerprint = merged.fingerprint.or(fact.fingerprint);
        merged.key = keys(merged.key, fact.key.as_ref());
        for (name, text) in &fact.details {
            merged.details.entry(name.clone()).or_insert_with(|| text.clone());
        }
    }
    Some(merged)
}

/// Adds to `known` what `fact` tells of the same place.
pub(super) fn placement(known: &mut Placement, fact: &Placement) {
    if known.holder.is_none() {
        known.holder.clone_from(&fact.holder);
    }
    known.readers = known.readers.max(fact.readers);
    known.encrypted = match (known.encrypted, fact.encrypted) {
        (Some(one), Some(other)) => Some(one && other),
        (one, other) => one.or(other),
    };
    if known.serves.is_none() {
        known.serves.clone_from(&fact.serves);
    }
    known.modified_at = known.modified_at.max(fact.modified_at);
    for (name, text) in &fact.details {
        known.details.entry(name.clone()).or_insert_with(|| text.clone());
    }
}

fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    crate::time::earlier(one, other)
}

fn enabled(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    one.max(other)
}

fn ends(one: End, other: End) -> End {
    match (one, other) {
        (End::At(one), End::At(other)) => End::At(one.min(other)),
        (End::At(at), End::Never | End::Unknown) | (End::Never | End::Unknown, End::At(at)) => {
            End::At(at)
        }
        (End::Never, End::Never | End::Unknown) | (End::Unknown, End::Never) => End::Never,
        (End::Unknown, End::Unknown) => End::Unknown,
    }
}

fn keys(known: Option<KeyFacts>, fact: Option<&KeyFacts>) -> Option<KeyFacts> {
    let Some(mut known) = known else { return fact.cloned() };
    let Some(fact) = fact else { return Some(known) };
    if known.algorithm.is_empty() {
        known.algorithm.clone_from(&fact.algorithm);
    }
    known.bits = known.bits.or(fact.bits);
    known.signature = known.signature.or_else(|| fact.signature.clone());
    known.spki = known.spki.or_else(|| fact.spki.clone());
    known.self_signed |= fact.self_signed;
    known.authority |= fact.authority;
    known.flaw = known.flaw.or(fact.flaw);
    Some(known)
}
