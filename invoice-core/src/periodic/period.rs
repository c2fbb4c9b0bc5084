use std::fmt;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

/// How often a periodic plan applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// Every calendar month.
    Monthly,
    /// Every calendar quarter.
    Quarterly,
}

impl Rhythm {
    /// Calendar months in one period.
    const fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
        }
    }
}

/// One calendar month or quarter. Displays as `2026-05` or `2026-Q2`.
///
/// ```
/// use invoice_core::periodic::{Period, Rhythm};
/// let last = Period::containing(Rhythm::Quarterly, "2028-02-29".parse().unwrap());
/// assert_eq!((last.to_string(), last.next().to_string()), ("2028-Q1".into(), "2028-Q2".into()));
/// assert_eq!(last.end_day().unwrap().to_string(), "2028-04-01");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Period {
    year: i32,
    /// The first month, 1 to 12.
    month: u32,
    rhythm: Rhythm,
}

impl Period {
    /// The period a day lies in.
    #[must_use]
    pub fn containing(rhythm: Rhythm, day: NaiveDate) -> Self {
        let months = rhythm.months();
        Self { year: day.year(), month: day.month0() / months * months + 1, rhythm }
    }

    /// The period after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        let month = self.month + self.rhythm.months();
        if month > 12 {
            return Self { year: self.year + 1, month: 1, rhythm: self.rhythm };
        }
        Self { month, ..self }
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(self.year, self.month, 1)
    }

    /// The day after the last; `None` beyond the calendar.
    #[must_use]
    pub fn end_day(self) -> Option<NaiveDate> {
        self.next().first_day()
    }

    /// The instant the period ends in a time zone.
    #[must_use]
    pub fn end_in(self, zone: FixedOffset) -> Option<DateTime<Utc>> {
        midnight(self.end_day()?, zone)
    }
}

/// The instant a day begins in a time zone.
pub(crate) fn midnight(day: NaiveDate, zone: FixedOffset) -> Option<DateTime<Utc>> {
    let local = day.and_time(NaiveTime::MIN).and_local_timezone(zone).single()?;
    Some(local.with_timezone(&Utc))
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rhythm {
            Rhythm::Monthly => write!(f, "{:04}-{:02}", self.year, self.month),
            Rhythm::Quarterly => write!(f, "{:04}-Q{}", self.year, self.month.div_ceil(3)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_nine_years_lies_in_one_period_and_periods_touch() {
        for rhythm in [Rhythm::Monthly, Rhythm::Quarterly] {
            let mut day: NaiveDate = "2024-01-01".parse().unwrap();
            let mut period = Period::containing(rhythm, day);
            assert_eq!(period.first_day(), Some(day));
            while day.year() < 2033 {
                if Some(day) == period.end_day() {
                    period = period.next();
                }
                assert_eq!(Period::containing(rhythm, day), period, "{day}");
                assert!(period.first_day() <= Some(day) && Some(day) < period.end_day(), "{day}");
                day = day.succ_opt().unwrap();
            }
        }
    }

    #[test]
    fn a_period_ends_at_midnight_where_the_seller_is() {
        let period = Period::containing(Rhythm::Monthly, "2028-02-29".parse().unwrap());
        for (hours, want) in
            [(8, "2028-02-29T16:00:00Z"), (0, "2028-03-01T00:00:00Z"), (-5, "2028-03-01T05:00:00Z")]
        {
            let zone = FixedOffset::east_opt(hours * 3600).unwrap();
            assert_eq!(period.end_in(zone), Some(want.parse().unwrap()), "{hours}");
        }
    }

    #[test]
    fn names_are_told_apart_and_sort_in_time() {
        let day = |text: &str| text.parse().unwrap();
        let month = Period::containing(Rhythm::Monthly, day("2026-12-31"));
        let quarter = Period::containing(Rhythm::Quarterly, day("2026-12-31"));
        assert_eq!((month.to_string(), quarter.to_string()), ("2026-12".into(), "2026-Q4".into()));
        assert_eq!(
            (month.next().to_string(), quarter.next().to_string()),
            ("2027-01".into(), "2027-Q1".into())
        );
        assert!(month < month.next() && quarter < quarter.next());
    }
}
