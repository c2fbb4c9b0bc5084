//! Received invoices (进项发票): handed in once, verified without wasting a question, taken through the books.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::collections::BTreeSet;
use std::time::Duration;

use crate::desk_support::*;
use crate::received_support::*;
use invoice_core::access::{Actor, Role};
use invoice_core::decision::ReceivedDeed;
use invoice_core::desk::{DeskError, Reminders, ReportSchedule};
use invoice_core::error::{Refusal, RefusalCode};
use invoice_core::id::{ActorId, ClaimId, TenantId};
use invoice_core::mask::View;
use invoice_core::notify::NoticeEvent;
use invoice_core::periodic::Rhythm;
use invoice_core::received::verification::{
    Firm, Heard, Standing, VerificationAnswer, VerificationStep, WaitReason,
};
use invoice_core::received::{
    Evidence, ReceivedInvoice, ReceivedQuery, ReceivedRecord, ReceivedState, ReceivedStep,
};
use invoice_core::store::{Kind, Query};
use invoice_providers::sandbox::VerifierFault;

fn claim(id: &str) -> ReceivedDeed {
    ReceivedDeed::Claim(ClaimId::new(id).unwrap())
}

fn step(step: ReceivedStep) -> ReceivedDeed {
    ReceivedDeed::Step(step)
}

fn book() -> ReceivedDeed {
    step(ReceivedStep::Book { voucher: "记-0001".into() })
}

fn pay() -> ReceivedDeed {
    step(ReceivedStep::Pay { reference: "B-1".into() })
}

fn whole(view: View<ReceivedRecord>) -> ReceivedRecord {
    view.whole().expect("not masked").clone()
}

impl Office {
    async fn refused(&self, actor: &Actor, deed: ReceivedDeed) -> RefusalCode {
        code(&self.shop.desk.keep(actor, &number(1), deed).await.unwrap_err())
    }

    async fn kept(&self, actor: &Actor, deed: ReceivedDeed) -> ReceivedRecord {
        whole(self.shop.desk.keep(actor, &number(1), deed).await.unwrap())
    }
}

#[tokio::test]
async fn an_invoice_goes_through_the_books_once_and_every_other_way_is_refused() {
    let office = Office::new();
    let (fang, gang) = (&office.shop.finance, &office.colleague);
    office.receive(fang, lunch(1)).await.unwrap();
    office.receive(fang, lunch(1)).await.unwrap();
    // Another person with the same paper, or the same person with it for another company.
    let again = office.receive(gang, lunch(1)).await.unwrap_err();
    assert_eq!(code(&again), RefusalCode::ReceivedAgain);
    let told = again.refusal().unwrap().to_string();
    assert!(told.contains("fang") && told.contains("2026-05-01") && told.contains("received"), "{told}");
    // Nothing goes on before the bureau has confirmed it.
    assert_eq!(office.refused(fang, book()).await, RefusalCode::ReceivedState);
    office.shop.clock.advance(Duration::from_secs(86_400));
    let verified = office.shop.desk.verify(fang, &number(1)).await.unwrap();
    assert_eq!(verified.record.state(), ReceivedState::Verified);
    office.kept(fang, claim("C-1")).await;
    office.kept(fang, claim("C-1")).await;
    // A second claim for the same money, by the same person and by another.
    assert_eq!(office.refused(fang, claim("C-2")).await, RefusalCode::ReceivedClaimed);
    let other = office.shop.desk.keep(gang, &number(1), claim("C-3")).await.unwrap_err();
    assert!(other.to_string().contains("C-1") && other.to_string().contains("fang"), "{other}");
    assert_eq!(office.refused(gang, ReceivedDeed::Unclaim).await, RefusalCode::ReceivedClaimed);
    assert_eq!(office.refused(gang, step(ReceivedStep::Reimburse)).await, RefusalCode::ReceivedState);
    office.kept(gang, book()).await;
    office.kept(gang, book()).await;
    // What is claimed is not also paid to the supplier, and nobody reimburses themselves.
    assert_eq!(office.refused(gang, pay()).await, RefusalCode::ReceivedState);
    assert_eq!(office.refused(fang, step(ReceivedStep::Reimburse)).await, RefusalCode::ReceivedOwnClaim);
    office.kept(gang, step(ReceivedStep::Reimburse)).await;
    assert_eq!(office.refused(fang, ReceivedDeed::Unclaim).await, RefusalCode::ReceivedState);
    let paid = office.kept(gang, pay()).await;
    assert_eq!((paid.state(), paid.steps().len()), (ReceivedState::Paid, 3));
    let late = step(ReceivedStep::Decline { reason: "late".into() });
    assert_eq!(office.refused(gang, late).await, RefusalCode::ReceivedState);
}

