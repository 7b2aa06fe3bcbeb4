//! What principals of AWS may do, as AWS itself would decide it, and what they could make themselves
//! able to do.
//!
//! ```text
//! facts ──► estate: who is there, which documents apply to whom
//!             document ── pattern, condition        the language, whole
//!             decide ── context, truth              one answer: no, in doubt, if ..., yes
//!             trust                                 who may take on which role
//!             steps ── action, strength             one step each: become another, change a right
//!             judge                                 the shortest path for each principal ──► Judgement
//!             standing                              the same, kept: a change is judged at its own cost
//!             explain                               one answer, layer by layer
//! ```
//!
//! Follows the policy evaluation logic of the IAM User Guide, and for the sets of actions the lists of
//! five public tools with their preconditions. Nothing here reads a clock or a file.

mod action;
mod administrator;
mod condition;
mod context;
mod decide;
mod document;
mod estate;
mod explain;
mod judge;
mod outline;
mod outsiders;
pub(crate) mod pattern;
mod secrets;
mod standing;
mod steps;
mod strength;
mod trust;
mod truth;

pub use estate::Estate;
pub use explain::{Explanation, Told};
pub use judge::{Judgement, judge};
pub use model::{PathStep as Reason, PrivilegeVerdict as Verdict};
pub use standing::Standing;
pub use truth::Truth;

#[cfg(test)]
mod tests;
