//! An incident bundle holds nothing personal, and makes the same states again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use crate::desk_support::*;
use invoice_core::access::{Actor, Role};
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, BuyerId};
use invoice_core::incident::{Bundle, IncidentError};
use invoice_core::title::Title;

const PERSONAL: &[&str] = &[
    "诸葛孔明",
    "914403001922038216",
    "卧龙岗路一号",
    "0755-28780808",
    "招商银行南阳支行",
    "755900001234567",
    "绝密商品",
    "请交孔明先生",
    "司马来电",
    "buyer-1",
    "rita",
];

/// Two orders, applied for together and one of them again; a review, a refund, a red.
async fn troubled() -> Shop {
    let shop = Shop::with(|bureau| bureau);
    let item = line("1", BOOK, 2, "40.00").item().clone();
    let secret = invoice_core::id::LineId::new("1").unwrap();
    let secret =
        invoice_core::order::OrderLine::new(secret, item, "绝密商品", 2.into(), yuan("30000.00")).unwrap();
    let one = shop.sell("A-1", vec![secret, line("2", CLOTHES, 3, "99.99")]).await;
    let two = shop.sell("A-2", vec![line("1", BOOK, 1, "40000.00")]).await;
    let mut wish = shop.wish("P-1", &[&one, &two]);
    wish.title = Title::company("诸葛孔明有限公司", "914403001922038216")
        .with_address("卧龙岗路一号", "0755-28780808")
        .with_bank("招商银行南阳支行", "755900001234567");
    wish.remark = Some("请交孔明先生".to_owned());
    shop.desk.apply(&shop.system, wish.clone(), None).await.unwrap();
    shop.desk.reject(&shop.reviewer, &application_id("P-1"), "司马来电").await.unwrap();
    wish.id = application_id("P-2");
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.desk.claim_review(&shop.reviewer, &application_id("P-2")).await.unwrap();
    shop.desk.approve(&shop.reviewer, &application_id("P-2")).await.unwrap();
    let second = Actor::staff(ActorId::new("rolf").unwrap(), Role::Reviewer);
    shop.desk.approve(&second, &application_id("P-2")).await.unwrap();
    shop.settle().await;
    shop.refund("R-1", &one, &[("1", "15000.00", Some(1))]).await.unwrap();
    shop.settle().await;
    shop
}

#[tokio::test]
async fn an_incident_bundle_holds_nothing_personal_and_replays() {
    let shop = troubled().await;
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    let bundle = shop.desk.incident(&support, &application_id("P-2")).await.unwrap();
    let text = bundle.to_json().unwrap();
    for secret in PERSONAL {
        assert!(!text.contains(secret), "{secret} is in the bundle");
    }
    for invoice in shop.invoices("P-2").await {
        if let Some(issued) = invoice.state().issued() {
            assert!(!text.contains(issued.number.as_str()), "the bureau's number is in the bundle");
        }
    }
    let mut steps = 0;
    let state = Bundle::from_json(&text).unwrap().replay(|_, _, _| steps += 1).unwrap();
    assert!(steps > 15, "{steps}");
    let application = shop.application("P-2").await;
    let replayed = &state.applications[&application_id("P-2")];
    assert_eq!((replayed.state(), replayed.gross()), (application.state(), application.gross()));
    assert_eq!(replayed.tasks(), application.tasks());
    for invoice in shop.invoices("P-2").await {
        let replayed = &state.invoices[invoice.id()];
        assert_eq!(replayed.state().as_str(), invoice.state().as_str());
        assert_eq!(
            (replayed.net(), replayed.tax(), replayed.key()),
            (invoice.net(), invoice.tax(), invoice.key())
        );
    }
    assert!(state.applications.contains_key(&application_id("P-1")), "what shares its orders is there, too");
    assert_eq!(state.refunds.len(), 1);
}

#[tokio::test]
async fn an_incident_is_gone_on_with_from_where_it_stopped() {
    // Stopped at every pump: what was planned, sent, accepted, refunded meanwhile, half red.
    for pumps in 0..6 {
        let shop = Shop::new();
        let order = shop.sell("A-1", vec![line("1", BOOK, 2, "40.00"), line("2", CLOTHES, 3, "99.99")]).await;
        shop.apply("P-1", &[&order]).await;
        let worker = invoice_core::id::WorkerId::new("w").unwrap();
        for pump in 0..pumps {
            shop.desk.pump(&shop.system, &worker, 100).await.unwrap();
            shop.clock.advance(std::time::Duration::from_secs(120));
            if pump == 2 {
                shop.refund("R-1", &order, &[("1", "20.00", Some(1))]).await.unwrap();
            }
        }
        let bundle = shop.desk.incident(&shop.finance, &application_id("P-1")).await.unwrap();
        let text = bundle.to_json().unwrap();

        let elsewhere = Shop::new();
        let bundle = Bundle::from_json(&text).unwrap();
        elsewhere.desk.restage(&elsewhere.system, &bundle).await.unwrap();
        let staged = elsewhere.application("P-1").await;
        assert_eq!(staged.tasks(), shop.application("P-1").await.tasks());
        let here = shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap();
        let proof = elsewhere.desk.reconcile(&elsewhere.finance, &seller_id()).await.unwrap();
        assert_eq!(proof, here, "after {pumps} pumps");
        elsewhere.settle().await;
        let proof = elsewhere.desk.reconcile(&elsewhere.finance, &seller_id()).await.unwrap();
        // That bureau does not know the blue invoice: a red one fails there, and the proof says so.
        let invoices = elsewhere.invoices("P-1").await;
        let red_failed =
            invoices.iter().any(|invoice| !invoice.is_blue() && invoice.state().as_str() == "failed");
        assert!(proof.holds() != red_failed, "after {pumps} pumps: {:?}", proof.broken);
        assert!(elsewhere.desk.restage(&elsewhere.system, &bundle).await.is_err(), "twice");
    }
}

#[tokio::test]
async fn a_bundle_that_was_changed_does_not_replay() {
    let shop = troubled().await;
    let bundle = shop.desk.incident(&shop.finance, &application_id("P-2")).await.unwrap();
    let replayed = |bundle: &Bundle| bundle.replay(|_, _, _| {}).map(drop);
    let mut fewer = bundle.clone();
    let long = bundle.chapters.iter().position(|chapter| chapter.steps.len() > 1).unwrap();
    fewer.chapters[long].steps.remove(0);
    assert!(matches!(replayed(&fewer), Err(IncidentError::Missing { seq: 1, .. })));
    let mut foreign = bundle.clone();
    let other = foreign.chapters[0].steps[0].events.clone();
    let last = foreign.chapters.len() - 1;
    foreign.chapters[last].steps[0].events = other;
    assert!(matches!(replayed(&foreign), Err(IncidentError::Foreign { .. })));
    let mut cut = bundle.clone();
    cut.chapters[long].steps.pop();
    assert!(matches!(replayed(&cut), Err(IncidentError::Differs { .. })));
    assert_eq!(Bundle::from_json("{}").unwrap_err(), IncidentError::Form);
    let buyer = Actor::buyer(ActorId::new("b").unwrap(), BuyerId::new("buyer-1").unwrap());
    let refused = shop.desk.incident(&buyer, &application_id("P-2")).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::NotPermitted);
    let unknown = shop.desk.incident(&shop.finance, &application_id("P-9")).await.unwrap_err();
    assert_eq!(code(&unknown), RefusalCode::ApplicationUnknown);
}
