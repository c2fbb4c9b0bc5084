use std::fmt;
use std::str::FromStr;

pub use invoice_validate::title::{InvoiceClass, Medium, Regime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The kind of an invoice: regime × class × medium.
///
/// Every provider writes these with codes of its own, and the same digits mean different things in different
/// fields (`01` is 数电专票 when uploading and paper 专票 when verifying), so the codes live in the adapters.
///
/// ```
/// use invoice_core::invoice::InvoiceKind;
/// assert_eq!(InvoiceKind::DIGITAL_ORDINARY.to_string(), "digital_ordinary");
/// assert_eq!("legacy_special_paper".parse(), Ok(InvoiceKind::LEGACY_SPECIAL_PAPER));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceKind {
    regime: Regime,
    class: InvoiceClass,
    medium: Medium,
}

/// Not the name of an invoice kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an invoice kind such as digital_ordinary")]
pub struct ParseKindError;

macro_rules! kinds {
    ($($constant:ident $text:literal $regime:ident $class:ident $medium:ident $doc:literal;)*) => {
        impl InvoiceKind {
            $(#[doc = $doc]
              pub const $constant: Self = Self { regime: Regime::$regime, class: InvoiceClass::$class, medium: Medium::$medium };)*

            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$constant,)*];

            /// The kind's name in text and JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match (self.regime, self.class, self.medium) {
                    $((Regime::$regime, InvoiceClass::$class, Medium::$medium) => $text,)*
                }
            }
        }
    };
}

kinds! {
    DIGITAL_SPECIAL "digital_special" Digital Special Electronic "数电专票.";
    DIGITAL_ORDINARY "digital_ordinary" Digital Ordinary Electronic "数电普票.";
    DIGITAL_SPECIAL_PAPER "digital_special_paper" Digital Special Paper "数电纸质专票.";
    DIGITAL_ORDINARY_PAPER "digital_ordinary_paper" Digital Ordinary Paper "数电纸质普票.";
    LEGACY_SPECIAL "legacy_special" Legacy Special Electronic "税控电子专票.";
    LEGACY_ORDINARY "legacy_ordinary" Legacy Ordinary Electronic "税控电子普票.";
    LEGACY_SPECIAL_PAPER "legacy_special_paper" Legacy Special Paper "税控纸质专票.";
    LEGACY_ORDINARY_PAPER "legacy_ordinary_paper" Legacy Ordinary Paper "税控纸质普票.";
}

impl InvoiceKind {
    /// The regime.
    #[must_use]
    pub const fn regime(self) -> Regime {
        self.regime
    }

    /// Special or ordinary.
    #[must_use]
    pub const fn class(self) -> InvoiceClass {
        self.class
    }

    /// Electronic or paper.
    #[must_use]
    pub const fn medium(self) -> Medium {
        self.medium
    }

    /// Whether the law knows voiding (作废) for it: paper from a tax disk. Any other is taken back by a red invoice.
    #[must_use]
    pub const fn can_be_voided(self) -> bool {
        matches!(self.regime(), Regime::Legacy) && matches!(self.medium(), Medium::Paper)
    }
}

impl fmt::Display for InvoiceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for InvoiceKind {
    type Err = ParseKindError;

    fn from_str(text: &str) -> Result<Self, ParseKindError> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or(ParseKindError)
    }
}

impl Serialize for InvoiceKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for InvoiceKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
