//! What is wrong with a message that came from elsewhere.

use std::fmt;

/// A message that cannot be taken for what it claims to be. Sending it again will not help.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Malformed {
    /// The field, from the outside in: `fact.credential.kind`.
    pub field: String,
    /// What it should be.
    pub expected: &'static str,
}

impl Malformed {
    /// `field` is not what it should be.
    pub fn new(field: impl Into<String>, expected: &'static str) -> Self {
        Self { field: field.into(), expected }
    }

    /// The same, seen from one level further out.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.field.insert(0, '.');
        self.field.insert_str(0, outer);
        self
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field `{}` is not {}", self.field, self.expected)
    }
}

/// The value of a field that must be there.
pub(crate) fn required<T>(value: Option<T>, field: &str) -> Result<T, Malformed> {
    value.ok_or_else(|| Malformed::new(field, "there"))
}

/// A word of an enum.
pub(crate) fn word<T>(
    from_name: impl Fn(&str) -> Option<T>,
    name: &str,
    field: &str,
) -> Result<T, Malformed> {
    from_name(name).ok_or_else(|| Malformed::new(field, "a word that this version knows"))
}

/// Bytes of a fixed length.
pub(crate) fn fixed<const N: usize>(bytes: &[u8], field: &str) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| Malformed::new(field, "of the right length"))
}
