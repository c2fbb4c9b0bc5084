//! Reading printed rows, and the shares of order lines in them, off a plan.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::line::SplitLine;
use super::plan::{Cell, Cut, SplitPlan};
use super::policy::Yields;
use crate::money::Money;
use crate::money::rounding::net_of_gross;
use crate::plan::price::PRINTABLE_QUANTITY;
use crate::tax::Treatment;

/// What a printed row is (发票行性质).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// A row without discount.
    Normal,
    /// A row whose discount row follows at once (被折扣行).
    Discounted,
    /// The discount row (折扣行): negative amounts, neither quantity nor price.
    Discount,
}

/// The share of one order line in one printed row, after discount: what the ledger reserves and posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub(crate) line: u32,
    pub(crate) quantity: Option<Decimal>,
    pub(crate) net: Money,
    pub(crate) tax: Money,
    pub(crate) discount: Money,
}

impl Part {
    #[inline]
    fn whole(index: u32, line: &SplitLine) -> Self {
        let (quantity, discount) = (line.quantity(), line.discount());
        Self { line: index, quantity, net: line.net(), tax: line.tax(), discount }
    }

    /// Index of the line in the input.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Quantity of the share.
    #[must_use]
    pub const fn quantity(&self) -> Option<Decimal> {
        self.quantity
    }

    /// Net amount after discount.
    #[must_use]
    pub const fn net(&self) -> Money {
        self.net
    }

    /// Tax after discount.
    #[must_use]
    pub const fn tax(&self) -> Money {
        self.tax
    }

    /// Gross amount after discount: net and tax together.
    #[must_use]
    pub const fn gross(&self) -> Money {
        Money::from_fen(self.net.fen().saturating_add(self.tax.fen()))
    }

    /// The share of the line's gross discount that the row's discount row prints.
    #[must_use]
    pub const fn discount(&self) -> Money {
        self.discount
    }
}

/// One printed row of a planned invoice.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    pub(crate) kind: RowKind,
    pub(crate) quantity: Option<Decimal>,
    pub(crate) net: Money,
    pub(crate) tax: Money,
    parts: Parts<'a>,
}

impl<'a> Row<'a> {
    /// What the row is.
    #[must_use]
    pub const fn kind(&self) -> RowKind {
        self.kind
    }

    /// Quantity; `None` on discount rows, where the line had none, and where it is too large to be printed with a
    /// price ([`PRINTABLE_QUANTITY`]).
    #[must_use]
    pub const fn quantity(&self) -> Option<Decimal> {
        self.quantity
    }

    /// Net amount; below zero on discount rows.
    #[must_use]
    pub const fn net(&self) -> Money {
        self.net
    }

    /// Tax; zero or below on discount rows.
    #[must_use]
    pub const fn tax(&self) -> Money {
        self.tax
    }

    /// Gross amount: net and tax together.
    #[must_use]
    pub const fn gross(&self) -> Money {
        Money::from_fen(self.net.fen().saturating_add(self.tax.fen()))
    }

    /// The shares of order lines that the row prints, in the order of the lines. Empty on discount rows: the parts
    /// of the discounted row above are after discount.
    #[must_use]
    pub fn parts(&self) -> Parts<'a> {
        self.parts.clone()
    }
}

/// The shares of order lines in one row.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    plan: &'a SplitPlan,
    lines: &'a [SplitLine],
    /// Whole lines that come next.
    run: (u32, u32),
    /// What comes behind them.
    cells: &'a [Cell],
}

impl Iterator for Parts<'_> {
    type Item = Part;

    #[inline]
    fn next(&mut self) -> Option<Part> {
        loop {
            let (index, end) = self.run;
            if index < end {
                self.run.0 += 1;
                return Some(Part::whole(index, self.lines.get(index as usize)?));
            }
            let (cell, behind) = self.cells.split_first()?;
            self.cells = behind;
            match *cell {
                Cell::Lines { first, count } => self.run = (first, first.saturating_add(count)),
                Cell::Cut(at) => {
                    let &Cut { line, quantity, net, tax, discount } = self.plan.cuts.get(at as usize)?;
                    return Some(Part { line, quantity, net, tax, discount });
                }
                Cell::Joined(_) => {}
            }
        }
    }
}

/// The printed rows of one invoice, in order.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    parts: Parts<'a>,
    /// The discount row of the row above.
    discount: Option<(Money, Money)>,
}

impl<'a> Rows<'a> {
    pub(crate) const fn new(plan: &'a SplitPlan, lines: &'a [SplitLine], cells: &'a [Cell]) -> Self {
        Self { parts: Parts { plan, lines, run: (0, 0), cells }, discount: None }
    }

    /// What the next row prints.
    fn next_parts(&mut self) -> Option<Parts<'a>> {
        let all = &mut self.parts;
        let only = |run, cells| Some(Parts { plan: all.plan, lines: all.lines, run, cells });
        loop {
            let (index, end) = all.run;
            if index < end {
                all.run.0 += 1;
                return only((index, index + 1), &[]);
            }
            let (cell, behind) = all.cells.split_first()?;
            all.cells = behind;
            match *cell {
                Cell::Lines { first, count } => all.run = (first, first.saturating_add(count)),
                Cell::Cut(_) => return only((0, 0), std::slice::from_ref(cell)),
                Cell::Joined(count) => {
                    let (row, behind) = behind.split_at_checked(count as usize)?;
                    all.cells = behind;
                    return only((0, 0), row);
                }
            }
        }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        if let Some((net, tax)) = self.discount.take() {
            let parts = Parts { run: (0, 0), cells: &[], ..self.parts.clone() };
            return Some(Row { kind: RowKind::Discount, quantity: None, net, tax, parts });
        }
        let parts = self.next_parts()?;
        let mut shares = parts.clone();
        let first = shares.next()?;
        let model = self.parts.lines.get(first.line as usize)?;
        let printed = |part: &Part| match self.parts.plan.policy.yields() {
            Yields::Price => self.parts.lines.get(part.line as usize).and_then(SplitLine::quantity),
            Yields::Quantity | Yields::FractionOfQuantity => part.quantity,
        };
        let (mut net, mut tax, mut off) = (first.net.fen(), first.tax.fen(), first.discount.fen());
        let mut quantity = printed(&first);
        for part in shares {
            net += part.net.fen();
            tax += part.tax.fen();
            off += part.discount.fen();
            quantity = quantity.zip(printed(&part)).and_then(|(sum, more)| sum.checked_add(more));
        }
        let quantity = quantity.filter(|quantity| *quantity <= PRINTABLE_QUANTITY);
        if off == 0 || model.treatment() == Treatment::Differential {
            let (net, tax) = (Money::from_fen(net), Money::from_fen(tax));
            return Some(Row { kind: RowKind::Normal, quantity, net, tax, parts });
        }
        let off_net = net_of_gross(Money::from_fen(off), model.rate()).fen();
        let off_tax = off - off_net;
        self.discount = Some((Money::from_fen(-off_net), Money::from_fen(-off_tax)));
        let (net, tax) = (Money::from_fen(net + off_net), Money::from_fen(tax + off_tax));
        Some(Row { kind: RowKind::Discounted, quantity, net, tax, parts })
    }
}
