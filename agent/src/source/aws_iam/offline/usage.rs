//! Tells which services users and roles made use of, from what the command line printed.
//!
//! Such a print does not say whom it is about: the entity in it is whoever used a service last, which
//! for the print of a policy or a group is somebody else. So the file's name says it, by ending in the
//! sort and the name of the principal: `...-role-deploy.json`, `...-user-ada.json`.

use std::collections::BTreeMap;

use model::Use;
use serde::{Deserialize, Serialize};

use super::Told;
use super::details::Moment;
use crate::source::ScopeScan;
use crate::source::aws_iam::usage::{Answered, Principals, fact, use_of};

/// A print, or a page of one.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Used {
    job_status: Option<String>,
    job_completion_date: Option<Moment>,
    services_last_accessed: Vec<Service>,
    #[serde(default)]
    is_truncated: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    service_namespace: String,
    last_authenticated: Option<Moment>,
}

/// What the prints about one principal say.
#[derive(Default)]
struct Known {
    /// Whether the last page is among them.
    ends: bool,
    services: BTreeMap<String, Use>,
}

impl Used {
    /// The print of what was answered live.
    pub(super) fn of(answered: &Answered) -> Self {
        let service = |(name, used): (&String, &Use)| {
            let last = if let Use::At(at) = used { Some(Moment(*at)) } else { None };
            Service { service_namespace: name.clone(), last_authenticated: last }
        };
        Self {
            job_status: Some("COMPLETED".to_owned()),
            job_completion_date: Some(Moment(answered.at)),
            services_last_accessed: answered.services.iter().map(service).collect(),
            is_truncated: false,
        }
    }
}

/// Tells the prints of an account, each with the name of its file.
pub(super) async fn tell(
    scan: &ScopeScan<'_>,
    prints: &[(String, Used)],
    principals: &Principals,
    now: jiff::Timestamp,
) -> Told {
    let mut known: BTreeMap<&str, Known> = BTreeMap::new();
    for (file, used) in prints {
        let named = principal_of_name(file);
        let arn = named.and_then(|(sort, name)| principals.named(sort, name));
        let Some(arn) = arn else {
            let what = "nothing tells whom it is about; let its name end in `role-NAME` or \
                        `user-NAME`, of a role or user that is in the account's details";
            tracing::warn!(path = file, error = what, "print not read");
            continue;
        };
        if used.job_status.as_deref().is_some_and(|status| status != "COMPLETED") {
            tracing::warn!(path = file, error = "the job was not done", "print not read");
            continue;
        }
        let at = used.job_completion_date.as_ref().map_or(now, |at| at.0);
        let known = known.entry(arn).or_default();
        known.ends |= !used.is_truncated;
        for service in &used.services_last_accessed {
            let last = service.last_authenticated.as_ref().map(|at| at.0);
            known.services.insert(service.service_namespace.clone(), use_of(last, at));
        }
    }
    known.retain(|_, known| known.ends);
    for (arn, known) in &known {
        scan.saw(fact(arn, &known.services)).await;
    }
    let all = principals.ranked().len();
    if known.len() < all {
        return Err(format!("{} of {all} principals asked so far", known.len()));
    }
    Ok(())
}

/// The sort and the name of the principal that a file's name ends in.
fn principal_of_name(file: &str) -> Option<(&'static str, &str)> {
    let stem = file.strip_suffix(".json").unwrap_or(file);
    let mut first: Option<(usize, &'static str, &str)> = None;
    for sort in ["role", "user"] {
        for (at, _) in stem.match_indices(sort) {
            let is_word = stem.get(..at)?.chars().next_back().is_none_or(|c| c == '-' || c == '_');
            let name = stem.get(at.checked_add(sort.len())?..)?.strip_prefix('-');
            if let Some(name) = name.filter(|name| is_word && !name.is_empty())
                && first.is_none_or(|(earlier, _, _)| at < earlier)
            {
                first = Some((at, sort, name));
            }
        }
    }
    first.map(|(_, sort, name)| (sort, name))
}

#[cfg(test)]
mod tests;
