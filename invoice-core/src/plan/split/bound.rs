//! What no plan can do with less than.

use super::line::SplitLine;
use super::measure::{Measure, weight};
use super::order::Order;
use super::plan::BoundKind;
use super::survey::{INVOICE_TOLERANCE, drift};
use crate::money::Money;

/// What the lines of a group come to together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    pub(super) amount: i128,
    rows: i128,
    drift: i128,
    large: i128,
}

impl Needs {
    pub(super) fn of(lines: &[SplitLine], order: &Order, measure: &Measure) -> Self {
        let mut needs = Self::default();
        for line in order.runs(lines).flat_map(|(_, run)| run) {
            let size = measure.size(line);
            needs.amount += i128::from(size);
            needs.drift += i128::from(drift(line));
            needs.rows += i128::from(weight(line));
            if size > measure.capacity / 2 {
                needs.large_line(line, measure, size);
            }
        }
        needs
    }

    /// Adds what all lines come to: amount, rounding of tax, and rows where each line is on one invoice.
    pub(super) fn all(&mut self, amount: Money, drift: i64, rows: i128) {
        self.amount += i128::from(amount.fen());
        self.drift += i128::from(drift);
        self.rows += rows;
    }

    /// Adds what a line of more than half an invoice needs beyond one row: more of them, and invoices of their own
    /// for its units.
    #[cold]
    pub(super) fn large_line(&mut self, line: &SplitLine, measure: &Measure, size: i64) {
        let on = up(i128::from(size), i128::from(measure.capacity));
        self.rows += i128::from(weight(line)) * (on - 1);
        self.large += i128::from(measure.units_above_half(line));
    }

    /// The fewest invoices the group can come to, and the first reason that demands them.
    pub(super) fn bound(&self, measure: &Measure, merges: bool) -> (BoundKind, u32) {
        // How many rows merged lines need is not worth a proof: other reasons bound them.
        let rows = if merges { 0 } else { self.rows };
        let mut best = (BoundKind::One, 1);
        for (kind, value) in [
            (BoundKind::Amount, up(self.amount, i128::from(measure.capacity))),
            (BoundKind::Rows, up(rows, i128::from(measure.rows))),
            (BoundKind::Tolerance, up(self.drift.abs(), i128::from(INVOICE_TOLERANCE))),
            (BoundKind::LargeUnits, self.large),
        ] {
            let value = u32::try_from(value).unwrap_or(u32::MAX);
            if value > best.1 {
                best = (kind, value);
            }
        }
        best
    }
}

/// `amount / capacity`, rounded up, for numbers that are not negative.
fn up(amount: i128, capacity: i128) -> i128 {
    // In 64 bits where they fit: a division of 128 bits costs ten times as much.
    match (u64::try_from(amount), u64::try_from(capacity)) {
        (Ok(amount), Ok(capacity)) if capacity > 0 => i128::from(amount.div_ceil(capacity)),
        _ => (amount + capacity - 1) / capacity.max(1),
    }
}
