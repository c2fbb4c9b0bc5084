//! What kind of invoice the title is for, and for whom.

/// Who buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum BuyerKind {
    /// An enterprise or an individual business (企业, 个体工商户).
    #[default]
    Company,
    /// A natural person (自然人, 个人).
    Person,
    /// A body that files no tax, such as a school or an association (非企业性单位).
    NonTaxOrganisation,
    /// A buyer abroad (境外).
    Foreign,
}

/// Special (专票) or ordinary (普票).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum InvoiceClass {
    /// VAT special invoice: the buyer may deduct input tax.
    Special,
    /// VAT ordinary invoice.
    Ordinary,
}

/// Electronic or paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Medium {
    /// A file.
    Electronic,
    /// A printed form with code and number.
    Paper,
}

/// Digital invoices (数电) or the tax-control equipment before them (税控).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Regime {
    /// 数电: nationwide since 2024-12-01.
    Digital,
    /// 税控.
    Legacy,
}

/// Whether a special invoice for a person is refused; the rule's text after 2026-01-01 is a matter of
/// local practice, so it is a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpecialToPerson {
    /// The long-standing rule of 增值税暂行条例 art. 21.
    Refuse,
    /// The seller takes it on.
    Allow,
}
