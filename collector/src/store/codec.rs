//! Between what stores keep and its bytes: the messages of `muster/v1/record.proto`.
//!
//! The export and the values of the embedded store are made of the same messages, so there is one
//! rule for how they may change. Whatever is read is checked: it may come from another machine or a
//! damaged disk.

use jiff::Timestamp;
use model::{
    AgentId, Cursor, Fact, FactKey, PastSighting, Pattern, ScanId, ScanMode, ScopeState, Sighting,
    SubjectId,
};
use prost::Message as _;
use proto::{Malformed, v1};

use super::held::{Held, Seen, SubjectBook};
use super::scan::{OpenScan, ScopeBook};
use super::{AgentRecord, Invitation, OwnersState};

/// The version of the format that this program writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

/// The bytes of one unit of an export.
pub(super) fn record_encode(held: &Held) -> Vec<u8> {
    use v1::record::Kind;
    let kind = match held {
        Held::Agent(it) => Kind::Agent(agent_message(it)),
        Held::Invitation(it) => Kind::Invitation(invitation_message(it)),
        Held::Scope(it) => Kind::Scope(scope_message(it)),
        Held::Sighting(it) => Kind::Sighting(sighting_message(it)),
        Held::Past(position, it) => Kind::Past(past_message(*position, it)),
        Held::Missed(agent, scope, key) => Kind::Missed(v1::MissedRecord {
            agent: agent.0.clone(),
            scope: scope.0.clone(),
            key: key.0.to_vec(),
        }),
        Held::Subject(id, it) => {
            Kind::Subject(v1::SubjectRecord { version: 0, ..subject_message(id, it) })
        }
        Held::Finding(it) => Kind::Finding((&**it).into()),
        Held::Event(it) => Kind::Event((&**it).into()),
        Held::Owners(it) => Kind::Owners(owners_message(it)),
        Held::Cursor(consumer, at) => {
            Kind::Cursor(v1::CursorRecord { consumer: consumer.clone(), at: at.0 })
        }
        Held::Setting(name, value) => {
            Kind::Setting(v1::SettingRecord { name: name.clone(), value: value.clone() })
        }
    };
    v1::Record { format: FORMAT, kind: Some(kind) }.encode_to_vec()
}

/// The unit in `bytes`.
pub(super) fn record_decode(bytes: &[u8]) -> Result<Held, Malformed> {
    use v1::record::Kind;
    let record: v1::Record = message(bytes, "record")?;
    if record.format != FORMAT {
        return Err(Malformed::new("record.format", "1, the only one that this version reads"));
    }
    Ok(match required(record.kind, "record.kind")? {
        Kind::Agent(it) => Held::Agent(agent(it)?),
        Kind::Invitation(it) => Held::Invitation(invitation(it)?),
        Kind::Scope(it) => Held::Scope(scope(it)?),
        Kind::Sighting(it) => Held::Sighting(sighting(it)?),
        Kind::Past(it) => Held::Past(it.position, past(it)?),
        Kind::Missed(it) => {
            Held::Missed(it.agent.into(), it.scope.into(), FactKey(fixed(&it.key, "missed.key")?))
        }
        Kind::Subject(it) => {
            let (id, book) = subject(it)?;
            Held::Subject(id, Box::new(book))
        }
        Kind::Finding(it) => Held::Finding(Box::new(it.try_into()?)),
        Kind::Event(it) => Held::Event(Box::new(it.try_into()?)),
        Kind::Owners(it) => Held::Owners(Box::new(owners(it)?)),
        Kind::Cursor(it) => Held::Cursor(it.consumer, Cursor(it.at)),
        Kind::Setting(it) => Held::Setting(it.name, it.value),
    })
}

/// Whether the bytes are a unit of an export, which the values of the embedded store are parts of.
#[must_use]
pub fn is_record(bytes: &[u8]) -> bool {
    record_decode(bytes).is_ok()
}

