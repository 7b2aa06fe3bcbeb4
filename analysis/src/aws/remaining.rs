//! What would be left of a principal's policies if they allowed only services that it used.
//!
//! ```text
//! Allow s3:*, sqs:* on R if C   ──► Allow s3:* on R if C       s3 was used, sqs was not
//! Allow *                       ──► Allow s3:*
//! Allow NotAction iam:*         ──► Allow s3:*                 what it leaves out of a service that was
//!                                                              used, the catalogue tells action by action
//! Deny ...                      ──► as it is
//! ```
//!
//! Own policies and those of groups are taken together: the proposal stands in place of all. A boundary
//! stays. Nothing is allowed that was not, and nothing of a service that was used is lost, but for actions
//! that neither the catalogue knows nor a pattern of what was there can say.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::catalogue::CATALOGUE;
use super::condition::spelt;
use super::decide::Piece;
use super::document::{Effect, Statement};
use super::estate::{Estate, Principal};
use super::pattern::{Glob, is_shared, narrowed};

/// BOUND: characters of a managed policy, white space not counted, by the provider's quotas.
const POLICY_CHARACTERS_MAX: usize = 6_144;
/// BOUND: managed policies of one user or role, as the provider allows without asking.
const POLICIES_MAX: usize = 10;

/// What is proposed for a principal whose use is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Remaining {
    /// These managed policies, in place of all that it has, as JSON.
    Policies(Vec<String>),
    /// It is longer than ten managed policies.
    DoesNotFit,
    /// A policy is not known, or not understood: what would be left of it cannot be said.
    NotRead,
}

/// A statement that is left.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Part {
    effect: Effect,
    actions: Vec<String>,
    all_actions_but: bool,
    resources: Vec<String>,
    all_resources_but: bool,
    condition: Value,
}

impl Estate {
    /// What is proposed for `id`, an ARN; none if it is not known what it used.
    #[must_use]
    pub fn remaining(&self, id: &str) -> Option<Remaining> {
        let principal = self.principal(id)?;
        let used = self.services_used(id)?;
        let Some(statements) = self.own_statements(principal) else {
            return Some(Remaining::NotRead);
        };
        let mut parts: Vec<Part> = Vec::new();
        for statement in statements {
            let part = part(statement, &used);
            if part.actions.is_empty() {
                continue;
            }
            match parts.iter_mut().find(|known| known.is_alike(&part)) {
                Some(known) => {
                    let new: Vec<String> =
                        part.actions.into_iter().filter(|it| !known.actions.contains(it)).collect();
                    known.actions.extend(new);
                }
                None => parts.push(part),
            }
        }
        Some(packed(parts).map_or(Remaining::DoesNotFit, Remaining::Policies))
    }

    /// The statements of its own policies and of its groups; none if one is not understood.
    fn own_statements<'e>(&'e self, principal: &'e Principal) -> Option<Vec<&'e Statement>> {
        let groups = principal.groups.iter().filter_map(|group| self.principal(group));
        let ids = groups.flat_map(|group| &group.policies).chain(&principal.policies);
        let mut statements = Vec::new();
        for id in ids.collect::<BTreeSet<_>>() {
            let Piece::Policy(policy) = self.piece(id) else { return None };
            for statement in &policy.document.statements {
                if statement.is_doubtful || statement.actions.held.is_none() {
                    return None;
                }
                statements.push(statement);
            }
        }
        Some(statements)
    }
}

fn part(statement: &Statement, used: &[&str]) -> Part {
    let actions = &statement.actions;
    let is_denial = statement.effect == Effect::Deny;
    let left = match (is_denial, actions.all_but) {
        (true, _) => actions.texts.clone(),
        (false, false) => named(&actions.texts, used),
        (false, true) => used.iter().flat_map(|service| but(statement, service)).collect(),
    };
    let resources = &statement.resources;
    let resource = |(text, arns): (&String, &Option<_>)| spelt(text, arns.is_none());
    let mut condition = Map::new();
    for test in &statement.condition {
        let operator = condition.entry(test.operator.clone()).or_insert_with(|| json!({}));
        if let Some(keys) = operator.as_object_mut() {
            keys.insert(test.key.clone(), one_or_list(test.spelt()));
        }
    }
    Part {
        effect: statement.effect,
        actions: left,
        all_actions_but: is_denial && actions.all_but,
        resources: resources.texts.iter().zip(&resources.arns).map(resource).collect(),
        all_resources_but: resources.all_but,
        condition: Value::Object(condition),
    }
}

/// What these patterns say of services that were used.
fn named(texts: &[String], used: &[&str]) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for text in texts {
        for service in used {
            let found = narrowed(text, &format!("{service}:"));
            left.extend(found.into_iter().filter(|it| !left.contains(it)).collect::<Vec<_>>());
        }
    }
    left
}

