//! What a buyer will need next month (开票需求预测), from what they needed: plain statistics that can be done by hand.
//!
//! The expected amount is the median of the last six months, the range twice the median distance from it: one huge month
//! moves neither. Amounts are those of history, nothing is rounded.

use crate::error::Language;
use crate::money::Money;

/// Fewest months of history.
pub const MIN_MONTHS: usize = 3;
/// Months that are looked at.
const WINDOW: usize = 6;
const YEAR: usize = 12;

/// What is expected of the next month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forecast {
    /// The median of the months looked at.
    pub expected: Money,
    /// The lower end of the range, never below zero.
    pub low: Money,
    /// The upper end of the range.
    pub high: Money,
    /// How many months were looked at.
    pub months: usize,
    /// The same month a year before, where history reaches so far: for a person to see a season.
    pub year_before: Option<Money>,
}

/// Forecasts the month after the last of `months`, which are whole months one after the other, oldest first, with zero where
/// nothing was invoiced. `None` with fewer than [`MIN_MONTHS`], or beyond the range of money.
///
/// ```
/// use invoice_core::money::Money;
/// use invoice_core::report::forecast::forecast;
/// let yuan = |amount| Money::from_yuan(amount).unwrap();
/// let next = forecast(&[900, 1000, 1100, 1000, 99_000, 1000].map(yuan)).unwrap();
/// assert_eq!((next.low, next.expected, next.high), (yuan(1000), yuan(1000), yuan(1000)));
/// ```
#[must_use]
pub fn forecast(months: &[Money]) -> Option<Forecast> {
    if months.len() < MIN_MONTHS {
        return None;
    }
    let seen = months.get(months.len().saturating_sub(WINDOW)..)?;
    let expected = median(seen.iter().copied())?;
    let distances: Option<Vec<Money>> = seen
        .iter()
        .map(|amount| {
            let distance = amount.checked_sub(expected)?;
            if distance.is_negative() { distance.checked_neg() } else { Some(distance) }
        })
        .collect();
    let spread = median(distances?.into_iter())?;
    let twice = spread.checked_add(spread)?;
    Some(Forecast {
        expected,
        low: expected.checked_sub(twice)?.max(Money::ZERO).min(expected),
        high: expected.checked_add(twice)?,
        months: seen.len(),
        year_before: months.len().checked_sub(YEAR).and_then(|place| months.get(place)).copied(),
    })
}

/// The middle amount; of an even number the lower of the two in the middle, so that it is one that occurred.
fn median(amounts: impl Iterator<Item = Money>) -> Option<Money> {
    let mut amounts: Vec<Money> = amounts.collect();
    amounts.sort_unstable();
    amounts.get(amounts.len().checked_sub(1)? / 2).copied()
}

impl Forecast {
    /// How it came about, in a sentence.
    #[must_use]
    pub fn explained(&self, language: Language) -> String {
        let Self { expected, low, high, months, .. } = self;
        match language {
            Language::ZhCn => {
                format!("按最近 {months} 个月的中位数预计下月 {expected} 元，通常在 {low} 至 {high} 元之间。")
            }
            Language::ZhTw => {
                format!("按最近 {months} 個月的中位數預計下月 {expected} 元，通常在 {low} 至 {high} 元之間。")
            }
            _ => format!(
                "The median of the last {months} months is {expected} CNY; most months lie between {low} and {high} CNY."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_expected_month_occurred_lies_in_its_range_and_only_six_months_count(
            amounts in vec(0_i64..1_000_000, 3..30)
        ) {
            let months: Vec<Money> = amounts.iter().map(|fen| Money::from_fen(*fen)).collect();
            let next = forecast(&months).unwrap();
            let seen = &months[months.len().saturating_sub(6)..];
            prop_assert!(seen.contains(&next.expected));
            prop_assert!(Money::ZERO <= next.low && next.low <= next.expected && next.expected <= next.high);
            let below = seen.iter().filter(|amount| **amount < next.expected).count();
            let above = seen.iter().filter(|amount| **amount > next.expected).count();
            prop_assert!(below * 2 <= seen.len() && above * 2 <= seen.len());
            prop_assert_eq!(forecast(seen).unwrap().expected, next.expected);
            prop_assert_eq!(next.year_before.is_some(), months.len() >= 12);
            // Ten times the amounts, ten times the forecast.
            let tenfold: Vec<Money> = amounts.iter().map(|fen| Money::from_fen(*fen * 10)).collect();
            prop_assert_eq!(forecast(&tenfold).unwrap().high.fen(), next.high.fen() * 10);
        }
    }

    #[test]
    fn little_history_and_amounts_beyond_the_range_give_no_forecast() {
        let fen = Money::from_fen;
        assert_eq!(forecast(&[fen(1), fen(2)]), None);
        assert_eq!(forecast(&[fen(i64::MIN), fen(i64::MAX), fen(i64::MAX)]), None);
        let year: Vec<Money> = (1..=12).map(fen).collect();
        assert_eq!(forecast(&year).unwrap().year_before, Some(fen(1)));
        assert_eq!(
            forecast(&[fen(-5), fen(-5), fen(-5)]).unwrap().low,
            fen(-5),
            "what went back is not hidden"
        );
        for language in [Language::ZhCn, Language::ZhTw, Language::En] {
            assert!(forecast(&year).unwrap().explained(language).contains("0.09"));
        }
    }
}
