//! Killed at every single call of the store and of the provider, before and after its effect, and started again: the
//! same invoices, the same money, the same states as in a run that was never killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::desk_support::*;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::{Either, pending, select};
use invoice_core::application::{ApplicationState, CorrectRequest};
use invoice_core::desk::InvoiceDesk;
use invoice_core::env::{Clock, Unsealed};
use invoice_core::id::{IntentKey, LineId, OrderId, ProviderId, RefundId, TenantId, WorkerId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::order::{Order, Payment, Refund, RefundLine};
use invoice_core::plan::red::RedReason;
use invoice_core::provider::*;
use invoice_core::store::*;
use invoice_core::testkit::SeededIds;
use invoice_core::title::Title;
use invoice_providers::sandbox::{RedRule, Repeat, SandboxBuilder};

/// Counts calls; at the chosen one the process stops, before or after the effect.
#[derive(Default)]
struct Tripwire {
    calls: AtomicU64,
    stop_at: AtomicU64,
    stopped: AtomicBool,
}

impl Tripwire {
    /// Each call has two points: odd before, even after its effect.
    async fn pass(&self) {
        if self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.stop_at.load(Ordering::SeqCst) {
            self.stopped.store(true, Ordering::SeqCst);
            pending::<()>().await;
        }
    }

    async fn around<T>(&self, call: impl Future<Output = T>) -> T {
        self.pass().await;
        let done = call.await;
        self.pass().await;
        done
    }
}

struct WiredStore(Arc<dyn Store>, Arc<Tripwire>);

#[async_trait]
impl Store for WiredStore {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.1.around(self.0.read(keys)).await
    }
    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        self.1.around(self.0.find(query)).await
    }
    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        self.1.around(self.0.commit(unit)).await
    }
    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.1.around(self.0.claim(claim)).await
    }
    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.1.around(self.0.next_due(tenant)).await
    }
    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        self.1.around(self.0.journal(key, after, limit)).await
    }
    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.1.around(self.0.ledger(tenant, after, limit)).await
    }
    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        self.1.around(self.0.sums(query)).await
    }
}

struct WiredBureau(Arc<dyn InvoiceProvider>, Arc<Tripwire>);

#[async_trait]
impl InvoiceProvider for WiredBureau {
    fn id(&self) -> &ProviderId {
        self.0.id()
    }
    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }
    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.1.around(self.0.issue(request)).await
    }
    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        self.1.around(self.0.query(key)).await
    }
    async fn apply_red(&self, request: &PreparedRequest) -> Result<RedConfirmation, ProviderError> {
        self.1.around(self.0.apply_red(request)).await
    }
    async fn query_confirmation(&self, key: &IntentKey) -> Result<Option<RedConfirmation>, ProviderError> {
        self.1.around(self.0.query_confirmation(key)).await
    }
    async fn issue_red(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.1.around(self.0.issue_red(request)).await
    }
}

#[derive(Clone, Copy, Debug)]
struct Scenario {
    name: &'static str,
    asynchronous: bool,
    repeat: Repeat,
    automatic_red: bool,
    kind: InvoiceKind,
    lines: &'static [(&'static str, &'static str)],
    refund: Option<&'static str>,
    reapply: bool,
    correct: bool,
}

const BASE: Scenario = Scenario {
    name: "one order, answered at once",
    asynchronous: false,
    repeat: Repeat::SameAnswer,
    automatic_red: false,
    kind: InvoiceKind::DIGITAL_ORDINARY,
    lines: &[(BOOK, "40.00")],
    refund: None,
    reapply: false,
    correct: false,
};

