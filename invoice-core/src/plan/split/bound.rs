//! What no plan can do with less than.

use super::line::SplitLine;
use super::measure::{Measure, weight};
use super::pack::Merged;
use super::plan::BoundKind;
use super::survey::{INVOICE_TOLERANCE, drift};

/// The fewest invoices a group can come to, and the first reason that demands them.
///
/// `count` is what the packing came to: one invoice needs no proof.
pub(super) fn bound(
    lines: &[SplitLine],
    order: &[u32],
    measure: &Measure,
    merged: &Merged,
    count: usize,
) -> (BoundKind, u32) {
    if count <= 1 {
        return (BoundKind::One, 1);
    }
    let capacity = i128::from(measure.capacity);
    let (mut amount, mut rows, mut drifts, mut large) = (0_i128, 0_i128, 0_i128, 0_i128);
    for line in order.iter().filter_map(|&index| lines.get(index as usize)) {
        let size = i128::from(measure.size(line));
        amount += size;
        rows += i128::from(weight(line)) * if size <= capacity { 1 } else { up(size, capacity) };
        drifts += i128::from(drift(line));
        large += i128::from(measure.units_above_half(line));
    }
    if !merged.item.is_empty() {
        // How many rows merged lines need is not worth a proof: other reasons bound them.
        rows = 0;
    }
    let mut best = (BoundKind::One, 1);
    for (kind, value) in [
        (BoundKind::Amount, up(amount, capacity)),
        (BoundKind::Rows, up(rows, i128::from(measure.rows))),
        (BoundKind::Tolerance, up(drifts.abs(), i128::from(INVOICE_TOLERANCE))),
        (BoundKind::LargeUnits, large),
    ] {
        let value = u32::try_from(value).unwrap_or(u32::MAX);
        if value > best.1 {
            best = (kind, value);
        }
    }
    best
}

/// `amount / capacity`, rounded up, for numbers that are not negative.
fn up(amount: i128, capacity: i128) -> i128 {
    // In 64 bits where they fit: a division of 128 bits costs ten times as much.
    match (u64::try_from(amount), u64::try_from(capacity)) {
        (Ok(amount), Ok(capacity)) if capacity > 0 => i128::from(amount.div_ceil(capacity)),
        _ => (amount + capacity - 1) / capacity.max(1),
    }
}
