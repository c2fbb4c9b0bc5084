//! The bureau keeps the provider's contract in each of its personalities.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use crate::support::clock;
use invoice_core::id::IntentKey;
use invoice_core::provider::{Capability, InvoiceProvider};
use invoice_core::testkit::provider::{Disturbance, Fixture, ManualClock, Tap};
use invoice_providers::sandbox::{Callbacks, Fault, RedRule, Repeat, SandboxBuilder, SandboxBureau};

struct Bench {
    clock: Arc<ManualClock>,
    bureau: SandboxBureau,
    tap: Arc<Tap>,
}

fn bench(settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Bench {
    let clock = clock();
    let bureau = settings(SandboxBureau::builder(7, clock.clone())).build().unwrap();
    let tap = Arc::new(Tap::new(Arc::new(bureau.clone())));
    Bench { clock, bureau, tap }
}

impl Fixture for Bench {
    fn provider(&self) -> Arc<dyn InvoiceProvider> {
        self.tap.clone()
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn received(&self, key: &IntentKey) -> Option<Vec<String>> {
        Some(self.tap.received(key))
    }

    fn invoices_of(&self, key: &IntentKey) -> Option<usize> {
        Some(self.bureau.invoices_of(key))
    }

    fn disturb(&self, disturbance: Disturbance) -> bool {
        self.bureau.inject(match disturbance {
            Disturbance::LostBefore => Fault::LostBefore,
            Disturbance::LostAfter => Fault::LostAfter,
            Disturbance::ServerError => Fault::Late,
            _ => return false,
        });
        true
    }

    fn buyer_confirms(&self, confirmation: &str) -> bool {
        self.bureau.buyer_confirms(confirmation).is_ok()
    }
}

const MINUTE: Duration = Duration::from_secs(60);

macro_rules! personalities {
    ($($name:ident: $settings:expr;)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every personality uses everything")]
            use super::*;

            invoice_core::provider_conformance!(|| bench($settings));
        }
    )*};
}

personalities! {
    sync_idempotent_seller_only: |bureau| bureau;
    sync_idempotent_buyer_confirms: |bureau| bureau.red(RedRule::BuyerConfirms);
    sync_again_seller_only: |bureau| bureau.repeat(Repeat::IssueAgain);
    sync_again_buyer_confirms: |bureau| bureau.repeat(Repeat::IssueAgain).red(RedRule::BuyerConfirms);
    async_idempotent_seller_only: |bureau| bureau.asynchronous(MINUTE);
    async_idempotent_buyer_confirms: |bureau| bureau.asynchronous(MINUTE).red(RedRule::BuyerConfirms);
    async_again_seller_only: |bureau| bureau.asynchronous(MINUTE).repeat(Repeat::IssueAgain);
    async_again_buyer_confirms: |bureau| {
        bureau.asynchronous(MINUTE).repeat(Repeat::IssueAgain).red(RedRule::BuyerConfirms)
    };
    refusing_repeats: |bureau| bureau.repeat(Repeat::Refuse);
    refusing_repeats_async: |bureau| bureau.repeat(Repeat::Refuse).asynchronous(MINUTE);
    red_without_confirmation: |bureau| bureau.red(RedRule::Direct);
    automatic_red: |bureau| bureau.red(RedRule::BuyerConfirms).automatic_red();
    automatic_red_async: |bureau| bureau.asynchronous(MINUTE).automatic_red();
    signed_callbacks: |bureau| bureau.callbacks(Callbacks::Signed(b"a shared secret".to_vec()));
    unsigned_callbacks: |bureau| bureau.callbacks(Callbacks::Unsigned);
    bare: |bureau| {
        use Capability as C;
        [C::QueryByKey, C::IssueRed, C::RedConfirmation, C::WithdrawConfirmation, C::Download, C::CreditLine,
         C::Session].into_iter().fold(bureau, SandboxBuilder::without)
    };
}
