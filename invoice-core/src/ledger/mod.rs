//! The ledger (台账): what may still be invoiced of every order line, and why.
//!
//! Amounts move by four steps and are never edited: *reserve* (held for an application or an invoice under way),
//! *post* (the blue invoice exists), *void* (the reservation is given up), *reverse* (a red invoice exists).

mod balance;
mod change;
mod line;
mod share;

pub use balance::Balance;
pub use change::{BalanceChange, LineOpening, LineShare, RefundedLine};
pub use line::LineBalance;
pub use share::Share;

#[cfg(test)]
mod tests;
