//! One row of the dataset, read strictly but told leniently: whatever is wrong with it is said with its place.

use chrono::{Datelike, NaiveDateTime};
use rust_decimal::Decimal;

use crate::feed::Named;

/// A row that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands: `file:row`.
    pub at: String,
    /// The order, or the refund when it begins with `C`.
    pub invoice: String,
    /// What was sold.
    pub stock: String,
    /// In words.
    pub description: String,
    /// How many; negative on refunds.
    pub quantity: Decimal,
    /// When, by the shop's clock, moved to a year with today's rates.
    pub when: NaiveDateTime,
    /// The price of one, including tax.
    pub price: Decimal,
    /// Who bought, when known.
    pub customer: Option<String>,
}

/// Why a row cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// A stable code, `RETAIL-01` and so on.
    pub code: &'static str,
    /// The column, when one is to blame.
    pub column: Option<&'static str>,
    /// The value found there.
    pub value: Option<String>,
    /// What is wrong.
    pub message: &'static str,
}

impl Fault {
    pub(super) const fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, column: None, value: None, message }
    }

    fn of(code: &'static str, column: &'static str, value: &str, message: &'static str) -> Self {
        const SHOWN: usize = 60;
        let value = value.chars().take(SHOWN).collect();
        Self { code, column: Some(column), value: Some(value), message }
    }

    /// The fault with its place.
    #[must_use]
    pub fn at(self, at: impl Into<String>) -> Named {
        let Self { code, column, value, message } = self;
        Named { code, at: at.into(), column, value, message: message.to_owned() }
    }
}

const NAMES: [&str; 7] =
    ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"];
const DATES: [&str; 4] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y %H:%M"];
/// Longest id taken from the data: ids of the desk are built from it.
const LONGEST_ID: usize = 32;

/// Which column stands where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    places: [usize; 7],
    count: usize,
}

impl Columns {
    /// Finds the columns by the names in the first row of a file.
    ///
    /// # Errors
    /// `RETAIL-08` with the column that is missing.
    pub fn of_header(fields: &[String]) -> Result<Self, Fault> {
        let mut places = [0; 7];
        for (place, name) in places.iter_mut().zip(NAMES) {
            let same =
                |field: &String| field.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(name);
            *place = fields.iter().position(same).ok_or_else(|| {
                Fault::of("RETAIL-08", name, &fields.join(","), "the header does not name this column")
            })?;
        }
        Ok(Self { places, count: fields.len() })
    }

    /// How many fields a row has.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Reads a row; `at` is its place.
    ///
    /// # Errors
    /// `RETAIL-01` to `RETAIL-06`.
    pub fn read(&self, fields: &[String], at: String) -> Result<Row, Fault> {
        if fields.len() != self.count {
            let found = fields.len().to_string();
            return Err(Fault::of("RETAIL-01", "(row)", &found, "the row has another number of columns"));
        }
        let [invoice, stock, description, quantity, when, price, customer] =
            self.places.map(|place| fields.get(place).map_or("", |field| field.trim()));
        Ok(Row {
            at,
            invoice: id(invoice, "RETAIL-02", "InvoiceNo")?,
            stock: id(stock, "RETAIL-07", "StockCode")?,
            description: description.to_owned(),
            quantity: decimal(quantity, "RETAIL-03", "Quantity")?,
            when: date(when)?,
            price: decimal(price, "RETAIL-05", "UnitPrice")?,
            customer: match customer.strip_suffix(".0").unwrap_or(customer) {
                "" => None,
                known => Some(id(known, "RETAIL-06", "CustomerID")?),
            },
        })
    }
}

/// Text that becomes part of an id. Spaces, as in `BANK CHARGES`, are fine in a stock code only.
fn id(text: &str, code: &'static str, column: &'static str) -> Result<String, Fault> {
    let space = column == "StockCode";
    let fits = |byte: u8| byte.is_ascii_graphic() || (space && byte == b' ');
    if text.is_empty() || text.len() > LONGEST_ID || !text.bytes().all(fits) {
        return Err(Fault::of(code, column, text, "1 to 32 visible ASCII characters are needed here"));
    }
    Ok(text.to_owned())
}

fn decimal(text: &str, code: &'static str, column: &'static str) -> Result<Decimal, Fault> {
    const MOST: i64 = 1_000_000_000;
    let known = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(text));
    let fits = |number: &Decimal| number.abs() <= Decimal::from(MOST) && number.scale() <= 8;
    match known.map(|number| number.normalize()) {
        Ok(number) if fits(&number) => Ok(number),
        _ => Err(Fault::of(code, column, text, "a decimal number of at most eight decimals is needed here")),
    }
}

fn date(text: &str) -> Result<NaiveDateTime, Fault> {
    const OLD: i32 = 2020;
    const MOVED_BY: i32 = 16;
    let fault = || Fault::of("RETAIL-04", "InvoiceDate", text, "a date and time is needed here");
    let read = DATES.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let when = read.ok_or_else(fault)?;
    match when.year() {
        2000..OLD => when.with_year(when.year() + MOVED_BY).ok_or_else(fault),
        OLD..2100 => Ok(when),
        _ => Err(fault()),
    }
}
