//! One row of the dataset, read strictly but told leniently: whatever is wrong with it is said with its place.

use chrono::{Datelike, NaiveDateTime};
use invoice_core::money::decimal_text;
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

    /// The fault with the column to blame and what stands there.
    pub(super) fn with_value(mut self, column: &'static str, value: Option<String>) -> Self {
        (self.column, self.value) = (Some(column), value);
        self
    }

    /// The fault with its place.
    #[must_use]
    pub fn at(self, at: impl Into<String>) -> Named {
        let Self { code, column, value, message } = self;
        Named { code, at: at.into(), column, value, message: message.to_owned() }
    }
}

/// The columns, each with the name it has in the second edition of the dataset. Case and spaces do not matter.
const NAMES: [[&str; 2]; 7] = [
    ["InvoiceNo", "Invoice"],
    ["StockCode", "StockCode"],
    ["Description", "Description"],
    ["Quantity", "Quantity"],
    ["InvoiceDate", "InvoiceDate"],
    ["UnitPrice", "Price"],
    ["CustomerID", "CustomerID"],
];
/// As the dataset is found: as a database writes it, and as a spreadsheet does (month first).
const DATES: [&str; 7] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%y %H:%M",
    "%m/%d/%y %H:%M:%S",
];
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
        let bare = |field: &String| field.replace([' ', '\u{feff}'], "");
        let fields: Vec<String> = fields.iter().map(bare).collect();
        for (place, names) in places.iter_mut().zip(NAMES) {
            let same = |field: &String| names.iter().any(|name| field.eq_ignore_ascii_case(name));
            *place = fields.iter().position(same).ok_or_else(|| {
                Fault::of("RETAIL-08", names[0], &fields.join(","), "the header does not name this column")
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
    // A program that writes binary fractions writes small ones with an exponent.
    let scientific =
        || Decimal::from_scientific(text).ok().filter(|_| text.is_ascii() && !text.contains('_'));
    let known = decimal_text::parse(text).or_else(scientific);
    let fits = |number: &Decimal| number.abs() <= Decimal::from(MOST) && number.scale() <= 8;
    match known.map(|number| number.normalize()) {
        Some(number) if fits(&number) => Ok(number),
        _ => Err(Fault::of(code, column, text, "a decimal number of at most eight decimals is needed here")),
    }
}

fn date(text: &str) -> Result<NaiveDateTime, Fault> {
    const FIRST: i32 = 2000;
    const LAST: i32 = 2100;
    const OLD: i32 = 2020;
    const MOVED_BY: i32 = 16;
    let fault = || Fault::of("RETAIL-04", "InvoiceDate", text, "a date and time is needed here");
    let read = DATES.iter().filter_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    // A year of two digits is read by the form with four digits as one long ago.
    let when = read.into_iter().find(|when| (FIRST..LAST).contains(&when.year())).ok_or_else(fault)?;
    match when.year() {
        FIRST..OLD => when.with_year(when.year() + MOVED_BY).ok_or_else(fault),
        _ => Ok(when),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Columns {
        Columns::of_header(&names.split(',').map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    fn row(columns: &Columns, text: &str) -> Result<Row, (&'static str, Option<&'static str>)> {
        let fields: Vec<String> = text.split(',').map(str::to_owned).collect();
        columns.read(&fields, String::new()).map_err(|fault| (fault.code, fault.column))
    }

    #[test]
    fn dates_of_all_editions_are_the_same_moment_moved_to_todays_rates() {
        let columns =
            header("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country");
        for (text, want) in [
            ("2010-12-01 08:26:00", "2026-12-01 08:26:00"),
            ("2010-12-01 08:26:00.000", "2026-12-01 08:26:00"),
            ("2010-12-01T08:26:00", "2026-12-01 08:26:00"),
            ("2010-12-01 08:26", "2026-12-01 08:26:00"),
            ("12/1/2010 8:26", "2026-12-01 08:26:00"),
            ("12/1/10 8:26", "2026-12-01 08:26:00"),
            ("12/1/2010 8:26:59", "2026-12-01 08:26:59"),
            ("2012-02-29 08:26:00", "2028-02-29 08:26:00"),
            ("2026-02-28 08:26:00", "2026-02-28 08:26:00"),
        ] {
            let row = row(&columns, &format!("1,2,3,4,{text},5,6,7")).unwrap();
            assert_eq!(row.when.to_string(), want, "{text}");
        }
        for bad in
            ["", "yesterday", "13/1/2010 8:26", "1810-12-01 08:26:00", "2010-12-01", "2010-02-30 08:26:00"]
        {
            let fault = row(&columns, &format!("1,2,3,4,{bad},5,6,7")).unwrap_err();
            assert_eq!(fault, ("RETAIL-04", Some("InvoiceDate")), "{bad}");
        }
    }

    #[test]
    fn numbers_are_plain_or_have_an_exponent_and_ids_are_printable() {
        let columns = header("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country");
        let read = |quantity: &str, price: &str, customer: &str| {
            let text = format!("C1,BANK CHARGES,,{quantity},2010-12-01 08:26:00,{price},{customer},UK");
            row(&columns, &text).map(|row| (row.quantity.to_string(), row.price.to_string(), row.customer))
        };
        let of = |quantity: &str, price: &str, customer: Option<&str>| {
            Ok((quantity.to_owned(), price.to_owned(), customer.map(str::to_owned)))
        };
        assert_eq!(read("80995", "2.08", "16446.0"), of("80995", "2.08", Some("16446")));
        assert_eq!(read("-1.0", "38970.00", ""), of("-1", "38970", None));
        assert_eq!(read("1", "1e-3", "17850"), of("1", "0.001", Some("17850")));
        assert_eq!(read("1", "-11062.06", ""), of("1", "-11062.06", None));
        for bad in ["", "six", "1_000", "1,000", "0x10", "NaN", "inf", "1e12", "0.123456789", "٣", "--1"] {
            assert_eq!(read(bad, "1", "").map_err(|fault| fault.0), Err(fault_of(bad, "RETAIL-03")), "{bad}");
            assert_eq!(read("1", bad, "").map_err(|fault| fault.0), Err(fault_of(bad, "RETAIL-05")), "{bad}");
        }
        assert_eq!(read("1", "1", "17 850").unwrap_err(), ("RETAIL-06", Some("CustomerID")));
        assert_eq!(row(&columns, "C 1,2,3,4,2010-12-01 08:26:00,5,6,7").unwrap_err().0, "RETAIL-02");
        assert_eq!(row(&columns, "1,,3,4,2010-12-01 08:26:00,5,6,7").unwrap_err().0, "RETAIL-07");
    }

    /// A comma makes one field more.
    fn fault_of(text: &str, code: &'static str) -> &'static str {
        if text.contains(',') { "RETAIL-01" } else { code }
    }

    #[test]
    fn a_header_without_a_column_names_it() {
        let fields: Vec<String> = ["InvoiceNo", "StockCode"].map(str::to_owned).into();
        let fault = Columns::of_header(&fields).unwrap_err();
        assert_eq!((fault.code, fault.column), ("RETAIL-08", Some("Description")));
    }
}
