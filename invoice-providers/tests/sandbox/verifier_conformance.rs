//! The sandbox's verifier keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::Arc;

use invoice_core::env::Clock;
use invoice_core::provider::InvoiceVerifier;
use invoice_core::received::verification::{Standing, VerificationRequest};
use invoice_core::received::{Evidence, ReceivedInvoice, ReceivedKind};
use invoice_core::testkit::provider::ManualClock;
use invoice_core::testkit::verifier::{VerifierDisturbance, VerifierFixture};
use invoice_providers::sandbox::{SandboxBureau, SandboxVerifier, VerifierFault};

struct Sandbox {
    verifier: SandboxVerifier,
    known: ReceivedInvoice,
}

impl Sandbox {
    fn with(kind: ReceivedKind) -> Self {
        let clock = Arc::new(ManualClock::at("2026-05-20T04:00:00Z".parse().unwrap()));
        let bureau = SandboxBureau::builder(7, clock as Arc<dyn Clock>).build().unwrap();
        let verifier = SandboxVerifier::new(&bureau);
        let coded = "033001800111-25672225".parse().unwrap();
        let whole = "26332000004021728676".parse().unwrap();
        let number = if kind.takes(&coded) { coded } else { whole };
        let known = ReceivedInvoice::builder()
            .number(number, Evidence::Structured)
            .kind(kind, Evidence::Structured)
            .date("2026-05-01".parse().unwrap(), Evidence::Structured)
            .net("100.00".parse().unwrap(), Evidence::Structured)
            .gross("106.00".parse().unwrap(), Evidence::Structured)
            .check_code("12345678901234567890".parse().unwrap(), Evidence::Structured)
            .seller_name("杭州示例餐饮有限公司", Evidence::Structured)
            .build()
            .unwrap();
        verifier.register(known.clone(), Standing::Normal);
        Self { verifier, known }
    }
}

impl VerifierFixture for Sandbox {
    fn verifier(&self) -> Arc<dyn InvoiceVerifier> {
        Arc::new(self.verifier.clone())
    }

    fn known(&self) -> ReceivedInvoice {
        self.known.clone()
    }

    fn asked(&self, request: &VerificationRequest) -> Option<usize> {
        let code = request.code().map(|code| format!("{code}-")).unwrap_or_default();
        Some(self.verifier.most_asked_a_day(&format!("{code}{}", request.number()).parse().ok()?))
    }

    fn disturb(&self, disturbance: VerifierDisturbance) -> bool {
        let fault = match disturbance {
            VerifierDisturbance::RefusedAtDoor => VerifierFault::Busy,
            VerifierDisturbance::AnswerLost => VerifierFault::Lost,
            _ => return false,
        };
        self.verifier.inject(fault);
        true
    }

    fn stands(&self, standing: Standing) -> bool {
        self.verifier.register(self.known.clone(), standing);
        true
    }
}

mod digital {
    use super::{ReceivedKind, Sandbox};
    invoice_core::verifier_conformance!(|| Sandbox::with(ReceivedKind::DigitalOrdinary));
}

mod legacy_by_net {
    use super::{ReceivedKind, Sandbox};
    invoice_core::verifier_conformance!(|| Sandbox::with(ReceivedKind::LegacySpecialPaper));
}

mod legacy_by_check_code {
    use super::{ReceivedKind, Sandbox};
    invoice_core::verifier_conformance!(|| Sandbox::with(ReceivedKind::LegacyOrdinary));
}
