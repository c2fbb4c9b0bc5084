use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{BalanceChange, LineBalance, LineOpening, LineShare, Share};
use crate::id::{ApplicationId, BuyerId, LineId, OrderId, SellerId};
use crate::money::Money;
use crate::order::Payment;
use crate::plan::red::RedReason;

/// The account of one order: what was paid, given back, held and invoiced, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    order: OrderId,
    seller: SellerId,
    buyer: BuyerId,
    payment: Option<Payment>,
    received_at: Option<DateTime<Utc>>,
    lines: Vec<LineBalance>,
    applications: Vec<ApplicationId>,
    reason: Option<RedReason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_applied: Option<String>,
    entries: u64,
}

impl Balance {
    /// Folds a change in. Changes come from decisions that checked them, or from the journal.
    #[must_use]
    pub fn evolve(current: Option<Self>, order: &OrderId, change: &BalanceChange) -> Option<Self> {
        match (current, change) {
            (None, BalanceChange::Opened { seller, buyer, lines }) => Some(Self {
                order: order.clone(),
                seller: seller.clone(),
                buyer: buyer.clone(),
                payment: None,
                received_at: None,
                lines: lines.iter().map(open).collect(),
                applications: Vec::new(),
                reason: None,
                not_applied: None,
                entries: 0,
            }),
            (Some(mut balance), change) => {
                balance.apply(change);
                Some(balance)
            }
            (None, _) => None,
        }
    }

    fn apply(&mut self, change: &BalanceChange) {
        match change {
            BalanceChange::Opened { .. } => {}
            BalanceChange::Paid { payment, excluded } => {
                self.payment = Some(payment.clone());
                for (line, excluded) in self.lines.iter_mut().zip(excluded) {
                    (line.paid, line.excluded) = (true, *excluded);
                }
            }
            BalanceChange::NotApplied { code } => self.not_applied = Some(code.clone()),
            BalanceChange::Received { at } => self.received_at = Some(*at),
            BalanceChange::Refunded { lines, reason, .. } => {
                self.reason = Some(*reason);
                for refunded in lines {
                    if let Some(line) = self.lines.get_mut(refunded.line as usize) {
                        line.refunded = line.refunded.checked_add(refunded.amount).unwrap_or(line.refunded);
                        line.excluded_refunded = line
                            .excluded_refunded
                            .checked_add(refunded.excluded)
                            .unwrap_or(line.excluded_refunded);
                        line.returned += refunded.quantity;
                    }
                }
            }
            BalanceChange::Reserved { application, shares } => {
                self.not_applied = None;
                if !self.applications.contains(application) {
                    self.applications.push(application.clone());
                }
                self.each(shares, |line, share| line.reserved.add(share));
            }
            BalanceChange::Released { shares, .. } => {
                self.each(shares, |line, share| line.reserved.take(share))
            }
            BalanceChange::Posted { shares, .. } => self.each(shares, |line, share| {
                line.reserved.take(share);
                line.posted.add(share);
            }),
            BalanceChange::Reversing { shares, .. } => {
                self.each(shares, |line, share| line.reversing.add(share))
            }
            BalanceChange::ReversalDropped { shares, .. } => {
                self.each(shares, |line, share| line.reversing.take(share))
            }
            BalanceChange::Reversed { shares, .. } => self.each(shares, |line, share| {
                line.reversing.take(share);
                line.reversed.add(share);
            }),
        }
        self.entries += entry_count(change);
    }

    fn each(&mut self, shares: &[LineShare], step: impl Fn(&mut LineBalance, Share)) {
        for LineShare { line, share } in shares {
            if let Some(line) = self.lines.get_mut(*line as usize) {
                step(line, *share);
            }
        }
    }

    /// The order.
    #[must_use]
    pub const fn order(&self) -> &OrderId {
        &self.order
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

    /// How it was paid.
    #[must_use]
    pub const fn payment(&self) -> Option<&Payment> {
        self.payment.as_ref()
    }

    /// When the buyer had the goods.
    #[must_use]
    pub const fn received_at(&self) -> Option<DateTime<Utc>> {
        self.received_at
    }

    /// The lines, in the order's order.
    #[must_use]
    pub fn lines(&self) -> &[LineBalance] {
        &self.lines
    }

    /// The index of a line.
    #[must_use]
    pub fn index_of(&self, line: &LineId) -> Option<u32> {
        self.lines
            .iter()
            .position(|balance| balance.line() == line)
            .and_then(|index| u32::try_from(index).ok())
    }

    /// Applications that ever held something of this order.
    #[must_use]
    pub fn applications(&self) -> &[ApplicationId] {
        &self.applications
    }

    /// Why the newest refund was made.
    #[must_use]
    pub const fn refund_reason(&self) -> Option<RedReason> {
        self.reason
    }

    /// Why the desk did not apply by itself for the order, as the code of the refusal; `None` when it was not to, or an
    /// application came after all.
    #[must_use]
    pub fn not_applied(&self) -> Option<&str> {
        self.not_applied.as_deref()
    }

    /// How many ledger entries were written for the order: the `seq` of the newest.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// What can be applied for now, over all lines (可开票金额).
    #[must_use]
    pub fn invoiceable(&self) -> Money {
        self.lines.iter().map(LineBalance::free).sum()
    }
}

/// How many ledger entries a change writes.
pub(super) fn entry_count(change: &BalanceChange) -> u64 {
    let many = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    match change {
        BalanceChange::Paid { excluded, .. } => many(excluded.len()),
        BalanceChange::Refunded { lines, .. } => many(lines.len()),
        BalanceChange::Reserved { shares, .. }
        | BalanceChange::Released { shares, .. }
        | BalanceChange::Posted { shares, .. }
        | BalanceChange::Reversed { shares, .. } => many(shares.len()),
        BalanceChange::Opened { .. }
        | BalanceChange::Received { .. }
        | BalanceChange::NotApplied { .. }
        | BalanceChange::Reversing { .. }
        | BalanceChange::ReversalDropped { .. } => 0,
    }
}

fn open(opening: &LineOpening) -> LineBalance {
    LineBalance {
        line: opening.line.clone(),
        rate: opening.rate,
        quantity: opening.quantity,
        payable: opening.payable,
        paid: false,
        excluded: Money::ZERO,
        refunded: Money::ZERO,
        excluded_refunded: Money::ZERO,
        returned: Decimal::ZERO,
        reserved: Share::ZERO,
        posted: Share::ZERO,
        reversing: Share::ZERO,
        reversed: Share::ZERO,
    }
}
