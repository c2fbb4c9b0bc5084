//! Bank statements (银行对账单): which payment pays which invoices.
//!
//! A payment pays one invoice, or several of one party that sum to it to the cent; an invoice is paid by one payment.
//! The party must be named like on the invoice, or the remark must give the invoice's number: an amount alone proves
//! nothing. Each match says why, and what is left of both sides is listed with the reason.
//!
//! Payments and invoices that could belong together form groups. In a small group every combination is tried: as many
//! payments as possible are matched, and of these ways the likeliest is taken. In a large one the likeliest match is taken
//! first, within a bounded amount of work; its matches are as exact, but there may be fewer than possible.
//!
//! ```
//! use invoice_core::statement::{MatchPolicy, Open, Payment, match_payments};
//! let invoice = |id: &str, gross: &str| {
//!     Open::new(id, "2026-05-02".parse().unwrap(), gross.parse().unwrap(), "杭州示例餐饮有限公司")
//! };
//! let open = [invoice("1", "106.00"), invoice("2", "53.00"), invoice("3", "80.00")];
//! let paid = [Payment::new(1, "2026-05-20".parse()?, "159.00".parse()?, "杭州示例餐饮（有限公司）")];
//! let matching = match_payments(&paid, &open, &MatchPolicy::default());
//! assert_eq!(matching.matches()[0].invoices(), [0, 1]);
//! assert_eq!(matching.invoices_left(), [2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choose;
mod options;

#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{NaiveDate, TimeDelta};

pub use choose::match_payments;

use crate::money::Money;

/// A payment on a bank statement. Personal data; `Debug` shows neither party nor remark.
#[derive(Clone, PartialEq, Eq)]
pub struct Payment {
    row: u32,
    date: NaiveDate,
    amount: Money,
    party: String,
    remark: String,
}

impl Payment {
    /// A payment: its row in the statement, its day, its amount (above zero, whichever way the money went; below zero for
    /// money that came back), and the other party.
    pub fn new(row: u32, date: NaiveDate, amount: Money, party: impl Into<String>) -> Self {
        Self { row, date, amount, party: party.into(), remark: String::new() }
    }

    /// Sets the remark (摘要、附言), in which the number of an invoice may stand.
    #[must_use]
    pub fn with_remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = remark.into();
        self
    }

    /// Its row in the statement.
    #[must_use]
    pub const fn row(&self) -> u32 {
        self.row
    }

    /// Its day.
    #[must_use]
    pub const fn date(&self) -> NaiveDate {
        self.date
    }

    /// Its amount.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.amount
    }
}

impl fmt::Debug for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payment({}, {}, {})", self.row, self.date, self.amount)
    }
}

/// An invoice that waits for its payment, received or issued. Personal data; `Debug` shows no party.
#[derive(Clone, PartialEq, Eq)]
pub struct Open {
    id: String,
    date: NaiveDate,
    gross: Money,
    party: String,
}

impl Open {
    /// An invoice: its number, its day, its gross amount, and the other party's name.
    pub fn new(id: impl Into<String>, date: NaiveDate, gross: Money, party: impl Into<String>) -> Self {
        Self { id: id.into(), date, gross, party: party.into() }
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its gross amount.
    #[must_use]
    pub const fn gross(&self) -> Money {
        self.gross
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Open({}, {})", self.date, self.gross)
    }
}

/// When a payment and an invoice may belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatchPolicy {
    /// How long before the payment the invoice may be.
    pub invoice_before: TimeDelta,
    /// How long after the payment the invoice may be: what is paid in advance.
    pub invoice_after: TimeDelta,
    /// How alike the names must be, of 1000; see [`likeness`](crate::received::likeness).
    pub alike: u32,
    /// Most invoices that one payment pays.
    pub most: usize,
}

impl Default for MatchPolicy {
    /// A year before, two months after, names of which seven tenths agree, at most eight invoices.
    fn default() -> Self {
        Self { invoice_before: TimeDelta::days(366), invoice_after: TimeDelta::days(62), alike: 700, most: 8 }
    }
}

/// Why a payment pays these invoices: their amounts sum to it exactly, and what else there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Why {
    /// How alike the names are, of 1000; of several invoices the least.
    pub alike: u32,
    /// How many of the invoices the remark names by number.
    pub named: usize,
    /// Days between payment and invoice; of several the most.
    pub days: i64,
    /// How many other sets of invoices this payment could have paid: with any, a person should look.
    pub others: usize,
}

/// A payment and what it pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    payment: usize,
    invoices: Vec<usize>,
    why: Why,
}

impl Match {
    /// The payment, by its place in what was given.
    #[must_use]
    pub const fn payment(&self) -> usize {
        self.payment
    }

    /// The invoices, by their places, ascending.
    #[must_use]
    pub fn invoices(&self) -> &[usize] {
        &self.invoices
    }

    /// Why.
    #[must_use]
    pub const fn why(&self) -> &Why {
        &self.why
    }
}

/// Why a payment pays nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LeftReason {
    /// No open invoice is of this party, in this time.
    NoParty,
    /// There are some, but no sum of them is the amount.
    NoAmount,
    /// What it could pay is paid by other payments.
    Taken,
    /// So many invoices are of this party that not every sum was tried.
    TooMany,
}

/// Which payments pay which invoices, and what is left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matching {
    matches: Vec<Match>,
    payments_left: Vec<(usize, LeftReason)>,
    invoices_left: Vec<usize>,
}

impl Matching {
    /// The matches, by payment.
    #[must_use]
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// The payments that pay nothing, and why, by place.
    #[must_use]
    pub fn payments_left(&self) -> &[(usize, LeftReason)] {
        &self.payments_left
    }

    /// The invoices that nothing pays, by place.
    #[must_use]
    pub fn invoices_left(&self) -> &[usize] {
        &self.invoices_left
    }
}
