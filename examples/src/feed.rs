//! What a shop tells the desk, day by day.

use chrono::NaiveDate;
use invoice_core::error::Refusal;
use invoice_core::id::BuyerId;
use invoice_core::order::{Order, Payment, Refund};
use serde::Serialize;

use crate::parties::Party;

/// One order with everything the desk needs to know about it.
#[derive(Debug, Clone)]
pub struct Sale {
    /// The order.
    pub order: Order,
    /// How it was paid.
    pub payment: Payment,
    /// Who wants what invoices for it.
    pub wish: Wish,
}

/// What invoices a buyer wants.
#[derive(Debug, Clone)]
pub enum Wish {
    /// None: nothing of the order can be invoiced.
    Nothing,
    /// One application per order.
    PerOrder(Party),
    /// One application a month for all orders of the buyer (合并开票).
    Monthly(Party),
}

/// Money that goes back.
#[derive(Debug, Clone)]
pub struct Return {
    /// Whose.
    pub buyer: BuyerId,
    /// What.
    pub refund: Refund,
}

/// A day of a shop.
#[derive(Debug, Clone)]
pub struct Day {
    /// The day in China.
    pub date: NaiveDate,
    /// Its orders.
    pub sales: Vec<Sale>,
    /// Its refunds, in order.
    pub returns: Vec<Return>,
    /// A digest of everything given until the end of this day: a run is continued only with what it was begun with.
    pub digest: String,
}

/// A row or a refund that could not be taken as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// A stable code.
    pub code: &'static str,
    /// Where: file and row, or the refund.
    pub at: String,
    /// The column concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<&'static str>,
    /// The value found there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// What a feed counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows read, good or bad.
    pub lines: u64,
    /// Orders read, also those of which nothing is a sale.
    pub orders: u64,
    /// Rows that cannot be read.
    pub faults: u64,
    /// Rows that can be read but are no sale: price or quantity not above zero outside a refund.
    pub left_out: u64,
    /// Refunds read.
    pub refunds: u64,
    /// Refunds of which every part was matched with a purchase.
    pub refunds_matched: u64,
    /// Refunds of which something was not matched.
    pub refunds_unmatched: u64,
    /// Of those, the ones of which something else was matched.
    pub refunds_partly: u64,
    /// What was not matched, in fen.
    pub fen_unmatched: i128,
    /// Everything that was not taken as it stood, by name.
    pub named: Vec<Named>,
}

/// Why a feed ends early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// A file or folder cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A folder holds no CSV file.
    #[error("{path} holds no CSV file in the form of the Online Retail dataset")]
    NothingThere {
        /// The folder.
        path: String,
    },
    /// Something that the feed made was refused: a defect of the feed.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Gives the days of a shop, oldest first.
pub trait Feed: Send {
    /// The next day; `None` after the last.
    ///
    /// # Errors
    /// When the source cannot be read any further.
    fn next_day(&mut self) -> Result<Option<Day>, FeedError>;

    /// What was counted so far.
    fn tally(&self) -> &Tally;

    /// How much of the source is read: part and whole, in units of its own.
    fn position(&self) -> (u64, u64);

    /// Names the source, so that a run is never continued with another one.
    fn name(&self) -> String;
}
