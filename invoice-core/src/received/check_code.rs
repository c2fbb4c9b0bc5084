use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A check code (校验码): the 20 digits that legacy ordinary invoices print in groups, or the last six of them, which is
/// what verification asks for. Whoever has it can ask the bureau for the rest, so `Debug` shows none of it.
///
/// ```
/// use invoice_core::received::CheckCode;
/// let code: CheckCode = "82076 77112 17274 27121".parse()?;
/// assert_eq!((code.as_str(), code.last_six()), ("82076771121727427121", "427121"));
/// # Ok::<(), invoice_core::received::ParseCheckCodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckCode(String);

/// Not a check code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a check code: 20 digits, or the last 6 of them")]
pub struct ParseCheckCodeError;

const WHOLE: usize = 20;
const ASKED: usize = 6;

impl CheckCode {
    /// The digits, without blanks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last six digits.
    #[must_use]
    pub fn last_six(&self) -> &str {
        self.0.get(self.0.len() - ASKED..).unwrap_or_default()
    }
}

impl FromStr for CheckCode {
    type Err = ParseCheckCodeError;

    fn from_str(text: &str) -> Result<Self, ParseCheckCodeError> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain && matches!(digits.len(), WHOLE | ASKED) {
            Ok(Self(digits))
        } else {
            Err(ParseCheckCodeError)
        }
    }
}

impl fmt::Debug for CheckCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckCode(redacted)")
    }
}

impl Serialize for CheckCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CheckCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twenty_or_six_digits_are_a_check_code() {
        for good in ["123456", "12345678901234567890", "12345 67890 12345 67890"] {
            let code: CheckCode = good.parse().unwrap();
            assert_eq!(code.last_six().len(), 6);
            assert_eq!(format!("{code:?}"), "CheckCode(redacted)");
        }
        for bad in ["", "12345", "1234567", "12345a", "1234567890123456789０", "123456789012345678901"] {
            assert_eq!(bad.parse::<CheckCode>(), Err(ParseCheckCodeError), "{bad}");
        }
    }
}
