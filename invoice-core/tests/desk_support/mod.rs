//! Two shops, several processes on one store, and bureaus that do what a test says.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::access::{Actor, Role};
use invoice_core::application::{Application, ApplyRequest};
use invoice_core::desk::{DeskBuilder, InvoiceDesk, PumpReport};
use invoice_core::env::{Clock, Unsealed};
use invoice_core::id::{
    ActorId, ApplicationId, BuyerId, IntentKey, LineId, OrderId, ProviderId, RefundId, SellerId, TenantId,
    WorkerId,
};
use invoice_core::invoice::{Invoice, InvoiceKind, InvoiceNumber, SellerParty};
use invoice_core::money::Money;
use invoice_core::order::{Order, OrderLine, Payment, Refund, RefundLine};
use invoice_core::plan::red::RedReason;
use invoice_core::provider::{
    CallbackEvent, CallbackOutcome, Capabilities, Capability, ConfirmationState, CreditLine, Effect,
    ErrorKind, InvoiceProvider, IssueAnswer, IssuedInvoice, PreparedRequest, ProviderError, QueryAnswer,
    RedAnswer, RedConfirmation, RedForm, RedFormPage,
};
use invoice_core::seller::Seller;
use invoice_core::store::{MemoryStore, Store};
use invoice_core::tax::{TaxCode, TaxTable};
use invoice_core::testkit::SeededIds;
use invoice_core::testkit::provider::ManualClock;
use invoice_core::title::Title;

pub(crate) const TAX_IDS: [&str; 2] = ["91330100799655058B", "9133020114479257XW"];

/// What a bureau does with the next requests, and what it has done.
#[derive(Default)]
pub(crate) struct Books {
    /// Key, seller's tax ID, invoice.
    pub(crate) issued: Vec<(IntentKey, String, IssuedInvoice)>,
    pub(crate) forms: Vec<RedForm>,
    denied: BTreeSet<IntentKey>,
    /// Sellers who must log in first.
    pub(crate) blocked: BTreeSet<String>,
    /// Nobody answers.
    pub(crate) dark: bool,
    /// Requests are refused for good.
    pub(crate) denies: bool,
    /// So many requests are not taken now.
    pub(crate) busy: usize,
    /// Requests are done and the answer is lost.
    pub(crate) loses: bool,
    /// Requests are done and answered with "accepted".
    pub(crate) accepts: bool,
    /// What is left of the credit line.
    pub(crate) credit: Option<Money>,
    /// When calls were made, and what for.
    pub(crate) calls: Vec<(DateTime<Utc>, &'static str)>,
    /// The number and moment of the next invoice.
    pub(crate) stamp: Option<(InvoiceNumber, DateTime<Utc>)>,
}

type Peek = Box<dyn Fn(&PreparedRequest) -> futures_util::future::BoxFuture<'static, ()> + Send + Sync>;

pub(crate) struct Bureau {
    id: ProviderId,
    capabilities: Capabilities,
    clock: Arc<ManualClock>,
    books: Mutex<Books>,
    /// Runs when a request has been done and before it is answered.
    pub(crate) peek: Mutex<Option<Peek>>,
}

fn no_answer() -> ProviderError {
    ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown)
}

