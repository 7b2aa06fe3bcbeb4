//! The estate notation.
