//! A small honest provider, and how it can be broken.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::{InvoiceKind, InvoiceNumber};
use invoice_core::money::Money;
use invoice_core::provider::{
    Capabilities, Capability, DeliveryTarget, DocumentFormat, Effect, ErrorKind, InvoiceProvider,
    IssueAnswer, IssueMode, IssueRequest, IssuedInvoice, PreparedRequest, ProviderError, QueryAnswer,
    SessionState,
};
use invoice_core::testkit::provider::{Disturbance, Fixture, SAMPLE_BUYER_NAME, Tap};

/// Keeps every rule: idempotent, with a query, red invoices without confirmation, and a session.
pub(crate) struct Honest {
    id: ProviderId,
    capabilities: Capabilities,
    books: Mutex<Vec<(IntentKey, IssuedInvoice)>>,
    disturbances: Mutex<VecDeque<Disturbance>>,
}

impl Honest {
    fn new() -> Self {
        let can = [
            Capability::Idempotent,
            Capability::QueryByKey,
            Capability::QueryByNumber,
            Capability::IssueRed,
            Capability::Session,
        ];
        let kinds = Capabilities::new([InvoiceKind::DIGITAL_ORDINARY]).with_mode(IssueMode::AtOnce);
        Self {
            id: ProviderId::new("honest").unwrap(),
            capabilities: can.into_iter().fold(kinds, Capabilities::with),
            books: Mutex::default(),
            disturbances: Mutex::default(),
        }
    }

    fn find(&self, key: &IntentKey) -> Option<IssuedInvoice> {
        let books = self.books.lock().unwrap();
        books.iter().find(|(known, _)| known == key).map(|(_, invoice)| invoice.clone())
    }

    fn enter(&self, request: &PreparedRequest) -> Result<IssuedInvoice, ProviderError> {
        let rejected = || ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("bad");
        let body: serde_json::Value = serde_json::from_str(request.body()).map_err(|_| rejected())?;
        if body["rows"].as_array().is_none_or(Vec::is_empty) {
            return Err(rejected());
        }
        if let Some(known) = self.find(request.key()) {
            return Ok(known);
        }
        let amount = |name: &str| body[name].as_str().and_then(|text| text.parse::<Money>().ok());
        let mut books = self.books.lock().unwrap();
        let number: InvoiceNumber = format!("26440{:015}", books.len()).parse().unwrap();
        let issued_at = "2026-05-01T04:00:00Z".parse().unwrap();
        let [net, tax, gross] = ["net", "tax", "gross"].map(|name| amount(name).unwrap_or_default());
        let invoice = IssuedInvoice { number, issued_at, net, tax, gross };
        books.push((request.key().clone(), invoice.clone()));
        Ok(invoice)
    }

    fn answer(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let lost = Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown));
        match self.disturbances.lock().unwrap().pop_front() {
            Some(Disturbance::LostBefore) => lost,
            Some(_) => self.enter(request).and(lost),
            None => self.enter(request).map(IssueAnswer::Issued),
        }
    }
}

#[async_trait]
impl InvoiceProvider for Honest {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.answer(request)
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        Ok(self.find(key).map_or(QueryAnswer::NotFound, QueryAnswer::Issued))
    }

    async fn find_issued(&self, number: &InvoiceNumber) -> Result<Option<IssuedInvoice>, ProviderError> {
        let books = self.books.lock().unwrap();
        Ok(books.iter().find(|(_, invoice)| invoice.number == *number).map(|(_, invoice)| invoice.clone()))
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.answer(request)
    }

    async fn session(&self, _seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        Ok(SessionState::Ready)
    }
}

/// The one way in which an animal of the zoo is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    RetriesInside,
    NewNumberOnSameKey,
    SaysDeniedOnTimeOut,
    SaysAppliedOnTimeOut,
    SaysNotFoundAsDenied,
    SaysNotFoundAsError,
    RefusesAndIssuesAllTheSame,
    RoundsAmounts,
    RoundsInQueryOnly,
    SwapsSignOfRed,
    ForgetsDeclaredCapability,
    AnswersOkForUndeclared,
    PretendsToHaveFiles,
    UnsupportedOfUnknownEffect,
    QueryForgets,
    QuerySendsAgain,
    LeaksNameInError,
    LeaksBodyInCause,
    ReserialisesBody,
    LosesKey,
    PreparesDifferently,
    AcceptsAtOnce,
    FindsAnother,
}

