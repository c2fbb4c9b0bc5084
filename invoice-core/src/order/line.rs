use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::error::{Refusal, RefusalCode};
use crate::id::LineId;
use crate::money::{Money, decimal_text};
use crate::tax::TaxItem;

/// Why a line is never invoiced to the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exclusion {
    /// A fee between the shop and its platform or bank: no sale to the buyer.
    Fee,
    /// A donation passed on.
    Donation,
    /// A deposit that goes back.
    Deposit,
}

/// One line of an order. Amounts are gross (价税合计). `Debug` shows neither name nor specification.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    id: LineId,
    item: TaxItem,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spec: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(with = "decimal_text")]
    quantity: Decimal,
    list: Money,
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    discount: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    excluded: Option<Exclusion>,
}

impl OrderLine {
    /// A line: `list` is its gross amount before discount.
    ///
    /// # Errors
    /// `ORDER-03` unless amount and quantity are above zero.
    pub fn new(
        id: LineId,
        item: TaxItem,
        name: impl Into<String>,
        quantity: Decimal,
        list: Money,
    ) -> Result<Self, Refusal> {
        if !list.is_positive() || quantity <= Decimal::ZERO {
            return Err(Refusal::new(RefusalCode::OrderLineAmounts).with("line", id));
        }
        let name = name.into();
        Ok(Self {
            id,
            item,
            name,
            spec: None,
            unit: None,
            quantity,
            list,
            discount: Money::ZERO,
            excluded: None,
        })
    }

    /// Sets the gross discount of the line: coupons and its share of order discounts.
    ///
    /// # Errors
    /// `ORDER-03` unless it lies between zero and the amount.
    pub fn with_discount(mut self, discount: Money) -> Result<Self, Refusal> {
        if discount.is_negative() || discount > self.list {
            return Err(Refusal::new(RefusalCode::OrderLineAmounts).with("line", self.id));
        }
        self.discount = discount;
        Ok(self)
    }

    /// Sets the specification (规格型号).
    #[must_use]
    pub fn with_spec(mut self, spec: impl Into<String>) -> Self {
        self.spec = Some(spec.into());
        self
    }

    /// Sets the unit (单位).
    #[must_use]
    pub fn with_unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Marks the line as never invoiced.
    #[must_use]
    pub const fn excluded_as(mut self, why: Exclusion) -> Self {
        self.excluded = Some(why);
        self
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> &LineId {
        &self.id
    }

    /// What it is sold as.
    #[must_use]
    pub const fn item(&self) -> &TaxItem {
        &self.item
    }

    /// The name of goods or service, without `*简称*`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The specification.
    #[must_use]
    pub fn spec(&self) -> Option<&str> {
        self.spec.as_deref()
    }

    /// The unit.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The quantity.
    #[must_use]
    pub const fn quantity(&self) -> Decimal {
        self.quantity
    }

    /// The gross amount before discount.
    #[must_use]
    pub const fn list(&self) -> Money {
        self.list
    }

    /// The gross discount.
    #[must_use]
    pub const fn discount(&self) -> Money {
        self.discount
    }

    /// Why the line is never invoiced, if so.
    #[must_use]
    pub const fn excluded(&self) -> Option<Exclusion> {
        self.excluded
    }

    /// What the buyer pays for it: the gross amount after discount.
    #[must_use]
    pub const fn payable(&self) -> Money {
        // 0 ≤ discount ≤ list, checked by the constructors.
        Money::from_fen(self.list.fen() - self.discount.fen())
    }
}

impl fmt::Debug for OrderLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderLine")
            .field("id", &self.id)
            .field("item", &self.item)
            .field("quantity", &self.quantity)
            .field("list", &self.list)
            .field("discount", &self.discount)
            .field("excluded", &self.excluded)
            .finish_non_exhaustive()
    }
}