const SCENARIOS: &[Scenario] = &[
    BASE,
    Scenario { name: "answered later", asynchronous: true, ..BASE },
    Scenario { name: "a bureau that knows no keys", repeat: Repeat::IssueAgain, ..BASE },
    Scenario { name: "a bureau that refuses a key used before", repeat: Repeat::Refuse, ..BASE },
    Scenario {
        name: "cut in three, and a second category",
        lines: &[(CLOTHES, "25000.00"), (BOOK, "40.00")],
        ..BASE
    },
    Scenario { name: "part of it comes back", refund: Some("15.00"), ..BASE },
    Scenario {
        name: "part of it comes back, no keys",
        repeat: Repeat::IssueAgain,
        refund: Some("15.00"),
        ..BASE
    },
    Scenario { name: "the bureau issues the red itself", automatic_red: true, refund: Some("15.00"), ..BASE },
    Scenario {
        name: "special: review, flushed whole, applied for again",
        kind: InvoiceKind::DIGITAL_SPECIAL,
        refund: Some("15.00"),
        reapply: true,
        ..BASE
    },
    Scenario {
        name: "two invoices corrected, after part came back",
        lines: &[(BOOK, "40.00"), (COURSE, "60.00")],
        refund: Some("15.00"),
        correct: true,
        ..BASE
    },
    Scenario {
        name: "corrected, answered later, no keys",
        asynchronous: true,
        repeat: Repeat::IssueAgain,
        correct: true,
        ..BASE
    },
];

/// What a run ends with: states, and what the bureau has issued.
#[derive(Debug, PartialEq, Eq)]
struct End {
    states: Vec<ApplicationState>,
    issued: Vec<(String, i64, i64, i64)>,
}

struct Run {
    shop: Shop,
    wire: Arc<Tripwire>,
    scenario: Scenario,
    crashes: u32,
}

impl Run {
    fn new(scenario: Scenario, stop_at: u64) -> Self {
        let configure = |bureau: SandboxBuilder| {
            let bureau = bureau.repeat(scenario.repeat).red(RedRule::SellerOnly);
            let bureau = if scenario.automatic_red { bureau.automatic_red() } else { bureau };
            let bureau = bureau.late_by(Duration::from_secs(600)).quiet_period(Duration::from_secs(3600));
            if scenario.asynchronous { bureau.asynchronous(Duration::from_secs(30)) } else { bureau }
        };
        let shop = Shop::with(configure);
        let wire = Arc::new(Tripwire::default());
        wire.stop_at.store(stop_at, Ordering::SeqCst);
        let mut run = Self { shop, wire, scenario, crashes: 0 };
        run.start();
        run
    }

    /// A process begins: a new desk on the same store and bureau.
    fn start(&mut self) {
        let store: Arc<dyn Store> =
            Arc::new(WiredStore(Arc::clone(&self.shop.store), Arc::clone(&self.wire)));
        let bureau = WiredBureau(Arc::new(self.shop.bureau.clone()), Arc::clone(&self.wire));
        let clock = Arc::clone(&self.shop.clock) as Arc<dyn Clock>;
        let ids = Arc::new(SeededIds::new(u64::from(self.crashes) + 1));
        self.shop.desk =
            InvoiceDesk::builder(TenantId::new("t1").unwrap(), store, Arc::new(Unsealed), clock, ids)
                .seller(seller())
                .provider(Arc::new(bureau))
                .build()
                .unwrap();
    }

    /// The whole scenario. Every command may be given again, so a process that starts again simply begins anew.
    async fn play(&self) {
        let lines = (1..)
            .zip(self.scenario.lines)
            .map(|(n, (code, gross)): (u32, _)| line(&n.to_string(), code, 1, gross))
            .collect();
        // The same commands again name the same moments.
        let at: DateTime<Utc> = "2026-05-01T01:00:00Z".parse().unwrap();
        let order = order_id("A-1");
        let sold = Order::new(order.clone(), seller_id(), buyer_id(), at, lines).unwrap();
        let payable = sold.payable();
        self.shop.desk.record_order(&self.shop.system, sold).await.unwrap();
        self.shop.desk.record_payment(&self.shop.system, &order, Payment::money(at, payable)).await.unwrap();
        let mut wish = self.shop.wish("P-1", &[&order]);
        wish.kind = self.scenario.kind;
        self.shop.desk.apply(&self.shop.system, wish, None).await.unwrap();
        self.approve("P-1").await;
        self.settle().await;
        if let Some(amount) = self.scenario.refund {
            let line = RefundLine { line: LineId::new("1").unwrap(), amount: yuan(amount), quantity: None };
            let (id, reason) = (RefundId::new("R-1").unwrap(), RedReason::Returned);
            let refund = Refund { id, order: order.clone(), at, reason, lines: vec![line] };
            self.shop.desk.refund(&self.shop.system, refund).await.unwrap();
            self.settle().await;
        }
        if self.scenario.correct {
            let wish = CorrectRequest {
                id: application_id("P-2"),
                of: application_id("P-1"),
                title: Title::person("张三"),
                kind: self.scenario.kind,
                remark: None,
            };
            self.shop.desk.correct(&self.shop.finance, wish).await.unwrap();
            self.settle().await;
        }
        if self.scenario.reapply {
            let known = self.shop.desk.application(&self.shop.system, &application_id("P-2")).await.is_ok();
            if !known {
                self.shop
                    .desk
                    .reapply(&self.shop.system, &application_id("P-1"), application_id("P-2"))
                    .await
                    .unwrap();
            }
            self.approve("P-2").await;
            self.settle().await;
        }
    }

