//! Rules about the strength of credentials.

pub(super) mod key;
