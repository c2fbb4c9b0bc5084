//! What goes over the wire. Amounts are whole fen.

use serde::{Deserialize, Serialize};

#[derive(Serialize)]
pub(super) struct Issue<'a> {
    pub(super) sub_mchid: &'a str,
    pub(super) fapiao_apply_id: &'a str,
    pub(super) buyer_information: Buyer<'a>,
    pub(super) fapiao_information: Fapiao<'a>,
}

#[derive(Serialize)]
pub(super) struct Buyer<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) taxpayer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) telephone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bank_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bank_account: Option<&'a str>,
    /// Sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phone: Option<String>,
    /// Sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
}

/// One object here; a list in the answer to a query and in a reverse.
#[derive(Serialize)]
pub(super) struct Fapiao<'a> {
    pub(super) fapiao_id: &'a str,
    pub(super) total_amount: i64,
    pub(super) fapiao_bill_type: &'static str,
    pub(super) billing_person_id: &'a str,
    pub(super) billing_person: &'a str,
    pub(super) items: Vec<Item<'a>>,
    pub(super) transaction_information: Vec<Transaction<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remark: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Item<'a> {
    pub(super) tax_code: String,
    pub(super) goods_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) specification: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<&'a str>,
    /// In 10⁻⁸.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) quantity: Option<i64>,
    /// Gross.
    pub(super) total_amount: i64,
    /// In 10⁻⁴.
    pub(super) tax_rate: u32,
    pub(super) discount: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) preferential_policy_code: Option<u8>,
}

#[derive(Serialize)]
pub(super) struct Transaction<'a> {
    pub(super) pay_channel: &'static str,
    pub(super) transaction_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) out_trade_no: Option<&'a str>,
    pub(super) amount: i64,
}

#[derive(Serialize)]
pub(super) struct Reverse<'a> {
    pub(super) sub_mchid: &'a str,
    pub(super) reverse_reason: &'static str,
    pub(super) fapiao_information: [Reversed<'a>; 1],
}

#[derive(Serialize)]
pub(super) struct Reversed<'a> {
    pub(super) fapiao_id: &'a str,
    pub(super) fapiao_number: &'a str,
}

/// A reverse, read back: whose record it is about.
#[derive(Deserialize)]
pub(super) struct SentReverse {
    pub(super) fapiao_information: [SentReversed; 1],
}

#[derive(Deserialize)]
pub(super) struct SentReversed {
    pub(super) fapiao_id: String,
}

/// The answer to a query.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Records {
    pub(super) fapiao_information: Vec<Record>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    pub(super) fapiao_id: String,
    pub(super) status: String,
    pub(super) blue_fapiao: Option<Printed>,
    pub(super) red_fapiao: Option<Printed>,
    pub(super) card_information: Option<CardOf>,
    pub(super) total_amount: Option<i64>,
    pub(super) tax_amount: Option<i64>,
    pub(super) amount: Option<i64>,
    pub(super) fapiao_error_code: String,
    pub(super) fapiao_error_message: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Printed {
    pub(super) fapiao_number: String,
    pub(super) fapiao_time: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CardOf {
    pub(super) card_openid: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Files {
    pub(super) fapiao_download_info_list: Vec<File>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct File {
    pub(super) fapiao_id: String,
    pub(super) download_url: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CheckStatus {
    pub(super) digital_tax_mode: Option<DigitalMode>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct DigitalMode {
    pub(super) status: String,
    pub(super) ability_info: Vec<Ability>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Ability {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
}

/// What an error says. Its message and detail may show what was in the request, and are not read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Failure {
    pub(super) code: String,
}
