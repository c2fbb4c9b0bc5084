//! What goes over the wire. Amounts are written as decimal text: the gateway reads numbers and texts alike (a public
//! client that sends texts is in use), and text is exact.

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An order of the enterprise line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output<'a> {
    pub(super) tax_no: &'a str,
    pub(super) data: OutputData<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OutputData<'a> {
    pub(super) invoice_type: &'static str,
    pub(super) invoice_type_code: &'static str,
    /// Prices are without tax.
    pub(super) price_tax_mark: &'static str,
    pub(super) invoice_list_mark: &'static str,
    pub(super) taxation_method: &'static str,
    pub(super) serial_no: &'a str,
    pub(super) drawer: &'a str,
    #[serde(flatten)]
    pub(super) buyer: Buyer<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remarks: Option<&'a str>,
    pub(super) invoice_total_price: String,
    pub(super) invoice_total_tax: String,
    pub(super) invoice_total_price_tax: String,
    pub(super) invoice_details_list: Vec<Detail<'a>>,
}

/// An order of the small-business line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Small<'a> {
    pub(super) tax_no: &'a str,
    pub(super) order_no: &'a str,
    pub(super) invoice_type: &'static str,
    pub(super) invoice_type_code: &'static str,
    pub(super) price_tax_mark: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invoice_terminal_code: Option<&'a str>,
    pub(super) drawer: &'a str,
    #[serde(flatten)]
    pub(super) buyer: Buyer<'a>,
    pub(super) natural_mark: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remarks: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call_back_url: Option<&'a str>,
    pub(super) invoice_detail_list: Vec<Detail<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Buyer<'a> {
    pub(super) buyer_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_tax_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_phone: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Detail<'a> {
    pub(super) goods_line_no: usize,
    pub(super) invoice_line_nature: &'static str,
    pub(super) goods_code: String,
    pub(super) goods_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goods_specification: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goods_unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goods_quantity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goods_price: Option<String>,
    pub(super) goods_tax_rate: String,
    pub(super) goods_total_price: String,
    pub(super) goods_total_tax: String,
    pub(super) goods_total_price_tax: String,
    pub(super) preferential_mark_flag: &'static str,
}

/// What every answer is wrapped in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Envelope {
    pub(super) success: bool,
    #[serde(default)]
    pub(super) response: Value,
    #[serde(default)]
    pub(super) error_response: Option<Failure>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Failure {
    #[serde(deserialize_with = "text")]
    pub(super) code: String,
    #[serde(deserialize_with = "text")]
    pub(super) sub_code: String,
}

/// What the enterprise line answers to an order.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Issued {
    pub(super) success: Vec<Record>,
    pub(super) fail: Vec<Value>,
}

/// One invoice, of either line.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Record {
    #[serde(deserialize_with = "text")]
    pub(super) serial_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) order_no: String,
    /// Of the small-business line only.
    #[serde(deserialize_with = "text")]
    pub(super) status: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) digit_invoice_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_date: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_time: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_total_price: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_total_tax: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_total_price_tax: String,
    #[serde(deserialize_with = "text")]
    pub(super) pdf_url: String,
    #[serde(deserialize_with = "text")]
    pub(super) ofd_url: String,
    #[serde(deserialize_with = "text")]
    pub(super) xml_url: String,
}

/// Text, a number as text, or nothing.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(de::Error::custom("neither text nor number")),
    }
}
