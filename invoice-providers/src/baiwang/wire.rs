//! What goes over the wire. Amounts are written as decimal text: the gateway reads numbers and texts alike (a public
//! client that sends texts is in use), and text is exact.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::service::read::text;

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
    #[serde(flatten)]
    pub(super) red: Option<RedOf<'a>>,
    pub(super) invoice_total_price: String,
    pub(super) invoice_total_tax: String,
    pub(super) invoice_total_price_tax: String,
    pub(super) invoice_details_list: Vec<Detail<'a>>,
}

/// What makes an order of the enterprise line the red of a confirmation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedOf<'a> {
    pub(super) original_einvoice_no: &'a str,
    /// The number of the confirmation.
    pub(super) red_info_no: &'a str,
    /// Not as the bureau numbers reasons.
    pub(super) red_issue_reason: &'static str,
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
    /// On a red: the row of the blue invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goods_original_line_no: Option<String>,
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
    pub(super) message: String,
    #[serde(deserialize_with = "text")]
    pub(super) sub_code: String,
    #[serde(deserialize_with = "text")]
    pub(super) sub_message: String,
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
    /// Of the small-business line only: why it failed.
    #[serde(deserialize_with = "text")]
    pub(super) error_message: String,
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

/// An application for a red confirmation, of the enterprise line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedApplication<'a> {
    pub(super) tax_no: &'a str,
    pub(super) red_confirm_serial_no: &'a str,
    pub(super) entry_identity: &'static str,
    pub(super) seller_tax_no: &'a str,
    pub(super) seller_tax_name: &'a str,
    pub(super) buyer_tax_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_tax_no: Option<&'a str>,
    pub(super) origin_invoice_is_paper: &'static str,
    pub(super) original_invoice_no: &'a str,
    /// `yyyy-MM-dd HH:mm:ss` in China.
    pub(super) origin_invoice_date: String,
    pub(super) origin_invoice_total_price: String,
    pub(super) origin_invoice_total_tax: String,
    pub(super) origin_invoice_type: &'static str,
    pub(super) invoice_total_price: String,
    pub(super) invoice_total_tax: String,
    /// As the bureau numbers reasons.
    pub(super) red_invoice_label: &'a str,
    /// From the bureau's own platform, not from a tax control device.
    pub(super) invoice_source: &'static str,
    pub(super) price_tax_mark: &'static str,
    pub(super) auto_issue_switch: &'static str,
    pub(super) deliver_flag: &'static str,
    pub(super) red_invoice_is_paper: &'static str,
    pub(super) red_confirm_detail_req_entity_list: Vec<RedDetail<'a>>,
}

/// A row of an application for a red; amounts and quantity are negative.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedDetail<'a> {
    pub(super) original_invoice_detail_no: u32,
    /// Of the enterprise line only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goods_line_no: Option<usize>,
    pub(super) goods_code: String,
    pub(super) goods_name: String,
    /// Of the enterprise line only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goods_simple_name: Option<&'a str>,
    /// Of the enterprise line only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project_name: Option<&'a str>,
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
}

/// A red of the small-business line, in one step.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FastRed<'a> {
    pub(super) tax_no: &'a str,
    pub(super) order_no: &'a str,
    pub(super) original_digit_invoice_no: &'a str,
    pub(super) fast_issue_red_type: &'static str,
    pub(super) red_invoice_label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invoice_terminal_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call_back_url: Option<&'a str>,
    /// None for the whole invoice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) details: Vec<RedDetail<'a>>,
}

/// A red confirmation of the enterprise line.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Form {
    #[serde(deserialize_with = "text")]
    pub(super) red_confirm_uuid: String,
    #[serde(deserialize_with = "text")]
    pub(super) red_confirm_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) red_confirm_serial_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) entry_identity: String,
    #[serde(deserialize_with = "text")]
    pub(super) original_invoice_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) red_invoice_label: String,
    #[serde(deserialize_with = "text")]
    pub(super) confirm_state: String,
    #[serde(deserialize_with = "text")]
    pub(super) entry_date: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_total_price: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_total_tax: String,
    /// `Y` once the red is there: its number may be named before.
    #[serde(deserialize_with = "text")]
    pub(super) already_red_invoice_flag: String,
    #[serde(deserialize_with = "text")]
    pub(super) red_invoice_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) red_invoice_date: String,
    pub(super) electric_invoice_details: Option<Vec<FormRow>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FormRow {
    #[serde(deserialize_with = "text")]
    pub(super) original_invoice_detail_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) goods_quantity: String,
    #[serde(deserialize_with = "text")]
    pub(super) goods_total_price: String,
    #[serde(deserialize_with = "text")]
    pub(super) goods_total_tax: String,
}
