//! The rules: one file per rule, all listed in [`ALL`].

mod claim;
mod clause;
mod coverage;
mod declared;
mod dormant;
mod expiry;
mod exposed;
mod long_lived;
mod orphaned;
mod privilege;
mod remedy;
mod reused;
#[cfg(test)]
pub(crate) mod testing;
mod third_party;
mod trust;
mod weak;

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{Body, Conclusion, RuleId, Subject, Unknown};

use crate::policy::{Limits, Policy};
use crate::power::Power;
use crate::time;

/// Every rule, in the order of the reference manual.
pub static ALL: &[&dyn Detector] = &[
    &orphaned::no_owner::NoOwner,
    &orphaned::owner_gone::OwnerGone,
    &orphaned::owner_unknown::OwnerUnknown,
    &orphaned::disputed::Disputed,
    &declared::dangling::Dangling,
    &privilege::administrator::Administrator,
    &privilege::escalation::Escalation,
    &privilege::unused::Unused,
    &privilege::sensitive_wildcard::SensitiveWildcard,
    &privilege::reads_secrets::ReadsSecrets,
    &trust::public::Public,
    &trust::external::External,
    &trust::broad_federation::BroadFederation,
    &third_party::undeclared::Undeclared,
    &long_lived::age::Age,
    &long_lived::no_expiry::NoExpiry,
    &expiry::soon::Soon,
    &expiry::passed::Passed,
    &dormant::identity::DormantIdentity,
    &dormant::credential::DormantCredential,
    &dormant::never_used::NeverUsed,
    &exposed::plaintext::Plaintext,
    &exposed::private_key::PrivateKey,
    &reused::secret::ReusedSecret,
    &reused::key_pair::ReusedKeyPair,
    &weak::key::WeakKey,
    &coverage::stale::Stale,
];

/// A rule.
///
/// Deterministic: equal arguments give equal verdicts. It does no input or output, reads no clock
/// and keeps no state, so it may be run again at any time.
pub trait Detector: Send + Sync {
    /// What the manual says about this rule.
    fn rule(&self) -> &'static Rule;

    /// Examines one subject as it was known at `cx.as_of`.
    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict;
}

/// A rule's entry in the manual.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// What it claims, in one sentence.
    pub claim: &'static str,
    /// Why that matters.
    pub rationale: &'static str,
    /// When it fires unless the policy says otherwise, and what it leaves alone.
    pub default: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// The clauses of frameworks that it serves.
    pub clauses: &'static [Clause],
    /// Estates on which it fires, and on which it does not.
    pub examples: &'static [Example],
}

/// A clause of a framework.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Clause {
    /// The framework with its version.
    pub framework: &'static str,
    /// Its own id for the clause.
    pub id: &'static str,
    /// What the clause is called there.
    pub title: &'static str,
}

/// An estate, and whether the rule fires on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Example {
    /// What it shows, in a few words.
    pub shows: &'static str,
    /// The day for which the verdict is asked, `2026-03-01`.
    pub as_of: &'static str,
    /// The estate, in the notation of `model::testing`.
    pub estate: &'static str,
    /// Whether the rule fires on any of its subjects.
    pub fires: bool,
}

/// What every rule may look at besides the subject.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// The moment for which the verdict is asked.
    pub as_of: Timestamp,
    /// The limits in force for this subject and this rule.
    pub limits: &'a Limits,
    /// What the subject may do, by what its policies say.
    pub power: &'a Power,
}

/// What a rule found, and when it should be asked again if nothing changes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Verdict {
    /// Its claims, possibly none.
    pub conclusions: Vec<Conclusion>,
    /// What it could not judge, possibly nothing.
    pub unknown: Vec<Unknown>,
    /// The earliest moment at which time alone would change the verdict.
    pub recheck_at: Option<Timestamp>,
}

impl Verdict {
    /// Asks to be asked again at `at`, or earlier.
    pub fn recheck(&mut self, at: Option<Timestamp>) {
        self.recheck_at = time::earlier(self.recheck_at, at);
    }
}

/// What all rules together found.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(crate) conclusions: Vec<Conclusion>,
    pub(crate) unknown: Vec<Unknown>,
    pub(crate) recheck_at: Option<Timestamp>,
    pub(crate) off: BTreeSet<RuleId>,
}

/// Runs every rule over `subject`. Of what is not there, nothing is claimed.
pub(crate) fn examine_all(subject: &Subject, policy: &Policy, as_of: Timestamp) -> Examined {
    let mut examined = Examined::default();
    if subject.body == Body::Absent {
        return examined;
    }
    let power = Power::of(subject);
    let common = policy.limits_for(subject);
    for detector in ALL {
        let rule = &detector.rule().id;
        let special = policy.overrides.iter().any(|it| it.when.rule.is_some());
        let limits = special.then(|| policy.limits_for_rule(subject, rule.as_str()));
        let limits = limits.as_ref().unwrap_or(&common);
        if limits.off {
            examined.off.insert(rule.clone());
            continue;
        }
        let verdict = detector.examine(subject, &Cx { as_of, limits, power: &power });
        examined.conclusions.extend(verdict.conclusions);
        examined.unknown.extend(verdict.unknown);
        examined.recheck_at = time::earlier(examined.recheck_at, verdict.recheck_at);
    }
    examined
}

/// The reference manual of all rules, in Markdown: what `docs/rules.md` holds.
#[must_use]
pub fn manual() -> String {
    crate::manual::text(ALL)
}
