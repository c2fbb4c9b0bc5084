//! Which blue invoice a refund takes back, where several could bear it.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

mod desk_support;

use std::time::Duration;

use desk_support::{Bureau, Town, clock, seller_id};
use invoice_core::application::{ApplyRequest, OrderScope, Scope};
use invoice_core::env::Clock as _;
use invoice_core::id::{ApplicationId, BuyerId, LineId, OrderId, RefundId};
use invoice_core::invoice::{Color, InvoiceKind};
use invoice_core::order::{Refund, RefundLine};
use invoice_core::plan::red::RedReason;
use invoice_core::title::Title;

const DAY: Duration = Duration::from_secs(86_400);

async fn applied_for(town: &Town, id: &str, gross: &str) {
    let scope = Scope::Amount(gross.parse().unwrap());
    let mut request = ApplyRequest::whole(
        ApplicationId::new(id).unwrap(),
        seller_id(0),
        BuyerId::new("anna").unwrap(),
        InvoiceKind::DIGITAL_ORDINARY,
        Title::company("华为技术有限公司", "914403001922038216"),
        OrderId::new("1").unwrap(),
    );
    request.orders = vec![OrderScope { order: OrderId::new("1").unwrap(), scope }];
    town.desk.apply(&town.system, request, None).await.unwrap();
    town.pump(&town.desk).await;
}

/// 100.00 in three invoices: 60.00 of May, 10.00 and 30.00 of June. Then one refund in June; which blues it takes back.
async fn taken_back(reason: RedReason, amount: &str) -> Vec<String> {
    let clock = clock();
    let town = Town::new(clock.clone(), vec![Bureau::new("a", &clock, |all| all)]);
    town.sold("1", 0, "100.00").await;
    applied_for(&town, "May", "60.00").await;
    // 16:30 UTC of 31 May is June in China.
    town.clock.set("2026-05-31T16:30:00Z".parse().unwrap());
    applied_for(&town, "June10", "10.00").await;
    applied_for(&town, "June30", "30.00").await;
    town.clock.advance(2 * DAY);
    let line =
        RefundLine { line: LineId::new("1").unwrap(), amount: amount.parse().unwrap(), quantity: None };
    let refund = Refund {
        id: RefundId::new("R1").unwrap(),
        order: OrderId::new("1").unwrap(),
        at: town.clock.now(),
        reason,
        lines: vec![line],
    };
    town.desk.refund(&town.system, refund).await.unwrap();
    let mut blues = Vec::new();
    for application in ["May", "June10", "June30"] {
        let id = ApplicationId::new(application).unwrap();
        for task in town.desk.application(&town.system, &id).await.unwrap().tasks() {
            let invoice = town.desk.invoice(&town.system, &task.invoice).await.unwrap();
            if let Color::Red { of, .. } = invoice.color() {
                blues.push(of.as_str().to_owned());
            }
        }
    }
    blues
}

/// A red of an invoice of this month gives credit back, one of an earlier month none; but one form more is never the price.
#[tokio::test]
async fn of_plans_with_as_few_forms_the_one_that_gives_credit_back_is_taken() {
    for (reason, amount, blues) in [
        (RedReason::Returned, "30.00", vec!["June30-1"]),
        (RedReason::Returned, "5.00", vec!["June30-1"]),
        // Two forms of June could bear it, one of May does.
        (RedReason::Returned, "35.00", vec!["May-1"]),
        // Any plan takes two.
        (RedReason::Returned, "75.00", vec!["May-1", "June30-1"]),
        // An allowance gives no credit back: the fullest invoice it is.
        (RedReason::Allowance, "30.00", vec!["May-1"]),
    ] {
        assert_eq!(taken_back(reason, amount).await, blues, "{reason:?} {amount}");
    }
}

/// A red that failed waits for a person until it is tried again, and not after that: another task does what it was for.
#[tokio::test]
async fn a_red_that_failed_waits_until_it_is_tried_again() {
    let clock = clock();
    let town = Town::new(clock.clone(), vec![Bureau::new("a", &clock, |all| all)]);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    town.bureaus[0].books().denies = true;
    town.returned("1", "25.00").await;
    town.pump(&town.desk).await;
    let failed = town.task("P1", 1).await;
    assert_eq!(failed.state().as_str(), "failed");
    let waiting = async || {
        let id = ApplicationId::new("P1").unwrap();
        let outlook = town.desk.outlook(&town.finance, &id).await.unwrap();
        let stuck = town.desk.stuck(&town.finance, town.clock.now() + DAY).await.unwrap();
        let counted: u64 = stuck.values().map(|queue| queue.count).sum();
        assert_eq!(counted, u64::try_from(outlook.len()).unwrap());
        outlook.into_iter().map(|outlook| outlook.subject).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, ["invoice/P1-2"]);
    town.desk.retry(&town.finance, failed.id()).await.unwrap();
    assert_eq!(waiting().await, ["invoice/P1-3"], "its successor");
    town.bureaus[0].books().denies = false;
    town.pump(&town.desk).await;
    assert!(waiting().await.is_empty());
    let (failed, red) = (town.task("P1", 1).await, town.task("P1", 2).await);
    assert_eq!((failed.state().as_str(), red.state().as_str()), ("failed", "issued"));
    // Again is fine.
    town.desk.retry(&town.finance, failed.id()).await.unwrap();
    assert!(waiting().await.is_empty());
    assert!(town.desk.reconcile(&town.finance, &seller_id(0)).await.unwrap().holds());
}
