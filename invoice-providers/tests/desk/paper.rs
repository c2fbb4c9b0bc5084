//! Paper: the print queue, the mail, and voiding in the month, with everything that can come between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::desk_support::*;
use async_trait::async_trait;
use invoice_core::access::{Actor, Role};
use invoice_core::application::{ApplicationState, CorrectRequest, NextStep};
use invoice_core::decision::{PaperDeed, TicketDeed};
use invoice_core::desk::{DeskBuilder, Reminders};
use invoice_core::env::InApp;
use invoice_core::error::RefusalCode;
use invoice_core::id::{
    ActorId, IntentKey, InvoiceId, NotifierId, OrderId, ProviderId, TenantId, TicketId, WorkerId,
};
use invoice_core::invoice::{InvoiceKind, InvoiceNumber, PaperState};
use invoice_core::notify::NoticeEvent;
use invoice_core::order::{Order, Payment};
use invoice_core::provider::{
    Capabilities, Capability, InvoiceProvider, IssueAnswer, PreparedRequest, ProviderError, QueryAnswer,
};
use invoice_core::seller::Seller;
use invoice_core::store::{Kind, MemoryStore, Query};
use invoice_core::ticket::{Settlement, TicketRequest, Trouble};
use invoice_core::title::Title;
use invoice_providers::sandbox::{Fault, SandboxBuilder, SandboxBureau};

const PAPER: InvoiceKind = InvoiceKind::LEGACY_ORDINARY_PAPER;

fn paper_seller() -> Seller {
    seller().offering(PAPER, None)
}