#[tokio::test]
async fn what_was_paid_to_the_supplier_is_nobodys_to_claim() {
    let office = Office::new();
    let fang = &office.shop.finance;
    office.receive(fang, lunch(1)).await.unwrap();
    office.shop.clock.advance(Duration::from_secs(86_400));
    office.shop.desk.verify(fang, &number(1)).await.unwrap();
    office.kept(fang, book()).await;
    office.kept(fang, pay()).await;
    assert_eq!(office.refused(fang, claim("C-1")).await, RefusalCode::ReceivedState);
}

#[tokio::test]
async fn a_later_red_is_noticed_told_and_stops_the_books() {
    let office = Office::new();
    let fang = &office.shop.finance;
    office.receive(fang, lunch(1)).await.unwrap();
    office.day().await;
    assert_eq!(office.record(1).await.state(), ReceivedState::Verified);
    office.verifier.register(lunch(1), Standing::RedFlushed);
    office.day().await;
    let record = office.record(1).await;
    assert_eq!(record.verification().standing(), Some(Standing::RedFlushed));
    let standings: Vec<_> = record.verification().confirmations().map(|(_, standing)| standing).collect();
    assert_eq!(standings, [Standing::Normal, Standing::RedFlushed], "the history is kept");
    assert_eq!(office.refused(fang, book()).await, RefusalCode::ReceivedOver);
    assert_eq!(office.refused(fang, claim("C-1")).await, RefusalCode::ReceivedOver);
    let told = office.told().await;
    assert!(
        told.contains(&"received.moved".to_owned()) && told.contains(&"received.taken_back".to_owned()),
        "{told:?}"
    );
    let asked = office.verifier.most_asked_a_day(&number(1));
    office.shop.settle().await;
    assert_eq!(office.verifier.most_asked_a_day(&number(1)), asked, "nothing more to ask");
    office.kept(fang, step(ReceivedStep::Decline { reason: "taken back".into() })).await;
}

#[tokio::test]
async fn a_mismatch_is_never_asked_again_until_a_field_is_another() {
    let office = Office::new();
    let fang = &office.shop.finance;
    let misread = ReceivedInvoice::builder().also(&lunch_of(1, "105.00", Evidence::Text)).build().unwrap();
    office.receive(fang, misread).await.unwrap();
    office.shop.clock.advance(Duration::from_secs(86_400));
    let wrong = office.shop.desk.verify(fang, &number(1)).await.unwrap();
    assert_eq!(wrong.heard, Some(Heard::Answer(VerificationAnswer::Mismatch)));
    for _ in 0..3 {
        office.shop.clock.advance(Duration::from_secs(86_400));
        let again = office.shop.desk.verify(fang, &number(1)).await.unwrap();
        assert_eq!((again.heard, again.next), (None, VerificationStep::Done(Firm::Mismatch)));
    }
    office.day().await;
    assert_eq!(office.verifier.most_asked_a_day(&number(1)), 1);
    assert!(office.told().await.contains(&"received.mismatch".to_owned()));
    // The code beside the text says another amount: that is another question.
    office.receive(fang, lunch(1)).await.unwrap();
    let right = office.shop.desk.verify(fang, &number(1)).await.unwrap();
    assert_eq!(right.record.state(), ReceivedState::Verified);
}

#[tokio::test]
async fn five_lost_answers_are_five_questions_and_not_one_more() {
    let office = Office::new();
    let fang = &office.shop.finance;
    office.receive(fang, lunch(1)).await.unwrap();
    let early = office.shop.desk.verify(fang, &number(1)).await.unwrap();
    assert!(matches!(early.next, VerificationStep::Wait { why: WaitReason::NotYetKnown, .. }));
    office.shop.clock.advance(Duration::from_secs(86_400));
    for _ in 0..5 {
        office.verifier.inject(VerifierFault::Lost);
        office.verifier.inject(VerifierFault::Busy);
    }
    for _ in 0..40 {
        office.shop.desk.verify(fang, &number(1)).await.unwrap();
        office.shop.clock.advance(Duration::from_secs(130));
    }
    assert_eq!(office.verifier.most_asked_a_day(&number(1)), 5);
    let record = office.record(1).await;
    let busy =
        record.verification().attempts().iter().filter(|a| matches!(a.heard(), Some(Heard::NotAsked { .. })));
    assert_eq!(busy.count(), 4, "what was not counted is not held against it");
    office.shop.clock.advance(Duration::from_secs(86_400));
    office.shop.desk.verify(fang, &number(1)).await.unwrap();
    office.shop.desk.verify(fang, &number(1)).await.unwrap();
    assert_eq!(office.record(1).await.state(), ReceivedState::Verified);
}

