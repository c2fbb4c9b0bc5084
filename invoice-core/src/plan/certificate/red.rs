//! One pass over red forms.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use super::fault::{Fault, Violation, ensure, fault};
use crate::invoice::{InvoiceKind, Medium, Regime};
use crate::money::Money;
use crate::plan::red::{
    BlueInvoice, BluePart, BlueRow, RedDemand, RedExtent, RedForm, RedPart, RedPlan, RedReason, RedRow,
    TaxDisk,
};

/// Checks red forms against the blue invoices and the demands they were planned for.
///
/// # Errors
/// The first [`Violation`] found.
pub fn check_red(
    blues: &[BlueInvoice],
    demands: &[RedDemand],
    reason: RedReason,
    extent: RedExtent,
    plan: &RedPlan,
) -> Result<(), Violation> {
    let mut wanted: HashMap<u32, i128> = HashMap::with_capacity(demands.len());
    for demand in demands {
        *wanted.entry(demand.line).or_default() += i128::from(demand.gross.fen());
    }
    let mut red: HashMap<u32, i128> = wanted.keys().map(|line| (*line, 0)).collect();
    // What goes in any case, because its invoice goes as a whole.
    let mut whole: HashMap<u32, i128> = HashMap::new();
    let mut cut = HashSet::new();
    let mut last = None;
    for form in plan.forms() {
        let at = form.blue as usize;
        ensure(last.is_none_or(|last| last < form.blue), Fault::Order, at)?;
        last = Some(form.blue);
        let Some(blue) = blues.get(at) else { return fault(Fault::UnknownLine, at) };
        check_form(blue, form, reason, extent, &mut cut)?;
        for part in form.rows.iter().flat_map(|row| &row.parts) {
            if takes_all(blue, extent) {
                *whole.entry(part.line).or_default() += i128::from(part.gross.fen());
            }
            match red.get_mut(&part.line) {
                Some(sum) => *sum += i128::from(part.gross.fen()),
                // Other lines go along only where the whole invoice goes.
                None => ensure(takes_all(blue, extent), Fault::Demand, at)?,
            }
        }
    }
    let open = open_by_line(blues, &wanted);
    check_demands(plan, &wanted, &red, &whole, &open)?;
    check_followed(blues, demands, plan)?;
    check_bound(blues, plan, &wanted, &open)
}

fn takes_all(blue: &BlueInvoice, extent: RedExtent) -> bool {
    extent == RedExtent::WholeInvoice || blue.is_full_only()
}

fn check_form(
    blue: &BlueInvoice,
    form: &RedForm,
    reason: RedReason,
    extent: RedExtent,
    cut: &mut HashSet<u32>,
) -> Result<(), Violation> {
    let at = form.blue as usize;
    ensure(!form.rows.is_empty(), Fault::Layout, at)?;
    let mut last = None;
    for red in &form.rows {
        ensure(last.is_none_or(|last| last < red.row), Fault::Order, at)?;
        last = Some(red.row);
        let Some(row) = blue.rows().get(red.row as usize) else { return fault(Fault::UnknownLine, at) };
        check_row(at, row, red, reason, cut)?;
    }
    let red: i128 = form.rows.iter().map(|row| i128::from(row.gross.fen())).sum();
    let parts = || blue.rows().iter().flat_map(BlueRow::parts);
    let open: i128 = parts().map(|part| i128::from(part.open().fen())).sum();
    let untouched = parts().all(|part| part.flushed.gross.is_zero() && part.flushed.quantity.is_zero());
    ensure(form.full == (untouched && red == open), Fault::Extent, at)?;
    ensure(!takes_all(blue, extent) || red == open, Fault::Extent, at)?;
    ensure(form.whole == blue.whole_because(), Fault::Extent, at)?;
    ensure(may_flush(blue), Fault::Kind, at)?;
    ensure(!(blue.is_voidable() && form.full), Fault::Kind, at)?;
    let chapters = |wanted: &[u8]| blue.rows().iter().all(|row| wanted.contains(&row.chapter()));
    let allowed = match reason {
        RedReason::IssuedInError => form.full,
        RedReason::Returned => !chapters(&[3]),
        RedReason::ServiceStopped => !chapters(&[1, 2]),
        RedReason::Allowance => true,
    };
    ensure(allowed, Fault::Extent, at)
}

/// New flushes old and electronic flushes paper, special flushes special, and a tax disk must be cancelled before
/// a digital red takes its place.
fn may_flush(blue: &BlueInvoice) -> bool {
    let Some((of, by, disk)) = blue.kinds() else { return true };
    let digital = |kind: InvoiceKind| kind.regime() == Regime::Digital;
    let paper = |kind: InvoiceKind| kind.medium() == Medium::Paper;
    let wrong_way = digital(of) && (!digital(by) || (paper(by) && !paper(of)));
    let disk_in_the_way = digital(by) && !digital(of) && disk != Some(TaxDisk::Cancelled);
    of.class() == by.class() && !wrong_way && !disk_in_the_way
}

