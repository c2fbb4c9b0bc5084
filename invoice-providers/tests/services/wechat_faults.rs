//! Whatever goes wrong between the desk and WeChat Pay: one invoice, or a task that a person can see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use crate::desk_support::{BOOK, SELLER, Shop, desk_through, line as goods, order_id, seller_at};
use crate::impatient::Impatient;
use crate::wechat_support::{Line, bodies, client, issued_bodies, line};
use invoice_core::application::ApplicationState;
use invoice_core::env::Clock as _;
use invoice_core::id::{IntentKey, OrderId, PaymentId, ProviderId, WorkerId};
use invoice_core::invoice::{Invoice, InvoiceState};
use invoice_core::money::Money;
use invoice_core::provider::{
    CallbackOutcome, DocumentFormat, Effect, ErrorKind, InvoiceProvider, PaymentReference, PreparedRequest,
    QueryAnswer, SessionState,
};
use invoice_core::testkit::provider::{SAMPLE_SELLER, SampleRequest};
use invoice_providers::http::Transport;
use invoice_providers::loopback::{Misstep, Operation};
use invoice_providers::sandbox::SandboxBuilder;
use invoice_providers::wechat::{Card, Scene, TitleLink};
use serde_json::json;

struct World {
    line: Line,
    shop: Shop,
}

