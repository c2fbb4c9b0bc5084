//! Red applications as they arrive, of either line.

use serde::Deserialize;
use serde_json::Value;

use super::super::amounts::total;
use super::super::red::{self, Part, Taken, blue_row};
use super::read::Wrong;

/// Of the enterprise line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Application {
    pub(super) tax_no: String,
    pub(super) red_confirm_serial_no: String,
    entry_identity: String,
    seller_tax_no: String,
    buyer_tax_name: String,
    pub(super) original_invoice_no: String,
    pub(super) origin_invoice_date: String,
    origin_invoice_total_price: String,
    origin_invoice_total_tax: String,
    origin_invoice_type: String,
    invoice_total_price: String,
    invoice_total_tax: String,
    pub(super) red_invoice_label: String,
    invoice_source: String,
    pub(super) auto_issue_switch: String,
    #[serde(rename = "redConfirmDetailReqEntityList")]
    details: Vec<Detail>,
}

/// Of the small-business line.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FastRed {
    pub(super) order_no: String,
    pub(super) original_digit_invoice_no: String,
    pub(super) fast_issue_red_type: String,
    pub(super) red_invoice_label: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    original_invoice_detail_no: usize,
    #[serde(default)]
    goods_line_no: usize,
    goods_code: String,
    goods_name: String,
    goods_tax_rate: String,
    #[serde(default)]
    goods_quantity: Option<String>,
    #[serde(default)]
    goods_price: Option<String>,
    goods_total_price: String,
    goods_total_tax: String,
}

fn said<'a>(blue: &'a Value, pointer: &str) -> &'a str {
    blue.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl Application {
    /// As the sandbox reads it, against the blue as the sandbox read it.
    pub(super) fn request(&self, blue: &Value) -> Result<Value, Wrong> {
        let ours = self.entry_identity == "01" && self.seller_tax_no == self.tax_no;
        if !ours || said(blue, "/seller/tax_id") != self.tax_no {
            return Err("entryIdentity, sellerTaxNo");
        }
        let kind = match self.origin_invoice_type.as_str() {
            "01" => "digital_special",
            "02" => "digital_ordinary",
            _ => return Err("originInvoiceType"),
        };
        let totals = (self.origin_invoice_total_price.as_str(), self.origin_invoice_total_tax.as_str());
        if said(blue, "/kind") != kind || (said(blue, "/net"), said(blue, "/tax")) != totals {
            return Err("originInvoiceType, originInvoiceTotalPrice, originInvoiceTotalTax");
        }
        if said(blue, "/title/name") != self.buyer_tax_name || self.invoice_source != "2" {
            return Err("buyerTaxName, invoiceSource");
        }
        let numbered = self.details.iter().zip(1..).all(|(row, number)| row.goods_line_no == number);
        if self.details.is_empty() || !numbered {
            return Err("goodsLineNo");
        }
        let (key, number) = (&self.red_confirm_serial_no, &self.original_invoice_no);
        let taken = Taken { key, blue: number, reason: &self.red_invoice_label };
        let request = red::request(blue, &taken, &parts(blue, &self.details)?)?;
        let sums = (self.invoice_total_price.as_str(), self.invoice_total_tax.as_str());
        if (said(&request, "/net"), said(&request, "/tax")) == sums {
            Ok(request)
        } else {
            Err("invoiceTotalPrice")
        }
    }
}

impl FastRed {
    /// As the sandbox reads it; no rows are the whole invoice.
    pub(super) fn request(&self, blue: &Value) -> Result<Value, Wrong> {
        if self.order_no.is_empty() || self.fast_issue_red_type != "1" {
            return Err("orderNo, fastIssueRedType");
        }
        let (key, number) = (&self.order_no, &self.original_digit_invoice_no);
        let taken = Taken { key, blue: number, reason: &self.red_invoice_label };
        red::request(blue, &taken, &parts(blue, &self.details)?)
    }
}

fn parts(blue: &Value, details: &[Detail]) -> Result<Vec<Part>, Wrong> {
    details
        .iter()
        .map(|row| {
            let of = blue_row(blue, row.original_invoice_detail_no).ok_or("originalInvoiceDetailNo")?;
            let same =
                said(of, "/item/code") == row.goods_code && said(of, "/item/rate") == row.goods_tax_rate;
            if !same || !row.goods_name.ends_with(said(of, "/name")) {
                return Err("goodsCode, goodsTaxRate, goodsName");
            }
            Ok(Part {
                blue_row: row.original_invoice_detail_no,
                quantity: row.goods_quantity.clone(),
                unit_price: row.goods_price.clone(),
                net: row.goods_total_price.clone(),
                tax: row.goods_total_tax.clone(),
            })
        })
        .collect()
}

/// Whether a red says the totals of its form.
pub(super) fn same_totals(form: &Value, net: Option<&str>, tax: Option<&str>) -> bool {
    let rows = form.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    total(rows, "net").ok().as_deref() == net && total(rows, "tax").ok().as_deref() == tax
}
