//! Rules about who can get at secrets.

pub(super) mod plaintext;
pub(super) mod private_key;
