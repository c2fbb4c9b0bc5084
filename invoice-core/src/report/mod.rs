//! Reports: what many records come to, folded one after the other.

pub mod reconciliation;

pub use reconciliation::{Amounts, Break, RateTotals, Reconciliation, Told};

#[cfg(test)]
mod tests;
