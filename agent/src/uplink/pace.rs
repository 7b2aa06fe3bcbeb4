//! How long to wait before the next attempt.

use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};

/// After the first failure.
const BROKE_WAIT_MIN: Duration = Duration::from_secs(1);

/// A collector that comes back is found within so long.
const BROKE_WAIT_MAX: Duration = Duration::from_mins(1);

/// A refusal is ended by people, so there is no hurry.
const REFUSED_WAIT: Duration = Duration::from_mins(5);

/// Failures since the last welcome.
#[derive(Debug, Default)]
pub(super) struct Pace {
    failures: u32,
}

impl Pace {
    /// A session came about: start again from the shortest wait.
    pub(super) fn welcomed(&mut self) {
        self.failures = 0;
    }

    /// The wait after a failure: doubled each time, spread over its upper half so that a fleet does
    /// not come back in step.
    pub(super) fn broke(&mut self) -> Duration {
        let wait = BROKE_WAIT_MIN.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        spread(wait.min(BROKE_WAIT_MAX), chance())
    }

    /// The wait after a refusal.
    pub(super) fn refused() -> Duration {
        spread(REFUSED_WAIT, chance())
    }
}

/// Between the half of `wait` and the whole.
fn spread(wait: Duration, chance: u16) -> Duration {
    wait.mul_f64(0.5 + f64::from(chance) / f64::from(u16::MAX) / 2.0)
}

fn chance() -> u16 {
    let mut bytes = [0; 2];
    // Without randomness all waits are the shortest, which is no harm to us.
    let _filled = SystemRandom::new().fill(&mut bytes);
    u16::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_minute_and_is_never_less_than_half_of_that() {
        let mut pace = Pace::default();
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = pace.broke();
            let whole = Duration::from_secs(seconds);
            assert!((whole / 2..=whole).contains(&wait), "{wait:?} of {whole:?}");
        }
    }

    #[test]
    fn the_wait_is_short_again_after_a_welcome() {
        let mut pace = Pace::default();
        for _ in 0..50 {
            let _long = pace.broke();
        }
        pace.welcomed();
        assert!(pace.broke() <= BROKE_WAIT_MIN);
    }
}
