//! Whatever goes wrong between the desk and Baiwang, on either product line: one invoice, or a task that a person can
//! see.
#![cfg(all(feature = "baiwang", feature = "loopback"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod baiwang_support;
mod desk_support;

use std::sync::Arc;
use std::time::Duration;

use baiwang_support::{Line, issued_bodies, line};
use desk_support::{BOOK, SELLER, Shop, desk_through, line as goods, seller_at};
use invoice_core::application::ApplicationState;
use invoice_core::id::WorkerId;
use invoice_core::invoice::{Invoice, InvoiceState};
use invoice_core::money::Money;
use invoice_core::provider::{CallbackOutcome, DocumentFormat, InvoiceProvider};
use invoice_providers::baiwang::ProductLine;
use invoice_providers::loopback::{Misstep, Operation};
use invoice_providers::sandbox::{Repeat, SandboxBuilder};

const LINES: [ProductLine; 2] = [ProductLine::Enterprise, ProductLine::SmallBusiness];

struct World {
    line: Line,
    shop: Shop,
}

fn world_with(product: ProductLine, settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> World {
    // A bureau that issues again for a key that comes back: nothing protects the shop but its own rules.
    let line = line(SELLER, product, |bureau| settings(bureau.repeat(Repeat::IssueAgain)), |account| account);
    let provider = Arc::clone(&line.provider) as Arc<dyn InvoiceProvider>;
    let desk = desk_through(&line.store, &line.clock, provider, seller_at("baiwang"), 1);
    let shop =
        Shop::around(desk, line.bureau.sandbox().clone(), Arc::clone(&line.clock), Arc::clone(&line.store));
    World { line, shop }
}

fn world(product: ProductLine) -> World {
    world_with(product, |bureau| bureau)
}

impl World {
    async fn order(&self) -> Invoice {
        let lines = vec![goods("1", BOOK, 3, "100.00"), goods("2", BOOK, 1, "0.05")];
        let order = self.shop.sell("A-1", lines).await;
        self.shop.apply("P-1", &[&order]).await;
        self.only().await
    }

    async fn only(&self) -> Invoice {
        let mut invoices = self.shop.invoices("P-1").await;
        assert_eq!(invoices.len(), 1);
        invoices.pop().unwrap()
    }

    async fn pump(&self) {
        self.shop.desk.pump(&self.shop.system, &WorkerId::new("w").unwrap(), 10).await.unwrap();
    }

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
async fn every_fault_of_issuing_ends_in_one_invoice_on_both_lines() {
    use Misstep as M;
    for product in LINES {
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
        ] {
            let world = world(product);
            world.order().await;
            world.line.bureau.misstep(Operation::Issue, misstep);
            world.one_invoice(&format!("{product:?} {misstep:?}")).await;
            assert_eq!(world.line.bureau.missteps_taken().get(&misstep), Some(&1), "{misstep:?}");
        }
    }
}

#[tokio::test]
async fn a_question_that_fails_is_asked_again_on_the_small_line() {
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
        let world = world(ProductLine::SmallBusiness);
        world.order().await;
        world.line.bureau.misstep(Operation::Query, misstep);
        world.line.bureau.misstep(Operation::Query, misstep);
        world.one_invoice(&format!("{misstep:?}")).await;
        assert_eq!(issued_bodies(&world.line.recorder).len(), 1, "{misstep:?}");
    }
}

#[tokio::test]
async fn an_answer_one_cent_off_is_never_believed() {
    let world = world(ProductLine::SmallBusiness);
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
async fn a_token_that_ends_is_renewed_once_with_what_it_came_with() {
    for product in LINES {
        let world = world(product);
        world.order().await;
        world.line.provider.query(world.only().await.key()).await.unwrap();
        assert_eq!(world.line.bureau.tokens_given(), 1);
        world.line.bureau.end_token();
        world.one_invoice("token ended").await;
        assert_eq!(world.line.bureau.tokens_given(), 2);
        let refreshed = world
            .line
            .recorder
            .seen()
            .iter()
            .any(|seen| seen.request.url().contains("grant_type=refresh_token"));
        assert!(refreshed, "the second token was had with the password");
    }
}

#[tokio::test]
async fn a_person_is_waited_for_and_a_quota_that_is_gone_is_seen() {
    let waiting = world(ProductLine::SmallBusiness);
    waiting.line.bureau.sandbox().challenge(SELLER);
    waiting.order().await;
    for _ in 0..5 {
        waiting.pump().await;
        waiting.line.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(waiting.shop.bureau.issued().count(), 0);
    waiting.line.bureau.sandbox().clear_challenge(SELLER);
    waiting.one_invoice("after the login").await;

    let ten = Some(Money::from_fen(1_000));
    let gone = world_with(ProductLine::SmallBusiness, |bureau| bureau.default_credit_line(ten));
    gone.order().await;
    gone.shop.settle().await;
    let invoice = gone.only().await;
    assert!(matches!(invoice.state(), InvoiceState::Failed { .. }), "{:?}", invoice.state());
    assert_eq!(gone.shop.bureau.issued().count(), 0);
}

#[tokio::test]
async fn a_forged_callback_issues_nothing() {
    let minute = Duration::from_secs(60);
    let world = world_with(ProductLine::SmallBusiness, |bureau| bureau.asynchronous(minute));
    let invoice = world.order().await;
    world.pump().await;
    let key = invoice.key();
    let forged =
        format!("{{\"orderNo\":\"{key}\",\"status\":\"01\",\"digitInvoiceNo\":\"26332000004021728676\"}}");
    let provider = invoice_core::id::ProviderId::new("baiwang").unwrap();
    let outcome = world.line.provider.parse_callback(&[], forged.as_bytes(), chrono::DateTime::UNIX_EPOCH);
    assert!(matches!(outcome, Ok(CallbackOutcome::Hint { keys, .. }) if keys == [key.clone()]));
    for _ in 0..3 {
        world.shop.desk.callback(&world.shop.system, &provider, &[], forged.as_bytes()).await.unwrap();
        world.pump().await;
    }
    assert!(!matches!(world.only().await.state(), InvoiceState::Issued { .. }));
    world.one_invoice("callbacks").await;
    let number = world.only().await.state().issued().unwrap().number.clone();
    for format in [DocumentFormat::Pdf, DocumentFormat::Ofd, DocumentFormat::Xml] {
        let file = world.line.provider.download(key, &number, format).await.unwrap().unwrap();
        assert!(!file.bytes.is_empty());
    }
}
