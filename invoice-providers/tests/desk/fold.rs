//! Every row of every kind is what its journal says: the fold of its events, in the order they were written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::desk_support::*;
use invoice_core::access::{Actor, Role};
use invoice_core::application::CorrectRequest;
use invoice_core::batch::{BatchRow, RowWish};
use invoice_core::decision::{Event, ReceivedDeed, State, TicketDeed, evolve};
use invoice_core::desk::{DeskBuilder, InvoiceDesk};
use invoice_core::env::InApp;
use invoice_core::id::{ActorId, BatchId, ClaimId, NotifierId, PeriodicId, TenantId, TicketId};
use invoice_core::invoice::{InvoiceKind, InvoiceNumber};
use invoice_core::notify::NoticeEvent;
use invoice_core::periodic::{PeriodicRequest, PeriodicState, Rhythm};
use invoice_core::received::{Evidence, ReceivedInvoice, ReceivedKind, ReceivedStep};
use invoice_core::store::{Kind, MemoryStore, Query};
use invoice_core::ticket::{TicketRequest, Trouble};
use invoice_core::title::Title;

/// What a journal entry says; its reason is no part of the fold.
#[derive(serde::Deserialize)]
struct Told {
    events: Vec<Event>,
}

/// A day on which everything happens at least once.
async fn day(shop: &Shop) {
    let (finance, system) = (&shop.finance, &shop.system);
    let kept = shop.desk.keep_title(finance, &buyer_id(), company()).await.unwrap();
    shop.desk.keep_title(finance, &buyer_id(), Title::person("张三")).await.unwrap();
    shop.desk.pick_title(finance, &buyer_id(), kept.id()).await.unwrap();
    let plan = PeriodicRequest {
        id: PeriodicId::new("S").unwrap(),
        seller: seller_id(),
        buyer: buyer_id(),
        kind: InvoiceKind::DIGITAL_ORDINARY,
        title: company(),
        rhythm: Rhythm::Monthly,
        from: "2026-05-01".parse().unwrap(),
        wait_days: 1,
    };
    shop.desk.arrange(finance, plan.clone()).await.unwrap();
    let mut orders = vec![];
    for id in ["A-1", "A-2", "A-3"] {
        orders.push(shop.sell(id, vec![line("1", BOOK, 2, "100.00"), line("2", COURSE, 1, "60.00")]).await);
    }
    shop.apply("P-1", &[&orders[0]]).await;
    let wish = shop.wish("-", &[&orders[1]]).by_back_office();
    let row = |number, wish| BatchRow { number, wish };
    let rows = vec![
        row(2, RowWish::Apply(Box::new(wish))),
        row(3, RowWish::Unreadable { column: "kind".into(), code: "KIND".into() }),
    ];
    shop.desk.submit_batch(finance, &BatchId::new("B").unwrap(), rows).await.unwrap();
    let worker = invoice_core::id::WorkerId::new("w").unwrap();
    while shop.desk.pump(system, &worker, 10).await.unwrap().claimed > 0 {}
    shop.refund("R-1", &orders[0], &[("1", "50.00", Some(1))]).await.unwrap();
    let title = Title::person("李四");
    let (id, of, kind) = (application_id("P-2"), application_id("P-1"), InvoiceKind::DIGITAL_ORDINARY);
    shop.desk
        .correct(finance, CorrectRequest { id, of: of.clone(), title, kind, remark: None })
        .await
        .unwrap();
    let id = TicketId::new("K").unwrap();
    let request =
        TicketRequest { id: id.clone(), application: of, trouble: Trouble::WrongAmount, note: String::new() };
    shop.desk.report(finance, request).await.unwrap();
    shop.desk.handle(finance, &id, TicketDeed::Take).await.unwrap();
    shop.desk.handle(finance, &id, TicketDeed::Decline("no".into())).await.unwrap();
    received(&shop.desk, finance).await;
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    shop.desk.refund(&support, refund(&orders[2])).await.unwrap_err();
    // A month passes for the plan, then it ends.
    for _ in 0..40 {
        while shop.desk.pump(system, &worker, 10).await.unwrap().claimed > 0 {}
        shop.clock.advance(Duration::from_secs(86_400));
    }
    shop.desk.turn(finance, &plan.id, PeriodicState::Paused).await.unwrap();
    shop.desk.turn(finance, &plan.id, PeriodicState::Ended).await.unwrap();
    shop.settle().await;
}

