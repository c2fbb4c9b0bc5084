//! Red applications as they arrive.

use serde::Deserialize;
use serde_json::Value;

use super::super::red::{self, Part, Taken};
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
        let parts = self.detail.iter().map(Detail::part).collect::<Result<Vec<_>, _>>()?;
        let reason = reason(&self.red_reason)?;
        let taken = Taken { key: &self.bill_id, blue: &self.blue_elec_invoice_number, reason };
        red::request(blue, &taken, &parts)
    }
}

impl Detail {
    fn part(&self) -> Result<Part, Wrong> {
        Ok(Part {
            blue_row: self.blue_detail_index.parse().map_err(|_| "blueDetailIndex")?,
            quantity: self.num.clone(),
            unit_price: self.tax_excluded_price.clone(),
            net: self.tax_excluded_amount.clone(),
            tax: self.tax_amount.clone(),
        })
    }
}
