//! Invoices of ours, by one of their properties.

use std::collections::BTreeMap;

use super::groups::{GroupBy, GroupReport, Totals, period};
use crate::invoice::Invoice;
use crate::money::Money;
use crate::tax::tax_day;

/// The state of a paper invoice that was voided (作废), in a report by state.
pub const VOIDED: &str = "voided";

impl GroupReport {
    /// Adds an invoice of ours, a red one below zero. What is not issued, or was voided, is left out, except by state, where
    /// it has the amounts that it was planned with.
    ///
    /// Periods are those of the tax day of issue. [`GroupBy::Seller`] and [`GroupBy::Entity`] are one here: the id of the
    /// company of ours that sells.
    pub fn add_issued(&mut self, invoice: &Invoice) {
        let issued = invoice.state().issued().filter(|_| !invoice.is_voided());
        let key = match (self.by(), issued) {
            (GroupBy::State, _) if invoice.is_voided() => Some(VOIDED.to_owned()),
            (GroupBy::State, _) => Some(invoice.state().as_str().to_owned()),
            (_, None) => return,
            (GroupBy::Rate | GroupBy::Category, Some(_)) => return self.add_issued_rows(invoice),
            (GroupBy::Seller | GroupBy::Entity, Some(_)) => Some(invoice.seller().to_string()),
            (GroupBy::Kind, Some(_)) => Some(invoice.kind().as_str().to_owned()),
            (by, Some(issued)) => period(by, tax_day(issued.issued_at)),
        };
        self.put(key, signed(invoice, (invoice.net(), invoice.tax(), invoice.gross())));
    }

    fn add_issued_rows(&mut self, invoice: &Invoice) {
        let mut parts: BTreeMap<String, Totals> = BTreeMap::new();
        for row in invoice.rows() {
            let key = match self.by() {
                GroupBy::Rate => row.item.rate().to_string(),
                _ => row.item.short_name().to_owned(),
            };
            parts.entry(key).or_default().add(signed(invoice, (row.net, row.tax, row.gross)));
        }
        // Rows of one key are one part of the invoice.
        parts.into_iter().for_each(|(key, part)| self.put(Some(key), Totals { invoices: 1, ..part }));
    }
}

/// Planned amounts of a red are those that it takes back.
fn signed(invoice: &Invoice, (net, tax, gross): (Money, Money, Money)) -> Totals {
    let sum = Totals::one(net, tax, gross);
    let red = Totals { net: -sum.net, tax: -sum.tax, gross: -sum.gross, ..sum };
    if invoice.is_blue() { sum } else { red }
}
