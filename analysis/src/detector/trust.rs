//! Rules about whom an identity lets in.

use model::{About, Body, Identity, IdentityKind, Maker, Outsider, Subject};

use super::claim::{Claim, evidence, identity};
use super::{Cx, Rule, Verdict};
use crate::power::Power;
use crate::severity::{self, Part};

pub(super) mod broad_federation;
pub(super) mod external;
pub(super) mod public;

/// The role, with whom it lets in from outside; where that is not known yet, `verdict` says so.
pub(super) fn let_in<'s>(
    rule: &Rule,
    subject: &'s Subject,
    cx: &Cx<'_>,
    verdict: &mut Verdict,
) -> &'s [Outsider] {
    let is_judged =
        |it: &Identity| it.kind == IdentityKind::Role && it.maker == Maker::Organisation;
    if !identity(subject).is_some_and(is_judged) {
        return &[];
    }
    if let Some(privileges) = &subject.privileges {
        return &privileges.outsiders;
    }
    if let Power::Unknown(why) = cx.power {
        verdict.unknown(rule, &About::Subject, why.clone());
    }
    &[]
}

/// What is said of those who are let in.
pub(super) struct Said<'o> {
    pub(super) outsiders: Vec<&'o Outsider>,
    pub(super) because: String,
    pub(super) remedy: String,
    /// How wide that stands open.
    pub(super) exposure: Part,
}

/// Says it of the role.
pub(super) fn claim(
    rule: &Rule,
    subject: &Subject,
    cx: &Cx<'_>,
    said: Said<'_>,
    verdict: &mut Verdict,
) {
    let Said { outsiders, because, remedy, exposure } = said;
    let (time, next) = severity::existing(subject, cx.as_of);
    verdict.recheck(next);
    let told = outsiders.iter().map(|it| {
        let who = if it.who.is_empty() { "anyone" } else { &it.who };
        evidence("trust", format!("{} lets in {who}", it.by), &subject.scopes)
    });
    let evidence = told.collect();
    let claim = Claim { about: About::Subject, because, evidence, remedy, exposure, time };
    verdict.claim(rule, subject, cx, claim);
}

/// The names, each once.
pub(super) fn named(outsiders: &[&Outsider]) -> String {
    let mut names: Vec<String> = outsiders.iter().map(|it| format!("`{}`", it.who)).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}

/// How to write a trust anew.
pub(super) fn update(subject: &Subject) -> String {
    let name = match &subject.body {
        Body::Identity(identity) => identity.name.as_str(),
        Body::Unclaimed | Body::Scope(_) | Body::Declaration { .. } | Body::Absent => "ROLE",
    };
    crate::shell::command(&[
        "aws",
        "iam",
        "update-assume-role-policy",
        "--role-name",
        name,
        "--policy-document",
        "file://trust.json",
    ])
}