impl Bureau {
    pub(crate) fn new(
        id: &str,
        clock: &Arc<ManualClock>,
        declare: impl FnOnce(Capabilities) -> Capabilities,
    ) -> Arc<Self> {
        let base = Capabilities::new([InvoiceKind::DIGITAL_ORDINARY])
            .with(Capability::QueryByKey)
            .with(Capability::Idempotent)
            .with(Capability::IssueRed);
        Arc::new(Self {
            id: ProviderId::new(id).unwrap(),
            capabilities: declare(base),
            clock: Arc::clone(clock),
            books: Mutex::default(),
            peek: Mutex::default(),
        })
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    pub(crate) fn calls(&self, what: &str) -> usize {
        self.books().calls.iter().filter(|(_, call)| *call == what).count()
    }

    fn called(&self, what: &'static str) -> Result<MutexGuard<'_, Books>, ProviderError> {
        let mut books = self.books();
        books.calls.push((self.clock.now(), what));
        if books.dark { Err(no_answer()) } else { Ok(books) }
    }

    fn enter(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let mut books = self.called("issue")?;
        let body: serde_json::Value = serde_json::from_str(request.body()).unwrap();
        let seller = body["seller"]["tax_id"].as_str().unwrap().to_owned();
        if books.blocked.contains(&seller) {
            return Err(ProviderError::new(ErrorKind::OperatorNeeded, Effect::NotApplied).with_code("QR"));
        }
        if let Some(left) = books.busy.checked_sub(1) {
            books.busy = left;
            return Err(ProviderError::new(ErrorKind::Busy, Effect::NotApplied));
        }
        if books.denies {
            books.denied.insert(request.key().clone());
            return Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("E9105"));
        }
        let known = books.issued.iter().find(|(key, ..)| key == request.key()).cloned();
        let invoice = known.map(|(.., invoice)| invoice).unwrap_or_else(|| {
            let amount = |name: &str| body[name].as_str().unwrap().parse::<Money>().unwrap();
            let serial = books.issued.len() + usize::from(self.id.as_str().as_bytes()[0]) * 1000;
            let fresh = (format!("26{serial:018}").parse().unwrap(), self.clock.now());
            let (number, issued_at) = books.stamp.take().unwrap_or(fresh);
            let [net, tax, gross] = ["net", "tax", "gross"].map(amount);
            let invoice = IssuedInvoice { number, issued_at, net, tax, gross };
            books.issued.push((request.key().clone(), seller, invoice.clone()));
            invoice
        });
        if books.loses {
            return Err(no_answer());
        }
        if books.accepts {
            return Ok(IssueAnswer::Accepted { poll_after: Duration::from_secs(20) });
        }
        Ok(IssueAnswer::Issued(invoice))
    }
}

#[async_trait]
impl InvoiceProvider for Bureau {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        let answer = self.enter(request);
        let peek = self.peek.lock().unwrap().as_ref().map(|peek| peek(request));
        if let Some(peek) = peek {
            peek.await;
        }
        answer
    }

    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.enter(request)
    }

    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        if !self.capabilities.can(Capability::QueryByKey) {
            return Err(ProviderError::unsupported("query"));
        }
        let books = self.called("query")?;
        if let Some((.., invoice)) = books.issued.iter().find(|(known, ..)| known == key) {
            return Ok(QueryAnswer::Issued(invoice.clone()));
        }
        let denied = books.denied.contains(key);
        Ok(if denied { QueryAnswer::Denied { code: "E9105".into() } } else { QueryAnswer::NotFound })
    }

    async fn credit_line(&self, _seller_tax_id: &str) -> Result<CreditLine, ProviderError> {
        let books = self.called("credit")?;
        Ok(CreditLine { total: None, available: books.credit })
    }

    async fn list_confirmations(
        &self,
        _seller_tax_id: &str,
        _since: DateTime<Utc>,
        _page: Option<String>,
    ) -> Result<RedFormPage, ProviderError> {
        Ok(RedFormPage { forms: self.called("list")?.forms.clone(), next: None })
    }

    /// Applied for under our key: there is none, and while a form of the buyer's is open there will be none.
    async fn query_confirmation(&self, _key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        self.called("query_confirmation").map(|_| None)
    }

    async fn apply_red(&self, _request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        if self.called("apply_red")?.loses {
            return Err(no_answer());
        }
        Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied).with_code("LOCKED"))
    }

    async fn find_confirmation(&self, number: &str) -> Result<Option<RedConfirmation>, ProviderError> {
        let books = self.called("find")?;
        let found = books.forms.iter().find(|form| form.confirmation.number == number);
        Ok(found.map(|form| form.confirmation.clone()))
    }

    async fn answer_confirmation(
        &self,
        number: &str,
        answer: RedAnswer,
    ) -> Result<RedConfirmation, ProviderError> {
        use ConfirmationState as S;
        let mut books = self.called("answer")?;
        let form = books.forms.iter_mut().find(|form| form.confirmation.number == number).unwrap();
        form.confirmation.state = match (answer, form.confirmation.state) {
            (RedAnswer::Confirm, S::AwaitingSeller) => S::Confirmed,
            (RedAnswer::Reject, S::AwaitingSeller) => S::RefusedBySeller,
            (RedAnswer::Withdraw, S::Confirmed) => S::WithdrawnConfirmed,
            _ => return Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied)),
        };
        Ok(form.confirmation.clone())
    }

    /// `key;denied`, `key;issued`, `key;confirmed` or `key;hint`, and nobody checks a signature.
    fn parse_callback(
        &self,
        _headers: &[(String, String)],
        body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<CallbackOutcome, ProviderError> {
        let (key, what) = std::str::from_utf8(body).unwrap().split_once(';').unwrap();
        let key = IntentKey::new(key).unwrap();
        if what == "hint" {
            return Ok(CallbackOutcome::Hint { keys: vec![key], reply: b"ok".to_vec() });
        }
        if what == "confirmed" {
            let (state, number) = (ConfirmationState::Confirmed, "33010526050000000001".to_owned());
            let confirmation = RedConfirmation { number, state, expires_at: None, red: None };
            let events = vec![CallbackEvent::Confirmation { key, confirmation }];
            return Ok(CallbackOutcome::Verified { events, reply: b"ok".to_vec() });
        }
        let issued = self.books().issued.iter().find(|(known, ..)| *known == key).cloned();
        let answer = match (what, issued) {
            ("issued", Some((.., invoice))) => QueryAnswer::Issued(invoice),
            _ => QueryAnswer::Denied { code: "LATE".to_owned() },
        };
        let events = vec![CallbackEvent::Intent { key, answer }];
        Ok(CallbackOutcome::Verified { events, reply: b"ok".to_vec() })
    }
}

