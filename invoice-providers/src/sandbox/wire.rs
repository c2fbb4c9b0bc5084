//! What arrives, read by types of the bureau's own: a field that the shop's side forgets to write is missed here.

use invoice_core::id::IntentKey;
use invoice_core::invoice::{InvoiceKind, InvoiceNumber};
use invoice_core::money::{Money, decimal_text};
use invoice_core::tax::{TaxCode, TaxRate, Treatment};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::codes::SandboxCode;

#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Request {
    pub(super) key: IntentKey,
    pub(super) kind: InvoiceKind,
    pub(super) seller: Seller,
    pub(super) title: Buyer,
    pub(super) rows: Vec<Row>,
    pub(super) net: Money,
    pub(super) tax: Money,
    pub(super) gross: Money,
    pub(super) remark: Option<String>,
    pub(super) red: Option<Red>,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Seller {
    pub(super) tax_id: String,
    pub(super) name: String,
    pub(super) drawer: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BuyerKind {
    Company,
    Person,
    NonTaxOrganisation,
    Foreign,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Buyer {
    pub(super) kind: BuyerKind,
    pub(super) name: String,
    pub(super) tax_id: Option<String>,
    pub(super) address: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) bank: Option<String>,
    pub(super) account: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RowNature {
    Normal,
    Discounted,
    Discount,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Item {
    pub(super) code: TaxCode,
    pub(super) short_name: String,
    pub(super) rate: TaxRate,
    pub(super) treatment: Treatment,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Row {
    pub(super) kind: RowNature,
    pub(super) item: Item,
    pub(super) name: String,
    pub(super) spec: Option<String>,
    pub(super) unit: Option<String>,
    #[serde(default, with = "decimal_text::option")]
    pub(super) quantity: Option<Decimal>,
    #[serde(default, with = "decimal_text::option")]
    pub(super) unit_price: Option<Decimal>,
    pub(super) net: Money,
    pub(super) tax: Money,
    pub(super) gross: Money,
    pub(super) blue_row: Option<u32>,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Red {
    pub(super) blue: InvoiceNumber,
    pub(super) reason: String,
    pub(super) confirmation: Option<String>,
}

impl Request {
    pub(super) fn parse(body: &str) -> Result<Self, SandboxCode> {
        serde_json::from_str(body).map_err(|_| SandboxCode::Unreadable)
    }

    /// Whether a red invoice says what its confirmation says. Key, remark, drawer and the confirmation's own number
    /// may differ.
    pub(super) fn same_red(&self, confirmed: &Self) -> bool {
        let (Some(red), Some(form)) = (&self.red, &confirmed.red) else { return false };
        self.kind == confirmed.kind
            && self.seller.tax_id == confirmed.seller.tax_id
            && self.seller.name == confirmed.seller.name
            && self.title == confirmed.title
            && self.rows == confirmed.rows
            && (self.net, self.tax, self.gross) == (confirmed.net, confirmed.tax, confirmed.gross)
            && (&red.blue, &red.reason) == (&form.blue, &form.reason)
    }
}
