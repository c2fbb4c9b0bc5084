//! A shop with a desk, a memory store and a sandbox bureau, shared by the desk tests.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use invoice_core::access::{Actor, Role};
use invoice_core::application::{Application, ApplyRequest};
use invoice_core::desk::{DeskBuilder, DeskError, InvoiceDesk};
use invoice_core::env::{Clock, Unsealed};
use invoice_core::error::RefusalCode;
use invoice_core::id::{
    ActorId, ApplicationId, BuyerId, LineId, OrderId, PaymentId, ProviderId, RefundId, SellerId, TenantId,
    WorkerId,
};
use invoice_core::invoice::{Invoice, InvoiceClass, InvoiceKind, SellerParty};
use invoice_core::limits::InvoiceLimit;
use invoice_core::money::Money;
use invoice_core::order::{Order, OrderLine, Payment, Refund, RefundLine, Tender, TenderKind};
use invoice_core::plan::red::{RedExtent, RedReason};
use invoice_core::provider::InvoiceProvider;
use invoice_core::report::{GroupBy, GroupReport, Reconciliation};
use invoice_core::review::ReviewPolicy;
use invoice_core::seller::Seller;
use invoice_core::store::{MemoryStore, Store};
use invoice_core::tax::{TaxCode, TaxTable};
use invoice_core::testkit::SeededIds;
use invoice_core::testkit::provider::ManualClock;
use invoice_core::title::Title;
use invoice_providers::sandbox::{SandboxBuilder, SandboxBureau};

pub(crate) const BOOK: &str = "1060201010000000000";
pub(crate) const CLOTHES: &str = "1040201990000000000";
pub(crate) const COURSE: &str = "3070201020000000000";
pub(crate) const CARD: &str = "6010000000000000000";

pub(crate) struct Shop {
    pub(crate) desk: InvoiceDesk,
    pub(crate) bureau: SandboxBureau,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) system: Actor,
    pub(crate) reviewer: Actor,
    pub(crate) finance: Actor,
}

