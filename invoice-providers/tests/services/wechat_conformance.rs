//! The WeChat Pay adapter keeps the provider's contract over HTTP, against a bureau that checks what arrives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::wechat_support::{Line, client, issued_bodies, line};
use invoice_core::id::{IntentKey, OrderId, PaymentId};
use invoice_core::provider::{InvoiceProvider, PaymentReference};
use invoice_core::testkit::provider::{Disturbance, Fixture, SAMPLE_SELLER, SampleRequest};
use invoice_providers::loopback::{Misstep, Operation};
use invoice_providers::sandbox::SandboxBuilder;
use tokio::runtime::Runtime;

struct Bench {
    line: Line,
    runtime: Runtime,
}

fn bench(settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Bench {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Bench { line: line(SAMPLE_SELLER, Arc::new(client()), settings), runtime }
}

impl Fixture for Bench {
    fn provider(&self) -> Arc<dyn InvoiceProvider> {
        self.line.provider.clone()
    }

    fn advance(&self, by: Duration) {
        self.line.clock.advance(by);
    }

    /// Paid through WeChat Pay, more than is invoiced.
    fn sample(&self, key: &str) -> SampleRequest {
        SampleRequest::new(key).line(3, "100.00").line(1, "0.05").payment(PaymentReference {
            payment: PaymentId::new("4200000444201910177461284488").unwrap(),
            order: OrderId::new("A-1").unwrap(),
            amount: "100.06".parse().unwrap(),
        })
    }

    /// Letters and digits only, as in the keys of the desk.
    fn key(&self, name: &str) -> String {
        name.replace('-', "")
    }

    fn received(&self, key: &IntentKey) -> Option<Vec<String>> {
        let named = format!("\"fapiao_id\":\"{key}\"");
        Some(issued_bodies(&self.line.recorder).into_iter().filter(|body| body.contains(&named)).collect())
    }

    fn invoices_of(&self, key: &IntentKey) -> Option<usize> {
        Some(self.line.bureau.sandbox().invoices_of(key))
    }

    fn disturb(&self, disturbance: Disturbance) -> bool {
        let misstep = match disturbance {
            Disturbance::LostBefore => Misstep::CutBefore,
            Disturbance::LostAfter => Misstep::CutAfter,
            Disturbance::ServerError => Misstep::BadGateway,
            _ => return false,
        };
        self.line.bureau.misstep(Operation::Issue, misstep);
        true
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.runtime.block_on(future);
    }
}

mod at_once {
    use super::*;

    invoice_core::provider_conformance!(|| bench(|bureau| bureau));
}

mod later {
    use super::*;

    invoice_core::provider_conformance!(|| bench(|bureau| bureau.asynchronous(Duration::from_secs(60))));
}
