//! Whatever goes wrong between the desk and Nuonuo: one invoice, or a task that a person can see.
#![cfg(all(feature = "nuonuo", feature = "loopback"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod desk_support;
mod nuonuo_support;

use std::sync::Arc;
use std::time::Duration;

use desk_support::{BOOK, SELLER, Shop, desk_through, line as goods, seller_at};
use invoice_core::application::ApplicationState;
use invoice_core::id::{IntentKey, WorkerId};
use invoice_core::invoice::{Invoice, InvoiceState};
use invoice_core::money::Money;
use invoice_core::provider::{
    CallbackOutcome, CreditLine, DeliveryTarget, DocumentFormat, Effect, ErrorKind, InvoiceProvider,
    LoginMethod, SessionState,
};
use invoice_providers::http::Transport;
use invoice_providers::loopback::{Misstep, Operation};
use invoice_providers::sandbox::SandboxBuilder;
use nuonuo_support::{Impatient, Line, bodies, client, line};

struct World {
    line: Line,
    shop: Shop,
}

fn world_with(
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
) -> World {
    let line = line(SELLER, transport, |bureau| settings(bureau.automatic_red()), |account| account);
    let provider = Arc::clone(&line.provider) as Arc<dyn InvoiceProvider>;
    let desk = desk_through(&line.store, &line.clock, provider, seller_at("nuonuo"), 1);
    let shop =
        Shop::around(desk, line.bureau.sandbox().clone(), Arc::clone(&line.clock), Arc::clone(&line.store));
    World { line, shop }
}

fn world() -> World {
    world_with(Arc::new(client()), |bureau| bureau)
}

impl World {
    async fn order(&self) -> Invoice {
        let order =
            self.shop.sell("A-1", vec![goods("1", BOOK, 3, "100.00"), goods("2", BOOK, 1, "0.05")]).await;
        self.shop.apply("P-1", &[&order]).await;
        self.only().await
    }

    async fn only(&self) -> Invoice {
        let mut invoices = self.shop.invoices("P-1").await;
        assert_eq!(invoices.len(), 1);
        invoices.pop().unwrap()
    }

    async fn pump(&self) {
        let worker = WorkerId::new("w").unwrap();
        self.shop.desk.pump(&self.shop.system, &worker, 10).await.unwrap();
    }

    /// Settled, issued once, and every byte that left for it was the same.
    async fn one_invoice(&self, what: &str) {
        self.shop.settle().await;
        assert_eq!(self.shop.application("P-1").await.state(), ApplicationState::Issued, "{what}");
        assert_eq!(self.shop.bureau.issued().count(), 1, "{what}");
        self.shop.prove().await;
        let mut sent = bodies(&self.line.recorder, &["requestBillingNew"]);
        sent.dedup();
        assert_eq!(sent.len(), 1, "{what}: other bytes were sent");
    }
}

#[tokio::test]
async fn every_fault_of_issuing_ends_in_one_invoice() {
    use Misstep as M;
    for misstep in [
        M::CutBefore,
        M::CutAfter,
        M::CutAnswer,
        M::ServerError,
        M::BadGateway,
        M::Html,
        M::Gbk,
        M::HalfJson,
        M::TooMany,
        M::Busy,
        M::BusyAfter,
        M::TokenExpired,
        M::UnknownCode,
        M::UnknownCodeAfter,
        M::SealFails,
    ] {
        let world = world();
        world.order().await;
        world.line.bureau.misstep(Operation::Issue, misstep);
        world.one_invoice(&format!("{misstep:?}")).await;
        assert_eq!(world.line.bureau.missteps_taken().get(&misstep), Some(&1), "{misstep:?} did not happen");
    }
}

#[tokio::test]
async fn silence_before_and_after_the_effect_ends_in_one_invoice() {
    for misstep in [Misstep::SilentBefore, Misstep::SilentAfter] {
        let world = world_with(Arc::new(Impatient(client())), |bureau| bureau);
        world.order().await;
        world.line.bureau.misstep(Operation::Issue, misstep);
        world.one_invoice(&format!("{misstep:?}")).await;
    }
}

