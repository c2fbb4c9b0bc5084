use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Share;
use crate::error::{Refusal, RefusalCode};
use crate::id::{LineId, OrderId};
use crate::money::allocation::upto;
use crate::money::rounding::{net_of_gross, quantity_between};
use crate::money::{Money, decimal_text};
use crate::tax::TaxRate;

/// The farthest the net amount of a share may lie from its own `gross / (1 + rate)`, in fen. The bureau tolerates
/// 6 fen of tax per line; one is left for the row a share is printed in.
const NET_DRIFT: i64 = 5;

/// The account of one order line. All amounts gross unless said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineBalance {
    pub(super) line: LineId,
    pub(super) rate: TaxRate,
    #[serde(with = "decimal_text")]
    pub(super) quantity: Decimal,
    pub(super) payable: Money,
    pub(super) paid: bool,
    // Most lines are at zero in most respects, and a balance is written and read with every step.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub(super) excluded: Money,
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub(super) refunded: Money,
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub(super) excluded_refunded: Money,
    #[serde(default, skip_serializing_if = "Decimal::is_zero", with = "decimal_text")]
    pub(super) returned: Decimal,
    #[serde(default, skip_serializing_if = "Share::is_zero_ref")]
    pub(super) reserved: Share,
    #[serde(default, skip_serializing_if = "Share::is_zero_ref")]
    pub(super) posted: Share,
    #[serde(default, skip_serializing_if = "Share::is_zero_ref")]
    pub(super) reversing: Share,
    #[serde(default, skip_serializing_if = "Share::is_zero_ref")]
    pub(super) reversed: Share,
}

impl LineBalance {
    /// The line.
    #[must_use]
    pub const fn line(&self) -> &LineId {
        &self.line
    }

    /// Its rate.
    #[must_use]
    pub const fn rate(&self) -> TaxRate {
        self.rate
    }

    /// What the buyer pays for it, after discount.
    #[must_use]
    pub const fn payable(&self) -> Money {
        self.payable
    }

    /// What was paid, in whatever tender.
    #[must_use]
    pub const fn paid(&self) -> Money {
        if self.paid { self.payable } else { Money::ZERO }
    }

    /// What of it was paid by tenders that cannot be invoiced, or all of it when the line itself cannot.
    #[must_use]
    pub const fn excluded(&self) -> Money {
        self.excluded
    }

    /// What was given back.
    #[must_use]
    pub const fn refunded(&self) -> Money {
        self.refunded
    }

    /// Held for applications and invoices under way.
    #[must_use]
    pub const fn reserved(&self) -> Share {
        self.reserved
    }

    /// On issued blue invoices.
    #[must_use]
    pub const fn posted(&self) -> Share {
        self.posted
    }

    /// On red invoices that are under way.
    #[must_use]
    pub const fn reversing(&self) -> Share {
        self.reversing
    }

    /// On issued red invoices.
    #[must_use]
    pub const fn reversed(&self) -> Share {
        self.reversed
    }

    /// What may be invoiced in all: paid − refunded − the part of it paid by tenders that cannot be invoiced.
    #[must_use]
    pub const fn entitled(&self) -> Money {
        if !self.paid {
            return Money::ZERO;
        }
        let refunded = self.refunded.fen() - self.excluded_refunded.fen();
        Money::from_fen(self.payable.fen() - self.excluded.fen() - refunded)
    }

    /// What is invoiced or held: reserved + invoiced − red.
    #[must_use]
    pub fn taken(&self) -> Share {
        let mut taken = self.reserved;
        taken.add(self.posted);
        taken.take(self.reversed);
        taken
    }

    /// What can be applied for now (可开票金额).
    #[must_use]
    pub fn free(&self) -> Money {
        let free = self.entitled().fen() - self.taken().gross.fen();
        Money::from_fen(free.max(0))
    }

    /// What is invoiced or held beyond the entitlement and not yet being taken back: red work to do.
    #[must_use]
    pub fn excess(&self) -> Money {
        let kept = self.taken().gross.fen() - self.reversing.gross.fen();
        Money::from_fen((kept - self.entitled().fen()).max(0))
    }

    /// The quantity that is invoiced or held beyond what was kept, and not yet being taken back.
    #[must_use]
    pub fn excess_quantity(&self) -> Decimal {
        (self.taken().quantity - self.reversing.quantity - (self.quantity - self.returned)).max(Decimal::ZERO)
    }

    /// The quantity that can still be returned.
    #[must_use]
    pub fn returnable(&self) -> Decimal {
        self.quantity - self.returned
    }

    /// What can still be refunded.
    #[must_use]
    pub const fn refundable(&self) -> Money {
        Money::from_fen(self.paid().fen() - self.refunded.fen())
    }

    /// Of a refund of `amount`, the part that belongs to tenders that cannot be invoiced: in proportion, the last
    /// refund taking what is left.
    pub(crate) fn excluded_part(&self, amount: Money) -> Money {
        let after = self.refunded.fen() + amount.fen();
        let upto_after = upto(self.excluded, Money::from_fen(after), self.payable);
        Money::from_fen((upto_after.fen() - self.excluded_refunded.fen()).clamp(0, amount.fen()))
    }

    /// The quantity that is neither invoiced, held nor returned.
    #[must_use]
    pub fn free_quantity(&self) -> Decimal {
        (self.quantity - self.returned - self.taken().quantity).max(Decimal::ZERO)
    }

    /// The share of the line that `gross` of it comes to: net by cumulative rounding, so that all shares together
    /// carry exactly the net and tax of the whole, and the quantity in proportion, the last share taking what is left.
    ///
    /// # Errors
    /// `LEDGER-01` when `gross` is not between one fen and what is free; `LEDGER-04` when it, or what it would
    /// leave, is too small to have a net amount.
    pub fn share_of(&self, order: &OrderId, gross: Money) -> Result<Share, Refusal> {
        let free = self.free();
        let about = |code| Refusal::new(code).with("order", order).with("line", &self.line);
        if !gross.is_positive() || gross > free {
            return Err(about(RefusalCode::BalanceExceeded).with("asked", gross).with("free", free));
        }
        let taken = self.taken();
        let net = self.net_upto(taken.gross, gross, taken.net);
        let left = Money::from_fen(free.fen() - gross.fen());
        let exact_left = net_of_gross(left, self.rate).fen();
        let left_net = net_of_gross(Money::from_fen(taken.gross.fen() + free.fen()), self.rate).fen()
            - taken.net.fen()
            - net.fen();
        let left_fits = left.is_zero()
            || ((1..=left.fen()).contains(&left_net) && (left_net - exact_left).abs() <= NET_DRIFT);
        if !left_fits {
            return Err(about(RefusalCode::AmountTooSmall));
        }
        let tax = Money::from_fen(gross.fen() - net.fen());
        Ok(Share { quantity: self.quantity_for(gross, free), net, tax, gross })
    }

    fn net_upto(&self, taken_gross: Money, gross: Money, taken_net: Money) -> Money {
        let wanted =
            net_of_gross(Money::from_fen(taken_gross.fen() + gross.fen()), self.rate).fen() - taken_net.fen();
        let exact = net_of_gross(gross, self.rate).fen();
        let (low, high) = ((exact - NET_DRIFT).max(1), (exact + NET_DRIFT).min(gross.fen()));
        Money::from_fen(wanted.clamp(low.min(high), high))
    }

    fn quantity_for(&self, gross: Money, free: Money) -> Decimal {
        let quantity = self.free_quantity();
        if gross == free {
            return quantity;
        }
        quantity_between(quantity, 0, gross.fen(), free.fen()).unwrap_or_default()
    }
}
