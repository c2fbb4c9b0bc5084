//! The closed loop on a memory store and the sandbox: orders in, invoices out, refunds red-flushed, the rest again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use crate::desk_support::*;
use invoice_core::application::{ApplicationState, LineAmount, OrderScope, Scope};
use invoice_core::error::RefusalCode;
use invoice_core::id::LineId;
use invoice_core::invoice::{InvoiceKind, InvoiceState};
use invoice_core::order::{Order, OrderLine, Payment, Tender, TenderKind};

#[tokio::test]
async fn an_order_becomes_invoices_by_category_and_limit() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00"), line("2", CLOTHES, 1, "25000.00")]).await;
    let application = shop.apply("P-1", &[&order]).await;
    assert_eq!(application.state(), ApplicationState::PendingIssue);
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::Issued);
    let invoices = shop.invoices("P-1").await;
    assert_eq!(invoices.len(), 4, "books, and clothes in three parts below 10,000 net");
    for invoice in &invoices {
        assert!(invoice.net() < yuan("10000.00"), "{}", invoice.net());
    }
    assert_eq!(
        invoices.iter().map(|invoice| invoice.gross()).sum::<invoice_core::money::Money>(),
        yuan("25100.00")
    );
    assert!(shop.desk.balance(&shop.system, &order).await.unwrap().invoiceable().is_zero());
    shop.prove().await;
}

#[tokio::test]
async fn a_refund_is_red_flushed_by_itself_and_only_by_what_came_back() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00"), line("2", COURSE, 1, "199.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "33.33", Some(1))]).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::PartlyRed);
    let reds: Vec<_> = shop.invoices("P-1").await.into_iter().filter(|invoice| !invoice.is_blue()).collect();
    assert_eq!(reds.len(), 1);
    assert_eq!(reds[0].gross(), yuan("33.33"));
    shop.prove().await;
    // The rest comes back in two more steps; together the reds are exactly the blue ones.
    shop.refund("R-2", &order, &[("1", "0.01", None), ("2", "199.00", Some(1))]).await.unwrap();
    shop.settle().await;
    shop.refund("R-3", &order, &[("1", "66.66", Some(2))]).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::RedFlushed);
    let totals = shop.bureau.issued().fold([0_i64; 3], |sum, entry| {
        [sum[0] + entry.net.fen(), sum[1] + entry.tax.fen(), sum[2] + entry.gross.fen()]
    });
    assert_eq!(totals, [0, 0, 0], "net, tax and gross of all blue and red invoices cancel out");
    shop.prove().await;
}

#[tokio::test]
async fn a_special_invoice_goes_through_review_is_flushed_whole_and_applied_for_again() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 2, "300.00")]).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = InvoiceKind::DIGITAL_SPECIAL;
    let application = shop.desk.apply(&shop.system, wish, None).await.unwrap();
    assert_eq!(application.state(), ApplicationState::PendingReview);
    shop.settle().await;
    assert_eq!(shop.bureau.issued().count(), 0, "nothing is issued before the review");
    shop.desk.claim_review(&shop.reviewer, &application_id("P-1")).await.unwrap();
    shop.desk.approve(&shop.reviewer, &application_id("P-1")).await.unwrap();
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "150.00", Some(1))]).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::RedFlushed);
    assert_eq!(shop.desk.balance(&shop.system, &order).await.unwrap().invoiceable(), yuan("150.00"));
    let again = shop.desk.reapply(&shop.system, &application_id("P-1"), application_id("P-2")).await.unwrap();
    assert_eq!(again.gross(), yuan("150.00"));
    shop.desk.approve(&shop.reviewer, &application_id("P-2")).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-2").await.state(), ApplicationState::Issued);
    shop.prove().await;
}

