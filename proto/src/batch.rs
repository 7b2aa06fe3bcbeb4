//! Batches of entries.

use model::{Began, Entry, FactKey, Observation, ScanId, ScanMode, ScopeId};
use prost::Message as _;

use crate::malformed::{Malformed, fixed, required};
use crate::moment::{at, interval, seconds};
use crate::v1;

/// The bytes of a batch's entries, for the spool and the wire.
#[must_use]
pub fn entries_encode(entries: &[Entry]) -> Vec<u8> {
    v1::Entries { entries: entries.iter().map(v1::Entry::from).collect() }.encode_to_vec()
}

/// The entries in `bytes`.
///
/// # Errors
///
/// [`Malformed`] if the bytes are no message, or a field in it is wrong: refuse the batch.
pub fn entries_decode(bytes: &[u8]) -> Result<Vec<Entry>, Malformed> {
    let message = v1::Entries::decode(bytes)
        .map_err(|_| Malformed::new("entries", "an encoded list of entries"))?;
    message.entries.into_iter().map(Entry::try_from).collect()
}

fn rights(scopes: Vec<String>) -> Result<Vec<ScopeId>, Malformed> {
    if scopes.len() > Began::RIGHTS_MAX {
        return Err(Malformed::new("began.rights", "a list of 16 scopes at most"));
    }
    Ok(scopes.into_iter().map(ScopeId).collect())
}

impl From<&Entry> for v1::Entry {
    fn from(it: &Entry) -> Self {
        use v1::entry::Kind;
        let kind = match it {
            Entry::Began(began) => Kind::Began(v1::Began {
                scan: began.scan.0,
                scope: began.scope.0.clone(),
                whole: began.mode == ScanMode::Whole,
                at: Some(began.at.into()),
                interval_s: began.interval.map(seconds),
                rights: began.rights.iter().map(|scope| scope.0.clone()).collect(),
            }),
            Entry::Saw(observation) => Kind::Saw(v1::Saw {
                scan: observation.scan.0,
                seen_at: Some(observation.seen_at.into()),
                fact: Some((&observation.fact).into()),
            }),
            Entry::Missed(scan, key) => {
                Kind::Missed(v1::Missed { scan: scan.0, key: key.0.to_vec() })
            }
            Entry::Completed { scan, digest, at } => Kind::Completed(v1::Completed {
                scan: scan.0,
                digest: Some((*digest).into()),
                at: Some((*at).into()),
            }),
            Entry::Abandoned { scan, reason, at } => Kind::Abandoned(v1::Abandoned {
                scan: scan.0,
                reason: reason.clone(),
                at: Some((*at).into()),
            }),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<v1::Entry> for Entry {
    type Error = Malformed;

    fn try_from(it: v1::Entry) -> Result<Self, Malformed> {
        use v1::entry::Kind;
        Ok(match required(it.kind, "entry.kind")? {
            Kind::Began(began) => Self::Began(Began {
                scan: ScanId(began.scan),
                scope: began.scope.into(),
                mode: if began.whole { ScanMode::Whole } else { ScanMode::Changes },
                at: at(began.at, "began.at")?,
                interval: began
                    .interval_s
                    .map(|seconds| interval(seconds, "began.interval_s"))
                    .transpose()?,
                rights: rights(began.rights)?,
            }),
            Kind::Saw(saw) => Self::Saw(Box::new(Observation {
                scan: ScanId(saw.scan),
                seen_at: at(saw.seen_at, "saw.seen_at")?,
                fact: required(saw.fact, "saw.fact")?.try_into()?,
            })),
            Kind::Missed(missed) => {
                Self::Missed(ScanId(missed.scan), FactKey(fixed(&missed.key, "missed.key")?))
            }
            Kind::Completed(completed) => Self::Completed {
                scan: ScanId(completed.scan),
                digest: required(completed.digest, "completed.digest")?.try_into()?,
                at: at(completed.at, "completed.at")?,
            },
            Kind::Abandoned(abandoned) => Self::Abandoned {
                scan: ScanId(abandoned.scan),
                reason: abandoned.reason,
                at: at(abandoned.at, "abandoned.at")?,
            },
        })
    }
}
