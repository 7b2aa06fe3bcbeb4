//! The credential report: one table with every user's password, access keys and certificates.
//!
//! The provider makes it on demand, and again only when the last one is four hours old. It counts
//! for the users that stand in it, whatever time it says it is from. What its words mean, by the
//! provider's documentation:
//!
//! ```text
//! password_last_used   no_information      never used, or not since 20 October 2014
//!                      N/A                 no password
//! access_key_N_..      N/A as last use     no key, never used, or not since 22 April 2015
//!                      N/A as rotation     no (active) key
//! password_enabled     not_supported       the root of the account, which has one
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_iam::types::ReportStateType;
use jiff::Timestamp;
use model::{Credential, CredentialKind, Fact, IdentityKind, Use};
use serde::Deserialize;

use super::Look;
use super::account::{Account, path_and_name, timestamp};
use super::api::CallError;
use super::call::{GENERATE_REPORT, GET_REPORT};
use super::facts::{credential, identity, root, tell};
use crate::source::ScopeScan;

/// How long the provider is given to make the report, in looks. BOUND: with a second between looks
/// two minutes; large accounts take some tens of seconds.
const LOOKS_MAX: u32 = 120;

/// Since when the provider keeps the use of passwords: 20 October 2014.
const PASSWORD_USE_KEPT_SINCE: Timestamp = Timestamp::constant(1_413_763_200, 0);

/// Since when the provider keeps the use of access keys: 22 April 2015.
const KEY_USE_KEPT_SINCE: Timestamp = Timestamp::constant(1_429_660_800, 0);

/// The row of the account's root.
const ROOT_USER: &str = "<root_account>";

/// Words in place of a region or a service.
const NOTHING: &[&str] = &["N/A", "no_information", "not_supported"];

/// What the report tells of one user, as it stands there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) user: String,
    pub(super) arn: String,
    user_creation_time: String,
    password_enabled: String,
    password_last_used: String,
    password_last_changed: String,
    password_next_rotation: String,
    mfa_active: String,
    access_key_1_active: String,
    access_key_1_last_rotated: String,
    access_key_1_last_used_date: String,
    #[serde(default)]
    access_key_1_last_used_region: String,
    #[serde(default)]
    access_key_1_last_used_service: String,
    access_key_2_active: String,
    access_key_2_last_rotated: String,
    access_key_2_last_used_date: String,
    #[serde(default)]
    access_key_2_last_used_region: String,
    #[serde(default)]
    access_key_2_last_used_service: String,
    #[serde(default)]
    cert_1_active: String,
    #[serde(default)]
    cert_2_active: String,
}

/// What the report tells of one access key; its id is not among it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct KeySlot {
    /// Whether the key is accepted.
    pub(super) active: bool,
    /// When it was made, or its state last changed.
    pub(super) changed_at: Option<Timestamp>,
    /// Its last use, as it stands there: "never" is yet to be held against the age of the key.
    pub(super) used: Use,
    /// Where it was last used.
    pub(super) region: String,
    /// For what it was last used.
    pub(super) service: String,
}

/// Has the report made, reads it, and reports what it says of passwords and of the root.
///
/// Returns its rows for whoever needs them. BOUND: an account has at most 5,000 users.
pub(super) async fn list(look: &Look<'_>, scan: &ScopeScan<'_>) -> Result<Vec<Row>, CallError> {
    generate(look).await?;
    let answer = look.api.ask(GET_REPORT, || look.api.iam.get_credential_report().send()).await?;
    let generated_at = answer.generated_time.as_ref().and_then(timestamp);
    let content = answer.content.map(aws_sdk_iam::primitives::Blob::into_inner).unwrap_or_default();
    let rows = rows(&content)?;
    tell_rows(look.account, scan, &rows, generated_at, KeyIds::Listed).await;
    if let Some(recorder) = &look.recorder {
        recorder.report(&content, generated_at)?;
    }
    Ok(rows)
}

/// Whether the ids of the users' access keys, which the report leaves out, are told by another scope.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyIds {
    /// They are.
    Listed,
    /// Nobody tells them: a key is named after its user and its number, as the root's are.
    Untold,
}

/// Reports what the rows say of users, passwords and the root, and of keys without an id.
pub(super) async fn tell_rows(
    account: &Account,
    scan: &ScopeScan<'_>,
    rows: &[Row],
    generated_at: Option<Timestamp>,
    ids: KeyIds,
) {
    for row in rows {
        tell_row(account, scan, row, generated_at, ids).await;
    }
}

async fn generate(look: &Look<'_>) -> Result<(), CallError> {
    for _ in 0..LOOKS_MAX {
        let answer = look
            .api
            .ask(GENERATE_REPORT, || look.api.iam.generate_credential_report().send())
            .await?;
        if answer.state == Some(ReportStateType::Complete) {
            return Ok(());
        }
        tokio::time::sleep(look.report_wait).await;
    }
    Err(CallError::odd(GENERATE_REPORT, "the report is still being made; the next scan will see"))
}

/// How long between two looks whether the report is made.
pub(super) const REPORT_WAIT: Duration = Duration::from_secs(1);

/// The rows of the table.
pub(super) fn rows(content: &[u8]) -> Result<Vec<Row>, CallError> {
    let mut reader = csv::Reader::from_reader(content);
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        let row: Row = row.map_err(|error| {
            CallError::odd(GET_REPORT, format!("the report is not the table expected: {error}"))
        })?;
        rows.push(row);
    }
    Ok(rows)
}

