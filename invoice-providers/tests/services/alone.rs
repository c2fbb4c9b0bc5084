//! What one service has and others have not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use crate::desk_support::SELLER;
use crate::support::{Bureau, ISSUES, Service, bodies, client};
use crate::world::{world, world_with};
use invoice_core::env::Clock as _;
use invoice_core::id::{IntentKey, ProviderId};
use invoice_core::invoice::InvoiceState;
use invoice_core::money::Money;
use invoice_core::provider::{
    CallbackOutcome, ConfirmationState, CreditLine, DeliveryTarget, DocumentFormat, Effect, ErrorKind,
    InvoiceProvider, LoginMethod, RedAnswer, SessionState,
};
use invoice_core::testkit::provider::SampleRequest;
use invoice_providers::loopback::{Misstep, NuonuoLoopback, Operation};
use invoice_providers::nuonuo::Nuonuo;
use invoice_providers::sandbox::RedRule;

#[tokio::test]
async fn nuonuo_pushes_on_a_seal_that_fails_and_issues_nothing_again() {
    let world = world(Service::Nuonuo);
    world.order().await;
    world.line.bureau.misstep(Operation::Issue, Misstep::SealFails);
    world.one_invoice("unsealed").await;
    assert_eq!(bodies(&world.line.recorder, &["reInvoice"]).len(), 1);
    assert_eq!(bodies(&world.line.recorder, ISSUES).len(), 1);
}

#[tokio::test]
async fn nuonuo_asks_a_person_to_log_in_with_a_code_and_goes_on_afterwards() {
    let world = world(Service::Nuonuo);
    world.line.bureau.sandbox().challenge(SELLER);
    world.order().await;
    world.pump().await;
    assert!(matches!(world.only().await.state(), InvoiceState::Accepted { .. }));
    let needed = SessionState::OperatorNeeded { code: "LOGIN".to_owned() };
    assert_eq!(world.line.provider.session(SELLER).await.unwrap(), needed);
    for method in [LoginMethod::Qr, LoginMethod::Face] {
        assert!(world.line.provider.begin_login(SELLER, method).await.unwrap().scan.is_some());
    }
    let challenge = world.line.provider.begin_login(SELLER, LoginMethod::Qr).await.unwrap();
    let waiting = world.line.provider.complete_login(SELLER, &challenge.id, None).await.unwrap_err();
    assert_eq!(waiting.kind(), ErrorKind::Busy);
    world.line.bureau.sandbox().clear_challenge(SELLER);
    let done = world.line.provider.complete_login(SELLER, &challenge.id, None).await.unwrap();
    assert_eq!(done, SessionState::Ready);
    world.one_invoice("after the login").await;
}

#[tokio::test]
async fn nuonuo_logs_a_person_in_with_the_code_of_a_short_message() {
    let world = world(Service::Nuonuo);
    world.line.bureau.sandbox().challenge(SELLER);
    world.order().await;
    world.pump().await;
    let provider = &world.line.provider;
    let challenge = provider.begin_login(SELLER, LoginMethod::Sms).await.unwrap();
    assert_eq!(challenge.scan, None);
    let complete =
        |code: Option<&str>| provider.complete_login(SELLER, &challenge.id, code.map(str::to_owned));
    assert_eq!(complete(None).await.unwrap_err().kind(), ErrorKind::Rejected);
    assert_eq!(complete(Some("111111")).await.unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(complete(Some(NuonuoLoopback::SMS_CODE)).await.unwrap(), SessionState::Ready);
    world.one_invoice("after the login").await;
}

#[tokio::test]
async fn nuonuo_tells_the_credit_line() {
    let ten = Some(Money::from_fen(1_000));
    let world = world_with(Service::Nuonuo, |bureau| bureau.default_credit_line(ten));
    let line = world.line.provider.credit_line(SELLER).await.unwrap();
    assert_eq!(line, CreditLine { total: ten, available: ten });
}

#[tokio::test]
async fn a_wrong_secret_stops_before_anything_is_issued() {
    let world = world(Service::Nuonuo);
    let Bureau::Nuonuo(bureau) = &world.line.bureau else { panic!("not Nuonuo") };
    let account = crate::support::nuonuo_account(bureau, SELLER, "wrong");
    let place = crate::support::place(&world.line.store, &world.line.clock);
    let wrong = Nuonuo::new(ProviderId::new("other").unwrap(), account, Arc::new(client()), place).unwrap();
    let error = wrong.session(SELLER).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, Some("070101")));
    assert_eq!(world.line.bureau.tokens_given(), 0);
}

#[tokio::test]
async fn nuonuo_is_answered_as_it_wants_however_often_it_calls_back() {
    let world = world_with(Service::Nuonuo, |bureau| bureau.asynchronous(Duration::from_secs(60)));
    let invoice = world.order().await;
    world.pump().await;
    world.line.clock.advance(Duration::from_secs(60));
    let Bureau::Nuonuo(bureau) = &world.line.bureau else { panic!("not Nuonuo") };
    let callbacks = bureau.callbacks().await;
    let [callback] = &callbacks[..] else { panic!("{} callbacks", callbacks.len()) };
    let outcome = world.line.provider.parse_callback(&[], callback, chrono::DateTime::UNIX_EPOCH).unwrap();
    assert!(matches!(outcome, CallbackOutcome::Hint { keys, .. } if keys == [invoice.key().clone()]));
    let provider = ProviderId::new("nuonuo").unwrap();
    for _ in 0..2 {
        let answer = world.shop.desk.callback(&world.shop.system, &provider, &[], callback).await.unwrap();
        assert_eq!(answer, "{\"status\":\"0000\",\"message\":\"同步成功\"}".as_bytes());
    }
    world.one_invoice("callbacks").await;
}

