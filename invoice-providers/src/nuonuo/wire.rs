//! What goes over the wire. Requests are written field by field in this order; answers are read leniently, because
//! the service gives some numbers as text and some not, and leaves out what it does not know.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::service::read::text;

#[derive(Serialize)]
pub(super) struct Billing<'a> {
    pub(super) order: Order<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order<'a> {
    pub(super) buyer_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_tax_num: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_tel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) buyer_account: Option<String>,
    pub(super) natural_person_flag: &'static str,
    pub(super) saler_tax_num: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) saler_tel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) saler_address: Option<&'a str>,
    pub(super) order_no: &'a str,
    pub(super) invoice_date: String,
    pub(super) clerk: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remark: Option<&'a str>,
    /// The desk delivers: nothing is pushed.
    pub(super) push_mode: &'static str,
    pub(super) invoice_type: &'static str,
    pub(super) invoice_line: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extension_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call_back_url: Option<&'a str>,
    pub(super) invoice_detail: Vec<Detail<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Detail<'a> {
    pub(super) goods_name: &'a str,
    pub(super) goods_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spec_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<&'a str>,
    /// The price is without tax.
    pub(super) with_tax_flag: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) num: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) price: Option<String>,
    pub(super) tax_rate: String,
    pub(super) tax: String,
    pub(super) tax_excluded_amount: String,
    pub(super) tax_included_amount: String,
    pub(super) invoice_line_property: &'static str,
    pub(super) favoured_policy_flag: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedApplication<'a> {
    pub(super) bill_id: &'a str,
    pub(super) blue_invoice_line: &'static str,
    pub(super) apply_source: &'static str,
    pub(super) blue_elec_invoice_number: &'a str,
    pub(super) seller_tax_no: &'a str,
    pub(super) seller_name: &'a str,
    pub(super) buyer_tax_no: &'a str,
    pub(super) buyer_name: &'a str,
    pub(super) red_reason: &'static str,
    /// The `orderNo` of the red that the bureau issues by itself.
    pub(super) order_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extension_number: Option<&'a str>,
    /// Spelt with a small `b` here and a capital one in orders.
    #[serde(rename = "callbackUrl", skip_serializing_if = "Option::is_none")]
    pub(super) callback_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) detail: Vec<RedDetail<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RedDetail<'a> {
    pub(super) blue_detail_index: String,
    pub(super) goods_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spec_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) num: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tax_excluded_price: Option<String>,
    pub(super) tax_excluded_amount: String,
    pub(super) tax_amount: String,
    pub(super) tax_rate: String,
    pub(super) goods_code: String,
    pub(super) favoured_policy_flag: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FastRed<'a> {
    pub(super) order_no: &'a str,
    pub(super) order_time: String,
    pub(super) tax_num: &'a str,
    pub(super) elec_invoice_number: &'a str,
    pub(super) bill_no: &'a str,
    pub(super) invoice_line: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extension_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call_back_url: Option<&'a str>,
}

/// What every answer is wrapped in.
#[derive(Deserialize)]
pub(super) struct Envelope {
    #[serde(deserialize_with = "text")]
    pub(super) code: String,
    /// The code in words.
    #[serde(default, deserialize_with = "text")]
    pub(super) describe: String,
    #[serde(default)]
    pub(super) result: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Invoice {
    #[serde(deserialize_with = "text")]
    pub(super) serial_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) order_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) status: String,
    #[serde(deserialize_with = "text")]
    pub(super) fail_cause: String,
    #[serde(deserialize_with = "text")]
    pub(super) pdf_url: String,
    #[serde(deserialize_with = "text")]
    pub(super) ofd_url: String,
    #[serde(deserialize_with = "text")]
    pub(super) xml_url: String,
    /// Milliseconds since 1970.
    #[serde(deserialize_with = "text")]
    pub(super) invoice_time: String,
    #[serde(deserialize_with = "text")]
    pub(super) all_electronic_invoice_number: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) ex_tax_amount: String,
    #[serde(deserialize_with = "text")]
    pub(super) tax_amount: String,
    #[serde(deserialize_with = "text")]
    pub(super) order_amount: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RedForms {
    #[serde(deserialize_with = "text")]
    pub(super) total: String,
    pub(super) list: Vec<RedForm>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RedForm {
    #[serde(deserialize_with = "text")]
    pub(super) bill_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) bill_no: String,
    #[serde(deserialize_with = "text")]
    pub(super) bill_uuid: String,
    #[serde(deserialize_with = "text")]
    pub(super) bill_status: String,
    /// `yyyy-MM-dd HH:mm:ss` in China.
    #[serde(deserialize_with = "text")]
    pub(super) bill_time: String,
    #[serde(deserialize_with = "text")]
    pub(super) apply_source: String,
    #[serde(deserialize_with = "text")]
    pub(super) blue_elec_invoice_number: String,
    #[serde(deserialize_with = "text")]
    pub(super) blue_invoice_number: String,
    #[serde(deserialize_with = "text")]
    pub(super) red_reason: String,
    #[serde(deserialize_with = "text")]
    pub(super) invoice_serial_num: String,
    pub(super) detail: Vec<RedFormDetail>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RedFormDetail {
    #[serde(deserialize_with = "text")]
    pub(super) blue_detail_index: String,
    #[serde(deserialize_with = "text")]
    pub(super) num: String,
    #[serde(deserialize_with = "text")]
    pub(super) tax_excluded_amount: String,
    #[serde(deserialize_with = "text")]
    pub(super) tax_amount: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Session {
    #[serde(deserialize_with = "text")]
    pub(super) certification_status: String,
    #[serde(deserialize_with = "text")]
    pub(super) qr_code: String,
    #[serde(deserialize_with = "text")]
    pub(super) auth_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) status: String,
    #[serde(deserialize_with = "text")]
    pub(super) available_credit_line: String,
    #[serde(deserialize_with = "text")]
    pub(super) total_credit_line: String,
}
