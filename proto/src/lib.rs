//! Wire and at-rest messages, and the only translation between them and `model`.
//!
//! `From<&model::X> for v1::X` never fails; `TryFrom<v1::X> for model::X` checks every field, since
//! it may come from another machine or a damaged disk, and says which one is wrong. What is read
//! back equals what was written: see `tests.rs`.

mod batch;
mod digest;
mod fact;
mod finding;
pub mod json;
mod malformed;
mod moment;
mod owner;
mod privileges;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;

#[expect(
    missing_docs,
    unused_qualifications,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::as_conversions,
    clippy::large_enum_variant,
    reason = "generated from proto/, where the comments are"
)]
pub mod v1 {
    include!("gen/muster.v1.rs");
}

pub use batch::{entries_decode, entries_encode};
pub use digest::{content_digest, fact_encode};
pub use malformed::Malformed;
