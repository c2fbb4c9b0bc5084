use rust_decimal::Decimal;

use crate::error::{Refusal, RefusalCode};
use crate::money::Money;
use crate::money::rounding::net_of_gross;
use crate::tax::{TaxCode, TaxRate, Treatment};

/// What is to be invoiced of one order line.
///
/// `list` is the gross amount before discount, `discount` the gross discount (zero or above, at most `list`);
/// `net + tax = list − discount` is what the parts must sum to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitLine {
    code: TaxCode,
    rate: TaxRate,
    treatment: Treatment,
    label: u32,
    quantity: Option<Decimal>,
    list: Money,
    discount: Money,
    net: Money,
}

/// A long order is read line by line, several times over: one line is one line of cache.
const _: () = assert!(size_of::<SplitLine>() == 64);

impl SplitLine {
    /// A line with the net amount computed from its gross amount after discount.
    ///
    /// # Errors
    /// `SPLIT-02` when `discount` is outside `0..=list` or `list` is negative.
    #[inline]
    pub fn new(
        code: TaxCode,
        rate: TaxRate,
        treatment: Treatment,
        list: Money,
        discount: Money,
    ) -> Result<Self, Refusal> {
        let gross = list.checked_sub(discount).ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))?;
        if discount.is_negative() || gross.is_negative() {
            let what = "0 <= discount <= amount";
            return Err(Refusal::new(RefusalCode::SplitLineAmounts).with("line", code).with("what", what));
        }
        let net = net_of_gross(gross, rate);
        Ok(Self { code, rate, treatment, label: 0, quantity: None, list, discount, net })
    }

    /// Sets the net amount where the ledger knows it: the last part of a line takes the fen that is left.
    ///
    /// # Errors
    /// `SPLIT-02` when net is outside `0..=gross`.
    pub fn with_net(mut self, net: Money) -> Result<Self, Refusal> {
        let gross = self.gross();
        if net.is_negative() || net > gross {
            return Err(Refusal::new(RefusalCode::SplitLineAmounts)
                .with("line", self.code)
                .with("what", "0 <= net <= gross"));
        }
        self.net = net;
        Ok(self)
    }

    /// Sets the quantity, above zero.
    #[inline]
    #[must_use]
    pub const fn with_quantity(mut self, quantity: Decimal) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Sets the label: lines with equal labels have the same name, specification and unit.
    #[must_use]
    pub const fn with_label(mut self, label: u32) -> Self {
        self.label = label;
        self
    }

    /// The tax code.
    #[must_use]
    pub const fn code(&self) -> TaxCode {
        self.code
    }

    /// The rate.
    #[must_use]
    pub const fn rate(&self) -> TaxRate {
        self.rate
    }

    /// The treatment.
    #[must_use]
    pub const fn treatment(&self) -> Treatment {
        self.treatment
    }

    /// The label.
    #[must_use]
    pub const fn label(&self) -> u32 {
        self.label
    }

    /// The quantity.
    #[must_use]
    pub const fn quantity(&self) -> Option<Decimal> {
        self.quantity
    }

    /// The quantity in place: copying it costs more than looking at it.
    pub(crate) const fn quantity_ref(&self) -> Option<&Decimal> {
        self.quantity.as_ref()
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

    /// The gross amount after discount.
    #[must_use]
    pub const fn gross(&self) -> Money {
        // Checked by the constructor.
        Money::from_fen(self.list.fen() - self.discount.fen())
    }

    /// The net amount after discount.
    #[must_use]
    pub const fn net(&self) -> Money {
        self.net
    }

    /// The tax after discount.
    #[must_use]
    pub const fn tax(&self) -> Money {
        // Net is at most gross.
        Money::from_fen(self.gross().fen() - self.net.fen())
    }
}
