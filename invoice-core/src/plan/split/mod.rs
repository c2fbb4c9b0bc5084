//! Split (拆票): the lines of one application become the fewest invoices that every rule allows.
//!
//! # How
//!
//! Lines fall into groups that may share invoices: by [`Grouping`], and never across treatments that may not mix; a
//! line taxed on the difference stands alone, with its discount netted in, because such an invoice has exactly one
//! row. Water charges and the summary of a telecom operator, not taxable, may stand beside anything: they count as
//! ordinary lines where the order has any. A group is laid on invoices by the first of these that reaches its lower
//! bound, else by the best of them:
//!
//! 1. up to 64 lines in order, cutting only lines that are more than one invoice holds;
//! 2. up to 64 lines first fit with the largest line first, so that no line is cut without need;
//! 3. in order, cutting a line only where leaving the room empty would cost an invoice: what all invoices together may
//!    leave empty is what the bound holds beyond the sum. Given up as soon as that is overdrawn. Without a limit nothing
//!    is cut, and neither this nor what follows is a second packing of a long group;
//! 4. in order, filling each invoice to the highest amount allowed;
//! 5. longer groups as by 1, where rows or tolerance ended an invoice in 4 before its room did;
//! 6. first fit with the largest unit first;
//! 7. for up to eight lines, all ways, as far as a fixed budget goes.
//!
//! [`Packing::KeepOrder`] stops after the first: in a group the lines keep their order, the next invoice begins when
//! the next line does not fit, and a line that never fits begins on the invoice at hand. Rows that were merged, and
//! groups so long that the rounding of tax could reach what one invoice tolerates (1.27), are packed in order only
//! (by 1, 3, 4 and 5).
//!
//! A line is cut at whole units where [`Yields::Quantity`] holds, its quantity is whole and its dearest unit fits;
//! else at any fen of the limited amount. Parts are cumulative roundings of the line, so they sum to it in net, tax,
//! gross, quantity and discount; no part has a net amount of zero. Where the limit is on gross, the tax of a part may
//! move by a fen so that a part of one fen is not all tax. A merged row is a run of whole lines and parts; cutting it
//! cuts its lines.
//!
//! **Lines that come to nothing** after discount are printed with their discount row on the first invoice of their
//! group with two free rows; where there is none (a group without amount included), and where they had no amount to
//! begin with, they are [left out](SplitPlan::left_out). They never cause an invoice.
//!
//! # Bounds
//!
//! Let `C` be the highest amount of an invoice, `S` what a group comes to, `R` the row cap. No plan is smaller than
//! any of `⌈S/C⌉`, `⌈rows/R⌉` where a line of size `s` prints on `⌈s/C⌉` invoices at least, `⌈|rounding of
//! tax|/1.27⌉` (rounding is additive over parts), and the number of units above `C/2`, no two of which share an
//! invoice. The largest is the group's bound, the sum over groups is [`SplitPlan::lower_bound`].
//!
//! - **Lines that can be cut anywhere, no row cap: optimal.** Step 4 leaves no room on any invoice but the last, so it
//!   needs `⌈S/C⌉`. (Near the tolerance of 1.27 an invoice may close earlier.)
//! - **Whole units, no row cap: at most `2·bound − 1`**, by step 4 alone: an invoice ends because the next unit does not
//!   fit, so it and the next hold more than `C` together. The same by step 6. Let `b` invoices result. The first unit on a later
//!   invoice found no room on any earlier one when it was placed, and rooms only shrink, so any two invoices hold more
//!   than `C` together. For even `b` that gives `S > C·b/2`, so the bound is at least `b/2 + 1`; for odd `b`,
//!   `S > C·(b−1)/2`, and the bound is at least `(b+1)/2`. In both cases `b ≤ 2·bound − 1`.
//! - **Where no unit is within a fen of `C/2`, at most `3/2·bound`** (rounded up), by step 6. Let `j = ⌈2b/3⌉`. If invoice `j`
//!   holds a unit above `C/2`, then, the largest being placed first, so do all before it, and the bound is at least
//!   `j`. If not, invoices `j` to `b` hold only units of at most `C/2`, hence all but the last at least two, and none
//!   of these `2(b−j)+1 ≥ j−1` units fitted on the first `j−1` invoices: pair them off, and `S > C·(j−1)`, so the
//!   bound is at least `j` again.
//! - **With a row cap of at least 4 and whole units: at most `2·(⌈S/C⌉ + ⌈lines/(R−3)⌉) + 1`**, by step 4: an invoice
//!   closes because it is out of rows, having begun at least `R − 3` rows of new lines, or because the next unit does
//!   not fit, and then it and the next hold more than `C`. With a row cap the problem is hard even for lines that can
//!   be cut anywhere.
//! - **Few lines: the fewest there are**, by step 7; a test compares every order of up to five lines over three limits
//!   and four row caps with an enumeration that shares no code.

