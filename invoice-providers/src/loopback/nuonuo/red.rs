//! Red applications as they arrive.

use invoice_core::money::rounding;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::amounts::total;
use super::read::{Wrong, kind};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Application {
    pub(super) bill_id: String,
    pub(super) blue_invoice_line: String,
    apply_source: String,
    pub(super) blue_elec_invoice_number: String,
    pub(super) seller_tax_no: String,
    buyer_name: String,
    pub(super) red_reason: String,
    #[serde(default)]
    pub(super) order_no: String,
    #[serde(default)]
    detail: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    blue_detail_index: String,
    #[serde(default)]
    num: Option<String>,
    #[serde(default)]
    tax_excluded_price: Option<String>,
    tax_excluded_amount: String,
    tax_amount: String,
}

/// Nuonuo's reason as the bureau numbers it: not the same.
fn reason(nuonuo: &str) -> Result<&'static str, Wrong> {
    match nuonuo {
        "1" => Ok("02"),
        "2" => Ok("01"),
        "3" => Ok("03"),
        "4" => Ok("04"),
        _ => Err("redReason"),
    }
}

fn decimal(text: &str) -> Result<Decimal, Wrong> {
    text.parse().map_err(|_| "amounts")
}

fn text(row: &Value, name: &str) -> Result<Decimal, Wrong> {
    decimal(row.get(name).and_then(Value::as_str).ok_or("amounts")?)
}

impl Application {
    /// As the sandbox reads it, against the blue as the sandbox read it.
    pub(super) fn request(&self, blue: &Value) -> Result<Value, Wrong> {
        if self.apply_source != "0" || self.bill_id.is_empty() || self.bill_id.len() > 32 {
            return Err("billId, applySource");
        }
        let said = blue.pointer("/title/name").and_then(Value::as_str);
        if said != Some(self.buyer_name.as_str())
            || blue.get("kind").and_then(Value::as_str) != Some(kind(&self.blue_invoice_line)?)
        {
            return Err("buyerName, blueInvoiceLine");
        }
        let rows = if self.detail.is_empty() { whole(blue)? } else { self.part(blue)? };
        let sum = |name: &str| total(&rows, name);
        let mut request = blue.clone();
        request["key"] = json!(self.bill_id);
        request["remark"] = Value::Null;
        (request["net"], request["tax"], request["gross"]) =
            (json!(sum("net")?), json!(sum("tax")?), json!(sum("gross")?));
        request["red"] =
            json!({ "blue": self.blue_elec_invoice_number, "reason": reason(&self.red_reason)? });
        request["rows"] = Value::Array(rows);
        Ok(request)
    }

    fn part(&self, blue: &Value) -> Result<Vec<Value>, Wrong> {
        self.detail
            .iter()
            .map(|row| {
                let index: usize = row.blue_detail_index.parse().map_err(|_| "blueDetailIndex")?;
                let of = index
                    .checked_sub(1)
                    .and_then(|index| blue.get("rows")?.get(index))
                    .ok_or("blueDetailIndex")?;
                let mut red = of.clone();
                let gross = decimal(&row.tax_excluded_amount)? + decimal(&row.tax_amount)?;
                (red["kind"], red["blue_row"]) = (json!("normal"), json!(index));
                (red["quantity"], red["unit_price"]) = (json!(row.num), json!(row.tax_excluded_price));
                (red["net"], red["tax"]) = (json!(row.tax_excluded_amount), json!(row.tax_amount));
                red["gross"] = json!(format!("{gross:.2}"));
                Ok(red)
            })
            .collect()
    }
}

/// Everything, discounts netted into their rows.
pub(in crate::loopback) fn whole(blue: &Value) -> Result<Vec<Value>, Wrong> {
    let mut rows: Vec<Value> = Vec::new();
    for (number, row) in (1..).zip(blue.get("rows").and_then(Value::as_array).ok_or("rows")?) {
        let discount = row.get("kind").and_then(Value::as_str) == Some("discount");
        match rows.last_mut().filter(|_| discount) {
            Some(above) => {
                for name in ["net", "tax", "gross"] {
                    above[name] = json!(format!("{:.2}", text(above, name)? + text(row, name)?));
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
            let price = rounding::price_of(net, quantity, 13).ok_or("num")?.normalize();
            (row["quantity"], row["unit_price"]) =
                (json!((-quantity).normalize().to_string()), json!(price.to_string()));
        }
        for name in ["net", "tax", "gross"] {
            row[name] = json!(format!("{:.2}", -text(row, name)?));
        }
    }
    Ok(rows)
}
