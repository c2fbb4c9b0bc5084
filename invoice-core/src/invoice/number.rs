use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of an issued invoice.
///
/// Digital (数电): 20 digits, of which the first two are the year. Legacy (税控): code of 10 or 12 digits, a hyphen in
/// our text form, and a number of 8 digits.
///
/// ```
/// use invoice_core::invoice::InvoiceNumber;
/// let digital: InvoiceNumber = "26332000004021728676".parse()?;
/// assert_eq!(digital.year(), Some(2026));
/// let legacy: InvoiceNumber = "033001800111-25672225".parse()?;
/// assert_eq!(legacy.code(), Some("033001800111"));
/// # Ok::<(), invoice_core::invoice::ParseNumberError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceNumber(String);

/// Not an invoice number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an invoice number: 20 digits, or a code of 10 or 12 digits, a hyphen and 8 digits")]
pub struct ParseNumberError;

impl InvoiceNumber {
    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The invoice code (发票代码) of a legacy invoice.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.split_once('-').map(|(code, _)| code)
    }

    /// Code and number within it of a legacy invoice.
    #[must_use]
    pub fn legacy(&self) -> Option<(&str, u32)> {
        let (code, number) = self.0.split_once('-')?;
        Some((code, number.parse().ok()?))
    }

    /// The year in a digital number; the issue date must lie in it.
    #[must_use]
    pub fn year(&self) -> Option<i32> {
        if self.code().is_some() {
            return None;
        }
        self.0.get(..2).and_then(|year| year.parse::<i32>().ok()).map(|year| 2000 + year)
    }
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for InvoiceNumber {
    type Err = ParseNumberError;

    fn from_str(text: &str) -> Result<Self, ParseNumberError> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let good = match text.split_once('-') {
            Some((code, number)) => {
                matches!(code.len(), 10 | 12) && number.len() == 8 && digits(code) && digits(number)
            }
            None => text.len() == 20 && digits(text),
        };
        if good { Ok(Self(text.to_owned())) } else { Err(ParseNumberError) }
    }
}

impl Serialize for InvoiceNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for InvoiceNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
