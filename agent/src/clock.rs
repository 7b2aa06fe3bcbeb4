//! The agent's clock: the system's, or one that a test sets.
//!
//! The one place in the agent that reads the wall clock; everyone else is handed a [`Clock`] or a
//! moment. An enum and not a trait: there are two clocks, and there will be no third.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Where the present comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The clock of this machine, which may jump.
    #[default]
    System,
    /// A clock that stands until it is moved.
    Manual(ManualClock),
}

/// A clock that stands until it is moved; copies show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl Clock {
    /// The present.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one reading of the wall clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves it on; it stops at the end of time.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add(by).unwrap_or(Timestamp::MAX);
    }
}
