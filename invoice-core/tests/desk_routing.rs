//! Several providers for one seller: an intent moves only after a denial, or when nothing of it is on its way.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

mod desk_support;

use std::sync::Arc;
use std::time::Duration;

use desk_support::{Bureau, TAX_IDS, Town, clock, provider_id};
use invoice_core::invoice::InvoiceKind;
use invoice_core::provider::{CallbackTrust, Capability, InvoiceProvider};

const MINUTE: Duration = Duration::from_secs(60);

fn town() -> Town {
    let clock = clock();
    let bureaus =
        ["a", "b"].map(|id| Bureau::new(id, &clock, |all| all.with_callbacks(CallbackTrust::Signed)));
    Town::new(clock, bureaus.to_vec())
}

fn issued(town: &Town) -> [usize; 2] {
    [0, 1].map(|at| town.bureaus[at].books().issued.len())
}

#[tokio::test]
async fn a_denied_intent_moves_on_with_a_new_key_and_late_news_of_the_old_one_changes_nothing() {
    let town = town();
    town.bureaus[0].books().denies = true;
    town.bureaus[1].books().accepts = true;
    town.applied("1", 0, "100.00").await;
    let first = town.task("P1", 0).await.key().clone();
    town.pump(&town.desk).await;
    let moved = town.task("P1", 0).await;
    assert_eq!((moved.provider(), moved.state().as_str()), (&provider_id("b"), "planned"));
    assert_ne!(moved.key(), &first);
    let former = &moved.former_keys()[0];
    assert_eq!((&former.key, former.denied.as_deref()), (&first, Some("E9105")));

    town.pump(&town.desk).await;
    assert_eq!(town.task("P1", 0).await.state().as_str(), "accepted");
    // The first bureau says "denied" once more, of its key and even of the new one: it is not its business any more.
    for key in [first.as_str(), moved.key().as_str()] {
        let body = format!("{key};denied");
        town.desk.callback(&town.system, &provider_id("a"), &[], body.as_bytes()).await.unwrap();
        assert_eq!(town.task("P1", 0).await.state().as_str(), "accepted", "{key}");
    }
    town.pump_for(&town.desk, MINUTE).await;
    assert_eq!(town.task("P1", 0).await.state().as_str(), "issued");
    assert_eq!(issued(&town), [0, 1]);
}

#[tokio::test]
async fn what_all_have_denied_has_failed() {
    let town = town();
    town.bureaus.iter().for_each(|bureau| bureau.books().denies = true);
    town.applied("1", 0, "100.00").await;
    town.pump_for(&town.desk, MINUTE).await;
    assert_eq!(town.task("P1", 0).await.state().as_str(), "failed");
    assert_eq!([0, 1].map(|at| town.bureaus[at].calls("issue")), [1, 1]);
}

#[tokio::test]
async fn an_unknown_outcome_never_moves() {
    let town = town();
    town.bureaus[0].books().loses = true;
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    town.bureaus[0].books().dark = true;
    town.pump_for(&town.desk, 20 * 60 * MINUTE).await;
    let task = town.task("P1", 0).await;
    assert_eq!((task.provider(), task.state().as_str()), (&provider_id("a"), "submitting"));
    // A new one meets the closed circuit and goes to the other bureau at once.
    town.applied("2", 0, "100.00").await;
    town.pump_for(&town.desk, MINUTE).await;
    assert_eq!(town.task("P2", 0).await.provider(), &provider_id("b"));
    assert_eq!(issued(&town), [1, 1]);
    (town.bureaus[0].books().dark, town.bureaus[0].books().loses) = (false, false);
    town.pump_for(&town.desk, 60 * MINUTE).await;
    assert_eq!(town.task("P1", 0).await.state().as_str(), "issued");
    assert_eq!(issued(&town), [1, 1], "found, not issued again");
}

#[tokio::test]
async fn a_seller_that_must_log_in_goes_elsewhere_meanwhile() {
    let town = town();
    town.bureaus[0].books().blocked.insert(TAX_IDS[0].to_owned());
    for id in ["1", "2", "3"] {
        town.applied(id, 0, "100.00").await;
    }
    town.applied("4", 1, "100.00").await;
    town.pump_for(&town.desk, 2 * MINUTE).await;
    assert_eq!(issued(&town), [1, 3]);
    assert_eq!(town.desk.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn kind_and_credit_line_choose_the_way() {
    let clock = clock();
    let line = |all: invoice_core::provider::Capabilities| all.with(Capability::CreditLine);
    let (a, b) = (Bureau::new("a", &clock, line), Bureau::new("b", &clock, line));
    let town = Town::new(clock, vec![Arc::clone(&a), Arc::clone(&b)]);
    assert!(a.capabilities().issues(InvoiceKind::DIGITAL_ORDINARY));
    a.books().credit = Some("50.00".parse().unwrap());
    b.books().credit = Some("500.00".parse().unwrap());
    town.applied("1", 0, "100.00").await;
    town.applied("2", 0, "20.00").await;
    town.pump_for(&town.desk, MINUTE).await;
    assert_eq!(town.task("P1", 0).await.provider(), &provider_id("b"), "more than the first has left");
    assert_eq!(town.task("P2", 0).await.provider(), &provider_id("a"));
    assert_eq!(
        (a.calls("credit"), b.calls("credit")),
        (1, 1),
        "asked now and then, not before every invoice"
    );
}
