//! Correcting (换开): red whole, then blue under another title, whatever comes in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::Arc;
use std::time::Duration;

use crate::desk_support::*;
use invoice_core::application::{Application, ApplicationState, CorrectRequest, NextStep};
use invoice_core::desk::DeskError;
use invoice_core::error::RefusalCode;
use invoice_core::id::{InvoiceId, WorkerId};
use invoice_core::invoice::{Color, InvoiceClass, InvoiceKind};
use invoice_core::money::Money;
use invoice_core::plan::red::{RedExtent, RedReason};
use invoice_core::store::MemoryStore;
use invoice_core::title::Title;
use invoice_providers::sandbox::RedRule;
use proptest::prelude::*;

fn other() -> Title {
    Title::person("张三")
}

fn correction(id: &str, of: &str, title: Title) -> CorrectRequest {
    CorrectRequest {
        id: application_id(id),
        of: application_id(of),
        title,
        kind: InvoiceKind::DIGITAL_ORDINARY,
        remark: None,
    }
}

async fn correct(shop: &Shop, id: &str, of: &str, title: Title) -> Result<Application, DeskError> {
    shop.desk.correct(&shop.finance, correction(id, of, title)).await
}

/// Does what is due now and moves no clock.
async fn pump(shop: &Shop) {
    let worker = WorkerId::new("w").unwrap();
    while shop.desk.pump(&shop.system, &worker, 100).await.unwrap().claimed > 0 {}
}

async fn state(shop: &Shop, id: &str) -> ApplicationState {
    shop.application(id).await.state()
}

#[tokio::test]
async fn a_wrong_title_is_taken_back_whole_and_issued_again() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00"), line("2", CLOTHES, 1, "25000.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    let blues = shop.invoices("P-1").await.len();
    let successor = correct(&shop, "P-2", "P-1", other()).await.unwrap();
    assert_eq!(successor.state(), ApplicationState::Issuing);
    assert_eq!(successor.gross(), yuan("25100.00"));
    shop.settle().await;
    assert_eq!(state(&shop, "P-1").await, ApplicationState::RedFlushed);
    assert_eq!(state(&shop, "P-2").await, ApplicationState::Issued);
    for invoice in shop.invoices("P-1").await.iter().filter(|invoice| !invoice.is_blue()) {
        let Color::Red { reason, .. } = invoice.color() else { panic!("a blue") };
        assert_eq!((*reason, invoice.title()), (RedReason::IssuedInError, &company()));
    }
    let again = shop.invoices("P-2").await;
    assert_eq!(again.len(), blues);
    assert!(again.iter().all(|invoice| invoice.title() == &other()));
    // Asked again it is the same; and the versions are told in order.
    correct(&shop, "P-2", "P-1", other()).await.unwrap();
    let third = Title::person("李四");
    correct(&shop, "P-3", "P-2", third.clone()).await.unwrap();
    shop.settle().await;
    for id in ["P-1", "P-2", "P-3"] {
        let versions = shop.desk.versions(&shop.finance, &application_id(id)).await.unwrap();
        let ids: Vec<_> = versions.iter().map(|version| version.id().as_str().to_owned()).collect();
        assert_eq!(ids, ["P-1", "P-2", "P-3"]);
    }
    assert!(shop.invoices("P-3").await.iter().all(|invoice| invoice.title() == &third));
    assert!(shop.desk.balance(&shop.system, &order).await.unwrap().invoiceable().is_zero());
    shop.prove().await;
}

#[tokio::test]
async fn what_cannot_be_corrected_is_refused_with_its_code() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let refused = |result: Result<Application, DeskError>| code(&result.unwrap_err());
    assert_eq!(refused(correct(&shop, "P-2", "P-1", other()).await), RefusalCode::ApplicationState);
    assert_eq!(refused(correct(&shop, "P-2", "P-9", other()).await), RefusalCode::ApplicationUnknown);
    shop.settle().await;
    assert_eq!(refused(correct(&shop, "P-2", "P-1", company()).await), RefusalCode::NothingToCorrect);
    assert_eq!(refused(correct(&shop, "P-2", "P-1", Title::person("")).await), RefusalCode::TitleInvalid);
    let special =
        CorrectRequest { kind: InvoiceKind::DIGITAL_ORDINARY_PAPER, ..correction("P-2", "P-1", other()) };
    let kind = shop.desk.correct(&shop.finance, special).await;
    assert_eq!(refused(kind), RefusalCode::KindNotOffered);
    let buyer =
        invoice_core::access::Actor::buyer(invoice_core::id::ActorId::new("buyer-1").unwrap(), buyer_id());
    let by_buyer = shop.desk.correct(&buyer, correction("P-2", "P-1", other())).await;
    assert_eq!(refused(by_buyer), RefusalCode::NotPermitted);
    correct(&shop, "P-2", "P-1", other()).await.unwrap();
    assert_eq!(
        refused(correct(&shop, "P-2", "P-1", Title::person("李四")).await),
        RefusalCode::ApplicationChanged
    );
    assert_eq!(
        refused(correct(&shop, "P-3", "P-1", Title::person("李四")).await),
        RefusalCode::CorrectedAlready
    );
    shop.settle().await;
    assert_eq!(
        refused(correct(&shop, "P-3", "P-1", Title::person("李四")).await),
        RefusalCode::ApplicationState
    );
    shop.prove().await;
}

