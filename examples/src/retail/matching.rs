//! Purchases that refunds are matched with: small records, because they stay for the whole run.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use invoice_core::money::Money;
use invoice_core::money::allocation::{allocate, upto};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// An order line that something can come back of.
#[derive(Debug, Clone)]
struct Purchase {
    order: u32,
    line: u32,
    quantity: Decimal,
    returned: Decimal,
    payable: Money,
    refunded: Money,
    /// Takes part when a discount is given after the sale.
    discountable: bool,
}

#[derive(Debug, Clone)]
struct Bought {
    id: String,
    when: NaiveDateTime,
    first: usize,
    count: usize,
}

/// A part of a refund that was matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The order.
    pub order: String,
    /// Index of the line in it.
    pub line: u32,
    /// What goes back.
    pub amount: Money,
    /// How many come back, where goods come back at the price they were sold at.
    pub quantity: Option<Decimal>,
}

/// A line as it was sold.
#[derive(Debug, Clone, Copy)]
pub struct Sold {
    /// How many.
    pub quantity: Decimal,
    /// What was paid for them, after discounts.
    pub payable: Money,
    /// Whether a later discount on the order may touch it.
    pub discountable: bool,
}

/// Everything that customers with an id have bought so far.
#[derive(Debug, Default)]
pub struct Purchases {
    orders: Vec<Bought>,
    lines: Vec<Purchase>,
    by_stock: HashMap<String, Vec<usize>>,
    by_customer: HashMap<String, Vec<usize>>,
}

fn stock_key(customer: &str, stock: &str) -> String {
    format!("{customer}/{}", stock.to_ascii_uppercase())
}

/// An exact product in yuan as fen, half away from zero; `None` beyond what can be represented.
#[must_use]
pub fn fen_of(yuan: Decimal) -> Option<Money> {
    let fen = yuan.checked_mul(Decimal::ONE_HUNDRED)?;
    fen.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().map(Money::from_fen)
}

impl Purchases {
    /// Takes in an order of a customer: stock code and what was sold, line by line.
    pub fn add<'a>(
        &mut self,
        customer: &str,
        order: &str,
        when: NaiveDateTime,
        lines: impl IntoIterator<Item = (&'a str, Sold)>,
    ) {
        let index = u32::try_from(self.orders.len()).unwrap_or(u32::MAX);
        let first = self.lines.len();
        for (line, (stock, sold)) in (0_u32..).zip(lines) {
            let Sold { quantity, payable, discountable } = sold;
            self.by_stock.entry(stock_key(customer, stock)).or_default().push(self.lines.len());
            let (returned, refunded) = (Decimal::ZERO, Money::ZERO);
            self.lines.push(Purchase {
                order: index,
                line,
                quantity,
                returned,
                payable,
                refunded,
                discountable,
            });
        }
        let count = self.lines.len() - first;
        self.by_customer.entry(customer.to_owned()).or_default().push(self.orders.len());
        self.orders.push(Bought { id: order.to_owned(), when, first, count });
    }

    /// Takes `quantity` of a stock code back, newest purchase first, none later than `when`. Returns the parts, and
    /// the quantity and money that no purchase was found for.
    ///
    /// What goes back is the price of the refund, but never more than was paid for these pieces: the rest counts as
    /// not matched.
    pub fn take_back(
        &mut self,
        customer: &str,
        stock: &str,
        quantity: Decimal,
        price: Decimal,
        when: NaiveDateTime,
    ) -> (Vec<Part>, Decimal, Money) {
        let mut parts = Vec::new();
        let mut left = quantity;
        let wanted = fen_of(quantity * price).unwrap_or_default();
        let mut given = Money::ZERO;
        let mut candidates = self.by_stock.get(&stock_key(customer, stock)).cloned().unwrap_or_default();
        let orders = &self.orders;
        let lines = &mut self.lines;
        let when_of = |index: &usize| {
            lines.get(*index).and_then(|line| orders.get(line.order as usize)).map(|order| order.when)
        };
        candidates.retain(|index| when_of(index).is_some_and(|bought| bought <= when));
        candidates.sort_by_key(|index| (when_of(index), *index));
        for index in candidates.into_iter().rev() {
            let Some(line) = lines.get_mut(index) else { continue };
            let taken = left.min(line.quantity - line.returned);
            if taken <= Decimal::ZERO {
                continue;
            }
            let done = quantity - left + taken;
            let asked = upto_quantity(wanted, done, quantity).fen() - given.fen();
            let amount = line.give_back(taken, Money::from_fen(asked));
            left -= taken;
            if let (true, Some(order)) = (amount.0.is_positive(), orders.get(line.order as usize)) {
                given = Money::from_fen(given.fen() + amount.0.fen());
                parts.push(Part {
                    order: order.id.clone(),
                    line: line.line,
                    amount: amount.0,
                    quantity: amount.1,
                });
            }
            if left.is_zero() {
                break;
            }
        }
        (parts, left, Money::from_fen(wanted.fen() - given.fen()))
    }

