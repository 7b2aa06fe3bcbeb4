//! What answers say of things that run with a role: from each listing, the things and what leads to
//! their roles. A live answer and what the command line prints of it are read into the same types.

use model::WorkloadKind;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::container::{BatchDefinitions, EcsDefinition, EcsDefinitions, EcsServices, EcsTasks};
use self::machine::{Instances, Templates};
use self::service::{
    AgentRuntime, AppService, EmrCluster, Functions, GlueEndpoints, GlueJobs, Notebook, Notebooks,
    Projects, Stacks, StateMachine,
};
use super::print::Kind;
use super::xml;

pub(super) use self::ask::{Asker, Definitions, LISTINGS};

mod ask;
mod container;
mod machine;
mod service;

/// One answer of a listing.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    /// What runs, or could, with a role.
    pub(super) items: Vec<Item>,
    /// The ARNs of all that is described, with a role or without.
    pub(super) described: Vec<String>,
    /// The ARNs that a mere list names, and that other prints describe.
    pub(super) named: Vec<String>,
    /// The number of the account, where no ARN tells it.
    pub(super) owner: Option<String>,
    /// Where it is from, if that is told of all of it.
    pub(super) region: Option<String>,
    /// What could not be described, and not because it is gone.
    pub(super) failed: Option<String>,
    /// Where the page after this one begins, if there is one.
    pub(super) next: Option<String>,
}

/// Something that runs, or could.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Item {
    /// Its ARN, or the last part of it where the print has none: `instance/i-1`.
    pub(super) id: String,
    /// Where it is, if that is told.
    pub(super) region: Option<String>,
    /// What sort of thing it is.
    pub(super) kind: WorkloadKind,
    /// What leads to its role.
    pub(super) with: With,
    /// What it does with the role, if it has several: added to its id.
    pub(super) part: &'static str,
}

/// What leads to a role.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum With {
    /// The role, by its ARN or its name.
    Role(String),
    /// An instance profile, by its ARN or its name.
    Profile(String),
    /// What a task is made after, by its ARN.
    Definition(String),
}

/// What an answer says of things that run with a role, wherever it comes from.
trait Answer: DeserializeOwned + Serialize {
    /// What it says; nothing if it is one of another call after all.
    fn page(self) -> Option<Page>;
}

/// What one answer says, and as much of it as says so.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// What it says.
    pub(super) page: Page,
    /// What a print would have to say for that, and nothing else: answers come with the environment
    /// of what runs, in which people put secrets.
    pub(super) kept: Value,
}

/// Reads an answer in JSON, as it comes or as it is printed; nothing if it is one of another call
/// after all.
///
/// # Errors
///
/// With what is wrong.
#[expect(clippy::wildcard_enum_match_arm, reason = "each reader knows its kinds, a list all")]
pub(super) fn read(kind: Kind, content: &[u8]) -> Result<Option<Heard>, String> {
    let heard = match kind {
        Kind::Functions => hear::<Functions>(json(content)?)?,
        Kind::Instances => hear::<Instances>(json(content)?)?,
        Kind::LaunchTemplates => hear::<Templates>(json(content)?)?,
        Kind::EcsServices => hear::<EcsServices>(json(content)?)?,
        Kind::EcsTasks => hear::<EcsTasks>(json(content)?)?,
        Kind::EcsDefinition => hear::<EcsDefinition>(json(content)?)?,
        Kind::EcsDefinitions => hear::<EcsDefinitions>(json(content)?)?,
        Kind::BuildProjects => hear::<Projects>(json(content)?)?,
        Kind::Stacks => hear::<Stacks>(json(content)?)?,
        Kind::GlueJobs => hear::<GlueJobs>(json(content)?)?,
        Kind::GlueEndpoints => hear::<GlueEndpoints>(json(content)?)?,
        Kind::Notebook => hear::<Notebook>(json(content)?)?,
        Kind::Notebooks => hear::<Notebooks>(json(content)?)?,
        Kind::AppService => hear::<AppService>(json(content)?)?,
        Kind::BatchDefinitions => hear::<BatchDefinitions>(json(content)?)?,
        Kind::StateMachine => hear::<StateMachine>(json(content)?)?,
        Kind::EmrCluster => hear::<EmrCluster>(json(content)?)?,
        Kind::AgentRuntime => hear::<AgentRuntime>(json(content)?)?,
        _ => return Ok(None),
    };
    let Some(mut heard) = heard else { return Ok(None) };
    heard.page.next = json::<Next>(content)?.token.filter(|token| !token.is_empty());
    Ok(Some(heard))
}