/// Wraps a provider and breaks it.
pub(crate) struct Broken {
    inner: Arc<dyn InvoiceProvider>,
    flaw: Flaw,
    count: AtomicU64,
    last: Mutex<Option<PreparedRequest>>,
    asked: Mutex<Vec<IntentKey>>,
}

impl Broken {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    fn asked_before(&self, key: &IntentKey) -> bool {
        let mut asked = self.asked.lock().unwrap();
        let again = asked.contains(key);
        asked.push(key.clone());
        again
    }

    fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::SeqCst)
    }

    fn bent(&self, request: &PreparedRequest) -> PreparedRequest {
        match self.flaw {
            Flaw::ReserialisesBody => {
                let value: Result<serde_json::Value, _> = serde_json::from_str(request.body());
                let body = value.map_or_else(|_| request.body().to_owned(), |value| value.to_string());
                PreparedRequest::new(request.key().clone(), body)
            }
            Flaw::NewNumberOnSameKey => {
                let key = IntentKey::new(format!("{}-{}", request.key(), self.next())).unwrap();
                PreparedRequest::new(key, request.body())
            }
            _ => request.clone(),
        }
    }

    fn bend(&self, invoice: &mut IssuedInvoice) {
        if self.is(Flaw::RoundsAmounts) {
            let yuan = |amount: Money| Money::from_fen(amount.fen() / 100 * 100);
            (invoice.net, invoice.tax, invoice.gross) =
                (yuan(invoice.net), yuan(invoice.tax), yuan(invoice.gross));
        }
    }

    fn told(&self, answer: Result<IssueAnswer, ProviderError>) -> Result<IssueAnswer, ProviderError> {
        let error = match answer {
            Ok(IssueAnswer::Issued(_)) if self.is(Flaw::AcceptsAtOnce) => {
                return Ok(IssueAnswer::Accepted { poll_after: Duration::from_secs(1) });
            }
            Ok(IssueAnswer::Issued(mut invoice)) => {
                self.bend(&mut invoice);
                return Ok(IssueAnswer::Issued(invoice));
            }
            Ok(other) => return Ok(other),
            Err(error) => error,
        };
        let unknown = error.effect() == Effect::Unknown;
        Err(match self.flaw {
            Flaw::SaysDeniedOnTimeOut if unknown => {
                ProviderError::new(ErrorKind::Rejected, Effect::NotApplied)
            }
            Flaw::SaysAppliedOnTimeOut if unknown => ProviderError::new(ErrorKind::NoAnswer, Effect::Applied),
            Flaw::LeaksNameInError => error.because(format!("the buyer {SAMPLE_BUYER_NAME} was refused")),
            Flaw::LeaksBodyInCause => {
                let body = self.last.lock().unwrap().as_ref().map(|request| request.body().to_owned());
                error.because(std::io::Error::other(body.unwrap_or_default()))
            }
            _ => error,
        })
    }
}