mod bound;
mod emit;
mod fit;
mod groups;
mod line;
mod measure;
mod merge;
mod order;
mod pack;
mod plan;
mod policy;
mod row;
mod search;
mod survey;

use bound::Needs;
use emit::{emit, position};
use fit::{Block, first_fit};
use groups::{Members, groups};
use measure::Measure;
use pack::{Laid, Layout, Merged, Packed, Spare, in_order};
use search::{LINES, search};
use survey::{End, survey};

use crate::error::Refusal;
use crate::money::Money;

pub use line::SplitLine;
pub use plan::{BoundKind, InvoiceSpan, SplitPlan};
pub(crate) use plan::{Cell, Cut, Group, GroupKey, span};
pub use policy::{Grouping, Packing, SplitPolicy, Yields};
pub use row::{Part, Parts, Row, RowKind, Rows};

/// Up to this many lines of a group are tried whole in decreasing order before any is cut.
const FEW: usize = 64;

/// Plans the invoices of some lines.
///
/// # Errors
/// - `SPLIT-01` when there is no line, or nothing is left to pay for;
/// - `SPLIT-02` when the amounts of a line do not hold together (lines are counted from 1);
/// - `SPLIT-03` when the limit is too small to cut a line;
/// - `SPLIT-04` when a line with its discount row is more rows than an invoice may have;
/// - `MONEY-01` when the amounts together are beyond 64 bits of fen.
pub fn split(lines: &[SplitLine], policy: &SplitPolicy) -> Result<SplitPlan, Refusal> {
    let mut plan = SplitPlan::default();
    split_into(lines, policy, &mut plan)?;
    Ok(plan)
}

/// The same as [`split()`], into the memory of a plan that is not needed any more: for long runs, where fresh memory
/// for large orders costs more than planning them.
///
/// # Errors
/// As [`split()`]; the plan is empty then.
pub fn split_into(lines: &[SplitLine], policy: &SplitPolicy, plan: &mut SplitPlan) -> Result<(), Refusal> {
    plan.clear(*policy);
    let done = fill(lines, policy, plan);
    if done.is_err() {
        plan.clear(*policy);
    }
    done
}

/// Fills an empty plan.
fn fill(lines: &[SplitLine], policy: &SplitPolicy, plan: &mut SplitPlan) -> Result<(), Refusal> {
    let measure = Measure::new(policy)?;
    let survey = survey(lines, policy, &measure)?;
    match (survey.only, &survey.ends) {
        (Some(key), Some(ends)) if !policy.merges_equal_lines() => {
            let mut first = End::default();
            for (at, end) in (0..).zip(ends.iter().chain([&survey.all])) {
                plan.cells.push(Cell::Lines { first: first.lines, count: end.lines - first.lines });
                let (net, gross) = (end.net - first.net, end.gross - first.gross);
                let (net, tax) = (Money::from_fen(net), Money::from_fen(gross - net));
                plan.invoices.push(InvoiceSpan { net, tax, cells: (at, at + 1) });
                first = *end;
            }
            let (why, bound) = survey.needs.bound(&measure, false);
            plan.groups.push(Group { key, invoices: (0, position(plan.invoices.len())?), bound, why });
        }
        (only, _) => {
            for members in groups(lines, policy, &survey) {
                let needs = match only {
                    Some(_) => survey.needs,
                    None => Needs::of(lines, &members.lines, &measure),
                };
                group(lines, members, &measure, survey.calm, &needs, plan)?;
            }
        }
    }
    plan.left_out.sort_unstable();
    plan.lower_bound =
        plan.groups.iter().try_fold(0_u32, |sum, group| sum.checked_add(group.bound)).unwrap_or(u32::MAX);
    Ok(())
}

