//! The Nuonuo adapter keeps the provider's contract over HTTP, against a bureau that checks what arrives.
#![cfg(all(feature = "nuonuo", feature = "loopback"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod nuonuo_support;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use invoice_core::id::IntentKey;
use invoice_core::provider::InvoiceProvider;
use invoice_core::testkit::provider::{Disturbance, Fixture, SAMPLE_SELLER};
use invoice_providers::loopback::{Misstep, Operation};
use invoice_providers::nuonuo::NuonuoAccount;
use invoice_providers::sandbox::{RedRule, SandboxBuilder};
use nuonuo_support::{Line, bodies, client, line};
use tokio::runtime::Runtime;

struct Bench {
    line: Line,
    runtime: Runtime,
}

fn bench(
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
    change: impl FnOnce(NuonuoAccount) -> NuonuoAccount,
) -> Bench {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Bench { line: line(SAMPLE_SELLER, Arc::new(client()), settings, change), runtime }
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
        let sent = bodies(&self.line.recorder, &["requestBillingNew", "fastInvoiceRed"]);
        let named = format!("\"orderNo\":\"{key}\"");
        Some(sent.into_iter().filter(|body| body.contains(&named)).collect())
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

    fn buyer_confirms(&self, confirmation: &str) -> bool {
        self.line.bureau.sandbox().buyer_confirms(confirmation).is_ok()
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.runtime.block_on(future);
    }
}

macro_rules! accounts {
    ($($name:ident: $settings:expr, $change:expr;)*) => {$(
        mod $name {
            use super::*;

            invoice_core::provider_conformance!(|| bench($settings, $change));
        }
    )*};
}

const MINUTE: Duration = Duration::from_secs(60);

accounts! {
    at_once: |bureau| bureau.automatic_red(), |account| account;
    later: |bureau| bureau.automatic_red().asynchronous(MINUTE), |account| account;
    buyer_confirms: |bureau| bureau.automatic_red().red(RedRule::BuyerConfirms), |account| account;
    reds_on_request: |bureau| bureau.red(RedRule::BuyerConfirms), NuonuoAccount::reds_on_request;
}
