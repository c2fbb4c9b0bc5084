//! The Baiwang adapter keeps the provider's contract over HTTP on both product lines, against a bureau that checks what
//! arrives.
#![cfg(all(feature = "baiwang", feature = "loopback"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod baiwang_support;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use baiwang_support::{Line, issued_bodies, line};
use invoice_core::id::IntentKey;
use invoice_core::provider::InvoiceProvider;
use invoice_core::testkit::provider::{Disturbance, Fixture, SAMPLE_SELLER};
use invoice_providers::baiwang::{BaiwangAccount, ProductLine, Version};
use invoice_providers::loopback::{Misstep, Operation};
use invoice_providers::sandbox::{Repeat, SandboxBuilder};
use tokio::runtime::Runtime;

struct Bench {
    line: Line,
    runtime: Runtime,
}

fn bench(
    product: ProductLine,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    change: impl FnOnce(BaiwangAccount) -> BaiwangAccount,
) -> Bench {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Bench { line: line(SAMPLE_SELLER, product, settings, change), runtime }
}

impl Fixture for Bench {
    fn provider(&self) -> Arc<dyn InvoiceProvider> {
        self.line.provider.clone()
    }

    fn advance(&self, by: Duration) {
        self.line.clock.advance(by);
    }

    /// Letters and digits only, as in the keys of the desk.
    fn key(&self, name: &str) -> String {
        name.replace('-', "")
    }

    fn received(&self, key: &IntentKey) -> Option<Vec<String>> {
        let named = format!("No\":\"{key}\"");
        Some(issued_bodies(&self.line.recorder).into_iter().filter(|body| body.contains(&named)).collect())
    }

    fn invoices_of(&self, key: &IntentKey) -> Option<usize> {
        Some(self.line.bureau.sandbox().invoices_of(key))
    }

    fn disturb(&self, disturbance: Disturbance) -> bool {
        self.line.bureau.misstep(
            Operation::Issue,
            match disturbance {
                Disturbance::LostBefore => Misstep::CutBefore,
                Disturbance::LostAfter => Misstep::CutAfter,
                Disturbance::ServerError => Misstep::BadGateway,
                _ => return false,
            },
        );
        true
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.runtime.block_on(future);
    }
}

macro_rules! accounts {
    ($($name:ident: $line:ident, $settings:expr, $change:expr;)*) => {$(
        mod $name {
            use super::*;

            invoice_core::provider_conformance!(|| bench(ProductLine::$line, $settings, $change));
        }
    )*};
}

const MINUTE: Duration = Duration::from_secs(60);

accounts! {
    enterprise: Enterprise, |bureau| bureau.repeat(Repeat::IssueAgain), |account| account;
    enterprise_keys: Enterprise, |bureau| bureau, BaiwangAccount::keys_are_honoured;
    small: SmallBusiness, |bureau| bureau.repeat(Repeat::IssueAgain), |account| account;
    small_later: SmallBusiness, |bureau| bureau.asynchronous(MINUTE), BaiwangAccount::keys_are_honoured;
    small_by_version_7: SmallBusiness, |bureau| bureau, |account| account.with_version(Version::V7);
}