fn check_row(
    at: usize,
    row: &BlueRow,
    red: &RedRow,
    reason: RedReason,
    cut: &mut HashSet<u32>,
) -> Result<(), Violation> {
    let mut blue = row.parts().iter();
    let (mut net, mut tax) = (0_i128, 0_i128);
    for part in &red.parts {
        // In the order of the blue parts, so that none is taken twice.
        let Some(share) = blue.find(|share| share.line == part.line) else { return fault(Fault::Order, at) };
        check_part(at, share, part, reason)?;
        // Whole parts first: of each line at most one is cut, wherever it lies.
        ensure(part.gross == share.open() || cut.insert(part.line), Fault::Cut, at)?;
        net += i128::from(part.net.fen());
        tax += i128::from(part.tax.fen());
    }
    ensure(!red.parts.is_empty(), Fault::Layout, at)?;
    ensure(i128::from(red.net.fen()) == net && i128::from(red.tax.fen()) == tax, Fault::RowSum, at)?;
    ensure(i128::from(red.gross.fen()) == net + tax, Fault::GrossSum, at)?;
    check_row_quantity(at, row, red, reason)
}

/// A row prints a quantity where its blue row did, except by allowance. It is what its parts take where that keeps
/// the price of the row, all that is left where the row is used up, and keeps the price in any case.
fn check_row_quantity(at: usize, row: &BlueRow, red: &RedRow, reason: RedReason) -> Result<(), Violation> {
    if row.quantity().is_none() || reason == RedReason::Allowance {
        return ensure(red.quantity.is_none(), Fault::Quantity, at);
    }
    let (Some(printed), Some(open)) = (red.quantity, row.open_quantity()) else {
        return fault(Fault::Quantity, at);
    };
    if let (Some((price, net)), Some(quantity)) = (row.printed_price(), row.quantity()) {
        let off = price.checked_mul(quantity).map(|sum| (sum - Decimal::new(net.fen(), 2)).abs());
        ensure(off.is_some_and(|off| off <= Decimal::new(1, 2)), Fault::Price, at)?;
    }
    ensure(printed > Decimal::ZERO && printed <= open, Fault::Quantity, at)?;
    let all = red.gross == row.open();
    ensure(all == (printed == open), Fault::Quantity, at)?;
    if all {
        return Ok(());
    }
    let sum = |net: fn(&BluePart) -> Money| row.parts().iter().map(|part| i128::from(net(part).fen())).sum();
    let price = Price {
        whole: (sum(|part| part.net), row.quantity().unwrap_or_default()),
        left: (sum(BluePart::open_net), open),
    };
    let net = i128::from(red.net.fen());
    ensure(price.holds(net, printed), Fault::Price, at)?;
    let taken = total(red.parts.iter().map(|part| part.quantity));
    let other = taken.filter(|taken| *taken != printed);
    ensure(other.is_none_or(|taken| !price.holds(net, taken)), Fault::Quantity, at)
}

/// What a row or a share came to and what is left of it: net in fen, and quantity.
struct Price {
    whole: (i128, Decimal),
    left: (i128, Decimal),
}

impl Price {
    /// Whether taking this much keeps the price within 0.01, for what is taken and for what stays. Where an
    /// allowance has moved what is left off the price, the price is what is left by what is left.
    fn holds(&self, net: i128, quantity: Decimal) -> bool {
        let (left, open) = self.left;
        let by = if keeps(self.whole, self.left) { self.whole } else { self.left };
        let rest = open.checked_sub(quantity).filter(|rest| *rest > Decimal::ZERO);
        quantity > Decimal::ZERO
            && keeps(by, (net, quantity))
            && rest.is_some_and(|rest| keeps(by, (left - net, rest)))
    }
}

/// `|net / whole · quantity − amount| ≤ 1` fen, without dividing.
fn keeps((net, whole): (i128, Decimal), (amount, quantity): (i128, Decimal)) -> bool {
    let digits = |number: Decimal, decimals: u32| {
        let number = number.normalize();
        10_i128.checked_pow(decimals - number.scale()).and_then(|by| by.checked_mul(number.mantissa()))
    };
    let decimals = whole.normalize().scale().max(quantity.normalize().scale());
    let due = || {
        let (whole, quantity) = (digits(whole, decimals)?, digits(quantity, decimals)?);
        let off = net.checked_mul(quantity)?.checked_sub(amount.checked_mul(whole)?)?;
        Some((off.checked_abs()?, whole))
    };
    due().is_some_and(|(off, whole)| off <= whole)
}