fn world_with(settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> World {
    world_through(Arc::new(client()), settings)
}

fn world_through(
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
) -> World {
    let line = line(SELLER, transport, settings);
    let provider = Arc::clone(&line.provider) as Arc<dyn InvoiceProvider>;
    let desk = desk_through(&line.store, &line.clock, provider, seller_at("wechat"), 1);
    let shop =
        Shop::around(desk, line.bureau.sandbox().clone(), Arc::clone(&line.clock), Arc::clone(&line.store));
    World { line, shop }
}

fn world() -> World {
    world_with(|bureau| bureau)
}

impl World {
    async fn order(&self) -> Invoice {
        let lines = vec![goods("1", BOOK, 3, "100.00"), goods("2", BOOK, 1, "0.05")];
        let order = self.shop.sell("A-1", lines).await;
        self.shop.apply("P-1", &[&order]).await;
        self.first().await
    }

    async fn first(&self) -> Invoice {
        self.shop.invoices("P-1").await.remove(0)
    }

    async fn pump(&self) {
        self.shop.desk.pump(&self.shop.system, &WorkerId::new("w").unwrap(), 10).await.unwrap();
    }

    /// Settled, issued once, and every byte that left for it was the same.
    async fn one_invoice(&self, what: &str) {
        self.shop.settle().await;
        assert_eq!(self.shop.application("P-1").await.state(), ApplicationState::Issued, "{what}");
        assert_eq!(self.shop.bureau.issued().count(), 1, "{what}");
        self.shop.prove().await;
        let mut sent = issued_bodies(&self.line.recorder);
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
        M::UnknownCode,
        M::UnknownCodeAfter,
        M::WrongSignature,
        M::WrongSerial,
        M::ClockApart,
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
        let world = world_through(Arc::new(Impatient(client())), |bureau| bureau);
        world.order().await;
        world.line.bureau.misstep(Operation::Issue, misstep);
        world.one_invoice(&format!("{misstep:?}")).await;
        assert_eq!(world.line.bureau.missteps_taken().get(&misstep), Some(&1), "{misstep:?} did not happen");
    }
}

/// A refusal is a denial, after which the desk may take another key, only where the service knows nothing of this one: what
/// was asked for before counts, whatever is said to a request that comes again.
#[tokio::test]
async fn a_refusal_counts_only_when_the_key_is_unknown() {
    let line = line(SAMPLE_SELLER, Arc::new(client()), |bureau| bureau);
    let provider = &line.provider;
    let payment = PaymentReference {
        payment: PaymentId::new("4200000444201910177461284488").unwrap(),
        order: OrderId::new("A-1").unwrap(),
        amount: "100.00".parse().unwrap(),
    };
    let asked = |gross: &str| SampleRequest::new("k1").line(1, gross).payment(payment.clone()).build();
    let blue = asked("100.00");
    provider.issue(&provider.prepare(&blue).unwrap()).await.unwrap();
    let other = provider.prepare(&asked("99.00")).unwrap();
    let said = provider.issue(&other).await.unwrap_err();
    assert_eq!((said.kind(), said.effect()), (ErrorKind::Duplicate, Effect::Unknown));
    let unreadable = [Misstep::CutBefore, Misstep::ServerError, Misstep::Html, Misstep::WrongSignature];
    for misstep in unreadable {
        line.bureau.misstep(Operation::Query, misstep);
        let said = provider.issue(&other).await.unwrap_err();
        assert_eq!((said.kind(), said.effect()), (ErrorKind::NoAnswer, Effect::Unknown), "{misstep:?}");
    }
    let unknown = PreparedRequest::new(IntentKey::new("k2").unwrap(), "{}");
    let said = provider.issue(&unknown).await.unwrap_err();
    assert_eq!((said.kind(), said.effect()), (ErrorKind::Rejected, Effect::NotApplied));

    let QueryAnswer::Issued(issued) = provider.query(blue.key()).await.unwrap() else { panic!("issued") };
    let red = SampleRequest::red_of("k3", &blue, &issued.number, "02").build();
    let red = provider.prepare(&red).unwrap();
    provider.issue_red(&red).await.unwrap();
    let QueryAnswer::Issued(taken_back) = provider.query_red(&red).await.unwrap() else { panic!("red") };
    // Asked for again the service refuses it: the red that there is, is this one.
    assert!(provider.issue_red(&red).await.is_ok());
    for misstep in unreadable {
        line.bureau.misstep(Operation::Query, misstep);
        let said = provider.issue_red(&red).await.unwrap_err();
        assert_eq!((said.kind(), said.effect()), (ErrorKind::NoAnswer, Effect::Unknown), "{misstep:?}");
    }
    assert_eq!(provider.query_red(&red).await.unwrap(), QueryAnswer::Issued(taken_back));
    assert_eq!(line.bureau.sandbox().issued().count(), 2);
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
        M::UnknownCode,
        M::UnknownState,
        M::WrongSignature,
        M::WrongSerial,
        M::ClockApart,
    ] {
        let world = world();
        world.order().await;
        world.line.bureau.misstep(Operation::Query, misstep);
        world.line.bureau.misstep(Operation::Query, misstep);
        world.one_invoice(&format!("{misstep:?}")).await;
        assert_eq!(issued_bodies(&world.line.recorder).len(), 1, "{misstep:?}");
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
    let invoice = world.first().await;
    assert!(matches!(invoice.state(), InvoiceState::InDoubt { .. }), "{:?}", invoice.state());
    assert_eq!(world.shop.bureau.issued().count(), 1);
}

#[tokio::test]
async fn a_failure_and_a_quota_that_is_gone_are_seen_and_a_retry_has_another_number() {
    let ten = Some(Money::from_fen(1_000));
    let gone = world_with(|bureau| bureau.default_credit_line(ten));
    gone.order().await;
    gone.shop.settle().await;
    let failed = gone.first().await;
    assert!(
        matches!(failed.state(), InvoiceState::Failed { code, .. } if code == "BIZ_ERROR.QUOTA"),
        "{:?}",
        failed.state()
    );
    let world = world();
    world.order().await;
    world.line.bureau.misstep(Operation::Issue, Misstep::IssueFails);
    world.shop.settle().await;
    let failed = world.first().await;
    assert!(matches!(failed.state(), InvoiceState::Failed { code, .. } if code == "BIZ_ERROR"));
    world.shop.desk.retry(&world.shop.finance, failed.id()).await.unwrap();
    world.shop.settle().await;
    assert_eq!(world.shop.bureau.issued().count(), 1);
    assert_ne!(world.first().await.key(), failed.key());
    world.shop.prove().await;
}

#[tokio::test]
async fn a_refund_takes_the_whole_invoice_back_once_whatever_happens_on_the_way() {
    use Misstep as M;
    for misstep in [
        None,
        Some(M::CutBefore),
        Some(M::CutAfter),
        Some(M::BadGateway),
        Some(M::Html),
        Some(M::TooMany),
        Some(M::BusyAfter),
        Some(M::UnknownCodeAfter),
        Some(M::WrongSignature),
    ] {
        let world = world();
        world.order().await;
        world.one_invoice("blue").await;
        if let Some(misstep) = misstep {
            world.line.bureau.misstep(Operation::ApplyRed, misstep);
        }
        world.shop.refund("R-1", &order_id("A-1"), &[("1", "33.33", Some(1))]).await.unwrap();
        world.shop.settle().await;
        assert_eq!(world.shop.bureau.issued().count(), 2, "{misstep:?}");
        assert_eq!(world.shop.application("P-1").await.state(), ApplicationState::RedFlushed, "{misstep:?}");
        world.shop.prove().await;
        let sent = bodies(&world.line.recorder, "/reverse");
        assert!(sent.iter().all(|body| body.contains("\"SALES_RETURN\"")), "{sent:?}");
        // What was taken back too much is applied for again.
        world.shop.apply("P-2", &[&order_id("A-1")]).await;
        world.shop.settle().await;
        assert_eq!(world.shop.application("P-2").await.state(), ApplicationState::Issued, "{misstep:?}");
        assert_eq!(world.shop.bureau.issued().count(), 3, "{misstep:?}");
        world.shop.prove().await;
    }
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
    let needed = SessionState::OperatorNeeded { code: "SECURITY_SETTING_PENDING".to_owned() };
    assert_eq!(world.line.provider.session(SELLER).await.unwrap(), needed);
    world.line.bureau.sandbox().clear_challenge(SELLER);
    assert_eq!(world.line.provider.session(SELLER).await.unwrap(), SessionState::Ready);
    world.one_invoice("after the login").await;
}

#[tokio::test]
async fn callbacks_wake_and_a_tampered_or_late_one_is_refused() {
    let world = world_with(|bureau| bureau.asynchronous(Duration::from_secs(60)));
    let invoice = world.order().await;
    world.pump().await;
    world.line.clock.advance(Duration::from_secs(60));
    let mut callbacks = world.line.bureau.callbacks().await;
    let (headers, body) = callbacks.remove(0);
    let (provider, now) = (&world.line.provider, world.line.clock.now());
    let mut tampered = body.clone();
    tampered[8] ^= 1;
    let refused = |body: &[u8], now| provider.parse_callback(&headers, body, now).unwrap_err();
    assert_eq!(refused(&tampered, now).code(), Some("SIGNATURE"));
    assert_eq!(refused(&body, now + Duration::from_secs(301)).kind(), ErrorKind::ClockSkew);
    assert_eq!(provider.parse_callback(&[], &body, now).unwrap_err().code(), Some("SIGNATURE"));
    let mut foreign = headers.clone();
    foreign[0].1 = "PUB_KEY_ID_NEW".to_owned();
    let hint = provider.parse_callback(&foreign, &body, now).unwrap();
    assert!(matches!(hint, CallbackOutcome::Hint { keys, .. } if keys == [invoice.key().clone()]));
    let verified = provider.parse_callback(&headers, &body, now).unwrap();
    assert!(matches!(verified, CallbackOutcome::Verified { events, .. } if events.len() == 1));
    let id = ProviderId::new("wechat").unwrap();
    for _ in 0..2 {
        world.shop.desk.callback(&world.shop.system, &id, &headers, &body).await.unwrap();
    }
    world.one_invoice("callbacks").await;
}

#[tokio::test]
async fn files_titles_and_cards() {
    let world = world();
    world.order().await;
    world.one_invoice("file").await;
    let (provider, invoice) = (&world.line.provider, world.first().await);
    let number = invoice.state().issued().unwrap().number.clone();
    let file = provider.download(invoice.key(), &number, DocumentFormat::Pdf).await.unwrap().unwrap();
    assert!(!file.bytes.is_empty());
    assert!(provider.buyer_title(Scene::WithWechatPay, "4200").await.unwrap().is_none());
    let title = json!({ "type": "ORGANIZATION", "name": "买方", "taxpayer_id": "x", "phone": "13800000000" });
    world.line.bureau.fill_title("4200", title);
    let filled = provider.buyer_title(Scene::WithWechatPay, "4200").await.unwrap().unwrap();
    assert_eq!((filled.title.name(), filled.phone.as_deref()), ("买方", Some("13800000000")));
    let link = TitleLink {
        application: "fapiao_1".to_owned(),
        source: "WEB".to_owned(),
        appid: "wx1".to_owned(),
        openid: "o1".to_owned(),
        total: Money::from_fen(1),
    };
    assert!(provider.title_link(&link).await.unwrap().title_url.starts_with("https://"));
    let seller = seller_at("wechat").party().clone();
    let card = Card {
        scene: Scene::WithWechatPay,
        application: "4200",
        media_id: "media",
        invoice: &invoice,
        seller: &seller,
        seller_address: "杭州",
        phone: Some("13800000000"),
        email: None,
    };
    provider.insert_card(&card).await.unwrap();
    let cards = world.line.bureau.cards();
    assert_eq!(cards[0]["buyer_information"]["phone"], "13800000000");
}
