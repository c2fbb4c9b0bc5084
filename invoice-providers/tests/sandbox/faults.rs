//! Faults, credit, files and callbacks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::time::Duration;

use crate::support::{HOUR, at, clock, issued, key, prepared, refusal};
use invoice_core::provider::{
    CallbackEvent, CallbackOutcome, CreditLine, DocumentFormat, Effect, ErrorKind, InvoiceProvider,
    QueryAnswer, SessionState,
};
use invoice_core::testkit::provider::{SAMPLE_SELLER, SampleRequest};
use invoice_providers::sandbox::{
    Callbacks, Downloads, Fault, FaultPlan, RedRule, Repeat, SandboxBureau, SandboxError,
};

fn request(name: &str, gross: &str) -> invoice_core::provider::PreparedRequest {
    prepared(&SampleRequest::new(name).line(1, gross).build())
}

#[tokio::test]
async fn each_fault_of_a_request_does_what_it_says() {
    use Effect::{NotApplied, Unknown};
    use ErrorKind as K;
    for (fault, kind, effect, invoices) in [
        (Fault::LostBefore, K::NoAnswer, Unknown, 0),
        (Fault::LostAfter, K::NoAnswer, Unknown, 1),
        (Fault::Late, K::NoAnswer, Unknown, 1),
        (Fault::SaidFailed, K::Rejected, NotApplied, 1),
        (Fault::Busy, K::Busy, NotApplied, 0),
        (Fault::RateLimited, K::RateLimited, NotApplied, 0),
        (Fault::OperatorChallenge, K::OperatorNeeded, NotApplied, 0),
        (Fault::QuotaExceeded, K::QuotaExceeded, NotApplied, 0),
        (Fault::LockedSerial, K::Duplicate, Unknown, 0),
    ] {
        let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
        bureau.inject_for(&key("k"), fault);
        issued(bureau.issue(&request("other", "1.00")).await);
        let error = bureau.issue(&request("k", "1.00")).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (kind, effect), "{fault:?}");
        assert_eq!(bureau.invoices_of(&key("k")), invoices, "{fault:?}");
        assert_eq!(bureau.faults_fired().into_iter().collect::<Vec<_>>(), [(fault, 1)]);
    }
}

#[tokio::test]
async fn a_late_key_is_not_found_and_issued_twice_by_whoever_sends_it_again() {
    let clock = clock();
    let bureau =
        SandboxBureau::builder(1, clock.clone()).repeat(Repeat::IssueAgain).late_by(HOUR).build().unwrap();
    bureau.inject(Fault::Late);
    assert!(bureau.issue(&request("k", "1.00")).await.is_err());
    assert_eq!(bureau.query(&key("k")).await.unwrap(), QueryAnswer::NotFound);
    clock.advance(HOUR);
    assert!(matches!(bureau.query(&key("k")).await, Ok(QueryAnswer::Issued(_))));
    issued(bureau.issue(&request("k", "1.00")).await);
    assert_eq!(bureau.invoices_of(&key("k")), 2);
    let late = SandboxBureau::builder(1, clock).late_by(13 * HOUR).build();
    assert!(matches!(late, Err(SandboxError::Setting(_))));
}

#[tokio::test]
async fn a_challenge_stops_one_seller_until_a_person_came() {
    let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
    bureau.inject(Fault::OperatorChallenge);
    for name in ["a", "b"] {
        assert_eq!(refusal(bureau.issue(&request(name, "1.00")).await), "SBX-905");
    }
    let other = SampleRequest::new("c").seller("91310000631295002H").line(1, "1.00").build();
    issued(bureau.issue(&prepared(&other)).await);
    let needed = SessionState::OperatorNeeded { code: "SBX-905".into() };
    assert_eq!(bureau.session(SAMPLE_SELLER).await.unwrap(), needed);
    bureau.clear_challenge(SAMPLE_SELLER);
    assert_eq!(bureau.session(SAMPLE_SELLER).await.unwrap(), SessionState::Ready);
    issued(bureau.issue(&request("a", "1.00")).await);
}

#[tokio::test]
async fn a_locked_serial_is_pending_and_then_free() {
    let clock = clock();
    let bureau = SandboxBureau::builder(1, clock.clone()).late_by(HOUR).build().unwrap();
    bureau.inject(Fault::LockedSerial);
    for _ in 0..2 {
        assert!(bureau.issue(&request("k", "1.00")).await.is_err());
    }
    assert_eq!(bureau.query(&key("k")).await.unwrap(), QueryAnswer::Pending { poll_after: HOUR });
    clock.advance(HOUR);
    assert_eq!(bureau.query(&key("k")).await.unwrap(), QueryAnswer::NotFound);
    issued(bureau.issue(&request("k", "1.00")).await);
}

