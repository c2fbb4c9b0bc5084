//! How much net, tax and quantity goes with a gross amount.

use rust_decimal::Decimal;

use super::blue::{BluePart, BlueRow};
use super::form::{RedPart, RedReason, RedRow};
use crate::money::Money;
use crate::money::allocation::upto;

/// A gross amount to be taken of one part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taking {
    pub(super) blue: u32,
    pub(super) row: u32,
    pub(super) part: u32,
    gross: i64,
    quantity: Option<Decimal>,
}

impl Taking {
    pub(super) const fn new(blue: u32, row: u32, part: u32, gross: i64, quantity: Option<Decimal>) -> Self {
        Self { blue, row, part, gross, quantity }
    }
}

/// What comes of a blue row.
pub(super) enum Taken {
    /// Nothing is taken of it.
    Nothing,
    /// A row with the quantity that was demanded, or that is left, or without one.
    Row(RedRow),
    /// A row whose quantity follows its amount at the fixed price.
    Followed(RedRow),
    /// No quantity fits the amount at the fixed price: only an allowance can flush it.
    AllowanceOnly,
}

/// The red row for what is taken of a blue row.
pub(super) fn red_row(row: &BlueRow, at: u32, takings: &[Taking], reason: RedReason) -> Taken {
    let nothing = Money::ZERO;
    let mut red = RedRow {
        row: at,
        quantity: None,
        net: nothing,
        tax: nothing,
        gross: nothing,
        parts: Vec::with_capacity(takings.len()),
    };
    let mut demanded = true;
    for taking in takings.iter().filter(|taking| taking.gross > 0) {
        let Some(share) = row.parts().get(taking.part as usize) else { continue };
        let Some((part, as_demanded)) = red_part(share, taking, reason) else { return Taken::AllowanceOnly };
        demanded &= as_demanded;
        // Never more than the row has, which is a sum of 64 bits.
        red.net = red.net.checked_add(part.net).unwrap_or(red.net);
        red.tax = red.tax.checked_add(part.tax).unwrap_or(red.tax);
        red.gross = red.gross.checked_add(part.gross).unwrap_or(red.gross);
        red.parts.push(part);
    }
    if red.parts.is_empty() {
        return Taken::Nothing;
    }
    if reason == RedReason::Allowance || row.quantity().is_none() {
        return Taken::Row(red);
    }
    if row.is_off_price() {
        return Taken::AllowanceOnly;
    }
    let Some(fixed) = row.fixed() else { return Taken::AllowanceOnly };
    if red.gross == row.open() {
        red.quantity = Some(fixed.open());
        return Taken::Row(red);
    }
    let sum = red.parts.iter().try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.quantity?));
    if let Some(sum) = sum.filter(|sum| fixed.fits(red.net.fen(), *sum)) {
        red.quantity = Some(sum);
        return if demanded { Taken::Row(red) } else { Taken::Followed(red) };
    }
    red.quantity = fixed.follow(red.net.fen());
    if red.quantity.is_some() { Taken::Followed(red) } else { Taken::AllowanceOnly }
}

/// What is taken of a share, and whether its quantity is what was demanded or is left. `None` where no quantity
/// fits.
fn red_part(share: &BluePart, taking: &Taking, reason: RedReason) -> Option<(RedPart, bool)> {
    let gross = Money::from_fen(taking.gross);
    let last = gross == share.open();
    let tax = if last { share.open_tax() } else { tax_of_part(share, taking.gross) };
    let net = gross.checked_sub(tax).unwrap_or_default();
    let part = |quantity| RedPart { line: share.line, quantity, net, tax, gross };
    if reason == RedReason::Allowance {
        return Some((part(None), true));
    }
    let Some(open) = share.open_quantity().filter(|open| *open > Decimal::ZERO) else {
        return Some((part(None), true));
    };
    if last {
        return Some((part(Some(open)), true));
    }
    let fixed = share.fixed()?;
    if let Some(demanded) = taking.quantity.filter(|quantity| fixed.fits(net.fen(), *quantity)) {
        return Some((part(Some(demanded)), true));
    }
    fixed.follow(net.fen()).map(|quantity| (part(Some(quantity)), false))
}

/// The stored tax by cumulative rounding, moved by a fen where this red or the last would have no net amount.
fn tax_of_part(share: &BluePart, gross: i64) -> Money {
    let (net_left, tax_left) = (share.open_net().fen(), share.open_tax().fen());
    let reached = Money::from_fen(share.flushed.gross.fen().saturating_add(gross));
    let ideal = upto(share.tax, reached, share.gross).fen() - share.flushed.tax.fen();
    let lowest = (gross - (net_left - 1)).max(0);
    Money::from_fen(ideal.min(gross - 1).min(tax_left).max(lowest))
}
