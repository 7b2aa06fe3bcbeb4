//! The inventory: found, put together, and told as it is or as it was.

use jiff::Timestamp;
use model::{Body, Dossier, Finding, FindingChange, Owners, Subject, SubjectId};
use proto::v1;
use tonic::Status;

use super::page::{READ_LEN, Room};
use super::{Api, failed};

// BOUND: candidates named when a part of an id fits several.
const CANDIDATES_MAX: usize = 5;

/// One page of the identities and unclaimed credentials that meet the filters.
pub(super) async fn page(
    api: &Api,
    request: &v1::IdentitiesRequest,
) -> Result<v1::IdentitiesReply, Status> {
    let mut room = Room::new(request.limit);
    let mut reply = v1::IdentitiesReply::default();
    let mut after = match request.after.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Status::invalid_argument("`after` is no subject"))?),
    };
    let owners = api.owners.get();
    let now = api.clock.now();
    loop {
        let read = api.store.subjects_page(after.as_ref(), READ_LEN).await.map_err(failed)?;
        if read.is_empty() {
            return Ok(reply);
        }
        for id in read {
            room.look();
            if is_inventory(&id) {
                let dossier = api.store.subject_load(&id).await.map_err(failed)?;
                let subject = analysis::subject(&dossier, &owners, now);
                if subject.body != Body::Absent && meets(&subject, request) {
                    let view = view(&subject, &dossier.standing);
                    room.take(view.json.len());
                    reply.identities.push(view);
                }
            }
            if room.is_full() {
                reply.next = id.to_string();
                return Ok(reply);
            }
            after = Some(id);
        }
    }
}

/// Everything about one of them.
///
/// As of an earlier moment it is put together from what was asserted then, and judged by today's
/// rules, declarations and limits: the findings say what the rules make of what was known, not what
/// was on the screen.
pub(super) async fn one(
    api: &Api,
    request: v1::IdentityRequest,
) -> Result<v1::IdentityReply, Status> {
    let now = api.clock.now();
    let as_of = match request.as_of {
        None => now,
        Some(moment) => moment
            .try_into()
            .map_err(|error| Status::invalid_argument(format!("`as_of`: {error}")))?,
    };
    let id = resolve(api, &request.id).await?;
    let owners = api.owners.get();
    let mut dossier = api.store.subject_load(&id).await.map_err(failed)?;
    if request.as_of.is_some() {
        let past = api.store.subject_history(&id).await.map_err(failed)?;
        dossier = as_known(dossier, past, as_of);
    }
    answer(api, &dossier, &owners, as_of)
}

fn answer(
    api: &Api,
    dossier: &Dossier,
    owners: &Owners,
    as_of: Timestamp,
) -> Result<v1::IdentityReply, Status> {
    let subject = analysis::subject(dossier, owners, as_of);
    if subject.body == Body::Absent {
        return Err(Status::not_found(format!(
            "`{}` was known, but nobody asserted it at {as_of}",
            subject.id.plain()
        )));
    }
    let settlement = analysis::examine(dossier, owners, &api.policy, as_of);
    let mut findings = dossier.standing.clone();
    for change in settlement.changes {
        match change {
            FindingChange::Opened(finding) => findings.push(finding),
            FindingChange::Updated(finding) => replace(&mut findings, finding),
            FindingChange::Resolved(finding, _) => findings.retain(|it| it.id != finding.id),
        }
    }
    findings.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(v1::IdentityReply {
        identity: Some(view(&subject, &findings)),
        findings: findings.iter().map(v1::Finding::from).collect(),
        unknown: settlement.unknown.iter().map(v1::Unknown::from).collect(),
    })
}

fn replace(findings: &mut [Finding], changed: Finding) {
    if let Some(standing) = findings.iter_mut().find(|it| it.id == changed.id) {
        *standing = changed;
    }
}

/// The dossier as it would have been loaded at `as_of`, without what was concluded since.
fn as_known(mut dossier: Dossier, past: Vec<model::PastSighting>, as_of: Timestamp) -> Dossier {
    dossier.sightings.retain(|sighting| sighting.valid_from <= as_of);
    let held = |it: &model::PastSighting| it.sighting.valid_from <= as_of && as_of < it.valid_to;
    dossier.sightings.extend(past.into_iter().filter(held).map(|it| it.sighting));
    dossier.sightings.sort_by_cached_key(|it| {
        (model::FactKey::of(&it.fact), it.agent.clone(), it.scope.clone())
    });
    dossier.scopes.retain(|status| status.first_at <= as_of);
    dossier.standing.clear();
    dossier
}

/// The subject that `text` names: by its whole text, by its own id, or by a part that only one has.
async fn resolve(api: &Api, text: &str) -> Result<SubjectId, Status> {
    if text.is_empty() {
        return Err(Status::invalid_argument("an id is needed"));
    }
    let whole = text.parse::<SubjectId>().ok();
    let named = [SubjectId::Identity(text.into()), SubjectId::Unclaimed(text.into())];
    for id in whole.into_iter().chain(named) {
        if is_known(api, &id).await? {
            return Ok(id);
        }
    }
    let mut candidates = candidates(api, text).await?;
    match (candidates.len(), candidates.pop()) {
        (_, None) => Err(Status::not_found(format!("no identity `{text}`"))),
        (1, Some(id)) => Ok(id),
        (_, Some(last)) => {
            candidates.push(last);
            let fitting: Vec<_> = candidates.iter().map(|id| format!("`{}`", id.plain())).collect();
            let fitting = fitting.join(", ");
            Err(Status::failed_precondition(format!("`{text}` fits several: {fitting}")))
        }
    }
}

/// Whether anything was ever seen of it.
async fn is_known(api: &Api, id: &SubjectId) -> Result<bool, Status> {
    let dossier = api.store.subject_load(id).await.map_err(failed)?;
    let is_there = dossier.existed || !dossier.sightings.is_empty() || !dossier.scopes.is_empty();
    if is_there || matches!(id, SubjectId::Scope(..) | SubjectId::Declaration(_)) {
        return Ok(is_there);
    }
    Ok(!api.store.subject_history(id).await.map_err(failed)?.is_empty())
}

async fn candidates(api: &Api, part: &str) -> Result<Vec<SubjectId>, Status> {
    let mut found = Vec::new();
    let mut after: Option<SubjectId> = None;
    while found.len() < CANDIDATES_MAX {
        let read = api.store.subjects_page(after.as_ref(), READ_LEN).await.map_err(failed)?;
        let Some(last) = read.last() else { break };
        after = Some(last.clone());
        let fits = |id: &SubjectId| is_inventory(id) && id.plain().contains(part);
        found.extend(read.into_iter().filter(fits));
    }
    found.truncate(CANDIDATES_MAX);
    Ok(found)
}

fn is_inventory(id: &SubjectId) -> bool {
    matches!(id, SubjectId::Identity(_) | SubjectId::Unclaimed(_))
}

fn meets(subject: &Subject, request: &v1::IdentitiesRequest) -> bool {
    let who = &subject.ownership;
    let mut answers = who.business.iter().chain(&who.technical).chain(&who.lifecycle);
    request.source.as_ref().is_none_or(|source| subject.source == *source)
        && request.kind.as_ref().is_none_or(|kind| subject.body.kind_name() == kind)
        && request.owner.as_ref().is_none_or(|owner| answers.any(|it| it.owner.0 == *owner))
}

fn view(subject: &Subject, findings: &[Finding]) -> v1::IdentityView {
    v1::IdentityView {
        subject: subject.id.to_string(),
        json: proto::json::identity(subject, findings).to_string(),
    }
}
