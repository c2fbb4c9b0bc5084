//! Rows of one `InvoiceNo` that begins with `C` as refunds of the orders they are matched with.

use invoice_core::error::Refusal;
use invoice_core::id::{BuyerId, LineId, OrderId, RefundId};
use invoice_core::money::Money;
use invoice_core::order::{Refund, RefundLine};
use invoice_core::plan::red::RedReason;
use rust_decimal::Decimal;

use super::catalogue::{Sort, sort_of};
use super::matching::{Part, Purchases, fen_of};
use super::orders::customer_of;
use super::row::Row;
use crate::clock::instant;
use crate::feed::{Named, Return, Tally};

/// What was found for a row, and what was not.
struct Found {
    parts: Vec<Part>,
    /// Pieces and money without a purchase; `None` when everything was matched.
    missing: Option<(String, Money)>,
}

impl Found {
    fn nothing(why: impl Into<String>, money: Money) -> Self {
        Self { parts: Vec::new(), missing: Some((why.into(), money)) }
    }
}

/// Matches a refund: one desk refund per order and reason, in the order of the rows.
pub(super) fn make(
    rows: &[Row],
    purchases: &mut Purchases,
    tally: &mut Tally,
) -> Result<Vec<Return>, Refusal> {
    let name = rows.first().map_or("", |row| row.invoice.as_str());
    let customer = customer_of(rows, tally);
    let customer = customer.as_deref();
    let mut groups: Vec<(String, RedReason, Vec<RefundLine>)> = Vec::new();
    let mut missing = false;
    for row in rows {
        let found = match_row(row, customer, purchases);
        if let Some((why, money)) = found.missing {
            missing = true;
            tally.fen_unmatched += i128::from(money.fen());
            tally.named.push(Named {
                code: "REFUND-UNMATCHED",
                at: format!("{name} {}", row.at),
                column: Some("StockCode"),
                value: Some(row.stock.clone()),
                message: format!("{why}; not refunded: {money}"),
            });
        }
        for part in found.parts {
            collect(&mut groups, part)?;
        }
    }
    tally.refunds += 1;
    match (missing, groups.is_empty()) {
        (false, _) => tally.refunds_matched += 1,
        (true, nothing) => {
            tally.refunds_unmatched += 1;
            tally.refunds_partly += u64::from(!nothing);
        }
    }
    let (Some(customer), Some(first)) = (customer, rows.first()) else { return Ok(Vec::new()) };
    let buyer = BuyerId::new(format!("C{customer}"))?;
    let at = instant(first.when);
    let returns = (1..).zip(groups).map(|(number, (order, reason, lines))| {
        let (id, order) = (RefundId::new(format!("{name}-{number}"))?, OrderId::new(order)?);
        Ok(Return { buyer: buyer.clone(), refund: Refund { id, order, at, reason, lines } })
    });
    returns.collect()
}

fn match_row(row: &Row, customer: Option<&str>, purchases: &mut Purchases) -> Found {
    let pieces = -row.quantity;
    let product = pieces.checked_mul(row.price).and_then(fen_of).unwrap_or_default();
    let Some(customer) = customer else {
        return Found::nothing("the refund names no customer, so no purchase can be looked for", product);
    };
    if sort_of(&row.stock, &row.description) == Sort::Discount {
        if !product.is_positive() {
            return Found::nothing("a discount that is taken back names no order", Money::ZERO);
        }
        let (parts, left) = purchases.discount(customer, product, row.when);
        let missing = left
            .is_positive()
            .then(|| ("the customer's orders before are too small for the discount".to_owned(), left));
        return Found { parts, missing };
    }
    if pieces <= Decimal::ZERO || !product.is_positive() {
        return Found::nothing("a refund needs a quantity below and a price above zero", Money::ZERO);
    }
    let (parts, left, money) = purchases.take_back(customer, &row.stock, pieces, row.price, row.when);
    let rounding = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    let missing = if left > Decimal::ZERO {
        Some((format!("{left} of {pieces} pieces match no earlier purchase of the customer"), money))
    } else {
        (money.fen() > rounding).then(|| ("more than was paid for these pieces".to_owned(), money))
    };
    Found { parts, missing }
}

/// Adds a part to the refund of its order and reason; the same line twice is one line.
fn collect(groups: &mut Vec<(String, RedReason, Vec<RefundLine>)>, part: Part) -> Result<(), Refusal> {
    let reason = if part.quantity.is_some() { RedReason::Returned } else { RedReason::Allowance };
    let line = LineId::new((part.line + 1).to_string())?;
    let place = groups.iter().position(|(order, of, _)| *order == part.order && *of == reason);
    let lines = match place.and_then(|place| groups.get_mut(place)) {
        Some((_, _, lines)) => lines,
        None => {
            groups.push((part.order, reason, Vec::new()));
            let Some((_, _, lines)) = groups.last_mut() else { return Ok(()) };
            lines
        }
    };
    match lines.iter_mut().find(|known| known.line == line) {
        Some(known) => {
            known.amount = [known.amount, part.amount].into_iter().sum();
            known.quantity = known.quantity.zip(part.quantity).map(|(a, b)| a + b);
        }
        None => lines.push(RefundLine { line, amount: part.amount, quantity: part.quantity }),
    }
    Ok(())
}
