//! Where things lie in the one tree of the embedded store.
//!
//! ```text
//! first byte, then                        value (after a byte that says its format)
//! A  agent                                AgentRecord
//! B  secret digest 32                     InvitationRecord
//! C  scope number 4                       ScopeRecord
//! D  agent 0 scope                        the number of the scope
//! E  agent 0 scan 8                       the number of the scope that this open scan is of
//! F  scope number 4, fact key 20          missed by the open scan
//! G  fact key 20, scope number 4          SightingRecord, without agent and scope
//! H  kin 8, fact key 20, scope number 4   that fact refers to this kin
//! I  kin 8, fact key 20                   that fact referred to this kin once
//! J  kin 8, position 8                    PastRecord
//! L  subject                              SubjectRecord, as last settled
//! M  moment 12, subject                   to be looked at again then
//! N  declaration 0 subject                the declaration matches it
//! O  finding                              Finding, open
//! P  finding                              Finding, resolved
//! Q  cursor 8                             FeedEvent
//! R                                       OwnersRecord
//! S  consumer                             CursorRecord
//! T  name                                 SettingRecord
//! U                                       counters
//! V                                       when the newest declaration was first read
//! W  rank 1, number 8                     DueRecord: those that one change made due
//! ```
//!
//! Numbers are big-endian, so that they sort. A fact key begins with its kin, so that all that is
//! kept with one identity, from all scopes, lies together and is read in one go. The price is that
//! what one scope holds is found only by a walk over all sightings: see `commit.rs` for when. A new
//! fact costs its record (G), a reference (H) if it has one, and its part of a list of those that are
//! due (W). Letters are never reused: K was a due subject, up to format 3.

use jiff::Timestamp;
use model::{
    AgentId, CredentialId, Cursor, DeclarationId, FactKey, FindingId, IdentityId, Kin, ScanId,
    ScopeId, SubjectId,
};

/// The number of a scope of an agent within one store; never given twice.
pub(super) type ScopeNo = u32;

pub(super) const AGENT: u8 = b'A';
pub(super) const INVITATION: u8 = b'B';
pub(super) const SCOPE: u8 = b'C';
pub(super) const SCOPE_NAME: u8 = b'D';
pub(super) const OPEN: u8 = b'E';
pub(super) const MISSED: u8 = b'F';
pub(super) const SIGHTING: u8 = b'G';
pub(super) const REFERENCE: u8 = b'H';
pub(super) const REFERENCE_PAST: u8 = b'I';
pub(super) const PAST: u8 = b'J';
pub(super) const SUBJECT: u8 = b'L';
pub(super) const RECHECK: u8 = b'M';
pub(super) const MATCH: u8 = b'N';
pub(super) const FINDING_OPEN: u8 = b'O';
pub(super) const FINDING_RESOLVED: u8 = b'P';
pub(super) const EVENT: u8 = b'Q';
pub(super) const OWNERS: u8 = b'R';
pub(super) const CURSOR: u8 = b'S';
pub(super) const SETTING: u8 = b'T';
pub(super) const COUNTERS: u8 = b'U';
pub(super) const OWNERS_NEWEST: u8 = b'V';
pub(super) const DUE: u8 = b'W';

/// The parts one after another, behind the letter.
pub(super) fn join(letter: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let mut key = Vec::with_capacity(len.saturating_add(1));
    key.push(letter);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

pub(super) fn agent(id: &AgentId) -> Vec<u8> {
    join(AGENT, &[id.as_str().as_bytes()])
}

pub(super) fn invitation(secret_digest: &[u8; 32]) -> Vec<u8> {
    join(INVITATION, &[secret_digest])
}

pub(super) fn scope(no: ScopeNo) -> Vec<u8> {
    join(SCOPE, &[&no.to_be_bytes()])
}

pub(super) fn scope_name(agent: &AgentId, scope: &ScopeId) -> Vec<u8> {
    join(SCOPE_NAME, &[agent.as_str().as_bytes(), &[0], scope.as_str().as_bytes()])
}

/// The names of all scopes of an agent begin so.
pub(super) fn scope_names(agent: &AgentId) -> Vec<u8> {
    join(SCOPE_NAME, &[agent.as_str().as_bytes(), &[0]])
}

pub(super) fn open(agent: &AgentId, scan: ScanId) -> Vec<u8> {
    join(OPEN, &[agent.as_str().as_bytes(), &[0], &scan.0.to_be_bytes()])
}

/// All open scans of an agent begin so.
pub(super) fn opens(agent: &AgentId) -> Vec<u8> {
    join(OPEN, &[agent.as_str().as_bytes(), &[0]])
}

pub(super) fn missed(scope: ScopeNo, key: FactKey) -> Vec<u8> {
    join(MISSED, &[&scope.to_be_bytes(), &key.0])
}

pub(super) fn sighting(scope: ScopeNo, key: FactKey) -> Vec<u8> {
    join(SIGHTING, &[&key.0, &scope.to_be_bytes()])
}

/// All sightings of what is kept with `kin` begin so.
pub(super) fn sightings(kin: Kin) -> Vec<u8> {
    join(SIGHTING, &[&kin.0])
}

/// The parts of the key of a sighting.
pub(super) fn sighting_of(key: &[u8]) -> Option<(ScopeNo, FactKey)> {
    Some((ScopeNo::from_be_bytes(part(key, 21)?), FactKey(part(key, 1)?)))
}

pub(super) fn reference(to: Kin, from: FactKey, scope: ScopeNo) -> Vec<u8> {
    join(REFERENCE, &[&to.0, &from.0, &scope.to_be_bytes()])
}

pub(super) fn reference_past(to: Kin, from: FactKey) -> Vec<u8> {
    join(REFERENCE_PAST, &[&to.0, &from.0])
}

pub(super) fn past(kin: Kin, position: u64) -> Vec<u8> {
    join(PAST, &[&kin.0, &position.to_be_bytes()])
}

/// Which of those that are due are judged first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum DueRank {
    First,
    Last,
}

