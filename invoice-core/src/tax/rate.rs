use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A tax rate (税率) or levy rate (征收率) from 0 to 1 in millionths: the bureau's field has six decimals.
///
/// In text and JSON it is the decimal without trailing zeros, `"0.13"`; `"13%"` is read as well.
///
/// ```
/// use invoice_core::tax::TaxRate;
/// assert_eq!("13%".parse::<TaxRate>()?, TaxRate::percent(13).unwrap());
/// assert_eq!("0.015".parse::<TaxRate>()?.to_string(), "0.015");
/// # Ok::<(), invoice_core::tax::ParseRateError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TaxRate(u32);

pub(super) const ONE: u32 = 1_000_000;

/// The text is not a rate from 0 to 1 with at most six decimals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a tax rate from 0 to 1 such as 0.13 or 13%")]
pub struct ParseRateError;

impl TaxRate {
    /// No tax. What zero means is said by the [`Treatment`](super::Treatment), never by the rate.
    pub const ZERO: Self = Self(0);

    /// From whole per cent, at most 100.
    #[must_use]
    pub const fn percent(percent: u32) -> Option<Self> {
        if percent > 100 { None } else { Some(Self(percent * 10_000)) }
    }

    /// From millionths, at most 1,000,000.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths > ONE { None } else { Some(Self(millionths)) }
    }

    /// The rate in millionths.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }
}

impl fmt::Display for TaxRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / ONE, self.0 % ONE);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{fraction:06}").trim_end_matches('0'))
    }
}

impl FromStr for TaxRate {
    type Err = ParseRateError;

    fn from_str(text: &str) -> Result<Self, ParseRateError> {
        let (number, scale) = match text.strip_suffix('%') {
            Some(percent) => (percent, 10_000),
            None => (text, ONE),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || whole.len() > 3 || fraction.len() > 6 {
            return Err(ParseRateError);
        }
        let padded = format!("{fraction:0<6}");
        let parts = (whole.parse::<u64>(), padded.parse::<u64>());
        let (Ok(whole), Ok(fraction)) = parts else { return Err(ParseRateError) };
        let scaled = (whole * u64::from(ONE) + fraction) * u64::from(scale);
        if scaled % u64::from(ONE) != 0 {
            return Err(ParseRateError);
        }
        u32::try_from(scaled / u64::from(ONE)).ok().and_then(Self::from_millionths).ok_or(ParseRateError)
    }
}

impl Serialize for TaxRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TaxRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_exactly() {
        for (text, millionths) in [
            ("0.13", 130_000),
            ("0.130000", 130_000),
            ("13%", 130_000),
            ("1.5%", 15_000),
            ("0", 0),
            ("1", ONE),
            ("0%", 0),
        ] {
            assert_eq!(text.parse::<TaxRate>().map(TaxRate::millionths), Ok(millionths), "{text}");
        }
        for bad in ["", "%", "13", "1.1", "-0.1", "0.0000001", "0.00001%", "1e-1", "0."] {
            assert_eq!(bad.parse::<TaxRate>(), Err(ParseRateError), "{bad}");
        }
    }

    #[test]
    fn every_rate_round_trips_through_text() {
        for millionths in 0..=ONE {
            let rate = TaxRate(millionths);
            assert_eq!(rate.to_string().parse(), Ok(rate));
        }
    }
}