#[tokio::test]
async fn files_are_fetched_without_our_token() {
    for service in [Service::Nuonuo, Service::Small] {
        let world = world(service);
        let invoice = world.order().await;
        world.one_invoice("files").await;
        let provider = &world.line.provider;
        let number = world.only().await.state().issued().unwrap().number.clone();
        for format in [DocumentFormat::Pdf, DocumentFormat::Ofd, DocumentFormat::Xml] {
            let document = provider.download(invoice.key(), &number, format).await.unwrap().unwrap();
            assert!(document.name.starts_with(number.as_str()) && !document.bytes.is_empty());
        }
        world.line.bureau.misstep(Operation::File, Misstep::ServerError);
        let late = provider.download(invoice.key(), &number, DocumentFormat::Pdf).await.unwrap_err();
        assert_eq!(late.effect(), Effect::Unknown);
        let unknown = IntentKey::new("nobody").unwrap();
        assert!(provider.download(&unknown, &number, DocumentFormat::Pdf).await.unwrap().is_none());
        let seen = world.line.recorder.seen();
        let link = seen.iter().find(|seen| seen.request.url().contains("/files/")).unwrap();
        assert!(link.request.headers().is_empty(), "{service:?}: a link is fetched with our token");
    }
}

#[tokio::test]
async fn nuonuo_delivers_to_a_mail_address_or_a_phone() {
    let world = world(Service::Nuonuo);
    world.order().await;
    world.one_invoice("delivered").await;
    let number = world.only().await.state().issued().unwrap().number.clone();
    for target in
        [DeliveryTarget::Email("a@b.invalid".to_owned()), DeliveryTarget::Phone("13800000000".to_owned())]
    {
        world.line.provider.deliver(&number, &target).await.unwrap();
    }
}

#[tokio::test]
async fn baiwang_renews_a_token_with_what_it_came_with() {
    for service in [Service::Enterprise, Service::Small] {
        let world = world(service);
        world.order().await;
        world.line.provider.query(world.only().await.key()).await.unwrap();
        world.line.bureau.end_token();
        world.one_invoice("token ended").await;
        let seen = world.line.recorder.seen();
        let refreshed = seen.iter().any(|seen| seen.request.url().contains("grant_type=refresh_token"));
        assert!(refreshed, "{service:?}: the second token was had with the password");
    }
}

#[tokio::test]
async fn a_red_confirmation_is_listed_found_and_withdrawn_once() {
    for service in [Service::Nuonuo, Service::Enterprise] {
        let world = world_with(service, |bureau| bureau.red(RedRule::BuyerConfirms));
        world.order().await;
        world.one_invoice("blue").await;
        world.refund("33.33").await;
        world.pump().await;
        let provider = &world.line.provider;
        let [open] = &world.shop.bureau.open_confirmations()[..] else { panic!("{service:?}: no form") };
        let since = world.line.clock.now() - chrono::TimeDelta::days(1);
        let mut page = None;
        let mut forms = Vec::new();
        loop {
            let found = provider.list_confirmations(SELLER, since, page).await.unwrap();
            forms.extend(found.forms);
            page = found.next;
            if page.is_none() {
                break;
            }
        }
        let [form] = &forms[..] else { panic!("{service:?}: {forms:?}") };
        assert_eq!((form.confirmation.number.as_str(), form.reason.as_str()), (open.number.as_str(), "02"));
        assert_eq!((form.key.as_ref(), &form.blue), (Some(&open.key), &open.blue), "{service:?}");
        // The services tell whole seconds.
        let seconds = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.timestamp());
        assert_eq!(seconds(form.confirmation.expires_at), seconds(open.expires_at), "{service:?}");
        let [row] = &form.rows[..] else { panic!("{service:?}: {:?}", form.rows) };
        assert_eq!((row.net.fen() + row.tax.fen(), row.blue_row), (3_333, 1), "{service:?}");
        let found = provider.find_confirmation(&open.number).await.unwrap().unwrap();
        assert_eq!(found.state, ConfirmationState::AwaitingBuyer);
        assert!(provider.find_confirmation("no-such-form").await.unwrap().is_none());
        // The buyer has not started it: the seller cannot confirm it, and may withdraw it, said once or twice.
        let refused = provider.answer_confirmation(&open.number, RedAnswer::Confirm).await.unwrap_err();
        assert_ne!(refused.effect(), Effect::Applied, "{service:?}");
        for _ in 0..2 {
            let withdrawn = provider.withdraw_confirmation(&open.key).await.unwrap();
            assert_eq!(withdrawn.state, ConfirmationState::Withdrawn, "{service:?}");
        }
        let nobody = IntentKey::new("nobody").unwrap();
        assert!(provider.query_confirmation(&nobody).await.unwrap().is_none());
        assert_eq!(provider.withdraw_confirmation(&nobody).await.unwrap_err().effect(), Effect::NotApplied);
        world.shop.settle().await;
        let red = world.shop.invoices("P-1").await.pop().unwrap();
        assert!(matches!(red.state(), InvoiceState::Failed { .. }), "{service:?} {:?}", red.state());
    }
}

#[tokio::test]
async fn the_enterprise_line_applies_for_no_red_of_a_blue_that_it_is_not_told_about() {
    let world = world(Service::Enterprise);
    let blue = SampleRequest::new("blue").seller(SELLER).line(1, "5.00").build();
    let number = "26332000004021728676".parse().unwrap();
    let red = SampleRequest::red_of("red", &blue, &number, "02").seller(SELLER);
    let error = world.line.provider.prepare(&red.build()).unwrap_err();
    assert_eq!((error.effect(), error.code()), (Effect::NotApplied, Some("BLUE")));
}
