//! How long to wait before the next try: longer each time, never the same for two.

use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};

/// After the first failure.
const FIRST: Duration = Duration::from_millis(500);

/// BOUND: a receiver that comes back is found within half a minute.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// BOUND: a receiver may ask for more patience, but not for a day.
pub(super) const ASKED_LONGEST: Duration = Duration::from_mins(15);

/// Counts the failures since the last success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It went well.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait now: half the step and up to as much again at random, so that many
    /// collectors do not come back at one moment; but not less than `asked`.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let half = FIRST.saturating_mul(factor).min(LONGEST).mul_f64(0.5);
        let delay = half.saturating_add(half.mul_f64(fraction()));
        delay.max(asked.unwrap_or_default().min(ASKED_LONGEST))
    }
}

/// Between 0 and 1; 1 if the system has no random numbers to give.
fn fraction() -> f64 {
    let mut bytes = [0; 4];
    if SystemRandom::new().fill(&mut bytes).is_err() {
        return 1.0;
    }
    f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests;
