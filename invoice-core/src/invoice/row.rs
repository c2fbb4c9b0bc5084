use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::id::OrderId;
use crate::ledger::{LineShare, Share};
use crate::money::{Money, decimal_text};
use crate::plan::split::RowKind;
use crate::tax::TaxItem;

/// The share of one order line that a row prints, after discount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShare {
    /// The order.
    pub order: OrderId,
    /// The line's index in it, and the share.
    #[serde(flatten)]
    pub of: LineShare,
}

/// One row as it will be printed. Magnitudes on red invoices; discount rows are negative. `Debug` shows neither name nor
/// specification: what somebody bought may say who he is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRow {
    /// What the row is.
    pub kind: RowKind,
    /// What it is sold as.
    pub item: TaxItem,
    /// Name of goods or service.
    pub name: String,
    /// Specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// Unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Quantity.
    #[serde(default, with = "decimal_text::option", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
    /// On a red invoice: the number of the blue row, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blue_row: Option<u32>,
    /// The shares of order lines it prints; empty on discount rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<OrderShare>,
}

impl InvoiceRow {
    /// Quantity and amounts as a share.
    #[must_use]
    pub fn share(&self) -> Share {
        Share { quantity: self.quantity.unwrap_or_default(), net: self.net, tax: self.tax, gross: self.gross }
    }
}

impl fmt::Debug for InvoiceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvoiceRow")
            .field("kind", &self.kind)
            .field("item", &self.item)
            .field("quantity", &self.quantity)
            .field("net", &self.net)
            .field("tax", &self.tax)
            .field("gross", &self.gross)
            .field("blue_row", &self.blue_row)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}
