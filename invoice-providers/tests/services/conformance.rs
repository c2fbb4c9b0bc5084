//! The adapters of services keep the provider's contract over HTTP, against bureaus that check what arrives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{ISSUES, Line, bodies, client};
use invoice_core::id::IntentKey;
use invoice_core::provider::InvoiceProvider;
use invoice_core::testkit::provider::{Disturbance, Fixture, SAMPLE_SELLER};
use invoice_providers::baiwang::{BaiwangAccount, ProductLine, Version};
use invoice_providers::loopback::{Misstep, Operation};
use invoice_providers::nuonuo::NuonuoAccount;
use invoice_providers::sandbox::{RedRule, Repeat};
use tokio::runtime::Runtime;

struct Bench {
    line: Line,
    runtime: Runtime,
}

fn bench(line: Line) -> Bench {
    Bench { line, runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap() }
}

impl Fixture for Bench {
    fn provider(&self) -> Arc<dyn InvoiceProvider> {
        Arc::clone(&self.line.provider)
    }

    fn advance(&self, by: Duration) {
        self.line.clock.advance(by);
    }

    /// Letters and digits only, as in the keys of the desk.
    fn key(&self, name: &str) -> String {
        name.replace('-', "")
    }

    fn received(&self, key: &IntentKey) -> Option<Vec<String>> {
        let names = [format!("\"orderNo\":\"{key}\""), format!("\"serialNo\":\"{key}\"")];
        let sent = bodies(&self.line.recorder, ISSUES).into_iter();
        Some(sent.filter(|body| names.iter().any(|name| body.contains(name))).collect())
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
    ($($name:ident: $how:ident[$of:expr], $settings:expr, $change:expr;)*) => {$(
        mod $name {
            use super::*;

            invoice_core::provider_conformance!(|| {
                bench(crate::support::$how($of, Arc::new(client()), $settings, $change))
            });
        }
    )*};
}

const MINUTE: Duration = Duration::from_secs(60);
const ENTERPRISE: (&str, ProductLine) = (SAMPLE_SELLER, ProductLine::Enterprise);
const SMALL: (&str, ProductLine) = (SAMPLE_SELLER, ProductLine::SmallBusiness);

accounts! {
    nuonuo: nuonuo[SAMPLE_SELLER], |bureau| bureau.automatic_red(), |account| account;
    nuonuo_later: nuonuo[SAMPLE_SELLER], |bureau| bureau.automatic_red().asynchronous(MINUTE), |account| account;
    nuonuo_buyer_confirms:
        nuonuo[SAMPLE_SELLER], |bureau| bureau.automatic_red().red(RedRule::BuyerConfirms), |account| account;
    nuonuo_reds_on_request:
        nuonuo[SAMPLE_SELLER], |bureau| bureau.red(RedRule::BuyerConfirms), NuonuoAccount::reds_on_request;
    enterprise: baiwang[ENTERPRISE], |bureau| bureau.repeat(Repeat::IssueAgain), |account| account;
    enterprise_keys: baiwang[ENTERPRISE], |bureau| bureau, BaiwangAccount::keys_are_honoured;
    enterprise_buyer_confirms:
        baiwang[ENTERPRISE], |bureau| bureau.red(RedRule::BuyerConfirms), |account| account;
    enterprise_reds_on_request:
        baiwang[ENTERPRISE], |bureau| bureau.red(RedRule::BuyerConfirms), BaiwangAccount::reds_on_request;
    small: baiwang[SMALL], |bureau| bureau.repeat(Repeat::IssueAgain), |account| account;
    small_later: baiwang[SMALL], |bureau| bureau.asynchronous(MINUTE), BaiwangAccount::keys_are_honoured;
    small_by_version_7: baiwang[SMALL], |bureau| bureau, |account| account.with_version(Version::V7);
}
