use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::id::{LineId, OrderId, RefundId};
use crate::money::{Money, decimal_text};
use crate::plan::red::RedReason;

/// What is given back of one line. Gross.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// The line.
    pub line: LineId,
    /// The amount, above zero.
    pub amount: Money,
    /// The quantity that comes back, when goods come back.
    #[serde(default, with = "decimal_text::option", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
}

/// Money that goes back to the buyer of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The id; the same refund twice counts once.
    pub id: RefundId,
    /// The order.
    pub order: OrderId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, as a red invoice states it.
    pub reason: RedReason,
    /// What.
    pub lines: Vec<RefundLine>,
}