fn paper_shop(configure: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Shop {
    paper_shop_of(configure, paper_seller())
}

fn paper_shop_of(configure: impl FnOnce(SandboxBuilder) -> SandboxBuilder, seller: Seller) -> Shop {
    let kinds = [PAPER, InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_ORDINARY_PAPER];
    let told = InApp::new(NotifierId::new("app").unwrap());
    let furnish = |desk: DeskBuilder| desk.notifier(Arc::new(told), NoticeEvent::ALL.iter().copied());
    Shop::built(Arc::new(MemoryStore::new()), |bureau| configure(bureau.kinds(kinds)), seller, furnish)
}

/// Applies for paper in the back office, and has it approved.
async fn apply_paper(shop: &Shop, id: &str, order: &OrderId) {
    let mut wish = shop.wish(id, &[order]).by_back_office();
    wish.kind = PAPER;
    shop.desk.apply(&shop.finance, wish, None).await.unwrap();
    shop.desk.approve(&shop.reviewer, &application_id(id)).await.unwrap();
}

/// Sells, applies for paper and has it issued: 300.00 in three books.
async fn issued(shop: &Shop, number: &str) -> InvoiceId {
    let order = shop.sell(&format!("A-{number}"), vec![line("1", BOOK, 3, "300.00")]).await;
    apply_paper(shop, &format!("P-{number}"), &order).await;
    shop.settle().await;
    InvoiceId::new(format!("P-{number}-1")).unwrap()
}

fn mail(tracking: &str) -> PaperDeed {
    PaperDeed::Mail { carrier: "顺丰".into(), tracking: tracking.into() }
}

async fn events(shop: &Shop) -> Vec<(&'static str, Vec<(String, String)>)> {
    let query = Query::new(&TenantId::new("t1").unwrap(), Kind::Notice);
    let found = shop.desk.find_notices(&shop.finance, query).await.unwrap().items;
    let mut told: Vec<_> = found
        .iter()
        .map(|notice| (notice.occasion().event.as_str(), notice.occasion().facts.clone()))
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn sheets_are_printed_mailed_and_tracked_and_the_buyer_is_told_once() {
    let shop = paper_shop(|bureau| bureau);
    let id = issued(&shop, "1").await;
    let queue = shop.desk.print_queue(&shop.finance, None, 10).await.unwrap().items;
    assert_eq!(queue.iter().map(|invoice| invoice.id()).collect::<Vec<_>>(), [&id]);
    let steps = |shop: &Shop| {
        let (desk, finance) = (shop.desk.clone(), shop.finance.clone());
        async move {
            let mut steps = vec![];
            let mut after = None;
            loop {
                let page = desk.waiting(&finance, after.as_deref(), 1).await.unwrap();
                steps.extend(page.items.iter().map(|waits| waits.step));
                let Some(next) = page.next else { return steps };
                after = Some(next);
            }
        }
    };
    assert_eq!(steps(&shop).await, [NextStep::Print]);
    for deed in [PaperDeed::Print, PaperDeed::Print] {
        shop.desk.paper(&shop.finance, &id, deed).await.unwrap();
    }
    assert!(shop.desk.print_queue(&shop.finance, None, 10).await.unwrap().items.is_empty());
    assert_eq!(steps(&shop).await, [NextStep::Mail]);
    for tracking in ["SF-1", "SF-1"] {
        shop.desk.paper(&shop.finance, &id, mail(tracking)).await.unwrap();
        shop.settle().await;
        shop.clock.advance(Duration::from_secs(60));
    }
    assert!(steps(&shop).await.is_empty());
    let mailed: Vec<_> =
        events(&shop).await.into_iter().filter(|(event, _)| *event == "paper.mailed").collect();
    assert_eq!(mailed.len(), 1, "the same mailing again is no news");
    assert!(mailed[0].1.contains(&("tracking".to_owned(), "SF-1".to_owned())), "{mailed:?}");
    let tagged = Query::new(&TenantId::new("t1").unwrap(), Kind::Invoice).tagged("paper", "mailed");
    assert_eq!(shop.desk.find_invoices(&shop.finance, tagged).await.unwrap().items.len(), 1);
    let delivered = shop.desk.paper(&shop.finance, &id, PaperDeed::Deliver).await.unwrap();
    assert!(matches!(delivered.paper(), PaperState::Delivered { .. }));
}

#[tokio::test]
async fn paper_is_moved_by_who_may_and_only_paper_that_is_there() {
    let shop = paper_shop(|bureau| bureau);
    let id = issued(&shop, "1").await;
    for role in [Role::Buyer, Role::Support, Role::Reviewer] {
        let actor = Actor::staff(ActorId::new("x").unwrap(), role);
        let refused = shop.desk.paper(&actor, &id, PaperDeed::Print).await.unwrap_err();
        assert_eq!(code(&refused), RefusalCode::NotPermitted, "{}", role.as_str());
        assert_eq!(code(&shop.desk.void(&actor, &id).await.unwrap_err()), RefusalCode::NotPermitted);
        let queue = shop.desk.print_queue(&actor, None, 1).await.unwrap_err();
        assert_eq!(code(&queue), RefusalCode::NotPermitted);
    }
    let system = shop.desk.void(&shop.system, &id).await.unwrap_err();
    assert_eq!(code(&system), RefusalCode::NotPermitted, "a machine prints and does not void");
    shop.desk.paper(&shop.system, &id, PaperDeed::Print).await.unwrap();
    for bad in ["", " ", &"x".repeat(65)] {
        let refused = shop.desk.paper(&shop.finance, &id, mail(bad)).await.unwrap_err();
        assert_eq!(code(&refused), RefusalCode::PaperTracking);
    }
    let order = shop.sell("A-2", vec![line("1", BOOK, 1, "10.00")]).await;
    shop.apply("P-2", &[&order]).await;
    let other = InvoiceId::new("P-2-1").unwrap();
    let electronic = shop.desk.paper(&shop.finance, &other, PaperDeed::Print).await.unwrap_err();
    assert_eq!(code(&electronic), RefusalCode::PaperNotPaper);
    let order = shop.sell("A-3", vec![line("1", BOOK, 1, "10.00")]).await;
    apply_paper(&shop, "P-3", &order).await;
    let early = InvoiceId::new("P-3-1").unwrap();
    let refused = shop.desk.paper(&shop.finance, &early, PaperDeed::Print).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::InvoiceState);
    assert_eq!(code(&shop.desk.void(&shop.finance, &early).await.unwrap_err()), RefusalCode::InvoiceState);
}

#[tokio::test]
async fn what_is_voided_is_open_again_once_and_the_books_agree() {
    let shop = paper_shop(|bureau| bureau);
    let id = issued(&shop, "1").await;
    shop.desk.paper(&shop.finance, &id, PaperDeed::Print).await.unwrap();
    let order = order_id("A-1");
    let open = |shop: &Shop| {
        let (desk, finance) = (shop.desk.clone(), shop.finance.clone());
        async move { desk.balance(&finance, &order_id("A-1")).await.unwrap().invoiceable() }
    };
    for _ in 0..2 {
        shop.desk.void(&shop.finance, &id).await.unwrap();
    }
    assert_eq!(open(&shop).await, yuan("0.00"), "not before the provider has said yes");
    assert!(shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap().holds());
    let next = shop.desk.outlook(&shop.finance, &application_id("P-1")).await.unwrap();
    assert_eq!(next.iter().map(|next| next.step).collect::<Vec<_>>(), [NextStep::Void]);
    let moved = shop.desk.paper(&shop.finance, &id, mail("SF-1")).await.unwrap_err();
    assert_eq!(code(&moved), RefusalCode::PaperDeed, "what is being voided stays");
    shop.settle().await;
    assert_eq!(open(&shop).await, yuan("300.00"));
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::Voided);
    assert_eq!(shop.bureau.voided().count(), 1);
    assert!(shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap().holds());
    shop.desk.void(&shop.finance, &id).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.bureau.voided().count(), 1, "once is enough");
    let told: Vec<_> = events(&shop).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(told, ["invoice.issued", "invoice.voided"]);
    // It is applied for again, electronically; a refund then makes a red of the new one only.
    shop.apply("P-2", &[&order]).await;
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "100.00", Some(1))]).await.unwrap();
    shop.settle().await;
    assert_eq!(open(&shop).await, yuan("0.00"));
    let proof = shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap();
    assert!(proof.holds(), "{:?}", proof.broken);
    let states = shop.report(&proof).await;
    let states: Vec<_> =
        states.groups().map(|(state, totals)| (state, totals.invoices, totals.gross)).collect();
    assert_eq!(states, [("issued", 2, 20_000), ("voided", 1, 30_000)]);
    let live: i64 = shop.bureau.issued().map(|entry| entry.gross.fen()).sum();
    let void: i64 = shop.bureau.voided().map(|entry| entry.gross.fen()).sum();
    assert_eq!(live - void, 20_000, "what the buyer has paid for is what stands at the bureau");
}

