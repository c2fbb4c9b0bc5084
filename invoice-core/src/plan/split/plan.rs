use std::ops::Range;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::policy::SplitPolicy;
use crate::money::Money;

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

/// One printed row of a planned invoice. `gross = net + tax`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What the row is.
    pub kind: RowKind,
    /// Quantity; `None` on discount rows and where the line had none.
    pub quantity: Option<Decimal>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
    /// Where in [`SplitPlan::parts`] the shares of order lines are that this row prints. Empty on discount rows:
    /// the parts of the discounted row above are after discount.
    pub(crate) parts: (u32, u32),
}

/// The share of one order line in one printed row, after discount: what the ledger reserves and posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Index of the line in the input.
    pub line: u32,
    /// Quantity of the share.
    pub quantity: Option<Decimal>,
    /// Net amount after discount.
    pub net: Money,
    /// Tax after discount.
    pub tax: Money,
    /// Gross amount after discount.
    pub gross: Money,
    /// The share of the line's gross discount that the row's discount row prints.
    pub discount: Money,
}

/// What lines must have in common to share an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupKey {
    /// The mixing group of the treatment.
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

/// One planned invoice: a span of rows and its totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvoiceSpan {
    /// Net total (合计金额).
    pub net: Money,
    /// Tax total (合计税额).
    pub tax: Money,
    /// Gross total (价税合计).
    pub gross: Money,
    pub(crate) rows: (u32, u32),
}

/// The invoices a split comes to, and the fewest that could have done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitPlan {
    pub(crate) invoices: Vec<InvoiceSpan>,
    pub(crate) rows: Vec<Row>,
    pub(crate) parts: Vec<Part>,
    pub(crate) groups: Vec<Group>,
    pub(crate) left_out: Vec<u32>,
    pub(crate) policy: SplitPolicy,
    pub(crate) lower_bound: u32,
}

fn span((from, to): (u32, u32)) -> Range<usize> {
    from as usize..to as usize
}

impl SplitPlan {
    /// Forgets everything but the memory.
    pub(super) fn clear(&mut self, policy: SplitPolicy) {
        self.invoices.clear();
        self.rows.clear();
        self.parts.clear();
        self.groups.clear();
        self.left_out.clear();
        (self.policy, self.lower_bound) = (policy, 0);
    }

    /// The planned invoices.
    #[must_use]
    pub fn invoices(&self) -> &[InvoiceSpan] {
        &self.invoices
    }

    /// The printed rows of an invoice, in order.
    #[must_use]
    pub fn rows(&self, invoice: &InvoiceSpan) -> &[Row] {
        self.rows.get(span(invoice.rows)).unwrap_or_default()
    }

    /// The shares of order lines that a row prints.
    #[must_use]
    pub fn parts(&self, row: &Row) -> &[Part] {
        self.parts.get(span(row.parts)).unwrap_or_default()
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
}
