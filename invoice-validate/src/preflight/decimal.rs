//! Exact comparison of price × quantity with an amount, for numbers of up to 38 digits each.

/// A decimal number: digits, how many of them stand after the point, sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) digits: u128,
    pub(super) scale: u32,
    pub(super) negative: bool,
}

impl Decimal {
    /// Reads `-12.5`; no exponent, no separators, at least one digit on each side of a point.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, body) = text.strip_prefix('-').map_or((false, text), |body| (true, body));
        let (whole, fraction) =
            body.split_once('.').map_or((body, None), |(whole, part)| (whole, Some(part)));
        if whole.is_empty() || fraction.is_some_and(str::is_empty) {
            return None;
        }
        let fraction = fraction.unwrap_or("").trim_end_matches('0');
        let mut digits = 0_u128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return None;
            }
            digits = digits.checked_mul(10)?.checked_add(u128::from(byte - b'0'))?;
        }
        let scale = u32::try_from(fraction.len()).ok()?;
        Some(Decimal { digits, scale, negative })
    }

    pub(super) fn is_zero(self) -> bool {
        self.digits == 0
    }
}

/// Whether |a × b − fen/100| ≤ tolerance/100.
pub(super) fn product_is_near(a: Decimal, b: Decimal, fen: i64, tolerance: i64) -> bool {
    let negative = (a.negative != b.negative) && !a.is_zero() && !b.is_zero();
    // Mirrored so that the product is positive; only the amount keeps a sign.
    let amount = if negative { -i128::from(fen) } else { i128::from(fen) };
    let tolerance = i128::from(tolerance);
    let scale = a.scale + b.scale;
    let product = Wide::multiply(a.digits, b.digits);
    let (product, power) = match scale.checked_sub(2) {
        Some(power) => (Some(product), power),
        None => (product.times_power_of_ten(2 - scale), 0),
    };
    let at = |fen: i128| u128::try_from(fen).ok().and_then(|fen| Wide::from(fen).times_power_of_ten(power));
    let Some(product) = product else { return false };
    // An upper bound too large for 256 bits is above any product.
    let below_upper = amount + tolerance >= 0 && at(amount + tolerance).is_none_or(|upper| product <= upper);
    let above_lower = amount - tolerance <= 0 || at(amount - tolerance).is_some_and(|lower| product >= lower);
    below_upper && above_lower
}

/// An unsigned number of 256 bits, the high half first so that the order is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl From<u128> for Wide {
    fn from(low: u128) -> Self {
        Wide { high: 0, low }
    }
}

const HALF: u128 = u64::MAX as u128;

impl Wide {
    fn multiply(a: u128, b: u128) -> Self {
        let (a1, a0) = (a >> 64, a & HALF);
        let (b1, b0) = (b >> 64, b & HALF);
        let low = a0 * b0;
        let first = a1 * b0 + (low >> 64);
        let second = a0 * b1 + (first & HALF);
        Wide { high: a1 * b1 + (first >> 64) + (second >> 64), low: (second << 64) | (low & HALF) }
    }

    fn times_power_of_ten(self, power: u32) -> Option<Self> {
        let mut out = self;
        for _ in 0..power {
            let low = Wide::multiply(out.low, 10);
            let high = out.high.checked_mul(10)?.checked_add(low.high)?;
            out = Wide { high, low: low.low };
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: &str, b: &str, fen: i64) -> bool {
        product_is_near(Decimal::parse(a).unwrap(), Decimal::parse(b).unwrap(), fen, 1)
    }

    #[test]
    fn a_cent_is_near_and_a_hair_more_is_not() {
        let rows = [
            ("33.33", "3", 10_000, true),
            ("33.33", "3", 9_998, true),
            ("33.33", "3", 10_001, false),
            ("29.4985250737463", "3", 8_850, true),
            ("0.0000000000000000000001", "0.0000000000000000000001", 1, true),
            ("0.0000000000000000000001", "0.0000000000000000000001", 2, false),
            ("100", "-1", -10_000, true),
            ("100", "-1", 10_000, false),
            ("7", "1000", 700_000, true),
            ("99999999999999999999999", "99999999999999999999999", i64::MAX, false),
            ("1.0049999999999999999999", "1.0000000000000000000000", 100, true),
            ("1.0100000000000000000001", "1", 100, false),
            ("1.01", "1", 100, true),
        ];
        for (a, b, fen, expected) in rows {
            assert_eq!(near(a, b, fen), expected, "{a} × {b} against {fen}");
        }
    }

    #[test]
    fn the_largest_product_is_exact() {
        let largest = Wide::multiply(u128::MAX, u128::MAX);
        assert_eq!(largest, Wide { high: u128::MAX - 1, low: 1 });
        let odd = Wide::multiply((1 << 127) + (1 << 64) + 3, (1 << 65) + 7);
        assert_eq!(odd, Wide { high: (1 << 64) + 5, low: (1 << 127) + (13 << 64) + 21 });
    }

    #[test]
    fn only_plain_decimals_are_read() {
        for text in ["", "-", ".", "1.", ".5", "1e3", "1,000", "+1", "٣", "1.2.3"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse("-1.50"), Some(Decimal { digits: 15, scale: 1, negative: true }));
    }
}
