use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};

const EIGHT_HOURS: i32 = 8 * 3600;

/// The day in China (UTC+8, all year: the tax day has no daylight saving) at an instant.
///
/// ```
/// use invoice_core::tax::tax_day;
/// let instant = "2026-12-31T16:00:00Z".parse().unwrap();
/// assert_eq!(tax_day(instant).to_string(), "2027-01-01");
/// ```
#[must_use]
pub fn tax_day(instant: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(EIGHT_HOURS)
        .map_or_else(|| instant.date_naive(), |zone| instant.with_timezone(&zone).date_naive())
}

/// The instant at which a day begins in China.
///
/// ```
/// use invoice_core::tax::{tax_day, tax_midnight};
/// let instant = tax_midnight("2027-01-01".parse().unwrap());
/// assert_eq!(instant.to_rfc3339(), "2026-12-31T16:00:00+00:00");
/// assert_eq!(tax_day(instant).to_string(), "2027-01-01");
/// ```
#[must_use]
pub fn tax_midnight(day: NaiveDate) -> DateTime<Utc> {
    let utc = day.and_time(NaiveTime::MIN).and_utc();
    utc.checked_sub_signed(chrono::TimeDelta::seconds(i64::from(EIGHT_HOURS))).unwrap_or(utc)
}
