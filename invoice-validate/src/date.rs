//! A calendar date, so that callers pass "today" in and nothing here reads a clock.

use std::fmt;

/// A day of the Gregorian calendar, years 1 to 9999.
///
/// ```
/// use invoice_validate::Date;
/// assert!(Date::new(2024, 2, 29).is_some());
/// assert!(Date::new(2023, 2, 29).is_none());
/// assert!(Date::new(2026, 12, 31) < Date::new(2027, 1, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

const DAYS: [u8; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Date {
    /// The date, or `None` when there is no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        if year == 0 || year > 9999 || month == 0 || month > 12 || day == 0 {
            return None;
        }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = if month == 2 && leap { 29 } else { DAYS[month as usize] };
        if day > last { None } else { Some(Date { year, month, day }) }
    }

    /// Reads `YYYYMMDD` or `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
                Self::of_digits(y, [*m1, *m2], [*d1, *d2])
            }
            [y @ .., m1, m2, d1, d2] if y.len() == 4 => Self::of_digits(y, [*m1, *m2], [*d1, *d2]),
            _ => None,
        }
    }

    fn of_digits(year: &[u8], month: [u8; 2], day: [u8; 2]) -> Option<Self> {
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')))
        };
        let small = |digits: [u8; 2]| number(&digits).and_then(|n| u8::try_from(n).ok());
        Date::new(number(year)?, small(month)?, small(day)?)
    }

    /// The year.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub const fn day(self) -> u8 {
        self.day
    }
}

/// `YYYY-MM-DD`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