fn total(quantities: impl IntoIterator<Item = Option<Decimal>>) -> Option<Decimal> {
    quantities.into_iter().try_fold(Decimal::ZERO, |sum, quantity| sum.checked_add(quantity?))
}

fn check_part(at: usize, share: &BluePart, part: &RedPart, reason: RedReason) -> Result<(), Violation> {
    ensure(part.net.checked_add(part.tax) == Some(part.gross), Fault::GrossSum, at)?;
    ensure(part.net.is_positive() && !part.tax.is_negative(), Fault::Amount, at)?;
    let within =
        |red: Money, flushed: Money, blue: Money| flushed.checked_add(red).is_some_and(|sum| sum <= blue);
    let caps = within(part.net, share.flushed.net, share.net)
        && within(part.tax, share.flushed.tax, share.tax)
        && within(part.gross, share.flushed.gross, share.gross);
    ensure(caps, Fault::Exceeds, at)?;
    // The stored tax in proportion: cumulative rounding is within a fen of it, and moves one fen at most.
    let reached = i128::from(share.flushed.gross.fen()) + i128::from(part.gross.fen());
    let taken = i128::from(share.flushed.tax.fen()) + i128::from(part.tax.fen());
    let blue = i128::from(share.gross.fen());
    let off = taken * blue - i128::from(share.tax.fen()) * reached;
    let earlier = i128::from(share.flushed.tax.fen()) * blue
        - i128::from(share.tax.fen()) * i128::from(share.flushed.gross.fen());
    ensure(off.abs() <= (2 * blue).max(earlier.abs() + blue), Fault::RowTolerance, at)?;
    let all = part.gross == share.open();
    if let Some(quantity) = part.quantity {
        let open = share.open_quantity().unwrap_or_default();
        ensure(reason != RedReason::Allowance, Fault::Quantity, at)?;
        ensure(quantity > Decimal::ZERO && quantity <= open, Fault::Quantity, at)?;
        ensure(all == (quantity == open), Fault::Quantity, at)?;
        let price = Price {
            whole: (i128::from(share.net.fen()), share.quantity.unwrap_or_default()),
            left: (i128::from(share.open_net().fen()), open),
        };
        ensure(all || price.holds(i128::from(part.net.fen()), quantity), Fault::Price, at)?;
    } else if reason != RedReason::Allowance {
        ensure(share.open_quantity().is_none_or(|open| open.is_zero()), Fault::Quantity, at)?;
    }
    Ok(())
}

fn open_by_line(blues: &[BlueInvoice], wanted: &HashMap<u32, i128>) -> HashMap<u32, i128> {
    let mut open = HashMap::with_capacity(wanted.len());
    for part in blues.iter().flat_map(BlueInvoice::rows).flat_map(BlueRow::parts) {
        if wanted.contains_key(&part.line) {
            *open.entry(part.line).or_default() += i128::from(part.open().fen());
        }
    }
    open
}

/// Red and unmet together are the demand, to the fen; more is only red where invoices that go as a whole have more.
/// Only what no invoice has is unmet.
fn check_demands(
    plan: &RedPlan,
    wanted: &HashMap<u32, i128>,
    red: &HashMap<u32, i128>,
    whole: &HashMap<u32, i128>,
    open: &HashMap<u32, i128>,
) -> Result<(), Violation> {
    let mut unmet: HashMap<u32, i128> = HashMap::with_capacity(plan.unmet.len());
    for demand in plan.unmet() {
        let twice = unmet.insert(demand.line, i128::from(demand.gross.fen())).is_some();
        let sound =
            demand.gross.is_positive() && demand.quantity.is_none() && wanted.contains_key(&demand.line);
        ensure(!twice && sound, Fault::Demand, demand.line as usize)?;
    }
    for (line, wanted) in wanted {
        let open = open.get(line).copied().unwrap_or(0);
        let missing = unmet.get(line).copied().unwrap_or(0);
        let met = wanted - missing;
        ensure(missing == (wanted - open).max(0), Fault::Demand, *line as usize)?;
        let red = red.get(line).copied().unwrap_or(0);
        let must = whole.get(line).copied().unwrap_or(0).max(met);
        ensure(red == must, Fault::Demand, *line as usize)?;
    }
    Ok(())
}

