//! From what is claimed now and what stood before, to what has changed.
//!
//! The only place that opens, updates and resolves findings. INVARIANT: applied to its own result it
//! returns nothing; a finding whose facts became unknown stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    About, Body, Conclusion, Dossier, Finding, FindingChange, FindingId, FindingState, Subject,
    SubjectId, Unknown,
};

use crate::detector::{self, Examined};
use crate::owners;

/// Compares what was concluded with the findings that stood: what to open and update, in the order
/// of the rules, then what to resolve, in the order of the findings' ids.
pub(crate) fn changes(
    subject: &Subject,
    dossier: &Dossier,
    examined: &Examined,
    as_of: Timestamp,
) -> Vec<FindingChange> {
    let mut standing: BTreeMap<&FindingId, &Finding> = dossier
        .standing
        .iter()
        .filter(|finding| finding.state == FindingState::Open)
        .map(|finding| (&finding.id, finding))
        .collect();
    let mut changes = Vec::new();
    let mut claimed = BTreeSet::new();
    for conclusion in &examined.conclusions {
        let finding = opened(subject, conclusion.clone(), as_of);
        if !claimed.insert(finding.id.clone()) {
            continue;
        }
        match standing.remove(&finding.id) {
            None => changes.push(FindingChange::Opened(finding)),
            Some(before) => {
                let Finding { opened_at, updated_at, .. } = *before;
                let after = Finding { opened_at, updated_at, ..finding };
                if after != *before {
                    changes.push(FindingChange::Updated(Finding { updated_at: as_of, ..after }));
                }
            }
        }
    }
    for finding in standing.into_values() {
        if is_unknown(finding, &examined.unknown) {
            continue;
        }
        let resolved =
            Finding { state: FindingState::Resolved, updated_at: as_of, ..finding.clone() };
        changes.push(FindingChange::Resolved(resolved, why(subject, dossier, examined, finding)));
    }
    changes
}

fn opened(subject: &Subject, conclusion: Conclusion, as_of: Timestamp) -> Finding {
    Finding {
        id: Finding::id_of(&conclusion.rule, &subject.id, &conclusion.about),
        subject: subject.id.clone(),
        subject_kind: subject.body.kind_name().to_owned(),
        source: subject.source.clone(),
        owners: owners::answering(&subject.ownership),
        conclusion,
        state: FindingState::Open,
        opened_at: as_of,
        updated_at: as_of,
    }
}

fn is_unknown(finding: &Finding, unknown: &[Unknown]) -> bool {
    let Conclusion { rule, about, .. } = &finding.conclusion;
    unknown.iter().any(|it| it.rule == *rule && it.about == about.plain())
}

/// Why a finding no longer holds, in one sentence.
fn why(subject: &Subject, dossier: &Dossier, examined: &Examined, finding: &Finding) -> String {
    let Conclusion { rule, about, .. } = &finding.conclusion;
    if !detector::ALL.iter().any(|it| it.rule().id == *rule) {
        return format!("there is no rule `{rule}` any more");
    }
    if subject.body == Body::Absent {
        return absent(subject, finding);
    }
    if examined.off.contains(rule) {
        return format!("the policy switches `{rule}` off here");
    }
    if is_about_owners(rule.as_str()) {
        let ids = subject.ownership.declarations.iter().map(|id| format!("`{id}`"));
        let ids: Vec<String> = ids.collect();
        return if ids.is_empty() {
            "no declaration in force supports it any more".to_owned()
        } else {
            format!("the declarations in force, {}, no longer support it", ids.join(", "))
        };
    }
    match about {
        About::Credential(id) if !subject.credentials.iter().any(|it| it.credential.id == *id) => {
            gone("credential", id.as_str(), dossier, finding)
        }
        About::Placement(id)
            if !subject.credentials.iter().flat_map(|it| &it.placements).any(|it| it.id == *id) =>
        {
            gone("placement", id.as_str(), dossier, finding)
        }
        About::Subject | About::Credential(_) | About::Placement(_) => format!(
            "no longer supported by what is known{}, or by the limits of the policy",
            last_complete(dossier, finding)
        ),
    }
}

fn absent(subject: &Subject, finding: &Finding) -> String {
    match &subject.id {
        SubjectId::Declaration(id) => format!("the declaration `{id}` was taken out"),
        SubjectId::Unclaimed(id) => match subject.credentials.first() {
            Some(held) => {
                let claimed: Vec<String> =
                    held.claimed_by.iter().map(|it| format!("`{it}`")).collect();
                format!("`{id}` is now known to prove {}", claimed.join(", "))
            }
            None => format!("no scope shows `{id}` any more{}", last_told(finding)),
        },
        SubjectId::Identity(_) | SubjectId::Scope(..) => {
            format!("no scope shows `{}` any more{}", subject.id.plain(), last_told(finding))
        }
    }
}

fn gone(what: &str, id: &str, dossier: &Dossier, finding: &Finding) -> String {
    format!("the {what} `{id}` is no longer shown{}", last_complete(dossier, finding))
}

/// The scope that carried the finding and was listed to its end last.
fn last_complete(dossier: &Dossier, finding: &Finding) -> String {
    let evidence = &finding.conclusion.evidence;
    let complete = dossier.scopes.iter().filter(|status| {
        evidence.iter().any(|it| it.seen_in.split(", ").any(|seen| seen == status.scope.as_str()))
    });
    let latest = complete.filter_map(|status| Some((status.completed_at?, &status.scope))).max();
    latest.map_or_else(
        || last_told(finding),
        |(at, scope)| format!(" by `{scope}`, listed to its end at {at}"),
    )
}

fn last_told(finding: &Finding) -> String {
    let seen_in = finding.conclusion.evidence.first().map(|it| it.seen_in.as_str());
    seen_in.map_or_else(String::new, |seen_in| format!("; last shown by `{seen_in}`"))
}

fn is_about_owners(rule: &str) -> bool {
    rule.starts_with("orphaned.")
}

#[cfg(test)]
mod tests;
