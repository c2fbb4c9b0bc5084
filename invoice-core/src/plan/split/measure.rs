use rust_decimal::Decimal;

use super::line::SplitLine;
use super::policy::{SplitPolicy, Yields};
use crate::error::{Refusal, RefusalCode};
use crate::limits::Basis;
use crate::money::Money;
use crate::money::rounding::proportion;
use crate::tax::Treatment;

/// What one invoice holds under a policy, and how lines are measured against it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub(super) basis: Basis,
    pub(super) capacity: i64,
    pub(super) rows: u32,
    yields: Yields,
}

/// Where a line may be cut: between whole units, or between any two fen of the limited amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Atoms {
    pub(super) count: i64,
    pub(super) whole_units: bool,
}

/// A line whose discount is printed as a row of its own.
pub(super) fn prints_discount(line: &SplitLine) -> bool {
    line.discount().is_positive() && line.treatment() != Treatment::Differential
}

/// Rows a line takes on each invoice it is printed on.
pub(super) fn weight(line: &SplitLine) -> u32 {
    if prints_discount(line) { 2 } else { 1 }
}

/// The quantity as a count of units, where it is whole and fits.
fn whole_count(quantity: Decimal) -> Option<i64> {
    let whole = if quantity.scale() == 0 { quantity } else { quantity.normalize() };
    if whole.scale() == 0 { i64::try_from(whole.mantissa()).ok() } else { None }
}

/// `total · part / whole` by cumulative rounding.
fn share(total: Money, part: i64, whole: i64) -> i64 {
    // 0 ≤ part ≤ whole, so the share is never more than the total.
    proportion(total, part, whole).unwrap_or(total).fen()
}

impl Measure {
    pub(super) fn new(policy: &SplitPolicy) -> Result<Self, Refusal> {
        let (basis, capacity) = match policy.limit() {
            Some(limit) => (limit.basis(), limit.highest().fen()),
            None => (Basis::Net, i64::MAX),
        };
        let rows = policy.max_rows().unwrap_or(u32::MAX);
        if let Some(limit) = policy.limit().filter(|_| capacity < 1) {
            return Err(Refusal::new(RefusalCode::SplitLimitTooSmall)
                .with("limit", limit.amount())
                .with("line", 1));
        }
        if rows == 0 {
            return Err(Refusal::new(RefusalCode::SplitLineCap).with("cap", rows));
        }
        Ok(Self { basis, capacity, rows, yields: policy.yields() })
    }

    /// Whether only rows and tolerance end an invoice.
    pub(super) const fn is_unlimited(&self) -> bool {
        self.capacity == i64::MAX
    }

    /// What the line takes of the limit.
    pub(super) fn size(&self, line: &SplitLine) -> i64 {
        match self.basis {
            Basis::Net => line.net().fen(),
            Basis::Gross => line.gross().fen(),
        }
    }

    pub(super) fn atoms(&self, line: &SplitLine) -> Atoms {
        if self.yields == Yields::Quantity
            && let Some(count) = line.quantity().and_then(whole_count).filter(|count| *count > 0)
            && self.largest_unit(line, count) <= i128::from(self.capacity)
        {
            return Atoms { count, whole_units: true };
        }
        Atoms { count: self.size(line), whole_units: false }
    }

    /// The most that one unit of a line can come to, wherever cumulative rounding puts its fen.
    fn largest_unit(&self, line: &SplitLine, count: i64) -> i128 {
        let ceil = |amount: Money| {
            i128::from(amount.fen()).div_euclid(i128::from(count)) + i128::from(amount.fen() % count != 0)
        };
        match self.basis {
            Basis::Net => ceil(line.net()),
            Basis::Gross => ceil(line.net()) + ceil(line.tax()),
        }
    }

    /// How many units of a line are so large that no two units of the group fit on one invoice together.
    pub(super) fn units_above_half(&self, line: &SplitLine) -> i64 {
        if self.size(line) <= self.capacity / 2 {
            return 0;
        }
        let Atoms { count, whole_units } = self.atoms(line);
        if !whole_units {
            return 0;
        }
        let smallest = match self.basis {
            Basis::Net => line.net().fen() / count,
            Basis::Gross => line.net().fen() / count + line.tax().fen() / count,
        };
        if smallest > self.capacity / 2 { count } else { 0 }
    }

    /// What the first `position` atoms of a line take of the limit.
    pub(super) fn size_at(&self, line: &SplitLine, atoms: Atoms, position: i64) -> i64 {
        if !atoms.whole_units {
            return position;
        }
        let net = share(line.net(), position, atoms.count);
        match self.basis {
            Basis::Net => net,
            Basis::Gross => net + share(line.tax(), position, atoms.count),
        }
    }

    /// The furthest position that a part from `from` may reach within `room`: `from` itself where nothing fits.
    ///
    /// A part never has a net amount of zero, and never leaves a rest without one.
    pub(super) fn furthest(&self, line: &SplitLine, atoms: Atoms, from: i64, room: i64) -> i64 {
        if !atoms.whole_units {
            return from + room.min(atoms.count - from);
        }
        let start = self.size_at(line, atoms, from);
        let fits = |to: i64| self.size_at(line, atoms, to) - start <= room;
        if fits(atoms.count) {
            return atoms.count;
        }
        let net_at = |to: i64| share(line.net(), to, atoms.count);
        // Short of the end, so the rest must keep at least one fen of net.
        let to = last(from, atoms.count - 1, |to| fits(to) && net_at(to) < line.net().fen());
        if net_at(to) > net_at(from) { to } else { from }
    }
}

/// The last position from `low` to `high` where a condition holds that, once false, stays false.
fn last(mut low: i64, mut high: i64, holds: impl Fn(i64) -> bool) -> i64 {
    while low < high {
        let middle = low + (high - low + 1) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}