#[tokio::test]
async fn a_refund_makes_what_waits_smaller_and_what_is_on_its_way_red() {
    // In review.
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 2, "300.00"), line("2", CLOTHES, 1, "50.00")]).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = InvoiceKind::DIGITAL_SPECIAL;
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.refund("R-1", &order, &[("1", "150.00", Some(1)), ("2", "50.00", Some(1))]).await.unwrap();
    assert_eq!(shop.application("P-1").await.gross(), yuan("150.00"));
    shop.desk.approve(&shop.reviewer, &application_id("P-1")).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.bureau.issued().count(), 1);
    shop.prove().await;

    // Planned and not sent.
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 2, "300.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.refund("R-1", &order, &[("1", "150.00", Some(1))]).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.bureau.issued().map(|entry| entry.gross).collect::<Vec<_>>(), [yuan("150.00")]);
    shop.prove().await;

    // At the provider.
    let shop = Shop::with(|bureau| bureau.asynchronous(std::time::Duration::from_secs(30)));
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 2, "300.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let worker = invoice_core::id::WorkerId::new("w").unwrap();
    shop.desk.pump(&shop.system, &worker, 10).await.unwrap();
    shop.refund("R-1", &order, &[("1", "150.00", Some(1))]).await.unwrap();
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::Issuing);
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::PartlyRed);
    shop.prove().await;

    // All of it, before anything was sent: the application is given up.
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 2, "300.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.refund("R-1", &order, &[("1", "300.00", Some(2))]).await.unwrap();
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::Cancelled);
    assert_eq!(shop.bureau.issued().count(), 0);
    shop.prove().await;
}

#[tokio::test]
async fn a_merged_application_keeps_its_orders_apart_in_refunds() {
    let shop = Shop::new();
    let first = shop.sell("A-1", vec![line("1", BOOK, 1, "40.00")]).await;
    let second = shop.sell("A-2", vec![line("1", BOOK, 1, "60.00")]).await;
    shop.apply("M-1", &[&first, &second]).await;
    shop.settle().await;
    assert_eq!(shop.invoices("M-1").await.len(), 1);
    shop.refund("R-1", &second, &[("1", "60.00", Some(1))]).await.unwrap();
    shop.settle().await;
    let untouched = shop.desk.balance(&shop.system, &first).await.unwrap();
    assert!(untouched.lines()[0].reversed().is_zero());
    assert_eq!(untouched.lines()[0].posted().gross, yuan("40.00"));
    shop.prove().await;
}

#[tokio::test]
async fn cards_discounts_and_gift_tenders_are_invoiced_as_the_law_says() {
    let shop = Shop::new();
    let discounted: OrderLine = line("1", CLOTHES, 1, "100.00").with_discount(yuan("10.00")).unwrap();
    let order = Order::new(
        order_id("A-1"),
        seller_id(),
        buyer_id(),
        "2026-05-01T01:00:00Z".parse().unwrap(),
        vec![discounted, line("2", CARD, 1, "200.00")],
    )
    .unwrap();
    shop.desk.record_order(&shop.system, order).await.unwrap();
    let tender = |kind, amount| Tender::new(kind, yuan(amount));
    let payment = Payment {
        at: "2026-05-01T02:00:00Z".parse().unwrap(),
        tenders: vec![tender(TenderKind::GiftCard, "29.00"), tender(TenderKind::Money, "261.00")],
    };
    shop.desk.record_payment(&shop.system, &order_id("A-1"), payment).await.unwrap();
    shop.apply("P-1", &[&order_id("A-1")]).await;
    shop.settle().await;
    let invoices = shop.invoices("P-1").await;
    assert_eq!(invoices.len(), 2, "a prepaid card never shares an invoice");
    assert_eq!(
        invoices.iter().map(|invoice| invoice.gross()).sum::<invoice_core::money::Money>(),
        yuan("261.00")
    );
    shop.refund("R-1", &order_id("A-1"), &[("1", "90.00", Some(1)), ("2", "200.00", Some(1))]).await.unwrap();
    shop.settle().await;
    shop.prove().await;
    assert_eq!(shop.bureau.issued().map(|entry| entry.gross.fen()).sum::<i64>(), 0);
}

