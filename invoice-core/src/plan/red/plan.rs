use std::collections::HashMap;

use rust_decimal::Decimal;

use super::amounts::{Taken, Taking, red_row};
use super::blue::{BlueInvoice, BluePart, BlueRow};
use super::choose::{Cover, choose};
use super::form::{RedDemand, RedExtent, RedForm, RedPlan, RedReason};
use super::regime::refuse_kinds;
use crate::error::{Refusal, RefusalCode};
use crate::money::Money;

/// Where a blue invoice printed a share of a demanded line.
#[derive(Debug, Clone, Copy)]
struct Place {
    demand: u32,
    blue: u32,
    row: u32,
    part: u32,
    open: i64,
}

/// Plans the red forms for some demands.
///
/// Under [`RedExtent::Minimal`] a form takes what was demanded; an invoice that can only be flushed in full is
/// taken in full, and what that takes beyond the demand is open for invoicing again. Several demands of one line
/// count together. What no invoice has left is [unmet](RedPlan::unmet), not refused: the caller decides.
///
/// # Errors
/// - `RED-01` when the reason demands whole invoices and the plan would take less;
/// - `RED-02` when the reason is not open to an invoice of only goods, or only services;
/// - `RED-03` when an allowance names a quantity;
/// - `RED-04` when a demand is not above zero;
/// - `RED-05` when more of a blue invoice is red than it had, or its amounts do not add up;
/// - `RED-06` when the kind of the red may not flush the kind of the blue;
/// - `RED-07` when a digital red would flush what a tax disk issued that is still in use;
/// - `RED-08` when only an allowance can flush a row: its printed price misses its amount, or no quantity fits;
/// - `RED-09` when a legacy paper invoice would be flushed in full that can still be voided;
/// - `MONEY-01` when the demands of a line are beyond 64 bits of fen.
///
/// ```
/// use invoice_core::money::Money;
/// use invoice_core::plan::red::{
///     BlueInvoice, BluePart, BlueRow, RedDemand, RedExtent, RedReason, plan_red,
/// };
/// let fen = Money::from_fen;
/// let part = BluePart::new(7, Some(3.into()), fen(26_549), fen(3_451), fen(30_000));
/// let blue = BlueInvoice::new(vec![BlueRow::new(1, Some(3.into()), vec![part])]);
/// let back = RedDemand { line: 7, gross: fen(20_000), quantity: Some(2.into()) };
/// let plan = plan_red(&[blue], &[back], RedReason::Returned, RedExtent::Minimal)?;
/// let row = &plan.forms()[0].rows[0];
/// assert_eq!((row.quantity, row.net, row.tax), (Some(2.into()), fen(17_699), fen(2_301)));
/// # Ok::<(), invoice_core::error::Refusal>(())
/// ```
pub fn plan_red(
    blues: &[BlueInvoice],
    demands: &[RedDemand],
    reason: RedReason,
    extent: RedExtent,
) -> Result<RedPlan, Refusal> {
    let demands = gather(demands, reason)?;
    let places = places(blues, &demands)?;
    let (wanted, unmet) = limit_to_open(&demands, &places);
    let cover = choose(&edges(&places), &wanted);
    refuse_reason(blues, &cover, reason)?;
    let takings = takings(blues, &demands, places, &wanted, &cover);
    let mut forms = Vec::with_capacity(cover.blues.len());
    let mut followed = Vec::new();
    let mut rest = takings.as_slice();
    for &index in &cover.blues {
        let of_blue = rest.iter().take_while(|taking| taking.blue == index).count();
        let (mine, behind) = rest.split_at(of_blue);
        rest = behind;
        let Some(blue) = blues.get(index as usize) else { continue };
        let form = form(blue, index, mine, reason, extent, &mut followed)?;
        refuse_kinds(blue, &form)?;
        if reason == RedReason::IssuedInError && !form.full {
            return Err(Refusal::new(RefusalCode::RedFullOnly).with("blue", u64::from(index) + 1));
        }
        forms.push(form);
    }
    let witness = cover.witness.iter().filter_map(|&at| demands.get(at as usize)).map(|demand| demand.line);
    Ok(RedPlan {
        forms,
        unmet,
        lower_bound: cover.lower_bound,
        witness: witness.collect(),
        forced: cover.forced,
        followed,
    })
}

