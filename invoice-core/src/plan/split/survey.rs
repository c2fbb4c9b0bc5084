use super::bound::Needs;
use super::line::SplitLine;
use super::measure::{Measure, weight};
use super::plan::GroupKey;
use super::policy::{Grouping, SplitPolicy};
use crate::error::{Refusal, RefusalCode};
use crate::limits::Basis;
use crate::money::Money;
use crate::tax::Treatment;

/// A fen of tax in the unit that rounding is measured in: `net (fen) · rate (millionths)`.
pub(super) const FEN: i64 = 1_000_000;
/// Most that `net · rate` and the tax of one printed row may differ by: 0.06 yuan.
const ROW_TOLERANCE: i64 = 6 * FEN;
/// Most that they may differ by on one invoice: 1.27 yuan.
pub(super) const INVOICE_TOLERANCE: i64 = 127 * FEN;

/// What is left of the tolerance for whole lines: an invoice begins and ends with at most one part each, which
/// cumulative rounding moves by less than 3 fen.
pub(super) const WHOLE_TOLERANCE: i64 = INVOICE_TOLERANCE - 6 * FEN;

/// Below this many fen a product with a million stays far inside 64 bits.
const SMALL: i64 = 1 << 40;

/// What one pass over the lines finds.
pub(super) struct Survey {
    /// Lines that come to nothing after discount, by index.
    pub(super) zero: Vec<u32>,
    /// The group of all lines, where there is only one.
    pub(super) only: Option<GroupKey>,
    /// The ends of the invoices, where all lines laid in order are to be printed, and nothing but the tolerance of
    /// tax ends an invoice: no second pass is needed then. The end of the last is `all`.
    pub(super) ends: Option<Vec<End>>,
    /// The end of all lines.
    pub(super) all: End,
    /// Whether no invoice can come near the tolerance, however the lines are laid.
    pub(super) calm: bool,
    /// What the lines would need together, were they one group.
    pub(super) needs: Needs,
}

/// The end of an invoice that holds the lines behind the end before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct End {
    /// How many lines there are up to here.
    pub(super) lines: u32,
    /// What these come to, in fen.
    pub(super) net: i64,
    /// What these come to, in fen.
    pub(super) gross: i64,
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
    GroupKey { mixing: mixing(line), value }
}

/// The mixing group of lines that are not taxable and may stand beside anything: they have none of their own.
const BESIDE_ANYTHING: u8 = u8::MAX;

/// The mixing group of a line, as far as it follows from the line alone.
fn mixing(line: &SplitLine) -> u8 {
    match line.treatment() {
        Treatment::NotTaxable if line.code().stands_beside_anything() => BESIDE_ANYTHING,
        treatment => treatment.mixing_group(),
    }
}

/// Whom a line may find on its invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// No line of the order mixes as ordinary lines do.
    Alike,
    /// At least one does.
    Ordinary,
}

/// The mixing group of a line in its company: what may stand beside anything stands beside ordinary lines where
/// there are any, else beside what is not taxable.
pub(super) fn companion(mixing: u8, company: Company) -> u8 {
    match (mixing, company) {
        (BESIDE_ANYTHING, Company::Ordinary) => Treatment::Standard.mixing_group(),
        (BESIDE_ANYTHING, Company::Alike) => Treatment::NotTaxable.mixing_group(),
        (mixing, _) => mixing,
    }
}

pub(super) fn company(lines: &[SplitLine]) -> Company {
    let ordinary = Treatment::Standard.mixing_group();
    if lines.iter().any(|line| mixing(line) == ordinary) { Company::Ordinary } else { Company::Alike }
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
    let alone = key(first, 0, policy.grouping());
    let (mut zero, mut only, mut needs) = (Vec::new(), true, Needs::default());
    // Net and discount are at most what is listed: where that fits 64 bits, they do.
    let (mut listed, mut discount, mut net, mut rows) = (0_u64, 0_i64, 0_i64, 0_u64);
    let (mut drifts, mut skew, mut cuts) = (0_i64, 0_i64, 0_i64);
    let (mut ends, mut began) = (Vec::new(), 0_i64);
    let half = measure.capacity / 2;
    for (index, line) in (0_u32..).zip(lines) {
        let (drift, own) = (drift(line), weight(line));
        check(line, index, measure, drift, own)?;
        if !(-WHOLE_TOLERANCE..=WHOLE_TOLERANCE).contains(&(skew + drift - began)) && measure.is_unlimited() {
            // The sums are checked below; until then they may be nonsense, but no fault.
            ends.push(End { lines: index, net, gross: listed.cast_signed().wrapping_sub(discount) });
            began = skew;
        }
        listed = listed.saturating_add(line.list().fen().unsigned_abs());
        discount = discount.wrapping_add(line.discount().fen());
        net = net.wrapping_add(line.net().fen());
        rows += u64::from(own);
        // Within the tolerance of a row, so that 2³² of them are far inside 64 bits.
        drifts += drift.abs();
        skew += drift;
        let size = measure.size(line);
        if size > half {
            cuts += i64::from(size > measure.capacity);
            needs.large_line(line, measure, size);
        }
        if line.gross().is_zero() {
            zero.push(index);
        }
        only = only && key(line, index, policy.grouping()) == alone;
    }
    let Ok(listed) = i64::try_from(listed) else {
        return Err(Refusal::new(RefusalCode::AmountOverflow));
    };
    let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let all = End { lines: count, net, gross: listed - discount };
    let (gross, net) = (Money::from_fen(all.gross), Money::from_fen(net));
    if gross.is_zero() {
        return Err(Refusal::new(RefusalCode::SplitEmpty));
    }
    let size = if measure.basis == Basis::Net { net } else { gross };
    let nothing =
        zero.iter().filter_map(|&index| lines.get(index as usize)).map(|line| i128::from(weight(line)));
    needs.all(size, skew, i128::from(rows) - nothing.sum::<i128>());
    let fits =
        size.fen() <= measure.capacity && rows <= u64::from(measure.rows) && skew.abs() <= INVOICE_TOLERANCE;
    let laid = zero.is_empty() && rows <= u64::from(measure.rows);
    let ends = match laid && (fits || measure.is_unlimited()) {
        true if fits => Some(Vec::new()),
        true => Some(ends),
        false => None,
    };
    // Each line of an invoice may also be a part, which cumulative rounding moves by less than 3 fen.
    let parts = i64::try_from(lines.len()).unwrap_or(i64::MAX).saturating_add(cuts);
    let moved = if fits { 0 } else { parts.saturating_mul(3 * FEN) };
    let calm = drifts.saturating_add(moved) <= INVOICE_TOLERANCE;
    let only = only.then_some(GroupKey { mixing: companion(alone.mixing, Company::Alike), ..alone });
    Ok(Survey { zero, only, ends, all, calm, needs })
}

#[inline]
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
    // Its sign is anybody's guess: no branch may hang on it.
    if !(-ROW_TOLERANCE..=ROW_TOLERANCE).contains(&drift) {
        return refuse("|net x rate - tax| <= 0.06");
    }
    if rows > measure.rows {
        return Err(Refusal::new(RefusalCode::SplitLineCap).with("cap", measure.rows));
    }
    Ok(())
}
