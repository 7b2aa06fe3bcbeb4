//! What principals of AWS may do, as AWS itself would decide it, and what they could make themselves
//! able to do.
//!
//! ```text
//! facts ──► estate: who is there, which documents apply to whom
//!             document ── pattern, condition        the language, whole
//!             decide ── context, truth              one answer: no, in doubt, if ..., yes
//!               trial                               whether some request meets all that it asks for
//!             trust                                 who may take on which role
//!             steps ── action, strength             one step each: become another, change a right
//!             judge                                 the shortest path for each principal ──► Judgement
//!             standing                              the same, kept: a change is judged at its own cost
//!             access ── catalogue, held, reach      what each may do, by service and access level
//!             remaining ── usage                    what would be left if only what is used were kept
//!             cuts                                  which statement, taken away, breaks most paths
//!             explain                               one answer, layer by layer
//! ```
//!
//! Follows the policy evaluation logic of the IAM User Guide, and for the sets of actions the lists of
//! five public tools with their preconditions. Nothing here reads a clock or a file.

mod access;
mod action;
mod administrator;
mod catalogue;
mod condition;
mod context;
mod cuts;
mod decide;
mod document;
mod estate;
mod explain;
mod held;
mod judge;
mod outline;
mod outsiders;
pub(crate) mod pattern;
mod reach;
mod remaining;
mod secrets;
mod standing;
mod steps;
mod strength;
mod trial;
mod trust;
mod truth;
mod usage;

pub use access::{Access, Reached};
pub use catalogue::{Level, Risk};
pub use cuts::{Cut, cuts};
pub use decide::Place;
pub use estate::Estate;
pub use explain::{Explanation, Told};
pub use judge::{Judgement, Reason, judge};
pub use model::PrivilegeVerdict as Verdict;
pub use remaining::Remaining;
pub use standing::Standing;
pub use truth::Truth;
pub use usage::{Unused, Used};

#[cfg(test)]
mod differential;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