/// Told to follow its amount is every quantity that is neither all that is left of its row nor what was demanded.
fn check_followed(blues: &[BlueInvoice], demands: &[RedDemand], plan: &RedPlan) -> Result<(), Violation> {
    // Of each line that is cut: what was demanded, less what is taken of it whole elsewhere.
    let mut rest: HashMap<u32, Option<Decimal>> = HashMap::new();
    let rows = || plan.forms().iter().flat_map(|form| form.rows.iter().map(move |red| (form.blue, red)));
    let share = |blue: u32, red: &RedRow, line: u32| {
        let row = blues.get(blue as usize)?.rows().get(red.row as usize)?;
        row.parts().iter().find(|share| share.line == line)
    };
    let is_cut = |blue, red, part: &RedPart| {
        share(blue, red, part.line).is_some_and(|share| share.open() != part.gross)
    };
    for (blue, red) in rows() {
        rest.extend(red.parts.iter().filter(|part| is_cut(blue, red, part)).map(|part| (part.line, None)));
    }
    let mut seen = HashSet::with_capacity(rest.len());
    for demand in demands {
        let Some(rest) = rest.get_mut(&demand.line) else { continue };
        let before = if seen.insert(demand.line) { Some(Decimal::ZERO) } else { *rest };
        *rest = before.zip(demand.quantity).and_then(|(sum, quantity)| sum.checked_add(quantity));
    }
    for (blue, red) in rows() {
        for part in red.parts.iter().filter(|part| !is_cut(blue, red, part)) {
            if let Some(rest) = rest.get_mut(&part.line) {
                *rest = rest.zip(part.quantity).and_then(|(rest, quantity)| rest.checked_sub(quantity));
            }
        }
    }
    let mut told = plan.followed.iter();
    for (blue, red) in rows() {
        let (Some(printed), Some(row)) =
            (red.quantity, blues.get(blue as usize).and_then(|blue| blue.rows().get(red.row as usize)))
        else {
            continue;
        };
        let as_demanded = |part: &RedPart| {
            !is_cut(blue, red, part)
                || part.quantity.is_none()
                || rest.get(&part.line).is_some_and(|rest| *rest == part.quantity)
        };
        let follows = red.gross != row.open()
            && (total(red.parts.iter().map(|part| part.quantity)) != Some(printed)
                || !red.parts.iter().all(as_demanded));
        ensure(!follows || told.next() == Some(&(blue, red.row)), Fault::Quantity, blue as usize)?;
    }
    ensure(told.next().is_none(), Fault::Quantity, 0)
}

/// Forced invoices are forced, the lines that bear witness share no invoice, and the bound is their sum.
fn check_bound(
    blues: &[BlueInvoice],
    plan: &RedPlan,
    wanted: &HashMap<u32, i128>,
    open: &HashMap<u32, i128>,
) -> Result<(), Violation> {
    let mut left: HashMap<u32, i128> = HashMap::with_capacity(plan.witness.len());
    for line in &plan.witness {
        let Some(wanted) = wanted.get(line) else { return fault(Fault::LowerBound, 0) };
        let most = (*wanted).min(open.get(line).copied().unwrap_or(0));
        ensure(left.insert(*line, most).is_none(), Fault::LowerBound, 0)?;
    }
    let forced: HashSet<u32> = plan.forced.iter().copied().collect();
    ensure(plan.forced.is_sorted_by(|a, b| a < b), Fault::Order, 0)?;
    let mut shares: HashMap<u32, Vec<i128>> = HashMap::with_capacity(left.len());
    let mut met = 0;
    for (blue, invoice) in (0_u32..).zip(blues) {
        let own = open_of(invoice);
        let needed = own.iter().any(|(line, own)| {
            let (Some(wanted), Some(open)) = (wanted.get(line), open.get(line)) else { return false };
            open - own < (*wanted).min(*open)
        });
        ensure(needed == forced.contains(&blue), Fault::LowerBound, blue as usize)?;
        let mut witnesses = own.into_iter().filter(|(line, own)| *own > 0 && left.contains_key(line));
        if needed {
            met += 1;
            let taken: Vec<_> = witnesses.collect();
            for (line, own) in taken {
                left.entry(line).and_modify(|left| *left -= own);
            }
        } else if let Some((line, own)) = witnesses.next() {
            ensure(witnesses.next().is_none(), Fault::LowerBound, blue as usize)?;
            shares.entry(line).or_default().push(own);
        }
    }
    ensure(met == forced.len(), Fault::LowerBound, blues.len())?;
    let mut bound = forced.len();
    for (line, left) in left {
        let mut left = left;
        let mut own = shares.remove(&line).unwrap_or_default();
        own.sort_unstable_by_key(|own| std::cmp::Reverse(*own));
        for own in own {
            bound += usize::from(left > 0);
            left -= own;
        }
    }
    let claimed = plan.lower_bound() as usize;
    ensure(claimed == bound && claimed <= plan.forms().len(), Fault::LowerBound, 0)
}

fn open_of(invoice: &BlueInvoice) -> HashMap<u32, i128> {
    let mut open = HashMap::new();
    for part in invoice.rows().iter().flat_map(BlueRow::parts) {
        *open.entry(part.line).or_default() += i128::from(part.open().fen());
    }
    open
}
