use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{
    CallbackOutcome, Capabilities, Document, DocumentFormat, InvoiceProvider, IssueAnswer, IssueRequest,
    PreparedRequest, ProviderError, QueryAnswer, RedAnswer, RedConfirmation, RedFormPage,
};
use serde_json::{Value, json};

use super::account::{POLL_AFTER, ProductLine, Version};
use super::wire::{Issued, Record};
use super::{Baiwang, answer, callback, convert};
use crate::service::read::only;
use crate::service::{self, Nature};

impl Baiwang {
    /// The one record of a key; `None` when there is none.
    async fn record(&self, key: &IntentKey) -> Result<Option<Record>, ProviderError> {
        let (tax_no, key) = (&self.account.tax_id, key.as_str());
        match self.account.line {
            ProductLine::Enterprise => {
                let body = json!({ "taxNo": tax_no, "data": { "serialNo": key } });
                let found = self.list(("baiwang.output.invoice.query", Version::V6), &body).await?;
                only(found, key, |record: &Record| &record.serial_no)
            }
            ProductLine::SmallBusiness => {
                let body = json!({ "taxNo": tax_no, "orderNos": [key], "detailMark": "0" });
                let found = self.list(("baiwang.s.outputinvoice.query", self.account.version), &body).await?;
                only(found, key, |record: &Record| &record.order_no)
            }
        }
    }

    /// The enterprise line issues blue invoices and reds of confirmations alike.
    async fn output(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let said = self.act(("baiwang.output.invoice.issue", Version::V6), request.body()).await?;
        let said: Issued = serde_json::from_value(said).map_err(|_| service::unreadable(Nature::Acts))?;
        answer::at_once(said)
    }

    /// Confirmations and what goes with them, on the line that has them.
    fn confirms(&self, seller_tax_id: Option<&str>, call: &'static str) -> Result<(), ProviderError> {
        match (self.account.line, seller_tax_id) {
            (ProductLine::SmallBusiness, _) => Err(ProviderError::unsupported(call)),
            (ProductLine::Enterprise, Some(seller)) => service::is_ours(&self.account.tax_id, seller),
            (ProductLine::Enterprise, None) => Ok(()),
        }
    }
}

#[async_trait]
impl InvoiceProvider for Baiwang {
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
        match self.account.line {
            ProductLine::Enterprise => self.output(request).await,
            ProductLine::SmallBusiness => {
                let call = ("baiwang.s.outputinvoice.invoice", self.account.version);
                let _: Value = self.act(call, request.body()).await?;
                Ok(IssueAnswer::Accepted { poll_after: POLL_AFTER })
            }
        }
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        let Some(record) = self.record(key).await? else { return Ok(QueryAnswer::NotFound) };
        match self.account.line {
            ProductLine::Enterprise => answer::found(&record),
            ProductLine::SmallBusiness => answer::state(&record),
        }
    }

    async fn apply_red(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        self.confirms(None, "apply_red")?;
        self.apply(request).await
    }

    async fn query_confirmation(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        self.confirms(None, "query_confirmation")?;
        self.confirmation(key).await
    }

    async fn withdraw_confirmation(&self, key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        self.confirms(None, "withdraw_confirmation")?;
        self.withdraw(key).await
    }

    async fn list_confirmations(
        &self,
        seller_tax_id: &str,
        since: DateTime<Utc>,
        page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        self.confirms(Some(seller_tax_id), "list_confirmations")?;
        self.forms(since, page).await
    }

    async fn find_confirmation(&self, number: &str) -> Result<Option<RedConfirmation>, ProviderError> {
        self.confirms(None, "find_confirmation")?;
        self.form_by_number(number).await
    }

    async fn answer_confirmation(
        &self,
        number: &str,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        self.confirms(None, "answer_confirmation")?;
        self.answer(number, answer).await
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        match self.account.line {
            ProductLine::SmallBusiness => self.fast_red(request).await,
            ProductLine::Enterprise if self.account.automatic_red => {
                Err(ProviderError::unsupported("issue_red"))
            }
            ProductLine::Enterprise => self.output(request).await,
        }
    }

    async fn download(
        &self,
        key: &IntentKey,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        if !self.capabilities.files().any(|declared| declared == format) {
            return Err(ProviderError::unsupported("download"));
        }
        let Some(record) = self.record(key).await? else { return Ok(None) };
        let link = match format {
            DocumentFormat::Pdf => record.pdf_url,
            DocumentFormat::Ofd => record.ofd_url,
            DocumentFormat::Xml => record.xml_url,
        };
        service::fetch(self.transport.as_ref(), link, number, format).await
    }

    fn parse_callback(
        &self,
        _headers: &[(String, String)],
        body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        match self.account.line {
            ProductLine::Enterprise => Err(ProviderError::unsupported("parse_callback")),
            ProductLine::SmallBusiness => callback::parse(body),
        }
    }
}