pub(crate) fn seller_id(index: usize) -> SellerId {
    SellerId::new(format!("shop-{index}")).unwrap()
}

pub(crate) fn provider_id(id: &str) -> ProviderId {
    ProviderId::new(id).unwrap()
}

pub(crate) struct Town {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) bureaus: Vec<Arc<Bureau>>,
    pub(crate) system: Actor,
    pub(crate) finance: Actor,
    pub(crate) desk: InvoiceDesk,
}

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()))
}

impl Town {
    /// Sellers issue through the bureaus in their order.
    pub(crate) fn new(clock: Arc<ManualClock>, bureaus: Vec<Arc<Bureau>>) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let staff = |id: &str, role| Actor::staff(ActorId::new(id).unwrap(), role);
        let desk = Self::process(&clock, &store, &bureaus, 1, |desk| desk);
        let (system, finance) = (staff("system", Role::System), staff("fang", Role::Finance));
        Self { clock, store, bureaus, system, finance, desk }
    }

    /// The desk of another process on the same store.
    pub(crate) fn another(&self, configure: impl FnOnce(DeskBuilder) -> DeskBuilder) -> InvoiceDesk {
        Self::process(&self.clock, &self.store, &self.bureaus, 2, configure)
    }

    fn process(
        clock: &Arc<ManualClock>,
        store: &Arc<dyn Store>,
        bureaus: &[Arc<Bureau>],
        seed: u64,
        configure: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> InvoiceDesk {
        let ids = Arc::new(SeededIds::new(seed));
        let tenant = TenantId::new("t1").unwrap();
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        let mut desk = InvoiceDesk::builder(tenant, Arc::clone(store), Arc::new(Unsealed), clock, ids);
        for (index, tax_id) in TAX_IDS.iter().enumerate() {
            let name = "杭州示例商店有限公司".to_owned();
            let party = SellerParty { tax_id: (*tax_id).to_owned(), name, drawer: "王五".into() };
            let mut seller = Seller::new(seller_id(index), party, bureaus[0].id().clone())
                .offering(InvoiceKind::DIGITAL_ORDINARY, None);
            for bureau in &bureaus[1..] {
                seller = seller.with_fallback(bureau.id().clone());
            }
            desk = desk.seller(seller);
        }
        for bureau in bureaus {
            desk = desk.provider(Arc::clone(bureau) as Arc<dyn InvoiceProvider>);
        }
        configure(desk).build().unwrap()
    }

    /// An order of a seller, paid: four pieces.
    pub(crate) async fn sold(&self, id: &str, seller: usize, gross: &str) -> (OrderId, BuyerId) {
        let code: TaxCode = "1060201010000000000".parse().unwrap();
        let item = TaxTable::builtin().get(code).unwrap().item();
        let gross: Money = gross.parse().unwrap();
        let line = OrderLine::new(LineId::new("1").unwrap(), item, "书", 4.into(), gross).unwrap();
        let (order, buyer) = (OrderId::new(id).unwrap(), BuyerId::new("anna").unwrap());
        let now = self.clock.now();
        let sold = Order::new(order.clone(), seller_id(seller), buyer.clone(), now, vec![line]).unwrap();
        self.desk.record_order(&self.system, sold).await.unwrap();
        self.desk.record_payment(&self.system, &order, Payment::money(now, gross)).await.unwrap();
        (order, buyer)
    }

    /// An order of a seller, paid and applied for: one invoice.
    pub(crate) async fn applied(&self, id: &str, seller: usize, gross: &str) -> Application {
        let (order, buyer) = self.sold(id, seller, gross).await;
        let request = ApplyRequest::whole(
            ApplicationId::new(format!("P{id}")).unwrap(),
            seller_id(seller),
            buyer,
            InvoiceKind::DIGITAL_ORDINARY,
            Title::company("华为技术有限公司", "914403001922038216"),
            order,
        );
        self.desk.apply(&self.system, request, None).await.unwrap()
    }

    /// One of the four pieces of an order comes back.
    pub(crate) async fn returned(&self, id: &str, amount: &str) {
        let amount = amount.parse().unwrap();
        let line = RefundLine { line: LineId::new("1").unwrap(), amount, quantity: Some(1.into()) };
        let refund = Refund {
            id: RefundId::new(format!("R{id}")).unwrap(),
            order: OrderId::new(id).unwrap(),
            at: self.clock.now(),
            reason: RedReason::Returned,
            lines: vec![line],
        };
        self.desk.refund(&self.system, refund).await.unwrap();
    }

    pub(crate) async fn pump(&self, desk: &InvoiceDesk) -> PumpReport {
        desk.pump(&self.system, &WorkerId::new("worker").unwrap(), 100).await.unwrap()
    }

    /// Pumps a while, moving the clock to what is due, at least a second each time.
    pub(crate) async fn pump_for(&self, desk: &InvoiceDesk, span: Duration) {
        let end = self.clock.now() + span;
        while self.clock.now() < end {
            self.pump(desk).await;
            let next = desk.next_due().await.unwrap().unwrap_or(end).min(end);
            let step = (next - self.clock.now()).to_std().unwrap_or_default();
            self.clock.advance(step.max(Duration::from_secs(1)));
        }
        self.pump(desk).await;
    }

    pub(crate) async fn task(&self, application: &str, index: usize) -> Invoice {
        let id = ApplicationId::new(application).unwrap();
        let application = self.desk.application(&self.system, &id).await.unwrap();
        self.desk.invoice(&self.system, &application.tasks()[index].invoice).await.unwrap()
    }
}
