use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{
    CallbackOutcome, Capabilities, Document, DocumentFormat, Effect, ErrorKind, InvoiceProvider, IssueAnswer,
    IssueRequest, PreparedRequest, ProviderError, QueryAnswer,
};
use serde_json::{Value, json};

use super::account::{POLL_AFTER, ProductLine, Version};
use super::wire::{Issued, Record};
use super::{Baiwang, answer, callback, convert};
use crate::service::{self, Nature};

impl Baiwang {
    /// The one record of a key; `None` when there is none.
    async fn record(&self, key: &IntentKey) -> Result<Option<Record>, ProviderError> {
        let tax_no = &self.account.tax_id;
        let found = match self.account.line {
            ProductLine::Enterprise => {
                let body = json!({ "taxNo": tax_no, "data": { "serialNo": key.as_str() } });
                self.ask("baiwang.output.invoice.query", Version::V6, &body).await?
            }
            ProductLine::SmallBusiness => {
                let body = json!({ "taxNo": tax_no, "orderNos": [key.as_str()], "detailMark": "0" });
                self.ask("baiwang.s.outputinvoice.query", self.account.version, &body).await?
            }
        };
        let mut records: Vec<Record> =
            serde_json::from_value(found).map_err(|_| service::unreadable(Nature::Reads))?;
        records.retain(|record| {
            let ours = if self.account.line == ProductLine::Enterprise {
                &record.serial_no
            } else {
                &record.order_no
            };
            ours.is_empty() || ours == key.as_str()
        });
        if records.len() > 1 {
            return Err(ProviderError::new(ErrorKind::OperatorNeeded, Effect::Applied).with_code("SEVERAL"));
        }
        Ok(records.pop())
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
            ProductLine::Enterprise => {
                let said = self.act("baiwang.output.invoice.issue", Version::V6, request.body()).await?;
                let said: Issued =
                    serde_json::from_value(said).map_err(|_| service::unreadable(Nature::Acts))?;
                answer::at_once(said)
            }
            ProductLine::SmallBusiness => {
                let method = "baiwang.s.outputinvoice.invoice";
                let _: Value = self.act(method, self.account.version, request.body()).await?;
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
