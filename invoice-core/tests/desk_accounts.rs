//! Accounts at providers: limits, circuits and pauses hold back, and never lose, fail or double anything.
#![cfg(feature = "testkit")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

mod desk_support;

use std::time::Duration;

use chrono::TimeDelta;
use desk_support::{Bureau, TAX_IDS, Town, clock, provider_id, seller_id};
use invoice_core::env::Clock;
use invoice_core::error::RefusalCode;
use invoice_core::invoice::InvoiceState;
use invoice_core::provider::{CircuitPolicy, RateLimit};

const MINUTE: Duration = Duration::from_secs(60);

fn town() -> Town {
    let clock = clock();
    let bureau = Bureau::new("a", &clock, |all| all);
    Town::new(clock, vec![bureau])
}

#[tokio::test]
async fn a_challenge_pauses_one_seller_in_every_process_and_outlives_them() {
    let town = town();
    town.bureaus[0].books().blocked.insert(TAX_IDS[0].to_owned());
    for id in ["1", "2"] {
        town.applied(id, 0, "100.00").await;
    }
    town.applied("3", 1, "100.00").await;
    let report = town.pump(&town.desk).await;
    assert_eq!(report.issued, 1, "the other seller goes on");

    let paused = town.desk.paused(&town.finance).await.unwrap();
    let pause = paused[0].pause.clone().unwrap();
    assert_eq!((paused.len(), pause.code.as_str(), pause.since), (1, "QR", town.clock.now()));
    assert_eq!((&paused[0].id.seller, &paused[0].id.provider), (&seller_id(0), &provider_id("a")));
    let waits = town.task("P1", 0).await;
    assert_eq!(waits.state(), &InvoiceState::Planned { waiting_on: Some("QR".into()) });

    // A process that has just started has never been told by the bureau, and keeps to it all the same.
    let calls = town.bureaus[0].calls("issue");
    let other = town.another(|desk| desk);
    town.applied("4", 1, "100.00").await;
    town.clock.advance(MINUTE);
    assert_eq!(town.pump(&other).await.issued, 1);
    assert_eq!(town.bureaus[0].calls("issue"), calls + 1, "only the other seller's request left");

    // The shop's own systems cannot say that a person has logged in; a person can, and every process hears of it.
    town.bureaus[0].books().blocked.clear();
    let (seller, provider) = (seller_id(0), provider_id("a"));
    let refused = town.desk.resume(&town.system, &seller, &provider).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), RefusalCode::NotPermitted);
    town.desk.resume(&town.finance, &seller, &provider).await.unwrap();
    town.desk.resume(&town.finance, &seller, &provider).await.unwrap();
    assert!(town.desk.paused(&town.finance).await.unwrap().is_empty());
    town.pump_for(&other, 2 * MINUTE).await;
    for id in ["P1", "P2"] {
        assert_eq!(town.task(id, 0).await.state().as_str(), "issued");
    }
    assert_eq!(town.bureaus[0].books().issued.len(), 4);
}

#[tokio::test]
async fn one_call_tries_whether_a_pause_is_over_and_success_ends_it() {
    let town = town();
    town.bureaus[0].books().blocked.insert(TAX_IDS[0].to_owned());
    for id in 0..12 {
        town.applied(&id.to_string(), 0, "100.00").await;
    }
    let desk = town.another(|desk| desk.concurrency(1));
    town.pump(&desk).await;
    assert_eq!(town.bureaus[0].calls("issue"), 1, "the first challenge stops the others");
    town.pump_for(&desk, 16 * MINUTE).await;
    let calls = town.bureaus[0].calls("issue");
    assert!((3..=4).contains(&calls), "one trial every five minutes, not {calls} calls");
    town.bureaus[0].books().blocked.clear();
    town.pump_for(&desk, 20 * MINUTE).await;
    assert!(desk.paused(&town.finance).await.unwrap().is_empty());
    assert_eq!(town.bureaus[0].books().issued.len(), 12);
    assert_eq!(desk.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn a_dark_bureau_is_left_alone_and_then_everything_is_issued_once() {
    let town = town();
    town.bureaus[0].books().dark = true;
    for id in 0..20 {
        town.applied(&id.to_string(), 0, "100.00").await;
    }
    let policy = CircuitPolicy::new(4, Duration::from_secs(30), 10 * MINUTE);
    let desk = town.another(|desk| desk.circuit(policy).concurrency(1));
    town.pump_for(&desk, 120 * MINUTE).await;
    let calls = town.bureaus[0].books().calls.len();
    // Four to trip, then 30 s, 60 s, 2, 4, 8 minutes, and every ten.
    assert!((12..=24).contains(&calls), "{calls} calls in two hours");
    town.bureaus[0].books().dark = false;
    town.pump_for(&desk, 120 * MINUTE).await;
    assert_eq!(town.bureaus[0].books().issued.len(), 20);
    for id in 0..20 {
        assert_eq!(town.task(&format!("P{id}"), 0).await.state().as_str(), "issued");
    }
    assert_eq!(desk.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn refusals_do_not_trip_a_circuit() {
    let town = town();
    town.bureaus[0].books().denies = true;
    let desk = town.another(|desk| desk.circuit(CircuitPolicy::new(1, 10 * MINUTE, 10 * MINUTE)));
    for id in 0..10 {
        town.applied(&id.to_string(), 0, "100.00").await;
    }
    assert_eq!(town.pump(&desk).await.failed, 10, "each was asked for and refused at once");
    town.bureaus[0].books().denies = false;
    town.applied("next", 0, "100.00").await;
    assert_eq!(town.pump(&desk).await.issued, 1);
}

#[tokio::test]
async fn a_rate_limit_delays_and_never_fails() {
    let town = town();
    let limit = RateLimit::new(2, Duration::from_secs(10));
    let desk = town.another(|desk| desk.rate_limit(provider_id("a"), limit));
    for id in 0..15 {
        town.applied(&id.to_string(), 0, "100.00").await;
    }
    town.pump_for(&desk, 5 * MINUTE).await;
    let books = town.bureaus[0].books();
    assert_eq!(books.issued.len(), 15);
    for (first, _) in &books.calls {
        let window = *first + TimeDelta::seconds(10);
        let within = books.calls.iter().filter(|(at, _)| at >= first && *at < window).count();
        assert!(within <= 4, "{within} calls in ten seconds: the pace and one burst");
    }
    let (first, last) = (books.calls[0].0, books.calls.last().unwrap().0);
    assert!((last - first).num_seconds() >= 60, "fifteen calls at two in ten seconds");
}
