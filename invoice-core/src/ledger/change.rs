use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Share;
use crate::id::{ApplicationId, BuyerId, InvoiceId, LineId, RefundId, SellerId};
use crate::money::{Money, decimal_text};
use crate::order::Payment;
use crate::plan::red::RedReason;
use crate::tax::TaxRate;

/// A line when its account is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineOpening {
    /// The line.
    pub line: LineId,
    /// Its rate.
    pub rate: TaxRate,
    /// Its quantity.
    #[serde(with = "decimal_text")]
    pub quantity: Decimal,
    /// Its gross amount after discount.
    pub payable: Money,
}

/// A share of the line at this index of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineShare {
    /// Index of the line in the order, from 0.
    pub line: u32,
    /// The share.
    pub share: Share,
}

/// What a refund takes from the line at this index of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundedLine {
    /// Index of the line in the order, from 0.
    pub line: u32,
    /// Gross amount given back.
    pub amount: Money,
    /// The part of it that goes back to tenders that cannot be invoiced.
    pub excluded: Money,
    /// Quantity that came back.
    #[serde(with = "decimal_text")]
    pub quantity: Decimal,
}

/// What can happen to the account of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceChange {
    /// The order was recorded.
    Opened {
        /// Who sold.
        seller: SellerId,
        /// Who bought.
        buyer: BuyerId,
        /// The lines in order.
        lines: Vec<LineOpening>,
    },
    /// It was paid; `excluded` is, line by line, what cannot be invoiced.
    Paid {
        /// The payment.
        payment: Payment,
        /// Per line, in order.
        excluded: Vec<Money>,
    },
    /// The desk was to apply by itself and could not.
    NotApplied {
        /// The code of the refusal.
        code: String,
    },
    /// The buyer has the goods.
    Received {
        /// When.
        at: DateTime<Utc>,
    },
    /// Money went back.
    Refunded {
        /// The refund.
        refund: RefundId,
        /// Why, as a red invoice will state it.
        reason: RedReason,
        /// What it takes.
        lines: Vec<RefundedLine>,
    },
    /// Held for an application.
    Reserved {
        /// The application.
        application: ApplicationId,
        /// What.
        shares: Vec<LineShare>,
    },
    /// No longer held.
    Released {
        /// The application.
        application: ApplicationId,
        /// What.
        shares: Vec<LineShare>,
    },
    /// A blue invoice was issued.
    Posted {
        /// The invoice.
        invoice: InvoiceId,
        /// What it holds of this order.
        shares: Vec<LineShare>,
    },
    /// A red invoice is under way.
    Reversing {
        /// The red invoice.
        invoice: InvoiceId,
        /// What it takes back.
        shares: Vec<LineShare>,
    },
    /// The red invoice will not come.
    ReversalDropped {
        /// The red invoice.
        invoice: InvoiceId,
        /// What it would have taken back.
        shares: Vec<LineShare>,
    },
    /// The red invoice was issued.
    Reversed {
        /// The red invoice.
        invoice: InvoiceId,
        /// What it takes back.
        shares: Vec<LineShare>,
    },
}
