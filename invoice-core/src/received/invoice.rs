use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{CheckCode, Evidence, ReceivedBuilder, ReceivedField, ReceivedKind, ReceivedRow, SourceFile};
use crate::invoice::InvoiceNumber;
use crate::mask;
use crate::money::Money;

/// An invoice that was received, as far as it could be read; made by a [`ReceivedBuilder`].
///
/// Number, kind and date are known, and net or gross. Where net, tax and gross are all known, gross = net + tax. Personal
/// data; `Debug` shows neither parties nor texts, and of the number its end only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedInvoice {
    pub(super) number: InvoiceNumber,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digital_number: Option<InvoiceNumber>,
    pub(super) kind: ReceivedKind,
    pub(super) date: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) net: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tax: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gross: Option<Money>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) texts: BTreeMap<ReceivedField, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) check_code: Option<CheckCode>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) rows: Vec<ReceivedRow>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) sources: BTreeSet<SourceFile>,
    pub(super) evidence: BTreeMap<ReceivedField, Evidence>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) disputed: BTreeSet<ReceivedField>,
}

impl ReceivedInvoice {
    /// Begins one.
    #[must_use]
    pub fn builder() -> ReceivedBuilder {
        ReceivedBuilder::default()
    }

    /// The number: what tells it from every other. Code and number of what has a code, or else 20 digits.
    #[must_use]
    pub const fn number(&self) -> &InvoiceNumber {
        &self.number
    }

    /// The 20-digit number of digital paper, beside code and number.
    #[must_use]
    pub const fn digital_number(&self) -> Option<&InvoiceNumber> {
        self.digital_number.as_ref()
    }

    /// Every number it goes by: two papers with one of them in common are the same invoice.
    pub fn numbers(&self) -> impl Iterator<Item = &InvoiceNumber> {
        std::iter::once(&self.number).chain(&self.digital_number)
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ReceivedKind {
        self.kind
    }

    /// The date of issue, as printed: a day of the bureau's calendar.
    #[must_use]
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    /// The total without tax; negative on a red invoice.
    #[must_use]
    pub const fn net(&self) -> Option<Money> {
        self.net
    }

    /// The total tax.
    #[must_use]
    pub const fn tax(&self) -> Option<Money> {
        self.tax
    }

    /// The total with tax; of a used car, its price.
    #[must_use]
    pub const fn gross(&self) -> Option<Money> {
        self.gross
    }

    /// The seller's name.
    #[must_use]
    pub fn seller_name(&self) -> Option<&str> {
        self.text(ReceivedField::SellerName)
    }

    /// The seller's tax ID.
    #[must_use]
    pub fn seller_tax_id(&self) -> Option<&str> {
        self.text(ReceivedField::SellerTaxId)
    }

    /// The buyer's name.
    #[must_use]
    pub fn buyer_name(&self) -> Option<&str> {
        self.text(ReceivedField::BuyerName)
    }

    /// The buyer's tax ID.
    #[must_use]
    pub fn buyer_tax_id(&self) -> Option<&str> {
        self.text(ReceivedField::BuyerTaxId)
    }

    /// The remark.
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        self.text(ReceivedField::Remark)
    }

    /// The check code.
    #[must_use]
    pub const fn check_code(&self) -> Option<&CheckCode> {
        self.check_code.as_ref()
    }

    /// The rows; empty when they are not known.
    #[must_use]
    pub fn rows(&self) -> &[ReceivedRow] {
        &self.rows
    }

    /// The files it was read from.
    pub fn sources(&self) -> impl Iterator<Item = &SourceFile> {
        self.sources.iter()
    }

    /// Where a field was read; of an amount that follows from two others, the weaker of their evidence.
    #[must_use]
    pub fn evidence(&self, field: ReceivedField) -> Option<Evidence> {
        self.evidence.get(&field).copied()
    }

    /// Whether two places say something different of a field.
    #[must_use]
    pub fn is_disputed(&self, field: ReceivedField) -> bool {
        self.disputed.contains(&field)
    }

    /// The fields of which two places say something different: for a person to look at.
    pub fn disputed(&self) -> impl Iterator<Item = ReceivedField> + '_ {
        self.disputed.iter().copied()
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = (ReceivedField, &str)> {
        self.texts.iter().map(|(field, text)| (*field, text.as_str()))
    }

    fn text(&self, field: ReceivedField) -> Option<&str> {
        self.texts.get(&field).map(String::as_str)
    }
}

impl fmt::Debug for ReceivedInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedInvoice")
            .field("number", &mask::number(self.number.as_str()))
            .field("kind", &self.kind)
            .field("date", &self.date)
            .field("net", &self.net)
            .field("tax", &self.tax)
            .field("gross", &self.gross)
            .field("rows", &self.rows.len())
            .field("evidence", &self.evidence)
            .field("disputed", &self.disputed)
            .finish_non_exhaustive()
    }
}
