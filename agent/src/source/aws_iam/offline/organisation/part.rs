//! What the command line prints about an organisation, call by call, and what a file's name adds:
//! the id of the child, the node or the policy that the print itself leaves out.

#![expect(clippy::struct_field_names, reason = "the fields are named as the provider names them")]

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::details::Document;
use super::super::folder::account_of_name;
use crate::source::aws_iam::print::Kind;

/// One print about an organisation.
#[derive(Debug)]
pub(in crate::source::aws_iam) enum Part {
    /// The organisation of the account that asked, which the file's name may say.
    Whole(Option<String>, Whole),
    /// Roots and units, and what stands above them if the file's name says so.
    Nodes(Option<String>, Vec<Node>),
    /// The accounts below what the file's name says; if it says nothing, the accounts of the whole
    /// organisation.
    Accounts(Option<String>, Vec<Node>),
    /// A page of accounts after which more were to follow.
    AccountsBegun(Vec<Node>),
    /// What stands above a node or an account.
    Parents(String, Vec<Child>),
    /// What stands below a node.
    Children(String, Vec<Child>),
    /// A policy with its document.
    Policy(Described),
    /// Where a policy hangs.
    Targets(String, Vec<Target>),
    /// Which policies hang on a node or an account; which there are if the name says nothing.
    Policies(Option<String>, Vec<Summary>),
}

/// An organisation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::source::aws_iam) struct Whole {
    pub(in crate::source::aws_iam) id: String,
    pub(in crate::source::aws_iam) arn: String,
    pub(in crate::source::aws_iam) master_account_id: Option<String>,
}

/// A root, a unit or an account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::source::aws_iam) struct Node {
    pub(in crate::source::aws_iam) id: String,
    pub(in crate::source::aws_iam) arn: String,
    pub(in crate::source::aws_iam) name: Option<String>,
}

/// What stands above or below.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::source::aws_iam) struct Child {
    pub(in crate::source::aws_iam) id: String,
}

/// A policy with its document.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub(in crate::source::aws_iam) struct Described {
    pub(in crate::source::aws_iam) policy_summary: Summary,
    pub(in crate::source::aws_iam) content: Document,
}

/// A policy without it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
pub(in crate::source::aws_iam) struct Summary {
    pub(in crate::source::aws_iam) id: String,
    pub(in crate::source::aws_iam) arn: String,
    #[serde(rename = "Type")]
    pub(in crate::source::aws_iam) kind: Option<String>,
}

/// What a policy hangs on.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::source::aws_iam) struct Target {
    pub(in crate::source::aws_iam) target_id: String,
    pub(in crate::source::aws_iam) arn: String,
    pub(in crate::source::aws_iam) name: Option<String>,
}

/// Reads a print about an organisation; nothing if it is one of another call after all.
///
/// # Errors
///
/// With what is wrong.
#[expect(clippy::wildcard_enum_match_arm, reason = "each reader knows its kinds, a list all")]
pub(in crate::source::aws_iam) fn read(
    file: &str,
    kind: Kind,
    content: &[u8],
) -> Result<Option<Part>, String> {
    if kind == Kind::OrgPolicy || kind == Kind::OrgPolicies {
        return policies(file, kind, content);
    }
    let printed: Printed = json(content)?;
    let unnamed = |what: &str| format!("{what} is not in it; put its id into the file's name");
    Ok(Some(match kind {
        Kind::Organisation => match printed.organization {
            Some(whole) => Part::Whole(account_of_name(file).map(|it| it.id), whole),
            None => return Ok(None),
        },
        Kind::OrgRoots => Part::Nodes(None, printed.roots),
        Kind::OrgUnits => Part::Nodes(node_of_name(file), printed.organizational_units),
        Kind::OrgUnit => Part::Nodes(None, printed.organizational_unit.into_iter().collect()),
        Kind::OrgAccounts => {
            let above = node_of_name(file).filter(|id| !is_account(id));
            if printed.next_token.is_some() {
                return Ok(Some(Part::AccountsBegun(printed.accounts)));
            }
            Part::Accounts(above, printed.accounts)
        }
        Kind::OrgParents => {
            let of = node_of_name(file).ok_or_else(|| unnamed("whose parents they are"))?;
            Part::Parents(of, printed.parents)
        }
        Kind::OrgChildren => {
            let of = node_of_name(file).filter(|id| !is_account(id));
            Part::Children(of.ok_or_else(|| unnamed("whose children they are"))?, printed.children)
        }
        Kind::OrgTargets => {
            let of = policy_of_name(file);
            let of = of.ok_or_else(|| unnamed("which policy these are the targets of"))?;
            Part::Targets(of, printed.targets)
        }
        _ => return Ok(None),
    }))
}

/// Policies of an organisation: IAM prints its own under the same names.
fn policies(file: &str, kind: Kind, content: &[u8]) -> Result<Option<Part>, String> {
    if !String::from_utf8_lossy(content).contains(":organizations:") {
        return Ok(None);
    }
    if kind == Kind::OrgPolicy {
        let printed: PrintedPolicy = json(content)?;
        return Ok(Some(Part::Policy(printed.policy)));
    }
    let printed: PrintedPolicies = json(content)?;
    Ok(Some(Part::Policies(node_of_name(file), printed.policies)))
}

fn json<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    serde_json::from_slice(content).map_err(|error| error.to_string())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Printed {
    organization: Option<Whole>,
    roots: Vec<Node>,
    organizational_units: Vec<Node>,
    organizational_unit: Option<Node>,
    accounts: Vec<Node>,
    parents: Vec<Child>,
    children: Vec<Child>,
    targets: Vec<Target>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedPolicy {
    policy: Described,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedPolicies {
    policies: Vec<Summary>,
}

/// Whether that is an account's number.
pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// The root, unit or account that a file's name ends in, but for what says its format.
pub(super) fn node_of_name(file: &str) -> Option<String> {
    let name = file.split('.').next()?;
    let is_id = |id: &str| id.starts_with("r-") || id.starts_with("ou-") || is_account(id);
    id_of_name(name, &["r-", "ou-"]).or_else(|| {
        let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()?;
        is_id(last).then(|| last.to_owned())
    })
}

/// The policy that a file's name ends in.
pub(super) fn policy_of_name(file: &str) -> Option<String> {
    id_of_name(file.split('.').next()?, &["p-"])
}

/// The id that a name ends in, if it begins with one of these letters at the beginning of a word.
fn id_of_name(name: &str, begins: &[&str]) -> Option<String> {
    for begin in begins {
        for (at, _) in name.match_indices(begin) {
            let before = name.get(..at)?.chars().next_back();
            let is_word = before.is_none_or(|c| !c.is_ascii_alphanumeric());
            let rest = name.get(at.checked_add(begin.len())?..)?;
            let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if is_word && rest.len() >= 4 && rest.chars().all(is_id) {
                return name.get(at..).map(ToOwned::to_owned);
            }
        }
    }
    None
}
