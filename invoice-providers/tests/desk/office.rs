//! What a shop decides around an application: when, until when, by whom, through which door, under which title; and
//! what anybody is told about it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::Arc;
use std::time::Duration;

use crate::desk_support::*;
use chrono::TimeDelta;
use invoice_core::access::{Actor, Permissions, Role, Verb};
use invoice_core::application::{ApplicationState, LineAmount, NextStep, OrderScope, Scope, WaitsOn};
use invoice_core::decision::automatic_id;
use invoice_core::env::Clock;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, BuyerId, LineId, OrderId};
use invoice_core::invoice::{InvoiceClass, InvoiceKind};
use invoice_core::order::{Order, Payment};
use invoice_core::plan::red::RedExtent;
use invoice_core::review::ReviewPolicy;
use invoice_core::seller::{Deadline, Trigger};
use invoice_core::store::MemoryStore;
use invoice_core::title::Title;

fn buyer_actor(id: &str) -> Actor {
    Actor::buyer(ActorId::new(id).unwrap(), BuyerId::new(id).unwrap())
}

async fn keep_company(shop: &Shop) {
    shop.desk.keep_title(&shop.finance, &buyer_id(), company()).await.unwrap();
}

#[tokio::test]
async fn a_paid_order_is_applied_for_by_itself_once_the_trigger_says_so() {
    let window = TimeDelta::days(7);
    for (trigger, waits) in [
        (Trigger::OnPaid, None),
        (Trigger::OnReceived, Some(Duration::ZERO)),
        (Trigger::AfterReturnWindow(window), Some(Duration::from_secs(7 * 86_400))),
    ] {
        let shop = Shop::of(seller().with_trigger(trigger).applying_by_itself(InvoiceKind::DIGITAL_ORDINARY));
        keep_company(&shop).await;
        let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
        if let Some(wait) = waits {
            shop.settle().await;
            assert_eq!(shop.bureau.issued().count(), 0, "{trigger:?}: not received yet");
            shop.desk.record_receipt(&shop.system, &order, shop.clock.now()).await.unwrap();
            let received = shop.clock.now();
            shop.settle().await;
            assert!(shop.clock.now() >= received + TimeDelta::from_std(wait).unwrap(), "{trigger:?}");
        }
        shop.settle().await;
        let application = shop.desk.application(&shop.system, &automatic_id(&order)).await.unwrap();
        assert_eq!(application.state(), ApplicationState::Issued, "{trigger:?}");
        assert_eq!(application.request().title, company());
        // Said again, nothing happens twice.
        let paid = Payment::money(application.applied_at(), yuan("100.00"));
        let _ = shop.desk.record_payment(&shop.system, &order, paid).await;
        shop.desk.record_receipt(&shop.system, &order, shop.clock.now()).await.unwrap();
        shop.settle().await;
        assert_eq!(shop.bureau.issued().count(), 1, "{trigger:?}");
        shop.prove().await;
    }
}

#[tokio::test]
async fn a_payment_is_recorded_even_when_nothing_can_be_applied_for_by_itself() {
    let shop = Shop::of(seller().applying_by_itself(InvoiceKind::DIGITAL_SPECIAL));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    let balance = shop.desk.balance(&shop.system, &order).await.unwrap();
    assert_eq!(balance.not_applied(), Some("TITLE-03"), "the buyer keeps no title");
    shop.desk.keep_title(&shop.finance, &buyer_id(), Title::person("张三")).await.unwrap();
    let order = shop.sell("A-2", vec![line("1", BOOK, 3, "100.00")]).await;
    let balance = shop.desk.balance(&shop.system, &order).await.unwrap();
    assert_eq!(balance.not_applied(), Some("TITLE-01"), "a person gets no special invoice");
    assert_eq!(balance.invoiceable(), yuan("100.00"));
    // The buyer applies; the note goes away.
    shop.apply("P-1", &[&order]).await;
    assert_eq!(shop.desk.balance(&shop.system, &order).await.unwrap().not_applied(), None);
}

