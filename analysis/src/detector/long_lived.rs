//! Rules about the age of credentials.

pub(super) mod age;
pub(super) mod no_expiry;
