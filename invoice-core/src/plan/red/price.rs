//! The price of a blue row is fixed: a red row with a quantity repeats it.
//!
//! The price is a fraction, what the row came to by its quantity, and stays one: nothing is rounded here.

use rust_decimal::Decimal;

use crate::money::Money;
use crate::money::rounding::quantity_between;

/// The price a red row must keep, and what is left to take.
///
/// While what is left still comes to the price of the blue row within a fen, that price holds. Once it does not,
/// because an allowance took an amount without a quantity, the price is what is left of the amount by what is left
/// of the quantity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fixed {
    quantity: Decimal,
    net: i64,
    open: Decimal,
    left: i64,
}

impl Fixed {
    /// `None` where nothing is left of the quantity or of the amount.
    pub(super) fn new(whole: (Option<Decimal>, Money), left: (Option<Decimal>, Money)) -> Option<Self> {
        let (quantity, net) = (whole.0?, whole.1.fen());
        let (open, left) = (left.0?, left.1.fen());
        if open <= Decimal::ZERO || left <= 0 {
            return None;
        }
        let keeps = within_a_fen((net, quantity), (left, open));
        let (quantity, net) = if keeps { (quantity, net) } else { (open, left) };
        Some(Self { quantity, net, open, left })
    }

    pub(super) const fn open(&self) -> Decimal {
        self.open
    }

    /// The net amount and the quantity whose quotient is the price.
    pub(super) const fn basis(&self) -> (Money, Decimal) {
        (Money::from_fen(self.net), self.quantity)
    }

    /// Whether a part of what is left may take this quantity for this net amount: the price holds for it within
    /// 0.01, and still holds for the rest, which the last red must take as it is.
    pub(super) fn fits(&self, net: i64, quantity: Decimal) -> bool {
        let price = (self.net, self.quantity);
        quantity > Decimal::ZERO
            && quantity < self.open
            && within_a_fen(price, (net, quantity))
            && self
                .open
                .checked_sub(quantity)
                .is_some_and(|rest| within_a_fen(price, (self.left - net, rest)))
    }

    /// The quantity that a net amount comes to at the price.
    ///
    /// What was taken before may leave the rest up to a fen from the price, so exactly the amount's quantity can
    /// miss the rest by its last decimal; one step to either side does not.
    pub(super) fn follow(&self, net: i64) -> Option<Decimal> {
        let exact = quantity_between(self.quantity, 0, net, self.net)?;
        let step = Decimal::new(1, exact.scale());
        [Some(exact), exact.checked_add(step), exact.checked_sub(step)]
            .into_iter()
            .flatten()
            .find(|quantity| self.fits(net, *quantity))
    }
}

/// Whether a quantity at the price `net / whole` is within 0.01 of an amount; `false` beyond 128 bits.
fn within_a_fen((net, whole): (i64, Decimal), (amount, quantity): (i64, Decimal)) -> bool {
    let (whole, quantity) = (whole.normalize(), quantity.normalize());
    let scale = whole.scale().max(quantity.scale());
    let lift = |number: Decimal| {
        10_i128.checked_pow(scale - number.scale()).and_then(|by| number.mantissa().checked_mul(by))
    };
    let (Some(whole), Some(quantity)) = (lift(whole), lift(quantity)) else { return false };
    let at_price = i128::from(net).checked_mul(quantity);
    let charged = i128::from(amount).checked_mul(whole);
    let off = at_price.zip(charged).and_then(|(price, charged)| price.checked_sub(charged));
    off.is_some_and(|off| off.unsigned_abs() <= whole.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 at 33.33: 100.00 and 99.98 are within 0.01, 100.01 is not.
    #[test]
    fn the_price_holds_to_the_fen() {
        let price = (3_333, Decimal::ONE);
        let holds = |amount| within_a_fen(price, (amount, Decimal::from(3)));
        assert_eq!([holds(10_000), holds(9_998), holds(10_001)], [true, true, false]);
    }

    /// The rest is a whole fen from the price to either side: every amount still finds a quantity.
    #[test]
    fn a_quantity_follows_from_the_edge_of_the_tolerance() {
        for left in [19_999, 20_000, 20_001] {
            let whole = (Some(Decimal::from(3)), Money::from_fen(30_000));
            let fixed = Fixed::new(whole, (Some(Decimal::TWO), Money::from_fen(left))).unwrap();
            for net in 1..left {
                assert!(fixed.follow(net).is_some(), "{net} of {left}");
            }
        }
    }
}
