//! Periodic plans (按期开票): months and quarters, caught up with, never twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::time::Duration;

use crate::desk_support::*;
use chrono::{DateTime, FixedOffset, Utc};
use invoice_core::application::{Application, ApplicationState};
use invoice_core::env::Clock;
use invoice_core::error::RefusalCode;
use invoice_core::id::{OrderId, PeriodicId, WorkerId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::order::{Order, OrderLine, Payment};
use invoice_core::periodic::{PeriodicRequest, PeriodicState, Ran, Rhythm};
use invoice_core::title::Title;

fn plan(id: &str, rhythm: Rhythm, from: &str) -> PeriodicRequest {
    PeriodicRequest {
        id: PeriodicId::new(id).unwrap(),
        seller: seller_id(),
        buyer: buyer_id(),
        kind: InvoiceKind::DIGITAL_ORDINARY,
        title: company(),
        rhythm,
        from: from.parse().unwrap(),
        wait_days: 0,
    }
}

async fn sell_at(shop: &Shop, id: &str, at: &str, lines: Vec<OrderLine>) -> OrderId {
    let at: DateTime<Utc> = at.parse().unwrap();
    let order = Order::new(order_id(id), seller_id(), buyer_id(), at, lines).unwrap();
    let payable = order.payable();
    shop.desk.record_order(&shop.system, order).await.unwrap();
    shop.desk.record_payment(&shop.system, &order_id(id), Payment::money(at, payable)).await.unwrap();
    order_id(id)
}

/// Moves the clock and does everything that is due by then, in steps of at most a day.
async fn until(shop: &Shop, at: &str) {
    let at: DateTime<Utc> = at.parse().unwrap();
    let worker = WorkerId::new("w").unwrap();
    loop {
        while shop.desk.pump(&shop.system, &worker, 100).await.unwrap().claimed > 0 {}
        let left = (at - shop.clock.now()).to_std().unwrap_or_default();
        if left.is_zero() {
            return;
        }
        shop.clock.advance(left.min(Duration::from_secs(86_400)));
    }
}

async fn made(shop: &Shop, ids: &[&str]) -> Vec<Option<(Application, Vec<String>)>> {
    let mut found = vec![];
    for id in ids {
        let application = shop.desk.application(&shop.finance, &application_id(id)).await.ok();
        found.push(application.map(|application| {
            let scopes = application.request().orders.iter();
            let orders = scopes.map(|scope| scope.order.as_str().to_owned()).collect();
            (application, orders)
        }));
    }
    found
}

fn orders_of(found: &[Option<(Application, Vec<String>)>]) -> Vec<Option<Vec<&str>>> {
    found.iter().map(|one| Some(one.as_ref()?.1.iter().map(String::as_str).collect())).collect()
}

#[tokio::test]
async fn each_month_ends_at_midnight_in_china_and_takes_what_was_paid_in_it() {
    let shop = Shop::new();
    shop.desk.arrange(&shop.finance, plan("S", Rhythm::Monthly, "2026-05-01")).await.unwrap();
    for (id, at) in [
        ("A-0", "2026-04-30T15:59:59Z"), // before the plan's first day
        ("A-1", "2026-04-30T16:00:00Z"), // 1 May, midnight in China
        ("A-2", "2026-05-31T15:59:59Z"), // the last second of May
        ("A-3", "2026-05-31T16:00:00Z"), // June
    ] {
        sell_at(&shop, id, at, vec![line("1", BOOK, 1, "10.00")]).await;
    }
    until(&shop, "2026-05-31T15:59:59Z").await;
    assert_eq!(orders_of(&made(&shop, &["S-2026-05"]).await), [None]);
    until(&shop, "2026-07-01T00:00:00Z").await;
    let found = made(&shop, &["S-2026-05", "S-2026-06", "S-2026-07"]).await;
    assert_eq!(orders_of(&found), [Some(vec!["A-1", "A-2"]), Some(vec!["A-3"]), None]);
    assert!(found.iter().flatten().all(|(application, _)| application.state() == ApplicationState::Issued));
    shop.prove().await;
}

#[tokio::test]
async fn quarters_follow_the_sellers_zone_and_leap_years() {
    let zone = FixedOffset::west_opt(5 * 3600).unwrap();
    let shop = Shop::of(seller().with_zone(zone));
    shop.clock.advance((at("2027-12-01T00:00:00Z") - shop.clock.now()).to_std().unwrap());
    shop.desk.arrange(&shop.finance, plan("Q", Rhythm::Quarterly, "2028-01-01")).await.unwrap();
    sell_at(&shop, "A-1", "2028-01-01T05:00:00Z", vec![line("1", BOOK, 1, "10.00")]).await;
    sell_at(&shop, "A-2", "2028-02-29T20:00:00Z", vec![line("1", BOOK, 1, "10.00")]).await;
    sell_at(&shop, "A-3", "2028-04-01T04:59:59Z", vec![line("1", BOOK, 1, "10.00")]).await;
    sell_at(&shop, "A-4", "2028-04-01T05:00:00Z", vec![line("1", BOOK, 1, "10.00")]).await;
    until(&shop, "2028-07-02T00:00:00Z").await;
    let found = made(&shop, &["Q-2028-Q1", "Q-2028-Q2"]).await;
    assert_eq!(orders_of(&found), [Some(vec!["A-1", "A-2", "A-3"]), Some(vec!["A-4"])]);
    shop.prove().await;
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn what_was_missed_is_caught_up_with_once_however_many_workers_do_it() {
    let shop = Shop::new();
    shop.desk.arrange(&shop.finance, plan("S", Rhythm::Monthly, "2026-05-01")).await.unwrap();
    for (id, at) in
        [("A-1", "2026-05-10T00:00:00Z"), ("A-2", "2026-06-10T00:00:00Z"), ("A-3", "2026-08-10T00:00:00Z")]
    {
        sell_at(&shop, id, at, vec![line("1", BOOK, 1, "10.00")]).await;
    }
    // Nobody pumps for four months; then two workers at once.
    shop.clock.advance((at("2026-09-02T00:00:00Z") - shop.clock.now()).to_std().unwrap());
    let workers = [WorkerId::new("w1").unwrap(), WorkerId::new("w2").unwrap()];
    for _ in 0..20 {
        let pumps = workers.iter().map(|worker| shop.desk.pump(&shop.system, worker, 1));
        for report in futures_util::future::join_all(pumps).await {
            report.unwrap();
        }
    }
    let found = made(&shop, &["S-2026-05", "S-2026-06", "S-2026-07", "S-2026-08"]).await;
    assert_eq!(orders_of(&found), [Some(vec!["A-1"]), Some(vec!["A-2"]), None, Some(vec!["A-3"])]);
    let id = PeriodicId::new("S").unwrap();
    let stands = shop.desk.periodic_plan(&shop.finance, &id).await.unwrap();
    assert_eq!(stands.next().to_string(), "2026-09");
    assert_eq!(shop.bureau.issued().count(), 3);
    shop.prove().await;
}

#[tokio::test]
async fn a_pause_is_caught_up_with_and_an_end_is_for_good() {
    let shop = Shop::new();
    let id = PeriodicId::new("S").unwrap();
    shop.desk.arrange(&shop.finance, plan("S", Rhythm::Monthly, "2026-05-01")).await.unwrap();
    shop.desk.turn(&shop.finance, &id, PeriodicState::Paused).await.unwrap();
    sell_at(&shop, "A-1", "2026-05-10T00:00:00Z", vec![line("1", BOOK, 1, "10.00")]).await;
    until(&shop, "2026-07-10T00:00:00Z").await;
    assert_eq!(orders_of(&made(&shop, &["S-2026-05"]).await), [None], "paused");
    // Meanwhile the buyer has moved.
    let moved = company().with_address("深圳市龙岗区坂田", "0755-28780808");
    let changed = PeriodicRequest { title: moved.clone(), ..plan("S", Rhythm::Monthly, "2026-05-01") };
    shop.desk.arrange(&shop.finance, changed.clone()).await.unwrap();
    shop.desk.turn(&shop.finance, &id, PeriodicState::Running).await.unwrap();
    until(&shop, "2026-07-10T01:00:00Z").await;
    let found = made(&shop, &["S-2026-05", "S-2026-06"]).await;
    assert_eq!(orders_of(&found), [Some(vec!["A-1"]), None]);
    assert_eq!(found[0].as_ref().unwrap().0.request().title, moved);
    shop.desk.turn(&shop.finance, &id, PeriodicState::Ended).await.unwrap();
    let again = shop.desk.turn(&shop.finance, &id, PeriodicState::Running).await.unwrap_err();
    assert_eq!(code(&again), RefusalCode::PeriodicChanged);
    let other = PeriodicRequest { title: Title::person("张三"), ..changed };
    assert_eq!(
        code(&shop.desk.arrange(&shop.finance, other).await.unwrap_err()),
        RefusalCode::PeriodicChanged
    );
    sell_at(&shop, "A-2", "2026-07-10T00:00:00Z", vec![line("1", BOOK, 1, "10.00")]).await;
    until(&shop, "2026-08-10T00:00:00Z").await;
    assert_eq!(orders_of(&made(&shop, &["S-2026-07"]).await), [None], "ended");
    assert_eq!(shop.desk.next_due().await.unwrap(), None, "nothing is left in the outbox");
}

#[tokio::test]
async fn a_price_that_changed_within_the_period_is_invoiced_at_both_prices() {
    let shop = Shop::new();
    shop.desk.arrange(&shop.finance, plan("S", Rhythm::Monthly, "2026-05-01")).await.unwrap();
    sell_at(&shop, "A-1", "2026-05-10T00:00:00Z", vec![line("1", COURSE, 1, "199.00")]).await;
    sell_at(&shop, "A-2", "2026-05-20T00:00:00Z", vec![line("1", COURSE, 1, "249.00")]).await;
    until(&shop, "2026-06-02T00:00:00Z").await;
    let invoices = shop.invoices("S-2026-05").await;
    assert_eq!(invoices.len(), 1);
    let mut rows: Vec<_> = invoices[0].rows().iter().map(|row| row.gross).collect();
    rows.sort();
    assert_eq!(rows, [yuan("199.00"), yuan("249.00")]);
    // A refund of one takes its own price back.
    shop.refund("R-1", &order_id("A-2"), &[("1", "249.00", Some(1))]).await.unwrap();
    until(&shop, "2026-06-03T00:00:00Z").await;
    assert_eq!(shop.application("S-2026-05").await.state(), ApplicationState::PartlyRed);
    shop.prove().await;
}

#[tokio::test]
async fn a_refused_period_is_told_and_taken_along_with_the_next() {
    let shop = Shop::new();
    let id = PeriodicId::new("S").unwrap();
    shop.desk.arrange(&shop.finance, plan("S", Rhythm::Monthly, "2026-05-01")).await.unwrap();
    sell_at(&shop, "A-1", "2026-05-10T00:00:00Z", vec![line("1", BOOK, 1, "10.00")]).await;
    // Somebody else's application has the id of the period.
    let other = sell_at(&shop, "B-1", "2026-05-10T00:00:00Z", vec![line("1", BOOK, 1, "10.00")]).await;
    shop.apply("S-2026-05", &[&other]).await;
    until(&shop, "2026-06-02T00:00:00Z").await;
    let stands = shop.desk.periodic_plan(&shop.finance, &id).await.unwrap();
    assert_eq!(stands.last().unwrap().1, Ran::Refused { code: "APPLY-02".into() });
    until(&shop, "2026-07-02T00:00:00Z").await;
    assert_eq!(orders_of(&made(&shop, &["S-2026-06"]).await), [Some(vec!["A-1"])]);
    let long = plan(&"x".repeat(41), Rhythm::Monthly, "2026-05-01");
    assert_eq!(
        code(&shop.desk.arrange(&shop.finance, long).await.unwrap_err()),
        RefusalCode::PeriodicTooLong
    );
    let gone = PeriodicId::new("none").unwrap();
    let unknown = shop.desk.turn(&shop.finance, &gone, PeriodicState::Paused).await.unwrap_err();
    assert_eq!(code(&unknown), RefusalCode::PeriodicUnknown);
}

#[tokio::test]
async fn many_orders_of_one_period_become_several_applications() {
    let shop = Shop::new();
    shop.desk.arrange(&shop.finance, plan("S", Rhythm::Monthly, "2026-05-01")).await.unwrap();
    for number in 0..403 {
        let id = format!("A-{number:03}");
        sell_at(&shop, &id, "2026-05-10T00:00:00Z", vec![line("1", BOOK, 1, "1.00")]).await;
    }
    until(&shop, "2026-06-02T00:00:00Z").await;
    let found = made(&shop, &["S-2026-05", "S-2026-05-2", "S-2026-05-3", "S-2026-05-4"]).await;
    let counts: Vec<_> = found.iter().map(|one| one.as_ref().map(|(_, orders)| orders.len())).collect();
    assert_eq!(counts, [Some(200), Some(200), Some(3), None]);
    shop.prove().await;
}

/// The price of a subscription goes up within the month, and its tax code changes with it: each order is invoiced as it was
/// sold, whatever is sold now.
#[tokio::test]
async fn a_period_that_spans_a_price_change_invoices_each_order_as_it_was_sold() {
    let shop = Shop::new();
    shop.desk.arrange(&shop.finance, plan("MONTH", Rhythm::Monthly, "2026-05-01")).await.unwrap();
    sell_at(&shop, "A-1", "2026-05-01T04:00:00Z", vec![line("1", BOOK, 1, "49.00")]).await;
    until(&shop, "2026-05-15T04:00:00Z").await;
    sell_at(&shop, "A-2", "2026-05-15T04:00:00Z", vec![line("1", BOOK, 1, "59.00")]).await;
    sell_at(&shop, "A-3", "2026-05-20T04:00:00Z", vec![line("1", COURSE, 1, "59.00")]).await;
    until(&shop, "2026-06-01T04:00:00Z").await;
    let found = made(&shop, &["MONTH-2026-05"]).await;
    assert_eq!(orders_of(&found), [Some(vec!["A-1", "A-2", "A-3"])]);
    let invoices = shop.invoices("MONTH-2026-05").await;
    let mut prices: Vec<(String, String)> = invoices
        .iter()
        .flat_map(|invoice| invoice.rows())
        .map(|row| (row.item.code().to_string(), row.gross.to_string()))
        .collect();
    prices.sort();
    let want = [(BOOK, "49.00"), (BOOK, "59.00"), (COURSE, "59.00")];
    assert_eq!(prices, want.map(|(code, gross)| (code.to_owned(), gross.to_owned())));
    // A refund of what was sold before takes back the old price.
    shop.refund("R-1", &order_id("A-1"), &[("1", "49.00", Some(1))]).await.unwrap();
    until(&shop, "2026-06-02T04:00:00Z").await;
    assert_eq!(shop.bureau.totals().red_gross, yuan("-49.00"));
    shop.prove().await;
}
