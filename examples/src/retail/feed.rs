use std::collections::HashMap;
use std::path::Path;

use invoice_core::id::SellerId;

use super::matching::Purchases;
use super::orders::{Made, Orders};
use super::reader::Reader;
use super::refunds;
use super::row::Row;
use crate::feed::{Day, Feed, FeedError, Tally};
use crate::items::Items;

/// The days of a folder of CSV files. Holds the rows of one day, and small records of what customers bought.
#[derive(Debug)]
pub struct RetailFeed {
    reader: Reader,
    orders: Orders,
    purchases: Purchases,
    tally: Tally,
    name: String,
}

impl RetailFeed {
    /// Looks through a folder.
    ///
    /// # Errors
    /// When it cannot be read or holds no CSV file.
    pub fn open(folder: &Path, seller: SellerId, seed: u64) -> Result<Self, FeedError> {
        let reader = Reader::open(folder)?;
        let tally = Tally {
            lines: reader.rows(),
            faults: u64::try_from(reader.faults().len()).unwrap_or(u64::MAX),
            named: reader.faults().to_vec(),
            ..Tally::default()
        };
        Ok(Self {
            reader,
            orders: Orders { items: Items::builtin()?, seller, seed },
            purchases: Purchases::default(),
            tally,
            name: format!("retail, seed {seed}"),
        })
    }
}

/// Rows by `InvoiceNo`, in the order of their first rows.
fn by_invoice(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        let place = *places.entry(row.invoice.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

fn is_refund(rows: &[Row]) -> bool {
    rows.first().is_some_and(|row| row.invoice.starts_with(['C', 'c']))
}

impl Feed for RetailFeed {
    fn next_day(&mut self) -> Result<Option<Day>, FeedError> {
        let Some((date, rows)) = self.reader.next_day()? else { return Ok(None) };
        let (refunds, orders): (Vec<_>, Vec<_>) =
            by_invoice(rows).into_iter().partition(|rows| is_refund(rows));
        let digest = self.reader.digest();
        let mut day = Day { date, sales: Vec::with_capacity(orders.len()), returns: Vec::new(), digest };
        for rows in &orders {
            self.tally.orders += 1;
            let Some(made) = self.orders.make(rows, &mut self.tally)? else { continue };
            let Made { sale, customer, when, stocks } = made;
            if let Some(customer) = customer {
                let lines = stocks.iter().map(|(stock, sold)| (stock.as_str(), *sold));
                self.purchases.add(&customer, sale.order.id().as_str(), when, lines);
            }
            day.sales.push(sale);
        }
        for rows in &refunds {
            day.returns.extend(refunds::make(rows, &mut self.purchases, &mut self.tally)?);
        }
        Ok(Some(day))
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn position(&self) -> (u64, u64) {
        self.reader.position()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