#[tokio::test]
async fn what_must_be_refused_is_refused_with_its_code_and_nothing_is_written() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "40.00")]).await;
    let refused = |request| async { code(&shop.desk.apply(&shop.system, request, None).await.unwrap_err()) };

    let mut wish = shop.wish("P-1", &[&order]);
    wish.orders = vec![OrderScope {
        order: order.clone(),
        scope: Scope::Lines(vec![LineAmount {
            line: LineId::new("1").unwrap(),
            amount: Some(yuan("40.01")),
        }]),
    }];
    assert_eq!(refused(wish).await, RefusalCode::BalanceExceeded);

    let mut wish = shop.wish("P-1", &[&order]);
    wish.orders[0].scope = Scope::Amount(yuan("41.00"));
    assert_eq!(refused(wish).await, RefusalCode::BalanceBelowAmount);

    let mut wish = shop.wish("P-1", &[&order]);
    wish.buyer = invoice_core::id::BuyerId::new("somebody-else").unwrap();
    assert_eq!(refused(wish).await, RefusalCode::OrderNotYours);

    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = InvoiceKind::DIGITAL_SPECIAL;
    wish.title = invoice_core::title::Title::company("华为技术有限公司", "914403001922038217");
    assert_eq!(refused(wish).await, RefusalCode::TitleInvalid);

    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = InvoiceKind::LEGACY_ORDINARY_PAPER;
    assert_eq!(refused(wish).await, RefusalCode::KindNotOffered);

    assert_eq!(refused(shop.wish("P-1", &[&order, &order])).await, RefusalCode::ApplicationEmpty);
    assert_eq!(refused(shop.wish("P-1", &[&order_id("A-9")])).await, RefusalCode::OrderUnknown);
    assert_eq!(
        code(&shop.refund("R-1", &order, &[("1", "40.01", None)]).await.unwrap_err()),
        RefusalCode::RefundTooMuch
    );

    // Twice: the same application is the same, another finds nothing left.
    shop.apply("P-1", &[&order]).await;
    assert_eq!(shop.apply("P-1", &[&order]).await.tasks().len(), 1);
    assert_eq!(refused(shop.wish("P-2", &[&order])).await, RefusalCode::BalanceEmpty);
    let mut other = shop.wish("P-1", &[&order]);
    other.remark = Some("x".into());
    assert_eq!(refused(other).await, RefusalCode::ApplicationChanged);
    shop.settle().await;
    assert_eq!(shop.bureau.issued().count(), 1);
    shop.prove().await;
}

#[tokio::test]
async fn orders_that_do_not_add_up_are_refused() {
    let shop = Shop::new();
    let order = |lines| {
        Order::new(order_id("A-1"), seller_id(), buyer_id(), "2026-05-01T01:00:00Z".parse().unwrap(), lines)
            .unwrap()
    };
    let book = line("1", BOOK, 1, "40.00");
    let item = book.item();
    let unknown = invoice_core::tax::TaxItem::new(
        "1999999999999999999".parse().unwrap(),
        "",
        item.rate(),
        item.treatment(),
    );
    let bad = OrderLine::new(LineId::new("1").unwrap(), unknown, "x", 1.into(), yuan("1.00")).unwrap();
    assert_eq!(
        code(&shop.desk.record_order(&shop.system, order(vec![bad])).await.unwrap_err()),
        RefusalCode::TaxCodeUnknown
    );
    shop.desk.record_order(&shop.system, order(vec![book.clone()])).await.unwrap();
    shop.desk.record_order(&shop.system, order(vec![book])).await.unwrap();
    let changed = order(vec![line("1", BOOK, 2, "40.00")]);
    assert_eq!(
        code(&shop.desk.record_order(&shop.system, changed).await.unwrap_err()),
        RefusalCode::OrderChanged
    );
    let short = Payment::money("2026-05-01T01:00:00Z".parse().unwrap(), yuan("39.99"));
    assert_eq!(
        code(&shop.desk.record_payment(&shop.system, &order_id("A-1"), short).await.unwrap_err()),
        RefusalCode::OrderTotals
    );
    let early = shop.desk.apply(&shop.system, shop.wish("P-1", &[&order_id("A-1")]), None).await.unwrap_err();
    assert_eq!(code(&early), RefusalCode::OrderNotPaid);
}

#[tokio::test]
async fn the_preview_is_what_happens_or_the_commit_refuses() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 4, "25000.00")]).await;
    let wish = shop.wish("P-1", &[&order]);
    let preview = shop.desk.preview(&shop.system, &wish).await.unwrap();
    shop.refund("R-1", &order, &[("1", "6250.00", Some(1))]).await.unwrap();
    let stale =
        shop.desk.apply(&shop.system, wish.clone(), Some(preview.token().to_owned())).await.unwrap_err();
    assert_eq!(code(&stale), RefusalCode::PreviewStale);
    let preview = shop.desk.preview(&shop.system, &wish).await.unwrap();
    shop.desk.apply(&shop.system, wish, Some(preview.token().to_owned())).await.unwrap();
    let planned: Vec<_> = shop.invoices("P-1").await.iter().map(|invoice| invoice.rows().to_vec()).collect();
    let shown: Vec<_> = preview.draft().invoices().iter().map(|invoice| invoice.rows().to_vec()).collect();
    assert_eq!(planned, shown);
}