#[tokio::test]
async fn buyers_are_bound_by_the_deadline_and_everybody_by_closed_books() {
    let shop = Shop::of(seller().with_deadline(Deadline::Days(30)));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00"), line("2", BOOK, 1, "50.00")]).await;
    shop.clock.advance(Duration::from_secs(30 * 86_400));
    shop.desk.preview(&shop.system, &shop.wish("P-1", &[&order])).await.unwrap();
    shop.clock.advance(Duration::from_secs(86_400));
    let late = shop.desk.apply(&shop.system, shop.wish("P-1", &[&order]), None).await.unwrap_err();
    assert_eq!(code(&late), RefusalCode::DeadlinePassed);
    // The back office may; and what comes back can be applied for again by anybody.
    let wish = shop.wish("P-1", &[&order]).by_back_office();
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.settle().await;
    shop.desk.preview(&shop.system, &shop.wish("P-2", &[&order])).await.expect_err("nothing is left");

    let shop = Shop::of(seller().with_books_closed_before("2026-05-02".parse().unwrap()));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    let wish = shop.wish("P-1", &[&order]).by_back_office();
    let closed = shop.desk.apply(&shop.finance, wish, None).await.unwrap_err();
    assert_eq!(code(&closed), RefusalCode::PeriodClosed);
    shop.clock.advance(Duration::from_secs(12 * 3600)); // midnight in China
    let order = shop.sell("A-2", vec![line("1", BOOK, 3, "100.00")]).await;
    shop.apply("P-2", &[&order]).await;
}

#[tokio::test]
async fn what_was_invoiced_in_time_can_be_applied_for_again_after_the_deadline() {
    let shop = Shop::of(seller().with_deadline(Deadline::Days(30)));
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 2, "300.00")]).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = InvoiceKind::DIGITAL_SPECIAL;
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.desk.approve(&shop.reviewer, &application_id("P-1")).await.unwrap();
    shop.settle().await;
    shop.clock.advance(Duration::from_secs(40 * 86_400));
    shop.refund("R-1", &order, &[("1", "150.00", Some(1))]).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::RedFlushed);
    shop.desk.reapply(&shop.system, &application_id("P-1"), application_id("P-2")).await.unwrap();
}

#[tokio::test]
async fn buyers_use_their_own_door_and_every_refusal_is_written_down() {
    let (ordinary, special) = (InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_SPECIAL);
    let paper = InvoiceKind::DIGITAL_ORDINARY_PAPER;
    let shop = Shop::built(
        Arc::new(MemoryStore::new()),
        |bureau| bureau.kinds([ordinary, special, paper]),
        seller().offering(paper, None).offering_back_office(special, None),
        |desk| desk,
    );
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    let buyer = buyer_actor("buyer-1");
    let wish = |kind| {
        let mut wish = shop.wish("P-1", &[&order]);
        wish.kind = kind;
        wish
    };
    for kind in [paper, special] {
        let refused = shop.desk.apply(&buyer, wish(kind), None).await.unwrap_err();
        assert_eq!(code(&refused), RefusalCode::KindNotOffered, "{kind}");
        let refused = shop.desk.apply(&buyer, wish(kind).by_back_office(), None).await.unwrap_err();
        assert_eq!(code(&refused), RefusalCode::ChannelNotYours, "{kind}");
        shop.desk.preview(&shop.finance, &wish(kind).by_back_office()).await.unwrap();
    }
    shop.apply("P-1", &[&order]).await;
    let stranger = buyer_actor("buyer-2");
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    let own = shop.desk.application(&stranger, &application_id("P-1")).await.unwrap_err();
    assert_eq!(code(&own), RefusalCode::NotYourOwn);
    let titles = shop.desk.title_book_of(&stranger, &buyer_id()).await.unwrap_err();
    assert_eq!(code(&titles), RefusalCode::NotYourOwn);
    let cancel = shop.desk.cancel(&support, &application_id("P-1")).await.unwrap_err();
    assert_eq!(code(&cancel), RefusalCode::NotPermitted);
    let oversee = shop.desk.refusals(&buyer).await.unwrap_err();
    assert_eq!(code(&oversee), RefusalCode::NotPermitted);

    let told = |actor: &str| {
        let desk = shop.desk.clone();
        let (finance, actor) = (shop.finance.clone(), ActorId::new(actor).unwrap());
        async move {
            let changes = desk.refusals_of(&finance, &actor).await.unwrap();
            changes
                .into_iter()
                .map(|invoice_core::access::AccessChange::Refused { verb, code, about, .. }| {
                    format!("{verb} {code} {}", about.unwrap_or_default())
                })
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(
        told("buyer-1").await,
        ["apply ACCESS-03 P-1", "apply ACCESS-03 P-1", "oversee ACCESS-01 "],
        "what is not a matter of access is not in this book"
    );
    assert_eq!(told("buyer-2").await, ["read ACCESS-02 P-1", "titles ACCESS-02 buyer-1"]);
    assert_eq!(told("sue").await, ["cancel ACCESS-01 "]);
    let counts: Vec<_> =
        shop.desk.refusals(&shop.finance).await.unwrap().iter().map(|record| record.refused()).collect();
    assert_eq!(counts, [3, 2, 1]);
}

#[tokio::test]
async fn a_host_replaces_who_may() {
    let own = Permissions::default()
        .granting(Role::Support, Verb::Cancel)
        .denying(Role::Finance, Verb::Refund)
        .denying(Role::System, Verb::Pump);
    let shop =
        Shop::built(Arc::new(MemoryStore::new()), |bureau| bureau, seller(), |desk| desk.permissions(own));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    let worker = invoice_core::id::WorkerId::new("w").unwrap();
    let refused = shop.desk.pump(&shop.system, &worker, 1).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::NotPermitted);
    let cancelled = shop.desk.cancel(&support, &application_id("P-1")).await.unwrap();
    assert_eq!(cancelled.state(), ApplicationState::Cancelled);
}

#[tokio::test]
async fn an_invoice_keeps_the_title_it_was_planned_with() {
    let shop = Shop::new();
    let buyer = buyer_actor("buyer-1");
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    let kept = shop.desk.keep_title(&buyer, &buyer_id(), company()).await.unwrap();
    let mut wish = shop.wish("P-1", &[&order]);
    wish.title = shop.desk.pick_title(&buyer, &buyer_id(), kept.id()).await.unwrap();
    shop.desk.apply(&buyer, wish, None).await.unwrap();
    let moved = company().with_address("深圳市龙岗区坂田", "0755-28780808");
    shop.desk.change_title(&buyer, &buyer_id(), kept.id(), moved).await.unwrap();
    shop.desk.drop_title(&buyer, &buyer_id(), kept.id()).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.request().title, company());
    for invoice in shop.invoices("P-1").await {
        assert_eq!(invoice.title(), &company());
    }
}

