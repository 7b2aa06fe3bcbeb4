//! Rules about declarations.

pub(super) mod dangling;