#[tokio::test]
async fn voiding_ends_with_the_month_in_the_sellers_time_zone() {
    // 2026-05-01 12:00 in China when the shop opens; the month ends at 16:00 UTC on the 31st there, at 24:00 in London.
    let to = |text: &str| (text.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), text.to_owned());
    for (zone, last, first) in [
        (8, to("2026-05-31T15:59:59Z"), to("2026-05-31T16:00:00Z")),
        (7, to("2026-05-31T16:59:59Z"), to("2026-05-31T17:00:00Z")),
    ] {
        let zone = chrono::FixedOffset::east_opt(zone * 3600).unwrap();
        for (at, fits) in [(last, true), (first, false)] {
            let shop = paper_shop_of(|bureau| bureau, paper_seller().with_zone(zone));
            let id = issued(&shop, "1").await;
            shop.clock.advance((at.0 - invoice_core::env::Clock::now(shop.clock.as_ref())).to_std().unwrap());
            let said = shop.desk.void(&shop.finance, &id).await;
            match said {
                Ok(_) => assert!(fits, "{}", at.1),
                Err(error) => {
                    assert!(!fits, "{}", at.1);
                    assert_eq!(code(&error), RefusalCode::VoidMonth);
                }
            }
        }
    }
}

#[tokio::test]
async fn what_the_bureau_refuses_to_void_stands_and_refunds_flush_it() {
    // In a zone west of China the desk still says May when the bureau says June.
    let west = chrono::FixedOffset::east_opt(0).unwrap();
    let shop = paper_shop_of(|bureau| bureau, paper_seller().with_zone(west));
    let id = issued(&shop, "1").await;
    let late: chrono::DateTime<chrono::Utc> = "2026-05-31T20:00:00Z".parse().unwrap();
    shop.clock.advance((late - invoice_core::env::Clock::now(shop.clock.as_ref())).to_std().unwrap());
    shop.desk.void(&shop.finance, &id).await.unwrap();
    // A refund comes between: nothing can be flushed while the voiding is under way.
    shop.refund("R-1", &order_id("A-1"), &[("1", "100.00", Some(1))]).await.unwrap();
    shop.settle().await;
    let invoice = shop.desk.invoice(&shop.finance, &id).await.unwrap();
    assert_eq!(invoice.voiding().unwrap().refused.as_deref(), Some("SBX-423"));
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::PartlyRed, "the red came after all");
    let told: Vec<_> = events(&shop).await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(told, ["invoice.issued", "invoice.red_issued", "invoice.void_refused"]);
    shop.prove().await;
    let again = shop.desk.void(&shop.finance, &id).await.unwrap_err();
    assert_eq!(code(&again), RefusalCode::VoidTakenBack);
}