#[tokio::test]
async fn a_second_file_adds_to_the_first_and_the_books_add_the_rest() {
    let office = Office::new();
    let fang = &office.shop.finance;
    let qr = invoice_validate_qr(1, "106.00");
    office.receive(fang, qr).await.unwrap();
    office.shop.clock.advance(Duration::from_secs(86_400));
    let verified = office.shop.desk.verify(fang, &number(1)).await.unwrap();
    let invoice = verified.record.invoice();
    assert_eq!(invoice.seller_name(), Some(SELLER_NAME), "the bureau said it");
    assert_eq!((invoice.net(), invoice.rows().len()), (Some(yuan("100.00")), 1));
    // A file that says another amount of what is verified.
    let other = office.receive(fang, lunch_of(1, "107.00", Evidence::Structured)).await;
    assert!(other.is_ok(), "the books were as strong and first: nothing changes");
    assert_eq!(office.record(1).await.invoice().gross(), Some(yuan("106.00")));
    let foreign =
        ReceivedInvoice::builder().also(&lunch(2)).buyer_tax_id("91350100M000100Y43", Evidence::QrCode);
    let foreign = ReceivedInvoice::builder()
        .buyer_tax_id("91350100M000100Y43", Evidence::Structured)
        .also(&foreign.build().unwrap());
    let refused = office.receive(fang, foreign.build().unwrap()).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::ReceivedForOther);
}

