//! The one binary of the tests that look at the product from outside; each area is a file of `main/`.
//!
//! A test that needs a server is marked `#[ignore = "needs moto"]` and the like: see the head of the
//! harness, `tests/src/lib.rs`.

mod directions;
mod servers;