#[tokio::test]
async fn only_what_refunds_have_left_is_issued_again() {
    // Refunded before: the red of the rest is not "issued in error" any more.
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "33.33", Some(1))]).await.unwrap();
    shop.settle().await;
    assert_eq!(correct(&shop, "P-2", "P-1", other()).await.unwrap().gross(), yuan("66.67"));
    shop.settle().await;
    assert_eq!(shop.application("P-2").await.gross(), yuan("66.67"));
    shop.prove().await;

    // Refunded while the reds are on their way: they take all back, and less is issued again; at last nothing.
    for (refunded, quantity, left) in [("33.33", 1, Some("66.67")), ("100.00", 3, None)] {
        let shop = Shop::with(|bureau| bureau.asynchronous(Duration::from_secs(30)));
        let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
        shop.apply("P-1", &[&order]).await;
        shop.settle().await;
        correct(&shop, "P-2", "P-1", other()).await.unwrap();
        pump(&shop).await;
        shop.refund("R-1", &order, &[("1", refunded, Some(quantity))]).await.unwrap();
        shop.settle().await;
        assert_eq!(state(&shop, "P-1").await, ApplicationState::RedFlushed);
        match left {
            Some(left) => assert_eq!(shop.application("P-2").await.gross(), yuan(left)),
            None => assert_eq!(state(&shop, "P-2").await, ApplicationState::Cancelled),
        }
        shop.prove().await;
    }
}

#[tokio::test]
async fn a_correction_waits_for_the_red_that_waits_for_its_confirmation() {
    let shop = Shop::with(|bureau| bureau.red(RedRule::BuyerConfirms));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    shop.refund("R-1", &order, &[("1", "33.33", Some(1))]).await.unwrap();
    pump(&shop).await;
    correct(&shop, "P-2", "P-1", other()).await.unwrap();
    pump(&shop).await;
    assert_eq!(shop.bureau.open_confirmations().len(), 1, "one red at a time");
    let next = shop.desk.outlook(&shop.finance, &application_id("P-1")).await.unwrap();
    assert_eq!(next[0].step, NextStep::Confirm);
    for _ in 0..2 {
        let open = shop.bureau.open_confirmations();
        assert_eq!(open.len(), 1);
        shop.bureau.buyer_confirms(&open[0].number).unwrap();
        shop.clock.advance(Duration::from_secs(3600));
        pump(&shop).await;
    }
    shop.settle().await;
    assert_eq!(state(&shop, "P-1").await, ApplicationState::RedFlushed);
    assert_eq!(shop.application("P-2").await.gross(), yuan("66.67"));
    assert_eq!(state(&shop, "P-2").await, ApplicationState::Issued);
    shop.prove().await;
}

#[tokio::test]
async fn a_refused_red_waits_for_a_person_who_tries_again_or_gives_the_correction_up() {
    for tries_again in [true, false] {
        let shop = Shop::with(|bureau| bureau.red(RedRule::BuyerConfirms));
        let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00"), line("2", COURSE, 1, "60.00")]).await;
        shop.apply("P-1", &[&order]).await;
        shop.settle().await;
        correct(&shop, "P-2", "P-1", other()).await.unwrap();
        pump(&shop).await;
        let cancel = shop.desk.cancel(&shop.finance, &application_id("P-2")).await.unwrap_err();
        assert_eq!(code(&cancel), RefusalCode::ApplicationState, "a red is under way");
        let open = shop.bureau.open_confirmations();
        assert_eq!(open.len(), 2);
        shop.bureau.buyer_confirms(&open[0].number).unwrap();
        shop.bureau.buyer_refuses(&open[1].number).unwrap();
        shop.settle().await;
        assert_eq!(state(&shop, "P-2").await, ApplicationState::Issuing);
        let next = shop.desk.outlook(&shop.finance, &application_id("P-2")).await.unwrap();
        assert_eq!(next.iter().map(|next| next.step).collect::<Vec<_>>(), [NextStep::Decide]);
        // What came back is held: nobody else can have it.
        assert!(shop.desk.balance(&shop.finance, &order).await.unwrap().invoiceable().is_zero());
        shop.prove().await;
        if tries_again {
            let refused = next[0].subject.strip_prefix("invoice/").unwrap();
            let red = InvoiceId::new(refused).unwrap();
            shop.desk.retry(&shop.finance, &red).await.unwrap();
            shop.desk.retry(&shop.finance, &red).await.unwrap();
            pump(&shop).await;
            let open = shop.bureau.open_confirmations();
            assert_eq!(open.len(), 1, "asked for once more, and once only");
            shop.bureau.buyer_confirms(&open[0].number).unwrap();
            shop.settle().await;
            assert_eq!(state(&shop, "P-1").await, ApplicationState::RedFlushed);
            assert_eq!(state(&shop, "P-2").await, ApplicationState::Issued);
            assert_eq!(shop.application("P-2").await.gross(), yuan("160.00"));
        } else {
            shop.desk.cancel(&shop.finance, &application_id("P-2")).await.unwrap();
            assert!(shop.desk.balance(&shop.finance, &order).await.unwrap().invoiceable().is_positive());
            // What is still issued can be corrected by another.
            correct(&shop, "P-3", "P-1", other()).await.unwrap();
            pump(&shop).await;
            assert_eq!(shop.bureau.open_confirmations().len(), 1);
        }
        shop.prove().await;
    }
}