async fn tell_row(
    account: &Account,
    scan: &ScopeScan<'_>,
    row: &Row,
    generated_at: Option<Timestamp>,
    ids: KeyIds,
) {
    let is_root = row.user == ROOT_USER;
    let mut fact = if is_root {
        root(account)
    } else {
        let named = path_and_name(&row.arn);
        let (path, name) = named.unwrap_or_else(|| (String::new(), row.user.clone()));
        identity(account, IdentityKind::User, &row.arn, &path, &name)
    };
    fact.created_at = date(&row.user_creation_time);
    // A deleted password or key may have been used later, so no use known here is not "never".
    fact.used = latest_use(row).map_or(Use::Unknown, Use::At);
    fact.credential_counts = row.counts();
    tell(&mut fact.details, "mfa_active", Some(&row.mfa_active));
    if is_root {
        // Once an account: in every row it would make every row new with each report.
        let generated_at = generated_at.map(|at| at.to_string());
        tell(&mut fact.details, "credential_report_generated_at", generated_at.as_deref());
    }
    scan.saw(Fact::Identity(fact)).await;
    if let Some(password) = row.password() {
        scan.saw(Fact::Credential(password)).await;
    }
    // The root's keys have ids, too, but no API that tells them.
    if is_root || ids == KeyIds::Untold {
        for (number, slot) in row.key_slots() {
            let id = format!("{}/access_key_{number}", row.arn);
            let identity = Some(row.arn.as_str().into());
            let mut key = credential(id, CredentialKind::AccessKey, identity);
            key.enabled = Some(slot.active);
            key.created_at = slot.changed_at;
            slot.tell_use(&mut key);
            scan.saw(Fact::Credential(key)).await;
        }
    }
}

impl Row {
    /// The user's password, if there is one.
    pub(super) fn password(&self) -> Option<Credential> {
        let enabled = match self.password_enabled.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "not_supported" => None,
            _ => return None,
        };
        let id = format!("{}/password", self.arn);
        let identity = Some(self.arn.as_str().into());
        let mut password = credential(id, CredentialKind::Password, identity);
        password.enabled = enabled;
        password.created_at = date(&self.password_last_changed);
        let user_created_at = date(&self.user_creation_time);
        password.used = match date(&self.password_last_used) {
            Some(at) => Use::At(at),
            None if self.password_last_used == "no_information" => {
                never_since(user_created_at, PASSWORD_USE_KEPT_SINCE)
            }
            None => Use::Unknown,
        };
        let rotation = date(&self.password_next_rotation).map(|at| at.to_string());
        tell(&mut password.details, "must_change_at", rotation.as_deref());
        Some(password)
    }

    /// The access keys that there are signs of, with their numbers.
    pub(super) fn key_slots(&self) -> Vec<(u8, KeySlot)> {
        let first = KeySlot {
            active: is_true(&self.access_key_1_active),
            changed_at: date(&self.access_key_1_last_rotated),
            used: key_use(&self.access_key_1_last_used_date),
            region: self.access_key_1_last_used_region.clone(),
            service: self.access_key_1_last_used_service.clone(),
        };
        let second = KeySlot {
            active: is_true(&self.access_key_2_active),
            changed_at: date(&self.access_key_2_last_rotated),
            used: key_use(&self.access_key_2_last_used_date),
            region: self.access_key_2_last_used_region.clone(),
            service: self.access_key_2_last_used_service.clone(),
        };
        let mut slots = vec![(1, first), (2, second)];
        slots.retain(|(_, slot)| {
            slot.active || slot.changed_at.is_some() || matches!(slot.used, Use::At(_))
        });
        slots
    }

    /// How many access keys and passwords there are; the root always has a password.
    fn counts(&self) -> BTreeMap<CredentialKind, u32> {
        let keys = self.key_slots().len();
        BTreeMap::from([
            (CredentialKind::AccessKey, u32::try_from(keys).unwrap_or(u32::MAX)),
            (CredentialKind::Password, u32::from(self.password().is_some())),
        ])
    }

    /// Whether the user has a signing certificate that is accepted.
    pub(super) fn signs(&self) -> bool {
        self.is_user() && (is_true(&self.cert_1_active) || is_true(&self.cert_2_active))
    }

    /// Whether it is about a user, and not about the root, which no user API knows.
    pub(super) fn is_user(&self) -> bool {
        self.user != ROOT_USER
    }
}

impl KeySlot {
    /// Puts the last use of the slot's key down.
    pub(super) fn tell_use(&self, key: &mut Credential) {
        key.used = match self.used {
            Use::Never => never_since(key.created_at, KEY_USE_KEPT_SINCE),
            told @ (Use::Unknown | Use::NotSince(_) | Use::At(_)) => told,
        };
        for (name, value) in
            [("last_used_region", &self.region), ("last_used_service", &self.service)]
        {
            let known = Some(value.as_str()).filter(|value| !NOTHING.contains(value));
            tell(&mut key.details, name, known);
        }
    }
}

/// "Never", if it began after the provider kept count, and else not since it did.
fn never_since(began_at: Option<Timestamp>, kept_since: Timestamp) -> Use {
    match began_at {
        Some(began_at) if began_at > kept_since => Use::Never,
        _ => Use::NotSince(kept_since),
    }
}

/// The last use of a key; what is neither a date nor the word for none says nothing.
fn key_use(text: &str) -> Use {
    match date(text) {
        Some(at) => Use::At(at),
        None if text == "N/A" => Use::Never,
        None => Use::Unknown,
    }
}

fn latest_use(row: &Row) -> Option<Timestamp> {
    let dates = [
        &row.password_last_used,
        &row.access_key_1_last_used_date,
        &row.access_key_2_last_used_date,
    ];
    dates.into_iter().filter_map(|text| date(text)).max()
}

/// A date of the report; its words for "none" are none.
fn date(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests;