    async fn approve(&self, id: &str) {
        if self.shop.application(id).await.state() == ApplicationState::PendingReview {
            self.shop.desk.approve(&self.shop.reviewer, &application_id(id)).await.unwrap();
        }
    }

    async fn settle(&self) {
        let worker = WorkerId::new(format!("worker-{}", self.crashes)).unwrap();
        for _ in 0..2000 {
            self.shop.desk.pump(&self.shop.system, &worker, 10).await.unwrap();
            match self.shop.desk.next_due().await.unwrap() {
                None => return,
                Some(due) => {
                    let wait = (due - self.shop.clock.now()).to_std().unwrap_or_default();
                    self.shop.clock.advance(wait.max(Duration::from_millis(1)));
                }
            }
        }
        panic!("never settles: {}", self.scenario.name);
    }

    /// Plays; when the wire trips, the future is dropped where it stands and a new process plays again.
    fn play_out(mut self) -> (End, u64) {
        loop {
            let tripped = {
                let play = pin!(self.play());
                let wire = Arc::clone(&self.wire);
                let watch = pin!(std::future::poll_fn(move |context| {
                    if wire.stopped.load(Ordering::SeqCst) {
                        return std::task::Poll::Ready(());
                    }
                    context.waker().wake_by_ref();
                    std::task::Poll::Pending
                }));
                matches!(invoice_core::testkit::block_on(select(play, watch)), Either::Right(_))
            };
            if !tripped {
                break;
            }
            self.wire.stopped.store(false, Ordering::SeqCst);
            self.wire.stop_at.store(0, Ordering::SeqCst);
            self.crashes += 1;
            assert!(self.crashes < 3, "a wire trips once");
            self.start();
        }
        let calls = self.wire.calls.load(Ordering::SeqCst);
        let ids =
            if self.scenario.reapply || self.scenario.correct { &["P-1", "P-2"][..] } else { &["P-1"][..] };
        let states =
            ids.iter().map(|id| invoice_core::testkit::block_on(self.shop.application(id)).state()).collect();
        let mut issued: Vec<_> = self
            .shop
            .bureau
            .issued()
            .map(|entry| (entry.number.to_string(), entry.net.fen(), entry.tax.fen(), entry.gross.fen()))
            .collect();
        issued.sort();
        invoice_core::testkit::block_on(self.shop.prove());
        (End { states, issued }, calls)
    }
}

#[test]
fn a_kill_at_any_call_changes_nothing() {
    let mut points = 0;
    for scenario in SCENARIOS {
        let (whole, calls) = Run::new(*scenario, 0).play_out();
        assert!(!whole.issued.is_empty(), "{}", scenario.name);
        for stop_at in 1..=calls {
            let (end, _) = Run::new(*scenario, stop_at).play_out();
            assert_eq!(end, whole, "{}: killed at point {stop_at} of {calls}", scenario.name);
            points += 1;
        }
    }
    println!("{points} points of {} scenarios", SCENARIOS.len());
    assert!(points > 500, "too few points: {points}");
}
