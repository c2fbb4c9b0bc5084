//! Rows of one `InvoiceNo` as an order.

use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::id::{BuyerId, LineId, OrderId, PaymentId, SellerId};
use invoice_core::money::Money;
use invoice_core::money::allocation::allocate;
use invoice_core::order::{Exclusion, Order, OrderLine, Payment, Tender, TenderKind};

use chrono::NaiveDateTime;

use super::catalogue::{Sort, sort_of};
use super::matching::{Sold, fen_of};
use super::row::{Fault, Row};
use crate::clock::instant;
use crate::feed::{Sale, Tally, Wish};
use crate::items::{Goods, Items};
use crate::parties::{self, Party};
use crate::random::Random;

/// Longest name of goods that is printed.
const LONGEST_NAME: usize = 90;

/// What turns rows into orders.
#[derive(Debug)]
pub(super) struct Orders {
    pub(super) items: Items,
    pub(super) seller: SellerId,
    pub(super) seed: u64,
}

/// An order, and what later refunds need to know of it.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) sale: Sale,
    pub(super) customer: Option<String>,
    /// By the shop's clock.
    pub(super) when: NaiveDateTime,
    pub(super) stocks: Vec<(String, Sold)>,
}

/// A row that is sold.
struct Kept<'a> {
    row: &'a Row,
    sort: Sort,
    gross: Money,
}

impl Kept<'_> {
    fn discountable(&self) -> bool {
        matches!(self.sort, Sort::Sale(goods) if goods != Goods::Vouchers)
    }
}

impl Orders {
    /// The order of rows of one `InvoiceNo`; `None` when nothing of them is a sale.
    pub(super) fn make(&self, rows: &[Row], tally: &mut Tally) -> Result<Option<Made>, Refusal> {
        let (kept, discount) = sort_out(rows, tally);
        let customer = customer_of(rows, tally);
        let weights: Vec<Money> =
            kept.iter().map(|kept| if kept.discountable() { kept.gross } else { Money::ZERO }).collect();
        let spread = discount.min(weights.iter().copied().sum());
        if let (true, Some(first)) = (spread < discount, rows.first()) {
            let message = "the discount is more than the lines it can be spread over";
            tally.named.push(Fault::new("RETAIL-12", message).at(&first.at));
        }
        let (Some(first), Some(when)) = (kept.first(), rows.iter().map(|row| row.when).min()) else {
            return Ok(None);
        };
        let order = first.row.invoice.as_str();
        let shares = allocate(spread, &weights).ok_or_else(|| Refusal::new(RefusalCode::AmountOverflow))?;
        let mut lines = Vec::with_capacity(kept.len());
        let mut stocks = Vec::with_capacity(kept.len());
        for (number, (kept, share)) in (1_u32..).zip(kept.iter().zip(shares)) {
            let line = self.line(number, kept)?.with_discount(share)?;
            let sold = Sold {
                quantity: line.quantity(),
                payable: line.payable(),
                discountable: kept.discountable(),
            };
            stocks.push((kept.row.stock.clone(), sold));
            lines.push(line);
        }
        let buyer = BuyerId::new(match &customer {
            Some(customer) => format!("C{customer}"),
            None => format!("R{order}"),
        })?;
        let placed = instant(when);
        let open: Money = lines.iter().filter(|line| line.excluded().is_none()).map(OrderLine::payable).sum();
        let order = Order::new(OrderId::new(order)?, self.seller.clone(), buyer, placed, lines)?;
        let paid = Tender::new(TenderKind::Money, order.payable());
        let paid = paid.with_payment(PaymentId::new(format!("T{}", order.id()))?);
        let payment = Payment { at: placed, tenders: vec![paid] };
        let wish =
            if open.is_positive() { self.wish(order.buyer(), customer.is_some()) } else { Wish::Nothing };
        Ok(Some(Made { sale: Sale { order, payment, wish }, customer, when, stocks }))
    }

    fn line(&self, number: u32, kept: &Kept<'_>) -> Result<OrderLine, Refusal> {
        let goods = if let Sort::Sale(goods) = kept.sort { goods } else { Goods::Furniture };
        let words = if kept.row.description.is_empty() { &kept.row.stock } else { &kept.row.description };
        let name: String =
            words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_NAME).collect();
        let id = LineId::new(number.to_string())?;
        let line = OrderLine::new(id, self.items.of(goods)?, name, kept.row.quantity, kept.gross)?;
        let line = line.with_unit(if goods == Goods::Carriage { "次" } else { "件" });
        Ok(if kept.sort == Sort::Fee { line.excluded_as(Exclusion::Fee) } else { line })
    }

    /// Three quarters of the buyers apply for each order, the others once a month.
    fn wish(&self, buyer: &BuyerId, known: bool) -> Wish {
        let party: Party =
            if known { parties::customer(self.seed, buyer.as_str()) } else { parties::walk_in() };
        if Random::of(self.seed, &format!("monthly/{buyer}")).chance(25) {
            Wish::Monthly(party)
        } else {
            Wish::PerOrder(party)
        }
    }
}

/// The first customer that is named. Rows that name another one are said so: an order has one buyer.
pub(super) fn customer_of(rows: &[Row], tally: &mut Tally) -> Option<String> {
    let first = rows.iter().find_map(|row| row.customer.clone())?;
    for row in rows.iter().filter(|row| row.customer.as_ref().is_some_and(|known| *known != first)) {
        let message = "the rows before name another customer, who counts as the buyer of them all";
        let fault = Fault::new("RETAIL-13", message).with_value("CustomerID", row.customer.clone());
        tally.named.push(fault.at(&row.at));
    }
    Some(first)
}

/// The rows that are sold, and the discount on all of them. Rows that are left out are counted and named.
fn sort_out<'a>(rows: &'a [Row], tally: &mut Tally) -> (Vec<Kept<'a>>, Money) {
    let mut kept = Vec::with_capacity(rows.len());
    let mut discount = Money::ZERO;
    for row in rows {
        let sort = sort_of(&row.stock, &row.description);
        let product = row.quantity.checked_mul(row.price).and_then(fen_of);
        let fault = match (sort, product) {
            (_, None) => Fault::new("RETAIL-11", "the amount is beyond what can be represented"),
            (Sort::Discount, Some(amount)) => {
                let amount = Money::from_fen(amount.fen().saturating_abs());
                discount = [discount, amount].into_iter().sum();
                continue;
            }
            (_, Some(_)) if !row.quantity.is_sign_positive() || row.quantity.is_zero() => {
                not_above_zero("Quantity", row.quantity)
            }
            (_, Some(_)) if !row.price.is_sign_positive() || row.price.is_zero() => {
                not_above_zero("UnitPrice", row.price)
            }
            (_, Some(gross)) if gross.is_positive() => {
                kept.push(Kept { row, sort, gross });
                continue;
            }
            _ => Fault::new("RETAIL-11", "the amount is below one fen"),
        };
        tally.left_out += 1;
        tally.named.push(fault.at(&row.at));
    }
    (kept, discount)
}

fn not_above_zero(column: &'static str, value: rust_decimal::Decimal) -> Fault {
    let message = "outside a refund only what is above zero is a sale; the row is left out";
    Fault::new("RETAIL-10", message).with_value(column, Some(value.to_string()))
}
