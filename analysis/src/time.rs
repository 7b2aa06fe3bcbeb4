//! Moments and spans, without overflow.

use jiff::{SignedDuration, Timestamp};

/// `at` and `span` later; the end of time if there is no such moment.
pub(crate) fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(if span.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

/// `at` and `span` earlier; the beginning of time if there is no such moment.
pub(crate) fn before(at: Timestamp, span: SignedDuration) -> Timestamp {
    after(at, span.checked_neg().unwrap_or(SignedDuration::MAX))
}

/// The earlier of two moments, where "none" is after all others.
pub(crate) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (Some(at), None) | (None, Some(at)) => Some(at),
        (None, None) => None,
    }
}

/// So many days of 24 hours.
pub(crate) const fn days(days: u32) -> SignedDuration {
    // A u32 of days is below 2^49 seconds.
    SignedDuration::from_secs(widen(days).saturating_mul(86_400))
}

/// `span` so many times.
pub(crate) fn times(span: SignedDuration, factor: u32) -> SignedDuration {
    i32::try_from(factor)
        .ok()
        .and_then(|factor| span.checked_mul(factor))
        .unwrap_or(SignedDuration::MAX)
}

/// A span as people say it: `90 days`, `36 hours`, `90 seconds`.
pub(crate) fn spell(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    for (unit, name) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] {
        let whole = seconds.checked_div(unit).unwrap_or_default();
        if whole > 0 && seconds.checked_rem(unit) == Some(0) {
            return plural(whole, name);
        }
    }
    plural(seconds, "second")
}

fn plural(count: i64, name: &str) -> String {
    if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") }
}

const fn widen(days: u32) -> i64 {
    let bytes = days.to_le_bytes();
    let [a, b, c, d] = bytes;
    i64::from_le_bytes([a, b, c, d, 0, 0, 0, 0])
}
