//! From an order of either line to what the sandbox reads, by types of its own.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::amounts::total as sum;

pub(super) type Wrong = &'static str;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Enterprise {
    pub(super) tax_no: String,
    pub(super) data: Order,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Small {
    pub(super) tax_no: String,
    #[serde(flatten)]
    pub(super) order: Order,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order {
    /// Of the small-business line.
    #[serde(default)]
    pub(super) order_no: String,
    /// Of the enterprise line.
    #[serde(default)]
    pub(super) serial_no: String,
    invoice_type: String,
    /// On a red of a confirmation.
    #[serde(default)]
    pub(super) original_einvoice_no: String,
    #[serde(default)]
    red_info_no: String,
    #[serde(default)]
    red_issue_reason: String,
    invoice_type_code: String,
    price_tax_mark: String,
    drawer: String,
    buyer_name: String,
    #[serde(default)]
    buyer_tax_no: Option<String>,
    #[serde(default)]
    natural_mark: String,
    #[serde(default)]
    remarks: Option<String>,
    #[serde(default)]
    pub(super) invoice_total_price: Option<String>,
    #[serde(default)]
    pub(super) invoice_total_tax: Option<String>,
    #[serde(default)]
    invoice_total_price_tax: Option<String>,
    #[serde(alias = "invoiceDetailsList", alias = "invoiceDetailList")]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    goods_line_no: usize,
    invoice_line_nature: String,
    goods_code: String,
    goods_name: String,
    #[serde(default)]
    goods_specification: Option<String>,
    #[serde(default)]
    goods_unit: Option<String>,
    #[serde(default)]
    goods_quantity: Option<String>,
    #[serde(default)]
    goods_price: Option<String>,
    goods_tax_rate: String,
    goods_total_price: String,
    goods_total_tax: String,
    #[serde(default)]
    goods_total_price_tax: Option<String>,
    preferential_mark_flag: String,
}

impl Order {
    /// The number of the confirmation, when it is the red of one.
    pub(super) fn red_of(&self) -> Option<&str> {
        let complete = !self.red_info_no.is_empty() && !self.red_issue_reason.is_empty();
        (self.invoice_type == "1" && complete && !self.details.is_empty()).then_some(&self.red_info_no)
    }

    /// As the sandbox reads it; `blue` is what this line calls a blue invoice.
    pub(super) fn request(&self, tax_no: &str, key: &str, blue: &str) -> Result<Value, Wrong> {
        if key.is_empty()
            || self.invoice_type != blue
            || self.price_tax_mark != "0"
            || self.details.is_empty()
        {
            return Err("serialNo, invoiceType, priceTaxMark, details");
        }
        let kind = match self.invoice_type_code.as_str() {
            "01" => "digital_special",
            "02" => "digital_ordinary",
            _ => return Err("invoiceTypeCode"),
        };
        let numbered = self.details.iter().zip(1..).all(|(row, number)| row.goods_line_no == number);
        if !numbered {
            return Err("goodsLineNo");
        }
        let rows = self.details.iter().map(Detail::row).collect::<Result<Vec<_>, _>>()?;
        let total = |said: &Option<String>, name: &str| match said {
            Some(said) => Ok(said.clone()),
            None => sum(&rows, name),
        };
        let company = self.buyer_tax_no.as_ref().is_some_and(|id| !id.is_empty());
        let buyer = match (self.natural_mark.as_str(), company) {
            ("1", _) => "person",
            (_, true) => "company",
            (_, false) => "non_tax_organisation",
        };
        Ok(json!({
            "key": key,
            "kind": kind,
            "seller": { "tax_id": tax_no, "name": "", "drawer": self.drawer },
            "title": { "kind": buyer, "name": self.buyer_name, "tax_id": self.buyer_tax_no },
            "net": total(&self.invoice_total_price, "net")?,
            "tax": total(&self.invoice_total_tax, "tax")?,
            "gross": total(&self.invoice_total_price_tax, "gross")?,
            "remark": self.remarks,
            "rows": rows,
        }))
    }
}

impl Detail {
    fn row(&self) -> Result<Value, Wrong> {
        let kind = match self.invoice_line_nature.as_str() {
            "0" => "normal",
            "1" => "discount",
            "2" => "discounted",
            _ => return Err("invoiceLineNature"),
        };
        if self.goods_code.len() != 19 || self.preferential_mark_flag != "0" {
            return Err("goodsCode, preferentialMarkFlag");
        }
        let amount = |text: &str| text.parse::<rust_decimal::Decimal>().map_err(|_| "amounts");
        let gross = amount(&self.goods_total_price)? + amount(&self.goods_total_tax)?;
        let said = self.goods_total_price_tax.clone().unwrap_or_else(|| format!("{gross:.2}"));
        Ok(json!({
            "kind": kind,
            "item": {
                "code": self.goods_code, "short_name": "", "rate": self.goods_tax_rate, "treatment": "standard",
            },
            "name": self.goods_name, "spec": self.goods_specification, "unit": self.goods_unit,
            "quantity": self.goods_quantity, "unit_price": self.goods_price,
            "net": self.goods_total_price, "tax": self.goods_total_tax, "gross": said,
        }))
    }
}
