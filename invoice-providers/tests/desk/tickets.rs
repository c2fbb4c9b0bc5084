//! Tickets (工单): what a buyer reports is tracked until somebody has settled it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use crate::desk_support::*;
use invoice_core::access::{Actor, Role};
use invoice_core::application::CorrectRequest;
use invoice_core::decision::TicketDeed;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, BuyerId, TenantId, TicketId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::store::{Kind, Query};
use invoice_core::ticket::{Settlement, TicketRequest, TicketState, Trouble};
use invoice_core::title::Title;

fn buyer() -> Actor {
    Actor::buyer(ActorId::new("buyer-1").unwrap(), buyer_id())
}

fn support() -> Actor {
    Actor::staff(ActorId::new("sue").unwrap(), Role::Support)
}

fn ticket_id(id: &str) -> TicketId {
    TicketId::new(id).unwrap()
}

fn trouble(id: &str, trouble: Trouble) -> TicketRequest {
    TicketRequest {
        id: ticket_id(id),
        application: application_id("P-1"),
        trouble,
        note: "税号写错了，应为张三".to_owned(),
    }
}

async fn issued(kind: InvoiceKind) -> Shop {
    let shop = Shop::of(seller().offering(kind, None));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    let mut wish = shop.wish("P-1", &[&order]);
    wish.kind = kind;
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    shop.settle().await;
    shop
}

#[tokio::test]
async fn a_wrong_title_is_reported_corrected_and_told_in_the_timeline() {
    let shop = issued(InvoiceKind::DIGITAL_ORDINARY).await;
    let right = Title::person("张三");
    let wish = trouble("K-1", Trouble::WrongTitle(Some(right.clone())));
    shop.desk.report(&buyer(), wish.clone()).await.unwrap();
    shop.desk.report(&buyer(), wish.clone()).await.unwrap();
    let other = TicketRequest { note: "?".into(), ..wish };
    assert_eq!(code(&shop.desk.report(&buyer(), other).await.unwrap_err()), RefusalCode::TicketChanged);
    let id = ticket_id("K-1");
    let handle = |who: Actor, deed| {
        let desk = shop.desk.clone();
        let id = id.clone();
        async move { desk.handle(&who, &id, deed).await }
    };
    let fang = shop.finance.clone();
    let settled = TicketDeed::Settle(Settlement::Corrected(application_id("P-2")));
    // Not before it is taken in hand, not by another, not by what did not happen, not by what does not fit.
    let early = handle(fang.clone(), settled.clone()).await.unwrap_err();
    assert_eq!(code(&early), RefusalCode::TicketDeed);
    handle(support(), TicketDeed::Take).await.unwrap();
    assert_eq!(code(&handle(fang.clone(), settled.clone()).await.unwrap_err()), RefusalCode::TicketDeed);
    handle(fang.clone(), TicketDeed::Take).await.unwrap();
    assert_eq!(code(&handle(fang.clone(), settled.clone()).await.unwrap_err()), RefusalCode::TicketDeed);
    let resent = handle(fang.clone(), TicketDeed::Settle(Settlement::Resent)).await.unwrap_err();
    assert_eq!(code(&resent), RefusalCode::TicketDeed);
    let correction = CorrectRequest {
        id: application_id("P-2"),
        of: application_id("P-1"),
        title: right,
        kind: InvoiceKind::DIGITAL_ORDINARY,
        remark: None,
    };
    shop.desk.correct(&fang, correction).await.unwrap();
    shop.settle().await;
    let done = handle(fang.clone(), settled.clone()).await.unwrap();
    assert_eq!(done.into_masked().state.as_str(), "settled");
    handle(fang.clone(), settled).await.unwrap();
    let late = handle(fang, TicketDeed::Decline("x".into())).await.unwrap_err();
    assert_eq!(code(&late), RefusalCode::TicketDeed);
    let timeline = shop.desk.timeline(&support(), &application_id("P-1")).await.unwrap();
    let about: Vec<_> = timeline
        .iter()
        .filter(|entry| entry.subject == "ticket/K-1")
        .map(|entry| entry.verb.as_str())
        .collect();
    assert_eq!(about, ["report", "handle", "handle", "handle"]);
    assert!(!format!("{timeline:?}").contains("张三"));
}

#[tokio::test]
async fn lost_paper_needs_proof_and_a_copy_another_person() {
    let shop = issued(InvoiceKind::DIGITAL_ORDINARY).await;
    let lost =
        |proof: &[&str]| Trouble::PaperLost { proof: proof.iter().map(|file| (*file).to_owned()).collect() };
    let electronic = shop.desk.report(&buyer(), trouble("K-1", lost(&["police.pdf"]))).await.unwrap_err();
    assert_eq!(code(&electronic), RefusalCode::TicketProof);
    let declined = trouble("K-2", Trouble::WrongAmount);
    shop.desk.report(&buyer(), declined).await.unwrap();
    shop.desk.handle(&support(), &ticket_id("K-2"), TicketDeed::Take).await.unwrap();
    let reason = TicketDeed::Decline("the amount is what was paid".into());
    let ticket = shop.desk.handle(&support(), &ticket_id("K-2"), reason).await.unwrap();
    assert!(matches!(ticket.into_masked().state, TicketState::Declined { .. }));
}

#[tokio::test]
async fn reports_are_the_buyers_own_and_of_issued_invoices() {
    let shop = issued(InvoiceKind::DIGITAL_ORDINARY).await;
    let stranger = Actor::buyer(ActorId::new("b2").unwrap(), BuyerId::new("b2").unwrap());
    let foreign = shop.desk.report(&stranger, trouble("K-1", Trouble::WrongAmount)).await.unwrap_err();
    assert_eq!(code(&foreign), RefusalCode::NotYourOwn);
    shop.desk.report(&support(), trouble("K-1", Trouble::NotReceived)).await.unwrap();
    let by_buyer = shop.desk.handle(&buyer(), &ticket_id("K-1"), TicketDeed::Take).await.unwrap_err();
    assert_eq!(code(&by_buyer), RefusalCode::NotPermitted);
    let unknown = shop.desk.handle(&support(), &ticket_id("K-9"), TicketDeed::Take).await.unwrap_err();
    assert_eq!(code(&unknown), RefusalCode::TicketUnknown);
    let query = || Query::new(&TenantId::new("t1").unwrap(), Kind::Ticket).in_states(["open"]);
    assert_eq!(shop.desk.find_tickets(&buyer(), query()).await.unwrap().items.len(), 1);
    assert!(shop.desk.find_tickets(&stranger, query()).await.unwrap().items.is_empty());
    let order = shop.sell("A-2", vec![line("1", BOOK, 1, "10.00")]).await;
    shop.apply("P-2", &[&order]).await;
    let early = TicketRequest { application: application_id("P-2"), ..trouble("K-2", Trouble::WrongAmount) };
    assert_eq!(code(&shop.desk.report(&buyer(), early).await.unwrap_err()), RefusalCode::ApplicationState);
}
