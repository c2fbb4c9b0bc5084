//! By what received invoices are told apart before anything is added up.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::groups::{GroupBy, Totals};
use super::received::deduction_of;
use crate::money::Money;
use crate::received::{ReceivedInvoice, ReceivedRecord, ReceivedState};

/// A property of a received invoice beside its month, state and company. For each of them there are sums in the store, so that
/// a report need not open what it adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Facet {
    Kind,
    Deduction,
    Rate,
    Seller,
    Category,
}

/// Received invoices that have month, state, company and one property more in common, or their parts that do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The first day of the month of issue.
    pub(crate) month: NaiveDate,
    pub(crate) state: ReceivedState,
    pub(crate) entity: String,
    /// `None` where the property is not known.
    pub(crate) key: Option<String>,
    pub(crate) totals: Totals,
}

impl Facet {
    pub(crate) const ALL: &[Self] = &[Self::Kind, Self::Deduction, Self::Rate, Self::Seller, Self::Category];

    /// The name of the tags; stable.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Kind => "sum_kind",
            Self::Deduction => "sum_deduction",
            Self::Rate => "sum_rate",
            Self::Seller => "sum_seller",
            Self::Category => "sum_category",
        }
    }

    /// The one that a report is added up from.
    pub(crate) const fn of(by: GroupBy) -> Self {
        match by {
            GroupBy::Rate => Self::Rate,
            GroupBy::Seller => Self::Seller,
            GroupBy::Category => Self::Category,
            GroupBy::Kind
            | GroupBy::Month
            | GroupBy::Quarter
            | GroupBy::Year
            | GroupBy::State
            | GroupBy::Entity => Self::Kind,
        }
    }

    /// Whether the property is what somebody wrote on the invoice: names are not for a store to see.
    pub(crate) const fn is_sealed(self) -> bool {
        matches!(self, Self::Seller | Self::Category)
    }

    /// Whether rows of one invoice may differ in it.
    pub(crate) const fn is_of_rows(self) -> bool {
        matches!(self, Self::Rate | Self::Category)
    }

    /// An invoice by this property: itself, or its rows when they are told apart and sum to it.
    pub(crate) fn cells(self, record: &ReceivedRecord) -> Vec<Cell> {
        let invoice = record.invoice();
        let parts = self.parts(invoice).unwrap_or_else(|| {
            let whole = [invoice.net(), invoice.tax(), invoice.gross()].map(Option::unwrap_or_default);
            BTreeMap::from([(self.key(record), whole)])
        });
        let month = invoice.date().with_day(1).unwrap_or(invoice.date());
        let cell = |(key, [net, tax, gross]): (Option<String>, [Money; 3])| Cell {
            month,
            state: record.state(),
            entity: record.entity().to_string(),
            key,
            totals: Totals::one(net, tax, gross),
        };
        parts.into_iter().map(cell).collect()
    }

    /// The property of the whole invoice; `None` for one of its rows.
    fn key(self, record: &ReceivedRecord) -> Option<String> {
        let invoice = record.invoice();
        match self {
            Self::Kind => Some(invoice.kind().as_str().to_owned()),
            Self::Deduction => Some(deduction_of(record).as_str().to_owned()),
            Self::Seller => invoice.seller_name().map(str::to_owned),
            Self::Rate | Self::Category => None,
        }
    }

    /// The rows of an invoice, together where they have the property in common: net, tax and gross.
    fn parts(self, invoice: &ReceivedInvoice) -> Option<BTreeMap<Option<String>, [Money; 3]>> {
        if !self.is_of_rows() || !rows_sum(invoice) {
            return None;
        }
        let mut parts: BTreeMap<Option<String>, [Money; 3]> = BTreeMap::new();
        for row in invoice.rows() {
            let key = match self {
                Self::Rate => row.rate().map(|rate| rate.to_string()),
                _ => row.category().map(str::to_owned),
            };
            let (net, tax) = (row.net()?, row.tax().unwrap_or_default());
            let part = parts.entry(key).or_default();
            for (sum, amount) in part.iter_mut().zip([net, tax, net.checked_add(tax)?]) {
                *sum = sum.checked_add(amount)?;
            }
        }
        Some(parts)
    }
}

/// Whether the rows are all there: they have net amounts that sum to the invoice, and taxes that do.
pub(super) fn rows_sum(invoice: &ReceivedInvoice) -> bool {
    let rows = invoice.rows();
    let net = rows.iter().map(|row| row.net()).collect::<Option<Vec<_>>>().and_then(Money::checked_sum);
    let tax = Money::checked_sum(rows.iter().map(|row| row.tax().unwrap_or_default()));
    !rows.is_empty()
        && net.is_some()
        && net == invoice.net()
        && invoice.tax().is_none_or(|own| Some(own) == tax)
}
