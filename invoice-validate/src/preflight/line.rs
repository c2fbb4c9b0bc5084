//! One row checked: form, arithmetic, texts.

use super::decimal::{Decimal, product_is_near};
use super::request::{Direction, Request};
use super::row::{Row, RowKind, Treatment};
use super::tolerance::yuan;
use crate::rule::preflight as rule;
use crate::text::{self, Field, Limits};
use crate::{Fault, InvoiceClass, Report};

/// Codes whose input tax the buyer cannot deduct, by prefix: loans, catering, daily services, entertainment.
/// Source: prompts of the direct-connection document for special invoices.
const NOT_DEDUCTIBLE: [&str; 4] = ["30601", "3070401", "30705", "3070302"];

pub(super) fn check(row: &Row<'_>, request: &Request<'_>, report: &mut Report) {
    item(row, request, report);
    numbers(row, request, report);
    if row.kind != RowKind::Discount {
        let sign = request.sign();
        if row.net * sign <= 0 {
            report.push(Fault::new(&rule::LINE_SIGN).at("net"));
        }
        if row.tax * sign < 0 {
            report.push(Fault::new(&rule::LINE_SIGN).at("tax"));
        }
    }
    let tolerance = request.tolerances().row_tax;
    if !tax_is_near(row, tolerance) {
        report.push(Fault::new(&rule::LINE_TAX).with_expected(yuan(tolerance)).at("tax"));
    }
}

/// |base × rate − tax| ≤ tolerance; for differential rows the base is (gross − deduction) / (1 + rate).
fn tax_is_near(row: &Row<'_>, tolerance: i64) -> bool {
    let (net, tax, rate) = (i128::from(row.net), i128::from(row.tax), i128::from(row.rate));
    let million = 1_000_000;
    let deduction = match row.treatment {
        Treatment::DifferentialFull { .. } => 0,
        Treatment::DifferentialNet { deduction } => i128::from(deduction),
        _ => return (net * rate - tax * million).abs() <= i128::from(tolerance) * million,
    };
    let base = net + tax - deduction;
    let scale = million + rate;
    (base * rate - tax * scale).abs() <= i128::from(tolerance) * scale
}

fn item(row: &Row<'_>, request: &Request<'_>, report: &mut Report) {
    let limits = request.limits();
    if row.name.trim().is_empty() {
        report.push(Fault::new(&rule::ITEM_MISSING).at("name"));
    }
    let texts = [
        ("name", row.name, Field::ItemName),
        ("short_name", row.short_name, Field::ShortName),
        ("spec", row.spec, Field::Spec),
        ("unit", row.unit, Field::Unit),
    ];
    for (path, value, field) in texts {
        if !value.is_empty() {
            merge(report, path, text::check_with(value, field, limits));
        }
    }
    let printed = row.name.chars().count() + row.short_name.chars().count() + 2;
    if let Some(limit) = limits.of(Field::FullItemName).filter(|limit| printed > limit.max) {
        report.push(Fault::new(&rule::ITEM_LONG).with_expected(limit.max.to_string()).at("name"));
    }
    if row.code.len() != 19 || !row.code.bytes().all(|b| b.is_ascii_digit()) {
        report.push(Fault::new(&rule::CODE_FORM).with_expected("19").at("code"));
    } else if request.class == InvoiceClass::Special
        && NOT_DEDUCTIBLE.iter().any(|code| row.code.starts_with(code))
    {
        report.push(Fault::new(&rule::NOT_DEDUCTIBLE).at("code"));
    }
}

fn merge(report: &mut Report, path: &str, part: Report) {
    if !part.is_empty() {
        report.merge(path, part);
    }
}

fn numbers(row: &Row<'_>, request: &Request<'_>, report: &mut Report) {
    if row.kind == RowKind::Discount || (row.quantity.is_empty() && row.price.is_empty()) {
        return;
    }
    if row.quantity.is_empty() || row.price.is_empty() {
        let path = if row.quantity.is_empty() { "quantity" } else { "price" };
        report.push(Fault::new(&rule::QUANTITY_AND_PRICE).at(path));
        return;
    }
    let limits = request.limits();
    let quantity = number("quantity", row.quantity, limits, report);
    let price = number("price", row.price, limits, report);
    let (Some(quantity), Some(price)) = (quantity, price) else { return };
    if quantity.is_zero() {
        report.push(Fault::new(&rule::QUANTITY_ZERO).at("quantity"));
        return;
    }
    if price.negative {
        report.push(Fault::new(&rule::NUMBER_SIGN).at("price"));
    }
    if quantity.negative != (request.direction == Direction::Red) {
        report.push(Fault::new(&rule::NUMBER_SIGN).at("quantity"));
    }
    let tolerance = request.tolerances().row_amount;
    if !product_is_near(price, quantity, row.net, tolerance) {
        report.push(Fault::new(&rule::PRICE_TIMES_QUANTITY).with_expected(yuan(tolerance)).at("net"));
    }
}

fn number(path: &str, text: &str, limits: &Limits, report: &mut Report) -> Option<Decimal> {
    if text.len() > limits.number_length {
        let expected = limits.number_length.to_string();
        report.push(Fault::new(&rule::NUMBER_LONG).with_expected(expected).at(path));
        return None;
    }
    let Some(decimal) = Decimal::parse(text) else {
        report.push(Fault::new(&rule::NUMBER_FORM).at(path));
        return None;
    };
    let written = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if let Some(most) = limits.number_decimals.filter(|most| written > *most) {
        report.push(Fault::new(&rule::NUMBER_DECIMALS).with_expected(most.to_string()).at(path));
    }
    Some(decimal)
}