#[tokio::test]
async fn nothing_is_taken_back_before_the_correction_is_approved() {
    let shop = Shop::new();
    let order = shop.sell("A-1", vec![line("1", CLOTHES, 2, "300.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    let wish =
        |id: &str| CorrectRequest { kind: InvoiceKind::DIGITAL_SPECIAL, ..correction(id, "P-1", company()) };
    let waits = shop.desk.correct(&shop.finance, wish("P-2")).await.unwrap();
    assert_eq!(waits.state(), ApplicationState::PendingReview);
    shop.settle().await;
    shop.desk.reject(&shop.reviewer, &application_id("P-2"), "not needed").await.unwrap();
    shop.settle().await;
    assert_eq!(shop.bureau.issued().count(), 1);
    assert_eq!(state(&shop, "P-1").await, ApplicationState::Issued);
    shop.desk.correct(&shop.finance, wish("P-3")).await.unwrap();
    shop.desk.approve(&shop.reviewer, &application_id("P-3")).await.unwrap();
    shop.settle().await;
    assert_eq!(state(&shop, "P-1").await, ApplicationState::RedFlushed);
    assert_eq!(state(&shop, "P-3").await, ApplicationState::Issued);
    assert!(shop.invoices("P-3").await.iter().all(|invoice| invoice.kind() == InvoiceKind::DIGITAL_SPECIAL));
    shop.prove().await;
}

#[derive(Debug, Clone)]
enum Step {
    Refund(usize, i64),
    Correct(u8),
    Apply,
    Confirm(bool),
    Pump,
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..2_usize, 1..6000_i64).prop_map(|(line, fen)| Step::Refund(line, fen)),
        (0..4_u8).prop_map(Step::Correct),
        Just(Step::Apply),
        any::<bool>().prop_map(Step::Confirm),
        Just(Step::Pump),
        Just(Step::Wait),
    ];
    proptest::collection::vec(step, 1..14)
}

/// Confirms what waits and tries again what was refused, until nothing waits on anybody.
async fn make_good(shop: &Shop) {
    for _ in 0..40 {
        pump(shop).await;
        for open in shop.bureau.open_confirmations() {
            // One that has run out meanwhile is refused, and asked for again below.
            let _ = shop.bureau.buyer_confirms(&open.number);
        }
        shop.clock.advance(Duration::from_secs(3601));
        let waits = shop.desk.waiting(&shop.finance, Some("invoice/"), 1000).await.unwrap().items;
        for refused in waits.iter().filter(|waits| waits.step == NextStep::Decide) {
            let red = refused.subject.strip_prefix("invoice/").unwrap();
            shop.desk.retry(&shop.finance, &InvoiceId::new(red).unwrap()).await.unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Whatever is corrected, refunded, confirmed and refused in whatever order: while no red is refused the books hold at
    /// every step; and once people have done their part nothing is left to correct, to take back or to wait for.
    #[test]
    fn corrections_and_refunds_in_any_order_keep_the_books(steps in steps(), confirms: bool, later: bool) {
        let rule = if confirms { RedRule::BuyerConfirms } else { RedRule::SellerOnly };
        let shop = Shop::with(|bureau| {
            let bureau = bureau.red(rule);
            if later { bureau.asynchronous(Duration::from_secs(30)) } else { bureau }
        });
        invoice_core::testkit::block_on(async {
            let lines = vec![line("1", BOOK, 3, "100.00"), line("2", COURSE, 1, "60.00")];
            let order = shop.sell("A-1", lines).await;
            shop.apply("P-0", &[&order]).await;
            let (mut newest, mut refunds, mut refused) = (0, 0, false);
            for step in steps {
                match step {
                    Step::Refund(line, fen) => {
                        refunds += 1;
                        let (line, amount) = (["1", "2"][line], Money::from_fen(fen).to_string());
                        let _ = shop.refund(&format!("R-{refunds}"), &order, &[(line, &amount, None)]).await;
                    }
                    Step::Correct(title) => {
                        let (id, of) = (format!("P-{}", newest + 1), format!("P-{newest}"));
                        let title = Title::person(["张三", "李四", "王五", "赵六"][usize::from(title)]);
                        if correct(&shop, &id, &of, title).await.is_ok() {
                            newest += 1;
                        }
                    }
                    Step::Apply => {
                        let _ = shop.desk.apply(&shop.system, shop.wish("Q-1", &[&order]), None).await;
                    }
                    Step::Confirm(yes) => {
                        for open in shop.bureau.open_confirmations() {
                            refused |= !yes;
                            let answer = if yes {
                                shop.bureau.buyer_confirms(&open.number)
                            } else {
                                shop.bureau.buyer_refuses(&open.number)
                            };
                            refused |= answer.is_err();
                        }
                    }
                    Step::Pump => pump(&shop).await,
                    Step::Wait => shop.clock.advance(Duration::from_secs(3600)),
                }
                let proof = shop.desk.reconcile(&shop.finance, &seller_id()).await.unwrap();
                assert!(refused || proof.holds(), "{:?}", proof.broken);
            }
            make_good(&shop).await;
            shop.prove().await;
            let balance = shop.desk.balance(&shop.finance, &order).await.unwrap();
            for line in balance.lines() {
                assert!(line.reserved().is_zero() && line.excess().is_zero(), "{line:?}");
            }
            for id in 0..=newest {
                let id = application_id(&format!("P-{id}"));
                assert!(!shop.desk.application(&shop.finance, &id).await.unwrap().is_correcting(), "{id}");
            }
        });
    }
}

/// A red of a correction that the buyer refused is asked for again, though a refund came in between: before the desk heard
/// of the refusal, or after, so that a red of its own is under way when somebody tries again.
#[test]
fn a_refund_beside_a_refused_red_leaves_no_correction_behind() {
    for (heard, confirmed_first) in [(false, false), (true, false), (true, true)] {
        let shop = Shop::with(|bureau| bureau.red(RedRule::BuyerConfirms));
        invoice_core::testkit::block_on(async {
            let lines = vec![line("1", BOOK, 3, "100.00"), line("2", COURSE, 1, "60.00")];
            let order = shop.sell("A-1", lines).await;
            shop.apply("P-0", &[&order]).await;
            pump(&shop).await;
            correct(&shop, "P-1", "P-0", Title::person("张三")).await.unwrap();
            pump(&shop).await;
            for open in shop.bureau.open_confirmations() {
                shop.bureau.buyer_refuses(&open.number).unwrap();
            }
            if heard {
                shop.clock.advance(Duration::from_secs(3601));
                pump(&shop).await;
            }
            shop.refund("R-1", &order, &[("1", "0.01", None)]).await.unwrap();
            if confirmed_first {
                pump(&shop).await;
            }
            make_good(&shop).await;
            shop.prove().await;
            let corrected = shop.desk.application(&shop.finance, &application_id("P-1")).await.unwrap();
            assert!(!corrected.is_correcting(), "{heard} {confirmed_first}");
            assert_eq!(corrected.state(), ApplicationState::Issued, "{heard} {confirmed_first}");
            assert_eq!(corrected.gross(), "159.99".parse().unwrap());
        });
    }
}

/// A seller whose reds take whole invoices: a refund's red that was under way when somebody corrects the title takes all of
/// it back, and what the refund left is issued under the new title and under no other.
#[test]
fn what_a_refunds_whole_red_takes_back_is_the_corrections() {
    let seller = seller().with_red_extent(InvoiceClass::Ordinary, RedExtent::WholeInvoice);
    let shop = Shop::built(
        Arc::new(MemoryStore::new()),
        |bureau| bureau.red(RedRule::BuyerConfirms),
        seller,
        |desk| desk,
    );
    invoice_core::testkit::block_on(async {
        let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
        shop.apply("P-0", &[&order]).await;
        pump(&shop).await;
        shop.refund("R-1", &order, &[("1", "0.01", None)]).await.unwrap();
        pump(&shop).await;
        correct(&shop, "P-1", "P-0", Title::person("张三")).await.unwrap();
        make_good(&shop).await;
        shop.prove().await;
        let corrected = shop.application("P-1").await;
        assert_eq!(
            (corrected.state(), corrected.gross()),
            (ApplicationState::Issued, "99.99".parse().unwrap())
        );
        let balance = shop.desk.balance(&shop.finance, &order).await.unwrap();
        assert!(balance.invoiceable().is_zero());
    });
}
