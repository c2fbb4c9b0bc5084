//! The bureau issues, remembers, takes back and hands out files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::time::Duration;

use crate::support::{HOUR, clock, issued, key, prepared, refusal};
use invoice_core::provider::{
    Capability, ConfirmationState, DocumentFormat, Effect, ErrorKind, InvoiceProvider, IssueAnswer,
    QueryAnswer,
};
use invoice_core::testkit::provider::SampleRequest;
use invoice_providers::sandbox::{Color, RedRule, Repeat, SandboxBureau};

#[tokio::test]
async fn a_blue_invoice_is_issued_found_and_downloaded() {
    let clock = clock();
    let bureau = SandboxBureau::builder(1, clock.clone()).build().unwrap();
    let request = SampleRequest::new("k1").line(3, "100.00").line(1, "50.00").discount("10.00").build();
    let invoice = issued(bureau.issue(&prepared(&request)).await);
    assert!(invoice.number.as_str().starts_with("26442"), "{}", invoice.number);
    assert_eq!((invoice.net, invoice.tax, invoice.gross), (request.net(), request.tax(), request.gross()));
    assert_eq!(bureau.query(&key("k1")).await.unwrap(), QueryAnswer::Issued(invoice.clone()));
    assert_eq!(bureau.query(&key("k2")).await.unwrap(), QueryAnswer::NotFound);

    let file = bureau.download(&key("any"), &invoice.number, DocumentFormat::Xml).await.unwrap().unwrap();
    assert_eq!(file.name, format!("dzfp_{}_20260501120000.xml", invoice.number));
    let text = String::from_utf8(file.bytes).unwrap();
    assert!(text.contains("票样") && text.contains("<TotalTax-includedAmount>140.00<"), "{text}");
    assert!(text.contains("*印刷品*样例图书"));
    let entry = bureau.issued().next().unwrap();
    assert_eq!((entry.color, entry.gross, bureau.totals().blue_count), (Color::Blue, request.gross(), 1));
}

#[tokio::test]
async fn numbers_depend_on_seed_and_key_not_on_order() {
    let issue = async |seed: u64, keys: &[&str]| {
        let bureau = SandboxBureau::builder(seed, clock()).build().unwrap();
        for name in keys {
            let request = SampleRequest::new(name).line(1, "10.00").build();
            issued(bureau.issue(&prepared(&request)).await);
        }
        let mut numbers: Vec<_> = bureau.issued().map(|entry| (entry.key, entry.number)).collect();
        numbers.sort();
        numbers
    };
    assert_eq!(issue(1, &["a", "b", "c"]).await, issue(1, &["c", "a", "b"]).await);
    assert_ne!(issue(1, &["a"]).await, issue(2, &["a"]).await);
}

#[tokio::test]
async fn a_key_sent_twice_follows_the_personality() {
    let request = prepared(&SampleRequest::new("k1").line(1, "10.00").build());
    let other = prepared(&SampleRequest::new("k1").line(1, "20.00").build());
    let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
    assert_eq!(issued(bureau.issue(&request).await), issued(bureau.issue(&request).await));
    let error = bureau.issue(&other).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), error.code()),
        (ErrorKind::Duplicate, Effect::Applied, Some("SBX-003"))
    );

    let bureau = SandboxBureau::builder(1, clock()).repeat(Repeat::Refuse).build().unwrap();
    issued(bureau.issue(&request).await);
    let error = bureau.issue(&request).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Duplicate, Effect::Applied));
    assert_eq!(bureau.invoices_of(&key("k1")), 1);

    let bureau = SandboxBureau::builder(1, clock()).repeat(Repeat::IssueAgain).build().unwrap();
    assert!(!bureau.capabilities().can(Capability::Idempotent));
    let first = issued(bureau.issue(&request).await);
    assert_ne!(first.number, issued(bureau.issue(&request).await).number);
    assert_eq!(bureau.invoices_of(&key("k1")), 2);
    assert_eq!(bureau.query(&key("k1")).await.unwrap(), QueryAnswer::Issued(first));
}

#[tokio::test]
async fn asynchronous_issue_is_pending_until_its_time_and_denies_later() {
    let clock = clock();
    let minute = Duration::from_secs(60);
    let bureau = SandboxBureau::builder(1, clock.clone()).asynchronous(minute).build().unwrap();
    let good = SampleRequest::new("good").line(1, "10.00").build();
    let bad = SampleRequest::new("bad").line(1, "10.00").rows(|rows| rows.clear()).build();
    for request in [&good, &bad] {
        assert!(matches!(bureau.issue(&prepared(request)).await, Ok(IssueAnswer::Accepted { .. })));
    }
    for name in ["good", "bad"] {
        assert_eq!(bureau.query(&key(name)).await.unwrap(), QueryAnswer::Pending { poll_after: minute });
    }
    clock.advance(minute);
    assert!(matches!(bureau.query(&key("good")).await, Ok(QueryAnswer::Issued(_))));
    assert_eq!(bureau.query(&key("bad")).await.unwrap(), QueryAnswer::Denied { code: "SBX-201".into() });
    assert_eq!(refusal(bureau.issue(&prepared(&bad)).await), "SBX-201");
}

