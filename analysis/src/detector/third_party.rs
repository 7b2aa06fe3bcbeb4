//! Rules about identities of vendors.

pub(super) mod undeclared;
