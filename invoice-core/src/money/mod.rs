//! Money: exact amounts of fen (分), and the only place where anything is rounded.

pub mod allocation;
pub mod decimal_text;
pub mod rounding;

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of money in fen (分), the hundredth part of a yuan (元). Exact, signed, checked.
///
/// Whether an amount is net (不含税), tax (税额) or gross (价税合计) is said by the name of the field that
/// holds it. In text and in JSON an amount is always a decimal string of yuan with two places.
///
/// ```
/// use invoice_core::money::Money;
/// let price: Money = "99.99".parse()?;
/// assert_eq!(price.fen(), 9999);
/// assert_eq!(price.checked_add(Money::from_fen(1)).unwrap().to_string(), "100.00");
/// assert!("1e3".parse::<Money>().is_err());
/// # Ok::<(), invoice_core::money::ParseMoneyError>(())
/// ```
#[derive(Debug, Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

/// The text is not a decimal amount of yuan with at most two places that fits into 64 bits of fen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of yuan with at most two decimals")]
pub struct ParseMoneyError;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount from fen.
    #[must_use]
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// An amount from whole yuan; `None` beyond the range of fen.
    #[must_use]
    pub const fn from_yuan(yuan: i64) -> Option<Self> {
        match yuan.checked_mul(100) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The amount in fen.
    #[must_use]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// `self + other`, `None` on overflow.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// `self - other`, `None` on overflow.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// `-self`, `None` for the one amount that has no opposite.
    #[must_use]
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The exact sum, `None` on overflow.
    #[must_use]
    pub fn checked_sum<I: IntoIterator<Item = Self>>(amounts: I) -> Option<Self> {
        let total = amounts.into_iter().map(|amount| i128::from(amount.0)).sum::<i128>();
        i64::try_from(total).ok().map(Self)
    }

    /// Above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// For serde's `skip_serializing_if`.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) const fn is_zero_ref(&self) -> bool {
        self.0 == 0
    }

    /// Exactly zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Text::of(*self).as_str())
    }
}

/// An amount as text. Amounts are written so often that the general way of writing numbers shows.
struct Text {
    bytes: [u8; Self::LONGEST],
    from: usize,
}

impl Text {
    /// Sign, nineteen digits and the point.
    const LONGEST: usize = 21;

    fn of(amount: Money) -> Self {
        let mut text = Self { bytes: [b'0'; Self::LONGEST], from: Self::LONGEST };
        let mut fen = amount.0.unsigned_abs();
        for place in 0.. {
            if place > 2 && fen == 0 {
                break;
            }
            if place == 2 {
                text.put(b'.');
            }
            // A remainder of ten is one digit.
            text.put(b'0' + u8::try_from(fen % 10).unwrap_or_default());
            fen /= 10;
        }
        if amount.is_negative() {
            text.put(b'-');
        }
        text
    }

    fn put(&mut self, byte: u8) {
        self.from = self.from.saturating_sub(1);
        if let Some(place) = self.bytes.get_mut(self.from) {
            *place = byte;
        }
    }

    fn as_str(&self) -> &str {
        let written = self.bytes.get(self.from..).unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (yuan, cents) = match digits.split_once('.') {
            Some((_, "")) => return Err(ParseMoneyError),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if yuan.is_empty() || yuan.len() > 18 || cents.len() > 2 || !plain(yuan) || !plain(cents) {
            return Err(ParseMoneyError);
        }
        let number = |part: &str| part.parse::<i128>().map_err(|_| ParseMoneyError);
        let cents = match cents.len() {
            0 => 0,
            1 => number(cents)? * 10,
            _ => number(cents)?,
        };
        let fen = number(yuan)? * 100 + cents;
        i64::try_from(if negative { -fen } else { fen }).map(Self).map_err(|_| ParseMoneyError)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Text::of(*self).as_str())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Money;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string of yuan such as \"12.34\"")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Money, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Sums of amounts beyond 64 bits have no meaning in an invoice; where they may occur use
/// [`Money::checked_sum`]. This sum saturates, so that a total on a screen never wraps around.
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |total, amount| Self(total.0.saturating_add(amount.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_bad_text_is_refused() {
        for fen in [0, 1, -1, 10, -99, 100, 123_456, i64::MAX, i64::MIN] {
            let money = Money::from_fen(fen);
            // The two ends of the range need 17 digits of yuan, which parse accepts.
            assert_eq!(money.to_string().parse::<Money>(), Ok(money));
            let sign = if fen < 0 { "-" } else { "" };
            let (yuan, cents) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
            assert_eq!(money.to_string(), format!("{sign}{yuan}.{cents:02}"));
        }
        assert_eq!(
            format!("{:>8}|{:<8}|", Money::from_fen(-5), Money::from_fen(1_000)),
            "   -0.05|10.00   |"
        );
        for bad in ["", ".", "1.", ".5", "1.234", "1e3", "1_000", "+1", " 1", "--1", "１", "0x10", "NaN"] {
            assert_eq!(bad.parse::<Money>(), Err(ParseMoneyError), "{bad}");
        }
        assert_eq!("92233720368547758.08".parse::<Money>(), Err(ParseMoneyError));
    }

    #[test]
    fn json_is_a_string_and_nothing_else() {
        assert_eq!(serde_json::to_string(&Money::from_fen(-5)).unwrap(), "\"-0.05\"");
        assert_eq!(serde_json::from_str::<Money>("\"7.5\"").unwrap(), Money::from_fen(750));
        assert!(serde_json::from_str::<Money>("7.5").is_err());
        assert!(serde_json::from_str::<Money>("7").is_err());
    }
}
