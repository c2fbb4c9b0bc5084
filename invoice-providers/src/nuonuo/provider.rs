use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{
    CallbackOutcome, Capabilities, CreditLine, DeliveryTarget, Document, DocumentFormat, Effect, ErrorKind,
    InvoiceProvider, IssueAnswer, IssueRequest, LoginChallenge, LoginMethod, PreparedRequest, ProviderError,
    QueryAnswer, RedAnswer, RedConfirmation, RedFormPage, SessionState,
};
use serde_json::{Value, json};

use super::account::POLL_AFTER;
use super::error;
use super::wire::Invoice;
use super::{Nuonuo, answer, callback, convert};
use crate::service::read::only;
use crate::service::{self, Nature};

impl Nuonuo {
    /// The one record that a question finds.
    pub(super) async fn record(&self, which: &Value) -> Result<Option<Invoice>, ProviderError> {
        Ok(self.records(which).await?.pop())
    }

    async fn records(&self, which: &Value) -> Result<Vec<Invoice>, ProviderError> {
        let mut body = which.clone();
        body["isOfferInvoiceDetail"] = json!("0");
        let answer = self.ask("queryInvoiceResult", &body).await?;
        match answer.code.as_str() {
            error::SUCCESS => {
                serde_json::from_value(answer.result).map_err(|_| service::unreadable(Nature::Reads))
            }
            error::NOT_FOUND => Ok(Vec::new()),
            code => Err(error::of_code(code, Nature::Reads)),
        }
    }

    async fn record_of(&self, key: &IntentKey) -> Result<Option<Invoice>, ProviderError> {
        let found = self.records(&json!({ "orderNos": [key.as_str()] })).await?;
        only(found, key.as_str(), |invoice| &invoice.order_no)
    }
}

#[async_trait]
impl InvoiceProvider for Nuonuo {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn prepare(&self, request: &IssueRequest) -> Result<PreparedRequest, ProviderError> {
        convert::prepare(&self.account, request)
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let answer = self.act("requestBillingNew", request.body()).await?;
        if answer.code == error::SUCCESS {
            return Ok(IssueAnswer::Accepted { poll_after: POLL_AFTER });
        }
        Err(error::of_code(&answer.code, Nature::Acts))
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        match self.record_of(key).await? {
            Some(invoice) => answer::query(&invoice),
            None => Ok(QueryAnswer::NotFound),
        }
    }

    async fn push_on(&self, key: &IntentKey) -> Result<IssueAnswer, ProviderError> {
        let stuck = self.record_of(key).await?;
        let unknown = || ProviderError::new(ErrorKind::Rejected, Effect::Unknown).with_code("NO-RECORD");
        let body = json!({ "fpqqlsh": stuck.ok_or_else(unknown)?.serial_no, "orderno": key.as_str() });
        let answer = self.act("reInvoice", &body.to_string()).await?;
        if answer.code == error::SUCCESS {
            return Ok(IssueAnswer::Accepted { poll_after: POLL_AFTER });
        }
        Err(error::of_code(&answer.code, Nature::Acts))
    }

    async fn apply_red(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        self.apply(request).await
    }

    async fn query_confirmation(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        self.confirmation(key).await
    }

    async fn withdraw_confirmation(&self, key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        self.withdraw(key).await
    }

    async fn list_confirmations(
        &self,
        seller_tax_id: &str,
        since: DateTime<Utc>,
        page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        service::is_ours(&self.account.tax_id, seller_tax_id)?;
        self.forms(since, page).await
    }

    async fn find_confirmation(&self, number: &str) -> Result<Option<RedConfirmation>, ProviderError> {
        self.form_by_number(number).await
    }

    async fn answer_confirmation(
        &self,
        number: &str,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        self.answer(number, answer).await
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.fast_red(request).await
    }

    async fn download(
        &self,
        key: &IntentKey,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        let Some(invoice) = self.record_of(key).await? else { return Ok(None) };
        let link = match format {
            DocumentFormat::Pdf => invoice.pdf_url,
            DocumentFormat::Ofd => invoice.ofd_url,
            DocumentFormat::Xml => invoice.xml_url,
        };
        service::fetch(self.transport.as_ref(), link, number, format).await
    }

    async fn deliver(&self, number: &InvoiceNumber, target: &DeliveryTarget) -> Result<(), ProviderError> {
        let (code, digits) = number.as_str().split_once('-').unwrap_or(("", number.as_str()));
        let mut body = json!({ "taxnum": self.account.tax_id, "invoiceCode": code, "invoiceNum": digits });
        match target {
            DeliveryTarget::Email(address) => body["mail"] = json!(address),
            DeliveryTarget::Phone(phone) => body["phone"] = json!(phone),
            _ => return Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("TARGET")),
        }
        let answer = self.act("deliveryInvoice", &body.to_string()).await?;
        if answer.code == error::SUCCESS { Ok(()) } else { Err(error::of_code(&answer.code, Nature::Acts)) }
    }

    async fn credit_line(&self, seller_tax_id: &str) -> Result<CreditLine, ProviderError> {
        service::is_ours(&self.account.tax_id, seller_tax_id)?;
        self.credit().await
    }

    async fn session(&self, seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        service::is_ours(&self.account.tax_id, seller_tax_id)?;
        self.logged_in().await
    }

    async fn begin_login(
        &self,
        seller_tax_id: &str,
        method: LoginMethod,
    ) -> Result<LoginChallenge, ProviderError> {
        service::is_ours(&self.account.tax_id, seller_tax_id)?;
        self.begin(method).await
    }

    async fn complete_login(
        &self,
        seller_tax_id: &str,
        challenge: &str,
        code: Option<String>,
    ) -> Result<SessionState, ProviderError> {
        service::is_ours(&self.account.tax_id, seller_tax_id)?;
        self.complete(challenge, code).await
    }

    fn parse_callback(
        &self,
        _headers: &[(String, String)],
        body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        callback::parse(body)
    }
}
