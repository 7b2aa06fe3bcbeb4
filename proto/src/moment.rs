//! Moments and durations.

use jiff::{SignedDuration, Timestamp};

use crate::malformed::{Malformed, required};
use crate::v1;

impl From<Timestamp> for v1::Moment {
    fn from(at: Timestamp) -> Self {
        // Whole seconds rounded down, so that the nanoseconds are never negative.
        let mut seconds = at.as_second();
        let mut nanos = at.subsec_nanosecond();
        if nanos < 0 {
            seconds = seconds.saturating_sub(1);
            nanos = nanos.saturating_add(1_000_000_000);
        }
        Self { seconds, nanos: u32::try_from(nanos).unwrap_or(0) }
    }
}

impl TryFrom<v1::Moment> for Timestamp {
    type Error = Malformed;

    fn try_from(it: v1::Moment) -> Result<Self, Malformed> {
        let wrong = || Malformed::new("moment", "a moment between the years -9999 and 9999");
        let nanos = i32::try_from(it.nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
        Self::new(it.seconds, nanos.ok_or_else(wrong)?).map_err(|_| wrong())
    }
}

/// A moment that must be there.
pub(crate) fn at(moment: Option<v1::Moment>, field: &str) -> Result<Timestamp, Malformed> {
    required(moment, field)?.try_into().map_err(|error: Malformed| error.within(field))
}

/// A moment that may be absent.
pub(crate) fn at_maybe(
    moment: Option<v1::Moment>,
    field: &str,
) -> Result<Option<Timestamp>, Malformed> {
    moment
        .map(|moment| moment.try_into().map_err(|error: Malformed| error.within(field)))
        .transpose()
}

/// Whole seconds; a negative interval is none.
pub(crate) fn seconds(interval: SignedDuration) -> u64 {
    u64::try_from(interval.as_secs()).unwrap_or(0)
}

/// An interval of so many seconds.
pub(crate) fn interval(seconds: u64, field: &str) -> Result<SignedDuration, Malformed> {
    // A century, beyond any schedule: later arithmetic on it cannot overflow.
    const SECONDS_MAX: u64 = 100 * 366 * 86_400;
    match i64::try_from(seconds) {
        Ok(signed) if seconds <= SECONDS_MAX => Ok(SignedDuration::from_secs(signed)),
        _ => Err(Malformed::new(field, "at most a century")),
    }
}
