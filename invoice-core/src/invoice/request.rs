use std::fmt;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{InvoiceKind, InvoiceNumber, IssuedInvoice};
use crate::error::{Refusal, RefusalCode};
use crate::id::{IntentKey, OrderId, PaymentId};
use crate::money::{Money, decimal_text};
use crate::plan::split::RowKind;
use crate::tax::TaxItem;
use crate::title::Title;

/// The seller as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerParty {
    /// Tax ID of the seller.
    pub tax_id: String,
    /// Name of the seller.
    pub name: String,
    /// Who issues (开票人).
    pub drawer: String,
}

/// One row to print. Amounts are negative on discount rows and on red invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRow {
    /// What the row is.
    pub kind: RowKind,
    /// What it is sold as.
    pub item: TaxItem,
    /// Name of goods or service, without `*简称*`.
    pub name: String,
    /// Specification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// Unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Quantity.
    #[serde(default, with = "decimal_text::option", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Decimal>,
    /// Net unit price; present exactly when the quantity is.
    #[serde(default, with = "decimal_text::option", skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// Net amount.
    pub net: Money,
    /// Tax.
    pub tax: Money,
    /// Gross amount.
    pub gross: Money,
    /// On a red invoice: the number of the blue row it takes back, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blue_row: Option<u32>,
}

/// What a red invoice takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedReference {
    /// The blue invoice.
    pub blue: InvoiceNumber,
    /// The reason, `01` to `04` in the bureau's numbering.
    pub reason: String,
    /// The number of the confirmation, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<String>,
    /// The intent that issued the blue invoice, where the provider takes back whole invoices
    /// ([`WholeRed`](crate::provider::Capability::WholeRed)). Not part of [`PreparedRequest::json`].
    #[serde(skip)]
    pub intent: Option<BlueIntent>,
    /// The blue invoice as it was issued: some services want its moment and totals in an application. The desk always
    /// says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<IssuedInvoice>,
}

/// The blue invoice as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlueIntent {
    /// The key it was issued under.
    pub key: IntentKey,
    /// Its gross total.
    pub gross: Money,
}

/// What was paid at a payment service for an order on the invoice: the whole payment, of which the invoice may be a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentReference {
    /// The payment at the payment service.
    pub payment: PaymentId,
    /// The order that it paid for, as the shop names it.
    pub order: OrderId,
    /// How much was paid, gross.
    pub amount: Money,
}

/// A whole invoice to issue. Made by the desk from a checked plan only, so fields are read-only here.
///
/// `Debug` shows the key and the totals, nothing of the buyer.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct IssueRequest {
    pub(crate) key: IntentKey,
    pub(crate) kind: InvoiceKind,
    pub(crate) seller: SellerParty,
    pub(crate) title: Title,
    pub(crate) rows: Vec<RequestRow>,
    pub(crate) net: Money,
    pub(crate) tax: Money,
    pub(crate) gross: Money,
    pub(crate) planned_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) red: Option<RedReference>,
    #[serde(skip)]
    pub(crate) payments: Vec<PaymentReference>,
}

impl IssueRequest {
    /// The idempotency key.
    #[must_use]
    pub const fn key(&self) -> &IntentKey {
        &self.key
    }

    /// The kind of invoice.
    #[must_use]
    pub const fn kind(&self) -> InvoiceKind {
        self.kind
    }

    /// The seller.
    #[must_use]
    pub const fn seller(&self) -> &SellerParty {
        &self.seller
    }

    /// The buyer.
    #[must_use]
    pub const fn title(&self) -> &Title {
        &self.title
    }

    /// The rows in order.
    #[must_use]
    pub fn rows(&self) -> &[RequestRow] {
        &self.rows
    }

    /// Net total.
    #[must_use]
    pub const fn net(&self) -> Money {
        self.net
    }

    /// Tax total.
    #[must_use]
    pub const fn tax(&self) -> Money {
        self.tax
    }

    /// Gross total.
    #[must_use]
    pub const fn gross(&self) -> Money {
        self.gross
    }

    /// When the invoice was planned: what services ask for as the time of the order (订单时间). The same for every
    /// attempt.
    #[must_use]
    pub const fn planned_at(&self) -> DateTime<Utc> {
        self.planned_at
    }

    /// The remark.
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// The payments of the orders on it that were recorded with a name, by order. Only on a blue invoice of a provider
    /// that wants them ([`PaymentBound`](crate::provider::Capability::PaymentBound)), and not part of
    /// [`PreparedRequest::json`].
    #[must_use]
    pub fn payments(&self) -> &[PaymentReference] {
        &self.payments
    }

    /// What it takes back, when it is red.
    #[must_use]
    pub const fn red(&self) -> Option<&RedReference> {
        self.red.as_ref()
    }
}

impl fmt::Debug for IssueRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueRequest({}, {}, {} rows, gross {})", self.key, self.kind, self.rows.len(), self.gross)
    }
}

/// The exact bytes that will be sent, and the key they carry. `Debug` shows the key and the size only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedRequest {
    key: IntentKey,
    body: String,
}

impl PreparedRequest {
    /// Bytes built by an adapter.
    pub fn new(key: IntentKey, body: impl Into<String>) -> Self {
        Self { key, body: body.into() }
    }

    /// The request as JSON, fields in declaration order: what an adapter without a wire format of its own sends.
    ///
    /// # Errors
    /// `INVOICE-04` when the request cannot be written; cannot happen for requests made by the desk.
    pub fn json(request: &IssueRequest) -> Result<Self, Refusal> {
        let body = serde_json::to_string(request)
            .map_err(|_| Refusal::new(RefusalCode::RequestUnwritable).with("invoice", &request.key))?;
        Ok(Self { key: request.key.clone(), body })
    }

    /// The idempotency key.
    #[must_use]
    pub const fn key(&self) -> &IntentKey {
        &self.key
    }

    /// The body to send.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl fmt::Debug for PreparedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PreparedRequest({}, {} bytes)", self.key, self.body.len())
    }
}