    /// Spreads a discount that was given after the sale over the lines of the customer's newest orders. Returns the
    /// parts and the money that no purchase was found for.
    pub fn discount(&mut self, customer: &str, amount: Money, when: NaiveDateTime) -> (Vec<Part>, Money) {
        let mut orders = self.by_customer.get(customer).cloned().unwrap_or_default();
        orders.retain(|index| self.orders.get(*index).is_some_and(|order| order.when <= when));
        orders.sort_by_key(|index| self.orders.get(*index).map(|order| order.when));
        let mut parts = Vec::new();
        let mut left = amount;
        for index in orders.into_iter().rev() {
            let Some(order) = self.orders.get(index) else { continue };
            let lines = self.lines.iter_mut().skip(order.first).take(order.count);
            let mut lines: Vec<&mut Purchase> = lines.filter(|line| line.discountable).collect();
            let weights: Vec<Money> = lines.iter().map(|line| line.refundable()).collect();
            let share = left.min(weights.iter().copied().sum());
            for (line, amount) in lines.iter_mut().zip(allocate(share, &weights).unwrap_or_default()) {
                if amount.is_positive() {
                    line.refunded = Money::from_fen(line.refunded.fen() + amount.fen());
                    parts.push(Part { order: order.id.clone(), line: line.line, amount, quantity: None });
                }
            }
            left = Money::from_fen(left.fen() - share.fen());
            if left.is_zero() {
                break;
            }
        }
        (parts, left)
    }
}

impl Purchase {
    const fn refundable(&self) -> Money {
        Money::from_fen(self.payable.fen() - self.refunded.fen())
    }

    /// Takes pieces back for at most `asked`: what is given for them, and the quantity when that is their price.
    fn give_back(&mut self, taken: Decimal, asked: Money) -> (Money, Option<Decimal>) {
        let before = upto_quantity(self.payable, self.returned, self.quantity);
        self.returned += taken;
        let after = upto_quantity(self.payable, self.returned, self.quantity);
        let value = Money::from_fen(after.fen() - before.fen());
        // A price in fen times a quantity and a share of the line differ by rounding alone.
        let same = (value.fen() - asked.fen()).abs() <= 1;
        let wanted = if same { value } else { value.min(asked) };
        let amount = wanted.min(self.refundable());
        self.refunded = Money::from_fen(self.refunded.fen() + amount.fen());
        let quantity = (amount == value || self.refundable().is_zero()).then_some(taken);
        (amount, quantity)
    }
}

/// The part of `whole` that belongs to the first `part` of `of` pieces, rounded once.
fn upto_quantity(whole: Money, part: Decimal, of: Decimal) -> Money {
    const SCALE: i64 = 100_000_000;
    let scaled = |pieces: Decimal| {
        pieces
            .checked_mul(Decimal::from(SCALE))
            .and_then(|number| number.trunc().to_i64())
            .map(Money::from_fen)
    };
    match (scaled(part), scaled(of)) {
        (Some(part), Some(of)) if of.is_positive() => upto(whole, part, of),
        _ => Money::ZERO,
    }
}
