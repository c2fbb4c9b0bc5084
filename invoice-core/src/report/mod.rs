//! Reports: what many records come to, folded one after the other.

pub mod chart;
pub mod forecast;
mod gaps;
pub mod received;
pub mod reconciliation;

pub use gaps::{NumberGap, number_gaps};
pub use reconciliation::{Amounts, Break, RateTotals, Reconciliation, Told};

#[cfg(test)]
mod tests;
