//! What a block is read into.

use std::fmt;
use std::ops::Range;

use crate::Report;

/// A field of a title that a block may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PastedField {
    /// 名称
    Name,
    /// 税号
    TaxId,
    /// 地址
    Address,
    /// 电话
    Phone,
    /// 开户行
    Bank,
    /// 账号
    Account,
    /// 邮箱
    Email,
    /// 手机
    Mobile,
}

impl PastedField {
    /// All fields in the order of the form.
    pub const ALL: [PastedField; 8] = [
        PastedField::Name,
        PastedField::TaxId,
        PastedField::Address,
        PastedField::Phone,
        PastedField::Bank,
        PastedField::Account,
        PastedField::Email,
        PastedField::Mobile,
    ];

    /// `name`, `tax_id` and so on.
    pub fn as_str(self) -> &'static str {
        match self {
            PastedField::Name => "name",
            PastedField::TaxId => "tax_id",
            PastedField::Address => "address",
            PastedField::Phone => "phone",
            PastedField::Bank => "bank",
            PastedField::Account => "account",
            PastedField::Email => "email",
            PastedField::Mobile => "mobile",
        }
    }
}

/// How sure a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Guessed from position or length.
    Low,
    /// Either labelled or of the right form.
    Medium,
    /// Labelled and of the right form, or a number whose check holds.
    High,
}

impl Confidence {
    /// `low`, `medium` or `high`.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// One field of a block. `Debug` does not show the value.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// Which field.
    pub field: PastedField,
    /// The value, cleaned but not corrected.
    pub value: String,
    /// The bytes of the input it was taken from.
    pub span: Range<usize>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The value a person probably meant, when it is another one.
    pub correction: Option<String>,
    /// Findings of the field's validator, with the field as path.
    pub report: Report,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("field", &self.field)
            .field("span", &self.span)
            .field("confidence", &self.confidence)
            .finish_non_exhaustive()
    }
}
