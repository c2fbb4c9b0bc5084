use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::price::Fixed;
use crate::invoice::{InvoiceKind, Medium, Regime};
use crate::money::Money;
use crate::plan::price::unit_price;

/// What red invoices have taken so far. Magnitudes: nothing is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flushed {
    /// Quantity.
    pub quantity: Decimal,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
}

/// The share of an order line that a blue row printed, after discount, and what of it is red already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BluePart {
    /// The order line.
    pub line: u32,
    /// Quantity of the share.
    pub quantity: Option<Decimal>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
    /// What is red already.
    pub flushed: Flushed,
}

impl BluePart {
    /// A share that nothing was flushed of.
    #[must_use]
    pub fn new(line: u32, quantity: Option<Decimal>, net: Money, tax: Money, gross: Money) -> Self {
        Self { line, quantity, net, tax, gross, flushed: Flushed::default() }
    }

    /// The gross amount that is not red yet.
    #[must_use]
    pub fn open(&self) -> Money {
        self.gross.checked_sub(self.flushed.gross).unwrap_or_default()
    }

    /// The net amount that is not red yet.
    #[must_use]
    pub fn open_net(&self) -> Money {
        self.net.checked_sub(self.flushed.net).unwrap_or_default()
    }

    /// The tax that is not red yet.
    #[must_use]
    pub fn open_tax(&self) -> Money {
        self.tax.checked_sub(self.flushed.tax).unwrap_or_default()
    }

    /// The quantity that is not red yet.
    #[must_use]
    pub fn open_quantity(&self) -> Option<Decimal> {
        self.quantity.and_then(|quantity| quantity.checked_sub(self.flushed.quantity))
    }

    /// What fixes the quantity that goes with an amount.
    pub(super) fn fixed(&self) -> Option<Fixed> {
        Fixed::new((self.quantity, self.net), (self.open_quantity(), self.open_net()))
    }

    /// Whether the amounts hold: gross is net and tax together, and no more is red than was blue.
    pub(crate) fn is_sound(&self) -> bool {
        let sums = self.net.checked_add(self.tax) == Some(self.gross)
            && self.flushed.net.checked_add(self.flushed.tax) == Some(self.flushed.gross);
        let open = [self.flushed.net, self.flushed.tax, self.open_net(), self.open_tax()];
        let quantity = !self.flushed.quantity.is_sign_negative()
            && self.open_quantity().is_none_or(|open| !open.is_sign_negative() || open.is_zero());
        sums && quantity && !open.iter().any(|amount| amount.is_negative())
    }
}

/// A row of a blue invoice, its discount row netted in: red invoices have no discount rows.
///
/// A row prints the shares of one order line, or of several where equal lines were merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlueRow {
    chapter: u8,
    quantity: Option<Decimal>,
    flushed_quantity: Decimal,
    printed: Option<(Decimal, Money)>,
    parts: Vec<BluePart>,
}

impl BlueRow {
    /// A row: first digit of its tax code, printed quantity, and the shares of lines that it printed.
    #[must_use]
    pub const fn new(chapter: u8, quantity: Option<Decimal>, parts: Vec<BluePart>) -> Self {
        Self { chapter, quantity, flushed_quantity: Decimal::ZERO, printed: None, parts }
    }

    /// Sets the printed quantity that red rows have taken so far.
    #[must_use]
    pub const fn with_flushed_quantity(mut self, quantity: Decimal) -> Self {
        self.flushed_quantity = quantity;
        self
    }

    /// Sets the unit price and the net amount as they stand on the blue row, before any discount row.
    ///
    /// Needed of rows that a tax disk issued: it did not hold price times quantity to the amount as the bureau
    /// does, and such a row can only be flushed by an allowance, which prints neither.
    #[must_use]
    pub const fn with_printed_price(mut self, price: Decimal, net: Money) -> Self {
        self.printed = Some((price, net));
        self
    }

    /// The unit price and the net amount as printed, where they were given.
    #[must_use]
    pub const fn printed_price(&self) -> Option<(Decimal, Money)> {
        self.printed
    }

    /// Whether the printed price times the printed quantity misses the printed amount by more than 0.01.
    #[must_use]
    pub fn is_off_price(&self) -> bool {
        let (Some((price, net)), Some(quantity)) = (self.printed, self.quantity) else { return false };
        let off = price.checked_mul(quantity).and_then(|sum| sum.checked_sub(Decimal::new(net.fen(), 2)));
        off.is_none_or(|off| off.abs() > Decimal::new(1, 2))
    }

