//! The kit of verifiers catches deliberately broken ones, each by the name of the rule it breaks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops where it is wrong")]
#![cfg(feature = "testkit")]

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use invoice_core::id::ProviderId;
use invoice_core::provider::{Effect, ErrorKind, InvoiceVerifier, ProviderError, VerifierCapabilities};
use invoice_core::received::verification::{
    Standing, VerificationAnswer, VerificationPolicy, VerificationRequest,
};
use invoice_core::received::{Evidence, ReceivedInvoice, ReceivedKind};
use invoice_core::testkit::verifier::{RULES, VerifierDisturbance, VerifierFixture, check};

/// What is wrong with a verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// Asks again when the answer is lost.
    Retries,
    /// Takes longer than it says.
    Slow,
    /// Says that nothing was counted when the answer was lost.
    SaysNothingCounted,
    /// Makes a lost answer a not found.
    LostIsNotFound,
    /// Sends kinds that it does not declare.
    SendsAnyKind,
    /// Says of kinds that it does not declare that they are wrong.
    UndeclaredIsRejected,
    /// Takes what it does not know for a mismatch.
    UnknownIsMismatch,
    /// Confirms by the number alone.
    ConfirmsAnything,
    /// Tells the standing and does not declare it.
    TellsUndeclared,
    /// Declares to tell the standing and never does.
    NeverTells,
    /// Says that what was taken back stands.
    AlwaysNormal,
    /// Puts the number into its errors.
    ShowsNumber,
}

const FLAWS: [(Flaw, &str); 12] = [
    (Flaw::Retries, "one_attempt"),
    (Flaw::Slow, "within_its_time"),
    (Flaw::SaysNothingCounted, "errors_say_the_effect"),
    (Flaw::LostIsNotFound, "errors_say_the_effect"),
    (Flaw::SendsAnyKind, "declared_kinds_only"),
    (Flaw::UndeclaredIsRejected, "declared_kinds_only"),
    (Flaw::UnknownIsMismatch, "an_unknown_code_is_an_error"),
    (Flaw::ConfirmsAnything, "an_unknown_code_is_an_error"),
    (Flaw::TellsUndeclared, "standing_as_declared"),
    (Flaw::NeverTells, "standing_as_declared"),
    (Flaw::AlwaysNormal, "standing_as_declared"),
    (Flaw::ShowsNumber, "no_personal_data_in_errors"),
];

fn known() -> ReceivedInvoice {
    const BOOKS: Evidence = Evidence::Structured;
    ReceivedInvoice::builder()
        .number("26332000004021728676".parse().unwrap(), BOOKS)
        .kind(ReceivedKind::DigitalOrdinary, BOOKS)
        .date("2026-05-01".parse().unwrap(), BOOKS)
        .net("100.00".parse().unwrap(), BOOKS)
        .gross("106.00".parse().unwrap(), BOOKS)
        .seller_name("杭州示例餐饮有限公司", BOOKS)
        .build()
        .unwrap()
}

#[derive(Default)]
struct Bureau {
    asked: Vec<VerificationRequest>,
    disturbances: VecDeque<VerifierDisturbance>,
    standing: Option<Standing>,
}

struct Caged {
    flaw: Flaw,
    id: ProviderId,
    capabilities: VerifierCapabilities,
    bureau: Arc<Mutex<Bureau>>,
}

impl Caged {
    fn lost(&self, request: &VerificationRequest) -> Result<VerificationAnswer, ProviderError> {
        let error = |effect| Err(ProviderError::new(ErrorKind::NoAnswer, effect).with_code("010"));
        match self.flaw {
            Flaw::SaysNothingCounted => error(Effect::NotApplied),
            Flaw::LostIsNotFound => Ok(VerificationAnswer::NotFound),
            Flaw::Retries => {
                self.bureau.lock().unwrap().asked.push(request.clone());
                error(Effect::Unknown)
            }
            Flaw::ShowsNumber => Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown)
                .because(format!("no answer about {}", request.number()))),
            _ => error(Effect::Unknown),
        }
    }
}

#[async_trait]
impl InvoiceVerifier for Caged {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn capabilities(&self) -> &VerifierCapabilities {
        &self.capabilities
    }

