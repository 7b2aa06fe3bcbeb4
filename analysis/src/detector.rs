//! The rules: one file per rule, all listed in [`ALL`].

use jiff::{SignedDuration, Timestamp};
use model::{Conclusion, RuleId, Subject, Unknown};

/// Every rule, in the order of the reference manual.
pub static ALL: &[&dyn Detector] = &[];

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
    /// What to do about it.
    pub remedy: &'static str,
}

/// What every rule may look at besides the subject.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// The moment for which the verdict is asked.
    pub as_of: Timestamp,
    /// The limits in force.
    pub policy: &'a Policy,
}

/// Limits, all set by the operator.
#[derive(Clone, Debug)]
pub struct Policy {
    /// A credential older than this is long-lived.
    pub credential_age_max: SignedDuration,
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
