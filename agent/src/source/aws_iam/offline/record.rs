//! Writes what a live scan was answered, in the form of the provider's command line, so that
//! `from` can read it again.
//!
//! INVARIANT: only listings that came to their end are written: half a listing would be read as a
//! whole one.

use std::path::{Path, PathBuf};

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::AccessKeyMetadata;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::details::Details;
use crate::files;
use crate::source::aws_iam::account::{Account, timestamp};
use crate::source::aws_iam::api::CallError;
use crate::source::aws_iam::print::Kind;

/// Where a scan is written to.
#[derive(Clone, Debug)]
pub(in crate::source::aws_iam) struct Recorder {
    folder: PathBuf,
    account: String,
}

/// The pages of the account's details, until the last.
#[derive(Debug, Default)]
pub(in crate::source::aws_iam) struct RecordedDetails(Details);

impl RecordedDetails {
    /// Keeps a page.
    pub(in crate::source::aws_iam) fn keep(&mut self, page: &GetAccountAuthorizationDetailsOutput) {
        self.0.extend(Details::from(page));
    }
}

impl Recorder {
    /// Writes about `account` into `folder`, which is made when there is something to write.
    pub(in crate::source::aws_iam) fn new(folder: &Path, account: &Account) -> Self {
        let recorder = Self { folder: folder.to_owned(), account: account.id.clone() };
        for kind in [Kind::Details, Kind::Report, Kind::AccessKeys] {
            // What an earlier scan wrote is not to be taken for what this one could not list. If it
            // cannot be removed, it cannot be replaced either, and that is told.
            let _told_later = files::remove(&recorder.path(kind));
        }
        recorder
    }

    /// Writes the account's details, once all pages are there.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub(in crate::source::aws_iam) fn details(
        &self,
        details: RecordedDetails,
    ) -> Result<(), CallError> {
        self.write(Kind::Details, &serde_json::to_value(details.0.listed()).unwrap_or_default())
    }

    /// Writes the credential report.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub(in crate::source::aws_iam) fn report(
        &self,
        table: &[u8],
        generated_at: Option<Timestamp>,
    ) -> Result<(), CallError> {
        let content = aws_smithy_types::base64::encode(table);
        let generated_at = generated_at.map(|at| at.to_string());
        let print = json!({
            "Content": content, "ReportFormat": "text/csv", "GeneratedTime": generated_at,
        });
        self.write(Kind::Report, &print)
    }

    /// Writes the access keys of all users.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub(in crate::source::aws_iam) fn keys(
        &self,
        keys: &[AccessKeyMetadata],
    ) -> Result<(), CallError> {
        let print = |key: &AccessKeyMetadata| {
            let created_at = key.create_date.as_ref().and_then(timestamp);
            json!({
                "UserName": key.user_name,
                "AccessKeyId": key.access_key_id,
                "Status": key.status.as_ref().map(aws_sdk_iam::types::StatusType::as_str),
                "CreateDate": created_at.map(|at| at.to_string()),
            })
        };
        let keys: Vec<Value> = keys.iter().map(print).collect();
        self.write(Kind::AccessKeys, &json!({ "AccessKeyMetadata": keys }))
    }

    fn write(&self, kind: Kind, print: &Value) -> Result<(), CallError> {
        let path = self.path(kind);
        let text = format!("{print:#}\n");
        let made = files::folder_create(&self.folder);
        let written = made.and_then(|()| files::replace_bytes(&path, text.as_bytes()));
        written.map_err(|error| {
            let what = format!("it was answered, but not written to `{}`: {error}", path.display());
            CallError::odd(&kind.print().call, what)
        })
    }

    fn path(&self, kind: Kind) -> PathBuf {
        let command = kind.print().command.replace(' ', "-");
        self.folder.join(format!("{}-{command}.json", self.account))
    }
}

#[cfg(test)]
mod tests;
