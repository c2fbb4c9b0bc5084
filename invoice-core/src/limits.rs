//! What one invoice may hold.

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// What the limit is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The net amount (不含税金额): what tax disks and credit lines count.
    #[default]
    Net,
    /// The gross amount (价税合计).
    Gross,
}

/// Whether an invoice may reach the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Strictly below: the 100,000 tier of a tax disk admits at most 99,999.99 (likely; there is no published text).
    #[default]
    Exclusive,
    /// Up to and including.
    Inclusive,
}

/// The most one invoice may come to (单张限额).
///
/// For fully digital invoices (数电) the law knows no such limit, only a monthly credit line: there it is the
/// shop's own business rule.
///
/// ```
/// use invoice_core::limits::{Basis, InvoiceLimit};
/// assert_eq!(InvoiceLimit::WAN_10.highest().to_string(), "99999.99");
/// assert_eq!(InvoiceLimit::WAN_10.basis(), Basis::Net);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InvoiceLimit {
    amount: Money,
    basis: Basis,
    bound: Bound,
}

impl InvoiceLimit {
    /// 1万元版: below 10,000 yuan net.
    pub const WAN_1: Self = Self::net_below(Money::from_fen(1_000_000));
    /// 10万元版: below 100,000 yuan net.
    pub const WAN_10: Self = Self::net_below(Money::from_fen(10_000_000));
    /// 100万元版: below 1,000,000 yuan net.
    pub const WAN_100: Self = Self::net_below(Money::from_fen(100_000_000));

    /// Any limit on the net amount, exclusive.
    #[must_use]
    pub const fn net_below(amount: Money) -> Self {
        Self { amount, basis: Basis::Net, bound: Bound::Exclusive }
    }

    /// The same limit on another basis.
    #[must_use]
    pub const fn with_basis(mut self, basis: Basis) -> Self {
        self.basis = basis;
        self
    }

    /// The same limit with another bound.
    #[must_use]
    pub const fn with_bound(mut self, bound: Bound) -> Self {
        self.bound = bound;
        self
    }

    /// The highest amount that one invoice may reach. Below one fen nothing fits.
    #[must_use]
    pub const fn highest(self) -> Money {
        match self.bound {
            Bound::Inclusive => self.amount,
            Bound::Exclusive => Money::from_fen(self.amount.fen().saturating_sub(1)),
        }
    }

    /// What is compared with it.
    #[must_use]
    pub const fn basis(self) -> Basis {
        self.basis
    }

    /// The bound as it was set.
    #[must_use]
    pub const fn amount(self) -> Money {
        self.amount
    }
}