#[tokio::test]
async fn a_title_book_keeps_each_title_once_and_refuses_what_it_does_not_know() {
    let shop = Shop::new();
    let buyer = buyer_actor("buyer-1");
    let own = buyer_id();
    let keep = |title: Title| shop.desk.keep_title(&buyer, &own, title);
    let first = keep(company()).await.unwrap();
    let spaced = Title::company("华为技术有限公司", "9144 0300 1922 0382 16");
    assert_eq!(keep(spaced.clone()).await.unwrap().id(), first.id(), "the same title, written otherwise");
    let second = keep(Title::person("张三")).await.unwrap();
    shop.desk.prefer_title(&buyer, &buyer_id(), second.id()).await.unwrap();
    let book = shop.desk.title_book_of(&buyer, &buyer_id()).await.unwrap();
    assert_eq!(book.entries().len(), 2);
    assert_eq!(book.get(first.id()).unwrap().title(), &spaced);
    assert_eq!(book.preferred().unwrap().id(), second.id());
    let gone = invoice_core::id::TitleId::new("T9").unwrap();
    for refused in [
        shop.desk.prefer_title(&buyer, &buyer_id(), &gone).await.map(drop),
        shop.desk.pick_title(&buyer, &buyer_id(), &gone).await.map(drop),
        shop.desk.change_title(&buyer, &buyer_id(), &gone, company()).await.map(drop),
    ] {
        assert_eq!(code(&refused.unwrap_err()), RefusalCode::TitleUnknown);
    }
    shop.desk.drop_title(&buyer, &buyer_id(), &gone).await.unwrap();
    for number in 2..100 {
        keep(Title::person(format!("买家{number}"))).await.unwrap();
    }
    assert_eq!(code(&keep(Title::person("李四")).await.unwrap_err()), RefusalCode::TitleBookFull);
    assert_eq!(keep(Title::person("买家3")).await.unwrap().id().as_str(), "T4", "what is there still is");
}

