use super::line::SplitLine;
use super::measure::{Measure, weight};
use super::plan::GroupKey;
use super::policy::{Grouping, SplitPolicy};
use crate::error::{Refusal, RefusalCode};
use crate::limits::Basis;
use crate::tax::Treatment;

/// A fen of tax in the unit that rounding is measured in: `net (fen) · rate (millionths)`.
pub(super) const FEN: i64 = 1_000_000;
/// Most that `net · rate` and the tax of one printed row may differ by: 0.06 yuan.
const ROW_TOLERANCE: i64 = 6 * FEN;
/// Most that they may differ by on one invoice: 1.27 yuan.
pub(super) const INVOICE_TOLERANCE: i64 = 127 * FEN;

/// Below this many fen a product with a million stays far inside 64 bits.
const SMALL: i64 = 1 << 40;

/// What one pass over the lines finds.
pub(super) struct Survey {
    /// Lines that come to nothing after discount, by index.
    pub(super) zero: Vec<u32>,
    /// The group of all lines, where there is only one.
    pub(super) only: Option<GroupKey>,
    /// Whether all lines together are one invoice.
    pub(super) fits: bool,
    /// Whether no invoice can come near the tolerance, however the lines are laid.
    pub(super) calm: bool,
}

/// What a line must have in common with the others on its invoice.
pub(super) fn key(line: &SplitLine, index: u32, grouping: Grouping) -> GroupKey {
    let treatment = line.treatment();
    let value = match grouping {
        // One line alone on its invoice.
        _ if treatment == Treatment::Differential => u64::from(index),
        Grouping::None => 0,
        Grouping::Category => line.code().number(),
        Grouping::Rate => u64::from(line.rate().millionths()),
        Grouping::Treatment => treatment as u64,
        Grouping::CodePrefix(digits) => line.code().prefix(u32::from(digits)).number(),
    };
    GroupKey { mixing: treatment.mixing_group(), value }
}

/// By how much `net · rate` exceeds the tax; zero where tax is not owed on the net amount.
pub(super) fn drift(line: &SplitLine) -> i64 {
    if matches!(line.treatment(), Treatment::Differential | Treatment::LeaseReduced) {
        return 0;
    }
    let (net, tax, rate) = (line.net().fen(), line.tax().fen(), line.rate().millionths());
    if net < SMALL && tax < SMALL {
        return net * i64::from(rate) - tax * FEN;
    }
    let drift = i128::from(net) * i128::from(rate) - i128::from(tax) * i128::from(FEN);
    i64::try_from(drift).unwrap_or(i64::MAX)
}

/// Checks every line and finds what decides how the packing goes.
pub(super) fn survey(
    lines: &[SplitLine],
    policy: &SplitPolicy,
    measure: &Measure,
) -> Result<Survey, Refusal> {
    let first = lines.first().ok_or_else(|| Refusal::new(RefusalCode::SplitEmpty))?;
    if u32::try_from(lines.len()).is_err() {
        return Err(Refusal::new(RefusalCode::AmountOverflow));
    }
    let only = key(first, 0, policy.grouping());
    let mut found = Survey { zero: Vec::new(), only: Some(only), fits: false, calm: true };
    let (mut listed, mut gross, mut net, mut rows) = (0_i128, 0_i128, 0_i128, 0_u64);
    let (mut drifts, mut skew, mut cuts) = (0_i64, 0_i64, 0_i64);
    for (index, line) in (0_u32..).zip(lines) {
        let drift = drift(line);
        let own = weight(line);
        check(line, index, measure, drift, own)?;
        listed += i128::from(line.list().fen());
        gross += i128::from(line.gross().fen());
        net += i128::from(line.net().fen());
        rows += u64::from(own);
        drifts = drifts.saturating_add(drift.saturating_abs());
        skew = skew.saturating_add(drift);
        cuts += i64::from(measure.size(line) > measure.capacity);
        if line.gross().is_zero() {
            found.zero.push(index);
        }
        if found.only.is_some() && key(line, index, policy.grouping()) != only {
            found.only = None;
        }
    }
    if gross == 0 {
        return Err(Refusal::new(RefusalCode::SplitEmpty));
    }
    if i64::try_from(listed).is_err() {
        return Err(Refusal::new(RefusalCode::AmountOverflow));
    }
    let size = if measure.basis == Basis::Net { net } else { gross };
    found.fits = size <= i128::from(measure.capacity)
        && rows <= u64::from(measure.rows)
        && skew.saturating_abs() <= INVOICE_TOLERANCE;
    // Each line of an invoice may also be a part, which cumulative rounding moves by less than 3 fen.
    let parts = i64::try_from(lines.len()).unwrap_or(i64::MAX).saturating_add(cuts);
    let moved = if found.fits { 0 } else { parts.saturating_mul(3 * FEN) };
    found.calm = drifts.saturating_add(moved) <= INVOICE_TOLERANCE;
    Ok(found)
}

fn check(line: &SplitLine, index: u32, measure: &Measure, drift: i64, rows: u32) -> Result<(), Refusal> {
    let refuse = |what: &str| {
        Err(Refusal::new(RefusalCode::SplitLineAmounts).with("line", u64::from(index) + 1).with("what", what))
    };
    if line.net().is_zero() && line.gross().is_positive() {
        return refuse("net > 0");
    }
    if let Some(quantity) = line.quantity_ref()
        && (quantity.is_sign_negative() || quantity.is_zero())
    {
        return refuse("quantity > 0");
    }
    if drift.saturating_abs() > ROW_TOLERANCE {
        return refuse("|net x rate - tax| <= 0.06");
    }
    if rows > measure.rows {
        return Err(Refusal::new(RefusalCode::SplitLineCap).with("cap", measure.rows));
    }
    Ok(())
}