async fn received(desk: &InvoiceDesk, finance: &Actor) {
    let number: InvoiceNumber = "26332000004021728676".parse().unwrap();
    let built = ReceivedInvoice::builder()
        .number(number.clone(), Evidence::QrCode)
        .kind(ReceivedKind::DigitalOrdinary, Evidence::QrCode)
        .date("2026-05-01".parse().unwrap(), Evidence::QrCode)
        .gross("106.00".parse().unwrap(), Evidence::QrCode);
    desk.receive(finance, &seller_id(), built.clone().build().unwrap()).await.unwrap();
    let paper = ReceivedInvoice::builder()
        .number("033001800111-25672225".parse().unwrap(), Evidence::QrCode)
        .digital_number("26332000004021728677".parse().unwrap(), Evidence::QrCode)
        .kind(ReceivedKind::DigitalOrdinaryPaper, Evidence::QrCode)
        .date("2026-05-01".parse().unwrap(), Evidence::QrCode)
        .gross("106.00".parse().unwrap(), Evidence::QrCode);
    desk.receive(finance, &seller_id(), paper.build().unwrap()).await.unwrap();
    let named = built.seller_name("杭州示例餐饮有限公司", Evidence::Text).build().unwrap();
    desk.receive(finance, &seller_id(), named).await.unwrap();
    for deed in [
        ReceivedDeed::Tag("出差".into()),
        ReceivedDeed::Note("与张三同行".into()),
        ReceivedDeed::File(Some("2026-05".into())),
        ReceivedDeed::Claim(ClaimId::new("C-1").unwrap()),
        ReceivedDeed::Unclaim,
        ReceivedDeed::Step(ReceivedStep::Decline { reason: "unreadable".into() }),
    ] {
        desk.keep(finance, &number, deed).await.unwrap();
    }
}

fn refund(order: &invoice_core::id::OrderId) -> invoice_core::order::Refund {
    invoice_core::order::Refund {
        id: invoice_core::id::RefundId::new("R-9").unwrap(),
        order: order.clone(),
        at: "2026-05-01T04:00:00Z".parse().unwrap(),
        reason: invoice_core::plan::red::RedReason::Returned,
        lines: vec![],
    }
}

fn folded(state: &State, kind: Kind) -> Option<Vec<u8>> {
    let body = match kind {
        Kind::Order => serde_json::to_vec(state.orders.values().next()?),
        Kind::Balance => serde_json::to_vec(state.balances.values().next()?),
        Kind::Application => serde_json::to_vec(state.applications.values().next()?),
        Kind::Invoice => serde_json::to_vec(state.invoices.values().next()?),
        Kind::Refund => serde_json::to_vec(state.refunds.values().next()?),
        Kind::TitleBook => serde_json::to_vec(state.title_books.values().next()?),
        Kind::Periodic => serde_json::to_vec(state.plans.values().next()?),
        Kind::Batch => serde_json::to_vec(state.batches.values().next()?),
        Kind::Notice => serde_json::to_vec(state.notices.values().next()?),
        Kind::Ticket => serde_json::to_vec(state.tickets.values().next()?),
        Kind::Received => serde_json::to_vec(state.received.values().next()?),
        Kind::ReceivedNumber => serde_json::to_vec(state.received_numbers.values().next()?),
        Kind::Access => serde_json::to_vec(state.access.values().next()?),
        _ => return None,
    };
    Some(body.unwrap())
}

#[tokio::test]
async fn the_fold_of_every_journal_is_its_row() {
    let notifier = Arc::new(InApp::new(NotifierId::new("app").unwrap()));
    let furnish = |desk: DeskBuilder| desk.notifier(notifier, NoticeEvent::ALL.iter().copied());
    let shop = Shop::built(Arc::new(MemoryStore::new()), |bureau| bureau, seller(), furnish);
    day(&shop).await;
    shop.prove().await;
    let tenant = TenantId::new("t1").unwrap();
    let mut seen: BTreeSet<Kind> = BTreeSet::new();
    for kind in Kind::ALL {
        let page = shop.store.find(&Query::new(&tenant, *kind).limit(1000)).await.unwrap();
        assert_eq!(page.next, None);
        for row in page.rows {
            let mut state = State::default();
            for entry in shop.store.journal(&row.key, 0, 10_000).await.unwrap() {
                let told: Told = serde_json::from_slice(&entry.body.0).unwrap();
                told.events.iter().for_each(|event| evolve(&mut state, &tenant, event));
            }
            assert_eq!(folded(&state, *kind), Some(row.body.0), "{}", row.key);
            seen.insert(*kind);
        }
    }
    let all: BTreeSet<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| !matches!(kind, Kind::Seller | Kind::Note | Kind::Anchor))
        .collect();
    assert_eq!(seen, all, "a kind of row did not come up");
}
