//! The only place that rounds.
//!
//! Half up in decimal arithmetic, away from zero for negative amounts, so that a red invoice mirrors its blue
//! one. That the tax bureau rounds half up is likely rather than certain; half-even would pass its tolerance of
//! 0.06 yuan per line as well (issuing capability document V4.000, 2.2.4.2).
//!
//! Net from gross has no ties at any statutory rate: `2·gross·10⁶` is never an odd multiple of `10⁶ + rate`
//! when the rate has at most three decimals, so "net first" and "tax first" agree and `gross = net + tax` holds
//! by construction.

use rust_decimal::{Decimal, RoundingStrategy};

use super::Money;
use crate::tax::TaxRate;

const MILLION: i64 = 1_000_000;

/// `numerator / denominator` to the nearest whole number, halves away from zero.
///
/// `denominator` must be above zero; for zero or less the answer is zero.
#[must_use]
pub const fn div_half_up(numerator: i128, denominator: i128) -> i128 {
    if denominator <= 0 {
        return 0;
    }
    let magnitude = numerator.unsigned_abs();
    let divisor = denominator.unsigned_abs();
    let rounded = (magnitude / divisor) + if magnitude % divisor >= divisor - divisor / 2 { 1 } else { 0 };
    #[expect(
        clippy::cast_possible_wrap,
        reason = "a quotient of i128 magnitudes, rounded, fits unless dividing MIN by 1"
    )]
    let signed = rounded as i128;
    if numerator < 0 { signed.wrapping_neg() } else { signed }
}

/// `amount · part / whole`, rounded half up; `None` when it does not fit. A `whole` of zero or less gives zero.
#[inline]
#[must_use]
pub fn proportion(amount: Money, part: i64, whole: i64) -> Option<Money> {
    if whole <= 0 {
        return Some(Money::ZERO);
    }
    // The common case stays in 64 bits: a hardware division of i128 costs ten times as much.
    if let Some(product) = amount.fen().checked_mul(part) {
        return Some(Money::from_fen(div_half_up_i64(product, whole)));
    }
    let wide = div_half_up(i128::from(amount.fen()) * i128::from(part), i128::from(whole));
    i64::try_from(wide).ok().map(Money::from_fen)
}

/// The net amount (不含税金额) in a gross amount (价税合计): `gross / (1 + rate)`.
#[inline]
#[must_use]
pub fn net_of_gross(gross: Money, rate: TaxRate) -> Money {
    let whole = MILLION + i64::from(rate.millionths());
    // |net| ≤ |gross|, so it always fits.
    proportion(gross, MILLION, whole).unwrap_or(gross)
}

/// The tax (税额) on a net amount: `net · rate`. `None` beyond the range of fen.
#[must_use]
pub fn tax_of_net(net: Money, rate: TaxRate) -> Option<Money> {
    proportion(net, i64::from(rate.millionths()), MILLION)
}

/// Most digits a cut quantity is written with: 25 characters hold them, a leading zero and the point.
const QUANTITY_DIGITS: u32 = 23;
/// Fewest decimals a cut quantity is computed with.
const QUANTITY_DECIMALS: u32 = 8;

/// The share of a quantity that lies between `from` and `to` of `whole`, rounded down at both ends, so that the
/// shares of consecutive cuts sum to the quantity exactly.
///
/// The share has the decimals of the quantity or more: at least eight, and enough for a hundred steps in each
/// unit of `whole`, as far as 25 characters allow. `None` where that leaves nothing, or where the arguments are
/// not `0 ≤ from < to ≤ whole` and a quantity above zero.
#[must_use]
pub fn quantity_between(quantity: Decimal, from: i64, to: i64, whole: i64) -> Option<Decimal> {
    if from < 0 || from >= to || to > whole || quantity.mantissa() <= 0 {
        return None;
    }
    let (mut mantissa, mut scale) = (quantity.mantissa(), quantity.scale());
    let most = 10_i128.pow(QUANTITY_DIGITS);
    while scale < QUANTITY_DIGITS
        && mantissa < most / 10
        && (scale < QUANTITY_DECIMALS || mantissa < i128::from(whole) * 100)
    {
        mantissa *= 10;
        scale += 1;
    }
    let whole = i128::from(whole);
    // In two steps, because the product of a long quantity and a large amount is beyond 128 bits.
    let below = |part: i64| {
        let part = i128::from(part);
        mantissa / whole * part + mantissa % whole * part / whole
    };
    let share = below(to) - below(from);
    if share <= 0 { None } else { Decimal::try_from_i128_with_scale(share, scale).ok() }
}

