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

    /// Moves to `to`, unless that is in the past.
    pub fn advance_to(&self, to: DateTime<Utc>) {
        self.micros.fetch_max(to.timestamp_micros(), Ordering::SeqCst);
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