#[tokio::test]
async fn everything_that_waits_is_found_with_whom_it_waits_on() {
    let shop = Shop::with(|bureau| bureau.asynchronous(Duration::from_secs(30)));
    let mut orders: Vec<OrderId> = Vec::new();
    for id in ["A-1", "A-2", "A-3"] {
        orders.push(shop.sell(id, vec![line("1", CLOTHES, 2, "300.00")]).await);
    }
    let mut special = shop.wish("P-1", &[&orders[0]]);
    special.kind = InvoiceKind::DIGITAL_SPECIAL;
    shop.desk.apply(&shop.system, special, None).await.unwrap();
    shop.apply("P-2", &[&orders[1]]).await;
    let worker = invoice_core::id::WorkerId::new("w").unwrap();
    shop.desk.pump(&shop.system, &worker, 10).await.unwrap();
    shop.clock.advance(Duration::from_secs(1));
    shop.apply("P-3", &[&orders[2]]).await;

    let mut seen = vec![];
    let mut after = None;
    loop {
        let page = shop.desk.waiting(&shop.finance, after.as_deref(), 1).await.unwrap();
        seen.extend(page.items.iter().map(|waits| (waits.subject.clone(), waits.step)));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(
        seen,
        [
            ("application/P-1".to_owned(), NextStep::Review),
            ("invoice/P-2-1".to_owned(), NextStep::Answer),
            ("invoice/P-3-1".to_owned(), NextStep::Send),
        ]
    );
    let stuck = shop.desk.stuck(&shop.finance, shop.clock.now() - TimeDelta::seconds(1)).await.unwrap();
    let counts: Vec<_> = stuck.iter().map(|(on, queue)| (*on, queue.count)).collect();
    assert_eq!(counts, [(WaitsOn::Reviewer, 1), (WaitsOn::Provider, 1)], "what came later is not stuck yet");
    shop.desk.claim_review(&shop.reviewer, &application_id("P-1")).await.unwrap();
    let next = shop.desk.outlook(&buyer_actor("buyer-1"), &application_id("P-1")).await.unwrap();
    assert_eq!(next.iter().map(|next| next.step).collect::<Vec<_>>(), [NextStep::Verdict]);
    shop.desk.approve(&shop.reviewer, &application_id("P-1")).await.unwrap();
    shop.settle().await;
    assert!(shop.desk.stuck(&shop.finance, shop.clock.now()).await.unwrap().is_empty());
    assert!(shop.desk.outlook(&shop.finance, &application_id("P-1")).await.unwrap().is_empty());
}

#[tokio::test]
async fn support_is_told_what_happened_and_what_comes_without_personal_data() {
    let shop = Shop::with(|bureau| bureau.asynchronous(Duration::from_secs(30)));
    let buyer = BuyerId::new("buyer-1").unwrap();
    let order = OrderId::new("A-1").unwrap();
    let sold = Order::new(
        order.clone(),
        seller_id(),
        buyer,
        shop.clock.now(),
        vec![line("1", CLOTHES, 2, "300.00")],
    );
    shop.desk.record_order(&shop.system, sold.unwrap()).await.unwrap();
    let paid = Payment::money(shop.clock.now(), yuan("300.00"));
    shop.desk.record_payment(&shop.system, &order, paid).await.unwrap();
    shop.apply("P-1", &[&order]).await;
    let worker = invoice_core::id::WorkerId::new("w").unwrap();
    shop.desk.pump(&shop.system, &worker, 10).await.unwrap();
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    let past = shop.desk.timeline(&support, &application_id("P-1")).await.unwrap();
    let next = shop.desk.outlook(&support, &application_id("P-1")).await.unwrap();
    assert!(past.iter().any(|entry| entry.changes.contains(&"submitted".to_owned())));
    assert_eq!(next.len(), 1);
    let told = format!("{past:?} {next:?}");
    for private in ["华为", "914403001922038216", "商品"] {
        assert!(!told.contains(private), "{private} in {told}");
    }
    for language in [invoice_core::error::Language::ZhCn, invoice_core::error::Language::En] {
        assert!(!next[0].wording(language).contains('{'));
    }
}

#[tokio::test]
async fn a_claim_is_the_claimers_alone_until_it_runs_out() {
    let policy = ReviewPolicy::default().with_claims_for_minutes(30);
    let shop = Shop::of(seller().with_review(policy));
    let rob = Actor::staff(ActorId::new("rob").unwrap(), Role::Reviewer);
    for (id, order) in [("P-2", "A-2"), ("P-1", "A-1")] {
        let order = shop.sell(order, vec![line("1", CLOTHES, 1, "100.00")]).await;
        let mut wish = shop.wish(id, &[&order]);
        wish.kind = InvoiceKind::DIGITAL_SPECIAL;
        shop.desk.apply(&shop.system, wish, None).await.unwrap();
        shop.clock.advance(Duration::from_secs(60));
    }
    let next = |who: Actor| {
        let desk = shop.desk.clone();
        async move { desk.claim_next(&who, &seller_id()).await.unwrap().map(|next| next.id().to_string()) }
    };
    assert_eq!(next(shop.reviewer.clone()).await.as_deref(), Some("P-2"), "the oldest first");
    assert_eq!(next(rob.clone()).await.as_deref(), Some("P-1"));
    assert_eq!(next(rob.clone()).await, None, "both are in somebody's hands");
    let first = application_id("P-2");
    for refused in [
        shop.desk.claim_review(&rob, &first).await,
        shop.desk.approve(&rob, &first).await,
        shop.desk.reject(&rob, &first, "no").await,
    ] {
        assert_eq!(code(&refused.unwrap_err()), RefusalCode::ReviewHeld);
    }
    shop.desk.claim_review(&shop.reviewer, &first).await.unwrap();
    shop.clock.advance(Duration::from_secs(30 * 60));
    assert_eq!(next(rob.clone()).await.as_deref(), Some("P-2"), "the first reviewer went home");
    let late = shop.desk.approve(&shop.reviewer, &first).await.unwrap_err();
    assert_eq!(code(&late), RefusalCode::ReviewHeld);
    let approved = shop.desk.approve(&rob, &first).await.unwrap();
    assert_eq!(approved.state(), ApplicationState::PendingIssue);
    let again = shop.desk.claim_review(&rob, &first).await.unwrap_err();
    assert_eq!(code(&again), RefusalCode::ApplicationState);
}

#[tokio::test]
async fn what_a_red_gave_back_is_applied_for_again_by_itself_once_and_only_that() {
    let kind = InvoiceKind::DIGITAL_ORDINARY;
    let whole = seller().with_red_extent(InvoiceClass::Ordinary, RedExtent::WholeInvoice);
    let shop = Shop::of(whole.clone().reapplying_by_itself());
    let lines = || vec![line("1", BOOK, 3, "300.00"), line("2", BOOK, 1, "50.00")];
    let order = shop.sell("A-1", lines()).await;
    let mut wish = shop.wish("P-1", &[&order]);
    let only = LineAmount { line: LineId::new("1").unwrap(), amount: None };
    wish.orders = vec![OrderScope { order: order.clone(), scope: Scope::Lines(vec![only]) }];
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "100.00", Some(1))]).await.unwrap();
    shop.settle().await;
    let again = shop.application("again-P-1-2").await;
    assert_eq!((again.state(), again.gross()), (ApplicationState::Issued, yuan("200.00")));
    assert_eq!((again.request().kind, &again.request().title), (kind, &company()));
    let balance = shop.desk.balance(&shop.finance, &order).await.unwrap();
    assert_eq!(balance.invoiceable(), yuan("50.00"), "what nobody asked for is left alone");
    shop.prove().await;
    // Given back whole, nothing is left to apply for.
    shop.refund("R-2", &order, &[("1", "200.00", Some(2))]).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("again-P-1-2").await.state(), ApplicationState::RedFlushed);
    shop.desk.application(&shop.system, &application_id("again-again-P-1-2-2")).await.unwrap_err();
    shop.prove().await;

    // What the shop offers no more is noted, and the red stands.
    let reapplying = whole.reapplying_by_itself().with_deadline(Deadline::Never);
    let shop = Shop::of(reapplying);
    let order = shop.sell("A-1", lines()).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = InvoiceKind::DIGITAL_SPECIAL;
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.desk.approve(&shop.reviewer, &application_id("P-1")).await.unwrap();
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "100.00", Some(1))]).await.unwrap();
    shop.settle().await;
    let again = shop.application("again-P-1-2").await;
    assert_eq!(again.state(), ApplicationState::PendingReview, "a special invoice is reviewed, whoever asks");
    assert_eq!(again.gross(), yuan("250.00"));
}
