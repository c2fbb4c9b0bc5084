//! A plan as JSON.

use invoice_core::money::decimal_text;
use invoice_core::plan::certificate::CheckedSplit;
use invoice_core::plan::price::{DECIMALS, unit_price};
use invoice_core::plan::split::{Row, SplitLine};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::order::Order;

/// `{"invoices","lower_bound"}`, and `"left_out"` where lines stand on no invoice.
pub(super) fn json(order: &Order, checked: &CheckedSplit<'_>) -> Value {
    let plan = checked.plan();
    let invoices: Vec<Value> = plan
        .invoices()
        .iter()
        .map(|invoice| {
            let mut source = 0;
            let mut rows = Vec::new();
            for row in checked.rows(invoice) {
                // A discount row belongs to the row above it.
                source = row.parts().next().map_or(source, |part| part.line() as usize);
                rows.push(row_json(&row, source, order));
            }
            json!({ "net": invoice.net(), "tax": invoice.tax(), "gross": invoice.gross(), "lines": rows })
        })
        .collect();
    let mut answer = json!({ "invoices": invoices, "lower_bound": plan.lower_bound() });
    let left_out: Vec<Value> = plan.left_out().iter().map(|line| order.id(*line as usize)).collect();
    if let (false, Some(fields)) = (left_out.is_empty(), answer.as_object_mut()) {
        fields.insert("left_out".to_owned(), left_out.into());
    }
    answer
}

fn row_json(row: &Row<'_>, source: usize, order: &Order) -> Value {
    let number = |number: Option<Decimal>| number.map(decimal_text::format);
    let price = row.quantity().and_then(|quantity| unit_price(row.net(), quantity, DECIMALS));
    json!({
        "source": order.id(source),
        "quantity": number(row.quantity()),
        "unit_price": number(price),
        "net": row.net(),
        "tax": row.tax(),
        "gross": row.gross(),
        "rate": order.lines().get(source).map(SplitLine::rate),
    })
}