/// The message in `bytes`.
pub(super) fn message<M: prost::Message + Default>(
    bytes: &[u8],
    name: &str,
) -> Result<M, Malformed> {
    M::decode(bytes).map_err(|_| Malformed::new(name, "an encoded message"))
}

pub(super) fn agent_message(it: &AgentRecord) -> v1::AgentRecord {
    v1::AgentRecord {
        id: it.id.0.clone(),
        scopes: it.scopes.iter().map(|scope| scope.0.clone()).collect(),
        serials: it.serials.clone(),
        enrolled_at: Some(it.enrolled_at.into()),
        revoked_at: it.revoked_at.map(v1::Moment::from),
        seen_at: it.seen_at.map(v1::Moment::from),
        epoch: it.epoch.0,
        acked: it.acked.0,
    }
}

pub(super) fn agent(it: v1::AgentRecord) -> Result<AgentRecord, Malformed> {
    Ok(AgentRecord {
        id: AgentId(it.id),
        scopes: it.scopes.into_iter().map(Pattern).collect(),
        serials: it.serials,
        enrolled_at: moment(it.enrolled_at, "agent.enrolled_at")?,
        revoked_at: moment_maybe(it.revoked_at)?,
        seen_at: moment_maybe(it.seen_at)?,
        epoch: model::Epoch(it.epoch),
        acked: model::Seq(it.acked),
    })
}

pub(super) fn invitation_message(it: &Invitation) -> v1::InvitationRecord {
    v1::InvitationRecord {
        secret_digest: it.secret_digest.to_vec(),
        agent: it.agent.0.clone(),
        scopes: it.scopes.iter().map(|scope| scope.0.clone()).collect(),
        ends_at: Some(it.ends_at.into()),
    }
}

pub(super) fn invitation(it: v1::InvitationRecord) -> Result<Invitation, Malformed> {
    Ok(Invitation {
        secret_digest: fixed(&it.secret_digest, "invitation.secret_digest")?,
        agent: AgentId(it.agent),
        scopes: it.scopes.into_iter().map(Pattern).collect(),
        ends_at: moment(it.ends_at, "invitation.ends_at")?,
    })
}

pub(super) fn scope_message(it: &ScopeBook) -> v1::ScopeRecord {
    let ended_reason = match &it.ended {
        Some(ScopeState::Abandoned(reason)) => reason.clone(),
        Some(ScopeState::Running | ScopeState::Complete | ScopeState::Differs) | None => {
            String::new()
        }
    };
    v1::ScopeRecord {
        status: Some((&it.status).into()),
        ended: it.ended.as_ref().map_or("", ScopeState::name).to_owned(),
        ended_reason,
        open: it
            .open
            .map(|open| v1::OpenScan { scan: open.scan.0, whole: open.mode == ScanMode::Whole }),
        scans: it.scans,
        unseen: it.unseen,
    }
}

pub(super) fn scope(it: v1::ScopeRecord) -> Result<ScopeBook, Malformed> {
    let ended = match it.ended.as_str() {
        "" => None,
        "complete" => Some(ScopeState::Complete),
        "differs" => Some(ScopeState::Differs),
        "abandoned" => Some(ScopeState::Abandoned(it.ended_reason)),
        _ => return Err(Malformed::new("scope.ended", "a word that this version knows")),
    };
    Ok(ScopeBook {
        status: required(it.status, "scope.status")?.try_into()?,
        ended,
        open: it.open.map(|open| OpenScan {
            scan: ScanId(open.scan),
            mode: if open.whole { ScanMode::Whole } else { ScanMode::Changes },
        }),
        scans: it.scans,
        unseen: it.unseen,
    })
}

pub(super) fn sighting_message(it: &Seen) -> v1::SightingRecord {
    v1::SightingRecord {
        agent: it.sighting.agent.0.clone(),
        scope: it.sighting.scope.0.clone(),
        fact: proto::fact_encode(&it.sighting.fact),
        valid_from: Some(it.sighting.valid_from.into()),
        recorded_at: Some(it.sighting.recorded_at.into()),
        scan_no: it.scan_no,
    }
}