#[tokio::test]
async fn of_many_applications_for_one_balance_exactly_one_wins() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "40.00")]).await;
    let wishes =
        (0..16).map(|n| shop.desk.apply(&shop.system, shop.wish(&format!("P-{n}"), &[&order]), None));
    let results = futures_util::future::join_all(wishes).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    shop.settle().await;
    assert_eq!(shop.bureau.issued().count(), 1);
    shop.prove().await;
}

#[tokio::test]
async fn four_eyes_need_two_reviewers_who_did_not_submit() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 100, "60000.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let id = application_id("P-1");
    shop.desk.approve(&shop.reviewer, &id).await.unwrap();
    assert_eq!(
        code(&shop.desk.approve(&shop.reviewer, &id).await.unwrap_err()),
        RefusalCode::ReviewerRepeated
    );
    let other = invoice_core::access::Actor::staff(
        invoice_core::id::ActorId::new("rolf").unwrap(),
        invoice_core::access::Role::Reviewer,
    );
    let approved = shop.desk.approve(&other, &id).await.unwrap();
    assert_eq!(approved.state(), ApplicationState::PendingIssue);
    assert_eq!(code(&shop.desk.approve(&shop.finance, &id).await.unwrap_err()), RefusalCode::NotPermitted);
    shop.settle().await;
    shop.prove().await;
}

#[tokio::test]
async fn a_denied_invoice_frees_its_balance_and_is_retried_under_a_new_key() {
    // A credit line too small for the order.
    let shop = Shop::with(|bureau| {
        bureau.limit(
            InvoiceKind::DIGITAL_ORDINARY,
            invoice_core::limits::InvoiceLimit::net_below(yuan("10.00")),
        )
    });
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "40.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    assert_eq!(shop.application("P-1").await.state(), ApplicationState::IssueFailed);
    assert_eq!(shop.desk.balance(&shop.system, &order).await.unwrap().invoiceable(), yuan("40.00"));
    let failed = shop.invoices("P-1").await.remove(0);
    assert!(matches!(failed.state(), InvoiceState::Failed { .. }));
    let retried = shop.desk.retry(&shop.finance, failed.id()).await.unwrap();
    assert_ne!(retried.key(), failed.key());
    shop.settle().await;
    shop.prove().await;
}

#[tokio::test]
async fn what_the_bureau_would_not_take_is_refused_before_it_is_accepted() {
    let shop = Shop::new();
    let item = line("1", CARD, 1, "200.00");
    let order = shop.sell("A-1", vec![item]).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = InvoiceKind::DIGITAL_SPECIAL;
    let refusal = shop.desk.apply(&shop.system, wish, None).await.unwrap_err();
    assert_eq!(code(&refusal), RefusalCode::PreflightFailed, "a prepaid card is never on a special invoice");

    let long = "长".repeat(700);
    let item = line("1", BOOK, 1, "20.00").item().clone();
    let named = OrderLine::new(LineId::new("1").unwrap(), item, long, 1.into(), yuan("20.00")).unwrap();
    let order = shop.sell("A-2", vec![named]).await;
    let refusal = shop.desk.apply(&shop.system, shop.wish("P-2", &[&order]), None).await.unwrap_err();
    assert_eq!(code(&refusal), RefusalCode::PreflightFailed);
    assert!(refusal.to_string().contains("lines[0].name"), "{refusal}");
}

#[tokio::test]
async fn an_order_with_nothing_left_takes_no_part_in_a_merge() {
    let shop = Shop::new();
    let first = shop.sell("A-1", vec![line("1", BOOK, 1, "40.00")]).await;
    let second = shop.sell("A-2", vec![line("1", BOOK, 1, "60.00")]).await;
    shop.apply("P-1", &[&first]).await;
    let merged = shop.apply("M-1", &[&first, &second]).await;
    assert_eq!(merged.gross(), yuan("60.00"));
    let refused =
        shop.desk.apply(&shop.system, shop.wish("M-2", &[&first, &second]), None).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::BalanceEmpty);
    shop.settle().await;
    shop.prove().await;
}

/// A web server or a worker may run every verb on any thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verbs_can_be_spawned() {
    let shop = std::sync::Arc::new(Shop::new());
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "40.00")]).await;
    let other = std::sync::Arc::clone(&shop);
    let spawned = tokio::spawn(async move {
        other.apply("P-1", &[&order]).await;
        other.settle().await;
        other.refund("R-1", &order, &[("1", "40.00", Some(1))]).await.unwrap();
        other.settle().await;
        other.prove().await;
        other.desk.timeline(&other.finance, &application_id("P-1")).await.unwrap().len()
    });
    assert!(spawned.await.unwrap() > 5);
}