#[tokio::test]
async fn chance_depends_on_seed_key_and_count_only() {
    let run = async |seed: u64, keys: &[usize]| {
        let plan = FaultPlan::rough(60);
        let bureau = SandboxBureau::builder(seed, clock()).faults(plan).build().unwrap();
        let mut seen = Vec::new();
        for index in keys {
            let name = format!("k{index}");
            let first = bureau.issue(&request(&name, "1.00")).await.map_err(|error| error.to_string());
            let second = bureau.issue(&request(&name, "1.00")).await.map_err(|error| error.to_string());
            seen.push((name, first, second));
        }
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        (seen, bureau.faults_fired())
    };
    let forth: Vec<usize> = (0..200).collect();
    let back: Vec<usize> = (0..200).rev().collect();
    let (seen, fired) = run(1, &forth).await;
    assert_eq!((seen.clone(), fired.clone()), run(1, &back).await);
    assert_ne!(seen, run(2, &forth).await.0);
    assert!(fired.len() >= 6, "{fired:?}");
}

#[tokio::test]
async fn the_credit_line_is_used_given_back_in_its_month_and_new_in_the_next() {
    let clock = clock();
    let bureau = SandboxBureau::builder(1, clock.clone())
        .red(RedRule::Direct)
        .credit_line(SAMPLE_SELLER, Some("1000.00".parse().unwrap()))
        .build()
        .unwrap();
    let left = async || bureau.credit_line(SAMPLE_SELLER).await.unwrap().available.unwrap().to_string();
    let red_of = async |name: &str, blue: &SampleRequest, reason: &str| {
        let blue = blue.clone().build();
        let number = bureau.issued().find(|entry| entry.key == *blue.key()).unwrap().number;
        let red = SampleRequest::red_of(name, &blue, &number, reason).build();
        issued(bureau.issue_red(&prepared(&red)).await);
    };
    // 885.00 and 88.50 net.
    let big = SampleRequest::new("big").line(1, "1000.05");
    let small = SampleRequest::new("small").line(1, "100.00");
    issued(bureau.issue(&prepared(&big.clone().build())).await);
    issued(bureau.issue(&prepared(&small.clone().build())).await);
    assert_eq!(left().await, "26.50");
    let error = bureau.issue(&request("more", "30.00")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::QuotaExceeded, Some("SBX-303")));
    assert_eq!(bureau.query(&key("more")).await.unwrap(), QueryAnswer::NotFound);
    red_of("r1", &big, "01").await;
    assert_eq!(left().await, "911.50");
    issued(bureau.issue(&request("more", "30.00")).await);
    clock.set("2026-05-31T16:00:00Z".parse().unwrap());
    assert_eq!(left().await, "1000.00");
    red_of("r2", &small, "01").await;
    assert_eq!(left().await, "1000.00");
    let unlimited = CreditLine { total: None, available: None };
    assert_eq!(bureau.credit_line("91310000631295002H").await.unwrap(), unlimited);
}

#[tokio::test]
async fn files_come_when_they_are_ready() {
    let clock = clock();
    let bureau = SandboxBureau::builder(1, clock.clone()).downloads(Downloads::After(HOUR)).build().unwrap();
    let number = issued(bureau.issue(&request("k", "1.00")).await).number;
    assert_eq!(bureau.download(&key("any"), &number, DocumentFormat::Xml).await.unwrap(), None);
    clock.advance(HOUR);
    bureau.inject(Fault::DownloadNotReady);
    assert_eq!(bureau.download(&key("any"), &number, DocumentFormat::Xml).await.unwrap(), None);
    let file = bureau.download(&key("any"), &number, DocumentFormat::Xml).await.unwrap().unwrap();
    assert_eq!(bureau.download(&key("any"), &number, DocumentFormat::Xml).await.unwrap(), Some(file));
    let pdf = bureau.download(&key("any"), &number, DocumentFormat::Pdf).await.unwrap_err();
    assert_eq!(pdf.kind(), ErrorKind::Unsupported);
    let unknown = "26442000000000000000".parse().unwrap();
    let error = bureau.download(&key("any"), &unknown, DocumentFormat::Xml).await.unwrap_err();
    assert_eq!(error.code(), Some("SBX-501"));
}

