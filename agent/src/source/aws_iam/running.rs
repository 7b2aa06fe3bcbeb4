//! What the command line prints of things that run with a role: from each listing, the things and
//! what leads to their roles.

use model::WorkloadKind;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::container::{BatchDefinitions, EcsDefinition, EcsDefinitions, EcsServices, EcsTasks};
use self::machine::{Instances, Templates};
use self::service::{
    AgentRuntime, AppService, EmrCluster, Functions, GlueEndpoints, GlueJobs, Notebook, Notebooks,
    Projects, Stacks, StateMachine,
};
use super::print::Kind;

mod container;
mod machine;
mod service;

/// One print of a listing.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// What runs, or could, with a role.
    pub(super) items: Vec<Item>,
    /// The ARNs of all that is described, with a role or without.
    pub(super) described: Vec<String>,
    /// The ARNs that a mere list names, and that other prints describe.
    pub(super) named: Vec<String>,
    /// The number of the account, where no ARN tells it.
    pub(super) owner: Option<String>,
    /// Whether pages follow this one.
    pub(super) goes_on: bool,
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

/// Reads the print of a listing; nothing if it is one of another call after all.
///
/// # Errors
///
/// With what is wrong.
#[expect(clippy::wildcard_enum_match_arm, reason = "each reader knows its kinds, a list all")]
pub(super) fn read(kind: Kind, content: &[u8]) -> Result<Option<Page>, String> {
    let mut page = match kind {
        Kind::Functions => json::<Functions>(content)?.page(),
        Kind::Instances => json::<Instances>(content)?.page(),
        Kind::LaunchTemplates => json::<Templates>(content)?.page(),
        Kind::EcsServices => json::<EcsServices>(content)?.page(),
        Kind::EcsTasks => json::<EcsTasks>(content)?.page(),
        Kind::EcsDefinition => json::<EcsDefinition>(content)?.page(),
        Kind::EcsDefinitions => json::<EcsDefinitions>(content)?.page(),
        Kind::BuildProjects => json::<Projects>(content)?.page(),
        Kind::Stacks => json::<Stacks>(content)?.page(),
        Kind::GlueJobs => match json::<GlueJobs>(content)?.page() {
            Some(page) => page,
            None => return Ok(None),
        },
        Kind::GlueEndpoints => json::<GlueEndpoints>(content)?.page(),
        Kind::Notebook => json::<Notebook>(content)?.page(),
        Kind::Notebooks => json::<Notebooks>(content)?.page(),
        Kind::AppService => match json::<AppService>(content)?.page() {
            Some(page) => page,
            None => return Ok(None),
        },
        Kind::BatchDefinitions => json::<BatchDefinitions>(content)?.page(),
        Kind::StateMachine => json::<StateMachine>(content)?.page(),
        Kind::EmrCluster => match json::<EmrCluster>(content)?.page() {
            Some(page) => page,
            None => return Ok(None),
        },
        Kind::AgentRuntime => json::<AgentRuntime>(content)?.page(),
        _ => return Ok(None),
    };
    page.goes_on = json::<Next>(content)?.goes_on();
    Ok(Some(page))
}

fn json<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    serde_json::from_slice(content).map_err(|error| error.to_string())
}

/// What says that pages follow.
#[derive(Deserialize)]
struct Next {
    #[serde(alias = "nextToken", alias = "NextMarker", rename = "NextToken")]
    token: Option<String>,
}

impl Next {
    fn goes_on(&self) -> bool {
        self.token.as_ref().is_some_and(|token| !token.is_empty())
    }
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
