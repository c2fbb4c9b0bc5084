//! What a bureau checks of a red invoice against its blue one (issuing capability document V4.000, 3.1.2.3).

use std::collections::BTreeMap;

use invoice_core::money::Money;
use rust_decimal::Decimal;

use super::check::ensure;
use super::codes::SandboxCode;
use super::wire::{Red, Request, Row, RowNature};

type Checked = Result<(), SandboxCode>;

/// What earlier red invoices took of one blue row, as positive numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) net: Money,
    pub(super) tax: Money,
    pub(super) quantity: Decimal,
}

/// By the number of the blue row, from 1.
pub(super) type TakenRows = BTreeMap<u32, Taken>;

/// A blue row after its discount.
struct BlueRow<'a> {
    row: &'a Row,
    net: Money,
    tax: Money,
}

/// The rows that can be taken back, by their printed number from 1; a discount row is netted into the row above.
fn blue_rows(blue: &Request) -> BTreeMap<u32, BlueRow<'_>> {
    let mut rows: BTreeMap<u32, BlueRow<'_>> = BTreeMap::new();
    for (number, row) in (1..).zip(&blue.rows) {
        if row.kind == RowNature::Discount {
            if let Some(mut entry) = rows.last_entry() {
                let above = entry.get_mut();
                above.net = above.net.checked_add(row.net).unwrap_or(above.net);
                above.tax = above.tax.checked_add(row.tax).unwrap_or(above.tax);
            }
        } else {
            rows.insert(number, BlueRow { row, net: row.net, tax: row.tax });
        }
    }
    rows
}

/// What the message alone shows.
pub(super) fn form(request: &Request) -> Result<&Red, SandboxCode> {
    let red = request.red.as_ref().ok_or(SandboxCode::WrongColor)?;
    let reason = red.reason.as_str();
    ensure(matches!(reason, "01" | "02" | "03" | "04"), SandboxCode::ReasonUnknown)?;
    for row in &request.rows {
        ensure(row.kind == RowNature::Normal, SandboxCode::RedRowKind)?;
        let below = row.net.is_negative() && !row.tax.is_positive() && row.gross.is_negative();
        ensure(below, SandboxCode::RedSign)?;
        ensure(row.quantity.is_none_or(|quantity| quantity < Decimal::ZERO), SandboxCode::RedSign)?;
        ensure(reason != "04" || row.quantity.is_none(), SandboxCode::ReasonQuantity)?;
    }
    let all = |chapters: &[u64]| request.rows.iter().all(|row| chapters.contains(&row.item.code.chapter()));
    ensure(!(reason == "02" && all(&[3])), SandboxCode::ReasonCode)?;
    ensure(!(reason == "03" && all(&[1, 2])), SandboxCode::ReasonCode)?;
    Ok(red)
}

/// What only the books show: the same parties, and no row taken back beyond what is left of it.
pub(super) fn against(request: &Request, blue: &Request, taken: &TakenRows) -> Checked {
    ensure(request.seller.tax_id == blue.seller.tax_id, SandboxCode::BlueSeller)?;
    ensure(request.kind.class() == blue.kind.class(), SandboxCode::BlueClass)?;
    let same_buyer = request.title.name == blue.title.name && request.title.tax_id == blue.title.tax_id;
    ensure(same_buyer, SandboxCode::BlueBuyer)?;
    let reason = request.red.as_ref().map_or("", |red| red.reason.as_str());
    let rows = blue_rows(blue);
    let mut seen = TakenRows::new();
    for row in &request.rows {
        let number = row.blue_row.ok_or(SandboxCode::BlueRow)?;
        let of = rows.get(&number).ok_or(SandboxCode::BlueRow)?;
        let taken = taken.get(&number).copied().unwrap_or_default();
        row_against(row, of, taken, reason)?;
        ensure(seen.insert(number, taken).is_none(), SandboxCode::BlueRow)?;
    }
    if reason == "01" {
        let whole = rows.len() == request.rows.len() && taken.is_empty();
        let totals =
            Some(blue.net) == request.net.checked_neg() && Some(blue.tax) == request.tax.checked_neg();
        ensure(whole && totals, SandboxCode::ReasonFullOnly)?;
    }
    Ok(())
}

fn row_against(row: &Row, of: &BlueRow<'_>, taken: Taken, reason: &str) -> Checked {
    let blue = of.row;
    let same =
        row.item == blue.item && row.name == blue.name && row.spec == blue.spec && row.unit == blue.unit;
    ensure(same, SandboxCode::BlueItem)?;
    let needs_quantity = matches!(reason, "01" | "02") && blue.quantity.is_some();
    ensure(!needs_quantity || row.quantity.is_some(), SandboxCode::ReasonQuantity)?;
    let within = |red: Money, taken: Money, blue: Money| {
        let left = blue.checked_sub(taken).and_then(|left| left.checked_add(red));
        left.is_some_and(|left| !left.is_negative())
    };
    let amounts = within(row.net, taken.net, of.net) && within(row.tax, taken.tax, of.tax);
    ensure(amounts, SandboxCode::OverBlueAmount)?;
    let Some(quantity) = row.quantity else { return Ok(()) };
    let blue_quantity = blue.quantity.ok_or(SandboxCode::OverBlueQuantity)?;
    let after = taken.quantity.checked_sub(quantity).ok_or(SandboxCode::OverBlueQuantity)?;
    ensure(after <= blue_quantity, SandboxCode::OverBlueQuantity)?;
    ensure(reason != "01" || after == blue_quantity, SandboxCode::ReasonFullOnly)
}

/// Notes what an issued red invoice took.
pub(super) fn take(taken: &mut TakenRows, request: &Request) {
    for row in &request.rows {
        let Some(number) = row.blue_row else { continue };
        let entry = taken.entry(number).or_default();
        let plus = |sum: Money, red: Money| sum.checked_sub(red).unwrap_or(sum);
        (entry.net, entry.tax) = (plus(entry.net, row.net), plus(entry.tax, row.tax));
        entry.quantity -= row.quantity.unwrap_or_default();
    }
}

/// What is left of each blue row, for reports: number, net, tax, quantity.
pub(super) fn left(blue: &Request, taken: &TakenRows) -> Vec<(u32, Money, Money, Option<Decimal>)> {
    let minus = |all: Money, part: Money| all.checked_sub(part).unwrap_or(all);
    blue_rows(blue)
        .into_iter()
        .map(|(number, of)| {
            let taken = taken.get(&number).copied().unwrap_or_default();
            let quantity = of.row.quantity.map(|quantity| quantity - taken.quantity);
            (number, minus(of.net, taken.net), minus(of.tax, taken.tax), quantity)
        })
        .collect()
}