/// Packs and writes one group.
fn group(
    lines: &[SplitLine],
    mut members: Members,
    measure: &Measure,
    calm: bool,
    needs: &Needs,
    plan: &mut SplitPlan,
) -> Result<(), Refusal> {
    if members.lines.is_empty() {
        plan.left_out.append(&mut members.zero);
        return Ok(());
    }
    let policy = plan.policy;
    let merged = match policy.merges_equal_lines() {
        true => merge::items(lines, &mut members.lines),
        false => Merged::default(),
    };
    let layout = Layout { lines, order: &members.lines, measure, merged: &merged, calm };
    let (why, bound) = needs.bound(measure, policy.merges_equal_lines());
    let packed = match policy.packing() {
        Packing::KeepOrder => in_order(&layout, Spare::Any, Packed::default())?.packed.unwrap_or_default(),
        Packing::Fewest => fewest(&layout, needs, bound as usize)?,
    };
    let packed = merge::place_zero_lines(packed, &members.zero, lines, measure, &merged, &mut plan.left_out);
    let first = position(plan.invoices.len())?;
    emit(lines, measure, &merged, &packed, plan)?;
    let end = position(plan.invoices.len())?;
    plan.groups.push(Group { key: members.key, invoices: (first, end), bound, why });
    Ok(())
}

/// Lays a group on the fewest invoices found.
fn fewest(layout: &Layout<'_>, needs: &Needs, bound: usize) -> Result<Packed, Refusal> {
    let reaches = |packed: &Packed| packed.invoices() <= bound;
    // Merged rows, and groups near the tolerance of an invoice, stay in order.
    let sorts = layout.calm && layout.merged.is_empty();
    let few = layout.order.len() <= FEW;
    let mut best: Option<Packed> = None;
    if few {
        best = in_order(layout, Spare::Any, Packed::default())?.packed;
        if let Some(kept) = best.take_if(|kept| reaches(kept)) {
            return Ok(kept);
        }
        if sorts && let Some(whole) = first_fit(layout, Block::Line, bound) {
            return Ok(whole);
        }
    }
    // Without a limit no room is ever wanting, so that no cut saves an invoice: one packing is all there is to try.
    let unlimited = layout.measure.is_unlimited();
    let spare = match unlimited {
        true => Spare::Any,
        false => {
            let all = i128::from(layout.measure.capacity) * i128::try_from(bound).unwrap_or(0);
            Spare::UpTo(all - needs.amount)
        }
    };
    let laid = in_order(layout, spare, Packed::default())?;
    let mut better = |packed: Option<Packed>| {
        let packed = packed.into_iter().chain(best.take());
        best = packed.min_by_key(Packed::invoices);
        best.take_if(|packed| reaches(packed))
    };
    let given_up = laid.packed.is_none();
    if let Some(reached) = better(laid.packed) {
        return Ok(reached);
    }
    if !unlimited && (given_up || laid.crowded) {
        let Laid { packed, pressed, crowded } = in_order(layout, Spare::Nothing, Packed::default())?;
        if let Some(reached) = better(packed) {
            return Ok(reached);
        }
        // Filling leaves no more invoices than whole lines do, unless it was rows or tolerance that ended them.
        if !few
            && pressed
            && crowded
            && let Some(reached) = better(in_order(layout, Spare::Any, Packed::default())?.packed)
        {
            return Ok(reached);
        }
    }
    let mut best = best.unwrap_or_default();
    if sorts {
        for block in [Block::Line, Block::Unit] {
            if let Some(fewer) = first_fit(layout, block, best.invoices() - 1) {
                best = fewer;
            }
        }
        if layout.order.len() <= LINES {
            for count in bound..best.invoices() {
                if let Some(found) = search(layout, count) {
                    return Ok(found);
                }
            }
        }
    }
    Ok(best)
}
