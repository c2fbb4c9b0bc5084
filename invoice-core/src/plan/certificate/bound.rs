//! Whether the claimed lower bounds follow from the lines.

use super::fault::{Fault, Violation, ensure};
use super::line::whole_units;
use crate::limits::Basis;
use crate::plan::split::{BoundKind, Group, InvoiceSpan, SplitLine, SplitPlan, SplitPolicy};
use crate::tax::Treatment;

/// What the lines of one group need, gathered while its invoices are checked.
pub(super) struct Needs {
    highest: i64,
    gross: bool,
    amount: i128,
    drift: i128,
    rows: u64,
    large: i128,
}

impl Needs {
    pub(super) fn new(policy: &SplitPolicy) -> Self {
        let highest = policy.limit().map_or(i64::MAX, |limit| limit.highest().fen());
        let gross = policy.limit().is_some_and(|limit| limit.basis() == Basis::Gross);
        Self { highest, gross, amount: 0, drift: 0, rows: 0, large: 0 }
    }

    /// An invoice of the group, its totals checked.
    pub(super) fn invoice(&mut self, invoice: &InvoiceSpan, drift: i128) {
        let size = if self.gross { invoice.gross() } else { invoice.net() };
        self.amount += i128::from(size.fen());
        self.drift += drift;
    }

    /// A line with an amount, where it is met first.
    #[inline]
    pub(super) fn line(&mut self, line: &SplitLine, policy: &SplitPolicy) {
        let size = if self.gross { line.gross() } else { line.net() };
        if size.fen() <= self.highest / 2 && line.discount().is_zero() {
            self.rows += 1;
        } else {
            self.large += i128::from(large_units(line, policy, self.highest, self.gross));
            self.rows += forced_rows(line, self.highest, self.gross);
        }
    }

    /// The strongest bound and the first reason for it.
    fn justify(&self, policy: &SplitPolicy) -> (BoundKind, u32) {
        // Merged lines share rows: the planner claims nothing about them.
        let rows = if policy.merges_equal_lines() { 0 } else { self.rows };
        let up = |amount: i128, by: i128| u32::try_from((amount + by - 1) / by.max(1)).unwrap_or(u32::MAX);
        let cap = i128::from(policy.max_rows().unwrap_or(u32::MAX));
        let mut best = (BoundKind::One, 1);
        for (why, bound) in [
            (BoundKind::Amount, up(self.amount, i128::from(self.highest))),
            (BoundKind::Rows, up(i128::from(rows), cap)),
            (BoundKind::Tolerance, up(self.drift.abs(), 127_000_000)),
            (BoundKind::LargeUnits, u32::try_from(self.large).unwrap_or(u32::MAX)),
        ] {
            if bound > best.1 {
                best = (why, bound);
            }
        }
        best
    }
}

/// A group has the bound its own lines justify.
pub(super) fn check_group(
    at: usize,
    group: &Group,
    policy: &SplitPolicy,
    needs: Option<&Needs>,
) -> Result<(), Violation> {
    let count = group.invoices.1 - group.invoices.0;
    let (why, bound) = needs.map_or((BoundKind::One, 1), |needs| needs.justify(policy));
    ensure((group.why, group.bound) == (why, bound) && bound <= count, Fault::LowerBound, at)
}

/// No two groups are the same, and the bounds sum to the claim.
pub(super) fn check_bounds(plan: &SplitPlan) -> Result<(), Violation> {
    if let [group] = plan.groups.as_slice() {
        return ensure(plan.lower_bound == group.bound, Fault::LowerBound, 0);
    }
    let mut keys: Vec<_> = plan.groups.iter().map(|group| group.key).collect();
    keys.sort_unstable();
    ensure(keys.windows(2).all(|pair| pair.first() != pair.last()), Fault::Group, 0)?;
    let sum: u64 = plan.groups.iter().map(|group| u64::from(group.bound)).sum();
    ensure(sum == u64::from(plan.lower_bound), Fault::LowerBound, plan.groups.len())
}

/// Rows a line prints at least: one, with its discount two, on as many invoices as its amount needs.
fn forced_rows(line: &SplitLine, highest: i64, gross: bool) -> u64 {
    let size = if gross { line.gross() } else { line.net() };
    let rows =
        if line.discount().is_positive() && line.treatment() != Treatment::Differential { 2 } else { 1 };
    if size.fen() <= highest {
        return rows;
    }
    rows * size.fen().unsigned_abs().div_ceil(highest.unsigned_abs().max(1))
}

/// Units of a line that are each above half of the limit: no two of them share an invoice.
fn large_units(line: &SplitLine, policy: &SplitPolicy, highest: i64, gross: bool) -> i64 {
    let size = if gross { line.gross() } else { line.net() };
    if size.fen() <= highest / 2 {
        return 0;
    }
    let Some(units) = whole_units(line, policy) else { return 0 };
    let unit = line.net().fen() / units + if gross { line.tax().fen() / units } else { 0 };
    if unit > highest / 2 { units } else { 0 }
}