#[tokio::test]
async fn a_question_that_fails_is_asked_again() {
    use Misstep as M;
    for misstep in [
        M::CutBefore,
        M::CutAnswer,
        M::ServerError,
        M::Html,
        M::Gbk,
        M::HalfJson,
        M::Busy,
        M::TokenExpired,
        M::UnknownCode,
        M::UnknownState,
    ] {
        let world = world();
        world.order().await;
        world.line.bureau.misstep(Operation::Query, misstep);
        world.line.bureau.misstep(Operation::Query, misstep);
        world.one_invoice(&format!("{misstep:?}")).await;
        assert_eq!(bodies(&world.line.recorder, &["requestBillingNew"]).len(), 1, "{misstep:?}");
    }
}

#[tokio::test]
async fn an_answer_one_cent_off_never_becomes_an_issued_invoice() {
    let world = world();
    world.order().await;
    for _ in 0..200 {
        world.line.bureau.misstep(Operation::Query, Misstep::CentOff);
    }
    world.shop.settle().await;
    let invoice = world.only().await;
    assert!(matches!(invoice.state(), InvoiceState::InDoubt { .. }), "{:?}", invoice.state());
    assert_eq!(world.shop.bureau.issued().count(), 1);
}

#[tokio::test]
async fn a_token_that_ends_while_issuing_is_renewed_once() {
    let world = world();
    world.order().await;
    world.line.provider.session(SELLER).await.unwrap();
    assert_eq!(world.line.bureau.tokens_given(), 1);
    world.line.bureau.end_token();
    world.one_invoice("token ended").await;
    assert_eq!(world.line.bureau.tokens_given(), 2);
}

#[tokio::test]
async fn a_seal_that_fails_is_pushed_on_and_nothing_is_issued_again() {
    let world = world();
    world.order().await;
    world.line.bureau.misstep(Operation::Issue, Misstep::SealFails);
    world.one_invoice("unsealed").await;
    assert_eq!(bodies(&world.line.recorder, &["reInvoice"]).len(), 1);
    assert_eq!(bodies(&world.line.recorder, &["requestBillingNew"]).len(), 1);
}

#[tokio::test]
async fn while_a_person_is_asked_for_nothing_is_issued_and_afterwards_once() {
    let world = world();
    world.line.bureau.sandbox().challenge(SELLER);
    world.order().await;
    for _ in 0..5 {
        world.pump().await;
        world.line.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(world.shop.bureau.issued().count(), 0);
    assert!(matches!(world.only().await.state(), InvoiceState::Accepted { .. }));
    let needed = SessionState::OperatorNeeded { code: "LOGIN".to_owned() };
    assert_eq!(world.line.provider.session(SELLER).await.unwrap(), needed);
    let challenge = world.line.provider.begin_login(SELLER, LoginMethod::Qr).await.unwrap();
    assert!(challenge.scan.is_some());
    let waiting = world.line.provider.complete_login(SELLER, &challenge.id, None).await.unwrap_err();
    assert_eq!(waiting.kind(), ErrorKind::Busy);
    world.line.bureau.sandbox().clear_challenge(SELLER);
    let done = world.line.provider.complete_login(SELLER, &challenge.id, None).await.unwrap();
    assert_eq!(done, SessionState::Ready);
    world.one_invoice("after the login").await;
}

#[tokio::test]
async fn a_quota_that_is_gone_is_seen_and_nothing_is_issued() {
    let world =
        world_with(Arc::new(client()), |bureau| bureau.default_credit_line(Some(Money::from_fen(1_000))));
    world.order().await;
    world.shop.settle().await;
    let invoice = world.only().await;
    assert!(
        matches!(invoice.state(), InvoiceState::Failed { code, .. } if code == "22.QUOTA"),
        "{:?}",
        invoice.state()
    );
    assert_eq!(world.shop.bureau.issued().count(), 0);
    let line = world.line.provider.credit_line(SELLER).await.unwrap();
    let ten = Some(Money::from_fen(1_000));
    assert_eq!(line, CreditLine { total: ten, available: ten });
}

#[tokio::test]
async fn a_wrong_secret_stops_before_anything_is_issued() {
    let world = world();
    let secret = invoice_providers::credentials::Secret::new("wrong");
    let address = |text: String| invoice_providers::http::Endpoint::new(text).unwrap();
    let account = invoice_providers::nuonuo::NuonuoAccount::new(SELLER, "loopback-key", secret).unwrap();
    let account = account.at(address(world.line.bureau.services()), address(world.line.bureau.token()));
    let place = invoice_providers::credentials::TokenPlace {
        store: Arc::clone(&world.line.store),
        cipher: Arc::new(invoice_core::env::Unsealed),
        clock: world.line.clock.clone(),
        ids: Arc::new(invoice_core::testkit::SeededIds::new(5)),
        tenant: invoice_core::id::TenantId::new("t2").unwrap(),
    };
    let id = invoice_core::id::ProviderId::new("nuonuo").unwrap();
    let wrong = invoice_providers::nuonuo::Nuonuo::new(id, account, Arc::new(client()), place).unwrap();
    let error = wrong.session(SELLER).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Configuration, Some("070101")));
    assert_eq!(world.line.bureau.tokens_given(), 0);
}

