use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::InvoiceNumber;
use invoice_core::provider::{
    CallbackOutcome, Capabilities, Capability, CreditLine, Document, DocumentFormat, Effect, InvoiceProvider,
    IssueAnswer, NumberStock, PreparedRequest, ProviderError, QueryAnswer, RedConfirmation, SessionState,
};

use super::books::month;
use super::builder::Downloads;
use super::codes::SandboxCode;
use super::faults::Call;
use super::issue::later;
use super::report::Color;
use super::wire::Request;
use super::{SandboxBureau, document};
use crate::document::xml;

impl SandboxBureau {
    fn declared(&self, capability: Capability, call: &'static str) -> Result<(), ProviderError> {
        if self.shared.capabilities.can(capability) { Ok(()) } else { Err(ProviderError::unsupported(call)) }
    }
}

#[async_trait]
impl InvoiceProvider for SandboxBureau {
    fn id(&self) -> &ProviderId {
        &self.shared.id
    }

    fn capabilities(&self) -> &Capabilities {
        &self.shared.capabilities
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.shared.issue(request, Color::Blue)
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        self.declared(Capability::QueryByKey, "query")?;
        let now = self.shared.now();
        let mut state = self.lock();
        if state.faults.draw(Call::Query, key.as_str()).is_some() {
            return Err(SandboxCode::FaultLost.with_effect(Effect::Unknown));
        }
        Ok(self.shared.look(&state, key, now))
    }

    async fn apply_red(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        self.declared(Capability::RedConfirmation, "apply_red")?;
        self.shared.apply_red(request)
    }

    async fn query_confirmation(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        self.declared(Capability::RedConfirmation, "query_confirmation")?;
        let now = self.shared.now();
        let mut state = self.lock();
        if state.faults.draw(Call::Query, key.as_str()).is_some() {
            return Err(SandboxCode::FaultLost.with_effect(Effect::Unknown));
        }
        Ok(state.books.confirmation_of(key).map(|form| state.books.shown(form, now)))
    }

    async fn withdraw_confirmation(&self, key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        self.declared(Capability::WithdrawConfirmation, "withdraw_confirmation")?;
        self.shared.withdraw(key)
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.declared(Capability::IssueRed, "issue_red")?;
        self.shared.issue(request, Color::Red)
    }

    async fn download(
        &self,
        _key: &IntentKey,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        if !self.shared.capabilities.files().any(|declared| declared == format) {
            return Err(ProviderError::unsupported("download"));
        }
        let now = self.shared.now();
        let mut state = self.lock();
        let late = state.faults.draw(Call::Download, number.as_str()).is_some();
        let found = state.books.find(number).map(|(_, invoice)| invoice);
        let invoice = found.filter(|invoice| invoice.ready_at <= now);
        let invoice = invoice.ok_or_else(|| SandboxCode::NumberUnknown.refused())?;
        let ready = match self.shared.config.downloads {
            Downloads::AtOnce => true,
            Downloads::After(wait) => later(invoice.ready_at, wait) <= now,
        };
        if late || !ready {
            return Ok(None);
        }
        let request = Request::parse(&invoice.body).map_err(SandboxCode::refused)?;
        let face = document::face(invoice, &request, self.shared.config.numbering.region);
        let bytes = self.shared.config.written(&face, format)?;
        Ok(Some(Document { format, name: xml::file_name(&face, format), bytes }))
    }

    async fn void(&self, number: &InvoiceNumber, key: &IntentKey) -> Result<(), ProviderError> {
        self.declared(Capability::Void, "void")?;
        self.shared.void(number, key)
    }

    async fn number_stock(&self, seller_tax_id: &str) -> Result<Vec<NumberStock>, ProviderError> {
        self.declared(Capability::NumberStock, "number_stock")?;
        Ok(self.shared.stock(&self.lock(), seller_tax_id))
    }

    async fn credit_line(&self, seller_tax_id: &str) -> Result<CreditLine, ProviderError> {
        self.declared(Capability::CreditLine, "credit_line")?;
        let month = month(self.shared.now());
        let total = self.shared.line(seller_tax_id);
        let state = self.lock();
        let available = total.map(|line| state.books.credit.available(seller_tax_id, month, line));
        Ok(CreditLine { total, available })
    }

    async fn session(&self, seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        self.declared(Capability::Session, "session")?;
        if self.lock().challenged.contains(seller_tax_id) {
            let code = SandboxCode::FaultOperator.as_str().to_owned();
            return Ok(SessionState::OperatorNeeded { code });
        }
        Ok(SessionState::Ready)
    }

    fn parse_callback(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        self.declared(Capability::Callback, "parse_callback")?;
        self.shared.config.callbacks.parse(headers, body)
    }
}