#[async_trait]
impl InvoiceProvider for Broken {
    fn id(&self) -> &ProviderId {
        self.inner.id()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn prepare(&self, request: &IssueRequest) -> Result<PreparedRequest, ProviderError> {
        let prepared = self.inner.prepare(request)?;
        Ok(match self.flaw {
            Flaw::LosesKey => {
                PreparedRequest::new(IntentKey::new(format!("own-{}", self.next())).unwrap(), prepared.body())
            }
            Flaw::PreparesDifferently => {
                let spaces = " ".repeat(usize::try_from(self.next()).unwrap());
                PreparedRequest::new(prepared.key().clone(), format!("{}{spaces}", prepared.body()))
            }
            _ => prepared,
        })
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        *self.last.lock().unwrap() = Some(request.clone());
        let mut answer = self.inner.issue(&self.bent(request)).await;
        if self.is(Flaw::RetriesInside) && answer.is_err() {
            answer = self.inner.issue(request).await;
        }
        let refused = answer.as_ref().is_err_and(|error| error.effect() == Effect::NotApplied);
        if self.is(Flaw::RefusesAndIssuesAllTheSame) && refused {
            let body = request.body().replace("\"rows\":[]", "\"rows\":[1]");
            let _ = self.inner.issue(&PreparedRequest::new(request.key().clone(), body)).await;
        }
        self.told(answer)
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        let mut answer = self.inner.query(key).await?;
        if let QueryAnswer::Issued(invoice) = &mut answer {
            self.bend(invoice);
            if self.is(Flaw::RoundsInQueryOnly) {
                invoice.tax = Money::from_fen(invoice.tax.fen() / 10 * 10);
            }
        }
        let again = self.asked_before(key);
        let missing = answer == QueryAnswer::NotFound;
        match self.flaw {
            Flaw::SaysNotFoundAsDenied if missing => Ok(QueryAnswer::Denied { code: "unknown".to_owned() }),
            Flaw::SaysNotFoundAsError if missing => {
                Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied))
            }
            Flaw::QueryForgets if again => Ok(QueryAnswer::NotFound),
            Flaw::QuerySendsAgain if missing => {
                let last = self.last.lock().unwrap().clone();
                if let Some(last) = last.filter(|last| last.key() == key) {
                    let _ = self.inner.issue(&last).await;
                }
                Ok(answer)
            }
            _ => Ok(answer),
        }
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let mut answer = self.inner.issue_red(&self.bent(request)).await;
        if let (Flaw::SwapsSignOfRed, Ok(IssueAnswer::Issued(red))) = (self.flaw, &mut answer) {
            let minus = |amount: Money| amount.checked_neg().unwrap();
            (red.net, red.tax, red.gross) = (minus(red.net), minus(red.tax), minus(red.gross));
        }
        self.told(answer)
    }

    async fn find_issued(&self, number: &InvoiceNumber) -> Result<Option<IssuedInvoice>, ProviderError> {
        let mut found = self.inner.find_issued(number).await?;
        if let (Flaw::FindsAnother, Some(found)) = (self.flaw, &mut found) {
            found.gross = found.net;
        }
        Ok(found)
    }

    async fn session(&self, seller_tax_id: &str) -> Result<SessionState, ProviderError> {
        match self.flaw {
            Flaw::ForgetsDeclaredCapability => Err(ProviderError::unsupported("session")),
            _ => self.inner.session(seller_tax_id).await,
        }
    }

    async fn deliver(&self, number: &InvoiceNumber, target: &DeliveryTarget) -> Result<(), ProviderError> {
        match self.flaw {
            Flaw::AnswersOkForUndeclared => Ok(()),
            Flaw::UnsupportedOfUnknownEffect => {
                Err(ProviderError::new(ErrorKind::Unsupported, Effect::Unknown))
            }
            _ => self.inner.deliver(number, target).await,
        }
    }

    async fn download(
        &self,
        key: &IntentKey,
        number: &InvoiceNumber,
        format: DocumentFormat,
    ) -> Result<Option<invoice_core::provider::Document>, ProviderError> {
        match self.flaw {
            Flaw::PretendsToHaveFiles => Ok(None),
            _ => self.inner.download(key, number, format).await,
        }
    }
}

/// A cage: the honest provider, a tap on it, and the flaw on top.
pub(crate) struct Cage {
    honest: Arc<Honest>,
    tap: Arc<Tap>,
    broken: Arc<Broken>,
}

impl Cage {
    pub(crate) fn of(flaw: Flaw) -> Self {
        let honest = Arc::new(Honest::new());
        let tap = Arc::new(Tap::new(honest.clone()));
        let broken = Broken {
            inner: tap.clone(),
            flaw,
            count: AtomicU64::new(0),
            last: Mutex::default(),
            asked: Mutex::default(),
        };
        Self { honest, tap, broken: Arc::new(broken) }
    }
}

impl Fixture for Cage {
    fn provider(&self) -> Arc<dyn InvoiceProvider> {
        self.broken.clone()
    }

    fn advance(&self, _by: Duration) {}

    fn received(&self, key: &IntentKey) -> Option<Vec<String>> {
        Some(self.tap.received(key))
    }

    fn invoices_of(&self, key: &IntentKey) -> Option<usize> {
        let books = self.honest.books.lock().unwrap();
        Some(books.iter().filter(|(known, _)| known == key).count())
    }

    fn disturb(&self, disturbance: Disturbance) -> bool {
        self.honest.disturbances.lock().unwrap().push_back(disturbance);
        true
    }
}