/// The unit price: `amount / quantity` rounded half up to at most `decimals` places, without trailing zeros.
/// `None` for a quantity of zero or less, and beyond the range of `Decimal`.
#[must_use]
pub fn price_of(amount: Money, quantity: Decimal, decimals: u32) -> Option<Decimal> {
    if quantity.is_zero() || quantity.is_sign_negative() {
        return None;
    }
    let yuan = Decimal::new(amount.fen(), 2);
    let price = yuan.checked_div(quantity)?;
    Some(price.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero).normalize())
}

const fn div_half_up_i64(numerator: i64, denominator: i64) -> i64 {
    let magnitude = numerator.unsigned_abs();
    let divisor = denominator.unsigned_abs();
    let rounded = magnitude / divisor + if magnitude % divisor >= divisor - divisor / 2 { 1 } else { 0 };
    #[expect(
        clippy::cast_possible_wrap,
        reason = "at most the magnitude of an i64, negated below where it is MIN"
    )]
    let signed = rounded as i64;
    if numerator < 0 { signed.wrapping_neg() } else { signed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_on_both_sides() {
        for (n, d, want) in
            [(5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (15, 10, 2), (3, 2, 2), (1, 3, 0), (2, 3, 1)]
        {
            assert_eq!(div_half_up(n, d), want, "{n}/{d}");
            assert_eq!(
                i128::from(div_half_up_i64(i64::try_from(n).unwrap(), i64::try_from(d).unwrap())),
                want
            );
        }
    }

    #[test]
    fn gross_splits_into_net_and_tax_as_published() {
        let rows = [
            ("100.00", 13, "88.50", "11.50"),
            ("99.99", 13, "88.49", "11.50"),
            ("199.00", 6, "187.74", "11.26"),
            ("1288.00", 6, "1215.09", "72.91"),
            ("9.90", 1, "9.80", "0.10"),
            ("10.00", 3, "9.71", "0.29"),
            ("0.01", 13, "0.01", "0.00"),
            ("0.05", 13, "0.04", "0.01"),
            ("0.08", 6, "0.08", "0.00"),
            ("1000000.00", 9, "917431.19", "82568.81"),
            ("458.89", 13, "406.10", "52.79"),
        ];
        for (gross, percent, net, tax) in rows {
            let gross: Money = gross.parse().unwrap();
            let got = net_of_gross(gross, TaxRate::percent(percent).unwrap());
            assert_eq!(
                (got.to_string().as_str(), gross.checked_sub(got).unwrap().to_string().as_str()),
                (net, tax)
            );
            let red = net_of_gross(gross.checked_neg().unwrap(), TaxRate::percent(percent).unwrap());
            assert_eq!(red, got.checked_neg().unwrap());
        }
        assert_eq!(tax_of_net(Money::from_fen(50), TaxRate::percent(13).unwrap()), Some(Money::from_fen(7)));
    }

    #[test]
    fn net_first_and_tax_first_agree_at_every_legal_rate() {
        for millionths in [10_000u32, 15_000, 30_000, 50_000, 60_000, 90_000, 130_000] {
            let rate = TaxRate::from_millionths(millionths).unwrap();
            for fen in (0..20_000).chain(99_999_900..100_000_100) {
                let gross = Money::from_fen(fen);
                let net = net_of_gross(gross, rate);
                let tax = proportion(gross, i64::from(millionths), MILLION + i64::from(millionths)).unwrap();
                assert_eq!(net.checked_add(tax), Some(gross), "{fen} at {rate}");
            }
        }
    }

    #[test]
    fn the_wide_path_equals_the_narrow_one() {
        let huge = Money::from_fen(i64::MAX);
        assert_eq!(proportion(huge, 1_000_000, 1_000_000), Some(huge));
        assert_eq!(proportion(Money::from_fen(i64::MIN), 1, 1), Some(Money::from_fen(i64::MIN)));
        assert_eq!(proportion(huge, 2, 1), None);
    }
}
