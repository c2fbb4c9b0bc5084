//! Orders (订单): what was sold, how it was paid, what was given back.

mod line;
mod refund;
mod tender;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use line::{Exclusion, OrderLine};
pub use refund::{Refund, RefundLine};
pub use tender::{Payment, Tender, TenderKind};

use crate::error::{Refusal, RefusalCode};
use crate::id::{BuyerId, LineId, OrderId, SellerId};
use crate::money::Money;

/// An order as the shop recorded it. It never changes; payment, refunds and invoices live in its
/// [`Balance`](crate::ledger::Balance).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    id: OrderId,
    seller: SellerId,
    buyer: BuyerId,
    placed_at: DateTime<Utc>,
    lines: Vec<OrderLine>,
}

impl Order {
    /// An order of at least one line.
    ///
    /// # Errors
    /// `ORDER-01` without lines, `ORDER-02` when two lines have the same id, `MONEY-01` when the total is beyond
    /// what can be represented.
    pub fn new(
        id: OrderId,
        seller: SellerId,
        buyer: BuyerId,
        placed_at: DateTime<Utc>,
        lines: Vec<OrderLine>,
    ) -> Result<Self, Refusal> {
        if lines.is_empty() {
            return Err(Refusal::new(RefusalCode::OrderEmpty).with("order", id));
        }
        let mut ids: Vec<&LineId> = lines.iter().map(OrderLine::id).collect();
        ids.sort_unstable();
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Refusal::new(RefusalCode::OrderLineRepeated).with("order", id).with("line", pair[0]));
        }
        if Money::checked_sum(lines.iter().map(OrderLine::list)).is_none() {
            return Err(Refusal::new(RefusalCode::AmountOverflow));
        }
        Ok(Self { id, seller, buyer, placed_at, lines })
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &OrderId {
        &self.id
    }

    /// Who sold.
    #[must_use]
    pub const fn seller(&self) -> &SellerId {
        &self.seller
    }

    /// Who bought.
    #[must_use]
    pub const fn buyer(&self) -> &BuyerId {
        &self.buyer
    }

    /// When it was placed.
    #[must_use]
    pub const fn placed_at(&self) -> DateTime<Utc> {
        self.placed_at
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[OrderLine] {
        &self.lines
    }

    /// A line by id.
    #[must_use]
    pub fn line(&self, id: &LineId) -> Option<&OrderLine> {
        self.lines.iter().find(|line| line.id() == id)
    }

    /// What the buyer pays: the gross amounts after discounts.
    #[must_use]
    pub fn payable(&self) -> Money {
        self.lines.iter().map(OrderLine::payable).sum()
    }
}
