//! How bad a claim is.
