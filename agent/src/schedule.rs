//! When the next round of a source begins.
//!
//! The first at once, the next an interval after the one before began, never two at a time. Each
//! wait is made longer by a part of the jitter that depends on the agent's name, the source and the
//! round, so that a fleet spreads by itself and a restart does not change the pattern.

use std::time::Duration;

use model::{AgentId, sha256};

/// The shortest interval that may be asked for: a scan should cost little, but not nothing.
pub const INTERVAL_MIN: Duration = Duration::from_secs(10);

/// The longest: a year, beyond which nobody would call it a schedule.
pub const INTERVAL_MAX: Duration = Duration::from_hours(366 * 24);

/// The plan of one source.
#[derive(Clone, Debug)]
pub struct Schedule {
    agent: AgentId,
    source: String,
    interval: Duration,
    jitter: Duration,
    round: u64,
    was_early: bool,
}

impl Schedule {
    /// A plan for `source`, its name in the configuration.
    #[must_use]
    pub fn new(agent: AgentId, source: String, interval: Duration, jitter: Duration) -> Self {
        Self { agent, source, interval, jitter, round: 0, was_early: false }
    }

    /// How long to wait after a round that took `elapsed`. A round that took longer than the
    /// interval is followed by the next at once.
    pub fn wait(&mut self, elapsed: Duration) -> Duration {
        self.round = self.round.saturating_add(1);
        self.wait_of_round().saturating_sub(elapsed)
    }

    /// Whether a round may begin before its time, because the collector asks for a scope. Once
    /// between two rounds by the plan: a scope that never agrees must not be scanned without end.
    pub fn may_be_early(&mut self) -> bool {
        !std::mem::replace(&mut self.was_early, true)
    }

    /// A round begins by the plan.
    pub fn on_time(&mut self) {
        self.was_early = false;
    }

    fn wait_of_round(&self) -> Duration {
        let seed =
            [self.agent.as_str().as_bytes(), self.source.as_bytes(), &self.round.to_be_bytes()];
        let [high, low, ..] = sha256(&seed);
        let part = f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX);
        self.interval.saturating_add(self.jitter.mul_f64(part))
    }
}

#[cfg(test)]
mod tests;