#[tokio::test]
async fn a_red_of_the_sellers_own_confirmation() {
    let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
    let blue = SampleRequest::new("b").line(3, "100.00").discount("10.00").line(1, "5.00").build();
    let invoice = issued(bureau.issue(&prepared(&blue)).await);
    let form = SampleRequest::red_of("r", &blue, &invoice.number, "01");
    let confirmation = bureau.apply_red(&prepared(&form.clone().build())).await.unwrap();
    assert_eq!((confirmation.state, confirmation.number.len()), (ConfirmationState::NotNeeded, 20));
    assert_eq!(bureau.query_confirmation(&key("r")).await.unwrap(), Some(confirmation.clone()));
    let second = SampleRequest::red_of("r2", &blue, &invoice.number, "01").build();
    assert_eq!(bureau.apply_red(&prepared(&second)).await.unwrap_err().code(), Some("SBX-405"));
    assert_eq!(refusal(bureau.issue_red(&prepared(&form.clone().build())).await), "SBX-406");

    let red = form.confirmed("r-issue", &confirmation.number).build();
    let issued_red = issued(bureau.issue_red(&prepared(&red)).await);
    assert_eq!(issued_red.gross.checked_neg(), Some(blue.gross()));
    let shown = bureau.query_confirmation(&key("r")).await.unwrap().unwrap();
    assert_eq!(shown.red, Some(issued_red));
    let error = bureau.issue_red(&prepared(&form_again(&blue, &invoice.number, &confirmation.number))).await;
    let error = error.unwrap_err();
    assert_eq!((error.code(), error.effect()), (Some("SBX-410"), Effect::NotApplied));
    assert!(bureau.rows_left(&invoice.number).iter().all(|row| row.net.is_zero() && row.tax.is_zero()));
}

fn form_again(
    blue: &invoice_core::provider::IssueRequest,
    number: &invoice_core::invoice::InvoiceNumber,
    confirmation: &str,
) -> invoice_core::provider::IssueRequest {
    SampleRequest::red_of("x", blue, number, "01").confirmed("another", confirmation).build()
}

#[tokio::test]
async fn a_buyer_must_confirm_within_72_hours() {
    let clock = clock();
    let bureau = SandboxBureau::builder(1, clock.clone()).red(RedRule::BuyerConfirms).build().unwrap();
    let blue = SampleRequest::new("b").line(3, "100.00").build();
    let invoice = issued(bureau.issue(&prepared(&blue)).await);
    let form = |name| SampleRequest::red_of(name, &blue, &invoice.number, "02");
    let apply = async |name| bureau.apply_red(&prepared(&form(name).build())).await;
    let issue = async |name: &str, number: &str| {
        bureau.issue_red(&prepared(&form("f").confirmed(name, number).build())).await
    };

    let waiting = apply("r1").await.unwrap();
    assert_eq!(waiting.state, ConfirmationState::AwaitingBuyer);
    assert_eq!(refusal(issue("i1", &waiting.number).await), "SBX-408");
    clock.advance(72 * HOUR);
    assert_eq!(bureau.open_confirmations().len(), 1);
    clock.advance(Duration::from_secs(1));
    let expired = bureau.query_confirmation(&key("r1")).await.unwrap().unwrap();
    assert_eq!(expired.state, ConfirmationState::Expired);
    assert_eq!(bureau.buyer_confirms(&waiting.number).unwrap_err().code(), Some("SBX-408"));

    let refused = apply("r2").await.unwrap();
    assert_eq!(bureau.buyer_refuses(&refused.number).unwrap().state, ConfirmationState::RefusedByBuyer);
    let withdrawn = apply("r3").await.unwrap();
    let state = bureau.withdraw_confirmation(&key("r3")).await.unwrap().state;
    assert_eq!(state, ConfirmationState::Withdrawn);
    assert_eq!(refusal(issue("i3", &withdrawn.number).await), "SBX-408");

    let confirmed = apply("r4").await.unwrap();
    assert_eq!(bureau.buyer_confirms(&confirmed.number).unwrap().state, ConfirmationState::Confirmed);
    let error = bureau.withdraw_confirmation(&key("r4")).await.unwrap_err();
    assert_eq!(error.code(), Some("SBX-421"));
    issued(issue("i4", &confirmed.number).await);
    assert_eq!(bureau.totals().red_count, 1);
    assert_eq!(bureau.open_confirmations().len(), 0);
}

#[tokio::test]
async fn an_automatic_red_is_found_under_the_confirmations_key_and_not_issued_twice() {
    let bureau =
        SandboxBureau::builder(1, clock()).red(RedRule::BuyerConfirms).automatic_red().build().unwrap();
    let blue = SampleRequest::new("b").line(3, "100.00").build();
    let invoice = issued(bureau.issue(&prepared(&blue)).await);
    let form = SampleRequest::red_of("r", &blue, &invoice.number, "02");
    let waiting = bureau.apply_red(&prepared(&form.clone().build())).await.unwrap();
    assert_eq!(waiting.red, None);
    let red = bureau.buyer_confirms(&waiting.number).unwrap().red.unwrap();
    assert_eq!(bureau.query(&key("r")).await.unwrap(), QueryAnswer::Issued(red.clone()));
    let same_key = prepared(&form.clone().confirmed("r", &waiting.number).build());
    assert_eq!(issued(bureau.issue_red(&same_key).await), red);
    let own_key = prepared(&form.confirmed("own", &waiting.number).build());
    assert_eq!(bureau.issue_red(&own_key).await.unwrap_err().code(), Some("SBX-410"));
    assert_eq!(bureau.totals().red_count, 1);
}
