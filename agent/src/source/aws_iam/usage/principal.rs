//! Who can be asked about, and who comes first: whoever has the most policies that allow `*`.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{AttachedPolicy, PolicyDetail};
use model::Maker;
use serde_json::Value;

use crate::source::aws_iam::account::{document_decoded, maker_of_path};

/// The users and roles of an account. Roles that the provider made for its own services are not
/// among them: nobody but the provider can give them less.
#[derive(Debug, Default)]
pub(in crate::source::aws_iam) struct Principals {
    /// Users and roles by ARN, each with what it holds itself.
    all: BTreeMap<String, Held>,
    /// Groups by name.
    groups: BTreeMap<String, Held>,
    /// Managed policies that allow `*`.
    wide: BTreeSet<String>,
}

/// What somebody holds.
#[derive(Debug, Default)]
struct Held {
    /// Policies of its own that allow `*`.
    wide_inline: usize,
    attached: Vec<String>,
    groups: Vec<String>,
}

impl Principals {
    /// Learns what a page of the account's details says.
    pub(in crate::source::aws_iam) fn note(&mut self, page: &GetAccountAuthorizationDetailsOutput) {
        for it in page.group_detail_list() {
            let held = Held::of(it.group_policy_list(), it.attached_managed_policies(), &[]);
            self.groups.extend(it.group_name().map(|name| (name.to_owned(), held)));
        }
        for it in page.user_detail_list() {
            let attached = it.attached_managed_policies();
            let held = Held::of(it.user_policy_list(), attached, it.group_list());
            self.all.extend(it.arn().map(|arn| (arn.to_owned(), held)));
        }
        for it in page.role_detail_list() {
            if maker_of_path(it.path().unwrap_or_default()) == Maker::Provider {
                continue;
            }
            let held = Held::of(it.role_policy_list(), it.attached_managed_policies(), &[]);
            self.all.extend(it.arn().map(|arn| (arn.to_owned(), held)));
        }
        for it in page.policies() {
            let mut versions = it.policy_version_list().iter();
            let default = versions.find(|version| version.is_default_version);
            let document = default.and_then(|version| version.document());
            if let (Some(arn), true) = (it.arn(), document.is_some_and(is_wide)) {
                self.wide.insert(arn.to_owned());
            }
        }
    }

    /// All of them with how many of their policies allow `*`, those with the most first, then by name.
    pub(in crate::source::aws_iam) fn ranked(&self) -> Vec<(String, usize)> {
        let mut ranked: Vec<(String, usize)> = self
            .all
            .iter()
            .map(|(arn, held)| {
                let groups = held.groups.iter().filter_map(|name| self.groups.get(name));
                let wide = groups.map(|group| self.wide_of(group)).sum::<usize>();
                (arn.clone(), wide.saturating_add(self.wide_of(held)))
            })
            .collect();
        ranked.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        ranked
    }

    fn wide_of(&self, held: &Held) -> usize {
        let attached = held.attached.iter().filter(|arn| self.wide.contains(*arn)).count();
        held.wide_inline.saturating_add(attached)
    }

    /// The ARN of the user or the role of that name.
    pub(in crate::source::aws_iam) fn named(&self, sort: &str, name: &str) -> Option<&str> {
        let is_it = |arn: &&String| {
            let rest = arn.splitn(6, ':').nth(5).and_then(|rest| rest.strip_prefix(sort));
            rest.is_some_and(|rest| rest.rsplit('/').next() == Some(name))
        };
        self.all.keys().find(is_it).map(String::as_str)
    }
}

impl Held {
    fn of(inline: &[PolicyDetail], attached: &[AttachedPolicy], groups: &[String]) -> Self {
        let documents = inline.iter().filter_map(PolicyDetail::policy_document);
        Self {
            wide_inline: documents.filter(|document| is_wide(document)).count(),
            attached: attached.iter().filter_map(|it| it.policy_arn()).map(Into::into).collect(),
            groups: groups.to_vec(),
        }
    }
}

/// Whether a document has a statement that allows the action `*`. It decides who is asked first and
/// nothing else, so conditions and denials are of no interest.
fn is_wide(document: &str) -> bool {
    let document = document_decoded(document).and_then(|text| serde_json::from_str(&text).ok());
    let Some(document): Option<Value> = document else { return false };
    let statements = document.get("Statement").map_or(&[][..], many);
    statements.iter().any(|statement| {
        let is_allowed = statement.get("Effect").is_some_and(|effect| effect == "Allow");
        let actions = statement.get("Action").map_or(&[][..], many);
        is_allowed && actions.iter().any(|action| action == "*")
    })
}

/// What stands for one may stand alone.
fn many(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}
