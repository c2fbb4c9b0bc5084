use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::id::{IntentKey, ProviderId};
use crate::invoice::InvoiceNumber;
use crate::provider::{
    CallbackOutcome, Capabilities, CreditLine, Document, DocumentFormat, InvoiceProvider, IssueAnswer,
    IssueRequest, PreparedRequest, ProviderError, QueryAnswer, RedConfirmation, SessionState,
};

/// Passes every call on and notes what was sent to be issued. Put it below the part under test.
pub struct Tap {
    inner: Arc<dyn InvoiceProvider>,
    seen: Mutex<Vec<PreparedRequest>>,
}

impl Tap {
    /// A tap on a provider.
    #[must_use]
    pub fn new(inner: Arc<dyn InvoiceProvider>) -> Self {
        Self { inner, seen: Mutex::default() }
    }

    /// The bodies sent to be issued with a key, blue and red, in order.
    #[must_use]
    pub fn received(&self, key: &IntentKey) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|request| request.key() == key).map(|request| request.body().to_owned()).collect()
    }

    fn note(&self, request: &PreparedRequest) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    }
}

#[async_trait]
impl InvoiceProvider for Tap {
    fn id(&self) -> &ProviderId {
        self.inner.id()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn prepare(&self, request: &IssueRequest) -> Result<PreparedRequest, ProviderError> {
        self.inner.prepare(request)
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.note(request);
        self.inner.issue(request).await
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        self.inner.query(key).await
    }

    async fn apply_red(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        self.inner.apply_red(request).await
    }

    async fn query_confirmation(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        self.inner.query_confirmation(key).await
    }

    async fn withdraw_confirmation(&self, key: &IntentKey) -> Result<RedConfirmation, ProviderError> {
        self.inner.withdraw_confirmation(key).await
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.note(request);
        self.inner.issue_red(request).await
    }

    async fn void(&self, number: &InvoiceNumber, key: &IntentKey) -> Result<(), ProviderError> {
        self.inner.void(number, key).await
    }

    async fn download(
        &self,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        self.inner.download(number, format).await
    }

    async fn deliver(&self, number: &InvoiceNumber, target: &str) -> Result<(), ProviderError> {
        self.inner.deliver(number, target).await
    }

    async fn credit_line(&self, seller_tax_id: &str) -> Result<CreditLine, ProviderError> {
        self.inner.credit_line(seller_tax_id).await
    }

    async fn session(&self, seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        self.inner.session(seller_tax_id).await
    }

    fn parse_callback(
        &self,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<CallbackOutcome, ProviderError> {
        self.inner.parse_callback(headers, body)
    }
}