    async fn verify(&self, request: &VerificationRequest) -> Result<VerificationAnswer, ProviderError> {
        let declared = self.capabilities.takes(request.kind());
        if !declared && self.flaw == Flaw::UndeclaredIsRejected {
            return Err(ProviderError::new(ErrorKind::Rejected, Effect::NotApplied));
        }
        if !declared && self.flaw != Flaw::SendsAnyKind {
            return Err(ProviderError::unsupported("verify"));
        }
        if self.flaw == Flaw::Slow {
            std::thread::sleep(Duration::from_millis(30));
        }
        let (disturbance, standing) = {
            let mut bureau = self.bureau.lock().unwrap();
            let disturbance = bureau.disturbances.pop_front();
            if disturbance != Some(VerifierDisturbance::RefusedAtDoor) {
                bureau.asked.push(request.clone());
            }
            (disturbance, bureau.standing.unwrap_or(Standing::Normal))
        };
        match disturbance {
            Some(VerifierDisturbance::RefusedAtDoor) => {
                return Err(ProviderError::new(ErrorKind::Busy, Effect::NotApplied).with_code("003"));
            }
            Some(VerifierDisturbance::AnswerLost) => return self.lost(request),
            Some(_) if self.flaw == Flaw::UnknownIsMismatch => return Ok(VerificationAnswer::Mismatch),
            Some(_) => return Err(ProviderError::new(ErrorKind::NoAnswer, Effect::Unknown).with_code("777")),
            None => {}
        }
        let same = VerificationRequest::of(&known()).unwrap() == *request;
        if !same && self.flaw != Flaw::ConfirmsAnything {
            return Ok(VerificationAnswer::Mismatch);
        }
        let standing = match self.flaw {
            Flaw::NeverTells => Standing::Unknown,
            Flaw::AlwaysNormal => Standing::Normal,
            _ => standing,
        };
        Ok(VerificationAnswer::Confirmed { standing, invoice: None })
    }
}

struct Cage {
    verifier: Arc<Caged>,
}

impl Cage {
    fn of(flaw: Flaw) -> Self {
        let within = if flaw == Flaw::Slow { TimeDelta::milliseconds(10) } else { TimeDelta::minutes(2) };
        let policy = VerificationPolicy::default().with_answer_within(within);
        let kinds = [ReceivedKind::DigitalOrdinary, ReceivedKind::DigitalSpecial];
        let mut capabilities = VerifierCapabilities::new(kinds, policy);
        if flaw != Flaw::TellsUndeclared {
            capabilities = capabilities.telling_standing();
        }
        let id = ProviderId::new("caged").unwrap();
        Self { verifier: Arc::new(Caged { flaw, id, capabilities, bureau: Arc::default() }) }
    }
}

impl VerifierFixture for Cage {
    fn verifier(&self) -> Arc<dyn InvoiceVerifier> {
        Arc::clone(&self.verifier) as _
    }

    fn known(&self) -> ReceivedInvoice {
        known()
    }

    fn asked(&self, request: &VerificationRequest) -> Option<usize> {
        Some(self.verifier.bureau.lock().unwrap().asked.iter().filter(|asked| *asked == request).count())
    }

    fn disturb(&self, disturbance: VerifierDisturbance) -> bool {
        self.verifier.bureau.lock().unwrap().disturbances.push_back(disturbance);
        true
    }

    fn stands(&self, standing: Standing) -> bool {
        self.verifier.bureau.lock().unwrap().standing = Some(standing);
        true
    }
}

mod sound {
    use super::{Cage, Flaw};
    invoice_core::verifier_conformance!(|| Cage::of(Flaw::None));
}

#[test]
fn every_broken_verifier_is_caught_by_the_rule_it_breaks_and_by_no_other() {
    for (flaw, rule) in FLAWS {
        let broken: Vec<&str> = RULES
            .iter()
            .filter(|known| check(known.name, &Cage::of(flaw)).is_err())
            .map(|known| known.name)
            .collect();
        assert_eq!(broken, [rule], "{flaw:?}");
    }
    let caught: BTreeSet<&str> = FLAWS.iter().map(|(_, rule)| *rule).collect();
    assert_eq!(caught.len(), RULES.len(), "a rule that catches nothing");
    assert!(check("no_such_rule", &Cage::of(Flaw::None)).is_err());
}
