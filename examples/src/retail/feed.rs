use std::collections::HashMap;
use std::path::Path;

use chrono::NaiveDate;
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
    ahead: Option<Row>,
    seen: HashMap<String, u32>,
    tally: Tally,
    name: String,
}

/// A day, and its rows by `InvoiceNo`.
type RowsOfDay = (NaiveDate, Vec<Vec<Row>>);

impl RetailFeed {
    /// Opens a folder.
    ///
    /// # Errors
    /// When it cannot be read or holds no CSV file.
    pub fn open(folder: &Path, seller: SellerId, seed: u64) -> Result<Self, FeedError> {
        Ok(Self {
            reader: Reader::open(folder)?,
            orders: Orders { items: Items::builtin()?, seller, seed },
            purchases: Purchases::default(),
            ahead: None,
            seen: HashMap::new(),
            tally: Tally::default(),
            name: format!("retail, seed {seed}"),
        })
    }

    fn row(&mut self) -> Result<Option<Row>, FeedError> {
        if let Some(row) = self.ahead.take() {
            return Ok(Some(row));
        }
        while let Some(read) = self.reader.next_row()? {
            self.tally.lines += 1;
            match read {
                Ok(row) => return Ok(Some(row)),
                Err(named) => {
                    self.tally.faults += 1;
                    self.tally.named.push(named);
                }
            }
        }
        Ok(None)
    }

    /// The rows of the next day by `InvoiceNo`, in the order of their first rows. A row that comes late, with an
    /// earlier date, belongs to the day that is being read.
    fn rows_of_day(&mut self) -> Result<Option<RowsOfDay>, FeedError> {
        let Some(first) = self.row()? else { return Ok(None) };
        let date = first.when.date();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut groups: Vec<Vec<Row>> = Vec::new();
        let mut next = Some(first);
        while let Some(row) = next {
            if row.when.date() > date {
                self.ahead = Some(row);
                break;
            }
            let place = *places.entry(row.invoice.clone()).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(place) {
                group.push(row);
            }
            next = self.row()?;
        }
        Ok(Some((date, groups)))
    }

    /// The id for an `InvoiceNo`: a number that comes back on a later day is another order.
    fn id(&mut self, invoice: &str) -> String {
        let times = self.seen.entry(invoice.to_owned()).or_default();
        *times += 1;
        if *times == 1 { invoice.to_owned() } else { format!("{invoice}.{times}") }
    }
}

impl Feed for RetailFeed {
    fn next_day(&mut self) -> Result<Option<Day>, FeedError> {
        let Some((date, groups)) = self.rows_of_day()? else { return Ok(None) };
        let is_refund = |rows: &Vec<Row>| rows.first().is_some_and(|row| row.invoice.starts_with('C'));
        let (refunds, orders): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_refund);
        let mut day = Day { date, sales: Vec::with_capacity(orders.len()), returns: Vec::new() };
        for rows in orders {
            let id = self.id(rows.first().map_or("", |row| row.invoice.as_str()));
            self.tally.orders += 1;
            let before = self.tally.named.len();
            let made = self.orders.make(&id, &rows, &mut self.tally.named)?;
            let left_out = self.tally.named.iter().skip(before).filter(|named| named.code != "RETAIL-12");
            self.tally.left_out += u64::try_from(left_out.count()).unwrap_or_default();
            let Some(Made { sale, customer, stocks }) = made else { continue };
            if let (Some(customer), Some(when)) = (customer, rows.first().map(|row| row.when)) {
                let lines = stocks.iter().map(|(stock, sold)| (stock.as_str(), *sold));
                self.purchases.add(&customer, &id, when, lines);
            }
            day.sales.push(sale);
        }
        for rows in refunds {
            let id = self.id(rows.first().map_or("", |row| row.invoice.as_str()));
            day.returns.extend(refunds::make(&id, &rows, &mut self.purchases, &mut self.tally)?);
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
