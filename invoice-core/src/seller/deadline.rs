//! Until when an order can be applied for.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use crate::tax::tax_day;

/// The last day on which a buyer can apply (申请期限). No law sets one; shops do, and it counts in China's days.
///
/// What was applied for in time and comes back through a red invoice can be applied for again later: the deadline
/// binds an order's first application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Deadline {
    /// None.
    #[default]
    Never,
    /// This many days after the day of payment; 0 is the day of payment itself.
    Days(u32),
    /// The end of the year of payment and this many days into the next (当年开票).
    EndOfYear {
        /// Days of grace in the next year.
        grace_days: u32,
    },
}

impl Deadline {
    /// The last day for what was paid at `paid_at`; `None` when there is none, or it lies beyond the calendar.
    #[must_use]
    pub fn last_day(self, paid_at: DateTime<Utc>) -> Option<NaiveDate> {
        let paid = tax_day(paid_at);
        let (from, days) = match self {
            Self::Never => return None,
            Self::Days(days) => (paid, days),
            Self::EndOfYear { grace_days } => (NaiveDate::from_ymd_opt(paid.year(), 12, 31)?, grace_days),
        };
        from.checked_add_signed(TimeDelta::try_days(i64::from(days))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_chinas_and_years_end_on_their_last_day() {
        for (deadline, paid_at, want) in [
            (Deadline::Never, "2026-05-01T04:00:00Z", None),
            (Deadline::Days(0), "2026-05-01T15:59:59Z", Some("2026-05-01")),
            (Deadline::Days(0), "2026-05-01T16:00:00Z", Some("2026-05-02")),
            (Deadline::Days(30), "2028-01-30T00:00:00Z", Some("2028-02-29")),
            (Deadline::Days(30), "2027-01-30T00:00:00Z", Some("2027-03-01")),
            (Deadline::EndOfYear { grace_days: 0 }, "2026-12-31T15:59:59Z", Some("2026-12-31")),
            (Deadline::EndOfYear { grace_days: 0 }, "2026-12-31T16:00:00Z", Some("2027-12-31")),
            (Deadline::EndOfYear { grace_days: 31 }, "2026-02-01T00:00:00Z", Some("2027-01-31")),
            (Deadline::Days(u32::MAX), "2026-05-01T04:00:00Z", None),
        ] {
            let got = deadline.last_day(paid_at.parse().unwrap()).map(|day| day.to_string());
            assert_eq!(got.as_deref(), want, "{deadline:?} {paid_at}");
        }
    }
}
