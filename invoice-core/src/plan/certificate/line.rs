//! What follows from a line alone.

use rust_decimal::Decimal;

use crate::limits::Basis;
use crate::money::Money;
use crate::plan::split::{Grouping, SplitLine, SplitPolicy, Yields};
use crate::tax::Treatment;

const FEN: i128 = 1_000_000;

/// By how much `net · rate` exceeds the tax, in millionths of a fen.
#[inline]
pub(super) fn drift(net: Money, tax: Money, line: &SplitLine) -> i128 {
    match line.treatment() {
        // Tax is not owed on the net amount.
        Treatment::Differential | Treatment::LeaseReduced => 0,
        _ => match (
            net.fen().checked_mul(i64::from(line.rate().millionths())),
            tax.fen().checked_mul(1_000_000),
        ) {
            // In 64 bits where they suffice, for they nearly always do.
            (Some(due), Some(tax)) => i128::from(due) - i128::from(tax),
            _ => i128::from(net.fen()) * i128::from(line.rate().millionths()) - i128::from(tax.fen()) * FEN,
        },
    }
}

/// What the grouping compares; the index of a line that must stand alone.
#[inline]
pub(super) fn grouped_by(line: &SplitLine, index: u32, policy: &SplitPolicy) -> u64 {
    let treatment = line.treatment();
    if treatment == Treatment::Differential {
        return u64::from(index);
    }
    match policy.grouping() {
        Grouping::None => 0,
        Grouping::Category => line.code().number(),
        Grouping::Rate => u64::from(line.rate().millionths()),
        Grouping::Treatment => treatment as u64,
        Grouping::CodePrefix(digits) => line.code().prefix(u32::from(digits)).number(),
    }
}

/// Water charges and the summary of a telecom operator, not taxable: beside anything.
pub(super) fn stands_beside_anything(line: &SplitLine) -> bool {
    let code = line.code().number();
    line.treatment() == Treatment::NotTaxable
        && (code / 1_000_000_000_000_000 == 6_110 || code == 3_030_000_000_000_000_000)
}

/// Whether equal lines may be one row: same label, code, rate, treatment and unit price.
pub(super) fn equal(a: &SplitLine, b: &SplitLine) -> bool {
    let (Some(of_a), Some(of_b)) = (a.quantity(), b.quantity()) else { return false };
    let (of_a, of_b) = (of_a.normalize(), of_b.normalize());
    let scale = of_a.scale().max(of_b.scale());
    let lift = |quantity: Decimal| {
        10_i128.checked_pow(scale - quantity.scale()).and_then(|by| quantity.mantissa().checked_mul(by))
    };
    let (Some(of_a), Some(of_b)) = (lift(of_a), lift(of_b)) else { return false };
    let left = i128::from(a.list().fen()).checked_mul(of_b);
    let right = i128::from(b.list().fen()).checked_mul(of_a);
    let kind = |line: &SplitLine| (line.label(), line.code(), line.rate(), line.treatment());
    kind(a) == kind(b) && left.is_some() && left == right
}

/// The units of a line that may only be cut between them: the quantity is whole and any one unit fits.
pub(super) fn whole_units(line: &SplitLine, policy: &SplitPolicy) -> Option<i64> {
    let quantity = line.quantity().filter(|_| policy.yields() == Yields::Quantity)?;
    if !quantity.fract().is_zero() {
        return None;
    }
    let units = i64::try_from(quantity.trunc().mantissa()).ok().filter(|units| *units > 0)?;
    let Some(limit) = policy.limit() else { return Some(units) };
    let most = |amount: Money| (i128::from(amount.fen()) + i128::from(units) - 1) / i128::from(units);
    let unit = match limit.basis() {
        Basis::Net => most(line.net()),
        Basis::Gross => most(line.net()) + most(line.tax()),
    };
    (unit <= i128::from(limit.highest().fen())).then_some(units)
}
