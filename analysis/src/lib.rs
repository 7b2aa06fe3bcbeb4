//! From what is stored about a subject to what is claimed about it, as pure functions.

pub mod detector;
