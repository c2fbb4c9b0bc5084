use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use crate::id::{IntentKey, ProviderId};
use crate::invoice::InvoiceNumber;
use crate::provider::{
    CallbackOutcome, Capabilities, CreditLine, DeliveryTarget, Document, DocumentFormat, InvoiceProvider,
    IssueAnswer, IssueRequest, IssuedInvoice, IssuedPage, LoginChallenge, LoginMethod, NumberStock,
    PreparedRequest, ProviderError, QueryAnswer, RedAnswer, RedConfirmation, RedFormPage, SessionState,
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

    async fn query_red(&self, request: &PreparedRequest) -> Result<QueryAnswer, ProviderError> {
        self.inner.query_red(request).await
    }

    async fn push_on(&self, key: &IntentKey) -> Result<IssueAnswer, ProviderError> {
        self.inner.push_on(key).await
    }

    async fn find_issued(&self, number: &InvoiceNumber) -> Result<Option<IssuedInvoice>, ProviderError> {
        self.inner.find_issued(number).await
    }

    async fn list_issued(
        &self,
        seller_tax_id: &str,
        day: NaiveDate,
        page: Option<String>,
    ) -> Result<IssuedPage, ProviderError> {
        self.inner.list_issued(seller_tax_id, day, page).await
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

    async fn list_confirmations(
        &self,
        seller_tax_id: &str,
        since: DateTime<Utc>,
        page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        self.inner.list_confirmations(seller_tax_id, since, page).await
    }

    async fn find_confirmation(&self, number: &str) -> Result<Option<RedConfirmation>, ProviderError> {
        self.inner.find_confirmation(number).await
    }

    async fn answer_confirmation(
        &self,
        number: &str,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        self.inner.answer_confirmation(number, answer).await
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
        key: &IntentKey,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<Document>, ProviderError> {
        self.inner.download(key, number, format).await
    }

    async fn deliver(&self, number: &InvoiceNumber, target: &DeliveryTarget) -> Result<(), ProviderError> {
        self.inner.deliver(number, target).await
    }

    async fn number_stock(&self, seller_tax_id: &str) -> Result<Vec<NumberStock>, ProviderError> {
        self.inner.number_stock(seller_tax_id).await
    }

    async fn credit_line(&self, seller_tax_id: &str) -> Result<CreditLine, ProviderError> {
        self.inner.credit_line(seller_tax_id).await
    }

    async fn session(&self, seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        self.inner.session(seller_tax_id).await
    }

    async fn begin_login(
        &self,
        seller_tax_id: &str,
        method: LoginMethod,
    ) -> Result<LoginChallenge, ProviderError> {
        self.inner.begin_login(seller_tax_id, method).await
    }

    async fn complete_login(
        &self,
        seller_tax_id: &str,
        challenge: &str,
        code: Option<String>,
    ) -> Result<SessionState, ProviderError> {
        self.inner.complete_login(seller_tax_id, challenge, code).await
    }

    fn parse_callback(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        self.inner.parse_callback(headers, body, now)
    }
}
