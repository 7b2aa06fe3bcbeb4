//! Lists the access keys of the users who have some, and finds for each its line in the credential
//! report, which tells the last use but not the id.

use aws_sdk_iam::types::{AccessKeyMetadata, StatusType};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use model::{CredentialKind, End, Fact};

use super::Look;
use super::account::timestamp;
use super::api::CallError;
use super::call::LIST_ACCESS_KEYS as CALL;
use super::facts::credential;
use super::pages::Pages;
use super::report::{KeySlot, Row};
use crate::source::ScopeScan;

/// How many users are asked about at once: enough to hide the way to the provider and back, few
/// enough to stay out of the memory bound.
pub(super) const UNDER_WAY_MAX: usize = 8;

/// Lists the access keys of all users that have some by the report.
pub(super) async fn list(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    rows: &[Row],
) -> Result<(), CallError> {
    let mut under_way = FuturesUnordered::new();
    // BOUND: two keys a user, and there are at most 5,000 users.
    let mut kept = Vec::new();
    for row in rows {
        let slots: Vec<KeySlot> = row.key_slots().into_iter().map(|(_, slot)| slot).collect();
        if slots.is_empty() || !row.is_user() {
            continue;
        }
        if under_way.len() >= UNDER_WAY_MAX
            && let Some(end) = under_way.next().await
        {
            kept.extend(end?);
        }
        under_way.push(list_of(look, scan, row, slots));
    }
    while let Some(end) = under_way.next().await {
        kept.extend(end?);
    }
    match &look.recorder {
        Some(recorder) => recorder.keys(&kept),
        None => Ok(()),
    }
}

async fn list_of(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    row: &Row,
    slots: Vec<KeySlot>,
) -> Result<Vec<AccessKeyMetadata>, CallError> {
    let mut keys: Vec<AccessKeyMetadata> = Vec::new();
    let mut pages = Pages::of(CALL);
    loop {
        let answer = look
            .api
            .ask(CALL, || {
                let iam = &look.api.iam;
                iam.list_access_keys().user_name(&row.user).set_marker(pages.marker()).send()
            })
            .await;
        let page = match answer {
            // Gone since the report was made, and its keys with it.
            Err(error) if error.is("NoSuchEntity") => return Ok(Vec::new()),
            answer => answer?,
        };
        let more = pages.turn(page.is_truncated, page.marker())?;
        keys.extend(page.access_key_metadata);
        if !more {
            break;
        }
    }
    tell(scan, row, &keys, &slots).await?;
    Ok(keys)
}

/// Tells the `keys` of one user, each with what its line in the report says.
///
/// # Errors
///
/// If one of them has no id.
pub(super) async fn tell(
    scan: &ScopeScan<'_>,
    row: &Row,
    keys: &[AccessKeyMetadata],
    slots: &[KeySlot],
) -> Result<(), CallError> {
    let listed: Vec<Listed> = keys.iter().map(Listed::of).collect();
    for (key, listed_key) in keys.iter().zip(&listed) {
        let Some(id) = key.access_key_id() else {
            return Err(CallError::odd(CALL, format!("a key of `{}` has no id", row.user)));
        };
        let id = format!("aws_access_key:{id}");
        let identity = Some(row.arn.as_str().into());
        let mut fact = credential(id, CredentialKind::AccessKey, identity);
        fact.created_at = listed_key.created_at;
        fact.ends = End::Never;
        fact.enabled = key.status.as_ref().map(|status| *status == StatusType::Active);
        if let Some(slot) = slot_of(*listed_key, &listed, slots) {
            slot.tell_use(&mut fact);
        }
        scan.saw(Fact::Credential(fact)).await;
    }
    Ok(())
}

/// What a listed key has in common with its line in the report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Listed {
    created_at: Option<Timestamp>,
    active: bool,
}

impl Listed {
    fn of(key: &AccessKeyMetadata) -> Self {
        Self {
            created_at: key.create_date.as_ref().and_then(timestamp),
            active: key.status == Some(StatusType::Active),
        }
    }

    /// Whether the line says the very moment at which the key was made.
    fn is(self, slot: &KeySlot) -> bool {
        self.created_at.is_some() && self.created_at == slot.changed_at
    }

    /// Whether the line can be the key's: its state may have been changed since it was made.
    fn may_be(self, slot: &KeySlot) -> bool {
        let changed_since = match (self.created_at, slot.changed_at) {
            (Some(created_at), Some(changed_at)) => changed_at >= created_at,
            _ => true,
        };
        changed_since && self.active == slot.active
    }
}

/// The line of the report that is about `key`, if there is no doubt: never guessed.
fn slot_of<'a>(key: Listed, keys: &[Listed], slots: &'a [KeySlot]) -> Option<&'a KeySlot> {
    let exact = |slot: &&KeySlot| key.is(slot);
    if let Some(slot) = only(slots.iter().filter(exact)) {
        // Two keys made within one second cannot be told apart by the second.
        let _sole = only(keys.iter().filter(|key| key.is(slot)))?;
        return Some(slot);
    }
    // Not by the moment, then by what is left over, if nothing came or went since the report.
    if keys.len() != slots.len() {
        return None;
    }
    let is_left = |slot: &&KeySlot| !keys.iter().any(|key| key.is(slot));
    let slot = only(slots.iter().filter(is_left))?;
    let _sole = only(keys.iter().filter(|key| !slots.iter().any(|slot| key.is(slot))))?;
    key.may_be(slot).then_some(slot)
}

/// The one that there is, unless there are several.
fn only<T>(mut these: impl Iterator<Item = T>) -> Option<T> {
    let first = these.next()?;
    these.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests;