/// Demands by line, in order of the first of each.
fn gather(demands: &[RedDemand], reason: RedReason) -> Result<Vec<RedDemand>, Refusal> {
    let mut gathered: Vec<RedDemand> = Vec::with_capacity(demands.len());
    let mut known: HashMap<u32, usize> = HashMap::with_capacity(demands.len());
    for demand in demands {
        let positive = demand.quantity.is_none_or(|quantity| quantity > Decimal::ZERO);
        if !demand.gross.is_positive() || !positive {
            return Err(Refusal::new(RefusalCode::RedDemandAmount).with("line", demand.line));
        }
        if reason == RedReason::Allowance && demand.quantity.is_some() {
            return Err(Refusal::new(RefusalCode::RedAllowanceQuantity).with("line", demand.line));
        }
        let at = *known.entry(demand.line).or_insert(gathered.len());
        match gathered.get_mut(at) {
            None => gathered.push(*demand),
            Some(known) => {
                let sum = known.gross.checked_add(demand.gross);
                known.gross = sum.ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))?;
                let both = known.quantity.zip(demand.quantity);
                known.quantity = both.and_then(|(a, b)| a.checked_add(b));
            }
        }
    }
    Ok(gathered)
}

/// Every place of a demanded line with something left, by blue invoice, row and part.
fn places(blues: &[BlueInvoice], demands: &[RedDemand]) -> Result<Vec<Place>, Refusal> {
    let known: HashMap<u32, u32> = (0_u32..).zip(demands).map(|(at, demand)| (demand.line, at)).collect();
    let mut places = Vec::new();
    for (blue, invoice) in (0_u32..).zip(blues) {
        for (row, printed) in (0_u32..).zip(invoice.rows()) {
            for (part, share) in (0_u32..).zip(printed.parts()) {
                if !share.is_sound() {
                    return Err(Refusal::new(RefusalCode::RedBlueAmounts).with("blue", u64::from(blue) + 1));
                }
                let Some(&demand) = known.get(&share.line) else { continue };
                let open = share.open().fen();
                if open > 0 {
                    places.push(Place { demand, blue, row, part, open });
                }
            }
        }
    }
    Ok(places)
}

/// What can be had of each demand, and what cannot.
fn limit_to_open(demands: &[RedDemand], places: &[Place]) -> (Vec<i64>, Vec<RedDemand>) {
    let mut open = vec![0_i64; demands.len()];
    for place in places {
        if let Some(sum) = open.get_mut(place.demand as usize) {
            *sum = sum.saturating_add(place.open);
        }
    }
    let mut unmet = Vec::new();
    for (open, demand) in open.iter_mut().zip(demands) {
        let missing = demand.gross.fen().saturating_sub(*open);
        if missing > 0 {
            unmet.push(RedDemand { gross: Money::from_fen(missing), quantity: None, ..*demand });
        }
        *open = demand.gross.fen().min(*open);
    }
    (open, unmet)
}

/// What each blue invoice has left of each demand: `(demand, blue, gross)`, by blue.
fn edges(places: &[Place]) -> Vec<(u32, u32, i64)> {
    let mut places: Vec<&Place> = places.iter().collect();
    // By blue invoice already; a line may have several places on one, with others between.
    places.sort_by_key(|place| (place.blue, place.demand));
    let mut edges: Vec<(u32, u32, i64)> = Vec::with_capacity(places.len());
    for place in places {
        match edges.last_mut() {
            Some((demand, blue, open)) if (*demand, *blue) == (place.demand, place.blue) => {
                *open = open.saturating_add(place.open);
            }
            _ => edges.push((place.demand, place.blue, place.open)),
        }
    }
    edges
}

fn refuse_reason(blues: &[BlueInvoice], cover: &Cover, reason: RedReason) -> Result<(), Refusal> {
    for &index in &cover.blues {
        let Some(blue) = blues.get(index as usize) else { continue };
        let all = |of: fn(u8) -> bool| blue.rows().iter().all(|row| of(row.chapter()));
        let closed = match reason {
            RedReason::Returned => all(|chapter| chapter == 3),
            RedReason::ServiceStopped => all(|chapter| chapter == 1 || chapter == 2),
            RedReason::IssuedInError | RedReason::Allowance => false,
        };
        if closed {
            return Err(Refusal::new(RefusalCode::RedReasonOfCode)
                .with("reason", reason.code())
                .with("blue", u64::from(index) + 1));
        }
    }
    Ok(())
}