impl DueRank {
    /// What stands for it, so that the first sorts first.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::First => 0,
            Self::Last => 1,
        }
    }
}

pub(super) fn due(rank: DueRank, number: u64) -> Vec<u8> {
    join(DUE, &[&[rank.number()], &number.to_be_bytes()])
}

/// All lists of a rank begin so.
pub(super) fn due_lists(rank: DueRank) -> Vec<u8> {
    join(DUE, &[&[rank.number()]])
}

/// How long the key of such a list is.
pub(super) const DUE_LEN: usize = 10;

/// The number in the key of a list of those that are due.
pub(super) fn due_number(key: &[u8]) -> Option<u64> {
    part(key, 2).map(u64::from_be_bytes)
}

pub(super) fn subject(id: &SubjectId) -> Vec<u8> {
    join(SUBJECT, &[&subject_part(id)])
}

pub(super) fn recheck(at: Timestamp, id: &SubjectId) -> Vec<u8> {
    join(RECHECK, &[&moment_part(at), &subject_part(id)])
}

pub(super) fn matched(declaration: &DeclarationId, by: &SubjectId) -> Vec<u8> {
    join(MATCH, &[declaration.as_str().as_bytes(), &[0], &subject_part(by)])
}

/// All matches of a declaration begin so.
pub(super) fn matches(declaration: &DeclarationId) -> Vec<u8> {
    join(MATCH, &[declaration.as_str().as_bytes(), &[0]])
}

pub(super) fn finding_open(id: &FindingId) -> Vec<u8> {
    join(FINDING_OPEN, &[id.as_str().as_bytes()])
}

pub(super) fn finding_resolved(id: &FindingId) -> Vec<u8> {
    join(FINDING_RESOLVED, &[id.as_str().as_bytes()])
}

pub(super) fn event(at: Cursor) -> Vec<u8> {
    join(EVENT, &[&at.0.to_be_bytes()])
}

pub(super) fn cursor(consumer: &str) -> Vec<u8> {
    join(CURSOR, &[consumer.as_bytes()])
}

pub(super) fn setting(name: &str) -> Vec<u8> {
    join(SETTING, &[name.as_bytes()])
}

/// A moment so that earlier ones sort first.
pub(super) fn moment_part(at: Timestamp) -> [u8; 12] {
    let moment = proto::v1::Moment::from(at);
    // Flipping the sign bit puts the negative ones before the others.
    let seconds = (moment.seconds ^ i64::MIN).to_be_bytes();
    let mut part = [0; 12];
    for (to, from) in part.iter_mut().zip(seconds.into_iter().chain(moment.nanos.to_be_bytes())) {
        *to = from;
    }
    part
}

/// A subject, so that subjects sort as they do in `model`.
pub(super) fn subject_part(id: &SubjectId) -> Vec<u8> {
    match id {
        SubjectId::Identity(id) => join(0, &[id.as_str().as_bytes()]),
        SubjectId::Unclaimed(id) => join(1, &[id.as_str().as_bytes()]),
        SubjectId::Scope(agent, scope) => {
            join(2, &[agent.as_str().as_bytes(), &[0], scope.as_str().as_bytes()])
        }
        SubjectId::Declaration(id) => join(3, &[id.as_str().as_bytes()]),
    }
}

/// The subject that a part of a key names.
pub(super) fn subject_of(part: &[u8]) -> Option<SubjectId> {
    let (kind, id) = part.split_first()?;
    let id = std::str::from_utf8(id).ok()?;
    Some(match kind {
        0 => SubjectId::Identity(IdentityId::from(id)),
        1 => SubjectId::Unclaimed(CredentialId::from(id)),
        2 => {
            let (agent, scope) = id.split_once('\0')?;
            SubjectId::Scope(agent.into(), scope.into())
        }
        3 => SubjectId::Declaration(DeclarationId::from(id)),
        _ => return None,
    })
}

/// The part of a key from `from` on, of exactly `N` bytes.
pub(super) fn part<const N: usize>(key: &[u8], from: usize) -> Option<[u8; N]> {
    key.get(from..from.saturating_add(N))?.try_into().ok()
}

#[cfg(test)]
mod tests;
