use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// The day in China (UTC+8, all year: the tax day has no daylight saving) at an instant.
///
/// ```
/// use invoice_core::tax::tax_day;
/// let instant = "2026-12-31T16:00:00Z".parse().unwrap();
/// assert_eq!(tax_day(instant).to_string(), "2027-01-01");
/// ```
#[must_use]
pub fn tax_day(instant: DateTime<Utc>) -> NaiveDate {
    const EIGHT_HOURS: i32 = 8 * 3600;
    FixedOffset::east_opt(EIGHT_HOURS)
        .map_or_else(|| instant.date_naive(), |zone| instant.with_timezone(&zone).date_naive())
}
