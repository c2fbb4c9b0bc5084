//! A clock that stands still until somebody moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use invoice_core::env::Clock;

/// Virtual time, shared by the desk and the bureau. It moves only when it is told to, and never back: a run of a
/// year takes as long as its work, and the same seed gives the same time on every document.
#[derive(Debug)]
pub struct VirtualClock {
    micros: AtomicI64,
}

impl VirtualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub const fn new(start: DateTime<Utc>) -> Self {
        Self { micros: AtomicI64::new(start.timestamp_micros()) }
    }

    /// Moves to `to`, unless that is in the past. A part of a microsecond counts as one: a clock that stopped before
    /// `to` would wait for it for ever.
    pub fn advance_to(&self, to: DateTime<Utc>) {
        let part = i64::from(!to.timestamp_subsec_nanos().is_multiple_of(1_000));
        self.micros.fetch_max(to.timestamp_micros().saturating_add(part), Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// An hour (0 to 23) of a day in China.
#[must_use]
pub fn china(day: NaiveDate, hour: u32) -> DateTime<Utc> {
    instant(day.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()))
}

/// The instant at which clocks in China (UTC+8) show `local`.
#[must_use]
pub fn instant(local: NaiveDateTime) -> DateTime<Utc> {
    const EIGHT_HOURS: i32 = 8 * 3600;
    FixedOffset::east_opt(EIGHT_HOURS)
        .and_then(|zone| zone.from_local_datetime(&local).single())
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it is wrong")]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_is_reached() {
        let clock = VirtualClock::new(DateTime::UNIX_EPOCH);
        for nanos in [1, 999, 1_000, 1_001, 43_410_359_375] {
            let due = DateTime::from_timestamp_nanos(nanos);
            clock.advance_to(due);
            assert!(clock.now() >= due, "{nanos}");
            assert!((clock.now() - due).num_nanoseconds().unwrap() < 1_000, "{nanos}");
        }
        let now = clock.now();
        clock.advance_to(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), now);
    }
}
