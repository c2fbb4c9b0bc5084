//! Quantities and unit prices as exact decimal text, in JSON and at the edges.
//!
//! For `#[serde(with = "…")]` on `Decimal` fields, so that no reader goes through a floating point number
//! whatever features another crate has switched on in `rust_decimal`.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serializer};

/// Most characters of a quantity or a unit price, the point included (tax bureau, issuing capability
/// document V4.000 of 2025-09-26, detail row 67).
pub const MAX_CHARS: usize = 25;

/// Reads plain decimal text: an optional minus, digits, an optional point with digits; no exponent, no
/// underscore, at most [`MAX_CHARS`] characters, nothing rounded away.
#[must_use]
pub fn parse(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > MAX_CHARS || !plain(whole) || !plain(fraction) {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// Writes without trailing zeros, so that equal numbers give equal bytes.
#[must_use]
pub fn format(number: Decimal) -> String {
    number.normalize().to_string()
}

/// For serde.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&number.normalize())
}

/// For serde.
///
/// # Errors
/// When the text is not a plain decimal.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| serde::de::Error::custom("not a plain decimal string"))
}

/// The same for fields that may be absent.
pub mod option {
    use super::{Decimal, Deserialize, Deserializer, Serializer, parse};

    /// For serde.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(number: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => serializer.collect_str(&number.normalize()),
            None => serializer.serialize_none(),
        }
    }

    /// For serde.
    ///
    /// # Errors
    /// When the text is not a plain decimal.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            None => Ok(None),
            Some(text) => {
                parse(&text).map(Some).ok_or_else(|| serde::de::Error::custom("not a plain decimal string"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_read() {
        assert_eq!(parse("1.50").map(format).as_deref(), Some("1.5"));
        assert_eq!(parse("-3").map(format).as_deref(), Some("-3"));
        for bad in ["", "1e3", "1_000", "1.", ".5", "+1", "NaN", "12345678901234567890123456"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
