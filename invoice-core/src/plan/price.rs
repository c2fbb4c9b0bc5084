//! The unit price (单价) of a printed row.
//!
//! It is computed from the row's rounded net amount, never the other way round, so that price times quantity
//! comes back to the amount within the 0.01 yuan that the bureau tolerates per row (issuing capability document
//! V4.000, 2.2.4.2). Nothing else depends on it, so a plan carries none: a division of decimals costs more than
//! planning the row.

use rust_decimal::Decimal;

use crate::money::Money;
use crate::money::decimal_text::MAX_CHARS;
use crate::money::rounding::price_of;

/// Decimals of a unit price in the bureau's own web form.
pub const DECIMALS: u32 = 13;

/// The largest quantity that is printed. Above it a price of [`DECIMALS`] places may miss the amount by more than
/// 0.01 (half a unit of the last place, times the quantity), so the planner prints neither quantity nor price,
/// which the bureau allows: both or neither. The share of the order line keeps its quantity.
pub const PRINTABLE_QUANTITY: Decimal = Decimal::from_parts(2_431_504_384, 46, 0, false, 0);

/// The net unit price of a row: `net / quantity`, with at most `decimals` places and at most 25 characters.
///
/// `None` where no such price above zero times the quantity comes to within 0.01 of `net`: for a quantity of zero or less,
/// and for quantities above `0.02 · 10^decimals` whose amount does not happen to divide. Print neither price
/// nor quantity then.
///
/// ```
/// use invoice_core::plan::price::{DECIMALS, unit_price};
/// let price = unit_price("88.50".parse().unwrap(), 3.into(), DECIMALS).unwrap();
/// assert_eq!(price.to_string(), "29.5");
/// let price = unit_price("88.49".parse().unwrap(), 3.into(), DECIMALS).unwrap();
/// assert_eq!(price.to_string(), "29.4966666666667");
/// // Eight decimals are too few for thirty million screws.
/// assert_eq!(unit_price("12345.67".parse().unwrap(), 30_000_001.into(), 8), None);
/// ```
#[must_use]
pub fn unit_price(net: Money, quantity: Decimal, decimals: u32) -> Option<Decimal> {
    let mut places = decimals;
    loop {
        let price = price_of(net, quantity, places)?;
        if price.to_string().len() <= MAX_CHARS {
            return (!price.is_zero() && within(net, quantity, price)).then_some(price);
        }
        places = places.checked_sub(1)?;
    }
}

/// Whether price times quantity is within 0.01 of the net amount.
fn within(net: Money, quantity: Decimal, price: Decimal) -> bool {
    let tolerance = Decimal::new(1, 2);
    let product = price.checked_mul(quantity);
    product
        .and_then(|product| product.checked_sub(Decimal::new(net.fen(), 2)))
        .is_some_and(|off| off.abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 33.33 × 3 against 100.00 and 99.98 is within 0.01, against 100.01 it is not.
    #[test]
    fn price_times_quantity_is_within_a_fen() {
        let price = Decimal::new(3333, 2);
        let holds = |net| within(Money::from_fen(net), Decimal::from(3), price);
        assert_eq!([holds(10_000), holds(9_998), holds(10_001)], [true, true, false]);
    }

    #[test]
    fn the_largest_printable_quantity_is_two_hundred_billion() {
        assert_eq!(PRINTABLE_QUANTITY, Decimal::from(200_000_000_000_i64));
    }
}