#[tokio::test]
async fn only_what_may_be_voided_is() {
    let shop = paper_shop(|bureau| bureau);
    let id = issued(&shop, "1").await;
    // Sheets at the buyer's must come back first.
    shop.desk.paper(&shop.finance, &id, PaperDeed::Print).await.unwrap();
    shop.desk.paper(&shop.finance, &id, PaperDeed::Deliver).await.unwrap();
    assert_eq!(code(&shop.desk.void(&shop.finance, &id).await.unwrap_err()), RefusalCode::VoidSheets);
    shop.desk.paper(&shop.finance, &id, PaperDeed::Return).await.unwrap();
    // A correction takes it back by a red.
    let correction = CorrectRequest {
        id: application_id("P-9"),
        of: application_id("P-1"),
        title: Title::person("张三"),
        kind: InvoiceKind::DIGITAL_ORDINARY,
        remark: None,
    };
    shop.desk.correct(&shop.finance, correction).await.unwrap();
    assert_eq!(code(&shop.desk.void(&shop.finance, &id).await.unwrap_err()), RefusalCode::VoidTakenBack);
    // Digital paper is flushed, never voided.
    let order = shop.sell("A-2", vec![line("1", BOOK, 1, "10.00")]).await;
    shop.apply("P-2", &[&order]).await;
    shop.settle().await;
    let digital = InvoiceId::new("P-2-1").unwrap();
    assert_eq!(code(&shop.desk.void(&shop.finance, &digital).await.unwrap_err()), RefusalCode::VoidKind);
    let unknown = InvoiceId::new("P-7-1").unwrap();
    assert_eq!(
        code(&shop.desk.void(&shop.finance, &unknown).await.unwrap_err()),
        RefusalCode::InvoiceUnknown
    );
    let shop = paper_shop(|bureau| bureau.without(Capability::Void));
    let id = issued(&shop, "1").await;
    assert_eq!(code(&shop.desk.void(&shop.finance, &id).await.unwrap_err()), RefusalCode::VoidUnable);
}

#[tokio::test]
async fn a_correction_that_waits_for_a_voiding_gets_what_it_gave_back() {
    let shop = paper_shop(|bureau| bureau);
    let id = issued(&shop, "1").await;
    shop.desk.void(&shop.finance, &id).await.unwrap();
    let correction = CorrectRequest {
        id: application_id("P-2"),
        of: application_id("P-1"),
        title: Title::person("张三"),
        kind: InvoiceKind::DIGITAL_ORDINARY,
        remark: None,
    };
    shop.desk.correct(&shop.finance, correction).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::Voided);
    assert_eq!(shop.application("P-2").await.state(), ApplicationState::Issued);
    assert_eq!(shop.bureau.totals().red_count, 0, "voided, not flushed");
    assert!(shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap().holds());
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_ends_in_one_voiding() {
    for fault in [Fault::LostBefore, Fault::LostAfter, Fault::ServerError, Fault::Busy, Fault::RateLimited] {
        let shop = paper_shop(|bureau| bureau);
        let id = issued(&shop, "1").await;
        let key = shop.desk.invoice(&shop.finance, &id).await.unwrap().key().clone();
        for _ in 0..2 {
            shop.bureau.inject_for(&key, fault);
        }
        shop.desk.void(&shop.finance, &id).await.unwrap();
        shop.settle().await;
        assert_eq!(shop.application("P-1").await.state(), ApplicationState::Voided, "{fault:?}");
        assert_eq!(shop.bureau.voided().count(), 1);
        assert!(shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap().holds());
    }
}

/// Voids, and is cut off before the desk hears of it, the first time.
struct CutOff(SandboxBureau, AtomicBool);

#[async_trait]
impl InvoiceProvider for CutOff {
    fn id(&self) -> &ProviderId {
        self.0.id()
    }
    fn capabilities(&self) -> &Capabilities {
        self.0.capabilities()
    }
    async fn issue(&self, request: &PreparedRequest) -> Result<IssueAnswer, ProviderError> {
        self.0.issue(request).await
    }
    async fn query(&self, key: &IntentKey) -> Result<QueryAnswer, ProviderError> {
        self.0.query(key).await
    }
    async fn void(&self, number: &InvoiceNumber, key: &IntentKey) -> Result<(), ProviderError> {
        let done = self.0.void(number, key).await;
        if !self.1.swap(true, Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        done
    }
}

#[tokio::test]
async fn a_worker_cut_off_after_the_voiding_asks_again_and_two_workers_void_once() {
    let plain = paper_shop(|bureau| bureau);
    let provider = Arc::new(CutOff(plain.bureau.clone(), AtomicBool::new(false)));
    let first = desk_through(&plain.store, &plain.clock, Arc::clone(&provider) as _, paper_seller(), 2);
    let second = desk_through(&plain.store, &plain.clock, provider, paper_seller(), 3);
    let shop = Shop::around(first, plain.bureau.clone(), Arc::clone(&plain.clock), Arc::clone(&plain.store));
    let id = issued(&shop, "1").await;
    shop.desk.void(&shop.finance, &id).await.unwrap();
    let worker = WorkerId::new("w-1").unwrap();
    // Dropped where it stands: the bureau has voided, nothing was written.
    let cut = futures_util::FutureExt::now_or_never(shop.desk.pump(&shop.system, &worker, 10));
    assert!(cut.is_none() && shop.bureau.voided().count() == 1);
    let other = WorkerId::new("w-2").unwrap();
    second.pump(&shop.system, &other, 10).await.unwrap();
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::Issued, "its lease runs");
    shop.clock.advance(Duration::from_secs(61));
    second.pump(&shop.system, &other, 10).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::Voided);
    assert_eq!(shop.bureau.voided().count(), 1);
    assert!(shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap().holds());
}

