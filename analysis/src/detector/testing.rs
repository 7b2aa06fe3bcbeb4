//! The one place where tests call a detector.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::testing::{Estate, day, estate};
use model::{AgentId, Body, Dossier, Fact, Sighting, Subject};

use super::{Cx, Detector};
use crate::derive::Realm;
use crate::owners;
use crate::policy::{Limits, Policy};
use crate::power::Power;

/// What `detector` says about the estate on that day under the default policy: a line for each
/// claim, each thing unknown, and the earliest recheck of each subject.
pub(crate) fn verdict(detector: &dyn Detector, date: &str, text: &str) -> Vec<String> {
    verdict_under(&Policy::default(), detector, date, text)
}

/// The same under another policy.
pub(crate) fn verdict_under(
    policy: &Policy,
    detector: &dyn Detector,
    date: &str,
    text: &str,
) -> Vec<String> {
    let mut out = Vec::new();
    let as_of = day(date);
    for subject in subjects(&estate(text), as_of) {
        let limits = policy.limits_for_rule(&subject, detector.rule().id.as_str());
        let power = Power::of(&subject);
        let cx = Cx { as_of, limits: &limits, power: &power };
        let verdict = detector.examine(&subject, &cx);
        assert_eq!(verdict, detector.examine(&subject, &cx), "a detector must be deterministic");
        let about = |about: &str| {
            if about.is_empty() { subject.id.plain() } else { about.to_owned() }
        };
        for it in &verdict.conclusions {
            assert!(!it.evidence.is_empty(), "a claim needs evidence");
            out.push(format!("{} {}: {}", it.severity, about(it.about.plain()), it.because));
        }
        for it in &verdict.unknown {
            out.push(format!("unknown {}: {}", about(&it.about), it.why));
        }
        if let Some(at) = verdict.recheck_at {
            assert!(at > as_of, "a recheck in the past would never end");
            out.push(format!("recheck {}", at.to_string().trim_end_matches("T00:00:00Z")));
        }
    }
    out
}

/// Only the claims of [`verdict`].
pub(crate) fn claims(detector: &dyn Detector, date: &str, text: &str) -> Vec<String> {
    let mut lines = verdict(detector, date, text);
    lines.retain(|line| !line.starts_with("recheck ") && !line.starts_with("unknown "));
    lines
}

/// The limits of the default policy.
pub(crate) fn limits() -> Limits {
    Limits::default()
}

/// Every subject of an estate that is there.
pub(crate) fn subjects(estate: &Estate, as_of: Timestamp) -> Vec<Subject> {
    dossiers(estate, as_of)
        .iter()
        .map(|dossier| crate::subject(dossier, &estate.owners, as_of))
        .collect()
}

/// Every dossier of an estate, with what the store would know of declarations and the collector would
/// have concluded of accounts.
pub(crate) fn dossiers(estate: &Estate, as_of: Timestamp) -> Vec<Dossier> {
    let estate = &derived(estate, as_of);
    let mut dossiers = estate.dossiers();
    let subjects: Vec<Subject> =
        dossiers.iter().map(|it| crate::subject(it, &estate.owners, as_of)).collect();
    for dossier in &mut dossiers {
        let declaration = crate::subject(dossier, &estate.owners, as_of);
        if let Body::Declaration { declaration, .. } = &declaration.body {
            dossier.matched = subjects.iter().any(|it| owners::matches(&declaration.selector, it));
        }
    }
    dossiers
}

/// The estate with what follows from its accounts. Those with users or roles belong together.
fn derived(estate: &Estate, as_of: Timestamp) -> Estate {
    let mut estate = estate.clone();
    let facts: Vec<Fact> = estate.sightings.iter().map(|it| it.fact.clone()).collect();
    let mut accounts = BTreeSet::new();
    for fact in &facts {
        if let Fact::Identity(it) = fact
            && it.id.as_str().starts_with("arn:aws:iam:")
        {
            accounts.insert(it.realm.clone());
        }
    }
    for account in &accounts {
        let realm = Realm::of(account, &facts, [], accounts.clone(), as_of);
        estate.sightings.extend(realm.facts().into_iter().map(|fact| Sighting {
            agent: AgentId::COLLECTOR.into(),
            scope: "derived/aws_iam/1".into(),
            fact,
            valid_from: as_of,
            recorded_at: as_of,
        }));
    }
    estate
}
