//! Rules about one credential for several purposes.

pub(super) mod key_pair;
pub(super) mod secret;
