use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A tax classification code (商品和服务税收分类编码): 19 digits in the groups 1 + 9×2, where the first digit is
/// 1 goods, 2 processing and repair, 3 services, 4 intangibles, 5 real estate, 6 not taxable.
///
/// ```
/// use invoice_core::tax::TaxCode;
/// let books: TaxCode = "1060201010000000000".parse()?;
/// assert_eq!(books.chapter(), 1);
/// assert_eq!(books.parent().unwrap().to_string(), "1060201000000000000");
/// # Ok::<(), invoice_core::tax::ParseCodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxCode(u64);

const DIGITS: u32 = 19;

/// The text is not a tax classification code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a tax classification code of 19 digits that begins with 1 to 6")]
pub struct ParseCodeError;

impl TaxCode {
    /// The first digit, 1 to 6.
    #[must_use]
    pub const fn chapter(self) -> u64 {
        self.0 / 10_u64.pow(DIGITS - 1)
    }

    /// The code one level up, with the last group that is not zero set to zero; `None` at the top.
    #[must_use]
    pub const fn parent(self) -> Option<Self> {
        let mut group = 1;
        while group <= 9 {
            let unit = 100_u64.pow(group);
            if !self.0.is_multiple_of(unit) {
                let parent = self.0 - self.0 % unit;
                return Some(Self(parent));
            }
            group += 1;
        }
        None
    }

    /// The first `digits` of the code (1 to 19), with zeros behind: what "group by code prefix" compares.
    #[must_use]
    pub const fn prefix(self, digits: u32) -> Self {
        if digits == 0 || digits >= DIGITS {
            return self;
        }
        let unit = 10_u64.pow(DIGITS - digits);
        Self(self.0 - self.0 % unit)
    }

    /// Whether lines of this code that are not taxable (不征税) may stand beside any other line: water charges (6110…)
    /// and the summary code of telecom operators (issuing capability document V4.000, 2.2.4.3). The aviation fund
    /// (6130…) may stand beside three codes of air passengers only, which are unsure: it stays apart.
    #[must_use]
    pub const fn stands_beside_anything(self) -> bool {
        self.0 / 10_u64.pow(DIGITS - 4) == 6_110 || self.0 == 3_030_000_000_000_000_000
    }

    /// The code as a number of 19 digits.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for TaxCode {
    type Err = ParseCodeError;

    fn from_str(text: &str) -> Result<Self, ParseCodeError> {
        if text.len() != 19 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseCodeError);
        }
        match text.parse::<u64>().map(Self) {
            Ok(code) if (1..=6).contains(&code.chapter()) => Ok(code),
            _ => Err(ParseCodeError),
        }
    }
}

impl Serialize for TaxCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TaxCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_climb_by_pairs_to_the_chapter() {
        let mut code: TaxCode = "3070201020000000000".parse().unwrap();
        let mut climbed = vec![];
        while let Some(parent) = code.parent() {
            climbed.push(parent.to_string());
            code = parent;
        }
        assert_eq!(
            climbed,
            ["3070201000000000000", "3070200000000000000", "3070000000000000000", "3000000000000000000"]
        );
        assert_eq!(code.prefix(1), code);
    }

    #[test]
    fn only_nineteen_digits_from_one_to_six() {
        for bad in [
            "",
            "0060201010000000000",
            "7060201010000000000",
            "106020101000000000",
            "10602010100000000000",
            "106020101000000000a",
        ] {
            assert!(bad.parse::<TaxCode>().is_err(), "{bad}");
        }
    }
}