/// What a statement that allows all but some actions says of one service.
fn but(statement: &Statement, service: &str) -> Vec<String> {
    let prefix = format!("{}:", service.to_lowercase());
    let excluded: Vec<String> = statement
        .actions
        .texts
        .iter()
        .flat_map(|text| narrowed(&text.to_lowercase(), &prefix))
        .collect();
    if excluded.is_empty() {
        return vec![format!("{service}:*")];
    }
    let Some(held) = &statement.actions.held else { return Vec::new() };
    let (runs, _) = CATALOGUE.matched(&format!("{prefix}*"));
    let mut found: Vec<String> = Vec::new();
    for action in runs.into_iter().flatten().filter(|action| held.has(*action)) {
        let name = CATALOGUE.spelt(action);
        let lower = name.to_lowercase();
        if found.iter().any(|pattern| Glob::of(&pattern.to_lowercase()).matches(&lower)) {
            continue;
        }
        // The shortest beginning that holds nothing that is left out: `iam:Get*` rather than forty names.
        let ends = name.char_indices().skip(prefix.len().saturating_add(1));
        let ends = ends.filter(|(_, letter)| letter.is_ascii_uppercase()).map(|(at, _)| at);
        let mut beginnings = ends.filter_map(|at| Some(format!("{}*", name.get(..at)?)));
        let is_free = |pattern: &String| {
            let lower = pattern.to_lowercase();
            !excluded.iter().any(|excluded| is_shared(excluded, &lower))
        };
        let shortest = beginnings.find(is_free);
        found.push(shortest.unwrap_or(name));
    }
    found
}

impl Part {
    /// Whether what the two say can be said in one statement.
    fn is_alike(&self, other: &Self) -> bool {
        let is_listed = !self.all_actions_but || self.actions == other.actions;
        is_listed
            && self.effect == other.effect
            && self.all_actions_but == other.all_actions_but
            && self.resources == other.resources
            && self.all_resources_but == other.all_resources_but
            && self.condition == other.condition
    }

    fn value(&self) -> Value {
        let mut value = Map::new();
        let effect = if self.effect == Effect::Deny { "Deny" } else { "Allow" };
        value.insert("Effect".to_owned(), json!(effect));
        let key = if self.all_actions_but { "NotAction" } else { "Action" };
        value.insert(key.to_owned(), one_or_list(self.actions.clone()));
        let key = if self.all_resources_but { "NotResource" } else { "Resource" };
        value.insert(key.to_owned(), one_or_list(self.resources.clone()));
        if self.condition.as_object().is_some_and(|tests| !tests.is_empty()) {
            value.insert("Condition".to_owned(), self.condition.clone());
        }
        Value::Object(value)
    }

    /// Two statements that say the same together.
    fn halves(mut self) -> Option<[Self; 2]> {
        let mut other = self.clone();
        let list = |part: &mut Self, of_actions: bool| -> Vec<String> {
            std::mem::take(if of_actions { &mut part.actions } else { &mut part.resources })
        };
        let of_actions = self.actions.len() > 1 && !self.all_actions_but;
        if !of_actions && (self.resources.len() < 2 || self.all_resources_but) {
            return None;
        }
        let mut first = list(&mut self, of_actions);
        list(&mut other, of_actions);
        let second = first.split_off(first.len() / 2);
        if of_actions {
            (self.actions, other.actions) = (first, second);
        } else {
            (self.resources, other.resources) = (first, second);
        }
        Some([self, other])
    }
}

fn one_or_list(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { texts.pop().map_or(Value::Null, Value::String) } else { json!(texts) }
}

/// As few policies as they fit into in their order; none if into more than there may be.
fn packed(parts: Vec<Part>) -> Option<Vec<String>> {
    let mut documents: Vec<Vec<Value>> = Vec::new();
    let mut waiting: Vec<Part> = parts.into_iter().rev().collect();
    while let Some(part) = waiting.pop() {
        let value = part.value();
        if !fits(std::slice::from_ref(&value)) {
            let [first, second] = part.halves()?;
            waiting.push(second);
            waiting.push(first);
            continue;
        }
        let room = documents.iter_mut().find_map(|document| {
            document.push(value.clone());
            if fits(document) {
                return Some(());
            }
            document.pop();
            None
        });
        if room.is_none() {
            documents.push(vec![value]);
        }
        if documents.len() > POLICIES_MAX {
            return None;
        }
    }
    Some(documents.iter().map(|statements| document(statements)).collect())
}

fn fits(statements: &[Value]) -> bool {
    let text = document(statements);
    text.chars().filter(|letter| !letter.is_whitespace()).count() <= POLICY_CHARACTERS_MAX
}

fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

#[cfg(test)]
mod tests;
