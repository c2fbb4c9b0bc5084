//! The books at the end, from both sides: the desk's and the bureau's.

use std::collections::{BTreeMap, HashMap};

use invoice_core::application::{Application, ApplicationState};
use invoice_core::desk::{RateTotals, Reconciliation};
use invoice_core::invoice::{Invoice, InvoiceNumber, InvoiceState};
use invoice_core::money::Money;
use invoice_core::store::{Kind, Query};
use invoice_core::tax::{TaxCode, TaxRate};
use invoice_providers::sandbox::{Color, IssuedEntry, Totals};

use super::{Loop, RunError};
use crate::summary::yuan;

/// Rows of one page while the books are read.
const PAGE: usize = 500;

/// Count and gross amount in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// Their gross amounts together, in fen.
    pub fen: i128,
}

impl Counted {
    fn add(&mut self, gross: Money) {
        self.count += 1;
        self.fen += i128::from(gross.fen());
    }
}

/// Invoices of one tax category.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Category {
    /// The classification code.
    pub code: TaxCode,
    /// Its short name.
    pub name: String,
    /// The rate.
    pub rate: TaxRate,
}

/// What the books say after a run.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// The desk's own proof.
    pub proof: Reconciliation,
    /// Applications accepted, and what they were accepted for.
    pub applications: Counted,
    /// Of those, the ones that apply again for what a red invoice freed.
    pub applied_again: Counted,
    /// Applications that are not at an end: waiting for a reviewer or the bureau, or failed.
    pub waiting: BTreeMap<&'static str, u64>,
    /// Issued blue invoices by tax category.
    pub blue: BTreeMap<Category, Counted>,
    /// Invoices that would have been one but for the limit or the number of rows.
    pub cuts: u64,
    /// Issued red invoices.
    pub red: Counted,
    /// Invoice tasks that failed or wait for a person, by state.
    pub stuck: BTreeMap<&'static str, u64>,
    /// What the bureau has issued.
    pub bureau: Totals,
    /// Where the shop's word, the desk's accounts and the bureau's books first differ; `None` when the desk has what
    /// the shop told of, and every invoice is in both books with the same amounts.
    pub difference: Option<String>,
    /// What the desk refused: how often, and the first sentence.
    pub refused: BTreeMap<String, (u64, String)>,
}

impl Books {
    /// Issued blue invoices in all.
    #[must_use]
    pub fn blue_total(&self) -> Counted {
        self.blue.values().fold(Counted::default(), |mut total, counted| {
            total.count += counted.count;
            total.fen += counted.fen;
            total
        })
    }

    /// Whether the desk's accounts agree with its invoices to the cent, and its invoices with the bureau's.
    #[must_use]
    pub const fn reconciled(&self) -> bool {
        self.proof.holds() && self.difference.is_none()
    }
}

/// Net, tax and gross in fen, negative on reds.
type Amounts = [i64; 3];

impl Loop {
    /// Reads the books of desk and bureau and compares them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn books(&self) -> Result<Books, RunError> {
        let issued = self.bureau.issued().await?;
        let mut books = Books {
            proof: self.desk.reconcile(&self.system, &self.seller).await?,
            bureau: super::bureau::totals(&issued),
            refused: self.refused.clone(),
            ..Books::default()
        };
        let mut query = Query::new(self.desk.tenant(), Kind::Application).limit(PAGE);
        loop {
            let page = self.desk.find_applications(&self.system, query.clone()).await?;
            page.items.iter().for_each(|application| books.application(application));
            match page.next {
                Some(next) => query = query.after(next),
                None => break,
            }
        }
        let mut ours: HashMap<InvoiceNumber, Amounts> = HashMap::new();
        let mut parts: HashMap<(String, TaxCode), u64> = HashMap::new();
        let mut query = Query::new(self.desk.tenant(), Kind::Invoice).limit(PAGE);
        loop {
            let page = self.desk.find_invoices(&self.system, query.clone()).await?;
            page.items.iter().for_each(|invoice| books.invoice(invoice, &mut ours, &mut parts));
            match page.next {
                Some(next) => query = query.after(next),
                None => break,
            }
        }
        books.cuts = parts.values().map(|count| count - 1).sum();
        books.difference = self.untold(&books.proof).or_else(|| difference(&issued, ours));
        Ok(books)
    }

    /// What the shop has told of and the desk has not in its accounts, or the other way round.
    fn untold(&self, proof: &Reconciliation) -> Option<String> {
        let total = |part: fn(&RateTotals) -> i128| proof.rates.values().map(part).sum::<i128>();
        let pairs = [
            ("paid", self.told.paid, total(|rate| rate.paid)),
            ("given back", self.told.refunded, total(|rate| rate.refunded)),
        ];
        let (what, told, known) = pairs.into_iter().find(|(_, told, known)| told != known)?;
        Some(format!("{what}: {} told by the shop, {} in the desk's accounts", yuan(told), yuan(known)))
    }
}

/// The first invoice in which desk and bureau differ.
fn difference(issued: &[IssuedEntry], mut ours: HashMap<InvoiceNumber, Amounts>) -> Option<String> {
    for entry in issued {
        let theirs = [entry.net.fen(), entry.tax.fen(), entry.gross.fen()];
        match ours.remove(&entry.number) {
            Some(amounts) if amounts == theirs => {}
            Some(_) => return Some(format!("invoice {}: the amounts differ", entry.number)),
            None => {
                let color = if entry.color == Color::Blue { "blue" } else { "red" };
                return Some(format!("{color} invoice {} is unknown to the desk", entry.number));
            }
        }
    }
    ours.keys().min().map(|number| format!("invoice {number} is unknown to the bureau"))
}

impl Books {
    fn application(&mut self, application: &Application) {
        self.applications.add(application.gross());
        if application.id().as_str().contains("-R") {
            self.applied_again.add(application.gross());
        }
        let ended = matches!(
            application.state(),
            ApplicationState::Issued
                | ApplicationState::PartlyRed
                | ApplicationState::RedFlushed
                | ApplicationState::Cancelled
                | ApplicationState::Rejected
                | ApplicationState::Voided
        );
        if !ended {
            *self.waiting.entry(application.state().as_str()).or_default() += 1;
        }
    }

    fn invoice(
        &mut self,
        invoice: &Invoice,
        ours: &mut HashMap<InvoiceNumber, Amounts>,
        parts: &mut HashMap<(String, TaxCode), u64>,
    ) {
        let InvoiceState::Issued { issued } = invoice.state() else {
            if !matches!(invoice.state(), InvoiceState::Superseded) {
                *self.stuck.entry(invoice.state().as_str()).or_default() += 1;
            }
            return;
        };
        let sign = if invoice.is_blue() { 1 } else { -1 };
        let amounts =
            [invoice.net(), invoice.tax(), invoice.gross()].map(|amount| amount.fen().saturating_mul(sign));
        ours.insert(issued.number.clone(), amounts);
        if !invoice.is_blue() {
            self.red.add(invoice.gross());
            return;
        }
        let Some(item) = invoice.rows().first().map(|row| &row.item) else { return };
        *parts.entry((invoice.application().to_string(), item.code())).or_default() += 1;
        let category = Category { code: item.code(), name: item.short_name().to_owned(), rate: item.rate() };
        self.blue.entry(category).or_default().add(invoice.gross());
    }
}
