//! Rules about what was not looked at.

pub(super) mod stale;
