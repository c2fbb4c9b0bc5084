//! The last look at a draft before it is accepted: would the bureau take it?

use chrono::{Datelike, NaiveDate};
use invoice_validate::preflight::{self, Request, Row, Totals};
use invoice_validate::{Date, Fault, Language};
use rust_decimal::Decimal;

use super::{ApplyRequest, DraftInvoice};
use crate::error::{Refusal, RefusalCode};
use crate::invoice::InvoiceRow;
use crate::money::decimal_text;
use crate::plan::price::{DECIMALS, unit_price};
use crate::plan::split::RowKind;
use crate::seller::Route;
use crate::tax::Treatment;

/// The texts of a row, kept alive while it is looked at.
struct Texts {
    code: String,
    quantity: String,
    price: String,
}

/// Checks every row, the totals and the texts of an invoice, as the first way it can go would print them, against the
/// rules of the day.
///
/// # Errors
/// `PLAN-02` with the codes, rows and fields of what is wrong.
pub(crate) fn preflight(
    invoice: &DraftInvoice,
    request: &ApplyRequest,
    drawer: &str,
    route: Option<&Route>,
    day: NaiveDate,
) -> Result<(), Refusal> {
    let decimals = route.map_or(DECIMALS, |route| route.price_decimals);
    let texts: Vec<Texts> = invoice.rows.iter().map(|row| texts(row, decimals)).collect();
    let rows: Vec<Row<'_>> =
        invoice.rows.iter().zip(&texts).map(|(row, texts)| looked_at(row, texts)).collect();
    let totals = Totals { net: invoice.net.fen(), tax: invoice.tax.fen(), gross: invoice.gross.fen() };
    let mut asked = Request::new(request.kind.class(), &rows, totals);
    asked.date = Date::parse(&format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()));
    asked.channel = route.map(|route| route.channel).unwrap_or_default();
    asked.remark = request.remark.as_deref().unwrap_or_default();
    asked.issuer = drawer;
    let report = preflight::check(&asked);
    if report.is_valid() {
        return Ok(());
    }
    let told = |fault: &Fault| {
        format!("{} {} ({})", fault.code().as_str(), fault.path(), fault.message(Language::En))
    };
    let faults = report.errors().take(5).map(told).collect::<Vec<_>>().join("; ");
    Err(Refusal::new(RefusalCode::PreflightFailed).with("faults", faults))
}

fn texts(row: &InvoiceRow, decimals: u32) -> Texts {
    let price = row.quantity.and_then(|quantity: Decimal| unit_price(row.net, quantity, decimals));
    let quantity = row.quantity.filter(|_| price.is_some());
    let text = |number: Option<Decimal>| number.map(decimal_text::format).unwrap_or_default();
    Texts { code: row.item.code().to_string(), quantity: text(quantity), price: text(price) }
}

fn looked_at<'a>(row: &'a InvoiceRow, texts: &'a Texts) -> Row<'a> {
    Row {
        kind: match row.kind {
            RowKind::Normal => preflight::RowKind::Normal,
            RowKind::Discounted => preflight::RowKind::Discounted,
            RowKind::Discount => preflight::RowKind::Discount,
        },
        name: &row.name,
        short_name: row.item.short_name(),
        code: &texts.code,
        spec: row.spec.as_deref().unwrap_or_default(),
        unit: row.unit.as_deref().unwrap_or_default(),
        quantity: &texts.quantity,
        price: &texts.price,
        rate: row.item.rate().millionths(),
        net: row.net.fen(),
        tax: row.tax.fen(),
        treatment: match row.item.treatment() {
            Treatment::ZeroRated => preflight::Treatment::ZeroRated,
            Treatment::Exempt => preflight::Treatment::Exempt,
            Treatment::NotTaxable => preflight::Treatment::NotTaxable,
            // The amount of the deduction is not part of an order line yet; the other rules are the same.
            Treatment::Differential => preflight::Treatment::DifferentialFull { deduction: 0 },
            Treatment::Standard | Treatment::LeaseReduced => preflight::Treatment::Taxable,
        },
    }
}