pub(super) fn sighting(it: v1::SightingRecord) -> Result<Seen, Malformed> {
    let sighting = Sighting {
        agent: AgentId(it.agent),
        scope: it.scope.into(),
        fact: fact(&it.fact)?,
        valid_from: moment(it.valid_from, "sighting.valid_from")?,
        recorded_at: moment(it.recorded_at, "sighting.recorded_at")?,
    };
    Ok(Seen { sighting, scan_no: it.scan_no })
}

/// The fact in its canonical bytes.
pub(super) fn fact(bytes: &[u8]) -> Result<Fact, Malformed> {
    message::<v1::Fact>(bytes, "sighting.fact")?.try_into()
}

pub(super) fn past_message(position: u64, it: &PastSighting) -> v1::PastRecord {
    let seen = Seen { sighting: it.sighting.clone(), scan_no: 0 };
    v1::PastRecord {
        position,
        sighting: Some(sighting_message(&seen)),
        valid_to: Some(it.valid_to.into()),
        superseded_at: Some(it.superseded_at.into()),
    }
}

pub(super) fn past(it: v1::PastRecord) -> Result<PastSighting, Malformed> {
    Ok(PastSighting {
        sighting: sighting(required(it.sighting, "past.sighting")?)?.sighting,
        valid_to: moment(it.valid_to, "past.valid_to")?,
        superseded_at: moment(it.superseded_at, "past.superseded_at")?,
    })
}

pub(super) fn subject_message(id: &SubjectId, it: &SubjectBook) -> v1::SubjectRecord {
    v1::SubjectRecord {
        subject: id.to_string(),
        due: it.due,
        existed: it.existed,
        standing: it.standing.iter().map(|finding| finding.0.clone()).collect(),
        unknown: it.unknown.iter().map(v1::Unknown::from).collect(),
        declarations: it.declarations.iter().map(|id| id.0.clone()).collect(),
        recheck_at: it.recheck_at.map(v1::Moment::from),
        version: it.version,
    }
}

pub(super) fn subject(it: v1::SubjectRecord) -> Result<(SubjectId, SubjectBook), Malformed> {
    let id = it.subject.parse();
    let id = id.map_err(|_| Malformed::new("subject.subject", "the text of a subject"))?;
    let book = SubjectBook {
        version: it.version,
        due: it.due,
        existed: it.existed,
        standing: it.standing.into_iter().map(model::FindingId).collect(),
        unknown: it.unknown.into_iter().map(model::Unknown::from).collect(),
        declarations: it.declarations.into_iter().map(model::DeclarationId).collect(),
        recheck_at: moment_maybe(it.recheck_at)?,
    };
    Ok((id, book))
}

pub(super) fn owners_message(it: &OwnersState) -> v1::OwnersRecord {
    v1::OwnersRecord {
        problems: it.problems.iter().map(v1::OwnersProblem::from).collect(),
        swept: it.swept,
        ..v1::OwnersRecord::from(&it.owners)
    }
}

pub(super) fn owners(mut it: v1::OwnersRecord) -> Result<OwnersState, Malformed> {
    let problems = std::mem::take(&mut it.problems);
    Ok(OwnersState {
        problems: problems.into_iter().map(model::OwnersProblem::from).collect(),
        swept: it.swept,
        owners: it.try_into()?,
    })
}

fn required<T>(value: Option<T>, field: &str) -> Result<T, Malformed> {
    value.ok_or_else(|| Malformed::new(field, "there"))
}

fn fixed<const N: usize>(bytes: &[u8], field: &str) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| Malformed::new(field, "of the right length"))
}

fn moment(moment: Option<v1::Moment>, field: &str) -> Result<Timestamp, Malformed> {
    required(moment, field)?.try_into()
}

fn moment_maybe(moment: Option<v1::Moment>) -> Result<Option<Timestamp>, Malformed> {
    moment.map(Timestamp::try_from).transpose()
}

#[cfg(test)]
mod tests;
