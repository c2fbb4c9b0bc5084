//! Reports: what many records come to, folded one after the other.

mod gaps;
pub mod reconciliation;

pub use gaps::{NumberGap, number_gaps};
pub use reconciliation::{Amounts, Break, RateTotals, Reconciliation, Told};

#[cfg(test)]
mod tests;