/// What is taken where: of each line first what goes in any case, because its invoice only goes in full; then whole
/// parts, the largest first; and at most one part cut.
fn takings(
    blues: &[BlueInvoice],
    demands: &[RedDemand],
    mut places: Vec<Place>,
    wanted: &[i64],
    cover: &Cover,
) -> Vec<Taking> {
    let mut chosen = vec![false; blues.len()];
    for &blue in &cover.blues {
        if let Some(flag) = chosen.get_mut(blue as usize) {
            *flag = true;
        }
    }
    places.retain(|place| chosen.get(place.blue as usize).is_some_and(|chosen| *chosen));
    let whole = |place: &Place| blues.get(place.blue as usize).is_some_and(BlueInvoice::is_full_only);
    places.sort_unstable_by_key(|place| {
        (place.demand, !whole(place), -place.open, place.blue, place.row, place.part)
    });
    let mut takings = Vec::with_capacity(places.len());
    for group in places.chunk_by(|a, b| a.demand == b.demand) {
        let Some(at) = group.first().map(|place| place.demand as usize) else { continue };
        let (Some(&wanted), Some(demand)) = (wanted.get(at), demands.get(at)) else { continue };
        let (mut left, mut quantity, mut cut) = (wanted, demand.quantity, None);
        for place in group.iter().filter(|place| place.open > 0) {
            let all = whole(place);
            if place.open > left && !all {
                cut = Some(*place);
                continue;
            }
            left = left.saturating_sub(place.open).max(0);
            let share = part_at(blues, place).and_then(BluePart::open_quantity);
            quantity = quantity.zip(share).and_then(|(all, share)| all.checked_sub(share));
            takings.push(Taking::new(place.blue, place.row, place.part, place.open, None));
        }
        if let Some(place) = cut.filter(|_| left > 0) {
            takings.push(Taking::new(place.blue, place.row, place.part, left, quantity));
        }
    }
    takings.sort_unstable_by_key(|taking| (taking.blue, taking.row, taking.part));
    takings
}

fn part_at<'a>(blues: &'a [BlueInvoice], place: &Place) -> Option<&'a BluePart> {
    blues.get(place.blue as usize)?.rows().get(place.row as usize)?.parts().get(place.part as usize)
}

/// The form of one blue invoice from what is taken of it.
fn form(
    blue: &BlueInvoice,
    index: u32,
    takings: &[Taking],
    reason: RedReason,
    extent: RedExtent,
    followed: &mut Vec<(u32, u32)>,
) -> Result<RedForm, Refusal> {
    let mut form = RedForm { blue: index, full: false, whole: blue.whole_because(), rows: Vec::new() };
    let mut add = |row: &BlueRow, at: u32, takings: &[Taking]| {
        match red_row(row, at, takings, reason) {
            Taken::Nothing => {}
            Taken::Row(red) => form.rows.push(red),
            Taken::Followed(red) => {
                form.rows.push(red);
                followed.push((index, at));
            }
            Taken::AllowanceOnly => {
                return Err(Refusal::new(RefusalCode::RedAllowanceOnly)
                    .with("blue", u64::from(index) + 1)
                    .with("row", u64::from(at) + 1));
            }
        }
        Ok(())
    };
    if extent == RedExtent::WholeInvoice || blue.is_full_only() {
        for (at, row) in (0_u32..).zip(blue.rows()) {
            let all: Vec<Taking> = (0_u32..)
                .zip(row.parts())
                .map(|(part, share)| Taking::new(index, at, part, share.open().fen(), None))
                .collect();
            add(row, at, &all)?;
        }
    } else {
        for mine in takings.chunk_by(|a, b| a.row == b.row) {
            let Some(at) = mine.first().map(|taking| taking.row) else { continue };
            let Some(row) = blue.rows().get(at as usize) else { continue };
            add(row, at, mine)?;
        }
    }
    let open: Money = blue.rows().iter().map(BlueRow::open).sum();
    form.full = blue.is_untouched() && form.gross() == open;
    Ok(form)
}