pub(crate) fn yuan(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn seller_id() -> SellerId {
    SellerId::new("shop").unwrap()
}

pub(crate) fn buyer_id() -> BuyerId {
    BuyerId::new("buyer-1").unwrap()
}

pub(crate) fn order_id(id: &str) -> OrderId {
    OrderId::new(id).unwrap()
}

pub(crate) fn application_id(id: &str) -> ApplicationId {
    ApplicationId::new(id).unwrap()
}

pub(crate) fn company() -> Title {
    Title::company("华为技术有限公司", "914403001922038216")
}

pub(crate) fn seller() -> Seller {
    seller_at("sandbox")
}

/// The tax ID of the seller.
pub(crate) const SELLER: &str = "91330100799655058B";

pub(crate) fn seller_at(provider: &str) -> Seller {
    let party =
        SellerParty {
            tax_id: SELLER.into(), name: "杭州示例商店有限公司".into(), drawer: "王五".into()
        };
    let limit = Some(InvoiceLimit::WAN_1);
    Seller::new(seller_id(), party, ProviderId::new(provider).unwrap())
        .offering(InvoiceKind::DIGITAL_ORDINARY, limit)
        .offering(InvoiceKind::DIGITAL_SPECIAL, limit)
        .with_review(ReviewPolicy::default().with_four_eyes_above(yuan("50000")))
        .with_red_extent(InvoiceClass::Special, RedExtent::WholeInvoice)
}

pub(crate) fn line(id: &str, code: &str, quantity: u32, gross: &str) -> OrderLine {
    let code: TaxCode = code.parse().unwrap();
    let item = TaxTable::builtin().get(code).unwrap().item();
    OrderLine::new(LineId::new(id).unwrap(), item, format!("商品{id}"), quantity.into(), yuan(gross)).unwrap()
}

pub(crate) fn wish(id: &str, orders: &[&OrderId]) -> ApplyRequest {
    let orders = orders.iter().map(|order| (*order).clone());
    let kind = InvoiceKind::DIGITAL_ORDINARY;
    ApplyRequest::merged(application_id(id), seller_id(), buyer_id(), kind, company(), orders)
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self::with(|bureau| bureau)
    }

    pub(crate) fn with(configure: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Self {
        Self::on(Arc::new(MemoryStore::new()), configure)
    }

    pub(crate) fn on(
        store: Arc<dyn Store>,
        configure: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    ) -> Self {
        Self::built(store, configure, seller(), |desk| desk)
    }

    /// A shop whose seller has other rules.
    pub(crate) fn of(seller: Seller) -> Self {
        Self::built(Arc::new(MemoryStore::new()), |bureau| bureau, seller, |desk| desk)
    }

    pub(crate) fn built(
        store: Arc<dyn Store>,
        configure: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
        seller: Seller,
        furnish: impl FnOnce(DeskBuilder) -> DeskBuilder,
    ) -> Self {
        let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
        let bureau =
            configure(SandboxBureau::builder(7, Arc::clone(&clock) as Arc<dyn Clock>)).build().unwrap();
        let desk = furnish(builder(&store, &clock, Arc::new(bureau.clone()), seller, 1)).build().unwrap();
        Self::around(desk, bureau, clock, store)
    }

    pub(crate) fn around(
        desk: InvoiceDesk,
        bureau: SandboxBureau,
        clock: Arc<ManualClock>,
        store: Arc<dyn Store>,
    ) -> Self {
        let staff = |id: &str, role| Actor::staff(ActorId::new(id).unwrap(), role);
        Self {
            desk,
            bureau,
            clock,
            store,
            system: staff("shop-system", Role::System),
            reviewer: staff("rita", Role::Reviewer),
            finance: staff("fang", Role::Finance),
        }
    }

    pub(crate) async fn sell(&self, id: &str, lines: Vec<OrderLine>) -> OrderId {
        let order = Order::new(order_id(id), seller_id(), buyer_id(), self.clock.now(), lines).unwrap();
        let payable = order.payable();
        self.desk.record_order(&self.system, order).await.unwrap();
        let named = PaymentId::new(format!("4200{id}")).unwrap();
        let tenders = vec![Tender::new(TenderKind::Money, payable).with_payment(named)];
        let payment = Payment { at: self.clock.now(), tenders };
        self.desk.record_payment(&self.system, &order_id(id), payment).await.unwrap();
        order_id(id)
    }

    pub(crate) fn wish(&self, id: &str, orders: &[&OrderId]) -> ApplyRequest {
        wish(id, orders)
    }

    pub(crate) async fn apply(&self, id: &str, orders: &[&OrderId]) -> Application {
        self.desk.apply(&self.system, self.wish(id, orders), None).await.unwrap()
    }

    pub(crate) async fn refund(
        &self,
        id: &str,
        order: &OrderId,
        lines: &[(&str, &str, Option<u32>)],
    ) -> Result<(), DeskError> {
        let line = |(line, amount, quantity): &(&str, &str, Option<u32>)| RefundLine {
            line: LineId::new(line).unwrap(),
            amount: yuan(amount),
            quantity: quantity.map(Into::into),
        };
        let refund = Refund {
            id: RefundId::new(id).unwrap(),
            order: order.clone(),
            at: self.clock.now(),
            reason: RedReason::Returned,
            lines: lines.iter().map(line).collect(),
        };
        self.desk.refund(&self.system, refund).await
    }

    /// Pumps until nothing is left, moving the clock to whatever is due next; panics when that never ends.
    pub(crate) async fn settle(&self) {
        let worker = WorkerId::new("worker-1").unwrap();
        for _ in 0..10_000 {
            self.desk.pump(&self.system, &worker, 100).await.unwrap();
            match self.desk.next_due().await.unwrap() {
                None => return,
                // The clock counts milliseconds; what is due in less must not stop it.
                Some(due) if due > self.clock.now() => {
                    // The clock counts whole milliseconds: a part of one more is needed to be there.
                    let wait = (due - self.clock.now()).to_std().unwrap();
                    self.clock.advance(wait + Duration::from_millis(1));
                }
                Some(_) => self.clock.advance(Duration::from_secs(1)),
            }
        }
        panic!("the outbox never empties");
    }

    pub(crate) async fn application(&self, id: &str) -> Application {
        self.desk.application(&self.system, &application_id(id)).await.unwrap()
    }

    pub(crate) async fn invoices(&self, id: &str) -> Vec<Invoice> {
        let mut invoices = vec![];
        for task in self.application(id).await.tasks() {
            invoices.push(self.desk.invoice(&self.system, &task.invoice).await.unwrap());
        }
        invoices
    }

    /// The books agree with themselves and with the bureau's own, to the cent.
    pub(crate) async fn prove(&self) {
        let proof = self.desk.reconcile(&self.finance, &seller_id()).await.unwrap();
        assert!(proof.holds(), "{:?}", proof.broken);
        let (mut invoiced, mut red) = (0, 0);
        for (rate, t) in &proof.rates {
            assert_eq!(
                t.paid - t.excluded - t.refunded,
                t.invoiced - t.red + t.held + t.open - t.excess,
                "{rate}: {t:?}"
            );
            invoiced += t.invoiced;
            red += t.red;
        }
        let (mut blues, mut reds) = (0_i128, 0_i128);
        for entry in self.bureau.issued() {
            let fen = i128::from(entry.gross.fen());
            if fen > 0 { blues += fen } else { reds -= fen }
        }
        assert_eq!((invoiced, red), (blues, reds), "the desk and the bureau disagree");
        self.report(&proof).await;
    }

    /// Reports come to what the books do, however they are grouped: what was taken back or voided is not in them. Gives the
    /// report by state.
    pub(crate) async fn report(&self, proof: &Reconciliation) -> GroupReport {
        let mut reports: Vec<GroupReport> = GroupBy::ALL.iter().map(|by| GroupReport::new(*by)).collect();
        let add = |invoice: &Invoice| {
            reports.iter_mut().for_each(|report| report.add_issued(invoice));
            Ok::<(), DeskError>(())
        };
        self.desk.fold_invoices(&self.finance, Some(&seller_id()), add).await.unwrap();
        let rates: Vec<(String, i128)> =
            proof.rates.iter().map(|(rate, t)| (rate.to_string(), t.invoiced - t.red)).collect();
        let whole: i128 = rates.iter().map(|(_, gross)| gross).sum();
        for report in &reports {
            assert!(report.groups().all(|(_, totals)| totals.net + totals.tax == totals.gross));
            if report.by() != GroupBy::State {
                assert_eq!(report.groups().map(|(_, t)| t.gross).sum::<i128>(), whole, "{:?}", report.by());
            }
            if report.by() == GroupBy::Rate {
                let found =
                    |rate: &str| report.groups().find(|(key, _)| *key == rate).map_or(0, |(_, t)| t.gross);
                assert!(rates.iter().all(|(rate, gross)| found(rate) == *gross), "{rates:?} {report:?}");
            }
        }
        reports.into_iter().find(|report| report.by() == GroupBy::State).unwrap()
    }
}

pub(crate) fn desk(
    store: &Arc<dyn Store>,
    clock: &Arc<ManualClock>,
    bureau: &SandboxBureau,
    seller: Seller,
    seed: u64,
) -> InvoiceDesk {
    desk_through(store, clock, Arc::new(bureau.clone()), seller, seed)
}

pub(crate) fn desk_through(
    store: &Arc<dyn Store>,
    clock: &Arc<ManualClock>,
    provider: Arc<dyn InvoiceProvider>,
    seller: Seller,
    seed: u64,
) -> InvoiceDesk {
    builder(store, clock, provider, seller, seed).build().unwrap()
}

pub(crate) fn builder(
    store: &Arc<dyn Store>,
    clock: &Arc<ManualClock>,
    provider: Arc<dyn InvoiceProvider>,
    seller: Seller,
    seed: u64,
) -> DeskBuilder {
    InvoiceDesk::builder(
        TenantId::new("t1").unwrap(),
        Arc::clone(store),
        Arc::new(Unsealed),
        Arc::clone(clock) as Arc<dyn Clock>,
        Arc::new(SeededIds::new(seed)),
    )
    .seller(seller)
    .provider(provider)
    .lease(TimeDelta::seconds(60))
}

pub(crate) fn code(error: &DeskError) -> RefusalCode {
    error.refusal().unwrap_or_else(|| panic!("not a refusal: {error}")).code()
}
