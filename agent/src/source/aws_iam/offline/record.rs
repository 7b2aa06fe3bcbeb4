//! Writes what a live scan was answered, in the form of the provider's command line, so that
//! `from` can read it again.
//!
//! INVARIANT: only listings that came to their end are written: half a listing would be read as a
//! whole one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::AccessKeyMetadata;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::Ended;
use super::details::Details;
use super::usage::Used;
use crate::files;
use crate::source::aws_iam::account::{Account, timestamp};
use crate::source::aws_iam::api::CallError;
use crate::source::aws_iam::call::Call;
use crate::source::aws_iam::print::Kind;
use crate::source::aws_iam::running::{Heard, LISTINGS};
use crate::source::aws_iam::usage::Answered;
use crate::source::aws_iam::ways::Profile;

/// How the file is called that says which listings came to their end.
const ENDED: &str = "listed-to-the-end";

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
        for path in recorder.earlier() {
            // What an earlier scan wrote is not to be taken for what this one could not list. If it
            // cannot be removed, it cannot be replaced either, and that is told.
            let _told_later = files::remove(&path);
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

    /// Writes all instance profiles.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub(in crate::source::aws_iam) fn profiles(
        &self,
        profiles: &[Profile],
    ) -> Result<(), CallError> {
        self.write(Kind::InstanceProfiles, &json!({ "InstanceProfiles": profiles }))
    }

    /// Writes what runs in a region by one listing, and that `ended` came to their end there.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub(in crate::source::aws_iam) fn running(
        &self,
        region: &str,
        kind: Kind,
        heard: &[Heard],
        ended: &[String],
    ) -> Result<(), CallError> {
        let call = &kind.print().call;
        for (number, heard) in heard.iter().enumerate() {
            let name = format!("{region}-{}-{number:05}", dashed(kind));
            self.write_to(call, &self.path_of(&name), &heard.kept)?;
        }
        let (account, region, calls) = (self.account.clone(), region.to_owned(), ended.to_vec());
        let path = self.path_of(&format!("{region}-{ENDED}"));
        let print = json!({ "ListedToTheEnd": Ended { account, region, calls } });
        self.write_to(call, &path, &print)
    }

    /// Writes which services everybody made use of.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub(in crate::source::aws_iam) fn usage(
        &self,
        known: &BTreeMap<String, Answered>,
    ) -> Result<(), CallError> {
        for (arn, answered) in known {
            let print = Used::of(answered);
            let print = serde_json::to_value(&print).unwrap_or_default();
            let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
            let sort = resource.split('/').next().unwrap_or_default();
            let name = resource.rsplit('/').next().unwrap_or_default();
            let path = self.path_of(&format!("{}-{sort}-{name}", dashed(Kind::Usage)));
            self.write_to(&Kind::Usage.print().call, &path, &print)?;
        }
        Ok(())
    }

    /// The files that an earlier scan of the account may have written.
    fn earlier(&self) -> Vec<PathBuf> {
        let kinds = [Kind::Details, Kind::Report, Kind::AccessKeys, Kind::InstanceProfiles];
        let mut earlier: Vec<PathBuf> = kinds.into_iter().map(|kind| self.path(kind)).collect();
        // Where there is no folder, nothing was written.
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if self.is_of_running(&name) {
                earlier.push(entry.path());
            }
        }
        earlier
    }

    /// Whether a file of that name is one that [`Self::running`] writes: somebody's own prints beside
    /// it are not ours to remove.
    fn is_of_running(&self, name: &str) -> bool {
        let rest = name.strip_prefix(&format!("{}-", self.account));
        let Some(rest) = rest.and_then(|rest| rest.strip_suffix(".json")) else { return false };
        let numbered = rest.rsplit_once('-').filter(|(_, number)| {
            number.len() == 5 && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        let is_print = |(rest, _): (&str, &str)| {
            LISTINGS.iter().any(|kind| rest.ends_with(&format!("-{}", dashed(*kind))))
        };
        rest.starts_with(&dashed(Kind::Usage))
            || rest.ends_with(ENDED)
            || numbered.is_some_and(is_print)
    }

    fn write(&self, kind: Kind, print: &Value) -> Result<(), CallError> {
        self.write_to(&kind.print().call, &self.path(kind), print)
    }

    fn write_to(&self, call: &'static Call, path: &Path, print: &Value) -> Result<(), CallError> {
        let text = format!("{print:#}\n");
        let made = files::folder_create(&self.folder);
        let written = made.and_then(|()| files::replace_bytes(path, text.as_bytes()));
        written.map_err(|error| {
            let what = format!("it was answered, but not written to `{}`: {error}", path.display());
            CallError::odd(call, what)
        })
    }

    fn path(&self, kind: Kind) -> PathBuf {
        self.path_of(&dashed(kind))
    }

    fn path_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{}-{name}.json", self.account))
    }
}

/// `lambda-list-functions`.
fn dashed(kind: Kind) -> String {
    kind.print().command.replace(' ', "-")
}

#[cfg(test)]
mod tests;
