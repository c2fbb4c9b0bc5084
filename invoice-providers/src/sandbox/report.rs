//! What the bureau's own books say: the other side of a reconciliation.

use chrono::{DateTime, Utc};
use invoice_core::id::IntentKey;
use invoice_core::invoice::{InvoiceKind, InvoiceNumber};
use invoice_core::money::Money;
use rust_decimal::Decimal;

use super::SandboxBureau;
use super::red;
use super::wire::Request;

/// Blue (蓝票) or red (红票).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Color {
    /// A sale.
    Blue,
    /// Takes back from a blue.
    Red,
}

/// One invoice in the bureau's books. Amounts are negative on a red one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedEntry {
    /// Its number.
    pub number: InvoiceNumber,
    /// The key it was asked for with.
    pub key: IntentKey,
    /// The kind.
    pub kind: InvoiceKind,
    /// Tax ID of the seller.
    pub seller_tax_id: String,
    /// Blue or red.
    pub color: Color,
    /// Net total.
    pub net: Money,
    /// Tax total.
    pub tax: Money,
    /// Gross total.
    pub gross: Money,
    /// Of a red: the blue it takes back from.
    pub blue: Option<InvoiceNumber>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// Sums over all invoices; those of red ones are negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many blue.
    pub blue_count: u64,
    /// Their net.
    pub blue_net: Money,
    /// Their tax.
    pub blue_tax: Money,
    /// Their gross.
    pub blue_gross: Money,
    /// How many red.
    pub red_count: u64,
    /// Their net.
    pub red_net: Money,
    /// Their tax.
    pub red_tax: Money,
    /// Their gross.
    pub red_gross: Money,
}

/// What red invoices left of one blue row, after its discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLeft {
    /// The printed number of the row, from 1.
    pub row: u32,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Quantity; `None` where the row has none.
    pub quantity: Option<Decimal>,
}

impl SandboxBureau {
    /// All invoices in the order in which they entered the books, also those that a query does not show yet.
    pub fn issued(&self) -> impl Iterator<Item = IssuedEntry> + use<> {
        let entries: Vec<_> =
            self.lock().books.invoices.iter().map(|invoice| invoice.entry.clone()).collect();
        entries.into_iter()
    }

    /// The invoices that were voided (作废) in their month, in the order in which they entered the books. They stay in
    /// [`issued`](Self::issued) and in the totals: their numbers are used.
    pub fn voided(&self) -> impl Iterator<Item = IssuedEntry> + use<> {
        let books = &self.lock().books;
        let voided = books.invoices.iter().filter(|invoice| invoice.voided);
        voided.map(|invoice| invoice.entry.clone()).collect::<Vec<_>>().into_iter()
    }

    /// How many invoices a key has: more than one is the accident that keys are there to prevent.
    #[must_use]
    pub fn invoices_of(&self, key: &IntentKey) -> usize {
        self.lock().books.issued_of(key).len()
    }

    /// Sums over everything issued.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let add = |sum: &mut Money, amount: Money| *sum = [*sum, amount].into_iter().sum();
        for invoice in &self.lock().books.invoices {
            let entry = &invoice.entry;
            match entry.color {
                Color::Blue => {
                    totals.blue_count += 1;
                    add(&mut totals.blue_net, entry.net);
                    add(&mut totals.blue_tax, entry.tax);
                    add(&mut totals.blue_gross, entry.gross);
                }
                Color::Red => {
                    totals.red_count += 1;
                    add(&mut totals.red_net, entry.net);
                    add(&mut totals.red_tax, entry.tax);
                    add(&mut totals.red_gross, entry.gross);
                }
            }
        }
        totals
    }

    /// What is left of the rows of a blue invoice; empty for a number that is not a blue invoice.
    #[must_use]
    pub fn rows_left(&self, number: &InvoiceNumber) -> Vec<RowLeft> {
        let state = self.lock();
        let blue = state.books.find(number).map(|(_, invoice)| invoice);
        let Some(blue) = blue.filter(|invoice| invoice.entry.color == Color::Blue) else { return Vec::new() };
        let Ok(request) = Request::parse(&blue.body) else { return Vec::new() };
        red::left(&request, &blue.taken)
            .into_iter()
            .map(|(row, net, tax, quantity)| RowLeft { row, net, tax, quantity })
            .collect()
    }
}
