//! Random numbers of a printed seed: a test that failed by chance fails again with the same seed.

use std::io::{Write as _, stderr};
use std::time::Duration;

use anyhow::Context as _;

/// The variable that sets the seed, or the number of rounds.
const SEED: &str = "MUSTER_TEST_SEED";
const ROUNDS: &str = "MUSTER_TEST_ROUNDS";

/// A source of random numbers: `SplitMix64`, which is enough for choosing moments and places.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Begins with the seed in `MUSTER_TEST_SEED`, else with one of the moment, and prints it.
    ///
    /// # Errors
    /// If the seed there is no number.
    pub fn seeded() -> anyhow::Result<Self> {
        let seed = match of_environment(SEED)? {
            Some(seed) => seed,
            None => u64::from(std::process::id()) << 32 | u64::from(moment_nanoseconds()),
        };
        writeln!(stderr().lock(), "{SEED}={seed}")?;
        Ok(Self(seed))
    }

    /// A number below `end`, or 0 if that is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31).checked_rem(end).unwrap_or_default()
    }

    /// A place in a list of `len`, all alike.
    pub fn place_in(&mut self, len: usize) -> usize {
        let place = self.below(u64::try_from(len).unwrap_or(u64::MAX));
        usize::try_from(place).unwrap_or(0)
    }

    /// A time shorter than `end`, in milliseconds.
    pub fn moment_below(&mut self, end: Duration) -> Duration {
        Duration::from_millis(self.below(u64::try_from(end.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// How many rounds to run: `MUSTER_TEST_ROUNDS`, else `usual`.
///
/// # Errors
/// If what is there is no number.
pub fn rounds(usual: u64) -> anyhow::Result<u64> {
    Ok(of_environment(ROUNDS)?.unwrap_or(usual))
}

#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
fn of_environment(name: &str) -> anyhow::Result<Option<u64>> {
    let Ok(text) = std::env::var(name) else { return Ok(None) };
    text.parse().map(Some).with_context(|| format!("{name}={text} is no number"))
}

#[expect(clippy::disallowed_methods, reason = "a seed that differs each time is what is wanted")]
fn moment_nanoseconds() -> u32 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.subsec_nanos())
}
