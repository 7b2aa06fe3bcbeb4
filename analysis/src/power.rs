//! What an identity may do, by what its policies say, never by their names.

use model::Subject;

/// What the policies of a subject come to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Power {
    /// Not judged yet.
    Unknown(String),
}

impl Power {
    /// Reads the policies that apply to `subject`.
    #[must_use]
    pub fn of(_subject: &Subject) -> Self {
        Self::Unknown(String::new())
    }
}
