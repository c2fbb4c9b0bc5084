use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::blue::WholeBecause;
use crate::money::Money;

/// Why a blue invoice is flushed (冲红原因).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedReason {
    /// Issued in error (开票有误): in full only.
    IssuedInError,
    /// Goods returned (销货退回): the price stays, quantity and amount follow each other. Not where all rows are
    /// services.
    Returned,
    /// Service stopped (服务中止): the price stays, quantity and amount follow each other. Not where all rows are
    /// goods.
    ServiceStopped,
    /// Sales allowance (销售折让): the amount alone; neither price nor quantity is printed.
    Allowance,
}

impl RedReason {
    /// The bureau's code. Other interfaces number the same reasons differently.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IssuedInError => "01",
            Self::Returned => "02",
            Self::ServiceStopped => "03",
            Self::Allowance => "04",
        }
    }

    /// From the bureau's code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [Self::IssuedInError, Self::Returned, Self::ServiceStopped, Self::Allowance];
        all.into_iter().find(|reason| reason.code() == code)
    }
}

/// How much of a touched invoice is flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedExtent {
    /// What was demanded, and all of an invoice that can only be flushed in full.
    #[default]
    Minimal,
    /// All that is left of every invoice that is touched.
    WholeInvoice,
}

/// What is to be flushed of one order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedDemand {
    /// The order line.
    pub line: u32,
    /// Gross amount, above zero.
    pub gross: Money,
    /// Quantity that came back, where it is known. It is printed where it fits the amount at the price of the blue
    /// row; elsewhere the quantity that the amount comes to is.
    pub quantity: Option<Decimal>,
}

/// What a red row takes of one order line. Magnitudes: nothing is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedPart {
    /// The order line.
    pub line: u32,
    /// Quantity.
    pub quantity: Option<Decimal>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
}

/// A row of a red form. Magnitudes: nothing is negative, the provider's adapter sets the signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedRow {
    /// Index of the row of the blue invoice that it flushes.
    pub row: u32,
    /// Printed quantity.
    pub quantity: Option<Decimal>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
    /// What it takes of each order line.
    pub parts: Vec<RedPart>,
}

/// One red form (红字确认单): it flushes one blue invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedForm {
    /// Index of the blue invoice.
    pub blue: u32,
    /// Whether it flushes the blue invoice in full, with nothing flushed before.
    pub full: bool,
    /// Why it takes all that is left of the blue invoice whatever was demanded.
    pub whole: Option<WholeBecause>,
    /// Rows, in the order of the blue rows.
    pub rows: Vec<RedRow>,
}

impl RedForm {
    /// The gross amount of the form.
    #[must_use]
    pub fn gross(&self) -> Money {
        self.rows.iter().map(|row| row.gross).sum()
    }
}

/// The red forms that meet some demands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedPlan {
    pub(crate) forms: Vec<RedForm>,
    pub(crate) unmet: Vec<RedDemand>,
    pub(crate) lower_bound: u32,
    /// Blue invoices without which some line could not be met.
    pub(crate) forced: Vec<u32>,
    /// Lines that share no blue invoice with each other, forced ones apart.
    pub(crate) witness: Vec<u32>,
    /// Blue invoices and rows whose quantity follows the amount. Only told, never acted on.
    pub(crate) followed: Vec<(u32, u32)>,
}

impl RedPlan {
    /// The forms, by blue invoice.
    #[must_use]
    pub fn forms(&self) -> &[RedForm] {
        &self.forms
    }

    /// What no blue invoice has left, by line.
    #[must_use]
    pub fn unmet(&self) -> &[RedDemand] {
        &self.unmet
    }

    /// No set of forms that meets as much can be smaller than this.
    #[must_use]
    pub const fn lower_bound(&self) -> u32 {
        self.lower_bound
    }
}
