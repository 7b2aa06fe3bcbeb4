//! What operators are told, and who is not.