#[tokio::test]
async fn text_in_a_file_is_escaped() {
    let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
    let wild = SampleRequest::new("k").line(1, "1.00").remark("<a> & \"b\" \u{7}]]>");
    let number = issued(bureau.issue(&prepared(&wild.build())).await).number;
    let file = bureau.download(&key("any"), &number, DocumentFormat::Xml).await.unwrap().unwrap();
    let text = String::from_utf8(file.bytes).unwrap();
    assert!(text.contains("<Remark>&lt;a&gt; &amp; &quot;b&quot;  ]]&gt;</Remark>"), "{text}");
}

#[tokio::test]
async fn a_signed_callback_is_news_and_any_other_is_not() {
    let clock = clock();
    let minute = Duration::from_secs(60);
    let signed = Callbacks::Signed(b"a shared secret".to_vec());
    let make = |callbacks: Callbacks| {
        SandboxBureau::builder(1, clock.clone()).asynchronous(minute).callbacks(callbacks).build().unwrap()
    };
    let bureau = make(signed);
    bureau.issue(&request("k", "1.00")).await.unwrap();
    assert!(bureau.take_callbacks().is_empty());
    clock.advance(minute);
    bureau.inject(Fault::DoubledCallback);
    let messages = bureau.take_callbacks();
    assert_eq!((messages.len(), &messages[0]), (2, &messages[1]));
    assert!(bureau.take_callbacks().is_empty());

    let message = messages[0].clone();
    let CallbackOutcome::Verified { events, .. } =
        bureau.parse_callback(&message.headers, &message.body, at()).unwrap()
    else {
        panic!("not verified");
    };
    let answer = bureau.query(&key("k")).await.unwrap();
    assert_eq!(events, [CallbackEvent::Intent { key: key("k"), answer }]);

    let wrong = |headers: &[(String, String)], body: &[u8]| {
        let error = bureau.parse_callback(headers, body, at()).unwrap_err();
        assert_eq!((error.code(), error.effect()), (Some("SBX-502"), Effect::Unknown));
    };
    let text = String::from_utf8(message.body.clone()).unwrap();
    wrong(&message.headers, text.replace("\"1.00\"", "\"9.00\"").as_bytes());
    wrong(&message.headers[..1], &message.body);
    let twice: Vec<_> = message.headers.iter().chain(&message.headers).cloned().collect();
    wrong(&twice, &message.body);
    let forger = make(Callbacks::Signed(b"another secret".to_vec()));
    forger.issue(&request("k", "1.00")).await.unwrap();
    clock.advance(minute);
    let forged = forger.take_callbacks().remove(0);
    wrong(&forged.headers, &forged.body);

    let unsigned = make(Callbacks::Unsigned);
    let hint = unsigned.parse_callback(&message.headers, &message.body, at()).unwrap();
    assert!(matches!(hint, CallbackOutcome::Hint { keys, .. } if keys == [key("k")]));
    let none = make(Callbacks::None);
    let error = none.parse_callback(&message.headers, &message.body, at()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn a_confirmation_whose_answer_was_lost_is_found_and_not_applied_for_twice() {
    let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
    let blue = SampleRequest::new("b").line(1, "10.00").build();
    let number = issued(bureau.issue(&prepared(&blue)).await).number;
    let form = prepared(&SampleRequest::red_of("f", &blue, &number, "01").build());
    bureau.inject(Fault::LostBefore);
    assert_eq!(bureau.apply_red(&form).await.unwrap_err().effect(), Effect::Unknown);
    assert_eq!(bureau.query_confirmation(&key("f")).await.unwrap(), None);
    bureau.inject(Fault::LostAfter);
    assert_eq!(bureau.apply_red(&form).await.unwrap_err().effect(), Effect::Unknown);
    let found = bureau.query_confirmation(&key("f")).await.unwrap();
    assert_eq!(bureau.apply_red(&form).await.ok(), found);
    assert_eq!(bureau.open_confirmations().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_that_race_on_the_same_keys_issue_once_and_number_alike() {
    let run = async || {
        let bureau = SandboxBureau::builder(1, clock()).build().unwrap();
        let mut workers = Vec::new();
        for _ in 0..4 {
            let bureau = bureau.clone();
            workers.push(tokio::spawn(async move {
                for index in 0..200 {
                    issued(bureau.issue(&request(&format!("k{index}"), "1.00")).await);
                }
            }));
        }
        for worker in workers {
            worker.await.unwrap();
        }
        let mut numbers: Vec<_> = bureau.issued().map(|entry| (entry.key, entry.number)).collect();
        numbers.sort();
        numbers
    };
    let numbers = run().await;
    assert_eq!(numbers.len(), 200);
    assert_eq!(numbers, run().await);
}
