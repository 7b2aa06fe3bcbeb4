//! Rules about what an identity may do.

pub(super) mod administrator;
