//! Red requests as the sandbox reads them, against the blue as the sandbox read it.

use invoice_core::money::rounding;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::amounts::total;

type Wrong = &'static str;

/// A row that is taken back: the number of the blue row from 1, and amounts below zero.
pub(super) struct Part {
    pub(super) blue_row: usize,
    pub(super) quantity: Option<String>,
    pub(super) unit_price: Option<String>,
    pub(super) net: String,
    pub(super) tax: String,
}

/// What is taken back of whom, and why as the bureau numbers reasons.
pub(super) struct Taken<'a> {
    pub(super) key: &'a str,
    pub(super) blue: &'a str,
    pub(super) reason: &'a str,
}

fn decimal(text: &str) -> Result<Decimal, Wrong> {
    text.parse().map_err(|_| "amounts")
}

fn amount(row: &Value, name: &str) -> Result<Decimal, Wrong> {
    decimal(row.get(name).and_then(Value::as_str).ok_or("amounts")?)
}

/// These rows of a blue invoice, or all of it where none are named.
pub(super) fn request(blue: &Value, taken: &Taken<'_>, parts: &[Part]) -> Result<Value, Wrong> {
    let rows = if parts.is_empty() {
        whole(blue)?
    } else {
        parts.iter().map(|part| of_part(blue, part)).collect::<Result<_, _>>()?
    };
    let sum = |name: &str| total(&rows, name);
    let mut request = blue.clone();
    request["key"] = json!(taken.key);
    request["remark"] = Value::Null;
    (request["net"], request["tax"], request["gross"]) =
        (json!(sum("net")?), json!(sum("tax")?), json!(sum("gross")?));
    request["red"] = json!({ "blue": taken.blue, "reason": taken.reason });
    request["rows"] = Value::Array(rows);
    Ok(request)
}

/// The row of a blue invoice with this number, from 1.
pub(super) fn blue_row(blue: &Value, number: usize) -> Option<&Value> {
    blue.get("rows")?.get(number.checked_sub(1)?)
}

fn of_part(blue: &Value, part: &Part) -> Result<Value, Wrong> {
    let mut red = blue_row(blue, part.blue_row).ok_or("the blue row")?.clone();
    let gross = decimal(&part.net)? + decimal(&part.tax)?;
    (red["kind"], red["blue_row"]) = (json!("normal"), json!(part.blue_row));
    (red["quantity"], red["unit_price"]) = (json!(part.quantity), json!(part.unit_price));
    (red["net"], red["tax"], red["gross"]) = (json!(part.net), json!(part.tax), json!(format!("{gross:.2}")));
    Ok(red)
}

/// Everything, discounts netted into their rows.
pub(super) fn whole(blue: &Value) -> Result<Vec<Value>, Wrong> {
    let mut rows: Vec<Value> = Vec::new();
    for (number, row) in (1..).zip(blue.get("rows").and_then(Value::as_array).ok_or("rows")?) {
        let discount = row.get("kind").and_then(Value::as_str) == Some("discount");
        match rows.last_mut().filter(|_| discount) {
            Some(above) => {
                for name in ["net", "tax", "gross"] {
                    above[name] = json!(format!("{:.2}", amount(above, name)? + amount(row, name)?));
                }
            }
            None => {
                let mut copy = row.clone();
                (copy["kind"], copy["blue_row"]) = (json!("normal"), json!(number));
                rows.push(copy);
            }
        }
    }
    for row in &mut rows {
        if let Some(quantity) = row.get("quantity").and_then(Value::as_str) {
            let quantity = decimal(quantity)?;
            let net =
                row.get("net").and_then(Value::as_str).and_then(|net| net.parse().ok()).ok_or("amounts")?;
            let price = rounding::price_of(net, quantity, 13).ok_or("the quantity")?.normalize();
            (row["quantity"], row["unit_price"]) =
                (json!((-quantity).normalize().to_string()), json!(price.to_string()));
        }
        for name in ["net", "tax", "gross"] {
            row[name] = json!(format!("{:.2}", -amount(row, name)?));
        }
    }
    Ok(rows)
}