#[tokio::test]
async fn callbacks_only_wake_and_a_forged_one_issues_nothing() {
    let world = world_with(Arc::new(client()), |bureau| bureau.asynchronous(Duration::from_secs(60)));
    let invoice = world.order().await;
    world.pump().await;
    let key = invoice.key();
    let forged = format!(
        "operater=callback&orderno={key}&content=%7B%22c_orderno%22%3A%22{key}%22%2C%22c_status%22%3A%221%22%2C%22allElectronicInvoiceNumber%22%3A%2226332000004021728676%22%7D"
    );
    let provider = invoice_core::id::ProviderId::new("nuonuo").unwrap();
    for _ in 0..3 {
        world.shop.desk.callback(&world.shop.system, &provider, &[], forged.as_bytes()).await.unwrap();
        world.pump().await;
    }
    assert!(
        !matches!(world.only().await.state(), InvoiceState::Issued { .. }),
        "a forged callback was believed"
    );
    world.line.clock.advance(Duration::from_secs(60));
    let callbacks = world.line.bureau.callbacks().await;
    assert_eq!(callbacks.len(), 1);
    let outcome =
        world.line.provider.parse_callback(&[], &callbacks[0], chrono::DateTime::UNIX_EPOCH).unwrap();
    assert!(matches!(outcome, CallbackOutcome::Hint { keys, .. } if keys == [key.clone()]));
    for _ in 0..2 {
        let answer =
            world.shop.desk.callback(&world.shop.system, &provider, &[], &callbacks[0]).await.unwrap();
        assert_eq!(answer, "{\"status\":\"0000\",\"message\":\"同步成功\"}".as_bytes());
    }
    world.one_invoice("callbacks").await;
}

#[tokio::test]
async fn files_are_fetched_and_invoices_delivered() {
    let world = world();
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
    let token = bodies(&world.line.recorder, &["queryInvoiceResult"]).len();
    assert!(token > 0);
    let link =
        world.line.recorder.seen().into_iter().find(|seen| seen.request.url().contains("/files/")).unwrap();
    assert!(link.request.headers().is_empty(), "a link is fetched without our token and signature");
    provider.deliver(&number, &DeliveryTarget::Email("a@b.invalid".to_owned())).await.unwrap();
    provider.deliver(&number, &DeliveryTarget::Phone("13800000000".to_owned())).await.unwrap();
}

#[tokio::test]
async fn a_refund_becomes_one_red_whatever_happens_to_its_application() {
    use Misstep as M;
    for misstep in [
        None,
        Some(M::CutBefore),
        Some(M::CutAfter),
        Some(M::CutAnswer),
        Some(M::BadGateway),
        Some(M::Html),
        Some(M::Gbk),
        Some(M::TooMany),
        Some(M::BusyAfter),
        Some(M::TokenExpired),
        Some(M::UnknownCodeAfter),
    ] {
        let world = world();
        world.order().await;
        world.one_invoice("blue").await;
        if let Some(misstep) = misstep {
            world.line.bureau.misstep(Operation::ApplyRed, misstep);
            world.line.bureau.misstep(Operation::QueryRed, misstep);
        }
        let order = desk_support::order_id("A-1");
        world.shop.refund("R-1", &order, &[("1", "33.33", Some(1))]).await.unwrap();
        world.shop.settle().await;
        assert_eq!(world.shop.bureau.issued().count(), 2, "{misstep:?}");
        assert_eq!(world.shop.application("P-1").await.state(), ApplicationState::PartlyRed, "{misstep:?}");
        world.shop.prove().await;
        let applied = bodies(&world.line.recorder, &["saveInvoiceRedConfirm"]);
        // Returned is 02 at the bureau and 1 here.
        assert!(applied.iter().all(|body| body.contains("\"redReason\":\"1\"")), "{applied:?}");
    }
}