    /// The unit price that a red row of reasons 01 to 03 prints, with at most `decimals` places: what the blue row
    /// came to after its discount, by its quantity; after an allowance, what is left by what is left.
    ///
    /// ```
    /// use invoice_core::money::Money;
    /// use invoice_core::plan::red::{BluePart, BlueRow};
    /// let fen = Money::from_fen;
    /// let part = BluePart::new(0, Some(3.into()), fen(26_549), fen(3_451), fen(30_000));
    /// let row = BlueRow::new(1, Some(3.into()), vec![part]);
    /// assert_eq!(row.red_price(13).unwrap().to_string(), "88.4966666666667");
    /// ```
    #[must_use]
    pub fn red_price(&self, decimals: u32) -> Option<Decimal> {
        let (net, quantity) = self.fixed()?.basis();
        unit_price(net, quantity, decimals)
    }

    /// What fixes the printed quantity that goes with an amount.
    pub(super) fn fixed(&self) -> Option<Fixed> {
        let sum = |net: fn(&BluePart) -> Money| Money::checked_sum(self.parts.iter().map(net));
        let (net, left) = sum(|part| part.net).zip(sum(BluePart::open_net))?;
        Fixed::new((self.quantity, net), (self.open_quantity(), left))
    }

    /// First digit of the tax code.
    #[must_use]
    pub const fn chapter(&self) -> u8 {
        self.chapter
    }

    /// The quantity as printed.
    #[must_use]
    pub const fn quantity(&self) -> Option<Decimal> {
        self.quantity
    }

    /// The printed quantity that is not red yet.
    #[must_use]
    pub fn open_quantity(&self) -> Option<Decimal> {
        self.quantity.and_then(|quantity| quantity.checked_sub(self.flushed_quantity))
    }

    /// The shares of order lines.
    #[must_use]
    pub fn parts(&self) -> &[BluePart] {
        &self.parts
    }

    /// The gross amount that is not red yet.
    #[must_use]
    pub fn open(&self) -> Money {
        self.parts.iter().map(BluePart::open).sum()
    }
}

/// Whether the tax disk (税控设备) that issued a legacy invoice still is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxDisk {
    /// It is, so a digital red may not flush what it issued.
    InUse,
    /// It was cancelled.
    Cancelled,
}

/// Why an invoice is flushed in full or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WholeBecause {
    /// The seller wants it so.
    Policy,
    /// It is taxed on the difference (差额征税).
    Differential,
    /// The buyer, a natural person, has rejected it (自然人拒收).
    Rejected,
}

/// A blue invoice as the red planner sees it: digital and flushed by a digital one, if nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlueInvoice {
    rows: Vec<BlueRow>,
    whole: Option<WholeBecause>,
    kinds: Option<(InvoiceKind, InvoiceKind, Option<TaxDisk>)>,
    can_be_voided: bool,
}

impl BlueInvoice {
    /// An invoice with its printed rows, in order.
    #[must_use]
    pub const fn new(rows: Vec<BlueRow>) -> Self {
        Self { rows, whole: None, kinds: None, can_be_voided: false }
    }

    /// The same invoice, to be flushed in full or not at all because the seller wants it so.
    #[must_use]
    pub const fn only_in_full(self) -> Self {
        self.only_in_full_because(WholeBecause::Policy)
    }

    /// The same invoice, to be flushed in full or not at all.
    #[must_use]
    pub const fn only_in_full_because(mut self, because: WholeBecause) -> Self {
        self.whole = Some(because);
        self
    }

    /// Sets what kind the invoice is, what kind its red will be, and how it is with the tax disk where that issued
    /// the invoice: `None` where it did not.
    #[must_use]
    pub const fn with_kinds(mut self, blue: InvoiceKind, red: InvoiceKind, disk: Option<TaxDisk>) -> Self {
        self.kinds = Some((blue, red, disk));
        self
    }

    /// The same invoice, which can still be voided (作废) as a whole: legacy paper of this month, all copies at
    /// hand, neither reported nor verified. A plan that would flush it in full is refused then.
    #[must_use]
    pub const fn still_voidable(mut self) -> Self {
        self.can_be_voided = true;
        self
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[BlueRow] {
        &self.rows
    }

    /// Whether it can only be flushed in full.
    #[must_use]
    pub const fn is_full_only(&self) -> bool {
        self.whole.is_some()
    }

    /// Why it can only be flushed in full.
    #[must_use]
    pub const fn whole_because(&self) -> Option<WholeBecause> {
        self.whole
    }

    /// The kinds of the invoice and of its red, and the tax disk, where they were set.
    #[must_use]
    pub const fn kinds(&self) -> Option<(InvoiceKind, InvoiceKind, Option<TaxDisk>)> {
        self.kinds
    }

    /// Whether it is legacy paper that can still be voided.
    #[must_use]
    pub fn is_voidable(&self) -> bool {
        let paper = |(blue, ..): (InvoiceKind, InvoiceKind, Option<TaxDisk>)| {
            blue.regime() == Regime::Legacy && blue.medium() == Medium::Paper
        };
        self.can_be_voided && self.kinds.is_some_and(paper)
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &BluePart> {
        self.rows.iter().flat_map(BlueRow::parts)
    }

    pub(crate) fn is_untouched(&self) -> bool {
        self.parts().all(|part| part.flushed == Flushed::default())
    }
}
