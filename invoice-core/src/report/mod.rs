//! Reports: what many records come to, folded one after the other.

pub mod chart;
pub(crate) mod facet;
pub mod forecast;
mod gaps;
mod groups;
pub mod issued;
pub mod received;
pub mod reconciliation;
pub mod voucher;

pub use gaps::{NumberGap, number_gaps};
pub use groups::{GroupBy, GroupReport, Totals, UNKNOWN};
pub use reconciliation::{Amounts, Break, RateTotals, Reconciliation, Told};

/// An amount of fen in yuan, with two decimals: for sums that are beyond [`Money`](crate::money::Money).
///
/// ```
/// assert_eq!(invoice_core::report::yuan(-105), "-1.05");
/// ```
#[must_use]
pub fn yuan(fen: i128) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests;
