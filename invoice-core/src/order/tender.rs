use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::PaymentId;
use crate::money::Money;

/// What was paid with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TenderKind {
    /// Money in any form: cash, card, transfer, Alipay, WeChat Pay.
    Money,
    /// A prepaid card (预付卡): invoiced when it was bought, never when it is spent (国家税务总局公告2016年第53号).
    PrepaidCard,
    /// A gift card of the shop, the same as a prepaid card.
    GiftCard,
    /// Points: nothing was paid for them.
    Points,
}

impl TenderKind {
    /// Whether what is paid with it may be invoiced.
    #[must_use]
    pub const fn is_invoiceable(self) -> bool {
        matches!(self, Self::Money)
    }
}

/// A part of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// What was paid with.
    pub kind: TenderKind,
    /// How much, zero or above.
    pub amount: Money,
    /// The payment at the payment service (支付订单号), such as the transaction of WeChat Pay: a provider that invoices
    /// its own payments only ([`PaymentBound`](crate::provider::Capability::PaymentBound)) wants it named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentId>,
}

impl Tender {
    /// So much of a kind, at no payment service that matters here.
    #[must_use]
    pub const fn new(kind: TenderKind, amount: Money) -> Self {
        Self { kind, amount, payment: None }
    }

    /// Names the payment at the payment service.
    #[must_use]
    pub fn with_payment(mut self, payment: PaymentId) -> Self {
        self.payment = Some(payment);
        self
    }
}

/// How an order was paid, in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// When.
    pub at: DateTime<Utc>,
    /// With what; together the order's payable amount.
    pub tenders: Vec<Tender>,
}

impl Payment {
    /// A payment in money alone.
    #[must_use]
    pub fn money(at: DateTime<Utc>, amount: Money) -> Self {
        Self { at, tenders: vec![Tender::new(TenderKind::Money, amount)] }
    }

    /// The sum, `None` on overflow or when a tender is negative.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        if self.tenders.iter().any(|tender| tender.amount.is_negative()) {
            return None;
        }
        Money::checked_sum(self.tenders.iter().map(|tender| tender.amount))
    }

    /// The part that may not be invoiced.
    #[must_use]
    pub fn not_invoiceable(&self) -> Money {
        self.tenders.iter().filter(|tender| !tender.kind.is_invoiceable()).map(|tender| tender.amount).sum()
    }
}