/// Reads a live answer, in JSON or in XML.
///
/// # Errors
///
/// With what is wrong.
pub(super) fn read_live(kind: Kind, content: &[u8]) -> Result<Heard, String> {
    let heard = match kind.print().call.service {
        "cloudformation" => {
            let root = xml::read(content)?;
            let result = root.child("DescribeStacksResult").unwrap_or(&root);
            next_of(hear(Stacks::of_xml(result)?)?, result.text_of("NextToken"))
        }
        "ec2" => {
            let root = xml::read(content)?;
            let heard = if kind == Kind::Instances {
                hear(Instances::of_xml(&root)?)?
            } else {
                hear(Templates::of_xml(&root)?)?
            };
            next_of(heard, root.text_of("nextToken"))
        }
        _ => read(kind, content)?,
    };
    heard.ok_or_else(|| "it is the answer of another call".to_owned())
}

fn next_of(heard: Option<Heard>, next: Option<String>) -> Option<Heard> {
    heard.map(|heard| Heard { page: Page { next, ..heard.page }, ..heard })
}

fn hear<T: Answer>(answer: T) -> Result<Option<Heard>, String> {
    let kept = serde_json::to_value(&answer).map_err(|error| error.to_string())?;
    Ok(answer.page().map(|page| Heard { page, kept }))
}

/// Names, and where the next page of them begins.
pub(super) type Names = (Vec<String>, Option<String>);

/// Reads a mere list, live: the names in `list`, or in the `field` of what is in it, and where
/// the next page begins.
///
/// # Errors
///
/// With what is wrong.
pub(super) fn read_names(content: &[u8], list: &str, field: Option<&str>) -> Result<Names, String> {
    let answer: Value = json(content)?;
    let entries = answer.get(list).and_then(Value::as_array);
    let entries = entries.ok_or_else(|| format!("there is no `{list}` in it"))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = field.map_or(Some(entry), |field| entry.get(field)).and_then(Value::as_str);
        names.push(name.ok_or_else(|| format!("something in `{list}` has no name"))?.to_owned());
    }
    let next: Next = json(content)?;
    Ok((names, next.token.filter(|token| !token.is_empty())))
}

/// Whether `body` is an answer in XML of one of these listings; reads it as far as a scan would.
pub(super) fn is_answer(body: &[u8]) -> bool {
    let kinds = [Kind::Instances, Kind::LaunchTemplates, Kind::Stacks];
    kinds.into_iter().any(|kind| read_live(kind, body).is_ok())
}

fn json<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    serde_json::from_slice(content).map_err(|error| error.to_string())
}

/// What says that pages follow.
#[derive(Deserialize)]
struct Next {
    #[serde(alias = "nextToken", alias = "NextMarker", alias = "Marker", rename = "NextToken")]
    token: Option<String>,
}

impl Page {
    /// The ARNs of all that is told of.
    pub(super) fn arns(&self) -> impl Iterator<Item = &str> {
        let all = self.described.iter().chain(&self.named);
        all.map(String::as_str).filter(|id| id.starts_with("arn:"))
    }

    /// The ARNs of the roles, which are nearly always of the same account.
    pub(super) fn roles(&self) -> impl Iterator<Item = &str> {
        self.items.iter().map(|item| match &item.with {
            With::Role(id) | With::Profile(id) | With::Definition(id) => id.as_str(),
        })
    }

    /// Adds what is described, with the role that it has, if it has one.
    fn add(&mut self, id: &str, kind: WorkloadKind, role: Option<String>) {
        self.add_with(id, kind, role.map(With::Role), "");
    }

    /// As [`Self::add`], with what leads to the role, and what part of it the role is for.
    fn add_with(&mut self, id: &str, kind: WorkloadKind, with: Option<With>, part: &'static str) {
        self.described.push(id.to_owned());
        if let Some(with) = with {
            self.items.push(Item { id: id.to_owned(), region: None, kind, with, part });
        }
    }

    /// Says where what was added last is, if it was told with a role.
    fn last_is_in(&mut self, zone: Option<&str>) {
        let is_last = |item: &&mut Item| Some(&item.id) == self.described.last();
        if let Some(item) = self.items.last_mut().filter(is_last) {
            item.region = zone.and_then(region_of_zone);
        }
    }
}

/// `us-east-1a` and `us-west-2-lax-1a` are in `us-east-1` and `us-west-2`.
pub(super) fn region_of_zone(zone: &str) -> Option<String> {
    let digits = zone.find(|c: char| c.is_ascii_digit())?;
    let rest = zone.get(digits..)?;
    let len = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    zone.get(..digits.checked_add(len)?).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests;