#[tokio::test]
async fn who_may_not_is_refused_and_written_down_and_who_only_sees_sees_masked() {
    let office = Office::new();
    let desk = &office.shop.desk;
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    let buyer = Actor::buyer(ActorId::new("b").unwrap(), buyer_id());
    office.receive(&office.shop.finance, lunch(1)).await.unwrap();
    let view = desk.received(&support, &number(1)).await.unwrap();
    let shown = format!("{view:?}");
    assert!(view.whole().is_none() && !shown.contains(SELLER_NAME) && !shown.contains(number(1).as_str()));
    for refused in [
        office.receive(&support, lunch(2)).await.unwrap_err(),
        desk.keep(&support, &number(1), claim("C-1")).await.unwrap_err(),
        desk.keep(&office.shop.system, &number(1), book()).await.unwrap_err(),
        desk.verify(&support, &number(1)).await.unwrap_err(),
        desk.received(&buyer, &number(1)).await.unwrap_err(),
        desk.search_received(&buyer, &Default::default(), None, 10).await.unwrap_err(),
        desk.lookalikes(&buyer, &number(1)).await.unwrap_err(),
        desk.suggest_received(&support, SELLER_NAME, 5).await.unwrap_err(),
    ] {
        assert_eq!(code(&refused), RefusalCode::NotPermitted);
    }
    let records = desk.refusals(&office.shop.finance).await.unwrap();
    assert_eq!(records.len(), 3, "support, the system and the buyer");
    let query = Query::new(&TenantId::new("t1").unwrap(), Kind::Received).in_states(["received"]);
    assert_eq!(desk.find_received(&support, query).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_reimbursement_that_runs_out_is_told_once_and_what_is_paid_is_not() {
    let office = Office::new();
    let (desk, fang) = (&office.shop.desk, &office.shop.finance);
    for serial in 1..=2 {
        office.receive(fang, lunch(serial)).await.unwrap();
    }
    office.shop.clock.advance(Duration::from_secs(86_400));
    desk.verify(fang, &number(1)).await.unwrap();
    office.kept(fang, book()).await;
    office.kept(fang, pay()).await;
    let mut reminders = Reminders::default();
    assert_eq!(desk.remind(fang, &reminders).await.unwrap(), 0, "no rule of the house");
    reminders.reimburse_within_days = Some(30);
    assert_eq!(desk.remind(fang, &reminders).await.unwrap(), 0, "29 days are left");
    office.shop.clock.advance(Duration::from_secs(26 * 86_400));
    for _ in 0..2 {
        assert_eq!(desk.remind(fang, &reminders).await.unwrap(), 1, "the one that is not paid");
    }
    let due = office.told().await.into_iter().filter(|event| event == "received.reimbursement_due");
    assert_eq!(due.count(), 1);
    office.shop.clock.advance(Duration::from_secs(5 * 86_400));
    assert_eq!(desk.remind(fang, &reminders).await.unwrap(), 0, "too late to remind");
}

#[tokio::test]
async fn a_period_is_reported_once_whoever_asks_and_missed_ones_are_caught_up_with() {
    let office = Office::new();
    let (desk, fang, system) = (&office.shop.desk, &office.shop.finance, &office.shop.system);
    for serial in 1..=3 {
        office.receive(fang, lunch(serial)).await.unwrap();
    }
    let schedule = ReportSchedule::new(Rhythm::Monthly, "2026-04-20".parse().unwrap()).waiting(2);
    // It is the first of May in China, and two days are waited.
    assert_eq!(desk.send_reports(system, &schedule).await.unwrap(), 0);
    office.shop.clock.set("2026-05-02T16:00:00Z".parse().unwrap());
    let asked = (desk.send_reports(system, &schedule), desk.send_reports(fang, &schedule));
    let (one, other) = futures_util::future::join(asked.0, asked.1).await;
    assert!(one.unwrap() + other.unwrap() >= 1);
    let reports = async || {
        let query = Query::new(&TenantId::new("t1").unwrap(), Kind::Notice).limit(1000);
        let found = desk.find_notices(fang, query).await.unwrap().items;
        let reports = found.into_iter().filter(|notice| notice.occasion().event == NoticeEvent::ReportReady);
        reports.map(|notice| notice.occasion().clone()).collect::<Vec<_>>()
    };
    assert_eq!(reports().await.len(), 1, "April, though two asked");
    // Nobody asks for months.
    office.shop.clock.set("2026-08-10T04:00:00Z".parse().unwrap());
    assert_eq!(desk.send_reports(system, &schedule).await.unwrap(), 3);
    assert_eq!(desk.send_reports(system, &schedule).await.unwrap(), 0);
    let all = reports().await;
    let periods: BTreeSet<&str> = all.iter().map(|occasion| occasion.once_per.as_str()).collect();
    assert_eq!((all.len(), periods), (4, BTreeSet::from(["2026-04", "2026-05", "2026-06", "2026-07"])));
    let may = all.iter().find(|occasion| occasion.once_per == "2026-05").unwrap();
    let fact = |name: &str| may.facts.iter().find(|(known, _)| known == name).unwrap().1.as_str();
    assert_eq!((fact("count"), fact("gross"), fact("tax"), fact("open")), ("3", "318.00", "18.00", "3"));
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    assert_eq!(code(&desk.send_reports(&support, &schedule).await.unwrap_err()), RefusalCode::NotPermitted);
}

#[tokio::test]
async fn a_fold_gives_every_invoice_that_a_query_finds_once_and_only_to_who_may() {
    let office = Office::new();
    let (desk, fang) = (&office.shop.desk, &office.shop.finance);
    for serial in 1..=5 {
        office.receive(fang, lunch(serial)).await.unwrap();
    }
    let fold = async |actor: &Actor, query: ReceivedQuery| {
        let mut seen = Vec::new();
        let keep = |record: &ReceivedRecord| {
            seen.push(record.number().clone());
            Ok::<_, DeskError>(())
        };
        let count = desk.fold_received(actor, &query, keep).await?;
        Ok::<_, DeskError>((count, seen))
    };
    let all = (5, (1..=5).map(number).collect::<Vec<_>>());
    assert_eq!(fold(fang, ReceivedQuery::new()).await.unwrap(), all);
    let (april, june) = ("2026-04-01".parse().unwrap(), "2026-06-30".parse().unwrap());
    assert_eq!(fold(fang, ReceivedQuery::new().between(april, june)).await.unwrap(), all);
    assert_eq!(fold(fang, ReceivedQuery::new().name(SELLER_NAME).unwrap()).await.unwrap(), all);
    assert_eq!(fold(fang, ReceivedQuery::new().number(number(3))).await.unwrap(), (1, vec![number(3)]));
    let none = ReceivedQuery::new().in_state(ReceivedState::Paid);
    assert_eq!(fold(fang, none).await.unwrap().0, 0);
    let reviewer = Actor::staff(ActorId::new("rita").unwrap(), Role::Reviewer);
    let refused = fold(&reviewer, ReceivedQuery::new()).await.unwrap_err();
    assert_eq!(code(&refused), RefusalCode::NotPermitted);
    let failed = desk.fold_received(fang, &ReceivedQuery::new(), |_| Err(refused_by_hand())).await;
    assert_eq!(code(&failed.unwrap_err()), RefusalCode::ReceivedText, "what the fold fails with ends it");
}

fn refused_by_hand() -> DeskError {
    Refusal::new(RefusalCode::ReceivedText).with("what", "row").with("most", 1).into()
}