#[tokio::test]
async fn lost_paper_is_copied_by_another_than_reported_it() {
    let shop = paper_shop(|bureau| bureau);
    issued(&shop, "1").await;
    let id = TicketId::new("K-1").unwrap();
    let request = TicketRequest {
        id: id.clone(),
        application: application_id("P-1"),
        trouble: Trouble::PaperLost { proof: vec!["police.pdf".into()] },
        note: String::new(),
    };
    shop.desk.report(&shop.finance, request).await.unwrap();
    shop.desk.handle(&shop.finance, &id, TicketDeed::Take).await.unwrap();
    let copy = TicketDeed::Settle(Settlement::CertifiedCopy("C-1".into()));
    let own = shop.desk.handle(&shop.finance, &id, copy.clone()).await.unwrap_err();
    assert_eq!(code(&own), RefusalCode::TicketDeed);
    let other = Actor::staff(ActorId::new("gu").unwrap(), Role::Finance);
    shop.desk.handle(&other, &id, TicketDeed::Take).await.unwrap();
    shop.desk.handle(&other, &id, copy).await.unwrap();
}

#[tokio::test]
async fn a_stock_of_numbers_is_warned_of_and_holds_invoices_back_when_it_is_empty() {
    let shop = paper_shop(|bureau| bureau.number_stock(PAPER, 2));
    let left = |shop: &Shop| {
        let (desk, finance) = (shop.desk.clone(), shop.finance.clone());
        async move {
            let stock = desk.number_stock(&finance, &seller_id()).await.unwrap();
            stock.iter().map(|stock| (stock.kind, stock.left)).collect::<Vec<_>>()
        }
    };
    assert_eq!(left(&shop).await, [(PAPER, 2)]);
    let mut reminders = Reminders::default();
    reminders.stock_below = 2;
    assert_eq!(shop.desk.remind(&shop.system, &reminders).await.unwrap(), 0);
    issued(&shop, "1").await;
    for _ in 0..2 {
        assert_eq!(shop.desk.remind(&shop.system, &reminders).await.unwrap(), 1);
    }
    shop.settle().await;
    let low = events(&shop).await.iter().filter(|(event, _)| *event == "stock.low").count();
    assert_eq!(low, 1, "once a day");
    issued(&shop, "2").await;
    assert_eq!(left(&shop).await, [(PAPER, 0)]);
    // With no number left the invoice waits, and nothing is refused for good.
    let order = Order::new(
        order_id("A-3"),
        seller_id(),
        buyer_id(),
        invoice_core::env::Clock::now(shop.clock.as_ref()),
        vec![line("1", BOOK, 1, "10.00")],
    )
    .unwrap();
    let payable = order.payable();
    shop.desk.record_order(&shop.system, order).await.unwrap();
    shop.desk
        .record_payment(
            &shop.system,
            &order_id("A-3"),
            Payment::money(invoice_core::env::Clock::now(shop.clock.as_ref()), payable),
        )
        .await
        .unwrap();
    apply_paper(&shop, "P-3", &order_id("A-3")).await;
    shop.desk.pump(&shop.system, &WorkerId::new("w").unwrap(), 10).await.unwrap();
    let next = shop.desk.outlook(&shop.finance, &application_id("P-3")).await.unwrap();
    assert_eq!(next[0].code.as_deref(), Some("SBX-304"));
    assert!(shop.desk.number_gaps(&shop.finance, &seller_id()).await.unwrap().is_empty(), "digital numbers");
}
