use std::ops::Range;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::line::SplitLine;
use super::policy::SplitPolicy;
use super::row::Rows;
use crate::money::Money;

/// What lies on an invoice, in the order of its rows. A line that is not cut is not copied: it stands in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Whole lines behind each other, each a row of its own, with its discount row where it has a discount.
    Lines {
        /// Index of the first.
        first: u32,
        /// How many; at least one.
        count: u32,
    },
    /// A part of a line, by its place in [`SplitPlan::cuts`].
    Cut(u32),
    /// The next so many cells print one row together.
    Joined(u32),
}

/// A part of a line that was cut, after discount. The parts of a line lie behind each other, in the order of their
/// invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) line: u32,
    pub(crate) quantity: Option<Decimal>,
    pub(crate) net: Money,
    pub(crate) tax: Money,
    /// The share of the line's gross discount.
    pub(crate) discount: Money,
}

/// What lines must have in common to share an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupKey {
    /// The mixing group of the line.
    pub(crate) mixing: u8,
    /// What the grouping compares; the index of the line where it must stand alone.
    pub(crate) value: u64,
}

/// Why a group of lines cannot come to fewer invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundKind {
    /// Every group needs one invoice.
    One,
    /// The amounts together, divided by the highest amount of one invoice.
    Amount,
    /// The printed rows together, divided by the most rows of one invoice.
    Rows,
    /// The rounding of tax together, divided by what the bureau tolerates on one invoice.
    Tolerance,
    /// Units of more than half the limit: each needs an invoice of its own.
    LargeUnits,
}

/// One group of lines that may share invoices: what it came to, and the fewest it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) key: GroupKey,
    pub(crate) invoices: (u32, u32),
    pub(crate) bound: u32,
    pub(crate) why: BoundKind,
}

/// One planned invoice: its totals, and where its rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceSpan {
    pub(crate) net: Money,
    pub(crate) tax: Money,
    pub(crate) cells: (u32, u32),
}

impl InvoiceSpan {
    /// Net total (合计金额).
    #[must_use]
    pub const fn net(&self) -> Money {
        self.net
    }

    /// Tax total (合计税额).
    #[must_use]
    pub const fn tax(&self) -> Money {
        self.tax
    }

    /// Gross total (价税合计): net and tax together.
    #[must_use]
    pub const fn gross(&self) -> Money {
        // Sums of lines whose gross amounts together are 64 bits of fen.
        Money::from_fen(self.net.fen().saturating_add(self.tax.fen()))
    }
}

/// The invoices a split comes to, and the fewest that could have done.
///
/// A plan says what lies where and what the parts of cut lines are; of lines that are not cut it holds no copy.
/// [`SplitPlan::rows`] reads the rows of an invoice off the plan and the lines it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitPlan {
    pub(crate) invoices: Vec<InvoiceSpan>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) cuts: Vec<Cut>,
    pub(crate) groups: Vec<Group>,
    pub(crate) left_out: Vec<u32>,
    pub(crate) policy: SplitPolicy,
    pub(crate) lower_bound: u32,
}

pub(crate) fn span((from, to): (u32, u32)) -> Range<usize> {
    from as usize..to as usize
}

impl SplitPlan {
    /// Forgets everything but the memory.
    pub(super) fn clear(&mut self, policy: SplitPolicy) {
        self.invoices.clear();
        self.cells.clear();
        self.cuts.clear();
        self.groups.clear();
        self.left_out.clear();
        (self.policy, self.lower_bound) = (policy, 0);
    }

    /// The planned invoices.
    #[must_use]
    pub fn invoices(&self) -> &[InvoiceSpan] {
        &self.invoices
    }

    /// The printed rows of an invoice, in order. `lines` must be those the plan was made of: of others the rows
    /// mean nothing. [`CheckedSplit`](crate::plan::certificate::CheckedSplit) holds both.
    #[must_use]
    pub fn rows<'a>(&'a self, lines: &'a [SplitLine], invoice: &InvoiceSpan) -> Rows<'a> {
        Rows::new(self, lines, self.cells.get(span(invoice.cells)).unwrap_or_default())
    }

    /// Lines that come to nothing and are printed nowhere, by index: see the rules of
    /// [`split`](super::split()).
    #[must_use]
    pub fn left_out(&self) -> &[u32] {
        &self.left_out
    }

    /// No set of invoices under the same policy can be smaller than this.
    #[must_use]
    pub const fn lower_bound(&self) -> u32 {
        self.lower_bound
    }

    /// The policy it was made under.
    #[must_use]
    pub const fn policy(&self) -> &SplitPolicy {
        &self.policy
    }
}
