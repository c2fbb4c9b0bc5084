use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::money::{Money, decimal_text};

/// A share of an order line: quantity and amounts, `gross = net + tax`. Magnitudes, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    /// Quantity; zero when the share is of money alone.
    #[serde(rename = "q", with = "decimal_text")]
    pub quantity: Decimal,
    /// Net amount.
    #[serde(rename = "n")]
    pub net: Money,
    /// Tax.
    #[serde(rename = "t")]
    pub tax: Money,
    /// Gross amount.
    #[serde(rename = "g")]
    pub gross: Money,
}

impl Share {
    /// Nothing.
    pub const ZERO: Self =
        Self { quantity: Decimal::ZERO, net: Money::ZERO, tax: Money::ZERO, gross: Money::ZERO };

    /// For serde's `skip_serializing_if`: nothing in every respect.
    pub(crate) fn is_zero_ref(&self) -> bool {
        *self == Self::ZERO
    }

    /// Both together; `None` beyond what can be represented.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            quantity: self.quantity.checked_add(other.quantity)?,
            net: self.net.checked_add(other.net)?,
            tax: self.tax.checked_add(other.tax)?,
            gross: self.gross.checked_add(other.gross)?,
        })
    }

    /// What is left; `None` when `other` is more in any respect.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let left = Self {
            quantity: self.quantity.checked_sub(other.quantity)?,
            net: self.net.checked_sub(other.net)?,
            tax: self.tax.checked_sub(other.tax)?,
            gross: self.gross.checked_sub(other.gross)?,
        };
        let negative = left.quantity.is_sign_negative() && !left.quantity.is_zero();
        (!negative && !left.net.is_negative() && !left.tax.is_negative() && !left.gross.is_negative())
            .then_some(left)
    }

    /// Adds up to the largest amount that can be represented: for folding records that were checked when made.
    pub(crate) fn add(&mut self, other: Self) {
        *self = self.checked_add(other).unwrap_or(*self);
    }

    /// Takes away; what was checked when it was recorded cannot go below zero.
    pub(crate) fn take(&mut self, other: Self) {
        *self = self.checked_sub(other).unwrap_or(Self::ZERO);
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}
