//! What a file says, once it is known what it is a print of.

use aws_sdk_iam::types::AccessKeyMetadata;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::details::{Details, Moment};
use super::organisation::{self, Part};
use super::usage::Used;
use crate::source::aws_iam::account::Account;
use crate::source::aws_iam::print::Kind;
use crate::source::aws_iam::report::{Row, rows};
use crate::source::aws_iam::running::{self, Page};
use crate::source::aws_iam::ways::Profile;

/// The content of a print.
#[derive(Debug)]
pub(super) enum Body {
    /// Users, groups, roles and policies.
    Details(Box<Details>),
    /// The credential report.
    Report(Report),
    /// Whose credentials were used.
    Caller(String),
    /// The ids of a user's access keys.
    AccessKeys(Vec<ListedKey>),
    /// Which roles instance profiles lead to.
    Profiles(Profiles),
    /// Which services somebody made use of.
    Usage(Used),
    /// What runs with a role.
    Listing(Page),
    /// Which listings of that were recorded to their end.
    Ended(Ended),
    /// Something about an organisation.
    Organisation(Part),
}

/// A credential report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Report {
    /// Its rows.
    pub(super) rows: Vec<Row>,
    /// When it was made, if that is told.
    pub(super) generated_at: Option<Timestamp>,
}

/// Instance profiles.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Profiles {
    pub(super) instance_profiles: Vec<Profile>,
    pub(super) next_token: Option<String>,
}

/// Which listings of a region were recorded to their end, also those that are empty.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ended {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) calls: Vec<String>,
}

/// An access key of a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListedKey {
    pub(super) user_name: String,
    pub(super) access_key_id: String,
    pub(super) status: Option<String>,
    pub(super) create_date: Option<Moment>,
}

impl From<ListedKey> for AccessKeyMetadata {
    fn from(it: ListedKey) -> Self {
        Self::builder()
            .user_name(it.user_name)
            .access_key_id(it.access_key_id)
            .set_status(it.status.as_deref().map(Into::into))
            .set_create_date(it.create_date.map(Moment::time))
            .build()
    }
}

impl Body {
    /// Reads the print of a call from a file of that name; nothing if it is one of another call after all.
    ///
    /// # Errors
    ///
    /// With what is wrong.
    #[expect(clippy::wildcard_enum_match_arm, reason = "each reader knows its kinds, a list all")]
    pub(super) fn read(file: &str, kind: Kind, content: &[u8]) -> Result<Option<Self>, String> {
        Ok(Some(match kind {
            Kind::Details => Self::Details(Box::new(json(content)?)),
            Kind::Report => Self::Report(report(content)?),
            Kind::Caller => {
                let caller: Caller = json(content)?;
                Self::Caller(caller.arn)
            }
            Kind::AccessKeys => {
                let listed: AccessKeys = json(content)?;
                Self::AccessKeys(listed.access_key_metadata)
            }
            Kind::InstanceProfiles => Self::Profiles(json(content)?),
            Kind::Usage => Self::Usage(json(content)?),
            Kind::Ended => {
                let printed: PrintedEnded = json(content)?;
                Self::Ended(printed.listed_to_the_end)
            }
            kind if kind.is_of_organisation() => {
                return Ok(organisation::read(file, kind, content)?.map(Self::Organisation));
            }
            listing => return Ok(running::read(listing, content)?.map(|it| Self::Listing(it.page))),
        }))
    }

    /// The account that it is of, by the ARNs in it; nothing if it has none.
    ///
    /// # Errors
    ///
    /// If it tells of several.
    pub(super) fn account(&self) -> Result<Option<Account>, String> {
        let arns: Vec<&str> = match self {
            Self::Details(details) => details.arns().collect(),
            Self::Report(report) => report.rows.iter().map(|row| row.arn.as_str()).collect(),
            Self::Caller(arn) => vec![arn],
            Self::AccessKeys(_) | Self::Organisation(_) | Self::Usage(_) => Vec::new(),
            Self::Profiles(listed) => {
                listed.instance_profiles.iter().map(|it| it.arn.as_str()).collect()
            }
            Self::Ended(ended) => {
                return Ok(Account::of_caller(&format!("arn:aws:::{}:", ended.account)));
            }
            Self::Listing(page) => {
                let owner = page.owner.as_ref().map(|id| format!("arn:aws:::{id}:"));
                let owner = owner.and_then(|arn| Account::of_caller(&arn));
                return Ok(sole(page.arns())?.or(owner).or(sole(page.roles()).ok().flatten()));
            }
        };
        sole(arns)
    }
}

/// The account that all `arns` belong to.
fn sole<'a>(arns: impl IntoIterator<Item = &'a str>) -> Result<Option<Account>, String> {
    let mut sole: Option<Account> = None;
    for arn in arns {
        let Some(account) = Account::of_caller(arn) else { continue };
        match &sole {
            Some(other) if *other != account => {
                let (one, other) = (&other.id, &account.id);
                return Err(format!(
                    "it tells of two accounts, {one} and {other}; print them apart"
                ));
            }
            Some(_) => {}
            None => sole = Some(account),
        }
    }
    Ok(sole)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Caller {
    arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedEnded {
    listed_to_the_end: Ended,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeys {
    access_key_metadata: Vec<ListedKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedReport {
    content: String,
    generated_time: Option<Moment>,
}

/// The report as it is printed, or the bare table.
fn report(content: &[u8]) -> Result<Report, String> {
    let read = |table: &[u8]| rows(table).map_err(|error| error.to_string());
    if !content.starts_with(b"{") {
        return Ok(Report { rows: read(content)?, generated_at: None });
    }
    let printed: PrintedReport = json(content)?;
    let table = aws_smithy_types::base64::decode(printed.content.trim())
        .map_err(|error| format!("`Content` is not base64: {error}"))?;
    let generated_at = printed.generated_time.map(|at| at.0);
    Ok(Report { rows: read(&table)?, generated_at })
}

fn json<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    serde_json::from_slice(content).map_err(|error| error.to_string())
}
